//! Transcription over HTTP and WebSocket.

use acs_call_streaming::frame::TranscriptionData;
use acs_call_streaming::{MediaSession, ServiceFrame, StreamingServer};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::soon;
use crate::recorded::{same_shape, send};
use crate::streaming::{Stage, phone};

fn options(more: &Value) -> Value {
    let mut options = json!({ "transportUrl": "url", "transportType": "websocket", "locale": "en-US" });
    options
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({
        "transcriptionOptions": options,
        "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example/" }
    })
}

async fn stage(more: Value) -> Stage {
    let server = StreamingServer::without_authorization();
    Stage::with(|builder| builder, server, options(&more)).await
}

async fn text(session: &mut MediaSession) -> TranscriptionData {
    match soon("a text", session.next()).await.unwrap().unwrap() {
        ServiceFrame::TranscriptionData(data) => data,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_party_says_comes_as_text() {
    let mut stage = stage(json!({ "startTranscription": true, "enableIntermediateResults": true })).await;
    let event = stage.app.event("call", "TranscriptionStarted").await;
    let mut session = stage.session().await;
    let metadata = session.transcription_metadata().unwrap().clone();
    assert_eq!(metadata.locale.as_deref(), Some("en-us"));
    assert_eq!(metadata.call_connection_id, Some(stage.leg()));
    assert_eq!(
        metadata.correlation_id.unwrap(),
        event["data"]["correlationId"].as_str().unwrap()
    );
    assert!(session.next().await.unwrap().unwrap().is_metadata());
    stage.emulator.party(phone()).say("Hello there").unwrap();
    let first = text(&mut session).await;
    assert_eq!((first.text.as_str(), first.is_final()), ("Hello", false));
    let last = text(&mut session).await;
    assert_eq!((last.text.as_str(), last.is_final()), ("Hello there", true));
    assert_eq!((last.words.len(), last.participant()), (2, Some(phone())));
    assert!(
        last.offset
            > first
                .words
                .first()
                .map(|_| acs_call_streaming::frame::Ticks(1 << 53))
    );

    // What somebody on hold says is heard by nobody.
    let held = stage.post("hold", json!({ "targetParticipant": phone() })).await;
    assert_eq!(held.status, 200, "{held:?}");
    stage.emulator.settled().await;
    stage.emulator.party(phone()).say("psst").unwrap();
    stage.emulator.settled().await;
    let stopped = stage
        .post("stopTranscription", json!({ "operationContext": "stop" }))
        .await;
    assert_eq!((stopped.status, stopped.body), (202, Value::Null));
    assert!(soon("the end", session.next()).await.is_none());
    stage.app.event("call", "TranscriptionStopped").await;
}

#[tokio::test]
async fn requests_and_answers_are_those_of_the_service() {
    let mut stage = stage(json!({})).await;
    let early = stage
        .post("updateTranscription", json!({ "locale": "en-GB" }))
        .await;
    assert_eq!((early.status, early.error().0), (400, "8585"));
    let started = stage
        .post(
            "startTranscription",
            json!({ "locale": "en-CA", "operationContext": "start" }),
        )
        .await;
    assert_eq!(started.status, 202);
    stage.app.event("call", "TranscriptionStarted").await;
    let session = stage.session().await;
    assert_eq!(
        session.transcription_metadata().unwrap().locale.as_deref(),
        Some("en-ca")
    );
    let properties = send(&stage.client, "GET", &stage.call, None).await.body;
    let recorded = ["id", "locale", "state", "subscribedResultTypes"];
    let shown = properties["transcriptionSubscription"].as_object().unwrap();
    let mut names: Vec<&str> = shown.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, recorded);
    assert_eq!(
        (&shown["state"], &shown["locale"]),
        (&"active".into(), &"en-CA".into())
    );
    let updated = stage
        .post(
            "updateTranscription",
            json!({ "locale": "en-US", "operationContext": "update" }),
        )
        .await;
    same_shape("updateTranscription", &updated);
    let event = stage.app.event("call", "TranscriptionUpdated").await;
    assert_eq!(event["data"]["operationContext"], "start");
}

#[tokio::test]
async fn without_options_or_services_it_is_refused() {
    let server = StreamingServer::without_authorization();
    let stage = Stage::with(|builder| builder, server, json!({})).await;
    for verb in ["startTranscription", "stopTranscription"] {
        let refused = stage.post(verb, json!({})).await;
        assert_eq!((refused.status, refused.error().0), (405, "8522"));
    }
    let refused = stage.post("startMediaStreaming", json!({})).await;
    assert_eq!((refused.status, refused.error().0), (405, "8522"));
    let mut body = json!({ "targets": [phone()], "callbackUri": stage.app.callback("x"),
        "sourceCallerIdNumber": { "value": stage.emulator.phone_numbers()[0] } });
    let mut bad = options(&json!({ "locale": "english" }));
    body.as_object_mut().unwrap().append(bad.as_object_mut().unwrap());
    let refused = stage.client.post("/calling/callConnections", &body).await;
    assert_eq!((refused.status, refused.error().0), (400, "8523"));
    assert!(
        refused.error().1.contains("transcriptionOptions.locale"),
        "{refused:?}"
    );
}
