//! Transcription and media streaming.

use acs_common::enums::{
    MediaStreamingStatus, MediaStreamingStatusDetails, TranscriptionStatus, TranscriptionStatusDetails,
};

use crate::wire::wire_object;

wire_object! {
    /// What became of a transcription.
    TranscriptionUpdate {
        /// The state.
        transcription_status: Option<TranscriptionStatus> = "transcriptionStatus",
        /// Why.
        transcription_status_details: Option<TranscriptionStatusDetails> = "transcriptionStatusDetails",
    }
}

wire_object! {
    /// What became of media streaming.
    MediaStreamingUpdate {
        /// What is streamed. The service writes `Audio` here, `audio` elsewhere (recorded traffic).
        content_type: Option<String> = "contentType",
        /// The state.
        media_streaming_status: Option<MediaStreamingStatus> = "mediaStreamingStatus",
        /// Why.
        media_streaming_status_details: Option<MediaStreamingStatusDetails> = "mediaStreamingStatusDetails",
    }
}

wire_object! {
    /// Transcription runs.
    TranscriptionStarted {
        /// The state and its cause.
        transcription_update: Option<TranscriptionUpdate> = "transcriptionUpdate",
    }
}

wire_object! {
    /// Transcription stopped.
    TranscriptionStopped {
        /// The state and its cause.
        transcription_update: Option<TranscriptionUpdate> = "transcriptionUpdate",
    }
}

wire_object! {
    /// The language of the transcription was changed.
    TranscriptionUpdated {
        /// The state and its cause.
        transcription_update: Option<TranscriptionUpdate> = "transcriptionUpdate",
    }
}

wire_object! {
    /// Transcription could not start, or broke off.
    TranscriptionFailed {
        /// The state and its cause.
        transcription_update: Option<TranscriptionUpdate> = "transcriptionUpdate",
    }
}

wire_object! {
    /// Media streaming runs.
    MediaStreamingStarted {
        /// The state and its cause.
        media_streaming_update: Option<MediaStreamingUpdate> = "mediaStreamingUpdate",
    }
}

wire_object! {
    /// Media streaming stopped.
    MediaStreamingStopped {
        /// The state and its cause.
        media_streaming_update: Option<MediaStreamingUpdate> = "mediaStreamingUpdate",
    }
}

wire_object! {
    /// Media streaming could not start, or broke off; the call itself goes on.
    MediaStreamingFailed {
        /// The state and its cause.
        media_streaming_update: Option<MediaStreamingUpdate> = "mediaStreamingUpdate",
    }
}
