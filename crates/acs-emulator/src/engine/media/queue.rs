//! How operations on media wait, begin and end.

use std::sync::Arc;
use std::time::Duration;

use acs_common::CallConnectionId;

use super::length;
use super::model::{FetchFor, Job, MediaKey, MediaStep, MediaTimer, Op, Phase, Sound};
use crate::engine::Engine;
use crate::engine::codes::{self, ResultInformation};
use crate::engine::effect::EventKind;
use crate::engine::input::{Answer, Input};
use crate::engine::media::command::{FetchFailure, PlaySource};
use crate::engine::model::{Call, CallKey, Leg, LegKey};
use crate::engine::timers::{Timer, TimerKey};
use crate::engine::world::{Step, World};

impl Op {
    fn schedule(&self, world: &mut World, after: Duration, step: MediaStep) -> TimerKey {
        let timer = MediaTimer {
            connection: self.operation.connection.clone(),
            key: self.key,
            step,
        };
        world.after(after, Timer::Media(Box::new(timer)))
    }

    /// Something happens to the operation later.
    pub(super) fn later(&mut self, world: &mut World, after: Duration, step: MediaStep) {
        let timer = self.schedule(world, after, step);
        self.timers.push(timer);
    }

    /// What it waits for from now on, instead of what it waited for before.
    pub(super) fn wait(&mut self, world: &mut World, after: Duration, step: MediaStep) {
        self.wait_no_more(world);
        self.deadline = Some(self.schedule(world, after, step));
    }

    pub(super) fn wait_no_more(&mut self, world: &mut World) {
        if let Some(timer) = self.deadline.take() {
            world.timers.cancel(timer);
        }
    }
}

impl Call {
    /// The participants hear something of their own, or come back to the call.
    pub(in crate::engine) fn park(&mut self, world: &mut World, to: &[Arc<str>], away: bool) {
        let mut any = false;
        for party in &mut self.participants {
            if to.contains(&party.raw_id) {
                any = true;
                party.parked = if away {
                    party.parked.saturating_add(1)
                } else {
                    party.parked.saturating_sub(1)
                };
            }
        }
        if any {
            self.changed();
            self.tell_everyone(world);
        }
    }
}

impl Engine {
    /// The leg of a connection, wherever it is now.
    pub(super) fn leg_at(&self, connection: &CallConnectionId) -> Option<(CallKey, LegKey)> {
        self.world.legs_by_id.get(connection).copied()
    }

    /// An operation with what is around it.
    pub(super) fn op_at(
        &mut self,
        connection: &CallConnectionId,
        key: MediaKey,
    ) -> Option<(CallKey, &mut World, &mut Op)> {
        let (call_key, leg) = self.leg_at(connection)?;
        let (world, call) = self.split(call_key)?;
        let op = call.leg_mut(leg)?.media.op_mut(key)?;
        Some((call_key, world, op))
    }

