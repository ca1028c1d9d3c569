//! The form of messages, as `docs/calling-protocol.md` shows them.

use acs_common::CommunicationIdentifier;
use serde_json::{Value, json};

use super::*;

fn written<T: Serialize>(message: &T) -> Value {
    serde_json::to_value(message).unwrap()
}

#[test]
fn a_token_is_written_to_the_service_and_shown_to_nobody() {
    let sign_in = ClientMessage {
        id: 1,
        request: Request::SignIn(SignIn {
            version: VERSION,
            token: "hunter2".into(),
            endpoint: "desk".to_owned(),
            display_name: None,
            asks_before_transfer: false,
            resume: None,
        }),
    };
    assert!(!format!("{sign_in:?}").contains("hunter2"));
    assert_eq!(written(&sign_in)["request"]["token"], "hunter2");
    assert_eq!(written(&sign_in)["request"]["type"], "signIn");
    let text = encode(&sign_in).unwrap();
    assert_eq!(decode::<ClientMessage>(&text).unwrap(), sign_in);
}

#[test]
fn people_are_raw_ids() {
    let request = Request::StartCall {
        call: CallId::new("c1"),
        participants: vec![CommunicationIdentifier::phone("+14255550123")],
        alternate_caller_id: Some("+14255550100".to_owned()),
        custom_context: None,
        muted: false,
    };
    assert_eq!(
        written(&request),
        json!({
            "type": "startCall", "call": "c1", "participants": ["4:+14255550123"],
            "alternateCallerId": "+14255550100", "muted": false,
        })
    );
    let snapshot = CallSnapshot {
        caller: Some(CallerInfo::new(CommunicationIdentifier::user("8:acs:a_b"))),
        ..CallSnapshot::new(CallId::new("c1"), CallDirection::Incoming, CallState::RemoteHold)
    };
    assert_eq!(
        written(&ServerMessage::Call {
            call: snapshot.clone()
        }),
        json!({ "type": "call", "call": {
            "id": "c1", "state": "remoteHold", "direction": "incoming",
            "caller": { "identifier": "8:acs:a_b" }, "isMuted": false, "participants": [],
        }})
    );
    assert_eq!(
        serde_json::from_value::<CallSnapshot>(written(&snapshot)).unwrap(),
        snapshot
    );
}

#[test]
fn a_transfer_says_how_far_it_is_and_why_it_failed() {
    let failed = ServerMessage::Transfer {
        transfer: TransferStatus {
            id: TransferId::new("t1"),
            progress: TransferProgress::Failed {
                error: CallEndReason::DECLINED,
            },
        },
    };
    assert_eq!(
        written(&failed),
        json!({ "type": "transfer", "transfer": {
            "id": "t1", "state": "failed", "error": { "code": 603, "subCode": 0 },
        }})
    );
    assert_eq!(
        serde_json::from_value::<ServerMessage>(written(&failed)).unwrap(),
        failed
    );
}

#[test]
fn what_a_newer_side_says_is_read_as_unknown() {
    let message: ServerMessage = decode(r#"{"type":"weather","sun":true}"#).unwrap();
    assert_eq!(message, ServerMessage::Unknown);
    let message: ClientMessage = decode(r#"{"id":3,"request":{"type":"dance"}}"#).unwrap();
    assert_eq!(message.request, Request::Unknown);
    let more: Request = decode(r#"{"type":"hold","call":"c","politely":true}"#).unwrap();
    assert_eq!(
        more,
        Request::Hold {
            call: CallId::new("c")
        }
    );
}

#[test]
fn no_state_leads_out_of_the_end() {
    use CallState as S;
    let all = [
        S::None,
        S::Connecting,
        S::Ringing,
        S::EarlyMedia,
        S::InLobby,
        S::Connected,
        S::LocalHold,
        S::RemoteHold,
        S::Disconnecting,
        S::Disconnected,
    ];
    for next in all {
        assert!(!S::Disconnected.may_become(next));
    }
    for state in &all[..9] {
        assert!(state.may_become(S::Disconnected), "{state:?}");
    }
    for state in [S::Connected, S::LocalHold, S::RemoteHold] {
        for next in [S::None, S::Connecting, S::Ringing, S::EarlyMedia, S::InLobby] {
            assert!(!state.may_become(next), "{state:?} to {next:?}");
        }
        assert!(state.may_become(S::Connected));
    }
    assert!(S::LocalHold.may_become(S::RemoteHold));
    assert!(S::Connecting.may_become(S::EarlyMedia));
    assert!(!S::Disconnecting.may_become(S::Connected));
}

#[test]
fn a_custom_context_is_checked_by_name() {
    let long = CustomContext::default().voip_header("k".repeat(65), "v");
    assert_eq!(long.fault().unwrap().0, "customContext.voipHeaders");
    let long = CustomContext::default().voip_header("k", "v".repeat(257));
    assert_eq!(long.fault().unwrap().0, "customContext.voipHeaders");
    let good = CustomContext::default()
        .sip_header("X-MS-Custom-a", "v")
        .user_to_user("u");
    assert_eq!(good.fault(), None);
    assert!(!good.is_empty());
}

#[test]
fn of_sip_headers_the_first_five_that_are_valid_are_read() {
    let mut context = CustomContext::default()
        .sip_header("", "no key")
        .sip_header("no token", "v")
        .sip_header("a".repeat(53), "65 characters with the prefix")
        .sip_header("b", "v".repeat(257))
        .sip_header("c", "two\r\nlines")
        .sip_header("x-ms-custom-d", "kept as it is")
        .user_to_user("does not count");
    for key in ["k1", "k2", "k3", "k4", "k5", "k6"] {
        context = context.sip_header(key, "v".repeat(256));
    }
    assert_eq!(context.fault(), None, "they are dropped, not refused");
    let read: Vec<String> = context.sip_headers_read().into_keys().collect();
    let names = [
        "X-MS-Custom-k1",
        "X-MS-Custom-k2",
        "X-MS-Custom-k3",
        "X-MS-Custom-k4",
        "X-MS-Custom-k5",
    ];
    assert_eq!(read, names);
    let long = CustomContext::default()
        .sip_header("a".repeat(52), "v")
        .sip_header("X-MS-CUSTOM-z", "v");
    let read = long.sip_headers_read();
    assert!(read.len() == 2 && read.contains_key("X-MS-CUSTOM-z"), "{read:?}");
    let voip = CustomContext::default().voip_header("", "v");
    assert_eq!(
        voip.fault().map(|(field, _)| field),
        Some("customContext.voipHeaders")
    );
}
