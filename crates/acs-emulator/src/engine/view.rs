//! A look at the calls from outside: for a control interface, not for the application, which sees its legs
//! alone.

use std::collections::{BTreeMap, HashSet};

use acs_common::{CallConnectionId, ServerCallId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::model::{Call, Home, id_key};
use super::reply::ConnectionState;
use super::script::PartyScript;
use super::settings::CallingSettings;
use crate::journal::address;

/// A call, with everybody in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallView {
    /// Its id.
    pub server_call_id: ServerCallId,
    /// Its signalling chain.
    pub correlation_id: String,
    /// The group call id, where it is a group call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_call_id: Option<String>,
    /// The room id, where it is a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// Whether two parties have met, or it is a group call or a room.
    pub established: bool,
    /// Those who are in it.
    pub participants: Vec<ParticipantView>,
    /// Those who are called.
    pub ringing: Vec<RingingView>,
    /// What the application has of it.
    pub legs: Vec<LegView>,
    /// The call from which a transfer began this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_of: Option<ServerCallId>,
    /// The calls that transfers began from this one, also where they came to nothing; the latest 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<ServerCallId>,
    /// The recording that runs, or is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// When it ended; nothing while it goes on. Then the rest is as it was right before the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ParticipantView {
    /// Who.
    pub raw_id: String,
    /// Whether he is muted.
    pub muted: bool,
    /// Whether he is on hold.
    pub on_hold: bool,
    /// The leg of the application that he is; nothing for a party that can be driven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_connection_id: Option<CallConnectionId>,
    /// Whether it is a call agent that is signed in, and acts by itself.
    #[serde(default)]
    pub agent: bool,
}

/// Somebody who is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RingingView {
    /// Who.
    pub raw_id: String,
    /// Who calls.
    pub from: String,
    /// Which Teams user's settings forwarded the call here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded_by: Option<String>,
    /// Whether the application is offered the call.
    pub offered: bool,
    /// Whether it was answered and is about to be put through.
    pub answered: bool,
    /// Whether it is a call agent that is signed in, and answers by itself.
    #[serde(default)]
    pub agent: bool,
}

/// A leg of the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LegView {
    /// Its id.
    pub call_connection_id: CallConnectionId,
    /// `connecting`, `connected`, `transferring` or `disconnecting`.
    pub state: String,
    /// Where its events go, without the values of the query.
    pub callback_uri: String,
    /// The context that it was set up with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
}

/// What a party does in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PartyCallView {
    /// The call.
    pub server_call_id: ServerCallId,
    /// What it does.
    pub doing: Doing,
}

/// What a party does in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Doing {
    /// It is called, and has not answered.
    Ringing,
    /// It is in the call.
    InCall,
    /// It is in the call, and does not hear it.
    OnHold,
}

/// What the engine knows of a party.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartyKnown {
    /// What it does by itself, where it was told.
    pub script: Option<PartyScript>,
    /// What it has set about its calls, where it is a Teams user that was given settings.
    pub calling_settings: Option<CallingSettings>,
    /// The calls that it is in, or that ring with it.
    pub calls: Vec<PartyCallView>,
}

impl Engine {
    /// The calls that began last, those first, and how many there are.
    pub fn calls(&self, most: usize) -> (usize, Vec<CallView>) {
        let mut keys: Vec<u64> = self.calls.keys().copied().collect();
        keys.sort_unstable_by(|one, other| other.cmp(one));
        keys.truncate(most);
        let views = keys
            .iter()
            .filter_map(|key| Some(self.calls.get(key)?.view(&self.world.online)));
        (self.calls.len(), views.collect())
    }

    /// One call that goes on.
    pub fn call(&self, id: &ServerCallId) -> Option<CallView> {
        let key = self.world.calls_by_id.get(id_key(id.as_str()))?;
        Some(self.calls.get(key)?.view(&self.world.online))
    }

    /// The call that a leg is of, and where the events of the leg go.
    pub fn leg_home(&self, leg: &CallConnectionId) -> Option<(CallView, String)> {
        let (call, key) = self.world.legs_by_id.get(leg)?;
        let call = self.calls.get(call)?;
        Some((
            call.view(&self.world.online),
            call.leg(*key)?.callback_uri.to_string(),
        ))
    }

