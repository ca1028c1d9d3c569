//! Callback events, as the service words them: members, their order and their formats are those of recorded
//! traffic of API version 2026-03-12.

mod wire;

use std::sync::Arc;

use acs_common::enums::{DtmfTone, RecordingState};
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, InvitationId, OperationContext, RecordingId,
    ServerCallId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::codes::ResultInformation;
use super::reply::CallParticipant;
use super::stream::{MediaStreamingUpdate, TranscriptionUpdate};

/// What an event says happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// The leg is established.
    CallConnected,
    /// The leg is gone; nothing follows but [`CreateCallFailed`](Self::CreateCallFailed).
    CallDisconnected,
    /// A created call was not established. Follows `CallDisconnected`, and has no operation context.
    CreateCallFailed,
    /// An answered call was not established.
    AnswerFailed,
    /// A call could not be connected to.
    ConnectFailed,
    /// The participants changed, or may have.
    ParticipantsUpdated {
        /// Everybody in the call, without ringing parties and without applications that connected.
        participants: Arc<[CallParticipant]>,
        /// Rises with every event of the leg, not by ones.
        sequence_number: u32,
    },
    /// An invited participant joined.
    AddParticipantSucceeded {
        /// Who.
        participant: CommunicationIdentifier,
    },
    /// An invited participant did not join.
    AddParticipantFailed {
        /// Who.
        participant: CommunicationIdentifier,
    },
    /// A participant was removed.
    RemoveParticipantSucceeded {
        /// Who.
        participant: CommunicationIdentifier,
    },
    /// A participant could not be removed.
    RemoveParticipantFailed {
        /// Who.
        participant: CommunicationIdentifier,
    },
    /// An invitation was withdrawn.
    CancelAddParticipantSucceeded {
        /// Which.
        invitation_id: InvitationId,
    },
    /// An invitation could not be withdrawn.
    CancelAddParticipantFailed {
        /// Which.
        invitation_id: InvitationId,
    },
    /// A participant came over from another call.
    MoveParticipantSucceeded {
        /// Who.
        participant: CommunicationIdentifier,
        /// The leg of the call that it left.
        from_call: CallConnectionId,
    },
    /// A participant could not be moved.
    MoveParticipantFailed {
        /// Who.
        participant: CommunicationIdentifier,
        /// The leg of the call that it stays in.
        from_call: CallConnectionId,
    },
    /// The transfer target took the call.
    CallTransferAccepted {
        /// Who was called.
        transfer_target: CommunicationIdentifier,
        /// Who was transferred.
        transferee: CommunicationIdentifier,
    },
    /// The transfer target did not take the call.
    CallTransferFailed,
    /// Sound begins.
    PlayStarted,
    /// Everything was played.
    PlayCompleted,
    /// Something could not be played.
    PlayFailed {
        /// The source that is to blame, counted from 0.
        failed_play_source_index: Option<u32>,
    },
    /// The application or its end put an end to it.
    PlayCanceled,
    /// Something was recognized.
    RecognizeCompleted(Recognized),
    /// Nothing was recognized.
    RecognizeFailed {
        /// The prompt that is to blame, counted from 0.
        failed_play_source_index: Option<u32>,
    },
    /// The application or its end put an end to it.
    RecognizeCanceled,
    /// A participant pressed a key.
    ContinuousDtmfRecognitionToneReceived {
        /// Its place among those of this recognition, counted from 1.
        sequence_id: u32,
        /// Which.
        tone: DtmfTone,
    },
    /// Keys are not reported any more.
    ContinuousDtmfRecognitionStopped,
    /// Tones were sent.
    SendDtmfTonesCompleted,
    /// Tones could not be sent.
    SendDtmfTonesFailed,
    /// The music on hold cannot be played; the participant is off hold again.
    HoldFailed,
    /// A recording went on or off. Sent to the address of the recording, with the recorder's endpoint in place
    /// of a leg, and without an operation context.
    RecordingStateChanged {
        /// Which.
        recording_id: RecordingId,
        /// Its state; a paused one is inactive.
        state: RecordingState,
        /// When it began; nothing before it did.
        began: Option<DateTime<Utc>>,
    },
    /// A recording did not begin. Sent like [`RecordingStateChanged`](Self::RecordingStateChanged).
    StartRecordingFailed {
        /// Which.
        recording_id: RecordingId,
    },
    /// Audio is streamed, or again.
    MediaStreamingStarted(MediaStreamingUpdate),
    /// Audio is streamed no longer, as the application wished.
    MediaStreamingStopped(MediaStreamingUpdate),
    /// Audio cannot be streamed.
    MediaStreamingFailed(MediaStreamingUpdate),
    /// What is said is transcribed, or again.
    TranscriptionStarted(TranscriptionUpdate),
    /// It is transcribed in another language.
    TranscriptionUpdated(TranscriptionUpdate),
    /// It is transcribed no longer, as the application wished.
    TranscriptionStopped(TranscriptionUpdate),
    /// It cannot be transcribed.
    TranscriptionFailed(TranscriptionUpdate),
}

