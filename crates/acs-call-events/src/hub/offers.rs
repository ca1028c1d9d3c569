//! Calls that are offered: a log of their own, from which each offer is dropped once all have seen it.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;
use tokio::time::Instant;

use super::cursors::Cursors;
use super::registry::Registry;
use crate::{Delivery, IncomingCall};

/// How many offers are remembered by identity, to know duplicates.
const REMEMBERED: usize = 4_096;

#[derive(Debug)]
pub(crate) struct Offers {
    state: Mutex<State>,
    registry: Weak<Registry>,
}

#[derive(Debug, Default)]
struct State {
    offers: VecDeque<(Instant, IncomingCall)>,
    base: u64,
    cursors: Cursors,
    seen: HashSet<Arc<str>>,
    seen_order: VecDeque<Arc<str>>,
    closed: bool,
}

impl Offers {
    pub(crate) fn new(registry: &Arc<Registry>) -> Self {
        Self {
            state: Mutex::default(),
            registry: Arc::downgrade(registry),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, call: IncomingCall) -> Delivery {
        let Some(registry) = self.registry.upgrade() else {
            return Delivery::Late;
        };
        let mut state = self.lock();
        if !state.note(call.identity()) {
            registry.counters.duplicate_offers.count();
            return Delivery::Duplicate;
        }
        let now = Instant::now();
        state.offers.push_back((now, call));
        let mut given_up = 0;
        if state.cursors.is_empty() {
            let oldest = now.checked_sub(registry.config.offer_retention);
            given_up = state.give_up(registry.config.early_offers, oldest);
        }
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
        registry.counters.offers.count();
        report(&registry, given_up);
        Delivery::Accepted
    }

    /// Gives up what nobody took in time.
    pub(crate) fn sweep(&self, now: Instant) {
        let Some(registry) = self.registry.upgrade() else {
            return;
        };
        let mut state = self.lock();
        if state.cursors.is_empty() {
            let oldest = now.checked_sub(registry.config.offer_retention);
            let given_up = state.give_up(registry.config.early_offers, oldest);
            drop(state);
            report(&registry, given_up);
        }
    }

    fn enter(&self) -> usize {
        self.sweep(Instant::now());
        let mut state = self.lock();
        let position = state.base;
        state.cursors.enter(position)
    }

    fn leave(&self, slot: usize) {
        let mut state = self.lock();
        state.cursors.leave(slot);
        if !state.cursors.is_empty() {
            state.drop_seen();
        }
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
    }
}

fn report(registry: &Registry, given_up: usize) {
    if given_up > 0 {
        registry.counters.offers_given_up.add(given_up);
        tracing::warn!(given_up, "offered calls that nobody took are given up");
    }
}

impl State {
    /// Remembers an identity; `false` when it is known.
    fn note(&mut self, identity: Arc<str>) -> bool {
        if !self.seen.insert(Arc::clone(&identity)) {
            return false;
        }
        self.seen_order.push_back(identity);
        if self.seen_order.len() > REMEMBERED
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    fn give_up(&mut self, at_most: usize, oldest: Option<Instant>) -> usize {
        let mut given_up = 0;
        while self.offers.len() > at_most
            || matches!((self.offers.front(), oldest), (Some((at, _)), Some(oldest)) if *at <= oldest)
        {
            if self.offers.pop_front().is_none() {
                break;
            }
            self.base += 1;
            given_up += 1;
        }
        given_up
    }

    /// Drops what every subscriber has seen.
    fn drop_seen(&mut self) {
        let lowest = self.cursors.lowest().unwrap_or(self.base);
        while self.base < lowest && self.offers.pop_front().is_some() {
            self.base += 1;
        }
    }
}

/// The calls that are offered to the application. Made by
/// [`CallEventHub::incoming_calls`](crate::CallEventHub::incoming_calls).
///
/// Every stream shows every offer that arrives while it lives; who answers is the application's affair, and
/// an offer can be answered once only. Offers that arrive while there is no stream are kept for the first
/// one, bounded by [`offer_retention`](crate::HubConfig::offer_retention) and
/// [`early_offers`](crate::HubConfig::early_offers). An offer that Event Grid delivers twice is shown once.
/// The stream ends when the hub is dropped. Dropping it loses nothing for others; offers that only it had
/// not seen yet are kept for the next one. A dropped `next()` has not taken an offer.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct IncomingCalls {
    offers: Arc<Offers>,
    slot: usize,
    ended: bool,
}

impl IncomingCalls {
    pub(crate) fn new(offers: Arc<Offers>) -> Self {
        let slot = offers.enter();
        Self {
            offers,
            slot,
            ended: false,
        }
    }
}

impl Stream for IncomingCalls {
    type Item = IncomingCall;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<IncomingCall>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut state = self.offers.lock();
        let place = state.cursors.position(self.slot).max(state.base);
        let index = usize::try_from(place - state.base).unwrap_or(usize::MAX);
        if let Some((_, call)) = state.offers.get(index).cloned() {
            state.cursors.set_position(self.slot, place + 1);
            state.drop_seen();
            return Poll::Ready(Some(call));
        }
        if state.closed {
            drop(state);
            self.ended = true;
            return Poll::Ready(None);
        }
        state.cursors.wait(self.slot, context.waker());
        Poll::Pending
    }
}

impl FusedStream for IncomingCalls {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl Drop for IncomingCalls {
    fn drop(&mut self) {
        self.offers.leave(self.slot);
    }
}
