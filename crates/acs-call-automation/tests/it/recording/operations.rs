//! Start, pause, resume and stop; descriptions and deletions of files.

use acs_call_automation::enums::{
    RecordingChannel, RecordingContent, RecordingFormat, RecordingKind, RecordingState,
};
use acs_call_automation::{
    CallLocator, CommunicationIdentifier, ErrorKind, RecordingId, RecordingStorage, StartRecordingOptions,
};
use serde_json::{Value, json};

use super::storage::{Answer, Storage};
use crate::server::Server;

const ID: &str = "eyJQbGF0Zm9ybUVuZHBvaW50SWQiOiI4YjlkIn0";
const CALLBACK: &str = "https://app.contoso.com/events";

fn started() -> Value {
    json!({"recordingId": ID, "recordingState": "inactive", "recordingKind": "azureCommunicationServices"})
}

#[tokio::test]
async fn a_recording_is_started_by_what_names_the_call() {
    for status in [200, 202] {
        let server = Server::always(status, started()).await;
        let client = server.client();
        let recording = client.recording();
        let call = client.call_connection("leg");
        let server_call = acs_call_automation::ServerCallId::from("aHR0/cHM=");
        recording.start(&call).await.unwrap();
        recording.start(call.id()).await.unwrap();
        recording.start(&server_call).await.unwrap();
        recording.start(CallLocator::group_call("group")).await.unwrap();
        let result = recording.start(CallLocator::room("room")).await.unwrap();
        assert_eq!(*result.recording_id(), ID);
        assert_eq!(result.properties().state, RecordingState::Inactive);
        assert_eq!(
            result.properties().kind,
            Some(RecordingKind::AzureCommunicationServices)
        );
        let bodies: Vec<_> = server
            .received()
            .into_iter()
            .map(|request| request.body)
            .collect();
        assert_eq!(
            bodies,
            [
                json!({"callConnectionId": "leg"}),
                json!({"callConnectionId": "leg"}),
                json!({"callLocator": {"kind": "serverCallLocator", "serverCallId": "aHR0/cHM="}}),
                json!({"callLocator": {"kind": "groupCallLocator", "groupCallId": "group"}}),
                json!({"callLocator": {"kind": "roomCallLocator", "roomId": "room"}}),
            ]
        );
    }
}

#[tokio::test]
async fn everything_that_is_set_is_sent() {
    let server = Server::always(200, started()).await;
    let options = StartRecordingOptions::new(CallLocator::room("room"))
        .content(RecordingContent::Audio)
        .channel(RecordingChannel::Unmixed)
        .format(RecordingFormat::Wav)
        .channel_affinity(0, CommunicationIdentifier::user("8:acs:a"))
        .channel_affinity(4, CommunicationIdentifier::phone("+16041234567"))
        .channel_order([CommunicationIdentifier::user("8:acs:a")])
        .pause_on_start(true)
        .state_callback_uri(CALLBACK)
        .storage(RecordingStorage::BlobContainer(
            "https://contoso.blob.core.windows.net/c".to_owned(),
        ));
    server.client().recording().start(options).await.unwrap();
    let body = server.only().body;
    assert_eq!(body["recordingContentType"], "audio");
    assert_eq!(body["recordingChannelType"], "unmixed");
    assert_eq!(body["recordingFormatType"], "wav");
    assert_eq!(body["pauseOnStart"], true);
    assert_eq!(body["recordingStateCallbackUri"], CALLBACK);
    assert_eq!(body["channelAffinity"][1]["channel"], 4);
    assert_eq!(body["channelAffinity"][0]["participant"]["rawId"], "8:acs:a");
    assert_eq!(body["audioChannelParticipantOrdering"][0]["rawId"], "8:acs:a");
    assert_eq!(
        body["externalStorage"],
        json!({
            "recordingStorageKind": "azureBlobStorage",
            "recordingDestinationContainerUrl": "https://contoso.blob.core.windows.net/c",
        })
    );
}

#[tokio::test]
async fn a_recording_is_paused_resumed_and_stopped_by_its_id() {
    let id = RecordingId::from("a/b=");
    let accepting = Server::always(202, Value::Null).await;
    let recording = accepting.client().recording();
    recording.pause(&id).await.unwrap();
    recording.resume(&id).await.unwrap();
    let stopping = Server::always(204, Value::Null).await;
    stopping.client().recording().stop(&id).await.unwrap();
    let telling = Server::always(200, json!({"recordingState": "active"})).await;
    let properties = telling.client().recording().properties(&id).await.unwrap();
    assert_eq!(
        (properties.recording_id, properties.state),
        (id, RecordingState::Active)
    );
    let lines: Vec<_> = [accepting.received(), stopping.received(), telling.received()]
        .concat()
        .into_iter()
        .map(|request| format!("{} {}", request.method, request.target))
        .collect();
    assert_eq!(
        lines,
        [
            "POST /calling/recordings/a%2Fb%3D:pause",
            "POST /calling/recordings/a%2Fb%3D:resume",
            "DELETE /calling/recordings/a%2Fb%3D",
            "GET /calling/recordings/a%2Fb%3D",
        ]
    );
}

