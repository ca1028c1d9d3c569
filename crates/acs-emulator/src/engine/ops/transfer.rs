//! Transferring: the far end of a 1:1 call, or a named participant of a group call.
//!
//! The transferee comes into a call of its own with the target, so until the target answers, nothing in the
//! transferor's call changes.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::command::TransferToParticipant;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, Home, Invite, Purpose};
use crate::engine::reply::{Accepted, ConnectionState, Reply};
use crate::engine::timers::Operation;

impl Engine {
    pub(in crate::engine) fn transfer(
        &mut self,
        command: TransferToParticipant,
    ) -> Result<Reply, ServiceError> {
        let TransferToParticipant {
            connection,
            target,
            transferee,
            source_caller_id_number,
            custom_context,
            operation_context,
            operation_callback_uri,
        } = command;
        let (call_key, leg_key) = self.established(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let uri = check::operation_uri(&world.config, operation_callback_uri.as_deref())?;
        check::custom_context(&custom_context)?;
        let own = call.participants.iter().any(|party| party.leg == Some(leg_key));
        let moved = match &transferee {
            Some(named) => call
                .participant(&named.raw_id())
                .ok_or_else(ServiceError::participant_not_found)?,
            None if call.group || !own => {
                return Err(ServiceError::invalid("transferee is required in a group call."));
            }
            None => call
                .far_end(leg_key)
                .ok_or_else(ServiceError::participant_not_found)?,
        };
        if moved.leg == Some(leg_key) {
            return Err(ServiceError::invalid("the application cannot transfer itself."));
        }
        if call.participant(&target.raw_id()).is_some() {
            return Err(ServiceError::invalid(
                "the transfer target is in the call already.",
            ));
        }
        let (transferee, transferee_id) = (moved.identity.clone(), Arc::clone(&moved.raw_id));
        let asked = world.asking.contains(&*transferee_id);
        // The target sees the transferee; a user needs a number to be shown on a telephone.
        let shown = if target.is_phone_number() && !transferee.is_phone_number() {
            check::caller_id(world, source_caller_id_number.as_ref())?
        } else {
            transferee
        };
        let leg = call.leg_mut(leg_key).ok_or_else(ServiceError::call_not_found)?;
        if leg.transfer.is_some() {
            return Err(ServiceError::fixed(
                409,
                "8607",
                "Another transfer is in progress.",
            ));
        }
        let mut next = Call::new(world, Home::Participants);
        leg.transfer = Some(next.key);
        leg.state = ConnectionState::Transferring;
        let id = leg.id.clone();
        call.begins(&mut next);
        world.state(call, &id, "transferring");
        let operation = Operation {
            connection,
            context: operation_context.clone(),
            uri,
        };
        let purpose = Purpose::Transfer {
            from: call_key,
            transferee: transferee_id,
            operation,
        };
        let mut invite = Invite::new(world, target, shown, purpose).with_custom(custom_context);
        invite.held = asked;
        let timeout = world.config.invitation_timeout;
        next.invite(world, invite, Some(timeout));
        self.calls.insert(next.key, Box::new(next));
        Ok(Reply::Accepted(Accepted { operation_context }))
    }
}
