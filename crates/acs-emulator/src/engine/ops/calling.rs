//! What a party does as a caller: calls one or several, and invites and removes others in a call that runs.

use std::sync::Arc;
use std::time::Duration;

use acs_common::{CommunicationIdentifier, ServerCallId};

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes::{self, ResultInformation};
use crate::engine::command::{Invitation, PlaceCall, StartCall};
use crate::engine::effect::{Actor, Effect, EventKind, Parted};
use crate::engine::end::hang_up_line;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, CallKey, Home, Invite, InviteKey, Participant, Purpose, id_key};
use crate::engine::reply::Reply;
use crate::engine::timers::Timer;
use crate::engine::world::{FollowUp, Step, World};

impl From<PlaceCall> for StartCall {
    fn from(command: PlaceCall) -> Self {
        Self {
            from: command.from,
            to: vec![command.to],
            caller_id: None,
            display_name: command.display_name,
            custom_context: command.custom_context,
            muted: false,
            direct: false,
        }
    }
}

fn refused(field: &str, expected: &str) -> ServiceError {
    ServiceError::field(400, "8523", field, expected)
}

/// A number to show must be the resource's (the service refuses others with this code).
fn check_caller_id(world: &World, caller_id: Option<&CommunicationIdentifier>) -> Result<(), ServiceError> {
    let Some(caller_id) = caller_id else { return Ok(()) };
    let owned = caller_id
        .as_phone_number()
        .is_some_and(|phone| world.owns(phone.number()));
    if owned {
        return Ok(());
    }
    let expected = format!("expected a number of the resource, found {}", caller_id.raw_id());
    Err(ServiceError::field(403, "7507", "alternateCallerId", &expected))
}

impl Engine {
    /// `transfer` is the call from which a party transfers another one by this, and which party.
    pub(in crate::engine) fn start_call(
        &mut self,
        command: StartCall,
        transfer: Option<(&ServerCallId, &str)>,
    ) -> Result<Reply, ServiceError> {
        let config = &self.world.config;
        let telephone = command.to.iter().any(CommunicationIdentifier::is_phone_number);
        let timeout = if telephone {
            config.long_set_up_timeout
        } else {
            config.set_up_timeout
        };
        self.begin_call(command, timeout, transfer)
    }

    /// A call begins outside of the service.
    pub(super) fn begin_call(
        &mut self,
        command: StartCall,
        timeout: Duration,
        transfer: Option<(&ServerCallId, &str)>,
    ) -> Result<Reply, ServiceError> {
        let StartCall {
            from,
            to,
            caller_id,
            display_name,
            custom_context,
            muted,
            direct,
        } = command;
        if to.is_empty() {
            return Err(refused("participants", "expected at least one"));
        }
        for (index, target) in to.iter().enumerate() {
            let who = target.raw_id();
            if *target == from {
                return Err(refused("participants", "expected others than the caller"));
            }
            if to.iter().skip(index + 1).any(|other| other == target) {
                let twice = format!("expected each one once, found {who} twice");
                return Err(refused("participants", &twice));
            }
        }
        check::custom_context(&custom_context)?;
        let world = &mut self.world;
        check_caller_id(world, caller_id.as_ref())?;
        let mut call = Call::new(world, Home::Participants);
        call.group = to.len() > 1;
        if let Some((of, by)) = transfer
            && let Some(old) = world.calls_by_id.get(id_key(of.as_str()))
            && let Some(old) = self.calls.get_mut(old)
        {
            old.begins(&mut call);
            world.signal(old, Actor::Party(Arc::from(by)), Actor::Service, "transfers");
        }
        let mut caller = Participant::new(from.clone());
        caller.caller = true;
        caller.muted = muted;
        let by = Arc::clone(&caller.raw_id);
        call.join(caller);
        world.signal(&call, Actor::Party(Arc::clone(&by)), Actor::Service, "calls");
        for target in to {
            let shown = caller_id.as_ref().filter(|_| target.is_phone_number());
            let shown = shown.unwrap_or(&from).clone();
            let purpose = Purpose::Placed { by: Arc::clone(&by) };
            let mut invite = Invite::new(world, target, shown, purpose).with_custom(custom_context.clone());
            if direct {
                invite = invite.direct();
            }
            invite.display_name = display_name.clone().unwrap_or_default();
            call.invite(world, invite, Some(timeout));
        }
        let server_call_id = call.id.clone();
        self.calls.insert(call.key, Box::new(call));
        Ok(Reply::Outside { server_call_id })
    }

