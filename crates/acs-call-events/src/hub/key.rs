//! What a log is kept for, owned and borrowed.

use acs_common::{CallConnectionId, RecordingId};

use crate::CallEvent;
use crate::data::EventData;

/// What a log is kept for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    unreachable_pub,
    reason = "named by a sealed trait, whose items count as public"
)]
pub enum LogKey {
    /// A leg.
    Call(CallConnectionId),
    /// The events of a recording carry the recorder's call connection id, which nobody waits for.
    Recording(RecordingId),
}

/// The same, borrowed: an event finds its log without a copy of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LogKeyRef<'a> {
    Call(&'a str),
    Recording(&'a str),
}

impl LogKey {
    pub(crate) fn borrow(&self) -> LogKeyRef<'_> {
        match self {
            Self::Call(id) => LogKeyRef::Call(id.as_str()),
            Self::Recording(id) => LogKeyRef::Recording(id.as_str()),
        }
    }

    pub(crate) fn of(event: &CallEvent) -> Option<Self> {
        recording_in(event.data())
            .cloned()
            .map(Self::Recording)
            .or_else(|| event.call_connection_id().cloned().map(Self::Call))
    }
}

impl<'a> LogKeyRef<'a> {
    pub(crate) fn of_event(event: &'a CallEvent) -> Option<Self> {
        Self::of(
            event.data(),
            event.call_connection_id().map(CallConnectionId::as_str),
        )
    }

    /// The log of an event with that data and that call connection id.
    pub(crate) fn of(data: &'a EventData, call_connection_id: Option<&'a str>) -> Option<Self> {
        recording_in(data)
            .map(|id| Self::Recording(id.as_str()))
            .or_else(|| call_connection_id.map(Self::Call))
    }
}

fn recording_in(data: &EventData) -> Option<&RecordingId> {
    match data {
        EventData::RecordingStateChanged(data) => data.recording_id.as_ref(),
        EventData::StartRecordingFailed(data) => data.recording_id.as_ref(),
        _ => None,
    }
}
