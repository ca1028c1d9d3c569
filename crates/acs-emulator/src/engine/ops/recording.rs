//! Recordings: start, state, pause, resume, stop, and what comes of them later.

use std::sync::Arc;

use acs_common::enums::{RecordingKind, RecordingState};
use acs_common::{RecordingId, ServerCallId};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes;
use crate::engine::command::CallLocator;
use crate::engine::config::Latency;
use crate::engine::effect::Effect;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, CallKey, id_key};
use crate::engine::recording::{
    Finished, Label, Phase, RecordedCall, Recording, RecordingStep, StartRecording,
};
use crate::engine::reply::{RecordingStatus, Reply};
use crate::engine::timers::Timer;
use crate::engine::world::{Step, World};

/// Participant lists that follow the start of a recording without a change in them (recorded; how many there
/// are differs): their number and their distance.
const REPEATED_LISTS: u32 = 5;
const BETWEEN_LISTS: std::time::Duration = std::time::Duration::from_millis(600);

impl Engine {
    pub(in crate::engine) fn start_recording(
        &mut self,
        command: StartRecording,
    ) -> Result<Reply, ServiceError> {
        let StartRecording {
            call,
            form,
            pause_on_start,
            state_callback_uri,
            external_storage,
        } = command;
        let uri = state_callback_uri
            .as_deref()
            .map(|text| check::callback_uri(&self.world.config, "RecordingStateCallbackUri", text));
        let uri: Option<Arc<str>> = uri.transpose()?;
        form.check()?;
        let call_key = match &call {
            RecordedCall::Locator(locator) => self.recorded_call(locator)?,
            RecordedCall::Connection(connection) => self.established(connection)?.0,
        };
        // Recorded: the response has a chain of its own.
        self.world.chain = None;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        if !call.established {
            return Err(ServiceError::not_established());
        }
        if call.recording.is_some() {
            // Recorded.
            return Err(ServiceError::fixed(
                400,
                "8553",
                "Only one recording of a given type is supported in a call.",
            ));
        }
        let label = Label::new(world, call, uri);
        let id = label.id.clone();
        let mut recording = Recording::new(label, form, pause_on_start, external_storage);
        schedule(world, &mut recording, Step::Operate, RecordingStep::Announce);
        let reply = status(&recording);
        call.recording = Some(Box::new(recording));
        world.recordings.insert(id, call_key);
        Ok(reply)
    }

    /// The call that a locator names; other than connecting, recording begins none.
    fn recorded_call(&self, locator: &CallLocator) -> Result<CallKey, ServiceError> {
        let world = &self.world;
        let found = match locator {
            CallLocator::ServerCall(id) if !is_locator(id) => {
                // Recorded.
                return Err(ServiceError::fixed(
                    400,
                    "8527",
                    "Invalid join identity, cannot join call.",
                ));
            }
            CallLocator::ServerCall(id) => world.calls_by_id.get(id_key(id.as_str())),
            CallLocator::Group(id) => world.groups.get(id),
            CallLocator::Room(id) => world.room_calls.get(id),
        };
        found.copied().ok_or_else(ServiceError::call_not_found)
    }

    pub(in crate::engine) fn recording_state(&mut self, id: &RecordingId) -> Result<Reply, ServiceError> {
        let (_, call) = self.recording(id)?;
        call.recording
            .as_deref()
            .map(status)
            .ok_or_else(ServiceError::recording_not_found)
    }

    /// Accepted in any state; what changes nothing is not told.
    pub(in crate::engine) fn change_recording(
        &mut self,
        id: &RecordingId,
        step: RecordingStep,
    ) -> Result<Reply, ServiceError> {
        let (world, call) = self.recording(id)?;
        if let Some(recording) = &mut call.recording {
            schedule(world, recording, Step::Operate, step);
        }
        Ok(Reply::Done)
    }

    /// The recording is over at once; its last event and its files come later.
    pub(in crate::engine) fn stop_recording(&mut self, id: &RecordingId) -> Result<Reply, ServiceError> {
        let (world, call) = self.recording(id)?;
        let recording = call
            .recording
            .take()
            .ok_or_else(ServiceError::recording_not_found)?;
        finish(world, *recording, Step::Operate, "RecordingStopped");
        Ok(Reply::Done)
    }

    fn recording(&mut self, id: &RecordingId) -> Result<(&mut World, &mut Call), ServiceError> {
        let key = self.world.recordings.get(id_key(id.as_str())).copied();
        let key = key.ok_or_else(ServiceError::recording_not_found)?;
        let (world, call) = self.split(key).ok_or_else(ServiceError::recording_not_found)?;
        world.chain = Some(call.correlation.clone());
        Ok((world, call))
    }

    /// A step whose time has come.
    pub(in crate::engine) fn recording_step(&mut self, id: &RecordingId, step: RecordingStep) {
        match step {
            RecordingStep::Stopped => self.recording_stopped(id),
            RecordingStep::Ready => {
                if let Some(finished) = self.world.finished.remove(id) {
                    let recorded = finished.publish(&mut self.world);
                    self.world.effects.push(Effect::Recorded(Box::new(recorded)));
                }
            }
            step => self.recording_changes(id, step),
        }
    }

