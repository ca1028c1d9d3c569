//! Every pair of the table, and how a wait ends otherwise.

mod ends;
mod media;
mod pairs;
mod rosters;

use acs_common::{CallConnectionId, OperationContext};

use crate::data::{CallConnected, CallDisconnected, EventData};
use crate::{CallEvent, CallEventHub, ResultInformation};

const CALL: &str = "call";

fn call() -> CallConnectionId {
    CallConnectionId::from(CALL)
}

fn context(text: &str) -> OperationContext {
    OperationContext::from(text)
}

/// An event with an operation context (none when empty) and an id of its own.
fn event(data: impl Into<EventData>, operation_context: &str) -> CallEvent {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    CallEvent::builder(id, data)
        .call_connection_id(CALL)
        .operation_context((!operation_context.is_empty()).then(|| context(operation_context)))
        .build()
}

fn connected() -> CallEvent {
    event(CallConnected::new(), "")
}

fn disconnected(code: i32, sub_code: i32) -> CallEvent {
    CallEvent::builder("disconnected", CallDisconnected::new())
        .call_connection_id(CALL)
        .result_information(ResultInformation::of(code, sub_code, ""))
        .build()
}

fn hub(events: impl IntoIterator<Item = CallEvent>) -> CallEventHub {
    let hub = CallEventHub::new();
    for event in events {
        hub.publish(event);
    }
    hub
}
