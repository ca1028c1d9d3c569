//! Every media operation through the whole client: what arrives at the service, and what it refuses.

use acs_call_automation::media::{
    HoldOptions, PlayOptions, PlaySource, PlayToAllOptions, RecognitionChoice, RecognizeChoicesOptions,
    RecognizeDtmfOptions, RecognizeSpeechOptions, RecognizeSpeechOrDtmfOptions, SendDtmfTonesOptions,
    StartMediaStreamingOptions, StartTranscriptionOptions, StopMediaStreamingOptions,
    StopTranscriptionOptions, TextSource,
};
use acs_call_automation::{CallMedia, CommunicationIdentifier, Error, ErrorKind};
use serde_json::{Value, json};

use crate::server::{Received, Server};

const ID: &str = "03009180-465d-4342-b871-4e02e2474f93";
const FILE: &str = "https://app.contoso.com/prompt.wav";

fn caller() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+16041234567")
}

fn media(server: &Server) -> CallMedia {
    server.client().call_media(ID)
}

/// The action at the end of the path, of a request that goes to the call and names its operation.
fn action(request: &Received) -> &str {
    assert_eq!(request.method, "POST");
    let start = format!("/calling/callConnections/{ID}:");
    let action = request.target.strip_prefix(&start);
    action.unwrap_or_else(|| panic!("{}", request.target))
}

/// Each operation in short, by its path.
async fn each(media: &CallMedia) -> Vec<(&'static str, Result<(), Error>)> {
    let tones = "12#".parse().unwrap();
    let choice = RecognitionChoice::new("yes", ["yes"]);
    vec![
        (
            "play",
            media.play((PlaySource::file(FILE), caller())).await.map(drop),
        ),
        (
            "play",
            media.play_to_all(TextSource::new("Hello")).await.map(drop),
        ),
        (
            "recognize",
            media
                .recognize(RecognizeDtmfOptions::new(caller(), 1))
                .await
                .map(drop),
        ),
        (
            "recognize",
            media
                .recognize(RecognizeChoicesOptions::new(caller(), [choice]))
                .await
                .map(drop),
        ),
        (
            "recognize",
            media
                .recognize(RecognizeSpeechOptions::new(caller()))
                .await
                .map(drop),
        ),
        (
            "recognize",
            media
                .recognize(RecognizeSpeechOrDtmfOptions::new(caller(), 1))
                .await
                .map(drop),
        ),
        (
            "sendDtmfTones",
            media.send_dtmf_tones((tones, caller())).await.map(drop),
        ),
        (
            "startTranscription",
            media
                .start_transcription(StartTranscriptionOptions::new())
                .await
                .map(drop),
        ),
        (
            "updateTranscription",
            media.update_transcription("de-DE").await.map(drop),
        ),
        (
            "stopTranscription",
            media
                .stop_transcription(StopTranscriptionOptions::new())
                .await
                .map(drop),
        ),
        (
            "startMediaStreaming",
            media
                .start_media_streaming(StartMediaStreamingOptions::new())
                .await
                .map(drop),
        ),
        (
            "stopMediaStreaming",
            media
                .stop_media_streaming(StopMediaStreamingOptions::new())
                .await
                .map(drop),
        ),
    ]
}

/// Those that the service has done when it answers.
async fn each_at_once(media: &CallMedia) -> Vec<(&'static str, Result<(), Error>)> {
    vec![
        (
            "startContinuousDtmfRecognition",
            media.start_continuous_dtmf_recognition(caller()).await.map(drop),
        ),
        (
            "stopContinuousDtmfRecognition",
            media.stop_continuous_dtmf_recognition(caller()).await.map(drop),
        ),
        ("hold", media.hold(caller()).await.map(drop)),
        ("unhold", media.unhold(caller()).await.map(drop)),
    ]
}

