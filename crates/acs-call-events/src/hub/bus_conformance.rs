//! A suite that holds any [`EventBus`] to its contract (feature `conformance`).
//!
//! ```
//! use std::sync::Arc;
//!
//! use acs_call_events::InProcessBus;
//! use acs_call_events::bus_conformance::Suite;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! // For a broker: a client of it that delivers to that sink. Every check begins with a topic of its own.
//! let suite = Suite::new(|_topic, sink| Arc::new(InProcessBus::new(sink)));
//! suite.check_all().await.unwrap();
//! # }
//! ```

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acs_common::CallConnectionId;
use futures::StreamExt as _;

use super::{BusMessage, CallEventHub, EventBus, EventSink, HubConfig};
use crate::data::{CallConnected, CallDisconnected, PlayStarted};
use crate::grid::IncomingCallData;
use crate::{CallEvent, CallEvents, IncomingCall};

const CALLS: usize = 8;
const EVENTS: usize = 25;

/// What a bus did against its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The check that found it.
    pub check: &'static str,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.detail)
    }
}

impl std::error::Error for Violation {}

/// The checks, for one implementation. Needs the tokio runtime's clock; works with a paused one.
#[derive(Clone)]
#[must_use]
pub struct Suite<F> {
    connect: F,
    patience: Duration,
}

impl<F> fmt::Debug for Suite<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// A process: a hub, and its end of the bus.
struct Process {
    hub: CallEventHub,
    bus: Arc<dyn EventBus>,
}

