//! Arbitrary deeds of call agents: parties that call several, add, remove, and answer muted.

use proptest::prelude::*;

use super::super::*;
use super::play::{NUMBERS, party, pick};

/// What a party does. Most are about a call that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    call: usize,
    who: usize,
    whom: usize,
    kind: u8,
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let n = 0usize..1000;
    (n.clone(), n.clone(), n, 0u8..12).prop_map(|(call, who, whom, kind)| Deed {
        call,
        who,
        whom,
        kind,
    })
}

/// The number of the resource where a telephone is called; sometimes one that is not.
fn caller_id(whom: usize) -> Option<CommunicationIdentifier> {
    (!whom.is_multiple_of(3)).then(|| phone(NUMBERS[whom % NUMBERS.len()]))
}

pub(super) fn command(engine: &Engine, deed: Deed) -> Option<Command> {
    let Deed {
        call,
        who,
        whom,
        kind,
    } = deed;
    if kind == 0 {
        return Some(Command::StartCall(StartCall {
            from: party(who),
            to: [call, whom, call / 7]
                .map(party)
                .into_iter()
                .take(1 + whom % 3)
                .collect(),
            caller_id: caller_id(whom),
            display_name: None,
            custom_context: CustomContext::default(),
            muted: whom.is_multiple_of(2),
            direct: call.is_multiple_of(2),
        }));
    }
    let mut keys: Vec<_> = engine.calls.keys().copied().collect();
    keys.sort_unstable();
    let call = engine.calls.get(&pick(&keys, call)?)?;
    let mut present: Vec<String> = call
        .participants
        .iter()
        .map(|party| party.raw_id.to_string())
        .collect();
    let ringing: Vec<String> = call
        .invites
        .iter()
        .map(|invite| invite.raw_id.to_string())
        .collect();
    let answers = matches!(kind, 8 | 9);
    let raw_id = pick(if answers { &ringing } else { &present }, who)?;
    let action = match kind {
        1..=4 => CallAction::Add(Box::new(Invitation {
            participant: party(whom),
            caller_id: caller_id(whom),
            display_name: None,
        })),
        5..=7 => {
            present.extend(ringing);
            CallAction::Remove(pick(&present, whom)?)
        }
        8 => CallAction::Answer { muted: true },
        10 => CallAction::Mute(whom.is_multiple_of(2)),
        _ => CallAction::HangUp,
    };
    Some(Command::InCall(InCall {
        call: call.id.clone(),
        raw_id,
        action,
    }))
}
