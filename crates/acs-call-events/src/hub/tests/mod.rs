//! The guarantees of the hub, one test file each family.

mod buses;
mod cancel;
mod counters;
mod ending;
mod exhaustive;
mod files;
mod guarantees;
mod interleavings;
mod offers;
mod retention;
mod roster;
mod tones;

use acs_common::CallConnectionId;
use tokio_test::task::{Spawn, spawn};

use super::{CallEventHub, CallEvents, Delivery, HubConfig};
use crate::data::{CallConnected, CallDisconnected, EventData, PlayStarted};
use crate::{CallEvent, ResultInformation};

/// Whether events that all have read are kept in few bytes. What a hub does must not depend on it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Packing {
    Never,
    Always,
}

impl Packing {
    pub(super) fn config(self) -> HubConfig {
        HubConfig::default().compact_above(match self {
            Self::Never => usize::MAX,
            Self::Always => 0,
        })
    }

    pub(super) fn any() -> impl proptest::strategy::Strategy<Value = Self> {
        proptest::sample::select(&[Self::Never, Self::Always][..])
    }
}

pub(super) fn call(name: &str) -> CallConnectionId {
    CallConnectionId::from(name)
}

pub(super) fn event(call: &str, id: &str, data: impl Into<EventData>) -> CallEvent {
    CallEvent::builder(id, data).call_connection_id(call).build()
}

pub(super) fn played(call: &str, id: &str) -> CallEvent {
    event(call, id, PlayStarted::new())
}

pub(super) fn connected(call: &str) -> CallEvent {
    event(call, &format!("{call}-connected"), CallConnected::new())
}

pub(super) fn disconnected(call: &str, code: i32, sub_code: i32) -> CallEvent {
    CallEvent::builder(format!("{call}-disconnected"), CallDisconnected::new())
        .call_connection_id(call)
        .result_information(ResultInformation::of(code, sub_code, ""))
        .build()
}

pub(super) fn listen(hub: &CallEventHub, name: &str) -> Spawn<CallEvents> {
    spawn(hub.events(&call(name)))
}

/// The ids that a stream has ready, and whether it ended behind them.
pub(super) fn drain(stream: &mut Spawn<CallEvents>) -> (Vec<String>, bool) {
    let mut ids = Vec::new();
    loop {
        match stream.poll_next() {
            std::task::Poll::Ready(Some(event)) => ids.push(event.id().to_owned()),
            std::task::Poll::Ready(None) => return (ids, true),
            std::task::Poll::Pending => return (ids, false),
        }
    }
}
