//! What the control API answers.

use acs_common::{PhoneNumber, ServerCallId};
use serde::Deserialize;

use crate::agents::AgentView;
use crate::engine::{CallView, CallingSettings, PartyCallView, PartyScript};
use crate::faults::FaultState;
use crate::journal::JournalEntry;

/// How an emulator is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Health {
    /// The version of the emulator.
    pub version: String,
    /// The endpoint of its resource.
    pub endpoint: String,
    /// The numbers of its resource.
    pub phone_numbers: Vec<PhoneNumber>,
    /// The immutable resource id, the audience of tokens.
    pub resource_id: String,
    /// How many events are queued or on their way.
    pub pending_deliveries: usize,
}

/// A part of the journal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct JournalPage {
    /// How many entries fell out at its beginning.
    pub dropped: u64,
    /// Entries, the oldest first.
    pub entries: Vec<JournalEntry>,
}

/// The calls of an emulator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CallList {
    /// How many go on.
    pub open: usize,
    /// How many are remembered that ended.
    pub ended: usize,
    /// Those that go on and behind them those that ended, both with the latest first.
    pub calls: Vec<CallView>,
}

/// A user, a telephone or a number.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PartyView {
    /// Who.
    pub raw_id: String,
    /// `user`, `telephone`, `number` (of the resource) or `other`.
    pub kind: String,
    /// Whether it is a call agent that is signed in, and acts by itself.
    #[serde(default)]
    pub agent: bool,
    /// What it does by itself, where it was told.
    pub script: Option<PartyScript>,
    /// What it has set about its calls, where it is a Teams user that was given settings.
    pub calling_settings: Option<CallingSettings>,
    /// What it is doing.
    pub calls: Vec<PartyCallView>,
}

/// A room that was made.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoomMade {
    /// Its id.
    pub room_id: String,
    /// The call in it, where there are parties.
    pub server_call_id: Option<ServerCallId>,
}

/// A group call that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupCallMade {
    /// Its id.
    pub group_call_id: String,
    /// The call.
    pub server_call_id: ServerCallId,
}

#[derive(Deserialize)]
pub(super) struct Fail {
    pub(super) error: Why,
}

#[derive(Deserialize)]
pub(super) struct Why {
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct FaultList {
    pub(super) faults: Vec<FaultState>,
}

#[derive(Deserialize)]
pub(super) struct PartyList {
    pub(super) parties: Vec<PartyView>,
}

#[derive(Deserialize)]
pub(super) struct AgentList {
    pub(super) agents: Vec<AgentView>,
}

#[derive(Deserialize)]
pub(super) struct NumberList {
    pub(super) numbers: Vec<PhoneNumber>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserMade {
    pub(super) raw_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutsideCall {
    pub(super) server_call_id: ServerCallId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Injected {
    pub(super) journal_entry: u64,
}
