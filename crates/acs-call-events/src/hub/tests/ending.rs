//! When a stream ends.

use std::time::Duration;

use futures::StreamExt as _;
use tokio_test::assert_pending;

use super::*;
use crate::CallEventStreamExt as _;
use crate::data::{AnswerFailed, CreateCallFailed};

fn failed(call: &str) -> CallEvent {
    event(call, &format!("{call}-failed"), CreateCallFailed::new())
}

async fn ids(stream: CallEvents) -> Vec<String> {
    stream.map(|event| event.id().to_owned()).collect().await
}

#[test]
fn a_connected_call_ends_with_its_disconnection() {
    let hub = CallEventHub::new();
    let mut stream = listen(&hub, "a");
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    hub.publish(played("a", "behind the end"));
    assert_eq!(
        drain(&mut stream),
        (vec!["a-connected".into(), "a-disconnected".into()], true)
    );
    let mut late = listen(&hub, "a");
    assert_eq!(drain(&mut late).0.len(), 2, "streams agree about the end");
}

#[test]
fn a_call_that_was_never_connected_ends_with_both_of_its_events_in_either_order() {
    for order in [
        [disconnected("a", 603, 0), failed("a")],
        [failed("a"), disconnected("a", 603, 0)],
    ] {
        let hub = CallEventHub::new();
        let expected: Vec<_> = order.iter().map(|event| event.id().to_owned()).collect();
        let mut stream = listen(&hub, "a");
        let [first, second] = order;
        hub.publish(first);
        hub.publish(second);
        assert_eq!(drain(&mut stream), (expected, true));
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_second_event_the_stream_lingers_and_ends() {
    for only in [
        disconnected("a", 200, 7000),
        failed("a"),
        event("a", "1", AnswerFailed::new()),
    ] {
        let hub = CallEventHub::new();
        let expected = vec![only.id().to_owned()];
        hub.publish(only);
        let mut stream = listen(&hub, "a");
        assert_eq!(drain(&mut stream), (expected.clone(), false));
        tokio::time::advance(Duration::from_millis(999)).await;
        assert_pending!(stream.poll_next());
        tokio::time::advance(Duration::from_millis(2)).await;
        assert!(stream.is_woken());
        assert_eq!(drain(&mut stream), (vec![], true));
        // What comes now is too late for streams, for those to come as well.
        hub.publish(played("a", "late"));
        assert_eq!(ids(hub.events(&call("a"))).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_delivered_after_its_end_is_still_shown() {
    let hub = CallEventHub::new();
    hub.publish(disconnected("a", 200, 7000));
    tokio::time::advance(Duration::from_millis(500)).await;
    hub.publish(connected("a"));
    assert_eq!(
        ids(hub.events(&call("a"))).await,
        ["a-disconnected", "a-connected"]
    );
}

#[test]
fn without_a_runtime_to_wait_on_a_stream_ends_without_lingering() {
    let hub = CallEventHub::new();
    hub.publish(disconnected("a", 200, 7000));
    let mut stream = listen(&hub, "a");
    assert_eq!(drain(&mut stream), (vec!["a-disconnected".into()], true));
}

#[tokio::test(start_paused = true)]
async fn until_disconnected_does_not_linger() {
    let hub = CallEventHub::new();
    hub.publish(played("a", "1"));
    hub.publish(disconnected("a", 603, 0));
    let mut stream = spawn(hub.events(&call("a")).until_disconnected());
    let mut seen = 0;
    while let std::task::Poll::Ready(Some(_)) = stream.poll_next() {
        seen += 1;
    }
    assert_eq!(seen, 2);
    assert!(stream.poll_next().is_ready());
}

#[tokio::test(start_paused = true)]
async fn of_kind_shows_one_type_with_its_shared_parts() {
    let hub = CallEventHub::new();
    hub.publish(played("a", "1"));
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    let ends: Vec<_> = hub
        .events(&call("a"))
        .of_kind::<CallDisconnected>()
        .collect()
        .await;
    assert_eq!(ends.len(), 1);
    let result = ends[0].event().result_information().unwrap();
    assert_eq!((result.code, result.sub_code), (200, 7000));
}
