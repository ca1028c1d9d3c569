//! What is given up, when, and that it is counted.

use std::time::{Duration, Instant};

use super::*;

fn later(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[test]
fn the_oldest_events_of_a_call_without_listener_are_given_up_and_counted() {
    let hub = CallEventHub::with_config(HubConfig::default().early_events_per_call(3));
    for id in 0..10 {
        hub.publish(played("a", &id.to_string()));
    }
    assert_eq!(hub.stats().early_events_given_up, 7);
    assert_eq!(
        hub.publish(played("a", "0")),
        Delivery::Duplicate,
        "what is gone is still known"
    );
    assert_eq!(drain(&mut listen(&hub, "a")).0, ["7", "8", "9"]);
}

#[test]
fn a_call_that_nobody_claims_is_given_up_in_time() {
    let hub = CallEventHub::new();
    hub.publish(played("a", "1"));
    hub.publish(played("a", "2"));
    let claimed = listen(&hub, "b");
    hub.publish(played("b", "1"));
    hub.sweep(later(299));
    assert_eq!(hub.stats().open_logs, 2);
    hub.sweep(later(301));
    let stats = hub.stats();
    assert_eq!((stats.open_logs, stats.unclaimed_logs), (1, 0));
    assert_eq!(
        (stats.unclaimed_calls_given_up, stats.unclaimed_events_given_up),
        (1, 2)
    );
    drop(claimed);
}

#[test]
fn no_more_calls_without_listener_are_kept_than_asked_for_and_the_oldest_go_first() {
    let hub = CallEventHub::with_config(HubConfig::default().unclaimed_calls(10));
    for number in 0..100 {
        hub.publish(played(&format!("call {number}"), "1"));
    }
    let stats = hub.stats();
    assert_eq!((stats.unclaimed_logs, stats.open_logs), (10, 10));
    assert_eq!(stats.unclaimed_calls_given_up, 90);
    assert_eq!(drain(&mut listen(&hub, "call 99")).0, ["1"], "the newest is kept");
}

#[test]
fn an_ended_call_is_released_after_its_grace_and_waiting_for_it_ends_at_once() {
    let hub = CallEventHub::new();
    let mut slow = listen(&hub, "a");
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    hub.sweep(later(59));
    assert_eq!(hub.stats().open_logs, 1);
    hub.sweep(later(61));
    let stats = hub.stats();
    assert_eq!((stats.open_logs, stats.released), (0, 1));
    assert_eq!(
        drain(&mut slow),
        (vec!["a-connected".into(), "a-disconnected".into()], true),
        "a slow reader still loses nothing"
    );
    assert_eq!(drain(&mut listen(&hub, "a")), (vec![], true));
    assert_eq!(hub.publish(disconnected("a", 200, 7000)), Delivery::Late);
    assert_eq!(hub.stats().late, 1);
}

#[test]
fn an_ended_call_that_is_claimed_late_is_released_too() {
    let hub = CallEventHub::new();
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    hub.sweep(later(120));
    assert_eq!(
        hub.stats().open_logs,
        1,
        "early events are kept for longer than the grace"
    );
    assert_eq!(drain(&mut listen(&hub, "a")).0.len(), 2);
    hub.sweep(later(400));
    assert_eq!(hub.stats().open_logs, 0);
}

#[test]
fn a_silent_call_is_given_up_only_without_subscribers() {
    let hub = CallEventHub::new();
    let held = listen(&hub, "held");
    drop(listen(&hub, "left"));
    hub.sweep(later(25 * 3600));
    let stats = hub.stats();
    assert_eq!((stats.open_logs, stats.idle_calls_given_up), (1, 1));
    hub.publish(played("held", "1"));
    let mut held = held;
    assert_eq!(drain(&mut held).0, ["1"]);
}

#[test]
fn a_long_call_forgets_only_what_all_have_seen() {
    let hub = CallEventHub::with_config(HubConfig::default().events_per_call(5));
    let mut slow = listen(&hub, "a");
    for id in 0..20 {
        hub.publish(played("a", &id.to_string()));
    }
    assert_eq!(hub.stats().trimmed, 0);
    assert_eq!(drain(&mut slow).0.len(), 20);
    hub.publish(played("a", "20"));
    assert_eq!(hub.stats().trimmed, 16);
    assert_eq!(hub.publish(played("a", "3")), Delivery::Duplicate);
    hub.publish(played("a", "21"));
    assert_eq!(drain(&mut slow).0, ["20", "21"]);
    assert_eq!(drain(&mut listen(&hub, "a")).0, ["17", "18", "19", "20", "21"]);
}

#[test]
fn only_so_many_ended_calls_are_remembered() {
    let hub = CallEventHub::with_config(HubConfig::default().remembered_calls(64));
    for number in 0..1_000 {
        let name = format!("call {number}");
        drop(listen(&hub, &name));
        hub.publish(connected(&name));
        hub.publish(disconnected(&name, 200, 7000));
    }
    hub.sweep(later(61));
    assert_eq!(hub.stats().released, 1_000);
    let remembered = (0..1_000)
        .filter(|number| drain(&mut listen(&hub, &format!("call {number}"))).1)
        .count();
    assert!((1..=64).contains(&remembered), "{remembered}");
}

#[test]
fn a_log_that_was_taken_out_gives_an_event_back() {
    use crate::hub::log::{Append, CallLog};

    let now = tokio::time::Instant::now();
    let log = CallLog::new(crate::hub::LogKey::Call(call("a")), now);
    assert!(log.retire(|_| true).is_some());
    match log.append(played("a", "1"), now, &HubConfig::default(), false) {
        Append::Gone(back) => assert_eq!(back, played("a", "1")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_event_is_lost_uncounted_while_calls_are_given_up_and_claimed_meanwhile() {
    use std::sync::atomic::{AtomicBool, Ordering};

    const CALLS: usize = 20;
    const EVENTS: usize = 5_000;
    let hub = CallEventHub::new();
    let done = AtomicBool::new(false);
    let claimed: Vec<usize> = std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..4)
            .map(|publisher| {
                let hub = &hub;
                scope.spawn(move || {
                    for number in 0..EVENTS {
                        let call = format!("call {}", number % CALLS);
                        let delivery = hub.publish(played(&call, &format!("{publisher}-{number}")));
                        assert_eq!(delivery, Delivery::Accepted);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                hub.sweep(later(301));
            }
        });
        let claimer = scope.spawn(|| {
            // Half of the calls get a listener while they are being given up all the time.
            let mut listeners: Vec<_> = (0..CALLS / 2)
                .map(|call| listen(&hub, &format!("call {call}")))
                .collect();
            while !done.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            listeners
                .iter_mut()
                .map(|listener| drain(listener).0.len())
                .collect()
        });
        for publisher in publishers {
            publisher.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        claimer.join().unwrap()
    });
    let kept: usize = (CALLS / 2..CALLS)
        .map(|call| drain(&mut listen(&hub, &format!("call {call}"))).0.len())
        .sum::<usize>()
        + claimed.iter().sum::<usize>();
    let stats = hub.stats();
    assert_eq!(stats.accepted, 4 * EVENTS as u64);
    assert_eq!(kept as u64 + stats.unclaimed_events_given_up, stats.accepted);
    assert_eq!(stats.unclaimed_logs, 0);
}

#[test]
fn packed_events_come_back_for_whoever_listens_later_and_are_still_known() {
    let hub = CallEventHub::with_config(Packing::Always.config());
    let mut first = listen(&hub, "a");
    let ids: Vec<String> = (0..200).map(|id| id.to_string()).collect();
    for (count, id) in ids.iter().enumerate() {
        let mut event = played("a", id);
        if count % 3 == 0 {
            event = CallEvent::from_json(&event.raw().replacen('{', r#"{"unheard":"of","#, 1)).unwrap();
        }
        assert_eq!(hub.publish(event.clone()), Delivery::Accepted);
        assert_eq!(first.poll_next(), std::task::Poll::Ready(Some(event)));
        assert!(first.poll_next().is_pending(), "and is packed meanwhile");
        assert_eq!(hub.publish(played("a", id)), Delivery::Duplicate);
        assert_eq!(hub.publish(played("a", "0")), Delivery::Duplicate);
        assert_eq!(drain(&mut listen(&hub, "a")).0, ids[..=count]);
    }
    hub.publish(connected("a"));
    hub.publish(disconnected("a", 200, 7000));
    let (late, over) = drain(&mut listen(&hub, "a"));
    assert_eq!((late.len(), over), (202, true));
}
