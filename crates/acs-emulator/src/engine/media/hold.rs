//! Hold: a participant hears nothing of the call, but music if there is any.

use std::sync::Arc;

use super::command::{FetchFailure, Hold, PlaySource, Unhold};
use super::model::{FetchFor, MediaKey};
use super::queue::fetch_result;
use super::request::{check_sources, present};
use crate::engine::Engine;
use crate::engine::effect::EventKind;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, CallKey, Participant};
use crate::engine::reply::Reply;
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

impl Call {
    fn participant_mut(&mut self, raw_id: &str) -> Option<&mut Participant> {
        self.participants
            .iter_mut()
            .find(|party| *party.raw_id == *raw_id)
    }
}

impl Engine {
    pub(in crate::engine) fn hold(&mut self, command: Hold) -> Result<Reply, ServiceError> {
        let (call_key, leg_key, uri) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg(leg_key).ok_or_else(ServiceError::call_not_found)?;
        check_sources(leg, command.source.as_slice())?;
        let target = present(call, &command.participant)?;
        let key = world.next_key();
        let party = call
            .participant_mut(&target)
            .ok_or_else(ServiceError::participant_not_found)?;
        if party.hold.is_some() {
            return Err(ServiceError::invalid_media_mode());
        }
        party.hold = Some(key);
        let operation = Operation {
            connection: command.connection,
            context: command.operation_context,
            uri,
        };
        let source = command.source;
        let task = Task::Hold {
            call: call_key,
            operation,
            key,
            target,
            source,
        };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        call.keep(world, timer);
        Ok(Reply::Done)
    }

    /// The participant is on hold; the music is asked for.
    pub(in crate::engine) fn held(
        &mut self,
        call_key: CallKey,
        operation: Operation,
        key: MediaKey,
        target: &Arc<str>,
        source: Option<PlaySource>,
    ) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let party = call
            .participant_mut(target)
            .filter(|party| party.hold == Some(key));
        // Off hold again, or gone.
        let Some(party) = party else { return };
        party.on_hold = true;
        call.changed();
        call.tell_everyone(world);
        if let Some(PlaySource::File { uri, cache_id }) = source {
            let connection = operation.connection.clone();
            let wanted = FetchFor::Hold {
                call: call_key,
                operation,
                key,
                target: Arc::clone(target),
            };
            // A file that is known is a good one.
            let _ = world.fetch(call, &connection, uri, cache_id, wanted);
        }
    }

    /// The music cannot be played: the hold is taken back (recorded).
    pub(super) fn hold_failed(
        &mut self,
        call_key: CallKey,
        operation: &Operation,
        key: MediaKey,
        target: &str,
        failure: FetchFailure,
    ) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let party = call
            .participant_mut(target)
            .filter(|party| party.hold == Some(key));
        let Some(party) = party else { return };
        party.hold = None;
        party.on_hold = false;
        call.changed();
        Self::report_in(
            world,
            call,
            operation,
            EventKind::HoldFailed,
            fetch_result(failure),
        );
        call.tell_everyone(world);
    }

    pub(in crate::engine) fn unhold(&mut self, command: &Unhold) -> Result<Reply, ServiceError> {
        let (call_key, _, _) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let target = present(call, &command.participant)?;
        let party = call
            .participant_mut(&target)
            .ok_or_else(ServiceError::participant_not_found)?;
        if party.hold.take().is_none() {
            return Err(ServiceError::invalid_media_mode());
        }
        let task = Task::Unhold {
            call: call_key,
            target,
        };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        call.keep(world, timer);
        Ok(Reply::Done)
    }

    /// The participant is back in the call, unless it was put on hold once more.
    pub(in crate::engine) fn unheld(&mut self, call_key: CallKey, target: &str) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let party = call
            .participant_mut(target)
            .filter(|party| party.on_hold && party.hold.is_none());
        let Some(party) = party else { return };
        party.on_hold = false;
        call.changed();
        call.tell_everyone(world);
    }
}
