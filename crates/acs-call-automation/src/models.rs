//! What the service tells about a call.

use acs_common::enums::{
    CallConnectionState, MediaStreamingContentType, MediaStreamingSubscriptionState, TranscriptionResultType,
    TranscriptionSubscriptionState,
};
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CommunicationUserIdentifier, CorrelationId,
    PhoneNumberIdentifier, ServerCallId,
};

/// A call as the service describes it, seen from one leg (API version 2026-03-12).
///
/// Which members are there depends on the moment; the notes say what recorded traffic shows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallConnectionProperties {
    /// This leg.
    pub call_connection_id: CallConnectionId,
    /// The whole call. Absent from the answer to create and connect; the events and
    /// [`properties`](crate::CallConnection::properties) have it.
    pub server_call_id: Option<ServerCallId>,
    /// The signalling chain. In the answer to connect it is provisional and changes later.
    pub correlation_id: Option<CorrelationId>,
    /// How far the call is.
    pub state: CallConnectionState,
    /// The invited parties; on an answered leg, the answering identity; empty on a connected leg.
    pub targets: Vec<CommunicationIdentifier>,
    /// Where the events of the call are posted.
    pub callback_uri: Option<String>,
    /// Who created the call. Absent on a connected leg.
    pub source: Option<CommunicationIdentifier>,
    /// The number that a called telephone sees.
    pub source_caller_id: Option<PhoneNumberIdentifier>,
    /// The name that a called party sees.
    pub source_display_name: Option<String>,
    /// The identity that answered, where the answering client has one.
    pub answered_by: Option<CommunicationUserIdentifier>,
    /// The number that was called, where the call was answered for a number.
    pub answered_for: Option<PhoneNumberIdentifier>,
    /// The audio stream of the call; the service reports one even where none is set up.
    pub media_streaming: Option<MediaStreamingSubscription>,
    /// The transcription of the call, where one is set up.
    pub transcription: Option<TranscriptionSubscription>,
}

/// The audio stream of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaStreamingSubscription {
    /// The id of the subscription.
    pub id: Option<String>,
    /// Whether audio flows.
    pub state: Option<MediaStreamingSubscriptionState>,
    /// What is streamed.
    pub content_types: Vec<MediaStreamingContentType>,
}

/// The transcription of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptionSubscription {
    /// The id of the subscription.
    pub id: Option<String>,
    /// Whether speech is transcribed.
    pub state: Option<TranscriptionSubscriptionState>,
    /// The language, such as `en-US`.
    pub locale: Option<String>,
    /// Which results are sent.
    pub result_types: Vec<TranscriptionResultType>,
}

/// Somebody in a call. The application's own identity is listed as well, unless it joined by connect
/// (recorded traffic).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallParticipant {
    /// Who it is.
    pub identifier: CommunicationIdentifier,
    /// Whether the participant is muted.
    pub is_muted: bool,
    /// Whether the participant is on hold.
    pub is_on_hold: bool,
}