#[tokio::test]
async fn what_the_service_refuses_has_its_code() {
    let gone = json!({"error": {"code": "8522", "message": "Recording not found."}});
    let server = Server::always(404, gone).await;
    let recording = server.client().recording();
    let id = RecordingId::from(ID);
    for error in [
        recording.properties(&id).await.map(drop).unwrap_err(),
        recording.pause(&id).await.unwrap_err(),
        recording.resume(&id).await.unwrap_err(),
        recording.stop(&id).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.sub_code()),
            (ErrorKind::NotFound, Some(8522))
        );
    }
    let twice = json!({"error": {"code": "8553", "message": "Only one recording of a given type is supported in a call."}});
    let server = Server::always(400, twice).await;
    let error = server
        .client()
        .recording()
        .start(CallLocator::room("1"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::Rejected, Some(8553))
    );
    let odd = Server::always(200, json!({"recordingState": "active"})).await;
    let error = odd
        .client()
        .recording()
        .start(CallLocator::room("1"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn an_empty_id_is_refused_before_anything_is_sent() {
    let server = Server::always(204, Value::Null).await;
    let recording = server.client().recording();
    for id in ["", " ", ".", ".."] {
        let id = RecordingId::from(id);
        for error in [
            recording.properties(&id).await.map(drop).unwrap_err(),
            recording.pause(&id).await.unwrap_err(),
            recording.resume(&id).await.unwrap_err(),
            recording.stop(&id).await.unwrap_err(),
        ] {
            assert_eq!(error.field(), Some("recording_id"));
        }
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_file_is_described() {
    let storage = Storage::start(|_, _| Answer::json(200, r#"{"chunkIndex":0,"chunkDuration":1500}"#)).await;
    let metadata = storage.recording().metadata(storage.location()).await.unwrap();
    assert_eq!(
        metadata.chunk_duration.map(|length| length.as_millis()),
        Some(1_500)
    );
    for (body, what) in [("[]", "no JSON object"), ("<html>", "no JSON object")] {
        let storage = Storage::start(move |_, _| Answer::json(200, body)).await;
        let error = storage
            .recording()
            .metadata(storage.location())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        assert!(error.to_string().contains(what), "{error}");
    }
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let storage = Storage::start(move |_, _| Answer::json(200, &long)).await;
    let error = storage
        .recording()
        .metadata(storage.location())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("1 MiB"), "{error}");
}

#[tokio::test]
async fn a_file_is_deleted_once() {
    let storage = Storage::start(|_, nth| match nth {
        0 => Answer::json(200, ""),
        _ => Answer::json(404, r#"{"status":404,"message":"Document not found."}"#),
    })
    .await;
    let recording = storage.recording();
    recording.delete(storage.location()).await.unwrap();
    let error = recording.delete(storage.location()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.service_message(), Some("Document not found."));
}

#[cfg(feature = "events")]
mod events {
    use acs_call_automation::events::data::{EventData, RecordingStateChanged, StartRecordingFailed};
    use acs_call_automation::events::grid::RecordingChunk;
    use acs_call_automation::events::{CallEvent, CallEventHub, ResultInformation};
    use futures::StreamExt as _;

    use super::*;
    use crate::recording::wav;

    fn event(id: &str, data: impl Into<EventData>, result: ResultInformation) -> CallEvent {
        // The recorder's own leg, not the application's.
        CallEvent::builder(id, data)
            .call_connection_id("recorder")
            .result_information(result)
            .build()
    }

    fn state(state: RecordingState) -> RecordingStateChanged {
        RecordingStateChanged::new()
            .recording_id(RecordingId::from(ID))
            .state(state)
    }

    #[tokio::test]
    async fn a_start_has_its_outcome() {
        let server = Server::always(200, started()).await;
        let hub = CallEventHub::new();
        let client = server.builder().events(hub.clone()).build().unwrap();
        let ok = || ResultInformation::of(200, 0, "");
        // The first event may overtake the answer.
        hub.publish(event("1", state(RecordingState::Inactive), ok()));
        let start = client.recording().start(CallLocator::room("1")).await.unwrap();
        hub.publish(event("2", state(RecordingState::Active), ok()));
        let active = start.outcome().await.unwrap();
        assert_eq!(active.state, Some(RecordingState::Active));
        let events = client.recording().events(start.recording_id()).unwrap();
        assert_eq!(events.take(2).count().await, 2);
    }

    #[tokio::test]
    async fn a_start_that_fails_says_so() {
        let server = Server::always(200, started()).await;
        let hub = CallEventHub::new();
        let client = server.builder().events(hub.clone()).build().unwrap();
        let start = client.recording().start(CallLocator::room("1")).await.unwrap();
        let failed = StartRecordingFailed::new().recording_id(RecordingId::from(ID));
        hub.publish(event("1", failed, ResultInformation::of(500, 8608, "")));
        let error = start.outcome().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.sub_code()),
            (ErrorKind::OperationFailed, Some(8608))
        );
        let error = server
            .client()
            .recording()
            .events(start.recording_id())
            .map(drop)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoEventHub);
    }

    #[tokio::test]
    async fn the_chunk_of_an_event_is_all_that_a_download_needs() {
        let storage = Storage::start(|asked, _| match asked.target.as_str() {
            "/content" => Answer::file(asked, &wav(10), ""),
            "/metadata" => Answer::json(200, "{}"),
            "/delete" => Answer::json(200, ""),
            _ => Answer::json(404, ""),
        })
        .await;
        let recording = storage.recording();
        let at = |path: &str| Some(format!("{}{path}", storage.endpoint));
        let chunk = RecordingChunk::new()
            .content_location(at("/content"))
            .metadata_location(at("/metadata"))
            .delete_location(at("/delete"));
        let mut bytes = Vec::new();
        recording.download_to(&chunk, &mut bytes).await.unwrap();
        assert_eq!(bytes, wav(10));
        recording.metadata(&chunk).await.unwrap();
        recording.delete(&chunk).await.unwrap();
        // Older events have no address for deletions.
        let error = recording.delete(&RecordingChunk::new()).await.unwrap_err();
        assert_eq!(error.field(), Some("delete_location"));
    }
}
