//! What parties that somebody waits for see of their calls, and what they do in one of them.

use std::sync::Arc;

use acs_common::{CommunicationIdentifier, ServerCallId};

use super::Engine;
use super::codes::{self, Failure};
use super::command::{CallAction, InCall};
use super::effect::IncomingCustomContext;
use super::error::ServiceError;
use super::input::Input;
use super::model::{Call, CallKey, Home, Invite, Participant, Purpose, id_key};
use super::reply::Reply;
use super::script::RejectReason;

/// One call, as one party sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
pub struct Outlook {
    /// Who sees it, by raw id.
    pub raw_id: Arc<str>,
    /// The call.
    pub call: ServerCallId,
    /// Where the party is.
    pub place: Place,
    /// Whether two parties have met.
    pub established: bool,
    /// Whether it is no call of two: several were called, somebody was added, or it was joined. Never goes back.
    pub group: bool,
    /// Whether the party is muted.
    pub muted: bool,
    /// Whether the application put it on hold.
    pub on_hold: bool,
    /// The others, those who ring included.
    pub others: Vec<Neighbour>,
}

/// What is new in one call to the parties of it that somebody waits for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallNews {
    /// The call.
    pub call: ServerCallId,
    /// How those see it who are in it, or about to be.
    pub outlooks: Vec<Outlook>,
    /// Who was there and is no longer, by raw id.
    pub left: Vec<Arc<str>>,
}

/// Where a party is in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// It rings there.
    Ringing(Box<Ringing>),
    /// It has answered and is about to be in.
    Answering,
    /// The application has answered for it.
    AnsweredByApplication,
    /// It takes part.
    In,
    /// It is asked whether it may be moved here.
    Asked {
        /// From this call.
        from: ServerCallId,
        /// To whom.
        target: CommunicationIdentifier,
    },
    /// It is about to be moved here, when the target answers.
    Coming {
        /// From this call.
        from: ServerCallId,
    },
}

/// What is told of a call that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ringing {
    /// Who calls.
    pub from: CommunicationIdentifier,
    /// The caller's name; often empty.
    pub display_name: String,
    /// Headers.
    pub custom: Option<IncomingCustomContext>,
    /// Who transfers the call here.
    pub transferor: Option<CommunicationIdentifier>,
    /// Which Teams user's settings forwarded it here.
    pub forwarder: Option<CommunicationIdentifier>,
}

/// Somebody else in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Neighbour {
    /// Who.
    pub identifier: CommunicationIdentifier,
    /// Whether muted.
    pub muted: bool,
    /// Whether on hold.
    pub on_hold: bool,
    /// Whether it still rings.
    pub ringing: bool,
    /// Whether it is no application, nor a number of the resource at whose other end one is.
    pub is_party: bool,
}

impl Engine {
    /// Says whether somebody waits for the calls of a party. What it sees of its calls is news then.
    pub(super) fn set_online(&mut self, raw_id: String, online: bool) {
        if online {
            self.calls.watch(true);
            let concerned = |call: &Call| {
                let invited = |invite: &Invite| match &invite.purpose {
                    _ if *invite.raw_id == *raw_id => true,
                    Purpose::Transfer { transferee, .. } => **transferee == *raw_id,
                    _ => false,
                };
                call.participant(&raw_id).is_some() || call.invites.iter().any(invited)
            };
            let calls = self.calls.values().filter(|call| concerned(call));
            let keys: Vec<CallKey> = calls.map(|call| call.key).collect();
            for key in keys {
                self.calls.touch(key);
            }
            self.world.online.insert(raw_id);
        } else {
            self.world.online.remove(&raw_id);
            self.calls.forget(&raw_id);
            self.calls.watch(!self.world.online.is_empty());
        }
    }

