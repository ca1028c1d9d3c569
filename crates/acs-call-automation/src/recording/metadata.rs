//! What the service says about a file of a recording.

use std::time::Duration;

use acs_call_rest::ContentUrl;
use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat};
use serde_json::{Map, Value};

use crate::{CallAutomationClient, Error};

/// A description names participants and pauses, of which there are not that many.
const LIMIT: usize = 1 << 20;

/// The description of a file of a recording (call recording concepts, metadata schema).
///
/// Read leniently: a member that is absent or of another kind than documented is `None` or left out, and
/// [`json`](Self::json) has everything as it came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordingMetadata {
    /// The resource that recorded.
    pub resource_id: Option<String>,
    /// The call.
    pub call_id: Option<String>,
    /// The file.
    pub chunk_document_id: Option<String>,
    /// The place of the file among those of the recording, counted from 0.
    pub chunk_index: Option<u64>,
    /// When the file begins, ISO 8601.
    pub chunk_start_time: Option<String>,
    /// How long it is.
    pub chunk_duration: Option<Duration>,
    /// When the recording was paused.
    pub pauses: Vec<RecordingPause>,
    /// What was recorded.
    pub content: Option<RecordingContent>,
    /// Whether voices are mixed.
    pub channel: Option<RecordingChannel>,
    /// The format of the file.
    pub format: Option<RecordingFormat>,
    /// Samples a second.
    pub sample_rate: Option<u64>,
    /// Channels of sound.
    pub audio_channels: Option<u64>,
    /// Who was recorded.
    pub participants: Vec<RecordedParticipant>,
    json: Map<String, Value>,
}

/// A time without recording.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingPause {
    /// When it began, ISO 8601.
    pub start_time: Option<String>,
    /// How long it was.
    pub duration: Option<Duration>,
}

/// Somebody who was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedParticipant {
    /// Who, as the service names it.
    pub participant_id: Option<String>,
    /// The channel of an unmixed recording.
    pub channel: Option<u64>,
}

impl RecordingMetadata {
    /// Everything as it came.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    fn read(json: Map<String, Value>) -> Self {
        let empty = Map::new();
        let info = object(&json, "recordingInfo").unwrap_or(&empty);
        let audio = object(info, "audioConfiguration").unwrap_or(&empty);
        Self {
            resource_id: text(&json, "resourceId"),
            call_id: text(&json, "callId"),
            chunk_document_id: text(&json, "chunkDocumentId"),
            chunk_index: number(&json, "chunkIndex"),
            chunk_start_time: text(&json, "chunkStartTime"),
            chunk_duration: duration(&json, "chunkDuration"),
            pauses: objects(&json, "pauseResumeIntervals")
                .map(|pause| RecordingPause {
                    start_time: text(pause, "startTime"),
                    duration: duration(pause, "duration"),
                })
                .collect(),
            content: text(info, "contentType").map(Into::into),
            channel: text(info, "channelType").map(Into::into),
            format: text(info, "format").map(Into::into),
            sample_rate: number(audio, "sampleRate"),
            audio_channels: number(audio, "channels"),
            participants: objects(&json, "participants")
                .map(|participant| RecordedParticipant {
                    participant_id: text(participant, "participantId"),
                    channel: number(participant, "channel"),
                })
                .collect(),
            json,
        }
    }
}

fn text(json: &Map<String, Value>, name: &str) -> Option<String> {
    json.get(name)?.as_str().map(str::to_owned)
}

/// Some numbers are documented as texts.
fn number(json: &Map<String, Value>, name: &str) -> Option<u64> {
    match json.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    }
}

/// Milliseconds, whole or not.
fn duration(json: &Map<String, Value>, name: &str) -> Option<Duration> {
    let millis = json.get(name)?.as_f64()?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
}

fn object<'a>(json: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    json.get(name)?.as_object()
}

fn objects<'a>(json: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    let list = json.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

pub(super) async fn fetch(
    client: &CallAutomationClient,
    url: &ContentUrl,
) -> Result<RecordingMetadata, Error> {
    const OPERATION: &str = "get recording metadata";
    let failed = |error| Error::rest(OPERATION, error);
    let mut content = client.rest().get_content(url, None, None).await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(bytes) = content.chunk().await.map_err(failed)? {
        if body.len() + bytes.len() > LIMIT {
            return Err(Error::unexpected(
                OPERATION,
                "the description is longer than 1 MiB",
            ));
        }
        body.extend_from_slice(&bytes);
    }
    let json: Map<String, Value> = serde_json::from_slice(&body).map_err(|error| {
        Error::unexpected(
            OPERATION,
            format_args!("the description is no JSON object: {error}"),
        )
    })?;
    Ok(RecordingMetadata::read(json))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: &Value) -> RecordingMetadata {
        RecordingMetadata::read(json.as_object().unwrap().clone())
    }

    #[test]
    fn the_documented_members_are_read() {
        let metadata = read(&json!({
            "resourceId": "r", "callId": "c", "chunkDocumentId": "d", "chunkIndex": 1,
            "chunkStartTime": "2026-03-12T00:00:00Z", "chunkDuration": 6620.5,
            "pauseResumeIntervals": [{"startTime": "2026-03-12T00:00:02Z", "duration": 1000}],
            "recordingInfo": {
                "contentType": "audio", "channelType": "unmixed", "format": "wav",
                "audioConfiguration": {"sampleRate": "16000", "bitRate": 256, "channels": 2},
            },
            "participants": [{"participantId": "8:acs:a", "channel": 0}, {"participantId": "8:acs:b"}],
        }));
        assert_eq!(metadata.chunk_index, Some(1));
        assert_eq!(metadata.chunk_duration, Some(Duration::from_micros(6_620_500)));
        assert_eq!(metadata.pauses.len(), 1);
        assert_eq!(metadata.channel, Some(RecordingChannel::Unmixed));
        assert_eq!(metadata.sample_rate, Some(16_000));
        assert_eq!(metadata.participants[1].channel, None);
        assert_eq!(
            metadata.json()["recordingInfo"]["audioConfiguration"]["bitRate"],
            256
        );
    }

    #[test]
    fn what_is_odd_or_absent_is_passed_over() {
        assert_eq!(read(&json!({})).participants, []);
        let metadata = read(&json!({
            "callId": 7, "chunkIndex": -1, "chunkDuration": -3, "pauseResumeIntervals": {},
            "participants": [null, "8:acs:a", {"participantId": null}], "recordingInfo": [],
        }));
        assert_eq!((metadata.call_id, metadata.chunk_index), (None, None));
        assert_eq!(metadata.chunk_duration, None);
        assert_eq!(metadata.participants.len(), 1);
    }
}
