//! Tones: in order, once, and never waited for without end.

use std::time::Duration;

use acs_common::OperationContext;
use acs_common::enums::DtmfTone;
use futures::stream::FusedStream as _;
use futures::{FutureExt as _, StreamExt as _};
use tokio_test::{assert_pending, assert_ready, assert_ready_eq};

use super::*;
use crate::data::{
    ContinuousDtmfRecognitionStopped, ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionToneReceived,
};
use crate::hub::ReceivedTones;

const WAIT: Duration = Duration::from_secs(1);

fn with_context(id: &str, data: impl Into<EventData>, context: &str) -> CallEvent {
    CallEvent::builder(id, data)
        .call_connection_id("a")
        .operation_context((!context.is_empty()).then(|| OperationContext::from(context)))
        .build()
}

fn tone(event_id: &str, sequence_id: i32, context: &str) -> CallEvent {
    let data = ContinuousDtmfRecognitionToneReceived::new()
        .sequence_id(sequence_id)
        .tone(DtmfTone::Five);
    with_context(event_id, data, context)
}

/// Tones that are delivered in this order.
fn press(hub: &CallEventHub, ids: &[i32]) {
    for id in ids {
        hub.publish(tone(&format!("tone-{id}"), *id, "mine"));
    }
}

fn tones(hub: &CallEventHub) -> Spawn<ReceivedTones> {
    spawn(
        hub.received_tones(&call("a"))
            .operation_context(OperationContext::from("mine")),
    )
}

fn ready(tones: &mut Spawn<ReceivedTones>) -> Vec<i32> {
    let mut ids = Vec::new();
    while let std::task::Poll::Ready(Some(tone)) = tones.poll_next() {
        ids.push(tone.sequence_id.unwrap_or(-1));
    }
    ids
}

