//! How events are written: their envelope and their data, with members where recorded traffic has them.

use std::fmt;

use acs_common::enums::{DtmfTone, RecordingKind, RecordingState};
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, InvitationId, OperationContext, RecordingId,
    ServerCallId,
};
use chrono::{DateTime, Timelike as _, Utc};
use serde::{Serialize, Serializer};

use super::{CallbackEvent, EventKind, Recognized};
use crate::engine::codes::ResultInformation;
use crate::engine::reply::CallParticipant;
use crate::engine::stream::{MediaStreamingUpdate, TranscriptionUpdate};

/// The version that events carry.
const VERSION: &str = "2026-03-12";

impl Serialize for CallbackEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let source = Source(self);
        let kind = Concat("Microsoft.Communication.", self.kind.name());
        let began = match &self.kind {
            EventKind::RecordingStateChanged { began, .. } => Beginning(*began),
            _ => Beginning(None),
        };
        Envelope {
            id: Text(&self.id),
            source: Text(&source),
            kind: Text(&kind),
            data: self.data(&kind, &began),
            time: Text(&Time(self.time)),
            specversion: "1.0",
            datacontenttype: "application/json",
            subject: Text(&source),
        }
        .serialize(serializer)
    }
}

impl CallbackEvent {
    fn data<'a>(&'a self, public_event_type: &'a Concat<'a>, began: &'a Beginning) -> Data<'a> {
        let mut data = Data {
            participants: None,
            sequence_number: None,
            participant: None,
            invitation_id: None,
            from_call: None,
            transfer_target: None,
            transferee: None,
            failed_play_source_index: None,
            sequence_id: None,
            tone: None,
            recording_id: self.kind.recording(),
            state: None,
            start_date_time: None,
            recording_kind: None,
            media_streaming_update: None,
            transcription_update: None,
            result_information: (!self.kind.is_media()).then_some(&self.result),
            version: VERSION,
            operation_context: self.operation_context.as_ref(),
            media_result_information: self.kind.is_media().then_some(&self.result),
            recognized: None,
            call_connection_id: &self.call_connection_id,
            server_call_id: &self.server_call_id,
            correlation_id: &self.correlation_id,
            public_event_type: Text(public_event_type),
        };
        match &self.kind {
            EventKind::ParticipantsUpdated {
                participants,
                sequence_number,
            } => {
                data.participants = Some(participants);
                data.sequence_number = Some(*sequence_number);
            }
            EventKind::AddParticipantSucceeded { participant }
            | EventKind::AddParticipantFailed { participant }
            | EventKind::RemoveParticipantSucceeded { participant }
            | EventKind::RemoveParticipantFailed { participant } => data.participant = Some(participant),
            EventKind::CancelAddParticipantSucceeded { invitation_id }
            | EventKind::CancelAddParticipantFailed { invitation_id } => {
                data.invitation_id = Some(invitation_id);
            }
            EventKind::MoveParticipantSucceeded {
                participant,
                from_call,
            }
            | EventKind::MoveParticipantFailed {
                participant,
                from_call,
            } => {
                data.participant = Some(participant);
                data.from_call = Some(from_call);
            }
            EventKind::CallTransferAccepted {
                transfer_target,
                transferee,
            } => {
                data.transfer_target = Some(transfer_target);
                data.transferee = Some(transferee);
            }
            EventKind::RecordingStateChanged { state, .. } => {
                data.state = Some(state);
                data.start_date_time = Some(Text(began));
                data.recording_kind = Some(RecordingKind::AzureCommunicationServices);
            }
            EventKind::StartRecordingFailed { .. }
            | EventKind::CallConnected
            | EventKind::CallDisconnected
            | EventKind::CreateCallFailed
            | EventKind::AnswerFailed
            | EventKind::ConnectFailed
            | EventKind::CallTransferFailed
            | EventKind::PlayStarted
            | EventKind::PlayCompleted
            | EventKind::PlayCanceled
            | EventKind::RecognizeCanceled
            | EventKind::ContinuousDtmfRecognitionStopped
            | EventKind::SendDtmfTonesCompleted
            | EventKind::SendDtmfTonesFailed
            | EventKind::HoldFailed => {}
            EventKind::PlayFailed {
                failed_play_source_index,
            }
            | EventKind::RecognizeFailed {
                failed_play_source_index,
            } => data.failed_play_source_index = *failed_play_source_index,
            EventKind::ContinuousDtmfRecognitionToneReceived { sequence_id, tone } => {
                data.sequence_id = Some(*sequence_id);
                data.tone = Some(tone);
            }
            EventKind::MediaStreamingStarted(update)
            | EventKind::MediaStreamingStopped(update)
            | EventKind::MediaStreamingFailed(update) => data.media_streaming_update = Some(update),
            EventKind::TranscriptionStarted(update)
            | EventKind::TranscriptionUpdated(update)
            | EventKind::TranscriptionStopped(update)
            | EventKind::TranscriptionFailed(update) => data.transcription_update = Some(update),
            EventKind::RecognizeCompleted(recognized) => {
                data.recognized = Some(RecognizedData::from(recognized));
            }
        }
        data
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: Text<'a>,
    source: Text<'a>,
    #[serde(rename = "type")]
    kind: Text<'a>,
    data: Data<'a>,
    time: Text<'a>,
    specversion: &'static str,
    datacontenttype: &'static str,
    subject: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<&'a [CallParticipant]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<&'a CommunicationIdentifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation_id: Option<&'a InvitationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_call: Option<&'a CallConnectionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_target: Option<&'a CommunicationIdentifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transferee: Option<&'a CommunicationIdentifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_play_source_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<&'a DtmfTone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_id: Option<&'a RecordingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a RecordingState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date_time: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_kind: Option<RecordingKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_streaming_update: Option<&'a MediaStreamingUpdate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription_update: Option<&'a TranscriptionUpdate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_information: Option<&'a ResultInformation>,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_context: Option<&'a OperationContext>,
    /// Recorded: events of media have it here.
    #[serde(rename = "resultInformation", skip_serializing_if = "Option::is_none")]
    media_result_information: Option<&'a ResultInformation>,
    #[serde(flatten)]
    recognized: Option<RecognizedData<'a>>,
    call_connection_id: &'a CallConnectionId,
    server_call_id: &'a ServerCallId,
    correlation_id: &'a CorrelationId,
    public_event_type: Text<'a>,
}

#[derive(Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "recognitionType"
)]
enum RecognizedData<'a> {
    Dtmf { dtmf_result: DtmfResult<'a> },
    Choices { choice_result: ChoiceResult<'a> },
    Speech { speech_result: SpeechResult<'a> },
}

#[derive(Serialize)]
struct DtmfResult<'a> {
    tones: &'a [DtmfTone],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChoiceResult<'a> {
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recognized_phrase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
}

#[derive(Serialize)]
struct SpeechResult<'a> {
    speech: &'a str,
    confidence: f64,
}

impl<'a> From<&'a Recognized> for RecognizedData<'a> {
    fn from(recognized: &'a Recognized) -> Self {
        match recognized {
            Recognized::Dtmf { tones } => Self::Dtmf {
                dtmf_result: DtmfResult { tones },
            },
            Recognized::Choice {
                label,
                recognized_phrase,
                confidence,
            } => Self::Choices {
                choice_result: ChoiceResult {
                    label,
                    recognized_phrase: recognized_phrase.as_deref(),
                    confidence: *confidence,
                },
            },
            Recognized::Speech { speech, confidence } => Self::Speech {
                speech_result: SpeechResult {
                    speech,
                    confidence: *confidence,
                },
            },
        }
    }
}

