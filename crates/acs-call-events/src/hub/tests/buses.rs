//! The contract of the bus: buses that keep it, and buses that break it and are found out.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use super::*;
use crate::hub::bus_conformance::{Suite, Violation};
use crate::{BusMessage, Error, EventBus, EventSink, InProcessBus};

#[tokio::test(start_paused = true)]
async fn the_in_process_bus_keeps_the_contract() {
    let suite = Suite::new(|_, sink| Arc::new(InProcessBus::new(sink)));
    assert_eq!(suite.check_all().await, Ok(()));
}

/// A broker as brokers are: keeps everything, delivers in its own time, in another order between calls, some
/// things twice, and everything again to whoever connects.
#[derive(Debug, Default)]
struct Broker {
    kept: Vec<BusMessage>,
    sinks: Vec<UnboundedSender<BusMessage>>,
}

#[derive(Debug)]
struct Client {
    broker: Arc<Mutex<Broker>>,
    closed: AtomicUsize,
}

fn lane(message: &BusMessage) -> String {
    match message {
        BusMessage::Event(event) => event.call_connection_id().unwrap().to_string(),
        BusMessage::IncomingCall(_) => "offers".to_owned(),
        BusMessage::RecordingFile(_) => "files".to_owned(),
    }
}

/// Delivers by lanes, in turns that have nothing to do with the order of arrival.
async fn deliver(mut messages: UnboundedReceiver<BusMessage>, sink: EventSink) {
    let mut lanes: HashMap<String, VecDeque<BusMessage>> = HashMap::new();
    let mut delivered: Vec<BusMessage> = Vec::new();
    let mut turn = 7_usize;
    loop {
        if lanes.is_empty() {
            let Some(message) = messages.next().await else {
                return;
            };
            lanes.entry(lane(&message)).or_default().push_back(message);
        }
        // Lets some gather, so that there is something to reorder.
        tokio::task::yield_now().await;
        while let Ok(message) = messages.try_recv() {
            lanes.entry(lane(&message)).or_default().push_back(message);
        }
        turn = turn.wrapping_mul(31).wrapping_add(17) % 10_007;
        let mut names: Vec<_> = lanes.keys().cloned().collect();
        names.sort();
        let name = &names[turn % names.len()];
        let message = lanes.get_mut(name).and_then(VecDeque::pop_front).unwrap();
        lanes.retain(|_, lane| !lane.is_empty());
        delivered.push(message.clone());
        let again = delivered[turn % delivered.len()].clone();
        if sink.deliver(message).is_none() || sink.deliver(again).is_none() {
            return;
        }
    }
}

fn connect(broker: &Arc<Mutex<Broker>>, sink: EventSink) -> Arc<dyn EventBus> {
    let (sender, receiver) = unbounded();
    let mut state = broker.lock().unwrap();
    for message in &state.kept {
        sender.unbounded_send(message.clone()).unwrap();
    }
    state.sinks.push(sender);
    tokio::spawn(deliver(receiver, sink));
    Arc::new(Client {
        broker: Arc::clone(broker),
        closed: AtomicUsize::new(0),
    })
}

#[async_trait]
impl EventBus for Client {
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error> {
        if self.closed.load(Ordering::SeqCst) > 0 {
            return Err(Error::bus("closed", None));
        }
        let mut broker = self.broker.lock().unwrap();
        broker
            .sinks
            .retain(|sink| sink.unbounded_send(message.clone()).is_ok());
        broker.kept.push(message);
        Ok(Delivery::Forwarded)
    }

    async fn close(&self) -> Result<(), Error> {
        self.closed.store(1, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_reorders_between_calls_and_repeats_keeps_the_contract() {
    let topics: Mutex<HashMap<String, Arc<Mutex<Broker>>>> = Mutex::default();
    let suite = Suite::new(|topic: &str, sink| {
        let broker = Arc::clone(topics.lock().unwrap().entry(topic.to_owned()).or_default());
        connect(&broker, sink)
    });
    assert_eq!(suite.check_all().await, Ok(()));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Every seventh message is taken over and dropped.
    Loses,
    /// Every two messages are delivered the other way round.
    Swaps,
    /// Goes on taking over when there is nobody to deliver to.
    Swallows,
    /// Does not return after a hundred messages that nobody has read.
    Blocks,
    /// Cannot be closed.
    StaysOpen,
}

#[derive(Debug)]
struct Faulty {
    fault: Fault,
    sink: EventSink,
    count: AtomicUsize,
    held: Mutex<HashMap<String, BusMessage>>,
    closed: AtomicUsize,
}

#[async_trait]
impl EventBus for Faulty {
    async fn publish(&self, message: BusMessage) -> Result<Delivery, Error> {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        if self.closed.load(Ordering::SeqCst) > 0 {
            return Err(Error::bus("closed", None));
        }
        let gone = || Error::bus("gone", None);
        match self.fault {
            Fault::Loses if count % 7 == 6 => Ok(Delivery::Forwarded),
            Fault::Blocks if count >= 1_000 => std::future::pending().await,
            Fault::Swallows => Ok(self.sink.deliver(message).unwrap_or(Delivery::Forwarded)),
            Fault::Swaps => {
                let held = self.held.lock().unwrap().remove(&lane(&message));
                let is_last =
                    matches!(&message, BusMessage::Event(event) if event.is_kind::<CallDisconnected>());
                match held {
                    Some(first) if is_last => {
                        self.sink.deliver(first).ok_or_else(gone)?;
                        self.sink.deliver(message).ok_or_else(gone)
                    }
                    Some(first) => {
                        self.sink.deliver(message).ok_or_else(gone)?;
                        self.sink.deliver(first).ok_or_else(gone)
                    }
                    None if is_last => self.sink.deliver(message).ok_or_else(gone),
                    None => {
                        self.held.lock().unwrap().insert(lane(&message), message);
                        Ok(Delivery::Forwarded)
                    }
                }
            }
            _ => self.sink.deliver(message).ok_or_else(gone),
        }
    }

    async fn close(&self) -> Result<(), Error> {
        self.closed
            .store(usize::from(self.fault != Fault::StaysOpen), Ordering::SeqCst);
        Ok(())
    }
}

fn faulty(fault: Fault) -> Suite<impl Fn(&str, EventSink) -> Arc<dyn EventBus>> {
    Suite::new(move |_: &str, sink| -> Arc<dyn EventBus> {
        Arc::new(Faulty {
            fault,
            sink,
            count: AtomicUsize::new(0),
            held: Mutex::default(),
            closed: AtomicUsize::new(0),
        })
    })
}

async fn found(fault: Fault) -> Violation {
    faulty(fault)
        .check_all()
        .await
        .expect_err("a fault was not found")
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_breaks_the_contract_is_found_out() {
    for (fault, check) in [
        (Fault::Loses, "delivers everything in the order of each call"),
        (Fault::Swaps, "delivers everything in the order of each call"),
        (Fault::Blocks, "waits for no reader"),
        (Fault::Swallows, "survives a restart of the subscriber"),
        (Fault::StaysOpen, "refuses when closed"),
    ] {
        assert_eq!(found(fault).await.check, check, "{fault:?}");
    }
    let swapped = found(Fault::Swaps).await.detail;
    assert!(
        swapped.starts_with("delivered "),
        "found for its order: {swapped}"
    );
}
