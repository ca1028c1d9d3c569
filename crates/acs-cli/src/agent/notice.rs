//! What an agent tells its user: plain data, written as text or as one line of JSON. Nothing secret is in it: of
//! headers that came along only the names are.

use acs_calling::{
    CallDirection, CallEndReason, CallState, CallerInfo, CustomContext, ParticipantState, RemoteParticipant,
    TransferState,
};
use acs_common::CommunicationIdentifier;
use serde::Serialize;

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    /// The raw id; unknown where it is withheld.
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

impl From<&CallerInfo> for Person {
    fn from(caller: &CallerInfo) -> Self {
        Self {
            id: caller.identifier.as_ref().map(raw_id),
            name: caller.display_name.clone(),
        }
    }
}

impl From<CallerInfo> for Person {
    fn from(caller: CallerInfo) -> Self {
        Self::from(&caller)
    }
}

impl From<&CommunicationIdentifier> for Person {
    fn from(identifier: &CommunicationIdentifier) -> Self {
        Self {
            id: Some(raw_id(identifier)),
            name: None,
        }
    }
}

fn raw_id(identifier: &CommunicationIdentifier) -> String {
    identifier.raw_id().into_owned()
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Participant {
    #[serde(flatten)]
    pub(crate) who: Person,
    pub(crate) state: ParticipantState,
    pub(crate) muted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<CallEndReason>,
}

impl From<&RemoteParticipant> for Participant {
    fn from(participant: &RemoteParticipant) -> Self {
        Self {
            who: Person {
                id: Some(raw_id(&participant.identifier)),
                name: participant.display_name.clone(),
            },
            state: participant.state,
            muted: participant.is_muted,
            reason: participant.call_end_reason,
        }
    }
}

/// The names of headers that came along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Headers {
    pub(crate) voip: Vec<String>,
    pub(crate) sip: Vec<String>,
    pub(crate) user_to_user: bool,
}

impl From<&CustomContext> for Headers {
    fn from(context: &CustomContext) -> Self {
        Self {
            voip: context.voip_headers.keys().cloned().collect(),
            sip: context.sip_headers.keys().cloned().collect(),
            user_to_user: context.user_to_user.is_some(),
        }
    }
}

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Progress {
    Transferring,
    Transferred,
    Failed,
}

/// A call, as `calls` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) call: u32,
    /// Absent while it rings here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<CallState>,
    pub(crate) direction: CallDirection,
    pub(crate) muted: bool,
    pub(crate) participants: Vec<Participant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_call_id: Option<String>,
}

/// What is told. As JSON, its kind is the member `event`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Notice {
    SignedIn {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        endpoint: String,
    },
    /// Incoming calls can arrive, or not.
    Connection {
        connected: bool,
        /// It comes back by itself, unless the token has ended it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        invalid_token: bool,
    },
    /// A call rings here.
    Ringing {
        call: u32,
        caller: Person,
        #[serde(skip_serializing_if = "Option::is_none")]
        transferor: Option<Person>,
        #[serde(skip_serializing_if = "Option::is_none")]
        headers: Option<Headers>,
    },
    /// It rings no more, and somebody else is the reason.
    RingingEnded {
        call: u32,
        reason: CallEndReason,
    },
    /// A call is in another state.
    Call {
        call: u32,
        state: CallState,
        direction: CallDirection,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<CallEndReason>,
    },
    /// Somebody came into a call, or is there in another way.
    Participant {
        call: u32,
        #[serde(flatten)]
        participant: Participant,
    },
    /// Somebody is in a call no more.
    ParticipantGone {
        call: u32,
        #[serde(flatten)]
        who: Person,
    },
    /// This agent is muted or heard again, whoever did it.
    Muted {
        call: u32,
        muted: bool,
    },
    /// A transfer that this agent asked for.
    Transfer {
        call: u32,
        state: Progress,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<CallEndReason>,
    },
    /// This agent was transferred, and has a new call.
    TransferredTo {
        call: u32,
        to_call: u32,
    },
    /// Somebody wants to transfer this agent.
    TransferAsked {
        call: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<Person>,
    },
    /// The answer to `calls`.
    Calls {
        calls: Vec<Listed>,
    },
    /// The answer to `who`.
    Who {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        connected: bool,
    },
    /// The answer to `help`.
    Help,
    /// Keys were pressed.
    Pressed {
        call: u32,
        keys: String,
    },
    /// A command was carried out; what came of it is told by itself.
    Done {
        command: String,
    },
    /// A command was not understood or not carried out.
    Refused {
        command: String,
        message: String,
    },
    SignedOut,
}

impl Notice {
    /// What a transfer has come to; nothing before it is sent.
    pub(crate) fn transfer(call: u32, state: TransferState) -> Option<Self> {
        let (state, reason) = match state {
            TransferState::Transferring => (Progress::Transferring, None),
            TransferState::Transferred => (Progress::Transferred, None),
            TransferState::Failed(error) => (Progress::Failed, Some(error)),
            _ => return None,
        };
        Some(Self::Transfer { call, state, reason })
    }
}
