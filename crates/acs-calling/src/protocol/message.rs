//! What is said in either direction.

use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, Secret};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::model::{raw_id, raw_id_option, raw_ids};
use super::{
    CallEndReason, CallId, CallLocator, CallSnapshot, CustomContext, IncomingCallInfo, SessionId, TransferId,
    TransferRequestId, TransferStatus, TransferTarget,
};

/// A request of an endpoint. Each one is answered by a [`ServerMessage::Reply`] of the same number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientMessage {
    /// Counts up from 1 within a connection.
    pub id: u64,
    /// What is wanted.
    pub request: Request,
}

/// What an endpoint can want.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Request {
    /// The first message of every connection; answered by [`ServerMessage::SignedIn`] or a reply that refuses.
    SignIn(SignIn),
    /// A fresher token for the same identity.
    UpdateToken {
        /// The token.
        #[serde(with = "secret")]
        token: Secret,
    },
    /// The agent leaves. Its calls end.
    SignOut,
    /// Calls one or several.
    StartCall {
        /// What the call is to be called.
        call: CallId,
        /// Whom.
        #[serde(with = "raw_ids")]
        participants: Vec<CommunicationIdentifier>,
        /// The telephone number to show to telephones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alternate_caller_id: Option<String>,
        /// Headers to go along.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custom_context: Option<CustomContext>,
        /// Whether it begins muted.
        #[serde(default)]
        muted: bool,
    },
    /// Joins a group call or a room.
    Join {
        /// What the call is to be called.
        call: CallId,
        /// Which.
        locator: CallLocator,
        /// Whether it begins muted.
        #[serde(default)]
        muted: bool,
    },
    /// Takes an incoming call.
    Accept {
        /// Which.
        call: CallId,
        /// Whether it begins muted.
        #[serde(default)]
        muted: bool,
    },
    /// Declines an incoming call.
    Reject {
        /// Which.
        call: CallId,
    },
    /// Leaves a call.
    HangUp {
        /// Which.
        call: CallId,
        /// Ends it for everybody.
        #[serde(default)]
        for_everyone: bool,
    },
    /// Puts a call on hold.
    Hold {
        /// Which.
        call: CallId,
    },
    /// Takes a call back.
    Resume {
        /// Which.
        call: CallId,
    },
    /// Mutes or unmutes this endpoint.
    Mute {
        /// In which call.
        call: CallId,
        /// Whether muted.
        muted: bool,
    },
    /// Presses a key.
    SendDtmf {
        /// In which call.
        call: CallId,
        /// Which.
        tone: DtmfTone,
    },
    /// Invites somebody into a call.
    AddParticipant {
        /// Which.
        call: CallId,
        /// Whom.
        #[serde(with = "raw_id")]
        participant: CommunicationIdentifier,
        /// The telephone number to show to a telephone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alternate_caller_id: Option<String>,
    },
    /// Takes somebody out of a call.
    RemoveParticipant {
        /// Which.
        call: CallId,
        /// Whom.
        #[serde(with = "raw_id")]
        participant: CommunicationIdentifier,
    },
    /// Moves the far end of a call. The reply says that it was taken on; its course follows as
    /// [`ServerMessage::Transfer`].
    Transfer {
        /// The call whose far end is moved.
        call: CallId,
        /// What the transfer is to be called.
        transfer: TransferId,
        /// Whither.
        target: TransferTarget,
        /// Headers for the target.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custom_context: Option<CustomContext>,
    },
    /// Gives a transfer up: nobody is to ring for it any more.
    CancelTransfer {
        /// Which.
        transfer: TransferId,
    },
    /// Answers a [`ServerMessage::TransferRequested`].
    AnswerTransfer {
        /// Which.
        transfer_request: TransferRequestId,
        /// Whether the transferee goes along.
        accept: bool,
        /// Whether the call to the target begins muted.
        #[serde(default)]
        muted: bool,
    },
    /// Something that a newer client wants.
    #[serde(other)]
    Unknown,
}

/// Who signs in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The version of the protocol, [`VERSION`](super::VERSION).
    pub version: u32,
    /// The user access token.
    #[serde(with = "secret")]
    pub token: Secret,
    /// The device; an identity has at most one agent on each.
    pub endpoint: String,
    /// The name to show to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether this endpoint wants to be asked before it is transferred.
    #[serde(default)]
    pub asks_before_transfer: bool,
    /// What is to be taken up again after the connection was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<SessionId>,
}

/// Something that the service says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ServerMessage {
    /// The sign-in is done. All that the service knows of this session; what is not named is over.
    SignedIn(SignedIn),
    /// What became of a request. Messages that show its effect come before it.
    Reply {
        /// The number of the request.
        id: u64,
        /// Why it was refused; nothing if it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Refusal>,
    },
    /// A call changed.
    Call {
        /// How it is now.
        call: CallSnapshot,
    },
    /// A call rings.
    IncomingCall {
        /// Which.
        incoming: IncomingCallInfo,
    },
    /// A call does not ring any more, and was not accepted or rejected here.
    IncomingCallEnded {
        /// Which.
        call: CallId,
        /// Why.
        reason: CallEndReason,
    },
    /// A transfer that this endpoint asked for moved on.
    Transfer {
        /// How far.
        transfer: TransferStatus,
    },
    /// This endpoint is transferred: it has a new call, to the target.
    TransferAccepted {
        /// The call that is transferred.
        call: CallId,
        /// The new one.
        target_call: CallSnapshot,
    },
    /// This endpoint is to be transferred and asked to be asked.
    TransferRequested {
        /// The question.
        transfer_request: TransferRequestId,
        /// The call that is transferred.
        call: CallId,
        /// Whither, unless it is the far end of another call.
        #[serde(default, with = "raw_id_option", skip_serializing_if = "Option::is_none")]
        target: Option<CommunicationIdentifier>,
    },
    /// The question needs no answer any more.
    TransferRequestEnded {
        /// The question.
        transfer_request: TransferRequestId,
    },
    /// The session is over, because the token is.
    SignedOut {
        /// Why.
        reason: CallEndReason,
    },
    /// Something that a newer service says.
    #[serde(other)]
    Unknown,
}

/// How a session stands after signing in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// For resuming.
    pub session: SessionId,
    /// Whether the session that was named was taken up again.
    #[serde(default)]
    pub resumed: bool,
    /// Whose token it was.
    #[serde(with = "raw_id")]
    pub identity: CommunicationIdentifier,
    /// Its calls.
    #[serde(default)]
    pub calls: Vec<CallSnapshot>,
    /// What rings.
    #[serde(default)]
    pub incoming: Vec<IncomingCallInfo>,
    /// Transfers under way or just decided.
    #[serde(default)]
    pub transfers: Vec<TransferStatus>,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Like a status of HTTP.
    pub code: u16,
    /// A finer code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_code: Option<u32>,
    /// For people.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: u16, sub_code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            sub_code: Some(sub_code),
            message: message.into(),
        }
    }

    /// Its codes.
    pub fn reason(&self) -> CallEndReason {
        CallEndReason {
            code: self.code,
            sub_code: self.sub_code,
        }
    }
}

mod secret {
    use super::{Deserialize, Deserializer, Secret, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}
