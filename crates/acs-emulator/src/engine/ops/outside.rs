//! What happens outside of the service: parties that call, join, answer and hang up, and what is made for
//! them.

use std::time::Duration;

use acs_common::CommunicationIdentifier;

use crate::engine::Engine;
use crate::engine::codes::{self, Failure, ResultInformation};
use crate::engine::command::{CallLocator, PartyAction, PlaceCall, StartCall};
use crate::engine::error::ServiceError;
use crate::engine::model::{CallKey, InviteKey, Participant};
use crate::engine::reply::Reply;

impl Engine {
    pub(in crate::engine) fn place_call(&mut self, command: PlaceCall) -> Result<Reply, ServiceError> {
        if command.from == command.to {
            return Err(ServiceError::invalid("nobody can call himself."));
        }
        let timeout = self.world.config.create_timeout;
        self.begin_call(StartCall::from(command), timeout, None)
    }

    pub(in crate::engine) fn join_call(
        &mut self,
        locator: CallLocator,
        party: CommunicationIdentifier,
        muted: bool,
    ) -> Result<Reply, ServiceError> {
        let call_key = self.locate(locator)?;
        let refusal = if self.room_forbids(call_key, &party) {
            Some(ServiceError::not_invited())
        } else {
            self.room_closed(call_key).then(ServiceError::room_closed)
        };
        if let Some(refusal) = refusal {
            self.check_alone(call_key);
            return Err(refusal);
        }
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        if !call.established {
            return Err(ServiceError::not_established());
        }
        if call.participant(&party.raw_id()).is_some()
            || call.invites.iter().any(|invite| invite.target == party)
        {
            return Err(ServiceError::invalid(
                "the party is in the call or invited already.",
            ));
        }
        let mut joining = Participant::new(party);
        joining.muted = muted;
        let raw_id = joining.raw_id.clone();
        call.group = true;
        call.join(joining);
        call.tell_everyone(world);
        call.start_script(world, &raw_id);
        let server_call_id = call.id.clone();
        self.check_unattended(call_key);
        Ok(Reply::Outside { server_call_id })
    }

    /// The invitation that rings longest with a party. Rare, so there is no index for it.
    fn ringing(&self, raw_id: &str) -> Option<(CallKey, InviteKey)> {
        let ringing = self.calls.values().flat_map(|call| {
            let open = call
                .invites
                .iter()
                .filter(|invite| !invite.accepted && &*invite.raw_id == raw_id);
            open.map(|invite| (invite.key, call.key))
        });
        ringing.min().map(|(invite, call)| (call, invite))
    }

    pub(in crate::engine) fn party_action(
        &mut self,
        raw_id: &str,
        action: PartyAction,
    ) -> Result<Reply, ServiceError> {
        match action {
            PartyAction::Answer => {
                let (call, invite) = self
                    .ringing(raw_id)
                    .ok_or_else(ServiceError::participant_not_found)?;
                self.accept(call, invite);
            }
            PartyAction::Reject(reason) => {
                let (call, invite) = self
                    .ringing(raw_id)
                    .ok_or_else(ServiceError::participant_not_found)?;
                let (world, found) = self.split(call).ok_or_else(ServiceError::call_not_found)?;
                if let Some(invite) = found.invite_mut(invite) {
                    invite.silence(world);
                }
                self.fail_after(call, invite, Duration::ZERO, Failure::Rejected(reason));
            }
            PartyAction::HangUp => {
                for call in self.calls_of(raw_id)? {
                    self.leave(call, raw_id);
                }
            }
            PartyAction::Input(input) => {
                for call in self.calls_of(raw_id)? {
                    self.hear(call, raw_id, &input);
                }
            }
        }
        Ok(Reply::Done)
    }

    /// The calls that a party of the engine is in, in the order in which they began.
    fn calls_of(&self, raw_id: &str) -> Result<Vec<CallKey>, ServiceError> {
        let mut calls: Vec<CallKey> = self
            .calls
            .values()
            .filter(|call| call.participant(raw_id).is_some_and(Participant::is_virtual))
            .map(|call| call.key)
            .collect();
        if calls.is_empty() {
            return Err(ServiceError::participant_not_found());
        }
        calls.sort_unstable();
        Ok(calls)
    }

    /// A virtual party hangs up by its script, unless it left and came back in the meantime.
    pub(in crate::engine) fn script_leaves(&mut self, call_key: CallKey, raw_id: &str) {
        let party = self
            .calls
            .get(&call_key)
            .and_then(|call| call.participant(raw_id));
        if party.is_some_and(|party| party.leaves_at == Some(self.world.now)) {
            self.leave(call_key, raw_id);
        }
    }

    /// A virtual party hangs up.
    pub(in crate::engine) fn leave(&mut self, call_key: CallKey, raw_id: &str) {
        let Some(party) = self
            .calls
            .get(&call_key)
            .and_then(|call| call.participant(raw_id))
        else {
            return;
        };
        let result = farewell(party);
        self.depart(call_key, raw_id, &result);
    }

    /// The other end of a telephone line is gone.
    pub(in crate::engine) fn line_closed(&mut self, call_key: CallKey, raw_id: &str) {
        self.leave(call_key, raw_id);
    }
}

/// What the other side of a 1:1 call is told when a party hangs up: telephones have codes of their own.
fn farewell(party: &Participant) -> ResultInformation {
    match (party.identity.is_phone_number(), party.caller) {
        (true, true) => codes::CALLER_HUNG_UP,
        (true, false) => codes::CALLEE_HUNG_UP,
        (false, _) => codes::ENDED_BY_OTHER,
    }
}
