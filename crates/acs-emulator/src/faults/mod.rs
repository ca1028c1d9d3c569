//! What goes wrong on purpose.
//!
//! [`Faults`] is pure: it is asked about each request and each post, and says which faults strike it. The
//! same faults, seeds and questions give the same answers. Whoever asks does what the [outcome](FaultOutcome)
//! says.

mod check;
mod model;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use model::{CountBy, Fault, FaultCondition, FaultLimit, FaultOutcome, FaultShown, FaultState, Posts};

use serde_json::json;

use crate::journal::{APPLICATION, Draft, JournalKind, SERVICE};
use crate::{Error, ErrorKind};

/// How many repeatability ids each fault remembers.
const REMEMBERED: usize = 10_000;
/// How many faults there may be.
const MOST: usize = 1000;

/// What a fault may strike.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    Request {
        method: &'a str,
        path: &'a str,
        /// The id of the operation, where the path is that of one.
        operation: Option<&'a str>,
        repeatability_id: Option<&'a str>,
    },
    /// An event that is to be posted.
    Post(Addressed<'a>),
    /// One attempt to post it.
    Attempt(Addressed<'a>),
}

/// An event and where it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addressed<'a> {
    pub(crate) posts: Posts,
    pub(crate) event: &'a str,
    /// Without the query.
    pub(crate) address: &'a str,
}

/// A fault that struck.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Strike {
    /// The name of the fault.
    pub(crate) id: String,
    pub(crate) outcome: FaultOutcome,
    /// Of the fault's chance, for what the outcome makes up.
    pub(crate) draw: u128,
}

impl Strike {
    /// The entry of the journal that says so.
    pub(crate) fn draft(&self) -> Draft {
        let label = format!("fault {}: {}", self.id, self.outcome.name());
        Draft::new(JournalKind::Note, label)
            .between(SERVICE, APPLICATION)
            .detail(json!({ "fault": self.id, "outcome": self.outcome }))
    }
}

/// The faults of an emulator.
#[derive(Debug)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    seed: u64,
    added: u64,
}

#[derive(Debug)]
struct Armed {
    id: String,
    fault: Fault,
    seed: u64,
    chance: fastrand::Rng,
    met: u64,
    struck: u64,
    /// How requests with these ids fared.
    decided: HashMap<String, bool>,
    order: VecDeque<String>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            armed: Vec::new(),
            seed,
            added: 0,
        }
    }

    /// Adds a fault, or puts it in the place of the one with its name. Returns its name.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<String, Error> {
        check::check(&fault)?;
        self.added += 1;
        let id = fault.id.clone().unwrap_or_else(|| self.free_name());
        let place = self.armed.iter().position(|armed| armed.id == id);
        if place.is_none() && self.armed.len() >= MOST {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("faults: expected at most {MOST} of them"),
            ));
        }
        let seed = fault.seed.unwrap_or_else(|| {
            self.seed
                .wrapping_add(self.added.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        });
        let armed = Armed {
            id: id.clone(),
            fault,
            seed,
            chance: fastrand::Rng::with_seed(seed),
            met: 0,
            struck: 0,
            decided: HashMap::new(),
            order: VecDeque::new(),
        };
        match place.and_then(|place| self.armed.get_mut(place)) {
            Some(old) => *old = armed,
            None => self.armed.push(armed),
        }
        Ok(id)
    }

    /// A name that no fault has: one of so many numbers is free, for there is one more than faults.
    fn free_name(&self) -> String {
        let most = self.added.saturating_add(self.armed.len() as u64);
        (self.added..=most)
            .map(|number| format!("fault-{number}"))
            .find(|name| self.armed.iter().all(|armed| armed.id != *name))
            .unwrap_or_default()
    }

    /// Takes a fault away. Returns whether there was one.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let before = self.armed.len();
        self.armed.retain(|armed| armed.id != id);
        self.armed.len() < before
    }

    /// Has these and no others. When one of them makes no sense, everything stays as it is.
    pub(crate) fn replace(&mut self, faults: Vec<Fault>) -> Result<(), Error> {
        let mut new = Self::new(self.seed);
        for fault in faults {
            new.add(fault)?;
        }
        *self = new;
        Ok(())
    }

    /// Takes all away and begins anew.
    pub(crate) fn clear(&mut self) {
        self.armed.clear();
        self.added = 0;
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// All of them, in the order in which they are asked.
    pub(crate) fn states(&self) -> Vec<FaultState> {
        self.armed.iter().map(Armed::state).collect()
    }

    pub(crate) fn state(&self, id: &str) -> Option<FaultState> {
        self.armed.iter().find(|armed| armed.id == id).map(Armed::state)
    }

    /// What strikes, in the order of the faults. After a status, a reset or a loss the others are not asked.
    pub(crate) fn strike(&mut self, subject: &Subject<'_>) -> Vec<Strike> {
        let mut strikes = Vec::new();
        for armed in &mut self.armed {
            if !armed.meets(subject) || !armed.strikes(subject) {
                continue;
            }
            strikes.push(Strike {
                id: armed.id.clone(),
                outcome: armed.fault.outcome.clone(),
                draw: match armed.fault.outcome {
                    FaultOutcome::Forge { .. } => armed.chance.u128(..),
                    _ => 0,
                },
            });
            if armed.fault.outcome.is_last() {
                break;
            }
        }
        strikes
    }
}