async fn pass(time: Duration) {
    tokio::time::advance(time + Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn tones_come_in_the_order_of_their_ids_and_once() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    press(&hub, &[1, 3, 4]);
    assert_eq!(ready(&mut tones), [1]);
    press(&hub, &[2]);
    hub.publish(tone("another delivery", 3, "mine"));
    assert_eq!(ready(&mut tones), [2, 3, 4]);
    hub.publish(tone("yet another", 4, "mine"));
    press(&hub, &[5]);
    assert_eq!(ready(&mut tones), [5]);
    assert_eq!(tones.missed(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_missing_tone_is_waited_for_and_then_passed_over() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    press(&hub, &[1, 4, 5, 7]);
    assert_eq!(ready(&mut tones), [1]);
    pass(WAIT / 2).await;
    assert_eq!(ready(&mut tones), Vec::<i32>::new());
    pass(WAIT / 2).await;
    assert!(tones.is_woken());
    // The second gap has a wait of its own, from when it shows.
    assert_eq!(ready(&mut tones), [4, 5]);
    assert_eq!(tones.missed(), 2);
    press(&hub, &[3, 6]);
    assert_eq!(ready(&mut tones), [6, 7], "3 is too late, 6 is not");
    pass(WAIT * 2).await;
    assert_pending!(tones.poll_next());
}

#[tokio::test(start_paused = true)]
async fn many_tones_behind_a_gap_show_that_it_stays() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    press(&hub, &(2..66).collect::<Vec<_>>());
    assert_eq!(ready(&mut tones), (2..66).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_sequence_that_begins_late_is_waited_for_like_a_gap() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    press(&hub, &[12]);
    assert_pending!(tones.poll_next());
    press(&hub, &[11]);
    pass(WAIT).await;
    assert_eq!(ready(&mut tones), [11, 12]);
    assert_eq!(tones.missed(), 0, "where it begins nobody knows");
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_missing_tone_can_be_set() {
    let hub = CallEventHub::new();
    let mut hasty = spawn(hub.received_tones(&call("a")).wait_for_missing(Duration::ZERO));
    let mut patient = spawn(hub.received_tones(&call("a")).wait_for_missing(Duration::MAX));
    press(&hub, &[1, 3]);
    assert_eq!(ready(&mut hasty), [1, 3]);
    assert_eq!(ready(&mut patient), [1]);
    pass(WAIT * 100).await;
    assert_pending!(patient.poll_next());
    // The end of the call ends also this.
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    assert_eq!(ready(&mut patient), [3]);
    assert!(assert_ready!(patient.poll_next()).is_none());
}

#[tokio::test(start_paused = true)]
async fn other_recognitions_are_left_out_and_tones_without_context_are_not() {
    let hub = CallEventHub::new();
    let mut own = tones(&hub);
    hub.publish(tone("1", 1, "other"));
    hub.publish(with_context(
        "f",
        ContinuousDtmfRecognitionToneFailed::new(),
        "mine",
    ));
    hub.publish(tone("2", 1, ""));
    hub.publish(tone("3", 2, "mine"));
    let mut events: Vec<String> = Vec::new();
    while let std::task::Poll::Ready(Some(tone)) = own.poll_next() {
        events.push(tone.event().id().to_owned());
    }
    assert_eq!(events, ["2", "3"]);
    let mut any = spawn(hub.received_tones(&call("a")));
    assert_eq!(ready(&mut any), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_tone_without_a_sequence_id_is_given_at_once() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    press(&hub, &[1, 3]);
    hub.publish(with_context(
        "x",
        ContinuousDtmfRecognitionToneReceived::new(),
        "mine",
    ));
    assert_eq!(ready(&mut tones), [1, -1]);
}

#[tokio::test(start_paused = true)]
async fn the_stop_ends_the_stream_after_what_it_overtook() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    let stopped = |id: &str, context| with_context(id, ContinuousDtmfRecognitionStopped::new(), context);
    press(&hub, &[1]);
    hub.publish(stopped("other", "other"));
    assert_eq!(ready(&mut tones), [1]);
    pass(WAIT * 2).await;
    assert_pending!(tones.poll_next());
    hub.publish(stopped("own", "mine"));
    assert_pending!(tones.poll_next());
    press(&hub, &[2]);
    assert_eq!(ready(&mut tones), [2]);
    pass(WAIT).await;
    assert!(tones.is_woken());
    assert!(!tones.is_terminated());
    assert!(assert_ready!(tones.poll_next()).is_none());
    assert!(tones.is_terminated());
    press(&hub, &[3]);
    assert!(assert_ready!(tones.poll_next()).is_none());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_call_gives_what_waits_and_ends() {
    let hub = CallEventHub::new();
    let mut tones = tones(&hub);
    hub.publish(connected("a"));
    press(&hub, &[1, 3, 6]);
    hub.publish(disconnected("a", 200, 7000));
    assert_eq!(ready(&mut tones), [1, 3, 6]);
    assert_eq!(tones.missed(), 3);
    assert!(tones.is_terminated());
}

#[tokio::test(start_paused = true)]
async fn a_position_hides_the_tones_of_an_earlier_recognition() {
    let hub = CallEventHub::new();
    press(&hub, &[1, 2]);
    let position = hub.position(&call("a"));
    let mut tones = spawn(hub.received_tones_since(&call("a"), position));
    assert_pending!(tones.poll_next());
    hub.publish(tone("again", 1, "mine"));
    assert_eq!(ready(&mut tones), [1]);
}

#[test]
fn a_dropped_next_has_not_taken_a_tone_and_without_a_runtime_no_gap_is_waited_for() {
    let hub = CallEventHub::new();
    let mut tones = hub.received_tones(&call("a"));
    let mut dropped = spawn(tones.next());
    assert_pending!(dropped.poll());
    press(&hub, &[2]);
    assert!(dropped.is_woken());
    drop(dropped);
    assert_eq!(
        tones.next().now_or_never().flatten().unwrap().sequence_id,
        Some(2)
    );
    drop(hub);
    let mut tones = spawn(tones);
    assert_ready_eq!(
        tones.poll_next().map(|tone| tone.map(|tone| tone.sequence_id)),
        None
    );
}

proptest::proptest! {
    /// Whatever is delivered, however often and in whatever order: ids rise, and nothing hangs.
    #[test]
    fn ids_rise_and_the_stream_ends(ids in proptest::collection::vec(-3i32..40, 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let given = runtime.block_on(async {
            let hub = CallEventHub::new();
            let tones = hub.received_tones(&call("a"));
            hub.publish(connected("a"));
            for (index, id) in ids.iter().enumerate() {
                hub.publish(tone(&index.to_string(), *id, "mine"));
            }
            hub.publish(disconnected("a", 200, 7000));
            tones.map(|tone| tone.sequence_id.unwrap()).collect::<Vec<_>>().await
        });
        proptest::prop_assert!(given.is_sorted_by(|one, next| one < next), "{given:?}");
        proptest::prop_assert!(given.iter().all(|id| ids.contains(id)));
        proptest::prop_assert_eq!(given.is_empty(), ids.is_empty());
    }
}