    /// Everybody who has a script, is in a call or is called, and the numbers of the resource. By raw id.
    pub fn parties(&self) -> BTreeMap<String, PartyKnown> {
        let mut parties: BTreeMap<String, PartyKnown> = BTreeMap::new();
        for (raw_id, script) in &self.world.scripts {
            parties.entry(raw_id.clone()).or_default().script = Some(script.clone());
        }
        for (raw_id, settings) in &self.world.calling_settings {
            parties.entry(raw_id.clone()).or_default().calling_settings = Some(settings.clone());
        }
        for number in &self.world.config.phone_numbers {
            parties.entry(format!("4:{}", number.as_str())).or_default();
        }
        let mut calls: Vec<_> = self.calls.values().collect();
        calls.sort_unstable_by_key(|call| call.key);
        for call in calls {
            let mut note = |raw_id: &str, doing| {
                let view = PartyCallView {
                    server_call_id: call.id.clone(),
                    doing,
                };
                parties.entry(raw_id.to_owned()).or_default().calls.push(view);
            };
            for party in call.participants.iter().filter(|party| party.leg.is_none()) {
                let doing = if party.shown().is_on_hold {
                    Doing::OnHold
                } else {
                    Doing::InCall
                };
                note(&party.raw_id, doing);
            }
            for invite in call.invites.iter().filter(|invite| invite.leg.is_none()) {
                note(&invite.raw_id, Doing::Ringing);
            }
        }
        parties
    }

    /// The numbers of the resource.
    pub fn phone_numbers(&self) -> &[acs_common::PhoneNumber] {
        &self.world.config.phone_numbers
    }
}

impl Call {
    /// What there is to see of it. Those who are online are agents.
    pub(super) fn view(&self, online: &HashSet<String>) -> CallView {
        let (transfer_of, transfers) = match &self.links {
            Some(links) => (links.of.clone(), links.begun.clone()),
            None => (None, Vec::new()),
        };
        let leg_id = |key| self.leg(key).map(|leg| leg.id.clone());
        let (group_call_id, room_id) = match &self.home {
            Home::Participants => (None, None),
            Home::Group(id) => (Some(id.clone()), None),
            Home::Room(id) => (None, Some(id.clone())),
        };
        CallView {
            server_call_id: self.id.clone(),
            correlation_id: self.correlation.to_string(),
            group_call_id,
            room_id,
            established: self.established,
            transfer_of,
            transfers,
            participants: self
                .participants
                .iter()
                .map(|party| {
                    let shown = party.shown();
                    ParticipantView {
                        raw_id: party.raw_id.to_string(),
                        muted: shown.is_muted,
                        on_hold: shown.is_on_hold,
                        call_connection_id: party.leg.and_then(leg_id),
                        agent: party.is_virtual() && online.contains(&*party.raw_id),
                    }
                })
                .collect(),
            ringing: self
                .invites
                .iter()
                .map(|invite| RingingView {
                    raw_id: invite.raw_id.to_string(),
                    from: invite.from.raw_id().into_owned(),
                    forwarded_by: invite.forwarder().map(|who| who.raw_id().into_owned()),
                    offered: invite.offer.is_some(),
                    answered: invite.accepted,
                    agent: online.contains(&*invite.raw_id),
                })
                .collect(),
            legs: self
                .legs
                .iter()
                .map(|leg| LegView {
                    call_connection_id: leg.id.clone(),
                    state: name(leg.state).to_owned(),
                    callback_uri: address(&leg.callback_uri),
                    operation_context: leg.context.as_ref().map(ToString::to_string),
                })
                .collect(),
            recording_id: self
                .recording
                .as_ref()
                .map(|recording| recording.label.id.to_string()),
            ended: None,
        }
    }
}

fn name(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Connecting => "connecting",
        ConnectionState::Connected => "connected",
        ConnectionState::Transferring => "transferring",
        ConnectionState::Disconnecting => "disconnecting",
    }
}