    /// Takes an operation in; it arrives a little later.
    pub(super) fn accept_media(&mut self, call_key: CallKey, leg: LegKey, mut op: Op, main: bool) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let step = if matches!(op.job, Job::Send { .. }) {
            Step::Tones
        } else {
            Step::Media
        };
        let delay = world.delay(step);
        op.later(world, delay, MediaStep::Arrive);
        if let Some(leg) = call.leg_mut(leg) {
            if main {
                leg.media.main.push_back(op);
            } else {
                leg.media.sub = Some(op);
            }
        }
    }

    /// A step of an operation is due.
    pub(in crate::engine) fn media_step(&mut self, timer: &MediaTimer) {
        let MediaTimer {
            connection,
            key,
            step,
        } = timer;
        match step {
            MediaStep::Arrive => self.arrive(connection, *key),
            MediaStep::SoundEnds => self.sound_ends(connection, *key),
            MediaStep::React => self.react(connection, *key),
            MediaStep::Silence | MediaStep::InterTone | MediaStep::SpeechEnds => {
                self.recognition_ends(connection, *key, *step);
            }
        }
    }

    fn arrive(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((_, _, op)) = self.op_at(connection, key) else {
            return;
        };
        op.phase = Phase::Waiting;
        let interrupts = op.interrupts;
        if matches!(op.job, Job::Send { .. }) {
            self.tones_sent(connection, key);
            return;
        }
        if interrupts {
            self.cancel_before(connection, key, true);
        }
        let sub = self.leg_at(connection).is_some_and(|(call, leg)| {
            let leg = self.calls.get(&call).and_then(|call| call.leg(leg));
            leg.is_some_and(|leg| leg.media.sub.as_ref().is_some_and(|op| op.key == key))
        });
        if sub {
            self.begin(connection, key);
        }
        self.advance(connection);
    }

    /// Cancels what was asked for before a key: on the main lane, or everywhere.
    pub(super) fn cancel_before(&mut self, connection: &CallConnectionId, before: MediaKey, main_only: bool) {
        let Some((call, leg)) = self.leg_at(connection) else {
            return;
        };
        let Some(leg) = self.calls.get(&call).and_then(|call| call.leg(leg)) else {
            return;
        };
        let sub = leg.media.sub.iter().filter(|_| !main_only);
        let doomed: Vec<(MediaKey, EventKind)> = leg
            .media
            .main
            .iter()
            .chain(sub)
            .filter(|op| op.key < before)
            .filter_map(|op| Some((op.key, op.cancelled()?)))
            .collect();
        for (key, kind) in doomed {
            self.finish(connection, key, kind, codes::MEDIA_CANCELLED);
        }
    }

    /// The next operation on the main lane begins, if it is its turn.
    pub(super) fn advance(&mut self, connection: &CallConnectionId) {
        let next = self.leg_at(connection).and_then(|(call, leg)| {
            let leg = self.calls.get(&call)?.leg(leg)?;
            leg.media.next()
        });
        if let Some(key) = next {
            self.begin(connection, key);
        }
    }

    /// Looks at the sources; files are asked for.
    fn begin(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((call_key, _, op)) = self.op_at(connection, key) else {
            return;
        };
        op.phase = Phase::Preparing;
        let parks = op.parks().to_vec();
        let sources = op.sources.clone();
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        call.park(world, &parks, true);
        let mut sounds = Vec::with_capacity(sources.len());
        for (index, source) in sources.into_iter().enumerate() {
            sounds.push(match source {
                PlaySource::Text(text) => Sound::Lasts(length::of_text(&text)),
                PlaySource::Ssml(ssml) => Sound::Lasts(length::of_ssml(&ssml)),
                PlaySource::File { uri, cache_id } => {
                    let wanted = FetchFor::Source {
                        connection: connection.clone(),
                        key,
                        index,
                    };
                    let known = world.fetch(call, connection, uri, cache_id, wanted);
                    known.map_or(Sound::Unknown, Sound::Lasts)
                }
            });
        }
        if let Some((_, _, op)) = self.op_at(connection, key) {
            op.sounds = sounds;
        }
        self.prepared(connection, key);
    }

    /// One of the sources is known, or none is asked for: plays, once all are.
    pub(super) fn prepared(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((_, world, op)) = self.op_at(connection, key) else {
            return;
        };
        if op.phase != Phase::Preparing || op.sounds.contains(&Sound::Unknown) {
            return;
        }
        let fault = world.media_fault;
        let bad = op
            .sounds
            .iter()
            .zip(&op.sources)
            .zip(0u32..)
            .find_map(|((sound, source), index)| match sound {
                Sound::Bad(failure) => Some((index, fetch_result(*failure))),
                _ => Some((index, fault.of_source(is_spoken(source))?)),
            });
        if let Some((index, failure)) = bad {
            let failed_play_source_index = Some(index);
            let (kind, result) = match op.job {
                Job::Recognize(_) => (
                    EventKind::RecognizeFailed {
                        failed_play_source_index,
                    },
                    codes::PROMPT_FAILED,
                ),
                _ => (
                    EventKind::PlayFailed {
                        failed_play_source_index,
                    },
                    failure,
                ),
            };
            self.finish_and_advance(connection, key, kind, result);
            return;
        }
        op.phase = Phase::Sounding;
        let time = op.sounds.iter().fold(Duration::ZERO, |sum, sound| match sound {
            Sound::Lasts(time) => sum.saturating_add(*time),
            _ => sum,
        });
        let time = length::scaled(&world.config, time);
        // Recorded: prompts that are spoken are told, files are not, and the sentence is another one.
        let spoken = op.sources.iter().any(is_spoken);
        let (told, ends, recognition) = match &op.job {
            Job::Play { repeat, .. } => (Some(codes::PLAYED), !repeat, false),
            Job::Recognize(_) => (spoken.then_some(codes::PROMPT_STARTED), true, true),
            Job::Send { .. } => return,
        };
        let silent = op.sources.is_empty();
        let operation = op.operation.clone();
        if ends && !silent {
            op.wait(world, time, MediaStep::SoundEnds);
        }
        if let Some(result) = told {
            self.report(&operation, EventKind::PlayStarted, result);
        }
        if recognition {
            self.ask(connection, key);
            if silent {
                self.listen(connection, key);
            }
        }
    }

    fn sound_ends(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((_, _, op)) = self.op_at(connection, key) else {
            return;
        };
        if matches!(op.job, Job::Recognize(_)) {
            self.listen(connection, key);
        } else {
            self.finish_and_advance(connection, key, EventKind::PlayCompleted, codes::PLAYED);
        }
    }

    /// The virtual party that is asked does what it was going to do.
    fn react(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((call_key, _, op)) = self.op_at(connection, key) else {
            return;
        };
        let Job::Recognize(recognition) = &mut op.job else {
            return;
        };
        let target = Arc::clone(&recognition.target);
        let Some(reaction) = recognition.reaction.take() else {
            return;
        };
        match reaction.answer {
            Answer::Press { tones } => self.hear(call_key, &target, &Input::Press { tones }),
            Answer::Say { text } => self.hear(call_key, &target, &Input::Say { text }),
            Answer::Silence => {}
            Answer::HangUp => self.leave(call_key, &target),
        }
    }

    /// The end of an operation is told, once.
    pub(super) fn finish(
        &mut self,
        connection: &CallConnectionId,
        key: MediaKey,
        kind: EventKind,
        result: ResultInformation,
    ) {
        let Some((call_key, leg)) = self.leg_at(connection) else {
            return;
        };
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(mut op) = call.leg_mut(leg).and_then(|leg| leg.media.take(key)) else {
            return;
        };
        op.silence(world);
        Self::report_in(world, call, &op.operation, kind, result);
        call.park(world, op.parks(), false);
    }

    pub(super) fn finish_and_advance(
        &mut self,
        connection: &CallConnectionId,
        key: MediaKey,
        kind: EventKind,
        result: ResultInformation,
    ) {
        self.finish(connection, key, kind, result);
        self.advance(connection);
    }

    /// Somebody left a call: operations that were for nobody else fail.
    pub(in crate::engine) fn check_targets(&mut self, call_key: CallKey) {
        let Some(call) = self.calls.get_mut(&call_key) else {
            return;
        };
        let present: Vec<Arc<str>> = call
            .participants
            .iter()
            .map(|party| Arc::clone(&party.raw_id))
            .collect();
        let gone = |raw_id: &Arc<str>| !present.contains(raw_id);
        let mut failed = Vec::new();
        let mut stopped = Vec::new();
        for leg in &mut call.legs {
            let media = &mut leg.media;
            for op in media.main.iter_mut().chain(&mut media.sub) {
                let kind = match &mut op.job {
                    Job::Play { to, .. } if to.is_empty() => continue,
                    Job::Play { to, .. } => {
                        if !to.iter().all(gone) {
                            to.retain(|raw_id| !gone(raw_id));
                            continue;
                        }
                        EventKind::PlayFailed {
                            failed_play_source_index: None,
                        }
                    }
                    Job::Recognize(recognition) if gone(&recognition.target) => EventKind::RecognizeFailed {
                        failed_play_source_index: None,
                    },
                    Job::Send { to, .. } if gone(to) => EventKind::SendDtmfTonesFailed,
                    _ => continue,
                };
                failed.push((leg.id.clone(), op.key, kind));
            }
            let (left, stay) = std::mem::take(&mut media.listeners)
                .into_iter()
                .partition(|listener| gone(&listener.target));
            media.listeners = stay;
            stopped.push(left);
        }
        for listener in stopped.into_iter().flat_map(Vec::into_iter) {
            let kind = EventKind::ContinuousDtmfRecognitionStopped;
            self.report(listener.told_by(), kind, codes::TONES_STOPPED);
        }
        for (connection, key, kind) in failed {
            self.finish_and_advance(&connection, key, kind, codes::TARGET_LEFT);
        }
    }
}

