//! The logs of all calls: found by id, made on demand, released when nothing needs them any more.
//!
//! The map is split into shards, so that calls do not wait for each other; work on a log is done without
//! its shard's lock. Expiry has no task of its own: every look-up settles what is due at the front of the
//! shard's queues, which costs the same whatever the number of calls.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_common::{CallConnectionId, RecordingId};
use tokio::time::Instant;

use super::config::HubConfig;
use super::log::{Append, CallLog, Look};
use super::stats::Counters;
use crate::data::EventData;
use crate::{CallEvent, Delivery};

const SHARDS: usize = 64;

/// How many due entries a look-up settles at most, so that none pays for all.
const SETTLE: usize = 4;

/// What a log is kept for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    unreachable_pub,
    reason = "named by a sealed trait, whose items count as public"
)]
pub enum LogKey {
    /// A leg.
    Call(CallConnectionId),
    /// The events of a recording carry the recorder's call connection id, which nobody waits for.
    Recording(RecordingId),
}

impl LogKey {
    pub(crate) fn of(event: &CallEvent) -> Option<Self> {
        let recording = match event.data() {
            EventData::RecordingStateChanged(data) => data.recording_id.clone(),
            EventData::StartRecordingFailed(data) => data.recording_id.clone(),
            _ => None,
        };
        recording
            .map(Self::Recording)
            .or_else(|| event.call_connection_id().cloned().map(Self::Call))
    }
}

#[derive(Debug)]
struct Shard {
    logs: HashMap<LogKey, Arc<CallLog>>,
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

#[derive(Debug)]
pub(crate) struct Registry {
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    unclaimed: AtomicUsize,
    pub(crate) config: HubConfig,
    pub(crate) counters: Counters,
}

impl Registry {
    pub(crate) fn new(config: HubConfig) -> Self {
        let next_idle_look = Instant::now().checked_add(config.idle_retention / 4);
        let shards = (0..SHARDS)
            .map(|_| {
                Mutex::new(Shard {
                    logs: HashMap::new(),
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
            config,
            counters: Counters::default(),
        }
    }

    fn number(&self, key: &LogKey) -> usize {
        let shards = self.shards.len() as u64;
        usize::try_from(self.hasher.hash_one(key) % shards).unwrap_or(0)
    }

    fn shard(&self, number: usize) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(number)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts an event into the log of its call.
    pub(crate) fn publish(&self, mut event: CallEvent) -> Delivery {
        let Some(key) = LogKey::of(&event) else {
            self.counters.unroutable.count();
            tracing::warn!(
                id = event.id(),
                event_type = event.event_type(),
                "event without call connection id"
            );
            return Delivery::Unroutable;
        };
        let number = self.number(&key);
        let now = Instant::now();
        loop {
            let Some(log) = self.log_for_event(number, &key, now) else {
                self.counters.late.count();
                tracing::debug!(?key, id = event.id(), "event of a call that was released");
                return Delivery::Late;
            };
            match log.append(event, now, &self.config) {
                Append::Accepted {
                    ending,
                    early_given_up,
                    trimmed,
                    lagging,
                } => {
                    self.counters.accepted.count();
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
                        shard.ended.push_back((now, key));
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

    /// The log that an event belongs to; `None` when its call was released.
    fn log_for_event(&self, number: usize, key: &LogKey, now: Instant) -> Option<Arc<CallLog>> {
        let mut shard = self.shard(number)?;
        self.settle(&mut shard, now, SETTLE);
        if let Some(log) = shard.logs.get(key) {
            return Some(Arc::clone(log));
        }
        if shard.released_set.contains(key) {
            return None;
        }
        let log = Arc::new(CallLog::new(now));
        shard.logs.insert(key.clone(), Arc::clone(&log));
        shard.unclaimed.push_back((now, key.clone()));
        self.unclaimed.fetch_add(1, Ordering::Relaxed);
        Some(log)
    }

    /// The log that somebody wants to listen to, with the place taken there.
    pub(crate) fn enter(&self, key: &LogKey, position: Option<u64>) -> (Arc<CallLog>, usize) {
        let now = Instant::now();
        let number = self.number(key);
        let Some(mut shard) = self.shard(number) else {
            return enter_released(now);
        };
        self.settle(&mut shard, now, SETTLE);
        if let Some(log) = shard.logs.get(key).map(Arc::clone) {
            self.note_claim(&mut shard, key, log.claim(), &log, now);
            let slot = log.enter(position);
            return (log, slot);
        }
        if shard.released_set.contains(key) {
            return enter_released(now);
        }
        let log = Arc::new(CallLog::new(now));
        log.claim();
        let slot = log.enter(position);
        shard.logs.insert(key.clone(), Arc::clone(&log));
        (log, slot)
    }

    /// The log if there is one. Whoever looks at it cares for it, so it counts as listened to.
    pub(crate) fn look_at(&self, key: &LogKey) -> Option<Arc<CallLog>> {
        let mut shard = self.shard(self.number(key))?;
        let log = shard.logs.get(key).map(Arc::clone)?;
        self.note_claim(&mut shard, key, log.claim(), &log, Instant::now());
        Some(log)
    }

    fn note_claim(&self, shard: &mut Shard, key: &LogKey, newly: bool, log: &CallLog, now: Instant) {
        if !newly {
            return;
        }
        self.unclaimed.fetch_sub(1, Ordering::Relaxed);
        if log.look().ending {
            // It was passed over when its grace period ended unclaimed, or may yet be.
            shard.ended.push_back((now, key.clone()));
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
        let logs = (0..self.shards.len())
            .filter_map(|number| self.shard(number).map(|shard| shard.logs.len()))
            .sum();
        (logs, self.unclaimed.load(Ordering::Relaxed))
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
        let look = shard.logs.get(key)?.retire(when)?;
        shard.logs.remove(key);
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
            .filter(|(_, log)| idle(log.look()))
            .map(|(key, _)| key.clone())
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
            shard.logs.values().for_each(|log| log.close());
        }
    }
}

fn due(front: Option<&(Instant, LogKey)>, after: Duration, now: Instant) -> bool {
    front.is_some_and(|(at, _)| has_passed(*at, after, now))
}

fn has_passed(at: Instant, after: Duration, now: Instant) -> bool {
    now.saturating_duration_since(at) >= after
}

fn enter_released(now: Instant) -> (Arc<CallLog>, usize) {
    let log = Arc::new(CallLog::released(now));
    let slot = log.enter(None);
    (log, slot)
}
