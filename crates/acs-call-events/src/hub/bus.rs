//! The seam between taking events in and logging them, where a broker can sit.

use std::fmt::Debug;
use std::sync::{Arc, Weak};

use async_trait::async_trait;

use super::offers::Offers;
use super::registry::Registry;
use crate::{CallEvent, Error, IncomingCall};

/// What travels over an [`EventBus`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BusMessage {
    /// An event of a call.
    Event(CallEvent),
    /// A call that is offered. Holds a secret: whoever reads it can take the call.
    IncomingCall(IncomingCall),
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
/// - When `publish` returns `Ok`, the message is safe: it was delivered to the [`EventSink`], or it will be,
///   even if this process dies (as far as the bus outlives a process at all). An error makes the webhook
///   answer 503, so that the sender tries again.
/// - Messages of one call are delivered in the order in which they were published.
/// - A message may be delivered more than once; the log drops duplicates by event id.
/// - `publish` does not wait for any reader.
#[async_trait]
pub trait EventBus: Debug + Send + Sync + 'static {
    /// Takes a message over.
    ///
    /// # Errors
    ///
    /// When the message was not taken over, see [`Error::bus`].
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error>;
}

/// Where a bus delivers to: the logs of this process. Does not keep the hub alive.
#[derive(Clone, Debug)]
pub struct EventSink {
    registry: Weak<Registry>,
    offers: Weak<Offers>,
}

impl EventSink {
    pub(crate) fn new(registry: &Arc<Registry>, offers: &Arc<Offers>) -> Self {
        Self {
            registry: Arc::downgrade(registry),
            offers: Arc::downgrade(offers),
        }
    }

    /// Puts a message into the log it belongs to. `None` when the hub is no more. Never waits.
    pub fn deliver(&self, message: BusMessage) -> Option<Delivery> {
        match message {
            BusMessage::Event(event) => Some(self.registry.upgrade()?.publish(event)),
            BusMessage::IncomingCall(call) => Some(self.offers.upgrade()?.publish(call)),
        }
    }
}

/// The bus within one process: what is published is delivered at once.
#[derive(Clone, Debug)]
pub struct InProcessBus {
    sink: EventSink,
}

impl InProcessBus {
    /// A bus that delivers to that sink.
    pub fn new(sink: EventSink) -> Self {
        Self { sink }
    }
}

#[async_trait]
impl EventBus for InProcessBus {
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error> {
        self.sink
            .deliver(message)
            .ok_or_else(|| Error::bus("the hub is no more", None))
    }
}
