//! Creating calls: who is told what, and how it fails.

use super::*;

#[test]
fn both_legs_meet_in_the_recorded_order() {
    let mut lab = Lab::new();
    let (a, b) = lab.pair();
    assert_ne!(a, b);
    assert_eq!(
        lab.told(),
        [
            (b.clone(), "ParticipantsUpdated", 200, 0),
            (a.clone(), "ParticipantsUpdated", 200, 0),
            (b.clone(), "CallConnected", 200, 0),
            (a.clone(), "CallConnected", 200, 0),
        ]
    );
    assert_eq!(lab.participants(&a), [ALICE, BOB]);
    assert_eq!(lab.participants(&b), [ALICE, BOB]);
    assert_eq!(lab.server_call_id(&a), lab.server_call_id(&b));
}

#[test]
fn nothing_is_told_before_the_response() {
    let mut lab = Lab::with(|config| config.users = UsersMode::Answer);
    lab.try_only(Command::CreateCall(creation(ALICE, &[user(BOB)])))
        .unwrap();
    assert!(lab.events.is_empty());
    assert_eq!(lab.engine.next_due(), Some(lab.now));
    lab.wait(Duration::ZERO);
    let names: Vec<_> = lab.told().into_iter().map(|(_, name, ..)| name).collect();
    assert_eq!(names, ["ParticipantsUpdated", "CallConnected"]);
}

#[test]
fn each_way_of_not_joining_has_its_codes() {
    use RejectReason::{Busy, Declined, Forbidden, None};
    for (target, script, code, sub_code) in [
        (user(BOB), PartyScript::reject(None), 603, 0),
        (user(BOB), PartyScript::reject(Declined), 603, 0),
        (user(BOB), PartyScript::reject(Busy), 486, 0),
        (user(BOB), PartyScript::reject(Forbidden), 403, 0),
        (user(BOB), PartyScript::no_answer(), 487, 10004),
        (user(BOB), PartyScript::offline(), 480, 10037),
        (phone(PHONE), PartyScript::reject(Busy), 486, 560_486),
        (phone(PHONE), PartyScript::reject(Declined), 603, 560_603),
        (phone(PHONE), PartyScript::not_found(), 404, 560_404),
        (phone(PHONE), PartyScript::no_answer(), 487, 10004),
        (phone("not-a-number"), PartyScript::answer(), 484, 560_484),
    ] {
        let mut lab = Lab::with(|config| {
            config
                .scripts
                .insert(target.raw_id().into_owned(), script.clone());
        });
        let a = lab.create(ALICE, std::slice::from_ref(&target));
        lab.wait(seconds(120));
        let events = lab.events.clone();
        assert_eq!(
            lab.told_to(&a),
            [
                format!("CallDisconnected {code}/{sub_code}"),
                format!("CreateCallFailed {code}/{sub_code}")
            ],
            "{target} {script:?}"
        );
        assert_eq!(events[0].event.operation_context.as_ref().unwrap(), "create");
        assert!(events[1].event.operation_context.is_none(), "recorded without");
        assert_eq!(lab.state(&a), "8522");
        lab.assert_empty();
    }
}

#[test]
fn a_rejection_without_a_reason_reads_as_recorded() {
    let mut lab = Lab::new();
    lab.create(ALICE, &[user(BOB)]);
    let context = lab.context();
    let reject = RejectCall {
        incoming_call_context: context,
        reason: RejectReason::None,
    };
    lab.send(Command::RejectCall(reject));
    assert_eq!(lab.events[0].event.result.message, "Decline. DiagCode: 603#0.@");
}

#[test]
fn a_call_rings_for_two_minutes_and_an_offer_for_thirty_seconds() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.wait(Duration::from_millis(29_999));
    assert!(lab.engine.world.offers.contains_key(&lab.context()));
    lab.wait(Duration::from_millis(1));
    let error = lab.try_send(answer(lab.context(), "late")).unwrap_err();
    assert_eq!((error.status, &*error.code), (404, "8522"));
    assert_eq!(lab.state(&a), "connecting");
    lab.wait(seconds(90));
    assert_eq!(
        lab.told_to(&a),
        ["CallDisconnected 487/10004", "CreateCallFailed 487/10004"]
    );
    lab.assert_empty();
}