impl<F> Suite<F>
where
    F: Fn(&str, EventSink) -> Arc<dyn EventBus>,
{
    /// A suite for the buses that `connect` makes. It is given the name of a topic and the sink to deliver
    /// to; the same name twice is the same topic after a restart.
    pub fn new(connect: F) -> Self {
        Self {
            connect,
            patience: Duration::from_secs(30),
        }
    }

    /// How long a message may take. 30 seconds by default.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs all checks, one after another.
    ///
    /// # Errors
    ///
    /// The first violation that is found.
    pub async fn check_all(&self) -> Result<(), Violation> {
        self.delivers_everything_in_the_order_of_each_call().await?;
        self.absorbs_duplicates().await?;
        self.waits_for_no_reader().await?;
        self.delivers_offers().await?;
        self.survives_a_restart_of_the_subscriber().await?;
        self.refuses_when_closed().await
    }

    fn start(&self, topic: &str) -> Process {
        let mut bus = None;
        let hub = CallEventHub::with_bus(HubConfig::default(), |sink| {
            let made = (self.connect)(topic, sink);
            bus = Some(Arc::clone(&made));
            made
        });
        let bus = bus.unwrap_or_else(|| Arc::new(super::InProcessBus::new(hub.sink())));
        Process { hub, bus }
    }

    async fn publish(
        &self,
        check: &'static str,
        process: &Process,
        message: BusMessage,
    ) -> Result<(), Violation> {
        match tokio::time::timeout(self.patience, process.bus.publish(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(violation(check, format!("refused a message: {error}"))),
            Err(_) => Err(violation(check, "publish did not return")),
        }
    }

    /// The next so many ids of a stream.
    async fn read(
        &self,
        check: &'static str,
        stream: &mut CallEvents,
        count: usize,
    ) -> Result<Vec<String>, Violation> {
        let mut ids = Vec::new();
        while ids.len() < count {
            match tokio::time::timeout(self.patience, stream.next()).await {
                Ok(Some(event)) => ids.push(event.id().to_owned()),
                Ok(None) => return Err(violation(check, format!("the call ended after {ids:?}"))),
                Err(_) => return Err(violation(check, format!("lost what should follow {ids:?}"))),
            }
        }
        Ok(ids)
    }

    async fn expect(
        &self,
        check: &'static str,
        stream: &mut CallEvents,
        expected: &[String],
    ) -> Result<(), Violation> {
        let ids = self.read(check, stream, expected.len()).await?;
        if ids == expected {
            return Ok(());
        }
        Err(violation(check, format!("delivered {ids:?} for {expected:?}")))
    }

    /// Clauses 1 and 2: several calls at once, half of the readers there from the start.
    ///
    /// # Errors
    ///
    /// When an event is missing, or out of order within its call.
    pub async fn delivers_everything_in_the_order_of_each_call(&self) -> Result<(), Violation> {
        let check = "delivers everything in the order of each call";
        let process = self.start("order");
        let mut early: Vec<_> = (0..CALLS / 2)
            .map(|number| process.hub.events(&call(number)))
            .collect();
        for number in 0..CALLS {
            let event = CallEvent::builder(format!("{number}-connected"), CallConnected::new());
            let event = event.call_connection_id(call(number)).build();
            self.publish(check, &process, BusMessage::Event(event)).await?;
        }
        for event in 0..EVENTS {
            for number in 0..CALLS {
                self.publish(check, &process, played(number, event)).await?;
            }
        }
        for number in 0..CALLS {
            let event = CallEvent::builder(format!("{number}-disconnected"), CallDisconnected::new());
            let event = event.call_connection_id(call(number)).build();
            self.publish(check, &process, BusMessage::Event(event)).await?;
        }
        early.extend((CALLS / 2..CALLS).map(|number| process.hub.events(&call(number))));
        for (number, stream) in early.iter_mut().enumerate() {
            let mut expected = vec![format!("{number}-connected")];
            expected.extend((0..EVENTS).map(|event| format!("{number}-{event}")));
            expected.push(format!("{number}-disconnected"));
            self.expect(check, stream, &expected).await?;
            let end = tokio::time::timeout(self.patience, stream.next()).await;
            if !matches!(end, Ok(None)) {
                return Err(violation(check, "the end of a call did not end its stream"));
            }
        }
        Ok(())
    }

    /// Clause 3: what is published twice is seen once.
    ///
    /// # Errors
    ///
    /// When an event is seen twice, or not at all.
    pub async fn absorbs_duplicates(&self) -> Result<(), Violation> {
        let check = "absorbs duplicates";
        let process = self.start("duplicates");
        let mut stream = process.hub.events(&call(0));
        for event in 0..EVENTS {
            self.publish(check, &process, played(0, event)).await?;
            self.publish(check, &process, played(0, event / 2)).await?;
        }
        let expected: Vec<_> = (0..EVENTS).map(|event| format!("0-{event}")).collect();
        self.expect(check, &mut stream, &expected).await
    }

    /// Clause 4: a reader that never reads delays nobody.
    ///
    /// # Errors
    ///
    /// When `publish` does not return.
    pub async fn waits_for_no_reader(&self) -> Result<(), Violation> {
        let check = "waits for no reader";
        let process = self.start("readers");
        let asleep = process.hub.events(&call(0));
        for event in 0..2_000 {
            self.publish(check, &process, played(0, event)).await?;
        }
        drop(asleep);
        Ok(())
    }

    /// Offered calls travel, too.
    ///
    /// # Errors
    ///
    /// When an offer is not delivered.
    pub async fn delivers_offers(&self) -> Result<(), Violation> {
        let check = "delivers offers";
        let process = self.start("offers");
        let mut offers = process.hub.incoming_calls();
        let offer = IncomingCall::new("context of the suite", IncomingCallData::new());
        self.publish(check, &process, BusMessage::IncomingCall(offer.clone()))
            .await?;
        self.publish(check, &process, BusMessage::IncomingCall(offer))
            .await?;
        match tokio::time::timeout(self.patience, offers.next()).await {
            Ok(Some(_)) => Ok(()),
            _ => Err(violation(check, "lost an offer")),
        }
    }

    /// Clause 5: the hub goes, another one comes.
    ///
    /// # Errors
    ///
    /// When something that was taken over does not reach the second hub, or when the first one's being gone
    /// hangs the bus.
    pub async fn survives_a_restart_of_the_subscriber(&self) -> Result<(), Violation> {
        let check = "survives a restart of the subscriber";
        let Process { hub, bus } = self.start("restart");
        let mut stream = hub.events(&call(0));
        for event in 0..3 {
            let publishing = bus.publish(played(0, event));
            if !matches!(tokio::time::timeout(self.patience, publishing).await, Ok(Ok(_))) {
                return Err(violation(check, "refused a message before the restart"));
            }
        }
        self.read(check, &mut stream, 3).await?;
        drop((stream, hub));
        let publishing = bus.publish(played(0, 3));
        let between = match tokio::time::timeout(self.patience, publishing).await {
            Ok(taken) => taken.is_ok(),
            Err(_) => return Err(violation(check, "hangs when its sink is gone")),
        };
        let second = self.start("restart");
        let mut stream = second.hub.events(&call(0));
        for event in 4..7 {
            self.publish(check, &second, played(0, event)).await?;
        }
        // What was delivered before may be delivered again, in front.
        let mut expected: Vec<_> = (4..7).map(|event| format!("0-{event}")).collect();
        if between {
            expected.insert(0, "0-3".to_owned());
        }
        while let Some(next) = expected.first() {
            let ids = self.read(check, &mut stream, 1).await?;
            if ids.first() == Some(next) {
                expected.remove(0);
            } else if ids.iter().any(|id| expected.contains(id)) {
                return Err(violation(check, format!("delivered {ids:?} for {next}")));
            }
        }
        Ok(())
    }

    /// Clause 6: closed is closed, and what came before is not lost.
    ///
    /// # Errors
    ///
    /// When a closed bus takes a message over, or loses one that it took over before.
    pub async fn refuses_when_closed(&self) -> Result<(), Violation> {
        let check = "refuses when closed";
        let process = self.start("closing");
        let mut stream = process.hub.events(&call(0));
        self.publish(check, &process, played(0, 0)).await?;
        match tokio::time::timeout(self.patience, process.bus.close()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(violation(check, format!("did not close: {error}"))),
            Err(_) => return Err(violation(check, "close did not return")),
        }
        let publishing = process.bus.publish(played(0, 1));
        match tokio::time::timeout(self.patience, publishing).await {
            Ok(Err(_)) => {}
            Ok(Ok(_)) => return Err(violation(check, "took a message over after it was closed")),
            Err(_) => return Err(violation(check, "publish did not return after close")),
        }
        self.expect(check, &mut stream, &["0-0".to_owned()]).await
    }
}

fn call(number: usize) -> CallConnectionId {
    CallConnectionId::from(format!("conformance {number}"))
}

fn played(number: usize, event: usize) -> BusMessage {
    let event = CallEvent::builder(format!("{number}-{event}"), PlayStarted::new());
    BusMessage::Event(event.call_connection_id(call(number)).build())
}

fn violation(check: &'static str, detail: impl Into<String>) -> Violation {
    Violation {
        check,
        detail: detail.into(),
    }
}