    /// What is new, or may be, since this was last asked, to parties that somebody waits for; in the order in
    /// which their calls began. `again` are calls of which something has changed that the engine does not
    /// know, and `also` says which calls are told of even where nobody of them is waited for.
    pub fn news<'a>(
        &mut self,
        again: impl IntoIterator<Item = &'a ServerCallId>,
        also: impl Fn(&ServerCallId) -> bool,
    ) -> Vec<CallNews> {
        for call in again {
            if let Some(key) = self.world.calls_by_id.get(id_key(call.as_str())) {
                self.calls.touch(*key);
            }
        }
        let mut news = Vec::new();
        for (key, over) in self.calls.take_touched() {
            let (id, outlooks) = match (over, self.calls.get(&key)) {
                (_, Some(call)) => (call.id.clone(), self.outlooks(call)),
                (Some(id), None) => (id, Vec::new()),
                // Not a call any more, and told of already.
                (None, None) => continue,
            };
            let seen = outlooks
                .iter()
                .map(|outlook| Arc::clone(&outlook.raw_id))
                .collect();
            let mut left = self.calls.see(key, seen);
            left.retain(|raw_id| outlooks.iter().all(|outlook| outlook.raw_id != *raw_id));
            if !(outlooks.is_empty() && left.is_empty()) || also(&id) {
                news.push(CallNews {
                    call: id,
                    outlooks,
                    left,
                });
            }
        }
        news
    }

    /// How a party that somebody waits for sees one of its calls.
    pub fn outlook(&self, raw_id: &str, call: &ServerCallId) -> Option<Outlook> {
        let key = self.world.calls_by_id.get(id_key(call.as_str()))?;
        let outlooks = self.outlooks(self.calls.get(key)?);
        outlooks.into_iter().find(|outlook| *outlook.raw_id == *raw_id)
    }

    /// How those parties see a call that somebody waits for.
    pub(super) fn outlooks(&self, call: &Call) -> Vec<Outlook> {
        let online = &self.world.online;
        let mut seen = Vec::new();
        let present = call.participants.iter();
        for party in present.filter(|party| party.is_virtual() && online.contains(&*party.raw_id)) {
            let mut outlook = outlook(call, &party.raw_id, Place::In);
            outlook.muted = party.muted;
            outlook.on_hold = party.on_hold;
            seen.push(outlook);
        }
        for invite in &call.invites {
            if !invite.held && online.contains(&*invite.raw_id) {
                let mut outlook = outlook(call, &invite.raw_id, self.place(invite));
                outlook.muted = invite.muted;
                seen.push(outlook);
            }
            if let Purpose::Transfer { from, transferee, .. } = &invite.purpose
                && online.contains(&**transferee)
                && let Some(from) = self.calls.get(from)
            {
                let from = from.id.clone();
                let target = invite.target.clone();
                let place = if invite.held {
                    Place::Asked { from, target }
                } else {
                    Place::Coming { from }
                };
                let mut outlook = outlook(call, transferee, place);
                outlook.muted = invite.moves_muted;
                seen.push(outlook);
            }
        }
        seen
    }

    fn place(&self, invite: &Invite) -> Place {
        match (invite.accepted, invite.leg) {
            (true, _) if invite.leg.is_some() => Place::AnsweredByApplication,
            (true, _) => Place::Answering,
            (false, _) => Place::Ringing(Box::new(Ringing {
                from: invite.from.clone(),
                display_name: invite.display_name.clone(),
                custom: invite.custom.clone(),
                transferor: self.transferor(invite),
                forwarder: invite.forwarder().cloned(),
            })),
        }
    }

    /// The application that transfers, by the identity that it has in its call.
    fn transferor(&self, invite: &Invite) -> Option<CommunicationIdentifier> {
        let Purpose::Transfer { from, operation, .. } = &invite.purpose else {
            return None;
        };
        let call = self.calls.get(from)?;
        let leg = call.legs.iter().find(|leg| leg.id == operation.connection)?;
        let own = call.participants.iter().find(|party| party.leg == Some(leg.key));
        own.map(|party| party.identity.clone())
    }

    /// Whether two parties have met in a call; `None` when it is over.
    pub fn established_parties(&self, call: &ServerCallId) -> Option<bool> {
        let key = self.world.calls_by_id.get(id_key(call.as_str()))?;
        Some(self.calls.get(key)?.established)
    }

    pub(super) fn in_call(&mut self, command: InCall) -> Result<Reply, ServiceError> {
        let InCall { call, raw_id, action } = command;
        let key = self.world.calls_by_id.get(id_key(call.as_str())).copied();
        let key = key.ok_or_else(ServiceError::call_not_found)?;
        let (world, call) = self.split(key).ok_or_else(ServiceError::call_not_found)?;
        if let CallAction::Consent { agreed, muted } = action {
            let asked = |invite: &&mut Invite| {
                let moved = matches!(&invite.purpose, Purpose::Transfer { transferee, .. } if **transferee == *raw_id);
                invite.held && moved
            };
            let invite = call.invites.iter_mut().find(asked);
            let invite = invite.ok_or_else(ServiceError::participant_not_found)?;
            let invite_key = invite.key;
            if agreed {
                invite.held = false;
                invite.moves_muted = muted;
                invite.begin(world, key);
            } else {
                invite.silence(world);
                self.fail(key, invite_key, Failure::Rejected(RejectReason::Declined));
            }
            return Ok(Reply::Done);
        }
        if matches!(action, CallAction::Answer { .. } | CallAction::Reject(_)) {
            let invite = call
                .invites
                .iter_mut()
                .find(|invite| !invite.accepted && !invite.held && *invite.raw_id == *raw_id)
                .ok_or_else(ServiceError::participant_not_found)?;
            let invite_key = invite.key;
            match action {
                CallAction::Reject(reason) => {
                    invite.silence(world);
                    self.fail(key, invite_key, Failure::Rejected(reason));
                }
                action => {
                    invite.muted = action == CallAction::Answer { muted: true };
                    self.accept(key, invite_key);
                }
            }
            return Ok(Reply::Done);
        }
        // It has answered and is about to be in.
        let answering = call
            .invites
            .iter_mut()
            .find(|invite| invite.accepted && invite.leg.is_none() && *invite.raw_id == *raw_id);
        if let Some(invite) = answering {
            match action {
                CallAction::Mute(muted) => invite.muted = muted,
                CallAction::HangUp => {
                    invite.accepted = false;
                    let invite = invite.key;
                    self.fail(key, invite, Failure::Rejected(RejectReason::Declined));
                }
                _ => return Err(ServiceError::not_established()),
            }
            return Ok(Reply::Done);
        }
        let party = call
            .participants
            .iter_mut()
            .find(|party| *party.raw_id == *raw_id && party.is_virtual())
            .ok_or_else(ServiceError::participant_not_found)?;
        let by = Arc::clone(&party.raw_id);
        match action {
            CallAction::Add(invitation) => return self.invite_into(key, &by, *invitation),
            CallAction::Remove(who) => return self.expel(key, &by, &who),
            CallAction::Mute(muted) => {
                if party.muted != muted {
                    party.muted = muted;
                    call.changed();
                    call.tell_everyone(world);
                }
            }
            CallAction::Press(tones) => self.hear(key, &raw_id, &Input::Press { tones }),
            CallAction::EndForEveryone if matches!(call.home, Home::Room(_)) => {
                return Err(ServiceError::fixed(
                    403,
                    "0",
                    "A room is not ended for everyone by a participant.",
                ));
            }
            CallAction::EndForEveryone => {
                self.end(key, None, &codes::ENDED_BY_OTHER, &codes::ENDED_BY_OTHER);
            }
            _ => self.leave(key, &raw_id),
        }
        Ok(Reply::Done)
    }
}

fn outlook(call: &Call, raw_id: &Arc<str>, place: Place) -> Outlook {
    let neighbour = |party: &Participant| Neighbour {
        identifier: party.identity.clone(),
        muted: party.muted,
        on_hold: party.on_hold || party.parked > 0,
        ringing: false,
        is_party: party.leg.is_none() && party.line.is_none(),
    };
    let present = call.participants.iter().filter(|party| party.raw_id != *raw_id);
    let ringing = call.invites.iter().filter(|invite| invite.raw_id != *raw_id);
    Outlook {
        raw_id: Arc::clone(raw_id),
        call: call.id.clone(),
        place,
        established: call.established,
        group: call.group,
        muted: false,
        on_hold: false,
        others: present
            .map(neighbour)
            .chain(ringing.map(|invite| Neighbour {
                identifier: invite.target.clone(),
                muted: invite.muted,
                on_hold: false,
                ringing: true,
                is_party: true,
            }))
            .collect(),
    }
}