    fn recording_changes(&mut self, id: &RecordingId, step: RecordingStep) {
        let Some(key) = self.world.recordings.get(id).copied() else {
            return;
        };
        let Some((world, call)) = self.split(key) else {
            return;
        };
        let (now, call_key) = (world.now, call.key);
        let Call {
            recording,
            participants,
            ..
        } = call;
        let Some(recording) = recording else { return };
        let label = recording.label.clone();
        let mut begun = false;
        match (step, recording.phase) {
            (RecordingStep::Announce, _) => {
                // Recorded: the first event has no beginning to tell.
                label.tell_state(world, RecordingState::Inactive, None, "a recorder joins");
                schedule(world, recording, Step::Spread, RecordingStep::Begin);
            }
            (RecordingStep::Begin, _) if recording.pause_on_start => recording.phase = Phase::Paused,
            // Asked for before it began: it begins as asked.
            (RecordingStep::Pause, Phase::Starting) => recording.pause_on_start = true,
            (RecordingStep::Resume, Phase::Starting) => recording.pause_on_start = false,
            (RecordingStep::Begin, Phase::Starting) | (RecordingStep::Resume, Phase::Paused) => {
                begun = recording.tape.began().is_none();
                recording.phase = Phase::Active;
                recording.tape.run(now, participants);
                let remark = if begun {
                    "recording begins"
                } else {
                    "recording goes on"
                };
                label.tell_state(world, RecordingState::Active, recording.tape.began(), remark);
            }
            (RecordingStep::Pause, Phase::Active) => {
                recording.phase = Phase::Paused;
                recording.tape.rest(now);
                let began = recording.tape.began();
                label.tell_state(world, RecordingState::Inactive, began, "recording pauses");
            }
            _ => {}
        }
        if begun && world.config.latency == Latency::Realistic {
            for number in 1..=REPEATED_LISTS {
                let timer = world.after(BETWEEN_LISTS * number, Timer::Roster { call: call_key });
                call.keep(world, timer);
            }
        }
    }

    fn recording_stopped(&mut self, id: &RecordingId) {
        let world = &mut self.world;
        let Some(finished) = world.finished.get(id) else {
            return;
        };
        let (label, began) = (finished.label.clone(), finished.tape.began());
        label.tell_state(world, RecordingState::Inactive, began, "recording is over");
        later(world, &label.id, Step::Publish, RecordingStep::Ready);
    }

    /// Tells the recordings who is in their calls, where that changed.
    pub(in crate::engine) fn keep_tapes(&mut self) {
        let now = self.world.now;
        for key in self.world.recordings.values() {
            let Some(call) = self.calls.get_mut(key) else {
                continue;
            };
            if let Some(recording) = call.recording.as_mut().filter(|recording| recording.stale) {
                recording.stale = false;
                recording.tape.listen(now, &call.participants);
            }
        }
    }

    /// The call that was recorded is over.
    pub(in crate::engine) fn recorded_call_over(world: &mut World, recording: Recording) {
        if recording.phase == Phase::Starting {
            let label = recording.label.clone();
            world.recordings.remove(&label.id);
            // Ends its timers; there is nothing to publish.
            drop(recording.finish(world, "CallEnded"));
            label.tell_failure(world, codes::CALL_GONE);
        } else {
            finish(world, recording, Step::Spread, "CallEnded");
        }
    }
}

fn status(recording: &Recording) -> Reply {
    Reply::Recording(RecordingStatus {
        recording_id: recording.label.id.clone(),
        recording_state: recording.state(),
        recording_kind: RecordingKind::AzureCommunicationServices,
    })
}

fn schedule(world: &mut World, recording: &mut Recording, delay: Step, step: RecordingStep) {
    let id = recording.label.id.clone();
    // What is asked for later does not happen earlier.
    let delay = world.delay(delay).max(recording.due_in(world));
    let timer = world.after(delay, Timer::Recording { recording: id, step });
    recording.keep(world, timer);
}

fn later(world: &mut World, id: &RecordingId, delay: Step, step: RecordingStep) {
    let recording = id.clone();
    world.after_step(delay, Timer::Recording { recording, step });
}

fn finish(world: &mut World, recording: Recording, delay: Step, reason: &'static str) {
    let finished: Finished = recording.finish(world, reason);
    let id = finished.label.id.clone();
    world.recordings.remove(&id);
    world.finished.insert(id.clone(), Box::new(finished));
    later(world, &id, delay, RecordingStep::Stopped);
}

/// Whether a server call id has the form of one: base64 of an address.
fn is_locator(id: &ServerCallId) -> bool {
    let text = id.as_str();
    let decoded = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text));
    decoded.is_ok_and(|address| address.starts_with(b"https://"))
}
