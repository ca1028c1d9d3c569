//! What is said, as text.

use super::recordings::{Role, compare, two};
use super::streaming::{control, latest};
use super::*;

fn options(start: bool) -> TranscriptionOptions {
    TranscriptionOptions {
        start,
        ..TranscriptionOptions::new("wss://app.example/text", "en-US")
    }
}

fn create(options: Option<TranscriptionOptions>, cognitive: bool) -> CreateCall {
    CreateCall {
        transcription: options,
        cognitive_services_endpoint: cognitive.then(|| "https://ai.example".to_owned()),
        ..creation(ALICE, &[user(BOB)])
    }
}

fn lab() -> Lab {
    Lab::with(|config| config.users = UsersMode::Answer)
}

fn call(lab: &mut Lab, options: Option<TranscriptionOptions>, cognitive: bool) -> CallConnectionId {
    let reply = lab.send(Command::CreateCall(create(options, cognitive)));
    Lab::connection(&reply)
}

fn start(leg: &CallConnectionId, locale: Option<&str>) -> Command {
    Command::StartTranscription(StartTranscription {
        control: control(leg, "StartTranscription"),
        locale: locale.map(str::to_owned),
        speech_model_endpoint_id: None,
    })
}

fn update(leg: &CallConnectionId, locale: Option<&str>) -> Command {
    Command::UpdateTranscription(UpdateTranscription {
        control: control(leg, "UpdateTranscription"),
        locale: locale.map(str::to_owned),
        speech_model_endpoint_id: None,
    })
}

fn stop(leg: &CallConnectionId) -> Command {
    Command::StopTranscription(control(leg, "StopTranscription"))
}

#[track_caller]
fn refused(lab: &mut Lab, command: Command) -> (u16, String, String) {
    let refused = lab.try_send(command).unwrap_err();
    (
        refused.status,
        refused.code.into_owned(),
        refused.message.into_owned(),
    )
}

#[test]
fn a_transcription_is_started_changed_and_stopped() {
    let mut lab = lab();
    let leg = call(&mut lab, Some(options(false)), true);
    lab.told();
    lab.send(start(&leg, Some("en-CA")));
    lab.send(update(&leg, Some("de-DE")));
    assert!(matches!(
        lab.streams.iter().rev().find(|order| !matches!(order, StreamOrder::Voices { .. })),
        Some(StreamOrder::Retune { locale, .. }) if locale == "de-DE"
    ));
    let reply = lab.try_only(Command::GetCall(leg.clone())).unwrap();
    let shown = Lab::body(&reply)["transcriptionSubscription"].clone();
    assert_eq!(
        (&shown["state"], &shown["locale"], &shown["subscribedResultTypes"]),
        (&"active".into(), &"de-DE".into(), &serde_json::json!(["final"]))
    );
    lab.send(stop(&leg));
    let contexts: Vec<_> = lab
        .events
        .iter()
        .map(|callback| callback.event.operation_context.clone().unwrap())
        .collect();
    assert_eq!(
        contexts,
        ["StartTranscription", "StartTranscription", "StopTranscription"]
    );
    assert_eq!(
        lab.told_to(&leg),
        [
            "TranscriptionStarted",
            "TranscriptionUpdated",
            "TranscriptionStopped"
        ]
    );
    lab.send(Command::HangUp(leg));
    lab.assert_empty();
}

#[test]
fn the_documented_refusals() {
    let mut lab = lab();
    let without = call(&mut lab, None, true);
    let (status, code, message) = refused(&mut lab, start(&without, None));
    assert_eq!((status, code.as_str()), (405, "8522"));
    assert_eq!(
        message,
        "Request not allowed when Transcription url not set during call setup."
    );

    let deaf = call(&mut lab, Some(options(false)), false);
    let (status, code, message) = refused(&mut lab, start(&deaf, None));
    assert_eq!((status, code.as_str()), (405, "8522"));
    assert!(message.contains("Cognitive Service Configuration"), "{message}");

    let leg = call(&mut lab, Some(options(false)), true);
    for command in [stop(&leg), update(&leg, Some("en-GB"))] {
        assert_eq!(refused(&mut lab, command).1, "8585");
    }
    let (status, code, message) = refused(&mut lab, start(&leg, Some("english")));
    assert_eq!((status, code.as_str()), (400, "8523"));
    assert!(message.contains("the field locale"), "{message}");
    lab.send(start(&leg, None));
    assert_eq!(refused(&mut lab, update(&leg, None)).1, "8523");
    assert_eq!(refused(&mut lab, start(&leg, None)).1, "8585");

    let call = lab.server_call_id(&leg);
    let connected = lab.connect(CallLocator::ServerCall(call));
    assert_eq!(
        refused(&mut lab, update(&connected, Some("en-GB"))),
        (
            405,
            "8520".to_owned(),
            "UpdateTranscription is not supported for connection created with Connect interface.".to_owned()
        )
    );
    let mut bad = options(false);
    bad.locale = "en".to_owned();
    let (status, _, message) = refused(&mut lab, Command::CreateCall(create(Some(bad), true)));
    assert_eq!(status, 400);
    assert!(message.contains("transcriptionOptions.locale"), "{message}");
}

#[test]
fn failures_have_codes_of_their_own() {
    let mut lab = lab();
    let leg = call(&mut lab, Some(options(true)), false);
    assert_eq!(lab.told_to(&leg).last().unwrap(), "TranscriptionFailed 400/8565");
    lab.sockets = Some(StreamNews::Unreachable);
    let leg = call(&mut lab, Some(options(true)), true);
    assert_eq!(lab.told_to(&leg).last().unwrap(), "TranscriptionFailed 400/8581");
    lab.sockets = Some(StreamNews::Opened);
    lab.send(start(&leg, None));
    lab.told();
    let key = latest(&lab);
    lab.send(Command::StreamNews {
        key,
        news: StreamNews::Reestablished,
    });
    let event = serde_json::to_value(&lab.events[0].event).unwrap();
    assert_eq!(
        event["data"]["transcriptionUpdate"],
        serde_json::json!({
            "transcriptionStatus": "transcriptionResumed",
            "transcriptionStatusDetails": "streamConnectionReestablished"
        })
    );
    lab.send(Command::StreamNews {
        key,
        news: StreamNews::Lost,
    });
    assert_eq!(
        lab.told_to(&leg),
        ["TranscriptionStarted", "TranscriptionFailed 500/8578"]
    );
}

#[test]
fn the_recorded_session_is_played_again() {
    let mut lab = Lab::new();
    let (near, far) = two(&mut lab, false, false);
    lab.send(start(&near, None));
    lab.send(update(&near, Some("en-CA")));
    lab.send(Command::Play(Play {
        connection: near.clone(),
        sources: vec![PlaySource::File {
            uri: "http://127.0.0.1:9000/prompt.wav".to_owned(),
            cache_id: None,
        }],
        to: Vec::new(),
        repeat: false,
        interrupt: false,
        operation_context: Some("playalloptionduringtranscription".into()),
        operation_callback_uri: None,
    }));
    lab.wait(Duration::from_secs(4));
    lab.send(stop(&near));
    lab.send(Command::Terminate(near.clone()));
    compare(
        "transcription.json",
        &lab,
        &[(near, Role::Ends(0)), (far, Role::Ends(1))],
        false,
    );
}
