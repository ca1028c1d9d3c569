//! The logs of all calls: found by id, made on demand, released when nothing needs them any more.
//!
//! The map is split into shards, so that calls do not wait for each other; work on a log is done without
//! its shard's lock. Expiry has no task of its own: every look-up settles what is due at the front of the
//! shard's queues, which costs the same whatever the number of calls.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hashbrown::HashTable;
use tokio::time::Instant;

use super::config::HubConfig;
use super::key::{LogKey, LogKeyRef};
use super::log::{Append, CallLog, Look};
use super::stats::{Counters, Striped};
use crate::event::Envelope;
use crate::{CallEvent, Delivery};

const SHARDS: usize = 64;

/// How many due entries a look-up settles at most, so that none pays for all.
const SETTLE: usize = 4;

#[derive(Debug)]
struct Shard {
    /// By the hash of their keys, which stand in the logs: with a million calls, a copy of each would count.
    logs: HashTable<Arc<CallLog>>,
    /// Logs by the time they were made for an event that nobody waited for.
    unclaimed: VecDeque<(Instant, LogKey)>,
    /// Logs by the time their call began to end.
    ended: VecDeque<(Instant, LogKey)>,
    /// Calls that ended and were released.
    released: VecDeque<LogKey>,
    released_set: HashSet<LogKey>,
    /// `None` is never.
    next_idle_look: Option<Instant>,
}

impl Shard {
    fn find(&self, hash: u64, key: LogKeyRef<'_>) -> Option<&Arc<CallLog>> {
        self.logs.find(hash, |log| log.key().borrow() == key)
    }
}

#[derive(Debug)]
pub(crate) struct Registry {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    unclaimed: AtomicUsize,
    open: AtomicUsize,
    pub(crate) config: HubConfig,
    pub(crate) counters: Counters,
    /// Events that were put into a log, by shard.
    pub(crate) accepted: Striped,
}

impl Registry {
    pub(crate) fn new(config: HubConfig) -> Self {
        let next_idle_look = Instant::now().checked_add(config.idle_retention / 4);
        let shards = (0..SHARDS)
            .map(|_| {
                Mutex::new(Shard {
                    logs: HashTable::new(),
                    unclaimed: VecDeque::new(),
                    ended: VecDeque::new(),
                    released: VecDeque::new(),
                    released_set: HashSet::new(),
                    next_idle_look,
                })
            })
            .collect();
        Self {
            shards,
            hasher: RandomState::new(),
            unclaimed: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            config,
            counters: Counters::default(),
            accepted: Striped::new(SHARDS),
        }
    }

    fn hash(&self, key: LogKeyRef<'_>) -> u64 {
        self.hasher.hash_one(key)
    }

    /// The shard of a hash. The tables within a shard go by the low bits, so the high ones are taken here.
    fn number(&self, hash: u64) -> usize {
        let shards = self.shards.len() as u64;
        usize::try_from((hash >> 32) % shards).unwrap_or(0)
    }

    fn shard(&self, number: usize) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(number)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts an event that was just read into the log of its call. The ids that the log knows already are
    /// not copied again.
    pub(crate) fn receive(&self, envelope: &mut Envelope<'_>, text: &str) -> Delivery {
        let Some(key) = envelope.log_key() else {
            return self.publish(envelope.take_event(text, None));
        };
        let now = Instant::now();
        let hash = self.hash(key);
        let found = self.find(hash, key, now);
        let known = found.as_ref().and_then(|log| log.known_ids());
        let event = envelope.take_event(text, known.as_ref());
        self.append(hash, event, found, now)
    }

    /// Puts an event into the log of its call.
    pub(crate) fn publish(&self, event: CallEvent) -> Delivery {
        let Some(key) = LogKeyRef::of_event(&event) else {
            self.counters.unroutable.count();
            tracing::warn!(
                id = event.id(),
                event_type = event.event_type(),
                "event without call connection id"
            );
            return Delivery::Unroutable;
        };
        let hash = self.hash(key);
        self.append(hash, event, None, Instant::now())
    }

