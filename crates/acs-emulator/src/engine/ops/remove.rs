//! Removing and muting participants.

use acs_common::CommunicationIdentifier;

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes;
use crate::engine::command::{MuteParticipant, RemoveParticipant};
use crate::engine::effect::EventKind;
use crate::engine::error::ServiceError;
use crate::engine::reply::{Accepted, Reply};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

impl Engine {
    pub(in crate::engine) fn remove_participant(
        &mut self,
        command: RemoveParticipant,
    ) -> Result<Reply, ServiceError> {
        let RemoveParticipant {
            connection,
            participant,
            operation_context,
            operation_callback_uri,
        } = command;
        let (call_key, leg_key) = self.established(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let uri = check::operation_uri(&world.config, operation_callback_uri.as_deref())?;
        if call.participant(&participant.raw_id()).is_none() {
            return Err(ServiceError::participant_not_found());
        }
        let operation = Operation {
            connection,
            context: operation_context.clone(),
            uri,
        };
        let timer = world.after_step(
            Step::Operate,
            Timer::Operate(Box::new(Task::Remove {
                operation,
                participant,
            })),
        );
        call.keep_for(world, leg_key, timer);
        Ok(Reply::Accepted(Accepted { operation_context }))
    }

    /// The participant goes: the remover is told first, then the removed; in a 1:1 call the remover's leg
    /// ends too, without a list of participants (recorded).
    pub(in crate::engine) fn remove(&mut self, operation: &Operation, target: CommunicationIdentifier) {
        let Some((call_key, leg)) = self.world.legs_by_id.get(&operation.connection).copied() else {
            return;
        };
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let raw_id = target.raw_id().into_owned();
        let found = call.participant(&raw_id);
        let removed = found.and_then(|party| party.leg);
        let refusal = match found {
            None => Some(codes::PARTICIPANT_GONE),
            Some(_) if removed == Some(leg) => Some(codes::OWN_PARTICIPANT),
            Some(_) => None,
        };
        if let Some(result) = refusal {
            self.report(
                operation,
                EventKind::RemoveParticipantFailed { participant: target },
                result,
            );
            return;
        }
        let kind = EventKind::RemoveParticipantSucceeded { participant: target };
        Self::report_in(world, call, operation, kind, codes::OK);
        let group = call.group;
        self.removed(call_key, &raw_id, removed);
        if group && let Some((world, call)) = self.split(call_key) {
            call.tell_everyone(world);
        }
        self.check_alone_with(call_key, &codes::ALONE_AFTER_REMOVAL);
    }

    pub(in crate::engine) fn mute_participant(
        &mut self,
        command: MuteParticipant,
    ) -> Result<Reply, ServiceError> {
        let (call_key, _) = self.established(&command.connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let raw_id = command.participant.raw_id().into_owned();
        if command.participant.is_phone_number() {
            return Err(ServiceError::invalid("only users can be muted."));
        }
        let group = call.group;
        let party = call
            .participants
            .iter_mut()
            .find(|party| *party.raw_id == *raw_id);
        let party = party.ok_or_else(ServiceError::participant_not_found)?;
        if !group {
            return Err(ServiceError::fixed(400, "8548", "Call isn't Group Call."));
        }
        if !party.muted {
            party.muted = true;
            call.changed();
            let timer = world.after_step(Step::Operate, Timer::Roster { call: call_key });
            call.keep(world, timer);
        }
        Ok(Reply::Accepted(Accepted {
            operation_context: command.operation_context,
        }))
    }
}
