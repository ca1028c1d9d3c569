//! Callbacks: one queue per callback address, so that an application sees the events of an address in the
//! order in which they happened, and a slow address delays nobody else. A queue exists as long as there is
//! something in it.
//!
//! Faults come in here: what they strike is lost, doubled, held back or preceded by a forgery before it
//! reaches its queue.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use super::{Counted, Courier, Post, Schedule};
use crate::clock::Turn;
use crate::faults::{FaultOutcome, Subject};
use crate::tokens::{TokenFault, Tokens};

/// One thing in a queue.
#[derive(Debug)]
struct Item {
    post: Post,
    /// What is wrong with the token of a forgery.
    forged: Option<TokenFault>,
    _counted: Counted,
}

#[derive(Debug, Default)]
struct Queues {
    waiting: HashMap<String, VecDeque<Item>>,
    /// What is held back until the next one to the same address was queued.
    held: HashMap<String, Vec<Item>>,
    /// How often everything was forgotten, for what is delayed and in neither.
    cleared: u64,
}

/// The queues and those who work on them. Unbounded, but counted ([`Courier::pending`]).
#[derive(Clone, Debug)]
pub(crate) struct Callbacks {
    courier: Courier,
    schedule: Arc<Schedule>,
    queues: Arc<Mutex<Queues>>,
    tokens: Arc<Tokens>,
}

/// What the faults that strike a callback make of it.
#[derive(Default)]
struct Plan {
    lost: bool,
    copies: u32,
    delay: Duration,
    reorder: Option<Duration>,
    forgeries: Vec<(TokenFault, u128)>,
}

impl Callbacks {
    pub(crate) fn new(courier: Courier, schedule: Schedule, tokens: Arc<Tokens>) -> Self {
        Self {
            courier,
            schedule: Arc::new(schedule),
            queues: Arc::default(),
            tokens,
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a post at the end of the queue of its address, unless a fault has other plans for it.
    pub(crate) fn send(&self, post: Post) {
        let plan = self.plan(&post);
        for (fault, draw) in &plan.forgeries {
            if let Some(forgery) = forgery(&post, *draw) {
                self.queue(self.item(forgery, Some(*fault)), false);
            }
        }
        if plan.lost {
            return;
        }
        let mut items: Vec<Item> = (0..plan.copies).map(|_| self.item(post.clone(), None)).collect();
        items.push(self.item(post, None));
        if !plan.delay.is_zero() {
            let callbacks = self.clone();
            let cleared = self.queues().cleared;
            self.courier.spawn(async move {
                // The turn lasts until the queue has one of its own.
                let _turn = callbacks.courier.clock.rest(plan.delay).await;
                if callbacks.queues().cleared == cleared {
                    for item in items {
                        callbacks.queue(item, true);
                    }
                }
            });
        } else if let Some(within) = plan.reorder {
            self.hold(items, within);
        } else {
            for item in items {
                self.queue(item, true);
            }
        }
    }

    fn item(&self, post: Post, forged: Option<TokenFault>) -> Item {
        Item {
            post,
            forged,
            _counted: self.courier.pending.count(),
        }
    }

    fn plan(&self, post: &Post) -> Plan {
        let mut plan = Plan::default();
        let strikes = {
            let mut faults = self.courier.faults.lock();
            if faults.is_empty() {
                return plan;
            }
            faults.strike(&Subject::Post(post.addressed()))
        };
        for strike in strikes {
            self.courier.struck(post, &strike);
            match strike.outcome {
                FaultOutcome::Lose => plan.lost = true,
                FaultOutcome::Duplicate { copies } => plan.copies = plan.copies.saturating_add(copies),
                FaultOutcome::Delay { ms } => {
                    plan.delay = plan.delay.saturating_add(Duration::from_millis(ms));
                }
                FaultOutcome::Reorder { within_ms } => plan.reorder = Some(Duration::from_millis(within_ms)),
                FaultOutcome::Forge { token } => plan.forgeries.push((token, strike.draw)),
                // Those of attempts strike later.
                FaultOutcome::Latency { .. } | FaultOutcome::Status { .. } | FaultOutcome::Reset { .. } => {}
            }
        }
        plan
    }

    /// Keeps posts back until the next one to their address was queued, or none came in time.
    fn hold(&self, items: Vec<Item>, within: Duration) {
        let Some(address) = items.first().map(|item| item.post.url.to_string()) else {
            return;
        };
        self.queues()
            .held
            .entry(address.clone())
            .or_default()
            .extend(items);
        let callbacks = self.clone();
        self.courier.spawn(async move {
            let _turn = callbacks.courier.clock.rest(within).await;
            callbacks.release(&address);
        });
    }

    fn release(&self, address: &str) {
        let held = self.queues().held.remove(address);
        for item in held.into_iter().flatten() {
            self.queue(item, false);
        }
    }

    /// Puts something at the end of the queue of its address, and behind it what is held back there.
    fn queue(&self, item: Item, releases: bool) {
        let address = item.post.url.to_string();
        let mut queues = self.queues();
        let mut items = vec![item];
        if releases && let Some(held) = queues.held.remove(&address) {
            items.extend(held);
        }
        match queues.waiting.entry(address) {
            Entry::Occupied(mut queue) => queue.get_mut().extend(items),
            Entry::Vacant(vacant) => {
                let turn = self.courier.clock.turns().take();
                let worker = self.clone().work(vacant.key().clone(), turn);
                vacant.insert(VecDeque::from(items));
                self.courier.spawn(worker);
            }
        }
    }

    /// Empties one queue, then takes it away.
    async fn work(self, address: String, mut turn: Turn) {
        loop {
            // The lock is not held while sending; the queue stays in the map, so no second worker starts.
            let next = {
                let mut queues = self.queues();
                let next = queues.waiting.get_mut(&address).and_then(VecDeque::pop_front);
                if next.is_none() {
                    queues.waiting.remove(&address);
                }
                next
            };
            let Some(item) = next else { return };
            turn.comes().await;
            let stamp = match item.forged {
                Some(fault) => self.tokens.false_stamp(fault),
                None => self.tokens.stamp(),
            };
            // Drawing the next turn before this one is given up leaves no moment that seems idle.
            turn = self
                .courier
                .deliver(&item.post, &self.schedule, None, stamp, turn)
                .await
                .again();
        }
    }

    /// Forgets what is queued; what is on its way is not called back.
    pub(crate) fn clear(&self) {
        let mut queues = self.queues();
        queues.waiting.values_mut().for_each(VecDeque::clear);
        queues.held.clear();
        queues.cleared += 1;
    }

    /// Whether every queue is empty and gone.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.queues().waiting.is_empty()
    }
}

/// The same event under an id that the service did not give it.
fn forgery(post: &Post, draw: u128) -> Option<Post> {
    let mut body: Value = serde_json::from_slice(&post.body).ok()?;
    let id = uuid::Builder::from_random_bytes(draw.to_be_bytes()).into_uuid();
    set_id(&mut body, id);
    Some(Post {
        body: Bytes::from(serde_json::to_vec(&body).ok()?),
        label: format!("forged {}", post.label),
        ..post.clone()
    })
}

fn set_id(body: &mut Value, id: Uuid) {
    for event in body.as_array_mut().into_iter().flatten() {
        if let Value::Object(event) = event {
            event.insert("id".to_owned(), Value::from(id.to_string()));
        }
    }
}