fn assert_sent(server: &Server, results: Vec<(&'static str, Result<(), Error>)>) {
    let received = server.received();
    assert_eq!(received.len(), results.len());
    let mut contexts = std::collections::HashSet::new();
    for ((expected, result), request) in results.into_iter().zip(&received) {
        result.unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(action(request), expected);
        let context = request.body["operationContext"].as_str().unwrap();
        assert!(
            contexts.insert(context),
            "each operation has a context of its own"
        );
    }
}

#[tokio::test]
async fn each_operation_has_its_path_and_a_context_made_up() {
    let server = Server::always(202, json!({"operationContext": "echo"})).await;
    let results = each(&media(&server)).await;
    assert_sent(&server, results);
    let server = Server::always(200, Value::Null).await;
    let results = each_at_once(&media(&server)).await;
    assert_sent(&server, results);
    let server = Server::always(202, Value::Null).await;
    media(&server).cancel_all_media_operations().await.unwrap();
    let request = server.only();
    assert_eq!(
        (action(&request), &request.body),
        ("cancelAllMediaOperations", &Value::Null)
    );
}

#[tokio::test]
async fn a_receipt_has_the_context_that_was_sent() {
    let server = Server::always(202, json!({})).await;
    let media = media(&server);
    let file = || PlaySource::file(FILE);
    let played = media.play(PlayOptions::new([file()], [caller()])).await.unwrap();
    let named = media
        .play_to_all(PlayToAllOptions::new([file()]).operation_context("mine"))
        .await
        .unwrap();
    let asked = media
        .recognize(RecognizeDtmfOptions::new(caller(), 1).operation_context("question"))
        .await
        .unwrap();
    let sent = media
        .send_dtmf_tones(SendDtmfTonesOptions::new("1".parse().unwrap(), caller()))
        .await
        .unwrap();
    let contexts = [
        played.operation_context(),
        named.operation_context(),
        asked.operation_context(),
        sent.operation_context(),
    ];
    for (context, request) in contexts.into_iter().zip(server.received()) {
        assert_eq!(*context, request.body["operationContext"].as_str().unwrap());
    }
    assert_eq!(*named.operation_context(), "mine");
    assert_eq!(*asked.operation_context(), "question");
}

#[tokio::test]
async fn continuous_recognition_is_stopped_with_the_context_of_its_start() {
    use acs_call_automation::media::ContinuousDtmfRecognitionOptions;

    let server = Server::always(200, Value::Null).await;
    let callback = "https://app.contoso.com/tones";
    let started = media(&server)
        .start_continuous_dtmf_recognition(
            ContinuousDtmfRecognitionOptions::new(caller()).operation_callback_uri(callback),
        )
        .await
        .unwrap();
    assert_eq!(*started.participant(), caller());
    let stopped = started.stop().await.unwrap();
    assert_eq!(started.operation_context(), stopped.operation_context());
    let received = server.received();
    assert_eq!(action(&received[1]), "stopContinuousDtmfRecognition");
    assert_eq!(received[0].body, received[1].body);
    assert_eq!(received[1].body["operationCallbackUri"], callback);
}

#[tokio::test]
async fn the_handle_is_reached_from_the_call_and_from_its_id() {
    let server = Server::always(200, Value::Null).await;
    let client = server.client();
    let call = client.call_connection(ID);
    assert_eq!(call.media(), client.call_media(ID));
    assert_eq!(*call.media().call_connection(), call);
    let held = call.media().hold(HoldOptions::new(caller())).await.unwrap();
    let free = call.media().unhold(caller()).await.unwrap();
    assert_eq!((held.participant(), free.participant()), (&caller(), &caller()));
    assert_ne!(held.operation_context(), free.operation_context());
}

#[tokio::test]
async fn refusals_of_the_service_have_their_codes() {
    for (status, code, kind) in [
        (400, "8501", ErrorKind::Rejected),
        (400, "8500", ErrorKind::Rejected),
        (404, "8522", ErrorKind::NotFound),
        (405, "8522", ErrorKind::Rejected),
        (405, "8520", ErrorKind::Rejected),
        (412, "8583", ErrorKind::Conflict),
        (503, "9999", ErrorKind::Service),
    ] {
        let body = json!({"error": {"code": code, "message": "Request not allowed."}});
        let server = Server::always(status, body).await;
        let media = media(&server);
        let mut results = each(&media).await;
        results.extend(each_at_once(&media).await);
        results.push(("cancel", media.cancel_all_media_operations().await));
        for (name, result) in results {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), kind, "{name}");
            assert_eq!(error.status(), Some(status), "{name}");
            assert_eq!(error.service_code(), Some(code), "{name}");
            assert_eq!(error.service_message(), Some("Request not allowed."), "{name}");
            assert_eq!(error.field(), None, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_refused_here_is_not_sent() {
    let server = Server::always(500, Value::Null).await;
    let error = media(&server)
        .play_to_all(PlaySource::text(""))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidInput, Some("text"))
    );
    let nowhere = server.client().call_media("");
    let mut results = each(&nowhere).await;
    results.extend(each_at_once(&nowhere).await);
    results.push(("cancel", nowhere.cancel_all_media_operations().await));
    for (name, result) in results {
        assert_eq!(result.unwrap_err().field(), Some("call_connection_id"), "{name}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn an_answer_that_nobody_knows_is_an_error() {
    let server = Server::always(204, Value::Null).await;
    let error = media(&server)
        .play_to_all(PlaySource::file(FILE))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}
