//! Arbitrary operations on media.

use super::super::media::{file, rules, tone};
use super::super::*;

/// A party with something to say.
pub(super) fn talkative() -> PartyScript {
    let keys = |keys: &str| Reaction::press(keys.parse::<Tones>().unwrap());
    PartyScript::answer()
        .when_asked(keys("1"))
        .when_asked(Reaction::say("sales").after(seconds(1)).barging_in())
        .when_asked(keys("12345").after(seconds(1)))
        .when_asked(Reaction::silence())
        .when_asked(Reaction::hang_up())
}

/// An operation on media, with a context of its own.
pub(super) fn media(
    leg: CallConnectionId,
    who: CommunicationIdentifier,
    kind: u8,
    flags: u8,
    number: usize,
) -> Command {
    let flag = |bit: u8| flags & (1 << bit) != 0;
    let connection = leg;
    let operation_context = Some(format!("media {number}").into());
    let sources = if flag(0) {
        vec![file("http://127.0.0.1/a.wav")]
    } else {
        vec![PlaySource::Text("ten signs.".to_owned())]
    };
    let keys = |participant| ContinuousDtmf {
        connection: connection.clone(),
        participant,
        operation_context: operation_context.clone(),
        operation_callback_uri: None,
    };
    match kind {
        0 | 1 => Command::Play(Play {
            to: if flag(1) { vec![who] } else { Vec::new() },
            repeat: flag(2) && flag(4),
            interrupt: flag(3),
            connection,
            sources,
            operation_context,
            operation_callback_uri: None,
        }),
        2 | 3 => Command::Recognize(Box::new(Recognize {
            prompts: if flag(1) { sources } else { Vec::new() },
            target: who,
            expect: match flags >> 6 {
                0 => Expect::Speech {
                    end_silence: seconds(1),
                },
                1 => Expect::Choices(vec![Choice {
                    label: "Sales".to_owned(),
                    phrases: vec!["sales".to_owned()],
                    tone: Some(tone("one")),
                }]),
                _ => Expect::Tones(rules(Some(2))),
            },
            interrupt_prompt: flag(2),
            initial_silence: seconds(u64::from(flags % 8)),
            interrupt: flag(3),
            connection,
            operation_context,
            operation_callback_uri: None,
        })),
        4 => Command::SendDtmfTones(SendDtmfTones {
            connection,
            participant: who,
            tones: vec![tone("one")],
            operation_context,
            operation_callback_uri: None,
        }),
        5 if flag(0) => Command::StartContinuousDtmf(keys(who)),
        5 => Command::StopContinuousDtmf(keys(who)),
        6 if flag(5) => Command::CancelAllMedia(connection),
        6 | 7 if flag(1) => Command::Unhold(Unhold {
            connection,
            participant: who,
            operation_callback_uri: None,
        }),
        _ => Command::Hold(Hold {
            source: flag(0).then(|| file("http://127.0.0.1/music.wav")),
            connection,
            participant: who,
            operation_context: None,
            operation_callback_uri: None,
        }),
    }
}

/// How the events begin that end an operation: there is one of them for each that was accepted.
pub(super) fn media_end(command: &Command) -> Option<(CallConnectionId, String, &'static str)> {
    let (leg, context, end) = match command {
        Command::Play(play) => (&play.connection, &play.operation_context, "Play"),
        Command::Recognize(command) => (&command.connection, &command.operation_context, "Recognize"),
        Command::SendDtmfTones(command) => (&command.connection, &command.operation_context, "SendDtmfTones"),
        _ => return None,
    };
    Some((leg.clone(), context.as_ref()?.to_string(), end))
}
