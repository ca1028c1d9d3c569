//! A wait always ends.

use std::time::Duration;

use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok};

use super::*;
use crate::data::{CallTransferAccepted, PlayCompleted, PlayFailed};
use crate::outcome::{Connected, HangUp, Play, TransferToParticipant};
use crate::{OutcomeFailure, Reason};

#[test]
fn a_waiting_outcome_is_woken_and_decided_once() {
    let hub = hub([connected()]);
    let mut outcome = spawn(hub.outcome(Play::new(&call()).operation_context(context("mine"))));
    assert_pending!(outcome.poll());
    hub.publish(event(PlayCompleted::new(), "other"));
    assert!(outcome.is_woken());
    assert_pending!(outcome.poll());
    hub.publish(event(PlayCompleted::new(), "mine"));
    assert!(outcome.is_woken());
    let played = assert_ready_ok!(outcome.poll());
    assert_eq!(played.event().operation_context(), Some(&context("mine")));
    assert_eq!(played.data(), &PlayCompleted::new());
    hub.publish(event(PlayCompleted::new(), "mine"));
    assert_pending!(outcome.poll());
}

#[test]
fn many_may_wait_for_the_same_operation_and_dropping_one_loses_nothing() {
    let hub = hub([connected()]);
    let operation = Play::new(&call());
    let mut waits: Vec<_> = (0..3).map(|_| spawn(hub.outcome(operation.clone()))).collect();
    for wait in &mut waits {
        assert_pending!(wait.poll());
    }
    waits.pop();
    hub.publish(event(PlayCompleted::new(), ""));
    for mut wait in waits {
        assert_ready_ok!(wait.poll());
    }
    assert_ready_ok!(spawn(hub.outcome(operation)).poll());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_call_ends_the_wait_after_lingering() {
    let hub = hub([connected(), disconnected(200, 5001)]);
    let mut outcome = spawn(hub.outcome(Play::new(&call())));
    assert_pending!(outcome.poll());
    tokio::time::advance(Duration::from_millis(1001)).await;
    assert!(outcome.is_woken());
    let failure = assert_ready_err!(outcome.poll());
    assert!(failure.is_call_ended());
    assert_eq!(failure.reason(), Some(Reason::EndedByOtherSide));
    assert!(matches!(failure, OutcomeFailure::CallEnded(_)));
    // A wait that begins later knows at once.
    assert_ready_err!(spawn(hub.outcome(Play::new(&call()))).poll());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ended_before_the_operation_began_ends_the_wait_too() {
    let hub = hub([connected(), disconnected(200, 5001)]);
    let position = hub.position(&call());
    let failure = hub.outcome(Play::new(&call())).since(position).await.unwrap_err();
    assert_eq!(failure.reason(), Some(Reason::EndedByOtherSide));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_delivered_behind_the_end_still_decides() {
    let hub = hub([connected(), disconnected(200, 7015)]);
    let mut outcome = spawn(hub.outcome(TransferToParticipant::new(&call())));
    assert_pending!(outcome.poll());
    hub.publish(event(CallTransferAccepted::new(), ""));
    assert_ready_ok!(outcome.poll());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_before_it_was_answered_is_ended_not_failed() {
    let hub = hub([disconnected(200, 7000)]);
    let failure = hub.connected(&call()).await.unwrap_err();
    assert!(matches!(failure, OutcomeFailure::CallEnded(_)), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_comes_when_asked_for_and_only_then() {
    let hub = hub([connected()]);
    let mut patient = spawn(hub.outcome(Play::new(&call())));
    let mut hasty = spawn(hub.outcome(Play::new(&call())).timeout(Duration::from_secs(5)));
    assert_pending!(patient.poll());
    assert_pending!(hasty.poll());
    tokio::time::advance(Duration::from_millis(5001)).await;
    assert!(hasty.is_woken());
    let failure = assert_ready_err!(hasty.poll());
    assert!(failure.is_timeout());
    tokio::time::advance(Duration::from_secs(36_000)).await;
    assert!(!patient.is_woken());
    assert_pending!(patient.poll());
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_is_there_beats_a_time_out_that_has_passed() {
    let hub = hub([connected()]);
    let mut outcome = spawn(hub.outcome(Play::new(&call())).timeout(Duration::from_secs(5)));
    assert_pending!(outcome.poll());
    tokio::time::advance(Duration::from_secs(6)).await;
    hub.publish(event(PlayCompleted::new(), ""));
    assert_ready_ok!(outcome.poll());
}

#[test]
fn dropping_the_hub_ends_the_wait() {
    let hub = hub([connected()]);
    let mut outcome = spawn(hub.outcome(HangUp::new(&call())));
    assert_pending!(outcome.poll());
    drop(hub);
    assert!(outcome.is_woken());
    assert_eq!(assert_ready_err!(outcome.poll()), OutcomeFailure::Closed);
}

#[test]
fn waiting_for_a_call_that_was_released_ends_at_once() {
    let hub = hub([]);
    drop(hub.events(&call()));
    hub.publish(connected());
    hub.publish(disconnected(200, 7000));
    let mut waiting = spawn(hub.outcome(Play::new(&call())));
    hub.sweep(std::time::Instant::now() + Duration::from_secs(61));
    assert_eq!(hub.stats().open_logs, 0);
    let failure = assert_ready_err!(waiting.poll());
    assert!(
        matches!(failure, OutcomeFailure::CallEnded(_)),
        "it still holds the log: {failure}"
    );
    let failure = assert_ready!(spawn(hub.connected(&call())).poll()).unwrap_err();
    assert_eq!(failure, OutcomeFailure::Released);
    assert_eq!(Connected::new(&call()).clone().call_connection_id(), &call());
}

#[test]
fn a_position_hides_what_came_before() {
    let hub = hub([connected(), event(PlayFailed::new(), "again")]);
    let position = hub.position(&call());
    let operation = Play::new(&call()).operation_context(context("again"));
    assert_ready_err!(spawn(hub.outcome(operation.clone())).poll());
    let mut outcome = spawn(hub.outcome(operation).since(position));
    assert_pending!(outcome.poll());
    hub.publish(event(PlayCompleted::new(), "again"));
    assert_ready_ok!(outcome.poll());
}

#[test]
fn a_failure_says_which_event_and_which_codes() {
    let failed = CallEvent::builder("1", PlayFailed::new())
        .call_connection_id(CALL)
        .result_information(ResultInformation::of(
            400,
            8535,
            "Action failed, file format is invalid.",
        ))
        .build();
    let hub = hub([failed]);
    let failure = assert_ready_err!(spawn(hub.outcome(Play::new(&call()))).poll());
    assert_eq!(failure.reason(), Some(Reason::InvalidFileFormat));
    assert_eq!(
        failure.to_string(),
        "the operation failed: PlayFailed 400/8535 Action failed, file format is invalid."
    );
}

#[test]
fn waits_can_be_sent_to_other_threads() {
    fn sendable<T: Send + 'static>(_: &T) {}

    let hub = hub([]);
    sendable(&hub);
    sendable(&hub.events(&call()));
    sendable(&hub.incoming_calls());
    sendable(&hub.outcome(Play::new(&call())));
    sendable(&hub.connected(&call()));
}
