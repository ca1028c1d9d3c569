//! Offered calls.

use std::time::{Duration, Instant};

use tokio_test::{assert_pending, assert_ready};

use super::*;
use crate::IncomingCall;
use crate::grid::IncomingCallData;
use crate::hub::IncomingCalls;

fn offer(context: &str) -> IncomingCall {
    IncomingCall::new(
        context,
        IncomingCallData::new().server_call_id(acs_common::ServerCallId::from("server")),
    )
}

fn contexts(stream: &mut Spawn<IncomingCalls>) -> Vec<String> {
    let mut contexts = Vec::new();
    while let std::task::Poll::Ready(Some(call)) = stream.poll_next() {
        contexts.push(call.incoming_call_context().expose().to_owned());
    }
    contexts
}

#[test]
fn early_offers_go_to_the_first_stream_and_later_ones_to_all() {
    let hub = CallEventHub::new();
    hub.publish_incoming_call(offer("1"));
    let mut first = spawn(hub.incoming_calls());
    assert_eq!(assert_ready!(first.poll_next()).unwrap(), offer("1"));
    assert_pending!(first.poll_next());
    let mut second = spawn(hub.incoming_calls());
    assert_pending!(second.poll_next());
    assert_eq!(hub.publish_incoming_call(offer("2")), Delivery::Accepted);
    assert!(first.is_woken() && second.is_woken());
    assert_eq!(contexts(&mut first), ["2"]);
    assert_eq!(contexts(&mut second), ["2"]);
}

#[test]
fn an_offer_delivered_twice_is_shown_once_even_when_it_was_taken() {
    let hub = CallEventHub::new();
    let mut stream = spawn(hub.incoming_calls());
    hub.publish_incoming_call(offer("1"));
    assert_eq!(contexts(&mut stream), ["1"]);
    assert_eq!(hub.publish_incoming_call(offer("1")), Delivery::Duplicate);
    assert_eq!(contexts(&mut stream), [""; 0]);
    let stats = hub.stats();
    assert_eq!((stats.offers, stats.duplicate_offers), (1, 1));
}

#[test]
fn offers_are_kept_for_the_next_stream_bounded_by_count_and_time() {
    let hub = CallEventHub::with_config(HubConfig::default().early_offers(2));
    for context in ["1", "2", "3"] {
        hub.publish_incoming_call(offer(context));
    }
    assert_eq!(hub.stats().offers_given_up, 1);
    let unread = spawn(hub.incoming_calls());
    drop(unread);
    let mut next = spawn(hub.incoming_calls());
    assert_eq!(
        contexts(&mut next),
        ["2", "3"],
        "what a dropped stream had not read"
    );
    drop(next);
    hub.publish_incoming_call(offer("4"));
    hub.sweep(Instant::now() + Duration::from_secs(121));
    assert_eq!(hub.stats().offers_given_up, 2);
    assert_eq!(contexts(&mut spawn(hub.incoming_calls())), [""; 0]);
}

#[test]
fn the_stream_ends_with_the_hub_and_not_before() {
    let hub = CallEventHub::new();
    let mut stream = spawn(hub.incoming_calls());
    assert_pending!(stream.poll_next());
    hub.publish_incoming_call(offer("1"));
    drop(hub);
    assert!(stream.is_woken());
    assert_eq!(assert_ready!(stream.poll_next()).unwrap(), offer("1"));
    assert_eq!(assert_ready!(stream.poll_next()), None);
}

#[test]
fn an_offer_does_not_show_its_context_in_debug() {
    assert!(!format!("{:?}", offer("secret context")).contains("secret context"));
}
