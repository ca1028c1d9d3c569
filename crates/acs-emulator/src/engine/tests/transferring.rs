//! Transfers in 1:1 calls and in group calls.

use std::collections::BTreeMap;

use super::*;

#[test]
fn a_two_party_call_is_over_for_the_transferor() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    let mut command = transfer(&a, user(CAROL));
    command.custom_context.voip_headers = BTreeMap::from([("case".to_owned(), "42".to_owned())]);
    let reply = lab.send(Command::TransferToParticipant(command));
    assert_eq!(
        Lab::body(&reply),
        serde_json::json!({"operationContext": "transfer"})
    );
    assert_eq!(lab.state(&a), "transferring");
    let data = &lab.offers.last().unwrap().data;
    assert_eq!(
        (&data.from, &data.to),
        (&user(BOB), &user(CAROL)),
        "the target sees the transferee"
    );
    assert_eq!(data.custom_context.as_ref().unwrap().voip_headers["case"], "42");
    assert!(lab.events.is_empty());

    let c = lab.answer("carol");
    let accepted = lab.events[0].event.clone();
    let EventKind::CallTransferAccepted {
        transfer_target,
        transferee,
    } = accepted.kind
    else {
        panic!()
    };
    assert_eq!((transfer_target, transferee), (user(CAROL), user(BOB)));
    assert_eq!(accepted.operation_context.unwrap(), "transfer");
    let [to_a, to_b, to_c] = lab.told_all([&a, &b, &c]);
    assert_eq!(to_a, ["CallTransferAccepted", "CallDisconnected 200/7015"]);
    assert_eq!(to_b, ["ParticipantsUpdated"]);
    assert_eq!(to_c, ["CallConnected", "ParticipantsUpdated"]);
    assert_eq!(lab.participants(&c), [CAROL, BOB]);
    assert_eq!(lab.server_call_id(&b), lab.server_call_id(&c));
    lab.send(Command::HangUp(b.clone()));
    assert_eq!(
        lab.told_all([&b, &c]),
        [["CallDisconnected 200/7000"], ["CallDisconnected 200/5001"]]
    );
    lab.assert_empty();
}

#[test]
fn each_refusal_has_its_codes_and_the_call_goes_on() {
    for (target, script, result) in [
        (user(CAROL), PartyScript::reject(RejectReason::Declined), "603/0"),
        (user(CAROL), PartyScript::reject(RejectReason::Busy), "486/0"),
        (user(CAROL), PartyScript::offline(), "480/10037"),
        (user(CAROL), PartyScript::no_answer(), "487/10004"),
        (
            phone(PHONE),
            PartyScript::reject(RejectReason::Declined),
            "603/560603",
        ),
        (
            phone(PHONE),
            PartyScript::reject(RejectReason::Busy),
            "486/560486",
        ),
    ] {
        let mut lab = Lab::with(|config| {
            config.scripts.insert(target.raw_id().into_owned(), script);
        });
        let (a, b) = lab.pair();
        lab.told();
        lab.send(Command::TransferToParticipant(transfer(&a, target)));
        lab.wait(seconds(60));
        let [to_a, to_b] = lab.told_all([&a, &b]);
        assert_eq!(to_a, [format!("CallTransferFailed {result}")]);
        assert!(to_b.is_empty());
        assert_eq!(lab.state(&a), "connected");
        lab.send(Command::Terminate(a));
        lab.assert_empty();
    }
}

#[test]
fn one_participant_of_a_group_call_is_transferred() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.send(Command::AddParticipant(addition(&a, phone(PHONE))));
    lab.told();
    let nobody_named = Command::TransferToParticipant(transfer(&a, user(CAROL)));
    assert_eq!(lab.try_send(nobody_named).unwrap_err().code, "8523");

    let mut command = transfer(&a, user(CAROL));
    command.transferee = Some(phone(PHONE));
    command.operation_callback_uri = Some("https://app.example/transfer".to_owned());
    lab.send(Command::TransferToParticipant(command));
    let c = lab.answer("carol");
    assert_eq!(&*lab.events[0].uri, "https://app.example/transfer");
    let [to_a, to_b, to_c] = lab.told_all([&a, &b, &c]);
    assert_eq!(to_a, ["CallTransferAccepted", "ParticipantsUpdated"]);
    assert_eq!(to_b, ["ParticipantsUpdated"]);
    assert_eq!(to_c, ["CallConnected", "ParticipantsUpdated"]);
    assert_eq!(lab.participants(&a), [ALICE, BOB]);
    assert_eq!(lab.participants(&c), [CAROL.to_owned(), format!("4:{PHONE}")]);
    assert_ne!(lab.server_call_id(&a), lab.server_call_id(&c));
    assert_eq!(lab.state(&a), "connected");
}

#[test]
fn a_transfer_to_a_telephone_from_a_user_needs_a_number_to_show() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    let mut command = transfer(&a, phone(PHONE));
    command.source_caller_id_number = None;
    let error = lab.try_send(Command::TransferToParticipant(command)).unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8523"));
}

#[test]
fn two_transfers_of_one_leg_are_in_each_others_way() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    lab.send(Command::TransferToParticipant(transfer(&a, user(CAROL))));
    let error = lab
        .try_send(Command::TransferToParticipant(transfer(&a, user(DAVE))))
        .unwrap_err();
    assert_eq!((error.status, &*error.code), (409, "8607"));
}

#[test]
fn both_sides_transferring_each_other_come_to_an_end() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    lab.told();
    lab.send(Command::TransferToParticipant(transfer(&a, user(CAROL))));
    let carol = lab.context();
    lab.send(Command::TransferToParticipant(transfer(&b, user(DAVE))));
    let dave = lab.context();
    lab.send(answer(carol, "carol"));
    let [to_a, to_b] = lab.told_all([&a, &b]);
    assert_eq!(to_a, ["CallTransferAccepted", "CallDisconnected 200/7015"]);
    assert_eq!(to_b, ["ParticipantsUpdated", "CallTransferFailed 409/8519"]);
    assert_eq!(lab.state(&b), "connected");
    assert_eq!(lab.try_send(answer(dave, "late")).unwrap_err().code, "8522");
}

#[test]
fn a_transferor_that_hangs_up_takes_the_transfer_back() {
    let mut lab = Lab::new();
    let (a, _) = lab.pair();
    lab.send(Command::TransferToParticipant(transfer(&a, user(CAROL))));
    let context = lab.context();
    lab.told();
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(lab.told_to(&a), ["CallDisconnected 200/7000"]);
    assert_eq!(lab.try_send(answer(context, "late")).unwrap_err().code, "8522");
    lab.assert_empty();
}
