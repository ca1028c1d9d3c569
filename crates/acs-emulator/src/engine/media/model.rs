//! The operations on media of one leg.
//!
//! What everybody hears, and a recognition in a 1:1 call, is on the main lane: one after the other. What is
//! for some participants of a call is on the sub lane, which takes one operation and refuses others. Reporting
//! keys is beside both. So the service's table of operations that go together.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use acs_common::enums::DtmfTone;
use acs_common::{CallConnectionId, Tones};
use chrono::{DateTime, Utc};

use super::command::{Expect, FetchFailure, FetchId, PlaySource};
use crate::engine::effect::EventKind;
use crate::engine::input::Reaction;
use crate::engine::model::CallKey;
use crate::engine::timers::{Operation, TimerKey};
use crate::engine::world::World;

/// Names an operation; later ones have higher keys.
pub(in crate::engine) type MediaKey = u64;

/// The operations of one leg.
#[derive(Debug, Default)]
pub(in crate::engine) struct Media {
    /// The first one is at work, once it has arrived; the others wait.
    pub(super) main: VecDeque<Op>,
    pub(super) sub: Option<Op>,
    pub(super) listeners: Vec<Listener>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Op {
    pub(super) key: MediaKey,
    pub(super) operation: Operation,
    /// It ends what is on the main lane before it.
    pub(super) interrupts: bool,
    pub(super) phase: Phase,
    pub(super) sources: Vec<PlaySource>,
    /// What is known of the sources, in their order.
    pub(super) sounds: Vec<Sound>,
    pub(super) job: Job,
    pub(super) timers: Vec<TimerKey>,
    /// What ends the sound, or the wait for input: one at a time.
    pub(super) deadline: Option<TimerKey>,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The request was answered.
    Accepted,
    /// It may begin when it is its turn.
    Waiting,
    /// The sources are looked at.
    Preparing,
    /// The sources are played.
    Sounding,
    /// A recognition waits for input, or takes it.
    Listening,
}

/// What is known of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    Unknown,
    Lasts(Duration),
    Bad(FetchFailure),
}

#[derive(Debug)]
pub(super) enum Job {
    Play {
        /// Nobody is everybody.
        to: Vec<Arc<str>>,
        repeat: bool,
    },
    Recognize(Box<Recognition>),
    Send {
        to: Arc<str>,
        tones: Tones,
    },
}

/// A recognition and what it has heard.
#[derive(Debug)]
pub(super) struct Recognition {
    pub(super) target: Arc<str>,
    pub(super) expect: Expect,
    pub(super) interrupt_prompt: bool,
    pub(super) initial_silence: Duration,
    /// What a virtual party is going to do.
    pub(super) reaction: Option<Reaction>,
    pub(super) tones: Vec<DtmfTone>,
    pub(super) speech: Option<String>,
}

/// The keys of a participant are reported.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) target: Arc<str>,
    pub(super) operation: Operation,
    pub(super) sequence: u32,
    /// The request to stop: nothing more is reported but that it stopped.
    pub(super) stop: Option<Operation>,
}

