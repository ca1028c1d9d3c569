//! The hub: events in, one stream per call out.
//!
//! The path of an event: [`ingest`](CallEventHub::receive_callback) reads a body, the [`EventBus`] carries its
//! events, the log of each call keeps them, streams and outcomes read the log. Each of these is a module of
//! its own and knows only the next one.

mod alarm;
mod bus;
#[cfg(any(test, feature = "conformance"))]
pub mod bus_conformance;
mod config;
mod cursors;
mod ext;
mod files;
mod ingest;
mod key;
mod log;
mod offers;
mod registry;
mod roster;
mod stats;
mod store;
mod stream;
mod tones;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use acs_common::{CallConnectionId, RecordingId};

pub use bus::{BusMessage, Delivery, EventBus, EventSink, InProcessBus};
pub use config::HubConfig;
pub use ext::{CallEventStreamExt, OfKind, UntilDisconnected};
pub use files::RecordingFiles;
pub use ingest::{IncomingIngested, Ingested};
pub use offers::IncomingCalls;
pub use roster::{ParticipantChanges, ParticipantsView};
pub use stats::HubStats;
pub use stream::CallEvents;
pub use tones::ReceivedTones;

pub(crate) use alarm::Alarm;
pub(crate) use key::{LogKey, LogKeyRef};
pub(crate) use log::{Closed, Next, Reader};
pub(crate) use stream::Cursor;

use crate::grid::RecordingFileStatusUpdated;
use crate::outcome::{Connected, Operation, Outcome};
use crate::{CallEvent, IncomingCall};
use files::Files;
use offers::Offers;
use registry::Registry;

/// Takes events in and hands them to whoever waits for them: streams, outcomes, participant views.
///
/// Cheap to clone; all clones are one hub. Nothing here blocks, and publishing never waits for a reader.
/// When the last clone is dropped, streams end after what they still hold and outcomes end with
/// [`OutcomeFailure::Closed`](crate::OutcomeFailure::Closed).
///
/// ```
/// use acs_call_events::{CallEvent, CallEventHub, data::CallConnected};
/// use acs_common::CallConnectionId;
/// use futures::StreamExt as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let hub = CallEventHub::new();
/// let call = CallConnectionId::from("19002280");
/// // An event may come before anybody listens …
/// hub.publish(CallEvent::builder("1", CallConnected::new()).call_connection_id(call.clone()).build());
/// // … and is there all the same.
/// let event = hub.events(&call).next().await.unwrap();
/// assert!(event.is_kind::<CallConnected>());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CallEventHub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    registry: Arc<Registry>,
    offers: Arc<Offers>,
    files: Arc<Files>,
    /// `None` is the in-process bus, without the detour.
    bus: Option<Arc<dyn EventBus>>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.offers.close();
        self.files.close();
    }
}

/// A place in the log of a call, taken by [`CallEventHub::position`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition(pub(crate) u64);

impl Default for CallEventHub {
    fn default() -> Self {
        Self::new()
    }
}

impl CallEventHub {
    /// A hub within this process, with the default bounds.
    pub fn new() -> Self {
        Self::with_config(HubConfig::default())
    }

    /// A hub within this process.
    pub fn with_config(config: HubConfig) -> Self {
        Self::make(config, |_| None)
    }

    /// A hub behind a bus. `connect` is given where the bus delivers to.
    pub fn with_bus(config: HubConfig, connect: impl FnOnce(EventSink) -> Arc<dyn EventBus>) -> Self {
        Self::make(config, |sink| Some(connect(sink)))
    }

    fn make(config: HubConfig, bus: impl FnOnce(EventSink) -> Option<Arc<dyn EventBus>>) -> Self {
        let registry = Arc::new(Registry::new(config));
        let offers = Arc::new(Offers::new(&registry));
        let files = Arc::default();
        let bus = bus(EventSink::new(&registry, &offers, &files));
        Self {
            shared: Arc::new(Shared {
                registry,
                offers,
                files,
                bus,
            }),
        }
    }

    fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// Puts an event into this hub's log, past any bus, and wakes all who wait for it.
    pub fn publish(&self, event: CallEvent) -> Delivery {
        self.registry().publish(event)
    }

    /// Offers a call to the streams of this hub, past any bus.
    pub fn publish_incoming_call(&self, call: IncomingCall) -> Delivery {
        self.shared.offers.publish(call)
    }

    /// Hands out a recording whose files are ready to the streams of this hub, past any bus.
    pub fn publish_recording_file(&self, file: RecordingFileStatusUpdated) -> Delivery {
        self.shared.files.publish(file)
    }

