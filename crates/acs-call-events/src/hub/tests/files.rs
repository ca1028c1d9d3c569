//! Recordings that are ready.

use futures::{FutureExt as _, StreamExt as _};
use serde_json::json;

use crate::CallEventHub;

fn event(recording: &str, subject: &str) -> Vec<u8> {
    json!([{
        "id": "1", "eventType": "Microsoft.Communication.RecordingFileStatusUpdated", "subject": subject,
        "data": {"recordingId": recording, "recordingStorageInfo": {"recordingChunks": [
            {"documentId": "0-eus", "index": 0, "contentLocation": "https://storage.asm.skype.com/c"},
        ]}},
    }])
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn what_came_before_anybody_asked_is_there_and_shown_once() {
    let hub = CallEventHub::new();
    for (body, files, duplicates) in [("r1", 1, 0), ("r1", 0, 1), ("r2", 1, 0)] {
        let taken = hub.receive_event_grid(&event(body, "")).await.unwrap();
        assert_eq!(
            (taken.recording_files, taken.duplicates, taken.others),
            (files, duplicates, 0)
        );
    }
    let mut files = hub.recording_files();
    let first = files.next().await.unwrap();
    assert_eq!(first.recording_id, Some("r1".into()));
    let chunk = first.chunks().first().unwrap();
    assert_eq!(
        chunk.content_location.as_deref(),
        Some("https://storage.asm.skype.com/c")
    );
    assert_eq!(files.next().await.unwrap().recording_id.as_ref().unwrap(), "r2");
    assert!(files.next().now_or_never().is_none());
    // Another stream has them, too.
    assert_eq!(hub.recording_files().next().await, Some(first));
}

#[tokio::test]
async fn a_reader_is_woken_and_ends_with_the_hub() {
    let hub = CallEventHub::new();
    let mut files = hub.recording_files();
    let reader = tokio::spawn(async move {
        let count = files.by_ref().take(1).count().await;
        (count, files.next().await)
    });
    tokio::task::yield_now().await;
    hub.receive_event_grid(&event("r1", "")).await.unwrap();
    drop(hub);
    let (count, end) = reader.await.unwrap();
    assert_eq!((count, end), (1, None));
}

#[tokio::test]
async fn the_oldest_are_given_up_when_nobody_reads() {
    let hub = CallEventHub::new();
    let mut early = hub.recording_files();
    for number in 0..1030 {
        hub.receive_event_grid(&event(&number.to_string(), ""))
            .await
            .unwrap();
    }
    let first = early.next().await.unwrap();
    assert_eq!(first.recording_id.as_ref().unwrap(), "6");
}

#[tokio::test]
async fn the_id_of_a_recording_is_taken_from_the_subject_where_the_data_has_none() {
    let hub = CallEventHub::new();
    let mut body: serde_json::Value = serde_json::from_slice(&event(
        "gone",
        "/recording/call/c/serverCallId/aHR0/cHM=/recordingId/r-9",
    ))
    .unwrap();
    body[0]["data"].as_object_mut().unwrap().remove("recordingId");
    hub.receive_event_grid(body.to_string().as_bytes()).await.unwrap();
    let file = hub.recording_files().next().await.unwrap();
    assert_eq!(file.recording_id.as_ref().unwrap(), "r-9");
}
