//! What an engine answers: the bodies of the service's responses, with the members that recorded responses
//! have and in their order.

use acs_common::enums::{RecordingKind, RecordingState};
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, InvitationId, OperationContext, RecordingId,
    ServerCallId,
};
use serde::{Serialize, Serializer};

/// The answer to a command that was carried out. Serializes to the body of the response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// Nothing to say: the response has no body.
    Done,
    /// A leg: create (201), answer, connect and get (200).
    Call(Box<CallProperties>),
    /// One participant.
    Participant(CallParticipant),
    /// All participants.
    Participants(Vec<CallParticipant>),
    /// An invitation was sent (202).
    Invited(Invited),
    /// An operation that answers with its context alone: transfer, remove (202), mute (200).
    Accepted(Accepted),
    /// An invitation is being withdrawn (202).
    CancelRequested(CancelRequested),
    /// Participants are being moved (202).
    Moving(Moving),
    /// A recording: start, get (200).
    Recording(RecordingStatus),
    /// A user was made.
    Identity(CommunicationIdentifier),
    /// A call was placed or joined from outside.
    Outside {
        /// The call.
        server_call_id: ServerCallId,
    },
}

impl Reply {
    /// Whether the response has a body.
    pub fn has_body(&self) -> bool {
        !matches!(self, Self::Done)
    }
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Participants<'a> {
            value: &'a [CallParticipant],
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Outside<'a> {
            server_call_id: &'a ServerCallId,
        }
        match self {
            Self::Done => serializer.serialize_unit(),
            Self::Call(body) => body.serialize(serializer),
            Self::Participant(body) => body.serialize(serializer),
            Self::Participants(value) => Participants { value }.serialize(serializer),
            Self::Invited(body) => body.serialize(serializer),
            Self::Accepted(body) => body.serialize(serializer),
            Self::CancelRequested(body) => body.serialize(serializer),
            Self::Moving(body) => body.serialize(serializer),
            Self::Recording(body) => body.serialize(serializer),
            Self::Identity(identity) => identity.serialize(serializer),
            Self::Outside { server_call_id } => Outside { server_call_id }.serialize(serializer),
        }
    }
}

/// `CallConnectionProperties`; which members are there depends on the operation (recorded traffic).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallProperties {
    /// The leg.
    pub call_connection_id: CallConnectionId,
    /// The call; absent in the responses of create and connect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<ServerCallId>,
    /// The invitees of a created call, the answering identity of an answered one, nobody of a connected one.
    pub targets: Vec<CommunicationIdentifier>,
    /// `connecting`, `connected`, …
    pub call_connection_state: ConnectionState,
    /// Where events go.
    pub callback_uri: String,
    /// The caller id, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<PhoneNumberModel>,
    /// Empty where none was given; only on legs of created calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_display_name: Option<String>,
    /// The caller; absent on connected legs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<CommunicationIdentifier>,
    /// The signalling chain; provisional in the response of connect.
    pub correlation_id: CorrelationId,
    /// The identity that the client answered with, where it named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<UserModel>,
    /// The number that was called, where a call to a number was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_for: Option<PhoneNumberModel>,
    /// Always there, also where no streaming was asked for.
    pub media_streaming_subscription: MediaStreamingSubscription,
    /// Only in the response of get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_subscription: Option<TranscriptionSubscription>,
}

/// `RecordingStateResponse`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RecordingStatus {
    /// The recording.
    pub recording_id: RecordingId,
    /// `active` or `inactive`; a paused one is `inactive`.
    pub recording_state: RecordingState,
    /// Who records: the service.
    pub recording_kind: RecordingKind,
}

/// `CallConnectionState`, as far as the engine goes through its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ConnectionState {
    /// Accepted, not established.
    Connecting,
    /// Established.
    Connected,
    /// A transfer rings.
    Transferring,
    /// About to end.
    Disconnecting,
}

/// `PhoneNumberIdentifierModel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PhoneNumberModel {
    /// The number.
    pub value: String,
}

/// `CommunicationUserIdentifierModel`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserModel {
    /// The id.
    pub id: String,
}

/// The media streaming of a leg.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MediaStreamingSubscription {
    /// Absent in the response of get, unless streaming was set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `disabled`, `inactive` or `active`.
    pub state: &'static str,
    /// As the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribed_content_types: Option<&'static [&'static str]>,
}

/// The transcription of a leg.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscriptionSubscription {
    /// Only where transcription was set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `disabled`, `inactive` or `active`.
    pub state: &'static str,
    /// `final` and perhaps `intermediate`; nothing where transcription was not set up.
    pub subscribed_result_types: &'static [&'static str],
    /// Language and region; only where transcription was set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// `CallParticipant`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallParticipant {
    /// Who.
    pub identifier: CommunicationIdentifier,
    /// Whether muted.
    pub is_muted: bool,
    /// Whether on hold.
    pub is_on_hold: bool,
}

/// `AddParticipantResponse`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Invited {
    /// The invitee, neither muted nor on hold.
    pub participant: CallParticipant,
    /// Absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<OperationContext>,
    /// What the invitation is withdrawn with.
    pub invitation_id: InvitationId,
}

/// `TransferCallResponse`, `RemoveParticipantResponse`, `MuteParticipantsResult`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Accepted {
    /// Absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<OperationContext>,
}

/// `CancelAddParticipantResponse`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CancelRequested {
    /// The invitation.
    pub invitation_id: InvitationId,
    /// Absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<OperationContext>,
}

/// `MoveParticipantsResponse`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Moving {
    /// Absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<OperationContext>,
    /// Those that are to move.
    pub participants: Vec<CallParticipant>,
    /// The leg that they leave.
    pub from_call: CallConnectionId,
}
