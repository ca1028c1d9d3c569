//! The words of events about streams.

use serde::Serialize;

/// Why the status of a stream changed: `MediaStreamingStatusDetails` and `TranscriptionStatusDetails`, as far as the
/// engine uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StreamDetails {
    /// The application asked for it.
    SubscriptionStarted,
    /// The application ended it.
    SubscriptionStopped,
    /// A lost connection is open again.
    StreamConnectionReestablished,
    /// A lost connection could not be opened again.
    StreamConnectionUnsuccessful,
    /// The connection broke off and is not opened again.
    StreamConnectionInterrupted,
    /// The connection could not be opened.
    InitialWebSocketConnectionFailed,
    /// No address was given.
    StreamUrlMissing,
    /// There are no AI services.
    SpeechServicesConnectionError,
    /// The language was changed.
    TranscriptionLocaleUpdated,
}

/// `MediaStreamingUpdate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MediaStreamingUpdate {
    /// With a capital letter in events (recorded), unlike anywhere else.
    pub content_type: &'static str,
    /// What happened.
    pub media_streaming_status: &'static str,
    /// Why.
    pub media_streaming_status_details: StreamDetails,
}

impl MediaStreamingUpdate {
    pub(super) fn new(status: &'static str, details: StreamDetails) -> Self {
        Self {
            content_type: "Audio",
            media_streaming_status: status,
            media_streaming_status_details: details,
        }
    }
}

/// `TranscriptionUpdate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscriptionUpdate {
    /// What happened.
    pub transcription_status: &'static str,
    /// Why.
    pub transcription_status_details: StreamDetails,
}

impl TranscriptionUpdate {
    pub(super) fn new(status: &'static str, details: StreamDetails) -> Self {
        Self {
            transcription_status: status,
            transcription_status_details: details,
        }
    }
}
