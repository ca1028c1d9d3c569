//! Answering, rejecting and redirecting what is offered.

use super::*;

fn redirect(context: IncomingCallContext, target: CommunicationIdentifier) -> Command {
    Command::RedirectCall(RedirectCall {
        incoming_call_context: context,
        target,
    })
}

#[test]
fn an_offer_can_be_used_once() {
    let mut lab = Lab::new();
    lab.pair();
    let context = lab.context();
    let reject = RejectCall {
        incoming_call_context: context.clone(),
        reason: RejectReason::Busy,
    };
    for command in [
        answer(context.clone(), "again"),
        Command::RejectCall(reject),
        redirect(context, user(CAROL)),
        answer("never heard of".into(), "unknown"),
    ] {
        let error = lab.try_send(command).unwrap_err();
        assert_eq!(
            (error.status, &*error.code, &*error.message),
            (404, "8522", "Call not found.")
        );
    }
}

#[test]
fn who_rejects_is_told_nothing_and_the_caller_why() {
    for (reason, line) in [
        (RejectReason::None, "603/0"),
        (RejectReason::Busy, "486/0"),
        (RejectReason::Forbidden, "403/0"),
    ] {
        let mut lab = Lab::new();
        let a = lab.create(ALICE, &[user(BOB)]);
        let incoming_call_context = lab.context();
        let reply = lab.send(Command::RejectCall(RejectCall {
            incoming_call_context,
            reason,
        }));
        assert!(!reply.has_body());
        assert_eq!(lab.events.len(), 2);
        assert_eq!(
            lab.told_to(&a),
            [
                format!("CallDisconnected {line}"),
                format!("CreateCallFailed {line}")
            ]
        );
        lab.assert_empty();
    }
}

#[test]
fn a_redirected_call_rings_elsewhere() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    let first = lab.context();
    assert!(!lab.send(redirect(first.clone(), user(CAROL))).has_body());
    assert_eq!(lab.offers.len(), 2);
    let data = &lab.offers[1].data;
    assert_eq!(data.to, user(CAROL));
    assert_eq!(data.from, user(ALICE));
    assert_eq!(data.server_call_id, lab.offers[0].data.server_call_id);
    assert_ne!(data.incoming_call_context, first);
    let c = lab.answer("carol");
    let [to_a, to_c] = lab.told_all([&a, &c]);
    assert_eq!(to_a, ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(to_c, to_a);
    assert_eq!(lab.participants(&a), [ALICE, CAROL]);
}

#[test]
fn a_call_redirected_to_a_telephone_is_out_of_the_applications_hands() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    let context = lab.context();
    lab.send(redirect(context, phone(PHONE)));
    assert_eq!(lab.told_to(&a), ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(lab.participants(&a), [ALICE.to_owned(), format!("4:{PHONE}")]);

    lab.send(Command::SetScript {
        raw_id: format!("4:{PHONE}"),
        script: Some(PartyScript::reject(RejectReason::Busy)),
    });
    let b = lab.create(ALICE, &[user(CAROL)]);
    let context = lab.context();
    lab.send(redirect(context, phone(PHONE)));
    assert_eq!(
        lab.told_to(&b),
        ["CallDisconnected 486/560486", "CreateCallFailed 486/560486"]
    );
}

#[test]
fn a_call_from_outside_is_answered_rejected_or_redirected() {
    let place = || {
        Command::PlaceCall(PlaceCall {
            from: phone(PHONE),
            to: phone(OWNED),
            display_name: None,
            custom_context: CustomContext::default(),
        })
    };
    let mut lab = Lab::new();
    lab.send(place());
    let offer = lab.offers.last().unwrap();
    assert_eq!(offer.subject, format!("/caller/4:{PHONE}/recipient/4:{OWNED}"));
    let leg = lab.answer("incoming");
    assert_eq!(lab.told_to(&leg), ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(lab.participants(&leg), [format!("4:{PHONE}"), APP.to_owned()]);
    lab.send(Command::PartyAction {
        raw_id: format!("4:{PHONE}"),
        action: PartyAction::HangUp,
    });
    assert_eq!(lab.told_to(&leg), ["CallDisconnected 200/540000"]);

    lab.send(place());
    let incoming_call_context = lab.context();
    lab.send(Command::RejectCall(RejectCall {
        incoming_call_context,
        reason: RejectReason::Busy,
    }));
    assert!(lab.told().is_empty());
    lab.assert_empty();

    lab.send(place());
    let context = lab.context();
    lab.send(redirect(context, user(DAVE)));
    let leg = lab.answer("dave");
    assert_eq!(lab.participants(&leg), [format!("4:{PHONE}"), DAVE.to_owned()]);
    lab.send(Command::Terminate(leg));
    lab.assert_empty();
}

#[test]
fn an_answer_that_comes_to_nothing_is_told_so() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.wait(seconds(1));
    lab.send(Command::HangUp(a.clone()));
    lab.wait(Duration::from_millis(500));
    let b = lab.answer("too late");
    lab.wait(Duration::from_millis(500));
    let [to_a, to_b] = lab.told_all([&a, &b]);
    assert_eq!(to_a, ["CallDisconnected 487/0", "CreateCallFailed 487/0"]);
    assert_eq!(to_b, ["AnswerFailed 404/8522"]);
    lab.wait(seconds(10));
    assert!(lab.told().is_empty());
    lab.assert_empty();
}

#[test]
fn a_user_that_answers_by_hand_takes_the_offer_away() {
    let mut lab = Lab::new();
    let a = lab.create(ALICE, &[user(BOB)]);
    lab.send(Command::PartyAction {
        raw_id: BOB.to_owned(),
        action: PartyAction::Answer,
    });
    assert_eq!(lab.told_to(&a), ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(
        lab.try_send(answer(lab.context(), "late")).unwrap_err().code,
        "8522"
    );
}
