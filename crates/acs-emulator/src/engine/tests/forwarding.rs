//! Calling settings of Teams users, obeyed by every kind of call.

use super::*;

const ANN: &str = "8:orgid:ann";
const BEN: &str = "8:orgid:ben";
const CLEO: &str = "8:orgid:cleo";
const VOICEMAIL: &str = "28:voicemail:ann";

fn teams(raw_id: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(raw_id)
}

fn to(raw_id: &str) -> ForwardTo {
    ForwardTo::Party(teams(raw_id))
}

fn set(lab: &mut Lab, raw_id: &str, settings: CallingSettings) {
    let raw_id = raw_id.to_owned();
    let settings = Some(settings);
    lab.send(Command::SetCallingSettings { raw_id, settings });
}

fn script(lab: &mut Lab, raw_id: &str, script: PartyScript) {
    let raw_id = raw_id.to_owned();
    let script = Some(script);
    lab.send(Command::SetScript { raw_id, script });
}

/// Ann is given settings and does not answer.
fn lab(settings: CallingSettings) -> Lab {
    let mut lab = Lab::new();
    set(&mut lab, ANN, settings);
    script(&mut lab, ANN, PartyScript::no_answer());
    lab
}

/// A call that the settings do not send elsewhere.
fn direct(to: &str) -> Command {
    Command::StartCall(StartCall {
        direct: true,
        ..StartCall::from(call(to))
    })
}

fn call(to: &str) -> PlaceCall {
    PlaceCall {
        from: phone(PHONE),
        to: teams(to),
        display_name: None,
        custom_context: CustomContext::default(),
    }
}

/// What happened with those who are no applications.
fn seen(lab: &mut Lab) -> Vec<String> {
    let mut seen = std::mem::take(&mut lab.signals);
    seen.retain(|signal| !signal.starts_with("service ") && !signal.starts_with("4:+1604"));
    seen
}

#[test]
fn without_settings_a_teams_user_does_what_its_script_says() {
    let mut lab = Lab::new();
    let leg = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(lab.participants(&leg), [ALICE, ANN]);
    script(&mut lab, BEN, PartyScript::no_answer());
    let leg = lab.create(ALICE, &[teams(BEN)]);
    lab.wait(seconds(119));
    assert_eq!(lab.state(&leg), "connecting");
    lab.told();
    lab.wait(seconds(1));
    assert_eq!(
        lab.told_to(&leg),
        ["CallDisconnected 487/10004", "CreateCallFailed 487/10004"]
    );
}

#[test]
fn a_created_call_goes_to_the_voicemail_after_the_delay() {
    let mut lab = lab(CallingSettings::default().voicemail_after(seconds(3)));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(19));
    assert_eq!(seen(&mut lab), ["8:orgid:ann rings"]);
    lab.wait(seconds(1));
    assert_eq!(
        seen(&mut lab),
        [
            "8:orgid:ann does not answer",
            "8:orgid:ann forwards to 28:voicemail:ann",
            "28:voicemail:ann rings"
        ]
    );
    lab.wait(seconds(3));
    assert_eq!(seen(&mut lab), ["28:voicemail:ann voicemail answers"]);
    assert_eq!(lab.told_to(&leg), ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(lab.participants(&leg), [ALICE, VOICEMAIL]);
    lab.send(Command::HangUp(leg));
    lab.assert_empty();
}

#[test]
fn an_answer_in_time_is_the_users_own() {
    let mut lab = lab(CallingSettings::default());
    script(&mut lab, ANN, PartyScript::answer_after(seconds(19)));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(60));
    assert_eq!(lab.participants(&leg), [ALICE, ANN]);
    lab.send(Command::HangUp(leg));
    lab.assert_empty();
    // One that comes too late is nobody's.
    script(&mut lab, ANN, PartyScript::answer_after(seconds(21)));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(60));
    assert_eq!(lab.participants(&leg), [ALICE, VOICEMAIL]);
}

