//! Connecting to calls, group calls and rooms.

use chrono::TimeDelta;

use super::*;

fn first_numbers(lab: &Lab, leg: &CallConnectionId) -> Vec<u32> {
    let of_leg = lab
        .events
        .iter()
        .filter(|callback| callback.event.call_connection_id == *leg);
    of_leg
        .filter_map(|callback| match callback.event.kind {
            EventKind::ParticipantsUpdated { sequence_number, .. } => Some(sequence_number),
            _ => None,
        })
        .collect()
}

#[test]
fn a_leg_that_connects_is_not_listed() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.events.clear();
    let id = lab.server_call_id(&a);
    // The padding gets lost in places.
    let bare = acs_common::ServerCallId::from(id.as_str().trim_end_matches('='));
    for id in [id, bare] {
        let c = lab.connect(CallLocator::ServerCall(id));
        assert!(first_numbers(&lab, &c)[0] >= 2);
        let [to_a, to_b, to_c] = lab.told_all([&a, &b, &c]);
        assert!(to_a.is_empty() && to_b.is_empty());
        assert_eq!(
            to_c,
            ["ParticipantsUpdated", "CallConnected", "ParticipantsUpdated"]
        );
        assert_eq!(lab.participants(&c), [ALICE, BOB]);
        lab.send(Command::HangUp(c.clone()));
        assert_eq!(lab.told_to(&c), ["CallDisconnected 200/7000"]);
    }
    assert_eq!(lab.state(&a), "connected");
}

#[test]
fn a_leg_that_connected_hears_of_the_end() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let c = lab.connect(CallLocator::ServerCall(lab.offers[0].data.server_call_id.clone()));
    lab.told();
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.told_all([&a, &b, &c]),
        [
            ["CallDisconnected 200/7000"],
            ["CallDisconnected 200/5001"],
            ["CallDisconnected 200/5001"]
        ]
    );
}

#[test]
fn an_unknown_call_is_not_found_and_one_that_rings_is_not_established() {
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let ringing = CallLocator::ServerCall(lab.offers[0].data.server_call_id.clone());
    let connect = |locator| {
        Command::ConnectCall(ConnectCall {
            locator,
            callback_uri: "https://app.example".to_owned(),
            cognitive_services_endpoint: None,
            media_streaming: None,
            transcription: None,
            operation_context: None,
        })
    };
    assert_eq!(lab.try_send(connect(ringing)).unwrap_err().code, "8501");
    let unknown = CallLocator::ServerCall("aHR0cHM6Ly9u".into());
    assert_eq!(lab.try_send(connect(unknown)).unwrap_err().code, "8522");
}

#[test]
fn a_group_call_begins_with_whoever_comes_first() {
    let mut lab = Lab::new();
    let locator = CallLocator::Group("7c5a".to_owned());
    lab.send(Command::JoinCall {
        locator: locator.clone(),
        party: user(BOB),
        muted: false,
    });
    lab.send(Command::JoinCall {
        locator: locator.clone(),
        party: phone(PHONE),
        muted: false,
    });
    let c = lab.connect(locator.clone());
    assert_eq!(lab.participants(&c), [BOB.to_owned(), format!("4:{PHONE}")]);
    lab.told();
    lab.send(Command::AddParticipant(addition(&c, user(CAROL))));
    let carol = lab.answer("carol");
    let told = lab.told_to(&c);
    assert_eq!(
        told,
        [
            "ParticipantsUpdated",
            "AddParticipantSucceeded",
            "ParticipantsUpdated"
        ]
    );
    lab.send(Command::PartyAction {
        raw_id: BOB.to_owned(),
        action: PartyAction::HangUp,
    });
    assert_eq!(lab.told_to(&c), ["ParticipantsUpdated"]);
    lab.send(Command::Terminate(carol));
    assert_eq!(lab.told_to(&c), ["CallDisconnected 200/7000"]);
    lab.assert_empty();

    // The id is free again.
    let d = lab.connect(locator);
    assert!(lab.participants(&d).is_empty());
    lab.send(Command::HangUp(d));
    lab.assert_empty();
}

#[test]
fn a_room_has_its_time() {
    let mut lab = Lab::new();
    let room = |id: &str| CallLocator::Room(id.to_owned());
    let later = lab.now + TimeDelta::hours(1);
    lab.send(Command::CreateRoom {
        room_id: "r".to_owned(),
        valid_from: Some(later),
        valid_until: None,
        participants: None,
    });
    let early = lab.connect(room("r"));
    assert_eq!(lab.told_to(&early), ["ConnectFailed 403/5829"]);
    assert_eq!(lab.state(&early), "8522");
    let join = Command::JoinCall {
        locator: room("r"),
        party: user(BOB),
        muted: false,
    };
    assert_eq!(lab.try_send(join.clone()).unwrap_err().code, "5829");
    lab.assert_empty();
    lab.wait(seconds(3600));
    let leg = lab.connect(room("r"));
    assert_eq!(
        lab.told_to(&leg),
        ["ParticipantsUpdated", "CallConnected", "ParticipantsUpdated"]
    );
    lab.send(join);
    assert_eq!(lab.participants(&leg), [BOB]);
}
