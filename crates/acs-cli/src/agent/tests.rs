//! What lines mean, and how notices look.

use std::time::Duration;

use acs_calling::{
    CallDirection, CallEndReason, CallLocator, CallState, CallerInfo, CustomContext, ParticipantState,
    TransferState,
};
use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};

use super::command::{Command, Target, USAGE, Until, read};
use super::notice::{Listed, Notice, Participant, Person};
use super::render;
use crate::terminal::Paint;

const BOB: &str = "8:acs:resource_bob";

fn bob() -> CommunicationIdentifier {
    CommunicationIdentifier::user(BOB)
}

fn phone() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+16045550123")
}

fn meant(line: &str) -> Command {
    match read(line) {
        Ok(Some(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

fn unclear(line: &str) -> String {
    match read(line) {
        Err(message) => message,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn calls_are_placed_and_joined() {
    let to = vec![bob()];
    assert_eq!(meant(&format!("call {BOB}")), Command::Call { to, from: None });
    let line = format!("  CALL +16045550123 {BOB} From +14255550100 ");
    let (to, from) = (vec![phone(), bob()], "+14255550100".parse().ok());
    assert_eq!(meant(&line), Command::Call { to, from });
    let group_id = "29228d3e-040e-4656-a70e-890ab4e173e5".to_owned();
    assert_eq!(
        meant(&format!("join group {group_id}")),
        Command::Join(CallLocator::Group { group_id })
    );
    let room_id = "board".to_owned();
    assert_eq!(
        meant("join room board"),
        Command::Join(CallLocator::Room { room_id })
    );
}

#[test]
fn calls_are_named_by_number_or_not_at_all() {
    assert_eq!(meant("answer"), Command::Answer(None));
    assert_eq!(meant("answer 2"), Command::Answer(Some(2)));
    assert_eq!(meant("decline in #2"), Command::Reject(Some(2)));
    for (line, call, for_everyone) in [
        ("hang up", None, false),
        ("hangup 3", Some(3), false),
        ("hang up 3 for everyone", Some(3), true),
        ("hang for everyone", None, true),
    ] {
        assert_eq!(meant(line), Command::HangUp { call, for_everyone }, "{line}");
    }
    let muted = true;
    assert_eq!(meant("mute 1"), Command::Mute { call: Some(1), muted });
    assert_eq!(
        meant("unmute"),
        Command::Mute {
            call: None,
            muted: false
        }
    );
    assert_eq!(
        meant("hold"),
        Command::Hold {
            call: None,
            held: true
        }
    );
    assert_eq!(
        meant("resume 2"),
        Command::Hold {
            call: Some(2),
            held: false
        }
    );
    let accept = true;
    assert_eq!(
        meant("accept 4"),
        Command::Decide {
            call: Some(4),
            accept
        }
    );
}

#[test]
fn keys_may_be_apart() {
    let tones = vec![DtmfTone::One, DtmfTone::Two, DtmfTone::Pound, DtmfTone::A];
    for line in ["press 12#a", "press 1 2 # A"] {
        let tones = tones.clone();
        assert_eq!(meant(line), Command::Press { tones, call: None }, "{line}");
    }
    let call = Some(2);
    assert_eq!(meant("press 12#A in 2"), Command::Press { tones, call });
}

#[test]
fn participants_come_and_go() {
    let (who, from, call) = (bob(), None, Some(2));
    assert_eq!(
        meant(&format!("add {BOB} in 2")),
        Command::Add { who, from, call }
    );
    let (who, from) = (phone(), "+14255550100".parse().ok());
    assert_eq!(
        meant("add +16045550123 from +14255550100"),
        Command::Add {
            who,
            from,
            call: None
        }
    );
    let (who, call) = (phone(), None);
    assert_eq!(meant("remove +16045550123"), Command::Remove { who, call });
}

#[test]
fn a_transfer_says_who_goes_where() {
    let teams = MicrosoftTeamsUserIdentifier::new("1c5a6d43");
    let participant = |forwarding| Target::Participant {
        who: bob(),
        forwarding,
    };
    for (line, call, target, hang_up) in [
        (format!("transfer to {BOB}"), None, participant(true), false),
        (
            format!("transfer 2 to {BOB} without forwarding"),
            Some(2),
            participant(false),
            false,
        ),
        (
            format!("transfer 2 to {BOB} without forwarding and hang up"),
            Some(2),
            participant(false),
            true,
        ),
        (
            "transfer 1 to call 2 and hang up".to_owned(),
            Some(1),
            Target::Call(2),
            true,
        ),
        (
            "transfer to voicemail 8:orgid:1c5a6d43".to_owned(),
            None,
            Target::Voicemail(teams),
            false,
        ),
    ] {
        let expected = Command::Transfer {
            call,
            target,
            hang_up,
        };
        assert_eq!(meant(&line), expected, "{line}");
    }
}

#[test]
fn a_script_waits() {
    for (line, until, call, seconds) in [
        ("wait 1.5", Until::Time, None, 1.5),
        ("wait 2s", Until::Time, None, 2.0),
        ("wait connected", Until::Connected, None, 60.0),
        ("wait over in 2 for 5", Until::Over, Some(2), 5.0),
        ("wait transferred for 5s", Until::Transferred, None, 5.0),
    ] {
        let limit = Duration::from_secs_f64(seconds);
        assert_eq!(meant(line), Command::Wait { until, call, limit }, "{line}");
    }
}

#[test]
fn commands_may_be_shortened_and_every_one_has_a_usage_that_is_understood() {
    assert_eq!(meant("ans 1"), Command::Answer(Some(1)));
    assert_eq!(meant("bye"), Command::Quit);
    assert_eq!(meant("?"), Command::Help);
    assert_eq!(meant("calls"), Command::Calls);
    assert_eq!(meant("who"), Command::Who);
    for (name, usage, about) in USAGE {
        assert!(usage.starts_with(name) && !about.is_empty(), "{usage}");
        // The least of each form, with something for each argument.
        for form in usage.split(" | ").filter(|form| form.starts_with(name)) {
            let least: String = form.split(" [").next().unwrap_or_default().to_owned();
            let line = least
                .replace("WHO...", BOB)
                .replace("WHO", BOB)
                .replace("KEYS", "1")
                .replace("SECONDS", "1")
                .replace("|connected|held|over|asked|transferred", "");
            let line = if line == "transfer" {
                format!("{line} to {BOB}")
            } else {
                line
            };
            assert!(matches!(read(&line), Ok(Some(_))), "{line}: {:?}", read(&line));
        }
    }
    for nothing in ["", "   ", "# a remark"] {
        assert_eq!(read(nothing), Ok(None));
    }
}

#[test]
fn what_is_wrong_is_named_with_what_was_expected() {
    let raw_id = "expected a raw id such as 8:acs:RESOURCE_USER, or a telephone number such as +14255550100";
    for (line, expected) in [
        (
            "frobnicate",
            "command: `frobnicate` is none; `help` lists them".to_owned(),
        ),
        (
            "h",
            "command: `h` may be hang up or hold or help; write more of it".to_owned(),
        ),
        ("call", format!("WHO: {raw_id}")),
        ("call bob", format!("WHO: {raw_id}, found `bob`")),
        ("call +1", format!("WHO: {raw_id}, found `+1`")),
        ("call acs:bob", format!("WHO: {raw_id}, found `acs:bob`")),
        ("call 8:", format!("WHO: {raw_id}, found `8:`")),
        (
            "call +16045550123",
            "from: expected `from NUMBER`, a number of the resource, for a telephone is called".to_owned(),
        ),
        (
            "call +16045550123 from 604",
            "from: expected a telephone number such as +14255550100, found `604`".to_owned(),
        ),
        ("join", "join: expected `group GUID` or `room ID`".to_owned()),
        (
            "join meeting 1",
            "join: expected `group GUID` or `room ID`, found `meeting`".to_owned(),
        ),
        ("join room", "room: expected its id".to_owned()),
        (
            "answer zero",
            "CALL: expected the number of a call as `calls` lists it, found `zero`".to_owned(),
        ),
        (
            "hang up 0",
            "CALL: expected the number of a call as `calls` lists it, found `0`".to_owned(),
        ),
        ("press", "KEYS: expected keys such as 12#".to_owned()),
        (
            "press 1x",
            "KEYS: expected 0 to 9, *, #, or A to D, found `x`".to_owned(),
        ),
        (
            "mute 1 2",
            "`2`: expected nothing more; usage: mute [CALL]".to_owned(),
        ),
        (
            "transfer 1",
            "transfer: expected `to WHO`, `to call CALL` or `to voicemail TEAMS-USER`".to_owned(),
        ),
        (
            "transfer to call",
            "call: expected the number of the call that takes the far end".to_owned(),
        ),
        (
            "transfer to voicemail 8:acs:a_b",
            "voicemail: expected a Teams user such as 8:orgid:GUID, found `8:acs:a_b`".to_owned(),
        ),
        (
            "transfer to call 2 without forwarding",
            "without forwarding: expected only with `to WHO`".to_owned(),
        ),
        (
            "wait soon",
            "wait: expected seconds, ringing, connected, held, over, asked or transferred, found `soon`"
                .to_owned(),
        ),
        (
            "wait over for ever",
            "for: expected seconds from 0 to 86400, found `ever`".to_owned(),
        ),
        ("quit now", "`now`: expected nothing more; usage: quit".to_owned()),
    ] {
        assert_eq!(unclear(line), expected, "{line}");
    }
}

fn text(notice: &Notice) -> String {
    render::text(notice, Paint::plain()).unwrap_or_default()
}

fn json(notice: &Notice) -> String {
    serde_json::to_string(notice).unwrap()
}

#[test]
fn a_call_that_rings_shows_the_names_of_headers_and_no_values() {
    let context = CustomContext::default()
        .voip_header("case", "secret-42")
        .sip_header("X-Trace", "secret-43")
        .user_to_user("secret-44");
    let mut caller = CallerInfo::new(bob());
    caller.display_name = Some("Bob\x1b[2J".to_owned());
    let notice = Notice::Ringing {
        call: 3,
        caller: Person::from(&caller),
        transferor: Some(Person::from(&CallerInfo::new(phone()))),
        headers: Some((&context).into()),
    };
    assert_eq!(
        text(&notice),
        format!(
            "call 3 rings, from {BOB} (Bob\u{fffd}[2J), sent by 4:+16045550123; headers case (voip); X-Trace \
             (sip); User-To-User"
        )
    );
    let json = json(&notice);
    assert!(
        json.starts_with(&format!(
            r#"{{"event":"ringing","call":3,"caller":{{"id":"{BOB}""#
        )),
        "{json}"
    );
    assert!(json.contains(r#""headers":{"voip":["case"],"sip":["X-Trace"],"userToUser":true}"#));
    assert!(!json.contains("secret"), "{json}");
}

#[test]
fn states_reasons_and_transfers_are_told_in_words_and_codes() {
    let over = Notice::Call {
        call: 1,
        state: CallState::Disconnected,
        direction: CallDirection::Outgoing,
        reason: Some(CallEndReason::DECLINED),
    };
    assert_eq!(text(&over), "call 1 over: declined (603/0)");
    assert_eq!(
        json(&over),
        r#"{"event":"call","call":1,"state":"disconnected","direction":"outgoing","reason":{"code":603,"subCode":0}}"#
    );
    assert_eq!(Notice::transfer(1, TransferState::None), None);
    let failed = Notice::transfer(1, TransferState::Failed(CallEndReason::new(777, 1))).unwrap();
    assert_eq!(text(&failed), "call 1 not transferred: 777/1");
    assert_eq!(
        json(&failed),
        r#"{"event":"transfer","call":1,"state":"failed","reason":{"code":777,"subCode":1}}"#
    );
    let asked = Notice::TransferAsked {
        call: 1,
        target: None,
    };
    assert_eq!(
        text(&asked),
        "call 1 is to be transferred to the far end of another call: `accept` or `refuse`"
    );
}

#[test]
fn calls_are_listed_with_who_is_in_them() {
    let participant = Participant {
        who: Person::from(&bob()),
        state: ParticipantState::Hold,
        muted: true,
        reason: None,
    };
    let listed = |state, participants| Listed {
        call: 2,
        state,
        direction: CallDirection::Incoming,
        muted: false,
        participants,
        server_call_id: None,
    };
    let calls = vec![
        listed(None, Vec::new()),
        listed(Some(CallState::LocalHold), vec![participant]),
    ];
    assert_eq!(
        text(&Notice::Calls { calls }),
        format!("call 2 rings\ncall 2 on hold\n    {BOB} is on hold, muted")
    );
    assert_eq!(text(&Notice::Calls { calls: Vec::new() }), "no calls");
    let command = "mute".to_owned();
    assert_eq!(render::text(&Notice::Done { command }, Paint::plain()), None);
}
