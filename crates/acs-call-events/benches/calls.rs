//! Many calls at once: what each costs in memory, what publishing to one of them costs beside the others, and
//! what a second core brings. Not a statistic over short runs but one long run each, hence without a harness
//! for such statistics; see `docs/performance.md`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    unreachable_pub,
    dead_code,
    reason = "a benchmark prints, and should stop when it cannot run; what it shares is not all used"
)]

mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use acs_call_events::{CallEvent, CallEventHub, CallEvents, HubConfig, parse_callback};
use acs_common::CallConnectionId;
use futures::{FutureExt as _, StreamExt as _};

const LOGGED: [&str; 3] = ["ParticipantsUpdated", "CallConnected", "PlayCompleted"];

fn event(event_type: &str, call: u64, number: u64) -> CallEvent {
    let body = support::body(event_type, call, number);
    parse_callback(body.as_bytes()).unwrap().events.remove(0)
}

/// The memory of this process that is in use, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap_or("");
    let kilobytes: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    kilobytes * 1024
}

/// Opens calls, each with one subscriber that waits, and three events that it has read.
fn open(hub: &CallEventHub, calls: u64) -> Vec<CallEvents> {
    let waker = futures::task::noop_waker();
    let mut context = std::task::Context::from_waker(&waker);
    let mut streams = Vec::with_capacity(usize::try_from(calls).unwrap());
    for call in 0..calls {
        let mut stream = hub.events(&CallConnectionId::from(support::call_id(call)));
        for (number, event_type) in (1..).zip(LOGGED) {
            let body = support::body(event_type, call, number);
            hub.receive_callback(body.as_bytes())
                .now_or_never()
                .unwrap()
                .unwrap();
        }
        while stream.poll_next_unpin(&mut context).is_ready() {}
        streams.push(stream);
    }
    streams
}

/// The time of one publishing, to calls all over the hub.
fn publish_time(hub: &CallEventHub, calls: u64, round: u64) -> Duration {
    const EVENTS: u64 = 20_000;
    let mut call = 1;
    let events: Vec<_> = (0..EVENTS)
        .map(|number| {
            call = (call * 6_364_136_223 + 1_442_695) % calls;
            event("PlayCompleted", call, 1_000 + round * EVENTS + number)
        })
        .collect();
    let start = Instant::now();
    for event in events {
        black_box(hub.publish(event));
    }
    start.elapsed() / u32::try_from(EVENTS).unwrap()
}

fn memory_and_publishing() {
    println!("one subscriber per call, which waits; three events logged");
    println!("calls\tbytes per call\tnanoseconds per publishing (best of 5)");
    for calls in [1_000, 100_000, 1_000_000] {
        let before = resident();
        let hub = CallEventHub::new();
        let streams = open(&hub, calls);
        let bytes = resident().saturating_sub(before) as f64 / calls as f64;
        let best = (0..5)
            .map(|round| publish_time(&hub, calls, round))
            .min()
            .unwrap();
        println!("{calls}\t{bytes:.0}\t{}", best.as_nanos());
        drop(streams);
    }
}

/// Publishes from 64 tasks to 10,000 calls with a subscriber each; events per second.
fn from_many_tasks(workers: usize) -> f64 {
    const TASKS: u64 = 64;
    const CALLS: u64 = 10_000;
    const EVENTS: u64 = 4_000;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .unwrap();
    let hub = CallEventHub::with_config(HubConfig::default().events_per_call(64));
    let streams = open(&hub, CALLS);
    // Read before the clock runs, so that the hub alone is measured.
    let mut batches: Vec<Vec<CallEvent>> = (0..TASKS)
        .map(|task| {
            (0..EVENTS)
                .map(|number| {
                    event(
                        "PlayCompleted",
                        (task * 157 + number * 31) % CALLS,
                        100 + task * EVENTS + number,
                    )
                })
                .collect()
        })
        .collect();
    let total = (TASKS * EVENTS) as f64;
    let elapsed = runtime.block_on(async {
        let start = Instant::now();
        let tasks: Vec<_> = batches
            .drain(..)
            .map(|batch| {
                let hub = hub.clone();
                tokio::spawn(async move {
                    for (count, event) in batch.into_iter().enumerate() {
                        hub.publish(event);
                        if count % 64 == 0 {
                            tokio::task::yield_now().await;
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        start.elapsed()
    });
    drop(streams);
    total / elapsed.as_secs_f64()
}

fn main() {
    memory_and_publishing();
    println!("64 tasks, 10,000 calls: events per second (best of 5)");
    let best = |workers| (0..5).map(|_| from_many_tasks(workers)).fold(0.0, f64::max);
    let (one, two) = (best(1), best(2));
    println!(
        "one worker\t{one:.0}\ntwo workers\t{two:.0}\nratio\t{:.2}",
        two / one
    );
}