impl Armed {
    fn state(&self) -> FaultState {
        FaultState {
            id: self.id.clone(),
            fault: FaultShown {
                when: self.fault.when.clone(),
                outcome: self.fault.outcome.clone(),
                limit: self.fault.limit,
                seed: self.seed,
            },
            met: self.met,
            struck: self.struck,
        }
    }

    /// Whether the condition holds.
    fn meets(&self, subject: &Subject<'_>) -> bool {
        let when = &self.fault.when;
        let is =
            |wanted: &Option<String>, given: &str| wanted.as_deref().is_none_or(|wanted| wanted == given);
        let like = |wanted: &Option<String>, given: &str| {
            wanted.as_deref().is_none_or(|wanted| matches(wanted, given))
        };
        match *subject {
            Subject::Request {
                method,
                path,
                operation,
                ..
            } => {
                self.fault.outcome.is_of_attempts()
                    && when.posts.is_none()
                    && is(&when.method, method)
                    && like(&when.path, path)
                    && is(&when.operation, operation.unwrap_or_default())
            }
            Subject::Post(post) => {
                !self.fault.outcome.is_of_attempts()
                    && when.posts.is_none_or(|posts| posts == post.posts)
                    && (post.posts == Posts::Callbacks
                        || !matches!(self.fault.outcome, FaultOutcome::Forge { .. }))
                    && is(&when.event, post.event)
                    && like(&when.address, post.address)
            }
            Subject::Attempt(post) => {
                self.fault.outcome.is_of_attempts()
                    && when.posts == Some(post.posts)
                    && is(&when.event, post.event)
                    && like(&when.address, post.address)
            }
        }
    }

    /// Whether the limit lets it strike, counting.
    fn strikes(&mut self, subject: &Subject<'_>) -> bool {
        let id = match *subject {
            Subject::Request { repeatability_id, .. }
                if self.fault.limit.count_by == CountBy::RepeatabilityIds =>
            {
                repeatability_id
            }
            _ => None,
        };
        if let Some(decided) = id.and_then(|id| self.decided.get(id)) {
            return *decided;
        }
        let limit = self.fault.limit;
        self.met += 1;
        let strikes = self.met > limit.skip
            && limit.count.is_none_or(|count| self.struck < count)
            && (limit.rate >= 1.0 || self.chance.f64() < limit.rate);
        if strikes {
            self.struck += 1;
        }
        if let Some(id) = id {
            self.decided.insert(id.to_owned(), strikes);
            self.order.push_back(id.to_owned());
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.decided.remove(&oldest);
            }
        }
        strikes
    }
}

/// Whether a text is like a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    // What follows the last star must be the end; what stands between stars is taken where it is first found.
    let tail = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match text.split_once(piece) {
            Some((_, behind)) => text = behind,
            None => return false,
        }
    }
    text.ends_with(tail)
}

/// The faults, shared by all who ask. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct SharedFaults(Arc<Mutex<Faults>>);

impl SharedFaults {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Faults::new(seed))))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
