//! The log of one call: stored once, read by every subscriber through a cursor of its own.
//!
//! # When a call is over
//!
//! `CallDisconnected` ends the log of a call that was connected. A call that never was ends with two events,
//! `CallDisconnected` and `CreateCallFailed` (or its siblings), in either order; its log ends with the second
//! of them, or [`linger`](crate::HubConfig::linger) after the first when no second one comes. What arrives
//! behind the end is kept, because an outcome may still be decided by it, but streams do not show it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::config::HubConfig;
use super::cursors::Cursors;
use crate::CallEvent;
use crate::data::EventData;

/// From how many events on ids are looked up in a set.
const SCAN: usize = 16;

#[derive(Debug)]
pub(crate) struct CallLog {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The events from position `base` on.
    events: VecDeque<CallEvent>,
    base: u64,
    /// The ids of all events, once there are too many to look through.
    #[expect(
        clippy::box_collection,
        reason = "most logs have none, and there may be a million of them"
    )]
    seen: Option<Box<HashSet<Arc<str>>>>,
    cursors: Cursors,
    /// The newest roster by sequence number, with its position.
    roster: Option<(u64, CallEvent)>,
    life: Life,
    /// When the log was made; tells it from a later one of the same call.
    created: Instant,
    last_event: Instant,
    claimed: bool,
    /// Taken out of the registry; nothing may be appended.
    gone: bool,
    /// The hub is no more, or does not know the call any more.
    closed: Option<Closed>,
}

/// Why nothing will ever be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The hub is no more.
    Hub,
    /// The call ended long ago.
    Released,
}

#[derive(Debug, Default)]
struct Life {
    connected: bool,
    /// The first `CallDisconnected`, and when it came.
    disconnected: Option<(Instant, CallEvent)>,
    failed_at: Option<Instant>,
    /// The position behind the last event that streams show.
    end: Option<u64>,
}

impl Life {
    fn note(&mut self, event: &CallEvent, now: Instant) {
        match event.data() {
            EventData::CallConnected(_) => self.connected = true,
            EventData::CallDisconnected(_) => {
                self.disconnected.get_or_insert_with(|| (now, event.clone()));
            }
            EventData::CreateCallFailed(_) | EventData::AnswerFailed(_) | EventData::ConnectFailed(_) => {
                self.failed_at.get_or_insert(now);
            }
            _ => {}
        }
    }

    fn disconnected_at(&self) -> Option<Instant> {
        self.disconnected.as_ref().map(|(at, _)| *at)
    }

    fn is_over(&self) -> bool {
        self.disconnected.is_some() && (self.connected || self.failed_at.is_some())
    }

    fn is_ending(&self) -> bool {
        self.disconnected.is_some() || self.failed_at.is_some()
    }

    /// When the log ends without a further event, if it has begun to end.
    fn due(&self, linger: Duration) -> Option<Instant> {
        if self.end.is_some() {
            return None;
        }
        self.disconnected_at().or(self.failed_at)?.checked_add(linger)
    }
}

/// What became of an event.
#[derive(Debug)]
pub(crate) enum Append {
    Accepted {
        /// The call begins to end with it.
        ending: bool,
        /// Given up because nobody listens.
        early_given_up: usize,
        /// Not there for later subscribers.
        trimmed: usize,
        /// The slowest subscriber has just fallen behind by more than it should.
        lagging: bool,
    },
    Duplicate,
    /// The log was taken out of the registry meanwhile; look it up anew.
    Gone(CallEvent),
}

/// What a subscriber finds at its place.
#[derive(Debug)]
pub(crate) enum Next {
    Event(CallEvent),
    /// Streams only: the call is over.
    End,
    Closed(Closed),
    /// Nothing yet, and the waker is kept. Look again at that time, if one is given.
    Wait(Option<Instant>),
}

/// Which end a reader goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The end that streams show.
    Stream,
    /// Reads on behind it; is told when the call has been disconnected for the linger time.
    Outcome,
}

/// What is to be done with a log when the registry looks at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) claimed: bool,
    pub(crate) ending: bool,
    pub(crate) watched: bool,
    pub(crate) events: usize,
    pub(crate) created: Instant,
    pub(crate) last_event: Instant,
}

