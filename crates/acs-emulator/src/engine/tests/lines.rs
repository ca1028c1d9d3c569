//! Telephone calls that the application is at both ends of: two calls, joined by the telephone network.

use super::*;

/// The near leg, which dialled, and the far leg, which answered.
fn line(lab: &mut Lab) -> (CallConnectionId, CallConnectionId) {
    let mut command = creation(ALICE, &[phone(OWNED)]);
    command.source_caller_id_number = Some(phone(PHONE));
    let reply = lab.send(Command::CreateCall(command));
    let near = Lab::connection(&reply);
    let far = lab.answer("far");
    (near, far)
}

#[test]
fn each_end_has_a_call_of_its_own() {
    let mut lab = Lab::new();
    let (near, far) = line(&mut lab);
    let [to_near, to_far] = lab.told_all([&near, &far]);
    assert_eq!(to_near, ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(to_far, to_near);
    assert_eq!(lab.participants(&near), [ALICE.to_owned(), format!("4:{OWNED}")]);
    assert_eq!(lab.participants(&far), [format!("4:{PHONE}"), APP.to_owned()]);
    let chain = |lab: &mut Lab, leg: &CallConnectionId| {
        lab.engine
            .apply(Command::GetCall(leg.clone()), lab.now)
            .correlation_id
            .unwrap()
    };
    assert_ne!(
        chain(&mut lab, &near),
        chain(&mut lab, &far),
        "recorded: different correlation ids"
    );
    let reply = lab.send(Command::GetCall(far));
    let body = Lab::body(&reply);
    assert_eq!(body["answeredFor"]["value"], OWNED);
    assert_eq!(body["source"]["rawId"], format!("4:{PHONE}"));
    assert_eq!(body["targets"][0]["rawId"], APP);
}

#[test]
fn the_end_of_one_end_is_the_end_of_the_other() {
    let mut lab = Lab::new();
    let (near, far) = line(&mut lab);
    lab.told();
    lab.send(Command::Terminate(near.clone()));
    assert_eq!(
        lab.told(),
        [
            (near, "CallDisconnected", 200, 7000),
            (far, "CallDisconnected", 200, 540_000)
        ],
        "as recorded"
    );
    lab.assert_empty();

    let (near, far) = line(&mut lab);
    lab.told();
    lab.send(Command::HangUp(far.clone()));
    assert_eq!(
        lab.told(),
        [
            (far, "CallDisconnected", 200, 7000),
            (near, "CallDisconnected", 200, 560_000)
        ]
    );
    lab.assert_empty();
}

#[test]
fn a_rejected_line_has_the_codes_of_the_telephone_network() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[phone(OWNED)]);
    let incoming_call_context = lab.context();
    lab.send(Command::RejectCall(RejectCall {
        incoming_call_context,
        reason: RejectReason::Busy,
    }));
    assert_eq!(
        lab.told_to(&a),
        ["CallDisconnected 486/560486", "CreateCallFailed 486/560486"]
    );
    lab.assert_empty();
}

#[test]
fn a_line_that_is_not_answered_is_given_up_at_both_ends() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[phone(OWNED)]);
    lab.wait(seconds(120));
    assert_eq!(
        lab.told_to(&a),
        ["CallDisconnected 487/10004", "CreateCallFailed 487/10004"]
    );
    lab.assert_empty();

    lab.create(ALICE, &[phone(OWNED)]);
    let a = lab.create(ALICE, &[phone(OWNED)]);
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.try_send(answer(lab.context(), "late")).unwrap_err().code,
        "8522"
    );
}

#[test]
fn removing_the_telephone_hangs_up_its_other_end() {
    let mut lab = Lab::new();
    let (near, far) = line(&mut lab);
    lab.told();
    lab.send(removal(&near, phone(OWNED)));
    let [to_near, to_far] = lab.told_all([&near, &far]);
    assert_eq!(
        to_near,
        ["RemoveParticipantSucceeded", "CallDisconnected 200/5002"]
    );
    assert_eq!(to_far, ["CallDisconnected 200/540000"]);
    lab.assert_empty();
}

#[test]
fn an_owned_number_is_added_over_a_line() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    lab.send(Command::AddParticipant(addition(&a, phone(OWNED))));
    let far = lab.answer("far");
    let [to_a, to_b, to_far] = lab.told_all([&a, &b, &far]);
    assert!(to_a.contains(&"AddParticipantSucceeded".to_owned()));
    assert_eq!(to_b.len(), 3);
    assert_eq!(to_far, ["ParticipantsUpdated", "CallConnected"]);
    lab.send(Command::HangUp(far));
    assert_eq!(lab.participants(&a), [ALICE, BOB]);
}