/// Something that happens to an operation later.
#[derive(Clone, Debug)]
pub(in crate::engine) struct MediaTimer {
    pub(super) connection: CallConnectionId,
    pub(super) key: MediaKey,
    pub(super) step: MediaStep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaStep {
    /// The request reaches the media processor.
    Arrive,
    /// The sources were played.
    SoundEnds,
    /// The virtual party that is asked does what it does.
    React,
    /// Nothing was heard.
    Silence,
    /// No further key.
    InterTone,
    /// The silence after the words.
    SpeechEnds,
}

/// Whom a file is fetched for.
#[derive(Clone, Debug)]
pub(in crate::engine) enum FetchFor {
    Source {
        connection: CallConnectionId,
        key: MediaKey,
        index: usize,
    },
    Hold {
        call: CallKey,
        operation: Operation,
        key: MediaKey,
        target: Arc<str>,
    },
}

/// Files that are being fetched, and those that need not be fetched again.
#[derive(Debug, Default)]
pub(in crate::engine) struct Files {
    pub(in crate::engine) pending: HashMap<FetchId, (FetchFor, Option<CacheKey>)>,
    pub(super) known: HashMap<CacheKey, (DateTime<Utc>, Duration)>,
}

/// A cache id and an address.
pub(super) type CacheKey = (String, String);

impl Files {
    pub(in crate::engine) fn clear(&mut self) {
        self.pending.clear();
        self.known.clear();
    }
}

impl Media {
    /// All operations, in the order in which their ends are told.
    pub(super) fn ops(&self) -> impl Iterator<Item = &Op> {
        self.main.iter().chain(&self.sub)
    }

    pub(super) fn op_mut(&mut self, key: MediaKey) -> Option<&mut Op> {
        self.main.iter_mut().chain(&mut self.sub).find(|op| op.key == key)
    }

    pub(super) fn take(&mut self, key: MediaKey) -> Option<Op> {
        if self.sub.as_ref().is_some_and(|op| op.key == key) {
            return self.sub.take();
        }
        let index = self.main.iter().position(|op| op.key == key)?;
        self.main.remove(index)
    }

    /// The operation on the main lane that is to begin, if it is its turn.
    pub(super) fn next(&self) -> Option<MediaKey> {
        self.main
            .front()
            .filter(|op| op.phase == Phase::Waiting)
            .map(|op| op.key)
    }

    /// Whoever reports the keys of a participant, and is not about to stop.
    pub(super) fn listener(&mut self, raw_id: &str) -> Option<&mut Listener> {
        self.listeners
            .iter_mut()
            .find(|known| *known.target == *raw_id && known.stop.is_none())
    }

    /// Whether an operation for some participants is about this one.
    pub(super) fn occupies(&self, raw_id: &str) -> bool {
        self.sub.as_ref().is_some_and(|op| op.is_about(raw_id))
    }
}

impl Listener {
    /// The operation that its end belongs to: the stop, or where there was none, the start.
    pub(super) fn told_by(&self) -> &Operation {
        self.stop.as_ref().unwrap_or(&self.operation)
    }
}

impl Op {
    pub(super) fn new(key: MediaKey, operation: Operation, job: Job, sources: Vec<PlaySource>) -> Self {
        Self {
            key,
            operation,
            interrupts: false,
            phase: Phase::Accepted,
            sounds: vec![Sound::Unknown; sources.len()],
            sources,
            job,
            timers: Vec::new(),
            deadline: None,
        }
    }

    /// Whether it is for this participant and not for everybody.
    pub(super) fn is_about(&self, raw_id: &str) -> bool {
        match &self.job {
            Job::Play { to, .. } => to.iter().any(|known| **known == *raw_id),
            Job::Recognize(recognition) => *recognition.target == *raw_id,
            Job::Send { to, .. } => **to == *raw_id,
        }
    }

    /// Those who are on hold meanwhile: they hear this and not the call.
    pub(super) fn parks(&self) -> &[Arc<str>] {
        match &self.job {
            Job::Play { to, .. } if !matches!(self.phase, Phase::Accepted | Phase::Waiting) => to,
            _ => &[],
        }
    }

    /// The event of its cancellation; tones that are being sent cannot be cancelled.
    pub(super) fn cancelled(&self) -> Option<EventKind> {
        match self.job {
            Job::Play { .. } => Some(EventKind::PlayCanceled),
            Job::Recognize(_) => Some(EventKind::RecognizeCanceled),
            Job::Send { .. } => None,
        }
    }

    pub(super) fn silence(&mut self, world: &mut World) {
        for timer in self.timers.drain(..).chain(self.deadline.take()) {
            world.timers.cancel(timer);
        }
    }
}