/// What a leg that ends leaves unfinished: told ahead of its last event.
pub(in crate::engine) fn close(world: &mut World, call: &Call, leg: &Leg) {
    for op in leg.media.ops() {
        for timer in op.timers.iter().chain(&op.deadline) {
            world.timers.cancel(*timer);
        }
    }
    let cancelled = leg
        .media
        .ops()
        .filter_map(|op| Some((&op.operation, op.cancelled()?, codes::MEDIA_CANCELLED)));
    let stopped = leg.media.listeners.iter().map(|listener| {
        let kind = EventKind::ContinuousDtmfRecognitionStopped;
        (listener.told_by(), kind, codes::TONES_STOPPED)
    });
    for (operation, kind, result) in cancelled.chain(stopped) {
        let uri = Arc::clone(operation.uri.as_ref().unwrap_or(&leg.callback_uri));
        world.emit(call, leg.id.clone(), uri, operation.context.clone(), kind, result);
    }
}

fn is_spoken(source: &PlaySource) -> bool {
    !matches!(source, PlaySource::File { .. })
}

/// Those who hear something of a leg's and not the call.
pub(in crate::engine) fn parked_by(leg: &Leg) -> Vec<Arc<str>> {
    leg.media
        .ops()
        .flat_map(|op| op.parks().iter().cloned())
        .collect()
}

pub(super) fn fetch_result(failure: FetchFailure) -> ResultInformation {
    match failure {
        FetchFailure::Format => codes::FILE_FORMAT,
        FetchFailure::Download => codes::FILE_DOWNLOAD,
    }
}