/// Text that is written where it goes, without a copy in between.
struct Text<'a>(&'a dyn fmt::Display);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// Where an event comes from; those of a recording name call and recording (recorded).
struct Source<'a>(&'a CallbackEvent);

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.0;
        match event.kind.recording() {
            Some(recording) => {
                let (call, name) = (&event.server_call_id, event.kind.name());
                write!(f, "calling/recordings/{call}/{recording}/{name}")
            }
            None => write!(f, "calling/callConnections/{}", event.call_connection_id),
        }
    }
}

/// When a recording began; the year 1 before it did (recorded).
struct Beginning(Option<DateTime<Utc>>);

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => Time(time).fmt(f),
            None => f.write_str("0001-01-01T00:00:00+00:00"),
        }
    }
}

struct Concat<'a>(&'static str, &'a str);

impl fmt::Display for Concat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)?;
        f.write_str(self.1)
    }
}

/// A time as callbacks write it: offset `+00:00`, up to seven digits of a second, trailing zeros cut.
struct Time(DateTime<Utc>);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%dT%H:%M:%S"))?;
        let mut ticks = self.0.nanosecond() % 1_000_000_000 / 100;
        if ticks != 0 {
            let mut width = 7;
            while ticks.is_multiple_of(10) {
                ticks /= 10;
                width -= 1;
            }
            write!(f, ".{ticks:0width$}")?;
        }
        f.write_str("+00:00")
    }
}
