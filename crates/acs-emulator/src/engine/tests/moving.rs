//! Moving participants between calls.

use super::*;

fn moving(to: &CallConnectionId, from: &CallConnectionId, who: &[CommunicationIdentifier]) -> Command {
    Command::MoveParticipants(MoveParticipants {
        connection: to.clone(),
        from_call: from.clone(),
        participants: who.to_vec(),
        operation_context: Some("move".into()),
        operation_callback_uri: None,
    })
}

#[test]
fn a_caller_in_the_lobby_is_moved_into_the_call() {
    let mut lab = Lab::new();
    let lobby = lab.create(APP, &[phone(PHONE)]);
    let (a, b) = lab.pair();
    lab.told();
    let reply = lab.send(moving(&a, &lobby, &[phone(PHONE), user(DAVE)]));
    let body = Lab::body(&reply);
    assert_eq!(body["fromCall"], lobby.as_str());
    assert_eq!(body["operationContext"], "move");
    assert_eq!(
        body["participants"][0]["identifier"]["rawId"],
        format!("4:{PHONE}")
    );
    let EventKind::MoveParticipantSucceeded {
        participant,
        from_call,
    } = &lab.events[0].event.kind
    else {
        panic!()
    };
    assert_eq!((participant, from_call), (&phone(PHONE), &lobby));
    let [to_a, to_b, to_lobby] = lab.told_all([&a, &b, &lobby]);
    assert_eq!(
        to_a,
        [
            "MoveParticipantSucceeded",
            "MoveParticipantFailed 404/8522",
            "ParticipantsUpdated"
        ]
    );
    assert_eq!(to_b, ["ParticipantsUpdated"]);
    assert_eq!(to_lobby, ["ParticipantsUpdated", "CallDisconnected 200/5010"]);
    assert_eq!(
        lab.participants(&a),
        [ALICE.to_owned(), BOB.to_owned(), format!("4:{PHONE}")]
    );
}

#[test]
fn a_participant_keeps_its_leg_and_its_numbers_rise() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    for _ in 0..3 {
        lab.send(Command::AddParticipant(addition(&a, phone(PHONE))));
        lab.send(removal(&a, phone(PHONE)));
    }
    let other = lab.create(CAROL, &[phone("+16045550124")]);
    let numbers = |lab: &Lab, leg: &CallConnectionId| -> Vec<u32> {
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
    };
    lab.send(moving(&other, &a, &[user(BOB)]));
    let told = numbers(&lab, &b);
    assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
    assert_eq!(lab.server_call_id(&b), lab.server_call_id(&other));
    lab.told();
    lab.send(Command::HangUp(b.clone()));
    assert_eq!(
        lab.told_all([&b, &other]),
        [["CallDisconnected 200/7000"], ["ParticipantsUpdated"]]
    );
}

#[test]
fn both_calls_must_be_there_and_established() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let ringing = lab.create(CAROL, &[user(DAVE)]);
    for (command, status, code) in [
        (moving(&a, &ringing, &[user(DAVE)]), 400, "8501"),
        (moving(&ringing, &a, &[user(BOB)]), 400, "8501"),
        (moving(&a, &"gone".into(), &[user(BOB)]), 404, "8522"),
        (moving(&"gone".into(), &a, &[user(BOB)]), 404, "8522"),
        (moving(&a, &b, &[user(BOB)]), 400, "8523"),
        (moving(&a, &b, &[]), 400, "8523"),
    ] {
        let error = lab.try_send(command).unwrap_err();
        assert_eq!((error.status, &*error.code), (status, code));
    }
}

#[test]
fn the_application_stays_where_it_is() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let other = lab.create(CAROL, &[phone(PHONE)]);
    lab.told();
    lab.send(moving(&other, &a, &[user(ALICE)]));
    assert_eq!(lab.told_to(&other), ["MoveParticipantFailed 400/8552"]);
}