    /// A party invites somebody into its call. The lists that applications get are those of an addition by
    /// Call Automation.
    pub(in crate::engine) fn invite_into(
        &mut self,
        call_key: CallKey,
        by: &Arc<str>,
        invitation: Invitation,
    ) -> Result<Reply, ServiceError> {
        let Invitation {
            participant,
            caller_id,
            display_name,
        } = invitation;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        if !call.established {
            return Err(ServiceError::not_established());
        }
        let raw_id = participant.raw_id();
        if call.participant(&raw_id).is_some() || call.invites.iter().any(|invite| *invite.raw_id == *raw_id)
        {
            let there = format!("expected somebody else, {raw_id} is in the call or rings");
            return Err(refused("participant", &there));
        }
        check_caller_id(world, caller_id.as_ref())?;
        let own = call.participant(by).map(|party| party.identity.clone());
        let own = own.ok_or_else(ServiceError::participant_not_found)?;
        let telephone = participant.is_phone_number();
        let shown = caller_id.filter(|_| telephone).unwrap_or(own);
        let timeout = if telephone || !call.group {
            world.config.long_set_up_timeout
        } else {
            world.config.set_up_timeout
        };
        world.signal(
            call,
            Actor::Party(Arc::clone(by)),
            Actor::Service,
            "adds somebody",
        );
        let purpose = Purpose::Asked { by: Arc::clone(by) };
        let mut invite = Invite::new(world, participant, shown, purpose);
        invite.display_name = display_name.unwrap_or_default();
        if !call.group {
            call.group = true;
            call.version += 1;
            let timer = world.after_step(Step::Spread, Timer::Roster { call: call_key });
            call.keep(world, timer);
        }
        call.invite(world, invite, Some(timeout));
        Ok(Reply::Done)
    }

    /// A party takes somebody out of its call, or takes back that somebody rings.
    pub(in crate::engine) fn expel(
        &mut self,
        call_key: CallKey,
        by: &Arc<str>,
        raw_id: &str,
    ) -> Result<Reply, ServiceError> {
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        if **by == *raw_id {
            return Err(refused(
                "participant",
                "expected somebody else; to leave, hang up",
            ));
        }
        let actor = Actor::Party(Arc::clone(by));
        if let Some(invite) = call.invites.iter().find(|invite| *invite.raw_id == *raw_id) {
            let key = invite.key;
            world.signal(call, actor, Actor::Service, "removes somebody");
            self.withdraw_one(call_key, key, &codes::CANCELLED);
            let over = |call: &Call| !call.established && call.invites.is_empty();
            if self.calls.get(&call_key).is_some_and(over) {
                // Nobody is left who could answer.
                self.end(call_key, None, &codes::CANCELLED, &codes::CANCELLED);
            }
            self.check_alone_with(call_key, &codes::ALONE_AFTER_REMOVAL);
            return Ok(Reply::Done);
        }
        let Some(party) = call.participant(raw_id) else {
            let unknown = format!("expected somebody in the call, {raw_id} is not");
            return Err(refused("participant", &unknown));
        };
        let leg = party.leg;
        world.signal(call, actor, Actor::Service, "removes somebody");
        let group = call.group;
        self.removed(call_key, raw_id, leg);
        if group && let Some((world, call)) = self.split(call_key) {
            call.tell_everyone(world);
        }
        self.check_alone_with(call_key, &codes::ALONE_AFTER_REMOVAL);
        Ok(Reply::Done)
    }

    /// Takes a participant out. Only itself is told, and that it was removed.
    pub(super) fn removed(&mut self, call_key: CallKey, raw_id: &str, leg: Option<u64>) {
        if let Some(leg) = leg {
            self.disconnect(call_key, leg, &codes::REMOVED);
            return;
        }
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        if let Some(party) = call.take_participant(raw_id) {
            hang_up_line(world, &party);
            world.follow_ups.push(FollowUp::Left(call_key));
            world.effects.push(Effect::Parted(Parted {
                server_call_id: call.id.clone(),
                party: party.raw_id,
                invited_by: None,
                result: codes::REMOVED,
            }));
        }
        self.withdraw_of(call_key, raw_id);
    }

    /// Whoever rings because a party wanted it is not wanted any more, for that party is gone.
    pub(in crate::engine) fn withdraw_of(&mut self, call_key: CallKey, raw_id: &str) {
        let Some(call) = self.calls.get(&call_key) else {
            return;
        };
        let asked = call.invites.iter().filter(|invite| {
            let by = match &invite.purpose {
                Purpose::Placed { by } | Purpose::Asked { by } => Some(by),
                _ => None,
            };
            !invite.accepted && by.is_some_and(|by| **by == *raw_id)
        });
        let keys: Vec<InviteKey> = asked.map(|invite| invite.key).collect();
        for key in keys {
            self.withdraw_one(call_key, key, &codes::CANCELLED);
        }
    }

    /// An invitation ends before it came to anything, also where somebody had just answered it.
    fn withdraw_one(&mut self, call_key: CallKey, key: InviteKey, result: &ResultInformation) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(invite) = call.take_invite(world, key) else {
            return;
        };
        if let Some(line) = invite.line {
            world.follow_ups.push(FollowUp::Discard(line));
        }
        world.effects.push(Effect::Parted(Parted {
            server_call_id: call.id.clone(),
            party: Arc::clone(&invite.raw_id),
            invited_by: None,
            result: result.clone(),
        }));
        if let Some(answering) = invite.leg {
            self.disconnect(call_key, answering, &codes::CALL_GONE);
        }
        if let Purpose::Add { operation, .. } = &invite.purpose {
            let result = codes::invitation_cancelled(&invite.raw_id);
            let kind = EventKind::AddParticipantFailed {
                participant: invite.target,
            };
            self.report(operation, kind, result);
        }
    }
}
