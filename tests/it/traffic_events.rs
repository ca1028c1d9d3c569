//! Every recorded event and session of the real service, read by the parsers and taken by the hub.

use acs_call_events::grid::EventGridData;
use acs_call_events::{CallEventHub, EventData, parse_callback, parse_event_grid};
use serde_json::Value;

use crate::shared::{files, normal};

/// Types that only previews had: read as unknown, and kept whole.
const PREVIEW: &[&str] = &[
    "HoldAudioStarted",
    "HoldAudioPaused",
    "HoldAudioResumed",
    "HoldAudioCompleted",
    "TranscriptionCallSummaryUpdated",
];

fn is_event_grid(name: &str) -> bool {
    ["IncomingCall", "RecordingFile", "SubscriptionValidation"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[test]
fn every_recorded_event_is_read() {
    let Some(files) = files("events") else { return };
    let (mut callbacks, mut deliveries) = (0, 0);
    for (name, file) in &files {
        let body = file["body"].to_string();
        if is_event_grid(name) {
            let batch = parse_event_grid(body.as_bytes()).unwrap();
            assert!(batch.bad_elements.is_empty(), "{name}: {:?}", batch.bad_elements);
            for event in &batch.events {
                assert!(!matches!(event.data(), EventGridData::Unknown(_)), "{name}");
            }
            deliveries += batch.events.len();
            continue;
        }
        let batch = parse_callback(body.as_bytes()).unwrap();
        assert!(batch.bad_elements.is_empty(), "{name}: {:?}", batch.bad_elements);
        let kind = name.split('.').next().unwrap();
        for (event, sent) in batch.events.iter().zip(file["body"].as_array().unwrap()) {
            let unknown = matches!(event.data(), EventData::Unknown(_));
            assert_eq!(unknown, PREVIEW.contains(&kind), "{name}");
            assert_eq!(event.event_type(), sent["type"], "{name}");
            let written: Value = serde_json::from_str(&event.raw()).unwrap();
            assert_eq!(
                normal(&written),
                normal(sent),
                "{name} is not written as it was read"
            );
        }
        callbacks += batch.events.len();
    }
    assert_eq!(callbacks + deliveries, files.len());
    println!("{callbacks} callbacks and {deliveries} Event Grid events read");
}

#[tokio::test]
async fn every_post_of_a_recorded_session_is_taken() {
    let Some(files) = files("sessions") else { return };
    let (mut callbacks, mut offers) = (0, 0);
    for (name, file) in &files {
        let hub = CallEventHub::new();
        for post in file["posts"].as_array().unwrap() {
            let body = post.to_string();
            if post.is_object() {
                let taken = hub.receive_event_grid(body.as_bytes()).await.unwrap();
                assert!(taken.bad_elements.is_empty(), "{name}: {:?}", taken.bad_elements);
                offers += taken.offers + taken.duplicates;
                continue;
            }
            let taken = hub.receive_callback(body.as_bytes()).await.unwrap();
            assert!(taken.bad_elements.is_empty(), "{name}: {:?}", taken.bad_elements);
            callbacks += post.as_array().unwrap().len();
        }
        assert_eq!(hub.stats().bad_elements, 0, "{name}");
    }
    assert!(callbacks > 0 && offers > 0);
    println!(
        "{callbacks} callbacks and {offers} offers of {} sessions taken",
        files.len()
    );
}
