//! Moving participants from one call to another.

use std::collections::HashSet;

use acs_common::{CallConnectionId, CommunicationIdentifier};

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes::{self, ResultInformation};
use crate::engine::command::MoveParticipants;
use crate::engine::effect::EventKind;
use crate::engine::error::ServiceError;
use crate::engine::model::{CallKey, Participant};
use crate::engine::reply::{ConnectionState, Moving, Reply};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

impl Engine {
    pub(in crate::engine) fn move_participants(
        &mut self,
        command: MoveParticipants,
    ) -> Result<Reply, ServiceError> {
        let MoveParticipants {
            connection,
            from_call,
            participants,
            operation_context,
            operation_callback_uri,
        } = command;
        let (from, _) = self.established(&from_call)?;
        let (to, leg_key) = self.established(&connection)?;
        let uri = check::operation_uri(&self.world.config, operation_callback_uri.as_deref())?;
        if participants.is_empty() {
            return Err(ServiceError::invalid(
                "targetParticipants needs at least one entry.",
            ));
        }
        if from == to {
            return Err(ServiceError::invalid("fromCall is the same call."));
        }
        let source = self.calls.get(&from).ok_or_else(ServiceError::call_not_found)?;
        let mut named = HashSet::new();
        let mut shown = Vec::with_capacity(participants.len());
        for identity in &participants {
            if !named.insert(identity.raw_id()) {
                return Err(ServiceError::invalid("targetParticipants names somebody twice."));
            }
            let present = source.participant(&identity.raw_id()).map(Participant::shown);
            shown.push(present.unwrap_or_else(|| Participant::new(identity.clone()).shown()));
        }
        drop(named);
        let operation = Operation {
            connection,
            context: operation_context.clone(),
            uri,
        };
        let (world, call) = self.split(to).ok_or_else(ServiceError::call_not_found)?;
        let timer = Timer::Operate(Box::new(Task::Move {
            operation,
            from: from_call.clone(),
            participants,
        }));
        let timer = world.after_step(Step::Operate, timer);
        call.keep_for(world, leg_key, timer);
        Ok(Reply::Moving(Moving {
            operation_context,
            participants: shown,
            from_call,
        }))
    }

    /// The participants come over: one event for each, then the lists of both calls.
    pub(in crate::engine) fn moved(
        &mut self,
        operation: &Operation,
        from_call: &CallConnectionId,
        participants: Vec<CommunicationIdentifier>,
    ) {
        let Some((to, _)) = self.world.legs_by_id.get(&operation.connection).copied() else {
            return;
        };
        let from = self.world.legs_by_id.get(from_call).copied();
        let mut any = false;
        for participant in participants {
            let refusal = match from {
                None => Some(codes::CALL_GONE),
                Some((from, _)) => self.move_refusal(from, to, from_call, &participant),
            };
            let done = match (refusal, from) {
                (None, Some((from, _))) => self
                    .carry(from, to, &participant.raw_id())
                    .ok_or(codes::PARTICIPANT_GONE),
                (refusal, _) => Err(refusal.unwrap_or(codes::CALL_GONE)),
            };
            let from_call = from_call.clone();
            match done {
                Ok(_) => {
                    any = true;
                    let kind = EventKind::MoveParticipantSucceeded {
                        participant,
                        from_call,
                    };
                    self.report(operation, kind, codes::OK);
                }
                Err(result) => {
                    self.report(
                        operation,
                        EventKind::MoveParticipantFailed {
                            participant,
                            from_call,
                        },
                        result,
                    );
                }
            }
        }
        if !any {
            return;
        }
        if let Some((world, call)) = self.split(to) {
            call.group = true;
            call.tell_everyone(world);
        }
        let Some((from, _)) = from else { return };
        if let Some((world, call)) = self.split(from) {
            call.tell_everyone(world);
        }
        self.check_alone(from);
    }

    fn move_refusal(
        &self,
        from: CallKey,
        to: CallKey,
        from_call: &CallConnectionId,
        participant: &CommunicationIdentifier,
    ) -> Option<ResultInformation> {
        let source = self.calls.get(&from)?;
        let raw_id = participant.raw_id();
        let Some(found) = source.participant(&raw_id) else {
            return Some(codes::PARTICIPANT_GONE);
        };
        let there = self.calls.get(&to)?;
        let there = there.participant(&raw_id).is_some()
            || there.invites.iter().any(|invite| *invite.raw_id == *raw_id);
        if from == to || there {
            return Some(codes::CONFLICT);
        }
        let leg = found.leg.and_then(|leg| source.leg(leg))?;
        if leg.id == *from_call {
            return Some(codes::OWN_PARTICIPANT);
        }
        (leg.state == ConnectionState::Disconnecting).then_some(codes::CONFLICT)
    }
}