    /// Appends to the log that was found, or to the one that there is now.
    fn append(
        &self,
        hash: u64,
        mut event: CallEvent,
        mut found: Option<Arc<CallLog>>,
        now: Instant,
    ) -> Delivery {
        loop {
            let Some(log) = found.take().or_else(|| self.log_for_event(hash, &event, now)) else {
                self.counters.late.count();
                tracing::debug!(
                    call = ?event.call_connection_id(),
                    id = event.id(),
                    "event of a call that was released"
                );
                return Delivery::Late;
            };
            let compact = self.open.load(Ordering::Relaxed) > self.config.compact_above;
            match log.append(event, now, &self.config, compact) {
                Append::Accepted {
                    ending,
                    early_given_up,
                    trimmed,
                    lagging,
                } => {
                    let key = log.key();
                    let number = self.number(hash);
                    self.accepted.count(number);
                    self.counters.accepted.tell();
                    if early_given_up > 0 {
                        self.counters.early_events_given_up.add(early_given_up);
                        tracing::warn!(?key, early_given_up, "nobody listens to a call with many events");
                    }
                    self.counters.trimmed.add(trimmed);
                    if lagging {
                        self.counters.lagging.count();
                        tracing::warn!(?key, "a subscriber is far behind");
                    }
                    if ending && let Some(mut shard) = self.shard(number) {
                        shard.ended.push_back((now, key.clone()));
                    }
                    self.keep_unclaimed_bound(number);
                    return Delivery::Accepted;
                }
                Append::Duplicate => {
                    self.counters.duplicates.count();
                    return Delivery::Duplicate;
                }
                Append::Gone(back) => event = back,
            }
        }
    }

    /// The log of that key, where there is one.
    fn find(&self, hash: u64, key: LogKeyRef<'_>, now: Instant) -> Option<Arc<CallLog>> {
        let mut shard = self.shard(self.number(hash))?;
        self.settle(&mut shard, now, SETTLE);
        shard.find(hash, key).cloned()
    }

    /// The log that an event belongs to; `None` when its call was released.
    fn log_for_event(&self, hash: u64, event: &CallEvent, now: Instant) -> Option<Arc<CallLog>> {
        let key = LogKey::of(event)?;
        let mut shard = self.shard(self.number(hash))?;
        self.settle(&mut shard, now, SETTLE);
        if let Some(log) = shard.find(hash, key.borrow()) {
            return Some(Arc::clone(log));
        }
        if shard.released_set.contains(&key) {
            return None;
        }
        let log = self.insert(&mut shard, hash, CallLog::new(key, now));
        shard.unclaimed.push_back((now, log.key().clone()));
        self.unclaimed.fetch_add(1, Ordering::Relaxed);
        Some(log)
    }

    fn insert(&self, shard: &mut Shard, hash: u64, log: CallLog) -> Arc<CallLog> {
        let log = Arc::new(log);
        shard
            .logs
            .insert_unique(hash, Arc::clone(&log), |log| self.hash(log.key().borrow()));
        self.open.fetch_add(1, Ordering::Relaxed);
        log
    }

    /// The log that somebody wants to listen to, with the place taken there.
    pub(crate) fn enter(&self, key: LogKey, position: Option<u64>) -> (Arc<CallLog>, usize) {
        let now = Instant::now();
        let hash = self.hash(key.borrow());
        let Some(mut shard) = self.shard(self.number(hash)) else {
            return enter_released(key, now);
        };
        self.settle(&mut shard, now, SETTLE);
        if let Some(log) = shard.find(hash, key.borrow()).map(Arc::clone) {
            self.note_claim(&mut shard, log.claim(), &log, now);
            let slot = log.enter(position);
            return (log, slot);
        }
        if shard.released_set.contains(&key) {
            return enter_released(key, now);
        }
        let log = self.insert(&mut shard, hash, CallLog::new(key, now));
        log.claim();
        let slot = log.enter(position);
        (log, slot)
    }

    /// The log if there is one. Whoever looks at it cares for it, so it counts as listened to.
    pub(crate) fn look_at(&self, key: &LogKey) -> Option<Arc<CallLog>> {
        let hash = self.hash(key.borrow());
        let mut shard = self.shard(self.number(hash))?;
        let log = shard.find(hash, key.borrow()).map(Arc::clone)?;
        self.note_claim(&mut shard, log.claim(), &log, Instant::now());
        Some(log)
    }

    fn note_claim(&self, shard: &mut Shard, newly: bool, log: &CallLog, now: Instant) {
        if !newly {
            return;
        }
        self.unclaimed.fetch_sub(1, Ordering::Relaxed);
        if log.look().ending {
            // It was passed over when its grace period ended unclaimed, or may yet be.
            shard.ended.push_back((now, log.key().clone()));
        }
    }

