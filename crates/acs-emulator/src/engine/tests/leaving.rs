//! Hanging up and removing.

use super::*;

#[test]
fn hanging_up_a_two_party_call_ends_it_for_both() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    lab.send(Command::HangUp(a.clone()));
    let messages: Vec<_> = lab
        .events
        .iter()
        .map(|callback| callback.event.result.message.clone())
        .collect();
    let contexts: Vec<_> = lab
        .events
        .iter()
        .map(|callback| callback.event.operation_context.clone().unwrap())
        .collect();
    assert_eq!(
        lab.told(),
        [
            (a.clone(), "CallDisconnected", 200, 7000),
            (b.clone(), "CallDisconnected", 200, 5001)
        ]
    );
    assert_eq!(
        messages,
        [
            "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
            "This conversation has ended.. DiagCode: 0#5001.@",
        ]
    );
    assert_eq!(contexts, ["create", "answer"]);
    for leg in [a, b] {
        let error = lab.try_send(Command::HangUp(leg)).unwrap_err();
        assert_eq!((error.status, &*error.code), (404, "8522"));
    }
    assert_eq!(lab.ended, 1);
    lab.assert_empty();
}

#[test]
fn ending_for_everyone_has_one_code_for_all() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    let c = lab.connect(CallLocator::ServerCall(lab.offers[0].data.server_call_id.clone()));
    lab.told();
    lab.send(Command::Terminate(b.clone()));
    assert_eq!(
        lab.told(),
        [b, a, c].map(|leg| (leg, "CallDisconnected", 200, 7000)),
        "the one who ended it first"
    );
    lab.assert_empty();
}

#[test]
fn leaving_a_group_call_leaves_the_others_in_it() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    let c = lab.answer("carol");
    lab.told();
    lab.send(Command::HangUp(b.clone()));
    assert_eq!(
        lab.told_all([&a, &b, &c]),
        [
            ["ParticipantsUpdated"],
            ["CallDisconnected 200/7000"],
            ["ParticipantsUpdated"]
        ]
    );
    assert_eq!(lab.participants(&a), [ALICE, CAROL]);
    lab.send(Command::HangUp(a.clone()));
    let [to_a, to_c] = lab.told_all([&a, &c]);
    assert_eq!(to_a, ["CallDisconnected 200/7000"]);
    assert_eq!(
        to_c,
        ["ParticipantsUpdated", "CallDisconnected 200/5010"],
        "nobody else is left"
    );
    lab.assert_empty();
}

#[test]
fn telephones_drop_with_the_application_that_dialled_them() {
    let mut lab = Lab::new();
    let other = "+16045550124";
    let a = lab.create(ALICE, &[phone(PHONE), phone(other)]);
    lab.send(Command::HangUp(a));
    lab.assert_empty();

    let a = lab.create(ALICE, &[phone(PHONE), user(BOB)]);
    let b = lab.answer("bob");
    lab.told();
    lab.send(Command::HangUp(a));
    assert_eq!(lab.told_to(&b), ["ParticipantsUpdated"], "one telephone stays");
    assert_eq!(lab.participants(&b), [format!("4:{PHONE}"), BOB.to_owned()]);
}

#[test]
fn removing_the_only_other_participant_ends_the_call() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    let reply = lab.send(removal(&a, user(BOB)));
    assert_eq!(
        Lab::body(&reply),
        serde_json::json!({"operationContext": "remove"})
    );
    let messages: Vec<_> = lab
        .events
        .iter()
        .map(|callback| callback.event.result.message.clone())
        .collect();
    assert_eq!(
        lab.told(),
        [
            (a.clone(), "RemoveParticipantSucceeded", 200, 0),
            (b, "CallDisconnected", 200, 5300),
            (a, "CallDisconnected", 200, 5002),
        ]
    );
    assert_eq!(messages[1], "The conversation has ended. DiagCode: 0#5300.@");
    assert_eq!(messages[2], "The conversation has ended. DiagCode: 0#5002.@");
    lab.assert_empty();
}

#[test]
fn removing_from_a_group_call_updates_the_others() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.send(Command::AddParticipant(addition(&a, user(CAROL))));
    let c = lab.answer("carol");
    lab.told();
    lab.send(removal(&b, user(CAROL)));
    assert_eq!(
        lab.told_all([&a, &b, &c]),
        [
            vec!["ParticipantsUpdated".to_owned()],
            vec![
                "RemoveParticipantSucceeded".to_owned(),
                "ParticipantsUpdated".to_owned()
            ],
            vec!["CallDisconnected 200/5300".to_owned()],
        ]
    );
    assert_eq!(lab.try_send(removal(&a, user(CAROL))).unwrap_err().code, "8522");
    lab.send(removal(&a, user(ALICE)));
    assert_eq!(lab.told_to(&a), ["RemoveParticipantFailed 400/8552"]);
}

#[test]
fn a_participant_that_is_gone_cannot_be_removed() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let (a, b) = {
        let a = lab.create(ALICE, &[user(BOB), user(CAROL)]);
        lab.wait(seconds(1));
        let b = lab.answer("carol");
        (a, b)
    };
    let context = lab.offers[0].data.incoming_call_context.clone();
    lab.send(answer(context, "bob"));
    lab.wait(seconds(1));
    lab.told();
    lab.send(Command::HangUp(b));
    lab.wait(Duration::from_millis(500));
    lab.send(removal(&a, user(CAROL)));
    lab.wait(seconds(1));
    let told = lab.told_to(&a);
    assert_eq!(told, ["ParticipantsUpdated", "RemoveParticipantFailed 404/8522"]);
}

#[test]
fn a_call_without_an_application_ends_after_a_while() {
    let mut lab = Lab::with(|config| config.unattended_limit = seconds(60));
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.send(Command::PartyAction {
        raw_id: BOB.to_owned(),
        action: PartyAction::Answer,
    });
    lab.send(Command::TransferToParticipant(transfer(&a, phone(PHONE))));
    assert_eq!(lab.engine.call_count(), 1, "bob and the telephone talk on");
    lab.wait(seconds(59));
    assert_eq!(lab.engine.call_count(), 1);
    lab.wait(seconds(1));
    lab.assert_empty();
}

#[test]
fn a_call_without_an_application_goes_on_while_somebody_waits_for_its_party() {
    let mut lab = Lab::with(|config| config.unattended_limit = seconds(60));
    let online = |online| Command::SetOnline {
        raw_id: BOB.to_owned(),
        online,
    };
    lab.send(online(true));
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.send(Command::PartyAction {
        raw_id: BOB.to_owned(),
        action: PartyAction::Answer,
    });
    lab.send(Command::TransferToParticipant(transfer(&a, phone(PHONE))));
    lab.wait(seconds(600));
    assert_eq!(lab.engine.call_count(), 1, "an agent talks as long as it likes");
    lab.send(online(false));
    lab.wait(seconds(60));
    lab.assert_empty();
}
