//! Recordings: what is asked for, what is kept while a call is recorded, and what comes out of it.
//!
//! The engine records no sound. It keeps who could be heard when (a [`tape`]), from which a file is rendered
//! when somebody reads it.

mod command;
mod file;
mod tape;

use std::sync::Arc;
use std::time::Duration;

use acs_common::enums::RecordingState;
use acs_common::{CallConnectionId, CorrelationId, RecordingId, ServerCallId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::codes::ResultInformation;
use super::effect::{Actor, Callback, CallbackEvent, Effect, EventKind, Note, NoteKind};
use super::model::Call;
use super::timers::TimerKey;
use super::world::World;

pub use command::{RecordedCall, RecordingForm, StartRecording};
pub use file::{Recorded, RecordedChunk, RecordedParticipant};
pub(super) use tape::Tape;

/// What a recording goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Accepted, not begun.
    Starting,
    Active,
    Paused,
}

/// A step of a recording that comes with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordingStep {
    /// The recorder is there: the first event, `inactive`.
    Announce,
    /// It records: the second event, `active`.
    Begin,
    Pause,
    Resume,
    /// It is over: the last event, `inactive`.
    Stopped,
    /// Its files can be fetched.
    Ready,
}

/// Which recording of which call; events about it need no more.
#[derive(Clone, Debug)]
pub(super) struct Label {
    pub(super) id: RecordingId,
    /// The recorder's own endpoint in the call, which its events carry in place of a leg (recorded).
    endpoint: CallConnectionId,
    pub(super) server_call_id: ServerCallId,
    pub(super) correlation: CorrelationId,
    uri: Option<Arc<str>>,
}

/// A recording of a call that runs.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) label: Label,
    pub(super) form: RecordingForm,
    pub(super) external: Option<String>,
    pub(super) pause_on_start: bool,
    pub(super) phase: Phase,
    pub(super) tape: Tape,
    /// The participants changed since the tape was told.
    pub(super) stale: bool,
    timers: Vec<TimerKey>,
}

/// A recording that is over and whose files are not out yet.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) label: Label,
    pub(super) form: RecordingForm,
    pub(super) external: Option<String>,
    pub(super) tape: Tape,
    pub(super) reason: &'static str,
}

impl Label {
    pub(super) fn new(world: &mut World, call: &Call, uri: Option<Arc<str>>) -> Self {
        let (endpoint, resource) = (world.guid(), world.guid());
        // Recorded: base64url without padding of these two members.
        let id = URL_SAFE_NO_PAD.encode(format!(
            r#"{{"PlatformEndpointId":"{endpoint}","ResourceSpecificId":"{resource}"}}"#
        ));
        Self {
            id: RecordingId::from(id),
            endpoint: CallConnectionId::from(endpoint.to_string()),
            server_call_id: call.id.clone(),
            correlation: call.correlation.clone(),
            uri,
        }
    }

    /// Tells the address of the recording that its state is another one. Without an address, nobody.
    pub(super) fn tell_state(
        &self,
        world: &mut World,
        state: RecordingState,
        began: Option<DateTime<Utc>>,
        remark: &'static str,
    ) {
        let kind = EventKind::RecordingStateChanged {
            recording_id: self.id.clone(),
            state,
            began,
        };
        self.tell(world, kind, super::codes::OK);
        world.effects.push(Effect::Note(Note {
            time: world.now,
            call: Some(self.server_call_id.clone()),
            connection: None,
            kind: NoteKind::State,
            from: Actor::Service,
            to: Actor::Service,
            label: remark.into(),
            detail: serde_json::Value::Null,
        }));
    }

    /// Tells the address of the recording that it did not begin.
    pub(super) fn tell_failure(&self, world: &mut World, result: ResultInformation) {
        let recording_id = self.id.clone();
        self.tell(world, EventKind::StartRecordingFailed { recording_id }, result);
    }

    fn tell(&self, world: &mut World, kind: EventKind, result: ResultInformation) {
        let Some(uri) = &self.uri else { return };
        let event = CallbackEvent {
            id: world.guid(),
            time: world.now,
            kind,
            call_connection_id: self.endpoint.clone(),
            server_call_id: self.server_call_id.clone(),
            correlation_id: self.correlation.clone(),
            operation_context: None,
            result,
        };
        let uri = Arc::clone(uri);
        world
            .effects
            .push(Effect::Callback(Box::new(Callback { uri, event })));
    }
}

impl Recording {
    pub(super) fn new(
        label: Label,
        form: RecordingForm,
        pause_on_start: bool,
        external: Option<String>,
    ) -> Self {
        Self {
            label,
            form,
            external,
            pause_on_start,
            phase: Phase::Starting,
            tape: Tape::default(),
            stale: true,
            timers: Vec::new(),
        }
    }

    /// There is no value for paused.
    pub(super) fn state(&self) -> RecordingState {
        match self.phase {
            Phase::Active => RecordingState::Active,
            Phase::Starting | Phase::Paused => RecordingState::Inactive,
        }
    }

    /// Keeps a timer, to be cancelled with the recording.
    pub(super) fn keep(&mut self, world: &World, timer: TimerKey) {
        self.timers.retain(|key| world.timers.holds(*key));
        self.timers.push(timer);
    }

    /// How long until everything that it waits for has happened.
    pub(super) fn due_in(&self, world: &World) -> Duration {
        let last = self.timers.iter().filter(|key| world.timers.holds(**key)).max();
        let wait = last.and_then(|(at, _)| (*at - world.now).to_std().ok());
        wait.unwrap_or_default()
    }

    /// Ends the tape and forgets the timers.
    pub(super) fn finish(mut self, world: &mut World, reason: &'static str) -> Finished {
        for timer in self.timers.drain(..) {
            world.timers.cancel(timer);
        }
        self.tape.end(world.now);
        Finished {
            label: self.label,
            form: self.form,
            external: self.external,
            tape: self.tape,
            reason,
        }
    }
}