    /// Releases what is due, everywhere.
    pub(crate) fn sweep(&self, now: Instant) {
        for number in 0..self.shards.len() {
            if let Some(mut shard) = self.shard(number) {
                self.settle(&mut shard, now, usize::MAX);
                self.release_idle(&mut shard, now);
            }
        }
    }

    /// Counts of what is kept: all logs, and those that nobody listened to.
    pub(crate) fn open(&self) -> (usize, usize) {
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        (load(&self.open), load(&self.unclaimed))
    }

    fn settle(&self, shard: &mut Shard, now: Instant, at_most: usize) {
        for _ in 0..at_most {
            if !due(shard.unclaimed.front(), self.config.early_retention, now) {
                break;
            }
            self.give_up_oldest_unclaimed(shard);
        }
        for _ in 0..at_most {
            if !due(
                shard.ended.front(),
                self.config.grace.max(self.config.linger),
                now,
            ) {
                break;
            }
            if let Some((_, key)) = shard.ended.pop_front() {
                self.release(shard, &key, |look| look.claimed && look.ending);
            }
        }
        if shard.next_idle_look.is_some_and(|at| at <= now) {
            self.release_idle(shard, now);
        }
    }

    fn release(&self, shard: &mut Shard, key: &LogKey, when: impl FnOnce(Look) -> bool) -> Option<Look> {
        let hash = self.hash(key.borrow());
        let look = shard.find(hash, key.borrow())?.retire(when)?;
        if let Ok(entry) = shard.logs.find_entry(hash, |log| log.key() == key) {
            entry.remove();
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        if look.ending {
            self.counters.released.count();
            if shard.released_set.insert(key.clone()) {
                shard.released.push_back(key.clone());
            }
            while shard.released.len() > self.config.remembered_calls.div_ceil(SHARDS) {
                if let Some(oldest) = shard.released.pop_front() {
                    shard.released_set.remove(&oldest);
                }
            }
        }
        Some(look)
    }

    /// Takes the front of the queue; `true` when a log was given up.
    fn give_up_oldest_unclaimed(&self, shard: &mut Shard) -> bool {
        let Some((created, key)) = shard.unclaimed.pop_front() else {
            return false;
        };
        let Some(look) = self.release(shard, &key, |look| !look.claimed && look.created == created) else {
            return false;
        };
        self.unclaimed.fetch_sub(1, Ordering::Relaxed);
        self.counters.unclaimed_calls_given_up.count();
        self.counters.unclaimed_events_given_up.add(look.events);
        tracing::warn!(
            ?key,
            events = look.events,
            "nobody listened to a call; its events are given up"
        );
        true
    }

    fn keep_unclaimed_bound(&self, start: usize) {
        let over =
            |registry: &Self| registry.unclaimed.load(Ordering::Relaxed) > registry.config.unclaimed_calls;
        if !over(self) {
            return;
        }
        // The shard of the newcomer comes last: of its own queue, the newcomer may be all there is.
        for step in 1..=self.shards.len() {
            let number = (start + step) % self.shards.len();
            while over(self) {
                let Some(mut shard) = self.shard(number) else {
                    break;
                };
                if shard.unclaimed.is_empty() {
                    break;
                }
                self.give_up_oldest_unclaimed(&mut shard);
            }
        }
    }

    fn release_idle(&self, shard: &mut Shard, now: Instant) {
        shard.next_idle_look = now.checked_add(self.config.idle_retention / 4);
        let retention = self.config.idle_retention;
        let idle = |look: Look| look.claimed && !look.watched && has_passed(look.last_event, retention, now);
        let keys: Vec<LogKey> = shard
            .logs
            .iter()
            .filter(|log| idle(log.look()))
            .map(|log| log.key().clone())
            .collect();
        for key in keys {
            if self.release(shard, &key, idle).is_some_and(|look| !look.ending) {
                self.counters.idle_calls_given_up.count();
                tracing::warn!(?key, "a call that never ended and has no listener is given up");
            }
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.logs.iter().for_each(|log| log.close());
        }
    }
}

fn due(front: Option<&(Instant, LogKey)>, after: Duration, now: Instant) -> bool {
    front.is_some_and(|(at, _)| has_passed(*at, after, now))
}

fn has_passed(at: Instant, after: Duration, now: Instant) -> bool {
    now.saturating_duration_since(at) >= after
}

fn enter_released(key: LogKey, now: Instant) -> (Arc<CallLog>, usize) {
    let log = Arc::new(CallLog::released(key, now));
    let slot = log.enter(None);
    (log, slot)
}
