//! The log of one call: stored once, read by every subscriber through a cursor of its own.
//!
//! # When a call is over
//!
//! `CallDisconnected` ends the log of a call that was connected. A call that never was ends with two events,
//! `CallDisconnected` and `CreateCallFailed` (or its siblings), in either order; its log ends with the second
//! of them, or [`linger`](crate::HubConfig::linger) after the first when no second one comes. What arrives
//! behind the end is kept, because an outcome may still be decided by it, but streams do not show it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::config::HubConfig;
use super::cursors::Cursors;
use super::key::LogKey;
use super::store::Store;
use crate::CallEvent;
use crate::data::EventData;
use crate::event::{CallIds, EventId};

/// From how many events on ids are looked up in a set.
const SCAN: usize = 16;

#[derive(Debug)]
pub(crate) struct CallLog {
    key: LogKey,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    events: Store,
    /// The ids of all events, once there are too many to look through.
    #[expect(
        clippy::box_collection,
        reason = "most logs have none, and there may be a million of them"
    )]
    seen: Option<Box<HashSet<EventId>>>,
    cursors: Cursors,
    roster: Option<Roster>,
    life: Life,
    /// When the log was made; tells it from a later one of the same call.
    created: Instant,
    last_event: Instant,
    claimed: bool,
    /// Whether events that all have read are to be kept in few bytes.
    compact: bool,
    /// Taken out of the registry; nothing may be appended.
    gone: bool,
    /// The hub is no more, or does not know the call any more.
    closed: Option<Closed>,
}

/// The newest roster by sequence number.
#[derive(Debug)]
struct Roster {
    position: u64,
    number: i32,
    /// The event, once the log has let go of it.
    kept: Option<CallEvent>,
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
    /// What has come of the end; most calls of a hub have not come to it.
    ending: Option<Box<Ending>>,
}