/// What was recognized; decides the `recognitionType`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recognized {
    /// `dtmf`: keys.
    Dtmf {
        /// In the order in which they were pressed, without the stop tone.
        tones: Vec<DtmfTone>,
    },
    /// `choices`: one of the choices.
    Choice {
        /// Which.
        label: String,
        /// The phrase of the choice, where it was spoken.
        recognized_phrase: Option<String>,
        /// How sure that is, from 0 to 1; where it was spoken.
        confidence: Option<f64>,
    },
    /// `speech`: words.
    Speech {
        /// Which.
        speech: String,
        /// How sure that is, from 0 to 1.
        confidence: f64,
    },
}

impl EventKind {
    /// The name without the prefix `Microsoft.Communication.`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CallConnected => "CallConnected",
            Self::CallDisconnected => "CallDisconnected",
            Self::CreateCallFailed => "CreateCallFailed",
            Self::AnswerFailed => "AnswerFailed",
            Self::ConnectFailed => "ConnectFailed",
            Self::ParticipantsUpdated { .. } => "ParticipantsUpdated",
            Self::AddParticipantSucceeded { .. } => "AddParticipantSucceeded",
            Self::AddParticipantFailed { .. } => "AddParticipantFailed",
            Self::RemoveParticipantSucceeded { .. } => "RemoveParticipantSucceeded",
            Self::RemoveParticipantFailed { .. } => "RemoveParticipantFailed",
            Self::CancelAddParticipantSucceeded { .. } => "CancelAddParticipantSucceeded",
            Self::CancelAddParticipantFailed { .. } => "CancelAddParticipantFailed",
            Self::MoveParticipantSucceeded { .. } => "MoveParticipantSucceeded",
            Self::MoveParticipantFailed { .. } => "MoveParticipantFailed",
            Self::CallTransferAccepted { .. } => "CallTransferAccepted",
            Self::CallTransferFailed => "CallTransferFailed",
            Self::PlayStarted => "PlayStarted",
            Self::PlayCompleted => "PlayCompleted",
            Self::PlayFailed { .. } => "PlayFailed",
            Self::PlayCanceled => "PlayCanceled",
            Self::RecognizeCompleted(_) => "RecognizeCompleted",
            Self::RecognizeFailed { .. } => "RecognizeFailed",
            Self::RecognizeCanceled => "RecognizeCanceled",
            Self::ContinuousDtmfRecognitionToneReceived { .. } => "ContinuousDtmfRecognitionToneReceived",
            Self::ContinuousDtmfRecognitionStopped => "ContinuousDtmfRecognitionStopped",
            Self::SendDtmfTonesCompleted => "SendDtmfTonesCompleted",
            Self::SendDtmfTonesFailed => "SendDtmfTonesFailed",
            Self::HoldFailed => "HoldFailed",
            Self::RecordingStateChanged { .. } => "RecordingStateChanged",
            Self::StartRecordingFailed { .. } => "StartRecordingFailed",
            Self::MediaStreamingStarted(_) => "MediaStreamingStarted",
            Self::MediaStreamingStopped(_) => "MediaStreamingStopped",
            Self::MediaStreamingFailed(_) => "MediaStreamingFailed",
            Self::TranscriptionStarted(_) => "TranscriptionStarted",
            Self::TranscriptionUpdated(_) => "TranscriptionUpdated",
            Self::TranscriptionStopped(_) => "TranscriptionStopped",
            Self::TranscriptionFailed(_) => "TranscriptionFailed",
        }
    }

    /// Whether it is about an operation on media.
    fn is_media(&self) -> bool {
        matches!(
            self,
            Self::PlayStarted
                | Self::PlayCompleted
                | Self::PlayFailed { .. }
                | Self::PlayCanceled
                | Self::RecognizeCompleted(_)
                | Self::RecognizeFailed { .. }
                | Self::RecognizeCanceled
                | Self::ContinuousDtmfRecognitionToneReceived { .. }
                | Self::ContinuousDtmfRecognitionStopped
                | Self::SendDtmfTonesCompleted
                | Self::SendDtmfTonesFailed
                | Self::HoldFailed
                | Self::MediaStreamingStarted(_)
                | Self::MediaStreamingStopped(_)
                | Self::MediaStreamingFailed(_)
                | Self::TranscriptionStarted(_)
                | Self::TranscriptionUpdated(_)
                | Self::TranscriptionStopped(_)
                | Self::TranscriptionFailed(_)
        )
    }

    /// Whether it tells that something did not work.
    pub fn is_failure(&self) -> bool {
        self.name().ends_with("Failed")
    }

    /// The recording that it is about. Then the call connection id of the event is that of no leg.
    pub fn recording(&self) -> Option<&RecordingId> {
        match self {
            Self::RecordingStateChanged { recording_id, .. }
            | Self::StartRecordingFailed { recording_id } => Some(recording_id),
            _ => None,
        }
    }
}

/// One event in its CloudEvents envelope. Serializes to the object that is posted, alone in an array.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallbackEvent {
    /// Unique; the same in every attempt to post it.
    pub id: Uuid,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// What happened.
    pub kind: EventKind,
    /// The leg.
    pub call_connection_id: CallConnectionId,
    /// The call.
    pub server_call_id: ServerCallId,
    /// The signalling chain.
    pub correlation_id: CorrelationId,
    /// The context of the operation that it belongs to.
    pub operation_context: Option<OperationContext>,
    /// How it went.
    pub result: ResultInformation,
}
