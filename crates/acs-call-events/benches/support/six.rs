//! The six usual events: read, taken in and handed to a reader, beside `serde_json` into the smallest struct
//! that borrows all it can.

use acs_call_events::{CallEventHub, CallEvents, parse_callback};
use acs_common::CallConnectionId;
use divan::{Bencher, black_box};
use futures::{FutureExt as _, StreamExt as _};
use serde::Deserialize;

use crate::support;

fn bodies(call: u64) -> Vec<String> {
    support::TYPES
        .iter()
        .zip(1..)
        .map(|(event_type, number)| support::body(event_type, call, number))
        .collect()
}

/// What a router by call needs at the least.
#[derive(Deserialize)]
struct Minimal<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    #[serde(borrow)]
    data: MinimalData<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MinimalData<'a> {
    call_connection_id: &'a str,
}

/// The measure: nothing is kept, checked or handed on.
#[divan::bench(sample_count = 200, sample_size = 50)]
fn serde_json_minimal(bencher: Bencher<'_, '_>) {
    let bodies = bodies(1);
    bencher
        .counter(divan::counter::ItemsCount::new(bodies.len()))
        .bench_local(|| {
            for body in &bodies {
                let events: Vec<Minimal<'_>> = serde_json::from_slice(black_box(body.as_bytes())).unwrap();
                for event in &events {
                    black_box((event.id, event.event_type, event.data.call_connection_id));
                }
            }
        });
}

/// The typed events alone.
#[divan::bench(sample_count = 200, sample_size = 50)]
fn parse(bencher: Bencher<'_, '_>) {
    let bodies = bodies(1);
    bencher
        .counter(divan::counter::ItemsCount::new(bodies.len()))
        .bench_local(|| {
            for body in &bodies {
                black_box(parse_callback(black_box(body.as_bytes())).unwrap());
            }
        });
}

/// One type alone, to see where the time goes.
#[divan::bench(args = support::TYPES, sample_count = 100, sample_size = 50)]
fn parse_one(bencher: Bencher<'_, '_>, event_type: &str) {
    let body = support::body(event_type, 1, 1);
    bencher.bench_local(|| parse_callback(black_box(body.as_bytes())).unwrap());
}

/// The whole path: read, taken in by a hub, read by the subscriber of the call.
#[divan::bench(sample_count = 200, sample_size = 50)]
fn parse_ingest_dispatch(bencher: Bencher<'_, '_>) {
    let hub = CallEventHub::new();
    let mut call = 0;
    bencher
        .counter(divan::counter::ItemsCount::new(support::TYPES.len()))
        .with_inputs(|| {
            call += 1;
            let id = CallConnectionId::from(support::call_id(call));
            (hub.events(&id), bodies(call))
        })
        .bench_local_values(|(events, bodies): (CallEvents, Vec<String>)| {
            for body in &bodies {
                black_box(
                    hub.receive_callback(body.as_bytes())
                        .now_or_never()
                        .unwrap()
                        .unwrap(),
                );
            }
            let read = events.count().now_or_never().unwrap();
            assert_eq!(read, bodies.len());
        });
}
