//! Audio from the service.

use acs_common::CommunicationIdentifier;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::members::{Members, encode, encoded_len};
use crate::{AudioChunk, Error, PcmFormat};

/// How the audio of the stream is encoded: the first frame of a media stream (how-to guide on audio streaming).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AudioMetadata {
    /// Of the subscription, as `mediaStreamingSubscription.id` of the call's properties shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// `PCM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Samples per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// Bytes of audio per frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
}

impl AudioMetadata {
    /// As the service describes a stream of this format.
    pub fn new(subscription_id: impl Into<String>, format: PcmFormat) -> Self {
        Self {
            subscription_id: Some(subscription_id.into()),
            encoding: Some("PCM".to_owned()),
            sample_rate: Some(format.sample_rate()),
            channels: Some(1),
            length: u32::try_from(format.frame_bytes()).ok(),
        }
    }

    /// The format, if it is one that is known.
    pub fn format(&self) -> Option<PcmFormat> {
        PcmFormat::from_sample_rate(self.sample_rate?)
    }

    pub(super) fn read(members: Members<'_>) -> Result<Self, Error> {
        Ok(Self {
            subscription_id: members.owned("subscriptionId")?,
            encoding: members.owned("encoding")?,
            sample_rate: members.unsigned("sampleRate")?,
            channels: members.unsigned("channels")?,
            length: members.unsigned("length")?,
        })
    }
}

/// A piece of audio from the call, as a rule 20 ms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioData {
    /// The samples.
    pub audio: AudioChunk,
    /// Who is heard, as a raw id. Not there in mixed audio.
    pub participant_raw_id: Option<String>,
    /// When it was heard, as the service wrote it; [`time`](Self::time) reads it.
    pub timestamp: Option<String>,
    /// Whether it is silence, which an application may skip.
    pub silent: bool,
}

impl AudioData {
    /// Audio of nobody in particular, at no time in particular, that is not silent.
    pub fn new(audio: AudioChunk) -> Self {
        Self {
            audio,
            ..Self::default()
        }
    }

    /// Who is heard.
    #[must_use]
    pub fn with_participant(mut self, raw_id: impl Into<String>) -> Self {
        self.participant_raw_id = Some(raw_id.into());
        self
    }

    /// When it was heard; written with milliseconds, as the service does.
    #[must_use]
    pub fn with_time(mut self, time: DateTime<Utc>) -> Self {
        self.timestamp = Some(time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        self
    }

    /// Marks it as silence.
    #[must_use]
    pub fn with_silent(mut self, silent: bool) -> Self {
        self.silent = silent;
        self
    }

    /// When it was heard. `None` also for a text that is no time: audio is not worth losing for that.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        let time = DateTime::parse_from_rfc3339(self.timestamp.as_deref()?).ok()?;
        Some(time.to_utc())
    }

    /// Who is heard.
    pub fn participant(&self) -> Option<CommunicationIdentifier> {
        self.participant_raw_id
            .as_deref()
            .map(CommunicationIdentifier::from_raw_id)
    }

    pub(super) fn read(members: Members<'_>) -> Result<Self, Error> {
        Ok(Self {
            audio: members.audio("data")?,
            participant_raw_id: members.owned("participantRawID")?,
            timestamp: members.owned("timestamp")?,
            silent: members.boolean("silent")?.unwrap_or(false),
        })
    }

    pub(super) fn write(&self) -> String {
        let mut json = String::with_capacity(encoded_len(&self.audio) + 256);
        json.push_str(r#"{"kind":"AudioData","audioData":{"#);
        for (name, value) in [
            ("timestamp", &self.timestamp),
            ("participantRawID", &self.participant_raw_id),
        ] {
            if let Some(value) = value {
                json.push('"');
                json.push_str(name);
                json.push_str("\":");
                json.push_str(&super::to_json(value));
                json.push(',');
            }
        }
        json.push_str(r#""data":""#);
        encode(&self.audio, &mut json);
        json.push_str(r#"","silent":"#);
        json.push_str(if self.silent { "true}}" } else { "false}}" });
        json
    }
}
