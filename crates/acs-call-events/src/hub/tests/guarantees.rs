//! Early events, duplicates, every subscriber, exact polling.

use tokio_test::{assert_pending, assert_ready};

use super::*;

#[test]
fn events_that_come_before_anybody_listens_are_replayed() {
    let hub = CallEventHub::new();
    assert_eq!(hub.publish(played("a", "1")), Delivery::Accepted);
    hub.publish(connected("a"));
    hub.publish(played("b", "other"));
    let mut stream = listen(&hub, "a");
    assert_eq!(
        drain(&mut stream),
        (vec!["1".into(), "a-connected".into()], false)
    );
    assert_eq!(hub.stats().unclaimed_logs, 1);
}

#[test]
fn an_event_delivered_twice_is_seen_once() {
    let hub = CallEventHub::new();
    let mut stream = listen(&hub, "a");
    // More than are looked through one by one, so that the set of ids is used as well.
    for round in 0..3 {
        for id in 0..50 {
            let expected = if round == 0 {
                Delivery::Accepted
            } else {
                Delivery::Duplicate
            };
            assert_eq!(hub.publish(played("a", &id.to_string())), expected);
        }
    }
    assert_eq!(drain(&mut stream).0.len(), 50);
    assert_eq!(hub.stats().duplicates, 100);
}

#[test]
fn the_same_id_on_another_call_is_another_event() {
    let hub = CallEventHub::new();
    assert_eq!(hub.publish(played("a", "1")), Delivery::Accepted);
    assert_eq!(hub.publish(played("b", "1")), Delivery::Accepted);
}

#[test]
fn a_stream_is_woken_once_for_what_it_waits_for_and_not_for_other_calls() {
    let hub = CallEventHub::new();
    let mut stream = listen(&hub, "a");
    assert_pending!(stream.poll_next());
    hub.publish(played("b", "1"));
    assert!(!stream.is_woken());
    hub.publish(played("a", "1"));
    hub.publish(played("a", "2"));
    assert!(stream.is_woken());
    assert_eq!(assert_ready!(stream.poll_next()).unwrap().id(), "1");
    assert_eq!(assert_ready!(stream.poll_next()).unwrap().id(), "2");
    assert_pending!(stream.poll_next());
    hub.publish(played("a", "1"));
    assert!(!stream.is_woken(), "a duplicate is no news");
}

#[test]
fn every_subscriber_sees_every_event_whenever_it_came() {
    let hub = CallEventHub::new();
    hub.publish(played("a", "1"));
    let mut first = listen(&hub, "a");
    hub.publish(played("a", "2"));
    let mut slow = listen(&hub, "a");
    assert_eq!(drain(&mut first).0, ["1", "2"]);
    drop(first);
    hub.publish(played("a", "3"));
    let mut late = listen(&hub, "a");
    assert_eq!(drain(&mut late).0, ["1", "2", "3"]);
    assert_eq!(drain(&mut slow).0, ["1", "2", "3"]);
}

#[test]
fn a_position_tells_what_is_new() {
    let hub = CallEventHub::new();
    hub.publish(played("a", "1"));
    let position = hub.position(&call("a"));
    hub.publish(played("a", "2"));
    let mut stream = spawn(hub.events_since(&call("a"), position));
    assert_eq!(drain(&mut stream).0, ["2"]);
}

#[test]
fn events_without_a_call_are_counted_and_refused() {
    let hub = CallEventHub::new();
    let lost = CallEvent::builder("1", PlayStarted::new())
        .source("elsewhere")
        .build();
    assert_eq!(hub.publish(lost), Delivery::Unroutable);
    assert_eq!(hub.stats().unroutable, 1);
}

#[test]
fn when_the_hub_is_dropped_streams_show_what_they_hold_and_end() {
    let hub = CallEventHub::new();
    let mut waiting = listen(&hub, "a");
    assert_pending!(waiting.poll_next());
    hub.publish(played("a", "1"));
    let clone = hub.clone();
    drop(hub);
    assert_eq!(drain(&mut waiting), (vec!["1".into()], false));
    drop(clone);
    assert!(waiting.is_woken());
    assert_eq!(drain(&mut waiting), (vec![], true));
    assert_eq!(drain(&mut waiting), (vec![], true), "an ended stream stays ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wake_up_is_lost_between_threads() {
    use futures::StreamExt as _;

    const PUBLISHERS: usize = 4;
    const EVENTS: usize = 500;
    let hub = CallEventHub::new();
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let stream = hub.events(&call("a"));
            tokio::spawn(stream.map(|event| event.id().to_owned()).collect::<Vec<_>>())
        })
        .collect();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let hub = hub.clone();
            tokio::spawn(async move {
                for number in 0..EVENTS {
                    hub.publish(played("a", &format!("{publisher}-{number}")));
                    // Every event twice, so that duplicates race as well.
                    hub.publish(played("a", &format!("{publisher}-{number}")));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    let mut seen: Vec<Vec<String>> = Vec::new();
    for reader in readers {
        // A lost wake-up would be a wait without end; a test should fail instead.
        let reader = tokio::time::timeout(std::time::Duration::from_secs(60), reader);
        seen.push(reader.await.expect("a wake-up was lost").unwrap());
    }
    assert_eq!(seen[0].len(), PUBLISHERS * EVENTS + 2);
    assert!(seen.iter().all(|ids| *ids == seen[0]), "one order for all");
    for publisher in 0..PUBLISHERS {
        let prefix = format!("{publisher}-");
        let own: Vec<_> = seen[0].iter().filter_map(|id| id.strip_prefix(&prefix)).collect();
        let expected: Vec<_> = (0..EVENTS).map(|number| number.to_string()).collect();
        assert_eq!(own, expected, "in the order of arrival");
    }
}