#[test]
fn a_group_call_is_connected_by_the_first_who_joins() {
    let mut lab = Lab::with(|config| {
        config
            .scripts
            .insert(BOB.to_owned(), PartyScript::answer_after(seconds(2)));
        config
            .scripts
            .insert(CAROL.to_owned(), PartyScript::answer_after(seconds(1)));
        config
            .scripts
            .insert(DAVE.to_owned(), PartyScript::reject(RejectReason::Busy));
    });
    let a = lab.create(ALICE, &[user(BOB), user(CAROL), user(DAVE)]);
    lab.wait(seconds(1));
    assert_eq!(lab.told_to(&a), ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(lab.participants(&a), [ALICE, CAROL]);
    lab.wait(seconds(1));
    assert_eq!(lab.told_to(&a), ["ParticipantsUpdated"]);
    assert_eq!(lab.participants(&a), [ALICE, CAROL, BOB]);
}

#[test]
fn a_group_call_that_nobody_joins_fails_once() {
    let mut lab = Lab::with(|config| {
        for who in [BOB, CAROL] {
            config
                .scripts
                .insert(who.to_owned(), PartyScript::reject(RejectReason::Busy));
        }
    });
    let a = lab.create(ALICE, &[user(BOB), user(CAROL)]);
    assert_eq!(
        lab.told_to(&a),
        ["CallDisconnected 486/0", "CreateCallFailed 486/0"]
    );
    lab.assert_empty();
}

#[test]
fn a_caller_may_give_up() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.told_to(&a),
        ["CallDisconnected 487/0", "CreateCallFailed 487/0"]
    );
    assert!(lab.try_send(answer(lab.context(), "late")).is_err());
    lab.assert_empty();
}

#[test]
fn scripts_hang_up_and_hands_do_too() {
    let mut lab = Lab::with(|config| {
        config.telephone_script = PartyScript::answer().hang_up_after(seconds(3));
        config.scripts.insert(BOB.to_owned(), PartyScript::no_answer());
    });
    let a = lab.create(ALICE, &[phone(PHONE)]);
    lab.told();
    lab.wait(seconds(3));
    assert_eq!(lab.told_to(&a), ["CallDisconnected 200/560000"]);

    let b = lab.create(ALICE, &[user(BOB)]);
    let by_hand = |action| Command::PartyAction {
        raw_id: BOB.to_owned(),
        action,
    };
    lab.send(by_hand(PartyAction::Answer));
    assert_eq!(lab.told_to(&b), ["ParticipantsUpdated", "CallConnected"]);
    lab.send(by_hand(PartyAction::HangUp));
    assert_eq!(lab.told_to(&b), ["CallDisconnected 200/5001"]);

    let c = lab.create(ALICE, &[user(BOB)]);
    lab.send(by_hand(PartyAction::Reject(RejectReason::Busy)));
    assert_eq!(
        lab.told_to(&c),
        ["CallDisconnected 486/0", "CreateCallFailed 486/0"]
    );
    assert!(
        lab.try_send(by_hand(PartyAction::Answer)).is_err(),
        "nothing rings"
    );
    lab.assert_empty();
}

#[test]
fn realistic_latency_keeps_the_order_and_takes_time() {
    let mut lab = Lab::with(|config| config.latency = Latency::Realistic);
    let a = lab.create(ALICE, &[user(BOB)]);
    assert!(lab.offers.is_empty());
    lab.wait(seconds(3));
    let b = lab.answer("answer");
    assert!(lab.events.is_empty());
    lab.wait(seconds(3));
    let [to_a, to_b] = lab.told_all([&a, &b]);
    assert_eq!(to_a, ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(to_b, to_a);
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(lab.state(&a), "disconnecting");
    assert_eq!(lab.try_send(Command::HangUp(a.clone())).unwrap_err().code, "8522");
    lab.wait(seconds(2));
    lab.assert_empty();
}