impl CallLog {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            state: Mutex::new(State {
                events: VecDeque::new(),
                base: 0,
                seen: None,
                cursors: Cursors::default(),
                roster: None,
                life: Life::default(),
                created: now,
                last_event: now,
                claimed: false,
                gone: false,
                closed: None,
            }),
        }
    }

    /// The log of a call that was released already.
    pub(crate) fn released(now: Instant) -> Self {
        let log = Self::new(now);
        {
            let mut state = log.lock();
            state.gone = true;
            state.closed = Some(Closed::Released);
            state.life.end = Some(0);
        }
        log
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that may panic runs under the lock; should it ever, the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event and wakes all who wait.
    pub(crate) fn append(&self, mut event: CallEvent, now: Instant, config: &HubConfig) -> Append {
        let mut state = self.lock();
        if state.gone {
            return Append::Gone(event);
        }
        if state.has_seen(&event) {
            return Append::Duplicate;
        }
        state.close_if_due(now, config.linger);
        if let Some(first) = state.events.front() {
            event.share_texts(first);
        }
        let was_ending = state.life.is_ending();
        state.life.note(&event, now);
        state.last_event = now;
        state.note_roster(&event);
        if let Some(seen) = &mut state.seen {
            seen.insert(event.shared_id());
        }
        state.events.push_back(event);
        if state.life.end.is_none() && state.life.is_over() {
            state.life.end = Some(state.tail());
        }
        let ending = !was_ending && state.life.is_ending();
        let (early_given_up, trimmed) = state.keep_bounds(config);
        let lagging = state.falls_behind(config.lagging_after);
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        Append::Accepted {
            ending,
            early_given_up,
            trimmed,
            lagging,
        }
    }

    /// Reads on at a place.
    pub(crate) fn poll(
        &self,
        slot: usize,
        reader: Reader,
        linger: Duration,
        context: &mut Context<'_>,
    ) -> Next {
        let mut state = self.lock();
        let place = state.cursors.position(slot).max(state.base);
        if reader == Reader::Stream {
            if place == state.tail() {
                state.close_if_due(Instant::now(), linger);
            }
            if state.life.end.is_some_and(|end| place >= end) {
                return Next::End;
            }
        }
        if let Some(event) = state.at(place).cloned() {
            state.cursors.set_position(slot, place + 1);
            return Next::Event(event);
        }
        if let Some(closed) = state.closed {
            return Next::Closed(closed);
        }
        state.cursors.wait(slot, context.waker());
        Next::Wait(match reader {
            Reader::Stream => state.life.due(linger),
            Reader::Outcome => state.life.disconnected_at().and_then(|at| at.checked_add(linger)),
        })
    }

    /// Counts the log as listened to. Tells whether it was not before.
    pub(crate) fn claim(&self) -> bool {
        !std::mem::replace(&mut self.lock().claimed, true)
    }

    /// Takes a place at a position, or at the beginning of what is kept.
    pub(crate) fn enter(&self, position: Option<u64>) -> usize {
        let mut state = self.lock();
        let position = position.unwrap_or(0).max(state.base);
        state.cursors.enter(position)
    }

    pub(crate) fn move_to(&self, slot: usize, position: u64) {
        let mut state = self.lock();
        let position = position.max(state.base);
        state.cursors.set_position(slot, position);
    }

    pub(crate) fn leave(&self, slot: usize) {
        self.lock().cursors.leave(slot);
    }

    /// The position behind the newest event.
    pub(crate) fn tail(&self) -> u64 {
        self.lock().tail()
    }

    /// The event that ended the call.
    pub(crate) fn ended_by(&self) -> Option<CallEvent> {
        self.lock()
            .life
            .disconnected
            .as_ref()
            .map(|(_, event)| event.clone())
    }

    pub(crate) fn roster(&self) -> Option<(u64, CallEvent)> {
        self.lock().roster.clone()
    }

    pub(crate) fn look(&self) -> Look {
        self.lock().look()
    }

    /// Marks the log as taken out of the registry when `retire` says so. Those who hold it read on to its
    /// end.
    pub(crate) fn retire(&self, retire: impl FnOnce(Look) -> bool) -> Option<Look> {
        let mut state = self.lock();
        let look = state.look();
        if !retire(look) {
            return None;
        }
        state.gone = true;
        state.closed.get_or_insert(Closed::Released);
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        Some(look)
    }

    /// The hub is no more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.closed.get_or_insert(Closed::Hub);
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl State {
    fn look(&self) -> Look {
        Look {
            claimed: self.claimed,
            ending: self.life.is_ending(),
            watched: !self.cursors.is_empty(),
            events: self.events.len(),
            created: self.created,
            last_event: self.last_event,
        }
    }

    fn tail(&self) -> u64 {
        self.base + self.events.len() as u64
    }

    fn at(&self, position: u64) -> Option<&CallEvent> {
        let index = usize::try_from(position.checked_sub(self.base)?).ok()?;
        self.events.get(index)
    }

    fn close_if_due(&mut self, now: Instant, linger: Duration) {
        if self.life.due(linger).is_some_and(|due| due <= now) {
            self.life.end = Some(self.tail());
        }
    }

    fn has_seen(&mut self, event: &CallEvent) -> bool {
        if self.seen.is_none() && self.events.len() >= SCAN {
            let ids = self.events.iter().map(CallEvent::shared_id).collect();
            self.seen = Some(Box::new(ids));
        }
        match &self.seen {
            Some(seen) => seen.contains(event.id()),
            None => self.events.iter().any(|known| known.id() == event.id()),
        }
    }

    fn note_roster(&mut self, event: &CallEvent) {
        let EventData::ParticipantsUpdated(update) = event.data() else {
            return;
        };
        let newest = self.roster.as_ref().and_then(|(_, event)| match event.data() {
            EventData::ParticipantsUpdated(update) => Some(update.sequence_number),
            _ => None,
        });
        if newest.is_none_or(|newest| update.sequence_number > newest) {
            self.roster = Some((self.tail(), event.clone()));
        }
    }

    /// Gives up what is more than may be kept: how many because nobody listens, how many of a long call.
    fn keep_bounds(&mut self, config: &HubConfig) -> (usize, usize) {
        let mut dropped = 0;
        if self.claimed {
            let unread = self.cursors.lowest().unwrap_or(u64::MAX);
            while self.events.len() > config.events_per_call && self.base < unread {
                self.drop_first();
                dropped += 1;
            }
            (0, dropped)
        } else {
            while self.events.len() > config.early_events_per_call {
                self.drop_first();
                dropped += 1;
            }
            (dropped, 0)
        }
    }

    /// Whether the slowest subscriber is, with the newest event, just one more behind than it should be.
    fn falls_behind(&self, lagging_after: usize) -> bool {
        self.events.len() > lagging_after
            && self
                .cursors
                .lowest()
                .is_some_and(|lowest| self.tail() - lowest == lagging_after as u64 + 1)
    }

    fn drop_first(&mut self) {
        // Ids of events that are gone must still be known.
        if self.seen.is_none() {
            let ids = self.events.iter().map(CallEvent::shared_id).collect();
            self.seen = Some(Box::new(ids));
        }
        self.events.pop_front();
        self.base += 1;
    }
}
