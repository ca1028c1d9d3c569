//! Reporting the keys of a participant, and sending tones.

use std::sync::Arc;

use acs_common::{CallConnectionId, Tones};

use super::command::{ContinuousDtmf, SendDtmfTones};
use super::model::{Job, Listener, MediaKey, Op};
use super::request::{check_free, present};
use crate::engine::Engine;
use crate::engine::codes;
use crate::engine::effect::{Actor, EventKind};
use crate::engine::error::ServiceError;
use crate::engine::reply::{Accepted, Reply};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::{FollowUp, Step};

impl Engine {
    pub(in crate::engine) fn start_continuous_dtmf(
        &mut self,
        command: ContinuousDtmf,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key, uri) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (_, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let target = present(call, &command.participant)?;
        check_free(call, leg_key, std::slice::from_ref(&target))?;
        let operation = Operation {
            connection: command.connection,
            context: command.operation_context,
            uri,
        };
        let leg = call.leg_mut(leg_key).ok_or_else(ServiceError::call_not_found)?;
        match leg.media.listener(&target) {
            // Asked for once more: the keys go to where the latest request wants them.
            Some(known) => known.operation = operation,
            None => leg.media.listeners.push(Listener {
                target,
                operation,
                sequence: 0,
                stop: None,
            }),
        }
        Ok(Reply::Done)
    }

    pub(in crate::engine) fn stop_continuous_dtmf(
        &mut self,
        command: ContinuousDtmf,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key, uri) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let target = present(call, &command.participant)?;
        let leg = call.leg_mut(leg_key).ok_or_else(ServiceError::call_not_found)?;
        let listener = leg
            .media
            .listener(&target)
            .ok_or_else(ServiceError::invalid_media_mode)?;
        listener.stop = Some(Operation {
            connection: command.connection.clone(),
            context: command.operation_context,
            uri,
        });
        let connection = command.connection;
        let task = Task::StopTones { connection, target };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        call.keep_for(world, leg_key, timer);
        Ok(Reply::Done)
    }

    /// The keys of a participant are not reported any more.
    pub(in crate::engine) fn tones_stopped(&mut self, connection: &CallConnectionId, target: &str) {
        let Some((call_key, leg)) = self.leg_at(connection) else {
            return;
        };
        let Some(leg) = self.calls.get_mut(&call_key).and_then(|call| call.leg_mut(leg)) else {
            return;
        };
        let listeners = &mut leg.media.listeners;
        let stopping = listeners
            .iter()
            .position(|known| *known.target == *target && known.stop.is_some());
        if let Some(index) = stopping {
            let listener = listeners.remove(index);
            let kind = EventKind::ContinuousDtmfRecognitionStopped;
            self.report(listener.told_by(), kind, codes::TONES_STOPPED);
        }
    }

    pub(in crate::engine) fn send_dtmf_tones(
        &mut self,
        command: SendDtmfTones,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key, uri) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        // As many as the service takes at once (documented), and none that it does not know.
        let tones = Tones::new(command.tones)
            .map_err(|error| ServiceError::invalid(format!("the field {error}.")))?;
        let target = present(call, &command.participant)?;
        if !command.participant.is_phone_number() {
            return Err(ServiceError::invalid(
                "the field targetParticipant must be a phone number: tones are sent to telephones only.",
            ));
        }
        check_free(call, leg_key, std::slice::from_ref(&target))?;
        let operation = Operation {
            connection: command.connection,
            context: command.operation_context.clone(),
            uri,
        };
        let job = Job::Send { to: target, tones };
        let op = Op::new(world.next_key(), operation, job, Vec::new());
        self.accept_media(call_key, leg_key, op, false);
        Ok(Reply::Accepted(Accepted {
            operation_context: command.operation_context,
        }))
    }

    /// The telephone hears the tones. Where the application is at its other end too, they come in there.
    pub(super) fn tones_sent(&mut self, connection: &CallConnectionId, key: MediaKey) {
        let Some((call_key, _, op)) = self.op_at(connection, key) else {
            return;
        };
        let Job::Send { to, tones } = &op.job else { return };
        let (to, tones) = (Arc::clone(to), tones.clone());
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let label = format!("sends tones {tones}");
        world.signal(call, Actor::Service, Actor::Party(Arc::clone(&to)), label);
        let line = call.participant(&to).and_then(|party| party.line.clone());
        if let Some((call, raw_id)) = line {
            world.follow_ups.push(FollowUp::Tones { call, raw_id, tones });
        }
        self.finish_and_advance(connection, key, EventKind::SendDtmfTonesCompleted, codes::OK);
    }
}
