//! Adding a participant, and withdrawing the invitation.

use acs_common::InvitationId;

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes;
use crate::engine::command::{AddParticipant, CancelAddParticipant};
use crate::engine::effect::EventKind;
use crate::engine::error::ServiceError;
use crate::engine::model::{Invite, Participant, Purpose};
use crate::engine::reply::{CancelRequested, Invited, Reply};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::{FollowUp, Step};

impl Engine {
    pub(in crate::engine) fn add_participant(
        &mut self,
        command: AddParticipant,
    ) -> Result<Reply, ServiceError> {
        let AddParticipant {
            connection,
            participant: target,
            source_caller_id_number,
            source_display_name,
            invitation_timeout,
            custom_context,
            operation_context,
            operation_callback_uri,
        } = command;
        let (call_key, leg_key) = self.established(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let uri = check::operation_uri(&world.config, operation_callback_uri.as_deref())?;
        check::custom_context(&custom_context)?;
        let timeout = check::invitation_timeout(&world.config, invitation_timeout)?;
        let telephone = target.is_phone_number();
        let caller_id = telephone
            .then(|| check::caller_id(world, source_caller_id_number.as_ref()))
            .transpose()?;
        if call.participant(&target.raw_id()).is_some()
            || call
                .invites
                .iter()
                .any(|invite| invite.target == target || *invite.called() == target)
        {
            return Err(ServiceError::invalid(
                "the participant is in the call or invited already.",
            ));
        }
        // An application that connected has no identity in the call; it invites as the application.
        let own = call.participants.iter().find(|party| party.leg == Some(leg_key));
        let own = own.map_or_else(|| world.application.clone(), |party| party.identity.clone());

        let invitation_id = InvitationId::from(world.guid().to_string());
        let operation = Operation {
            connection,
            context: operation_context.clone(),
            uri,
        };
        let purpose = Purpose::Add {
            invitation: invitation_id.clone(),
            operation,
        };
        let shown = Participant::new(target.clone()).shown();
        let mut invite =
            Invite::new(world, target, caller_id.unwrap_or(own), purpose).with_custom(custom_context);
        invite.display_name = source_display_name.unwrap_or_default();
        // Recorded: the call becomes a group call before anybody joins, and everybody gets its list again,
        // under a number that skips one.
        if !call.group {
            call.group = true;
            call.version += 1;
            let timer = world.after_step(Step::Spread, Timer::Roster { call: call_key });
            call.keep(world, timer);
        }
        call.invite(world, invite, Some(timeout));
        Ok(Reply::Invited(Invited {
            participant: shown,
            operation_context,
            invitation_id,
        }))
    }

    pub(in crate::engine) fn cancel_add_participant(
        &mut self,
        command: CancelAddParticipant,
    ) -> Result<Reply, ServiceError> {
        let CancelAddParticipant {
            connection,
            invitation_id,
            operation_context,
            operation_callback_uri,
        } = command;
        let (call_key, leg_key) = self.established(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let uri = check::operation_uri(&world.config, operation_callback_uri.as_deref())?;
        let operation = Operation {
            connection,
            context: operation_context.clone(),
            uri,
        };
        let timer = Timer::Operate(Box::new(Task::Withdraw {
            operation,
            invitation: invitation_id.clone(),
        }));
        let timer = world.after_step(Step::Operate, timer);
        call.keep_for(world, leg_key, timer);
        Ok(Reply::CancelRequested(CancelRequested {
            invitation_id,
            operation_context,
        }))
    }

    /// The invitation is withdrawn, unless it came to something in the meantime. The inviter is told the
    /// success of the withdrawal and nothing about the invitation (recorded).
    pub(in crate::engine) fn withdraw(&mut self, operation: &Operation, invitation: InvitationId) {
        let Some((call_key, _)) = self.world.legs_by_id.get(&operation.connection).copied() else {
            return;
        };
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let open = call.invites.iter().find(|invite| {
            let named = matches!(&invite.purpose, Purpose::Add { invitation: id, .. } if *id == invitation);
            named && !invite.accepted
        });
        let taken = open
            .map(|invite| invite.key)
            .and_then(|key| call.take_invite(world, key));
        let Some(invite) = taken else {
            let kind = EventKind::CancelAddParticipantFailed {
                invitation_id: invitation,
            };
            self.report(operation, kind, codes::INVITATION_GONE);
            return;
        };
        if let Some(line) = invite.line {
            world.follow_ups.push(FollowUp::Discard(line));
        }
        let kind = EventKind::CancelAddParticipantSucceeded {
            invitation_id: invitation,
        };
        self.report(operation, kind, codes::withdrawn(&invite.called().raw_id()));
        self.check_alone(call_key);
    }
}