#[test]
fn who_declines_is_busy_or_is_not_there_is_forwarded_as_if_nobody_had_answered() {
    for (script_of_ann, does) in [
        (
            PartyScript::reject(RejectReason::Declined),
            "8:orgid:ann declines",
        ),
        (PartyScript::reject(RejectReason::Busy), "8:orgid:ann busy"),
        (PartyScript::offline(), "8:orgid:ann is offline"),
    ] {
        let mut lab = lab(CallingSettings::default());
        script(&mut lab, ANN, script_of_ann);
        let leg = lab.create(ALICE, &[teams(ANN)]);
        assert_eq!(lab.participants(&leg), [ALICE, VOICEMAIL], "{does}");
        assert!(seen(&mut lab).iter().any(|seen| seen == does));
    }
    // By hand, the caller's patience is not lost on the way.
    let mut lab = lab(CallingSettings::default().unanswered_to(to(BEN)));
    script(&mut lab, BEN, PartyScript::no_answer());
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(5));
    let action = PartyAction::Reject(RejectReason::Declined);
    let raw_id = ANN.to_owned();
    lab.send(Command::PartyAction { raw_id, action });
    lab.wait(seconds(114));
    assert_eq!(lab.state(&leg), "connecting");
    lab.wait(seconds(1));
    assert_eq!(
        lab.told_to(&leg),
        ["CallDisconnected 487/10004", "CreateCallFailed 487/10004"]
    );
    lab.assert_empty();
}

#[test]
fn with_the_rule_off_a_refusal_is_a_refusal_and_silence_is_silence() {
    let mut lab = lab(CallingSettings::default().unanswered_to(ForwardTo::Off));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(120));
    assert_eq!(
        lab.told_to(&leg),
        ["CallDisconnected 487/10004", "CreateCallFailed 487/10004"]
    );
    script(&mut lab, ANN, PartyScript::reject(RejectReason::Declined));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(
        lab.told_to(&leg),
        ["CallDisconnected 603/0", "CreateCallFailed 603/0"]
    );
    lab.assert_empty();
}

#[test]
fn an_added_user_is_who_was_invited_and_who_answers_is_in_the_call() {
    let mut lab = lab(CallingSettings::default().forward_to(to(BEN)));
    let (a, b) = lab.pair();
    lab.told();
    seen(&mut lab);
    lab.send(Command::AddParticipant(addition(&a, teams(ANN))));
    assert_eq!(
        seen(&mut lab),
        [
            "8:orgid:ann forwards to 8:orgid:ben",
            "8:orgid:ben rings",
            "8:orgid:ben answers"
        ]
    );
    let succeeded = lab.events.iter().find_map(|callback| match &callback.event.kind {
        EventKind::AddParticipantSucceeded { participant } => Some(participant.clone()),
        _ => None,
    });
    assert_eq!(succeeded, Some(teams(ANN)));
    assert_eq!(lab.participants(&b), [ALICE, BOB, BEN]);
    // Ben is in the call: there is nobody left to forward to, and inviting him again makes no sense.
    lab.told();
    lab.send(Command::AddParticipant(addition(&a, teams(ANN))));
    let [to_a, _] = lab.told_all([&a, &b]);
    assert!(
        to_a.contains(&"AddParticipantFailed 480/10037".to_owned()),
        "{to_a:?}"
    );
    // While the call goes to somebody else, both count as invited.
    script(&mut lab, CLEO, PartyScript::no_answer());
    set(&mut lab, ANN, CallingSettings::default().forward_to(to(CLEO)));
    let invited = lab.send(Command::AddParticipant(addition(&a, teams(ANN))));
    for who in [ANN, CLEO] {
        let again = lab.try_send(Command::AddParticipant(addition(&a, teams(who))));
        assert_eq!(again.unwrap_err().code, "8523", "{who}");
    }
    lab.told();
    let Reply::Invited(Invited { invitation_id, .. }) = invited else {
        panic!()
    };
    lab.send(Command::CancelAddParticipant(CancelAddParticipant {
        connection: a.clone(),
        invitation_id,
        operation_context: None,
        operation_callback_uri: None,
    }));
    let message = lab.events.last().unwrap().event.result.message.clone();
    assert!(message.contains(ANN), "{message}");
    lab.send(Command::Terminate(a));
    lab.assert_empty();
}