    /// The events of a call, from the first one that is kept. A call that the hub has not heard of is waited
    /// for.
    pub fn events(&self, call: &CallConnectionId) -> CallEvents {
        CallEvents::new(self.cursor(LogKey::Call(call.clone()), None))
    }

    /// The events of a call from a position on, see [`position`](Self::position).
    pub fn events_since(&self, call: &CallConnectionId, position: LogPosition) -> CallEvents {
        CallEvents::new(self.cursor(LogKey::Call(call.clone()), Some(position.0)))
    }

    /// The tones of continuous recognition in a call, in the order of their sequence ids, from the first one
    /// that is kept, see [`ReceivedTones`].
    pub fn received_tones(&self, call: &CallConnectionId) -> ReceivedTones {
        ReceivedTones::new(self.events(call))
    }

    /// The tones from a position on, taken before the recognition was started, see
    /// [`position`](Self::position).
    pub fn received_tones_since(&self, call: &CallConnectionId, position: LogPosition) -> ReceivedTones {
        ReceivedTones::new(self.events_since(call, position))
    }

    /// The events of a recording: `RecordingStateChanged` and `StartRecordingFailed`. They come apart from
    /// the call's, because they carry the recorder's call connection id (recorded traffic). The stream has no
    /// end of its own: a recording that is inactive may be paused.
    pub fn recording_events(&self, recording: &RecordingId) -> CallEvents {
        CallEvents::new(self.cursor(LogKey::Recording(recording.clone()), None))
    }

    /// The calls that are offered, see [`IncomingCalls`].
    pub fn incoming_calls(&self) -> IncomingCalls {
        IncomingCalls::new(Arc::clone(&self.shared.offers))
    }

    /// The recordings whose files are ready, as Event Grid says some minutes after each has stopped, see
    /// [`RecordingFiles`].
    pub fn recording_files(&self) -> RecordingFiles {
        RecordingFiles::new(&self.shared.files)
    }

    /// Who is in the call, as of now. Looking at a call that the hub has events of counts as listening to it.
    pub fn participants(&self, call: &CallConnectionId) -> ParticipantsView {
        let log = self.registry().look_at(&LogKey::Call(call.clone()));
        ParticipantsView::new(log.and_then(|log| log.roster()).map(|(_, event)| event))
    }

    /// Who is in the call, now and whenever it changes: a live view, see [`ParticipantChanges`].
    pub fn participant_changes(&self, call: &CallConnectionId) -> ParticipantChanges {
        ParticipantChanges::new(self.cursor(LogKey::Call(call.clone()), None))
    }

    /// The end of a call's log as of now: what arrives later stands behind it. Taken before an operation is
    /// sent, it tells its events from those of an earlier one, see
    /// [`Outcome::since`](crate::Outcome::since).
    pub fn position(&self, call: &CallConnectionId) -> LogPosition {
        let log = self.registry().look_at(&LogKey::Call(call.clone()));
        LogPosition(log.map_or(0, |log| log.tail()))
    }

    /// Waits for what became of an operation, see [`outcome`](crate::outcome).
    ///
    /// Cancel-safe: a wait that is dropped takes nothing with it; the same wait made anew finds the event.
    pub fn outcome<O: Operation>(&self, operation: O) -> Outcome<O> {
        let cursor = self.cursor(operation.log_key(), None);
        Outcome::new(operation, cursor)
    }

    /// Waits until the call is connected, or for the failure to. Cancel-safe as [`outcome`](Self::outcome).
    pub fn connected(&self, call: &CallConnectionId) -> Outcome<Connected> {
        self.outcome(Connected::new(call))
    }

    /// What the hub has seen and given up.
    pub fn stats(&self) -> HubStats {
        let (open, unclaimed) = self.registry().open();
        let mut stats = self.registry().counters.snapshot();
        stats.accepted = self.registry().accepted.sum();
        stats.open_logs = open as u64;
        stats.unclaimed_logs = unclaimed as u64;
        stats
    }

    /// Releases what is due as of a time. Not needed in use, where it happens by the way; for tests, and to
    /// have memory back in a program that has fallen silent.
    pub fn sweep(&self, now: std::time::Instant) {
        let now = tokio::time::Instant::from_std(now);
        self.registry().sweep(now);
        self.shared.offers.sweep(now);
    }

    fn cursor(&self, key: LogKey, position: Option<u64>) -> Cursor {
        let (log, slot) = self.registry().enter(key, position);
        Cursor::new(log, slot, self.registry().config.linger)
    }
}
