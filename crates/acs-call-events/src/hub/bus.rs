//! The seam between taking events in and logging them, where a broker can sit.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;

use super::files::Files;
use super::offers::Offers;
use super::registry::Registry;
use crate::grid::RecordingFileStatusUpdated;
use crate::{CallEvent, Error, IncomingCall};

/// What travels over an [`EventBus`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BusMessage {
    /// An event of a call.
    Event(CallEvent),
    /// A call that is offered. Holds a secret: whoever reads it can take the call.
    IncomingCall(IncomingCall),
    /// A recording whose files are ready.
    RecordingFile(RecordingFileStatusUpdated),
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// It is in the log, and all who wait for it were woken.
    Accepted,
    /// It was in the log already.
    Duplicate,
    /// Its call had ended and was released; it is not kept.
    Late,
    /// It has no call connection id; it is not kept.
    Unroutable,
    /// A broker has it, and will deliver it to whoever it concerns.
    Forwarded,
}

/// Carries messages from where they are received to the logs of those they concern.
///
/// # Contract
///
/// Written so that a broker can stand here. The suite `bus_conformance` (feature `conformance`) holds any
/// implementation to it.
///
/// 1. **At least once.** When `publish` returns `Ok`, the message is safe: it was delivered to the
///    [`EventSink`], or it will be, even if this process dies (as far as the bus outlives a process at all).
///    Whatever cannot be kept so is refused. A refusal makes the webhook answer 503, and the sender tries
///    again.
/// 2. **Order per call.** Messages of one call reach a sink in the order in which they were published, one
///    `publish` having returned before the next began. Between calls there is no order.
/// 3. **Repetition is free.** A message may be delivered more than once, at any later time; the log drops
///    duplicates by event id. A bus need not remember what it delivered.
/// 4. **No reader is waited for.** `publish` waits for the bus itself at most.
/// 5. **Restart.** A sink whose hub is gone gives `None` from [`EventSink::deliver`]; the bus stops
///    delivering to it. A sink that is connected later gets what is published from then on, behind whatever
///    the bus chooses to deliver again. What is published while there is no sink is kept or refused, never
///    accepted and dropped.
/// 6. **Closing.** After [`close`](Self::close), what was taken over before is still delivered or kept, and
///    `publish` refuses.
/// 7. **Secrets.** An offered call holds the context with which the call can be taken: a bus that leaves the
///    process encrypts its way and its store, and logs no message.
#[async_trait]
pub trait EventBus: Debug + Send + Sync + 'static {
    /// Takes a message over.
    ///
    /// # Errors
    ///
    /// When the message was not taken over, see [`Error::bus`].
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped may or may not have taken the message over; publishing it again is right,
    /// because repetition is free.
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error>;

    /// Refuses further messages. Returns when everything that was taken over is delivered or kept where it
    /// outlives this process. Does nothing by default, which satisfies the suite for no bus: it is there so
    /// that closing can be added to a bus in use.
    ///
    /// # Errors
    ///
    /// When something that was taken over is neither, see [`Error::bus`].
    async fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Where a bus delivers to: the logs of this process. Does not keep the hub alive.
#[derive(Clone, Debug)]
pub struct EventSink {
    registry: Weak<Registry>,
    offers: Weak<Offers>,
    files: Weak<Files>,
}

impl EventSink {
    pub(crate) fn new(registry: &Arc<Registry>, offers: &Arc<Offers>, files: &Arc<Files>) -> Self {
        Self {
            registry: Arc::downgrade(registry),
            offers: Arc::downgrade(offers),
            files: Arc::downgrade(files),
        }
    }

    /// Puts a message into the log it belongs to. `None` when the hub is no more. Never waits.
    pub fn deliver(&self, message: BusMessage) -> Option<Delivery> {
        match message {
            BusMessage::Event(event) => Some(self.registry.upgrade()?.publish(event)),
            BusMessage::IncomingCall(call) => Some(self.offers.upgrade()?.publish(call)),
            BusMessage::RecordingFile(file) => Some(self.files.upgrade()?.publish(file)),
        }
    }
}

/// The bus within one process: what is published is delivered at once.
#[derive(Clone, Debug)]
pub struct InProcessBus {
    sink: EventSink,
    closed: Arc<AtomicBool>,
}

impl InProcessBus {
    /// A bus that delivers to that sink.
    pub fn new(sink: EventSink) -> Self {
        Self {
            sink,
            closed: Arc::default(),
        }
    }
}

#[async_trait]
impl EventBus for InProcessBus {
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::bus("the bus is closed", None));
        }
        self.sink
            .deliver(message)
            .ok_or_else(|| Error::bus("the hub is no more", None))
    }

    async fn close(&self) -> Result<(), Error> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}
