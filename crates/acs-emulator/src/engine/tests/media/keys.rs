//! Continuous recognition and sending of tones.

use super::*;

fn keys(leg: &CallConnectionId, who: CommunicationIdentifier, context: &str) -> ContinuousDtmf {
    ContinuousDtmf {
        connection: leg.clone(),
        participant: who,
        operation_context: Some(context.into()),
        operation_callback_uri: None,
    }
}

fn sending(leg: &CallConnectionId, who: CommunicationIdentifier, tones: &[&str]) -> SendDtmfTones {
    SendDtmfTones {
        connection: leg.clone(),
        participant: who,
        tones: tones.iter().map(|name| tone(name)).collect(),
        operation_context: Some("send".into()),
        operation_callback_uri: None,
    }
}

#[test]
fn every_key_is_reported_until_the_end_is_asked_for() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    lab.press("0");
    assert!(lab.told().is_empty(), "nobody asked yet");
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "start")));
    assert!(lab.told().is_empty());
    lab.press("1#");
    let told: Vec<Value> = lab
        .events
        .drain(..)
        .map(|callback| serde_json::to_value(&callback.event).unwrap()["data"].clone())
        .collect();
    assert_eq!(
        told.iter()
            .map(|data| (&data["sequenceId"], &data["tone"], &data["operationContext"]))
            .collect::<Vec<_>>(),
        [
            (&1.into(), &"one".into(), &"start".into()),
            (&2.into(), &"pound".into(), &"start".into())
        ]
    );
    lab.send(Command::StopContinuousDtmf(keys(&a, phone(PHONE), "stop")));
    let data = lab.data("ContinuousDtmfRecognitionStopped");
    assert_eq!(data["operationContext"], "stop");
    assert_eq!(lab.told_to(&a), ["ContinuousDtmfRecognitionStopped 200/7000"]);
    lab.press("2");
    assert!(lab.told().is_empty());
    let error = lab
        .try_send(Command::StopContinuousDtmf(keys(&a, phone(PHONE), "stop")))
        .unwrap_err();
    assert_eq!((error.status, &*error.code), (400, "8500"));
}

#[test]
fn the_end_of_the_call_ends_the_reports() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "start")));
    lab.send(Command::HangUp(a.clone()));
    assert_eq!(
        lab.data("ContinuousDtmfRecognitionStopped")["operationContext"],
        "start"
    );
    assert_eq!(
        lab.told_to(&a),
        [
            "ContinuousDtmfRecognitionStopped 200/7000",
            "CallDisconnected 200/7000"
        ]
    );
    lab.assert_empty();
}

#[test]
fn keys_are_reported_beside_a_recognition() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "start")));
    lab.send(recognize(recognition(&a, phone(PHONE))));
    lab.press("12");
    assert_eq!(
        lab.told_to(&a),
        [
            "ContinuousDtmfRecognitionToneReceived",
            "ContinuousDtmfRecognitionToneReceived",
            "RecognizeCompleted 200/8531"
        ]
    );
}

#[test]
fn asked_for_once_more_the_latest_context_counts() {
    let mut lab = Lab::new();
    let a = lab.telephone(false);
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "one")));
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "two")));
    lab.press("1");
    assert_eq!(lab.events.len(), 1);
    let data = lab.data("ContinuousDtmfRecognitionToneReceived");
    assert_eq!(data["operationContext"], "two");
}

#[test]
fn tones_are_sent_and_heard_where_the_application_is_at_both_ends() {
    let mut lab = Lab::new();
    let mut command = creation(ALICE, &[phone(OWNED)]);
    command.source_caller_id_number = Some(phone(PHONE));
    let reply = lab.send(Command::CreateCall(command));
    let near = Lab::connection(&reply);
    let far = lab.answer("answer");
    lab.send(Command::StartContinuousDtmf(keys(&far, phone(PHONE), "start")));
    lab.told();
    let reply = lab.send(Command::SendDtmfTones(sending(
        &near,
        phone(OWNED),
        &["one", "asterisk"],
    )));
    assert_eq!(
        Lab::body(&reply),
        serde_json::json!({ "operationContext": "send" })
    );
    let data = lab.data("SendDtmfTonesCompleted");
    assert_eq!(data["operationContext"], "send");
    assert_eq!(data["resultInformation"]["message"], "", "recorded without");
    assert_eq!(
        lab.told_all([&near, &far]),
        [
            vec!["SendDtmfTonesCompleted"],
            vec!["ContinuousDtmfRecognitionToneReceived"; 2]
        ]
    );
}

#[test]
fn tones_that_cannot_be_sent_are_refused() {
    let mut lab = Lab::new();
    let (a, _) = lab.group();
    for (who, tones, status, code) in [
        (user(BOB), vec!["one"], 400, "8523"),
        (phone("+16045550199"), vec!["one"], 404, "8522"),
        (phone(PHONE), vec![], 400, "8523"),
        (phone(PHONE), vec!["one"; 19], 400, "8523"),
        (phone(PHONE), vec!["one", "flash"], 400, "8523"),
    ] {
        let error = lab
            .try_send(Command::SendDtmfTones(sending(&a, who, &tones)))
            .unwrap_err();
        assert_eq!((error.status, &*error.code), (status, code), "{tones:?}");
    }
    lab.send(Command::SendDtmfTones(sending(&a, phone(PHONE), &["one"; 18])));
    assert_eq!(lab.told_to(&a), ["SendDtmfTonesCompleted"]);
}

#[test]
fn tones_for_somebody_who_leaves_fail() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let reply = lab.send(Command::CreateCall(creation(
        ALICE,
        &[phone(PHONE), phone("+16045550124")],
    )));
    let a = Lab::connection(&reply);
    lab.wait(seconds(10));
    lab.told();
    lab.send(Command::SendDtmfTones(sending(&a, phone(PHONE), &["one"])));
    lab.send(Command::CancelAllMedia(a.clone()));
    lab.send(Command::PartyAction {
        raw_id: format!("4:{PHONE}"),
        action: PartyAction::HangUp,
    });
    lab.wait(seconds(5));
    assert_eq!(
        lab.told_to(&a),
        ["ParticipantsUpdated", "SendDtmfTonesFailed 400/8558"]
    );
}

#[test]
fn a_stop_is_for_what_was_started_before_it() {
    let mut lab = Lab::with(|config| config.latency = Latency::Fixed(seconds(1)));
    let a = lab.telephone(false);
    lab.wait(seconds(10));
    lab.told();
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "first")));
    lab.send(Command::StopContinuousDtmf(keys(&a, phone(PHONE), "stop")));
    let again = Command::StopContinuousDtmf(keys(&a, phone(PHONE), "again"));
    assert_eq!(lab.try_send(again).unwrap_err().code, "8500");
    lab.press("1");
    assert!(lab.told().is_empty(), "it is about to stop");
    lab.send(Command::StartContinuousDtmf(keys(&a, phone(PHONE), "second")));
    lab.wait(seconds(1));
    assert_eq!(
        lab.data("ContinuousDtmfRecognitionStopped")["operationContext"],
        "stop"
    );
    lab.press("2");
    let data = lab.data("ContinuousDtmfRecognitionToneReceived");
    assert_eq!(
        (&data["operationContext"], &data["sequenceId"]),
        (&"second".into(), &1.into())
    );
    lab.send(Command::StopContinuousDtmf(keys(&a, phone(PHONE), "last")));
    lab.events.clear();
    lab.send(Command::HangUp(a));
    lab.wait(seconds(1));
    assert_eq!(
        lab.data("ContinuousDtmfRecognitionStopped")["operationContext"],
        "last"
    );
}