#[derive(Debug, Default)]
struct Ending {
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
                let ending = self.ending.get_or_insert_default();
                ending.disconnected.get_or_insert_with(|| (now, event.clone()));
            }
            EventData::CreateCallFailed(_) | EventData::AnswerFailed(_) | EventData::ConnectFailed(_) => {
                self.ending.get_or_insert_default().failed_at.get_or_insert(now);
            }
            _ => {}
        }
    }

    fn disconnected(&self) -> Option<&(Instant, CallEvent)> {
        self.ending.as_ref()?.disconnected.as_ref()
    }

    fn disconnected_at(&self) -> Option<Instant> {
        self.disconnected().map(|(at, _)| *at)
    }

    fn failed_at(&self) -> Option<Instant> {
        self.ending.as_ref()?.failed_at
    }

    fn end(&self) -> Option<u64> {
        self.ending.as_ref()?.end
    }

    fn end_at(&mut self, position: u64) {
        self.ending.get_or_insert_default().end = Some(position);
    }

    fn is_over(&self) -> bool {
        self.disconnected().is_some() && (self.connected || self.failed_at().is_some())
    }

    fn is_ending(&self) -> bool {
        self.disconnected().is_some() || self.failed_at().is_some()
    }

    /// When the log ends without a further event, if it has begun to end.
    fn due(&self, linger: Duration) -> Option<Instant> {
        if self.end().is_some() {
            return None;
        }
        self.disconnected_at().or(self.failed_at())?.checked_add(linger)
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
    pub(crate) fn new(key: LogKey, now: Instant) -> Self {
        Self {
            key,
            state: Mutex::new(State {
                events: Store::default(),
                seen: None,
                cursors: Cursors::default(),
                roster: None,
                life: Life::default(),
                created: now,
                last_event: now,
                claimed: false,
                compact: false,
                gone: false,
                closed: None,
            }),
        }
    }

    /// The log of a call that was released already.
    pub(crate) fn released(key: LogKey, now: Instant) -> Self {
        let log = Self::new(key, now);
        {
            let mut state = log.lock();
            state.gone = true;
            state.closed = Some(Closed::Released);
            state.life.end_at(0);
        }
        log
    }

    pub(crate) fn key(&self) -> &LogKey {
        &self.key
    }

    /// The ids that the next event of the call will most likely have.
    pub(crate) fn known_ids(&self) -> Option<Arc<CallIds>> {
        if let Some(ids) = self.lock().events.ids() {
            return Some(Arc::clone(ids));
        }
        match &self.key {
            LogKey::Call(id) => Some(Arc::new(CallIds {
                call_connection_id: Some(id.clone()),
                ..CallIds::default()
            })),
            LogKey::Recording(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that may panic runs under the lock; should it ever, the state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event and wakes all who wait.
    pub(crate) fn append(
        &self,
        mut event: CallEvent,
        now: Instant,
        config: &HubConfig,
        compact: bool,
    ) -> Append {
        let mut state = self.lock();
        if state.gone {
            return Append::Gone(event);
        }
        if state.has_seen(&event) {
            return Append::Duplicate;
        }
        state.close_if_due(now, config.linger);
        if let Some(ids) = state.events.ids() {
            event.share_ids(ids);
        }
        let was_ending = state.life.is_ending();
        state.life.note(&event, now);
        state.last_event = now;
        state.compact = compact;
        state.note_roster(&event);
        if let Some(seen) = &mut state.seen {
            seen.insert(event.event_id().clone());
        }
        state.events.push(event);
        if state.life.end().is_none() && state.life.is_over() {
            let tail = state.events.tail();
            state.life.end_at(tail);
        }
        let ending = !was_ending && state.life.is_ending();
        let (early_given_up, trimmed) = state.keep_bounds(config);
        let lagging = state.falls_behind(config.lagging_after);
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
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
        let place = state.cursors.position(slot).max(state.events.base());
        if reader == Reader::Stream {
            if place == state.events.tail() {
                state.close_if_due(Instant::now(), linger);
            }
            if state.life.end().is_some_and(|end| place >= end) {
                return Next::End;
            }
        }
        if let Some(event) = state.events.read(place) {
            state.cursors.set_position(slot, place + 1);
            return Next::Event(event);
        }
        if let Some(closed) = state.closed {
            return Next::Closed(closed);
        }
        state.cursors.wait(slot, context.waker());
        if state.compact && state.cursors.lowest() == Some(state.events.tail()) {
            state.events.pack();
        }
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
        let position = position.unwrap_or(0).max(state.events.base());
        state.cursors.enter(position)
    }

    pub(crate) fn move_to(&self, slot: usize, position: u64) {
        let mut state = self.lock();
        let position = position.max(state.events.base());
        state.cursors.set_position(slot, position);
    }

    pub(crate) fn leave(&self, slot: usize) {
        self.lock().cursors.leave(slot);
    }

    /// The position behind the newest event.
    pub(crate) fn tail(&self) -> u64 {
        self.lock().events.tail()
    }

    /// The event that ended the call.
    pub(crate) fn ended_by(&self) -> Option<CallEvent> {
        self.lock().life.disconnected().map(|(_, event)| event.clone())
    }

    pub(crate) fn roster(&self) -> Option<(u64, CallEvent)> {
        let state = self.lock();
        let roster = state.roster.as_ref()?;
        let event = match &roster.kept {
            Some(event) => event.clone(),
            None => state.events.at(roster.position)?,
        };
        Some((roster.position, event))
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
        wakers.wake();
        Some(look)
    }

    /// The hub is no more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.closed.get_or_insert(Closed::Hub);
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
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

    fn close_if_due(&mut self, now: Instant, linger: Duration) {
        if self.life.due(linger).is_some_and(|due| due <= now) {
            let tail = self.events.tail();
            self.life.end_at(tail);
        }
    }

    fn has_seen(&mut self, event: &CallEvent) -> bool {
        if self.seen.is_none() && self.events.len() >= SCAN {
            self.seen = Some(Box::new(self.events.event_ids().collect()));
        }
        match &self.seen {
            Some(seen) => seen.contains(event.event_id()),
            None => self.events.has(event.event_id()),
        }
    }

    fn note_roster(&mut self, event: &CallEvent) {
        let EventData::ParticipantsUpdated(update) = event.data() else {
            return;
        };
        let number = update.sequence_number;
        if self.roster.as_ref().is_none_or(|newest| number > newest.number) {
            self.roster = Some(Roster {
                position: self.events.tail(),
                number,
                kept: None,
            });
        }
    }

    /// Gives up what is more than may be kept: how many because nobody listens, how many of a long call.
    fn keep_bounds(&mut self, config: &HubConfig) -> (usize, usize) {
        let mut dropped = 0;
        if self.claimed {
            let unread = self.cursors.lowest().unwrap_or(u64::MAX);
            while self.events.len() > config.events_per_call && self.events.base() < unread {
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
                .is_some_and(|lowest| self.events.tail() - lowest == lagging_after as u64 + 1)
    }

    fn drop_first(&mut self) {
        // Ids of events that are gone must still be known.
        if self.seen.is_none() {
            self.seen = Some(Box::new(self.events.event_ids().collect()));
        }
        let position = self.events.base();
        let event = self.events.pop();
        if let Some(roster) = &mut self.roster
            && roster.position == position
        {
            roster.kept = event;
        }
    }
}