#[test]
fn a_transfer_by_the_application_succeeds_with_whoever_answers() {
    let mut lab = lab(CallingSettings::default());
    script(&mut lab, ANN, PartyScript::reject(RejectReason::Declined));
    let (a, b) = lab.pair();
    lab.told();
    lab.send(Command::TransferToParticipant(transfer(&a, teams(ANN))));
    let EventKind::CallTransferAccepted { transfer_target, .. } = &lab.events[0].event.kind else {
        panic!()
    };
    assert_eq!(*transfer_target, teams(ANN));
    assert_eq!(lab.participants(&b), [VOICEMAIL, BOB]);
    // The transferee itself is no target, and nobody else is there.
    let mut lab = self::lab(CallingSettings::default().forward_to(to(BOB)));
    let (a, _) = lab.pair();
    lab.told();
    lab.send(Command::TransferToParticipant(transfer(&a, teams(ANN))));
    assert_eq!(lab.told_to(&a), ["CallTransferFailed 480/10037"]);
}

#[test]
fn a_forwarded_call_is_offered_with_its_caller_and_who_was_called() {
    let mut lab = lab(CallingSettings::default().forward_to(to(BOB)));
    let mut placed = call(ANN);
    placed
        .custom_context
        .voip_headers
        .insert("case".to_owned(), "42".to_owned());
    lab.send(Command::PlaceCall(placed));
    let data = lab.offers[0].data.clone();
    assert_eq!((&data.from, &data.to), (&phone(PHONE), &user(BOB)));
    assert_eq!(data.on_behalf_of_callee, Some(teams(ANN)));
    assert_eq!(data.custom_context.as_ref().unwrap().voip_headers["case"], "42");
    let json = serde_json::to_string(&data).unwrap();
    assert!(
        json.contains(r#""onBehalfOfCallee":{"kind":"microsoftTeamsUser","rawId":"8:orgid:ann""#),
        "{json}"
    );
    let leg = lab.answer("bob");
    assert_eq!(lab.participants(&leg), ["4:+16045550123", BOB]);
    // A call that nobody forwarded says nothing about that.
    let mut plain = call(ANN);
    plain.to = user(BOB);
    lab.send(Command::PlaceCall(plain));
    let json = serde_json::to_string(&lab.offers[1].data).unwrap();
    assert!(!json.contains("onBehalfOf"), "{json}");
}

#[test]
fn a_telephone_is_rung_with_the_headers_that_are_for_it() {
    let mut lab = lab(CallingSettings::default().forward_to(ForwardTo::Party(phone(OWNED))));
    let mut placed = call(ANN);
    placed.from = user(BOB);
    placed
        .custom_context
        .voip_headers
        .insert("case".to_owned(), "42".to_owned());
    placed
        .custom_context
        .sip_headers
        .insert("X-MS-Custom-case".to_owned(), "43".to_owned());
    lab.send(Command::PlaceCall(placed));
    let shown = lab.offers[0].data.custom_context.clone().unwrap();
    assert!(shown.voip_headers.is_empty());
    assert_eq!(shown.sip_headers["X-MS-Custom-case"], "43");
    let leg = lab.answer("desk");
    lab.send(Command::Terminate(leg));
    // A call of the application's comes back in over the line, and the answer there is the answer here.
    let a = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(lab.offers[1].data.to, phone(OWNED));
    let b = lab.answer("desk");
    assert_eq!(lab.participants(&a), [ALICE, "4:+18005550100"]);
    lab.send(Command::Terminate(b));
    lab.assert_empty();
}

#[test]
fn a_group_is_rung_in_turn_before_the_unanswered_target() {
    let group = ForwardTo::Group(vec![teams(BEN), phone(OWNED), teams(CLEO)]);
    let mut lab = lab(CallingSettings::default().forward_to(group));
    // The settings of members do not count.
    set(
        &mut lab,
        BEN,
        CallingSettings::default().forward_to(ForwardTo::Voicemail),
    );
    script(&mut lab, BEN, PartyScript::no_answer());
    script(&mut lab, CLEO, PartyScript::reject(RejectReason::Busy));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(
        seen(&mut lab),
        ["8:orgid:ann forwards to 8:orgid:ben", "8:orgid:ben rings"]
    );
    lab.wait(seconds(20));
    assert_eq!(lab.offers.len(), 1);
    lab.wait(seconds(20));
    assert!(lab.engine.world.offers.is_empty(), "the telephone rings no more");
    assert_eq!(lab.participants(&leg), [ALICE, VOICEMAIL]);
    let seen = seen(&mut lab);
    let last: Vec<&str> = seen.iter().rev().take(5).rev().map(String::as_str).collect();
    assert_eq!(
        last,
        [
            "8:orgid:cleo rings",
            "8:orgid:cleo busy",
            "8:orgid:ann forwards to 28:voicemail:ann",
            "28:voicemail:ann rings",
            "28:voicemail:ann voicemail answers"
        ]
    );
    lab.send(Command::HangUp(leg));
    lab.assert_empty();
}

#[test]
fn users_who_forward_to_each_other_do_not_pass_a_call_on_for_ever() {
    let mut lab = lab(CallingSettings::default().forward_to(to(BEN)));
    set(&mut lab, BEN, CallingSettings::default().forward_to(to(ANN)));
    let leg = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(
        lab.told_to(&leg),
        ["CallDisconnected 480/10037", "CreateCallFailed 480/10037"]
    );
    let forwards = seen(&mut lab)
        .iter()
        .filter(|seen| seen.contains("forwards"))
        .count();
    assert_eq!(forwards, 5);
    // Those who are rung before are rung until the caller gives up.
    for (who, other) in [(ANN, BEN), (BEN, ANN)] {
        script(&mut lab, who, PartyScript::no_answer());
        let settings = CallingSettings::default()
            .unanswered_to(to(other))
            .unanswered_after(seconds(10));
        set(&mut lab, who, settings);
    }
    let leg = lab.create(ALICE, &[teams(ANN)]);
    lab.wait(seconds(119));
    assert_eq!(lab.state(&leg), "connecting");
    let rings = seen(&mut lab)
        .iter()
        .filter(|seen| seen.ends_with("rings"))
        .count();
    assert_eq!(rings, 6);
    lab.wait(seconds(1));
    lab.assert_empty();
}

#[test]
fn a_direct_call_rings_the_user_for_the_time_of_its_rule_and_fails() {
    for (settings, ends_after) in [
        (CallingSettings::default(), 20),
        (CallingSettings::default().unanswered_after(seconds(50)), 50),
        (CallingSettings::default().forward_to(to(BEN)), 20),
        (CallingSettings::default().unanswered_to(ForwardTo::Off), 85),
        (CallingSettings::default().without_voicemail(), 85),
    ] {
        let mut lab = lab(settings);
        lab.send(direct(ANN));
        lab.wait(seconds(ends_after - 1));
        assert_eq!(
            (lab.ended, seen(&mut lab)),
            (0, vec!["8:orgid:ann rings".to_owned()])
        );
        lab.wait(seconds(1));
        assert_eq!(
            (lab.ended, seen(&mut lab)),
            (1, vec!["8:orgid:ann does not answer".to_owned()])
        );
        lab.assert_empty();
    }
    let mut lab = lab(CallingSettings::default());
    script(&mut lab, ANN, PartyScript::reject(RejectReason::Declined));
    lab.send(direct(ANN));
    assert_eq!(seen(&mut lab), ["8:orgid:ann rings", "8:orgid:ann declines"]);
    lab.assert_empty();
}

#[test]
fn a_voicemail_that_is_not_there_does_not_answer() {
    for (settings, script_of_ann, answers) in [
        (None, None, true),
        (None, Some(PartyScript::offline()), true),
        (None, Some(PartyScript::not_found()), false),
        (Some(CallingSettings::default()), None, true),
        (
            Some(CallingSettings::default()),
            Some(PartyScript::not_found()),
            false,
        ),
        (Some(CallingSettings::default().without_voicemail()), None, false),
    ] {
        let mut lab = Lab::new();
        if let Some(settings) = settings {
            set(&mut lab, ANN, settings);
        }
        if let Some(script_of_ann) = script_of_ann {
            script(&mut lab, ANN, script_of_ann);
        }
        let leg = lab.create(ALICE, &[teams(VOICEMAIL)]);
        let expected: &[&str] = if answers {
            &["ParticipantsUpdated", "CallConnected"]
        } else {
            &["CallDisconnected 480/10037", "CreateCallFailed 480/10037"]
        };
        assert_eq!(lab.told_to(&leg), expected);
        assert!(
            !seen(&mut lab).iter().any(|seen| seen.starts_with(ANN)),
            "the user is not rung"
        );
    }
    // Whoever does not exist has no settings either.
    let mut lab = lab(CallingSettings::default().forward_to(to(BEN)));
    script(&mut lab, ANN, PartyScript::not_found());
    let leg = lab.create(ALICE, &[teams(ANN)]);
    assert_eq!(lab.told_to(&leg)[1], "CreateCallFailed 480/10037");
}

#[test]
fn a_redirection_ends_what_the_settings_had_in_mind() {
    let mut lab = lab(CallingSettings::default());
    script(&mut lab, ANN, PartyScript::offer());
    lab.send(Command::PlaceCall(call(ANN)));
    let incoming_call_context = lab.context();
    lab.wait(seconds(15));
    lab.send(Command::RedirectCall(RedirectCall {
        incoming_call_context,
        target: user(BOB),
    }));
    lab.wait(seconds(29));
    // The new offer is open for its own 30 s, and the voicemail has not taken the call.
    let leg = lab.answer("bob");
    assert_eq!(lab.participants(&leg), ["4:+16045550123", BOB]);
    lab.send(Command::Terminate(leg));
    lab.assert_empty();
}

#[test]
fn bad_settings_are_refused_and_a_reset_brings_back_those_of_the_start() {
    let configured = CallingSettings::default().forward_to(to(BEN));
    let mut lab = Lab::with(|config| {
        config.calling_settings.insert(ANN.to_owned(), configured.clone());
    });
    let bad = CallingSettings::default().unanswered_after(seconds(15));
    let refused = lab.try_send(Command::SetCallingSettings {
        raw_id: ANN.to_owned(),
        settings: Some(bad),
    });
    let refused = refused.unwrap_err();
    assert!(
        refused.message.starts_with("unansweredAfterSeconds: expected 10"),
        "{refused}"
    );
    assert_eq!(lab.engine.calling_settings(ANN), Some(&configured));
    set(&mut lab, BEN, CallingSettings::default());
    lab.send(Command::SetCallingSettings {
        raw_id: ANN.to_owned(),
        settings: None,
    });
    assert_eq!(lab.engine.calling_settings(ANN), None);
    assert_eq!(
        lab.engine.parties()[BEN].calling_settings,
        Some(CallingSettings::default())
    );
    lab.send(Command::Reset);
    assert_eq!(lab.engine.calling_settings(ANN), Some(&configured));
    assert_eq!(lab.engine.calling_settings(BEN), None);
}
