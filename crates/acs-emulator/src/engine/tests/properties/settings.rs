//! Teams users who set this and that about their calls, and forward to each other.

use super::super::*;

pub(super) const FRANK: &str = "8:orgid:frank";
pub(super) const GRACE: &str = "8:orgid:grace";

/// One of the two sets something, or nothing any more.
pub(super) fn settings(frank: bool, kind: u8) -> Command {
    let (own, other) = if frank { (FRANK, GRACE) } else { (GRACE, FRANK) };
    let other = CommunicationIdentifier::from_raw_id(other);
    let group = || ForwardTo::Group(vec![user(BOB), phone(OWNED), other.clone(), phone(PHONE)]);
    let plain = CallingSettings::default();
    let settings = match kind {
        0 => None,
        1 => Some(plain.forward_to(ForwardTo::Voicemail)),
        2 => Some(plain.forward_to(ForwardTo::Party(other))),
        3 => Some(
            plain
                .unanswered_to(ForwardTo::Party(other))
                .unanswered_after(seconds(10)),
        ),
        4 => Some(plain.forward_to(group())),
        5 => Some(plain.unanswered_to(group())),
        6 => Some(plain.forward_to(ForwardTo::Party(phone(OWNED)))),
        7 => Some(plain.without_voicemail().voicemail_after(seconds(1))),
        _ => Some(plain.voicemail_after(seconds(1))),
    };
    let raw_id = own.to_owned();
    Command::SetCallingSettings { raw_id, settings }
}

/// Somebody outside calls, and may want whom it calls and nobody else.
pub(super) fn place(from: CommunicationIdentifier, to: CommunicationIdentifier, n: usize) -> Command {
    let call = PlaceCall {
        from,
        to,
        display_name: None,
        custom_context: CustomContext::default(),
    };
    if n.is_multiple_of(2) {
        Command::PlaceCall(call)
    } else {
        Command::StartCall(StartCall {
            direct: true,
            ..StartCall::from(call)
        })
    }
}
