//! What was said, as text.

use std::time::Duration;

use acs_common::{CallConnectionId, CommunicationIdentifier, CorrelationId};
use serde::{Serialize, Serializer};
use serde_json_borrow::Value;

use super::members::Members;
use crate::Error;

acs_common::open_enum! {
    /// Whether a text can still change. Read in any case; a known value is written as the service writes it.
    pub enum ResultStatus {
        /// The text will not change any more.
        Final = "Final",
        /// A guess while somebody is still speaking; sent when `enableIntermediateResults` was set.
        Intermediate = "Intermediate",
    }
}

impl ResultStatus {
    fn read(text: &str) -> Self {
        Self::KNOWN
            .iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
            .cloned()
            .unwrap_or_else(|| Self::from(text))
    }
}

/// A number of ticks of 100 ns. Offsets are larger than 2^53, so they must not go through a floating-point
/// number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Ticks(pub i64);

impl Ticks {
    /// As a duration; `None` when negative.
    pub fn as_duration(self) -> Option<Duration> {
        let ticks = u64::try_from(self.0).ok()?;
        let nanos = u32::try_from(ticks % 10_000_000 * 100).ok()?;
        Some(Duration::new(ticks / 10_000_000, nanos))
    }
}

impl From<Duration> for Ticks {
    /// Rounds down; what does not fit becomes the largest number, 29,000 years.
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX))
    }
}

/// Of which call and in which language the texts are: the first frame of a transcription (how-to guide on
/// real-time transcription).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscriptionMetadata {
    /// Of the subscription, as `transcriptionSubscription.id` of the call's properties shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// Language and region, `en-us`; the service writes it in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_connection_id: Option<CallConnectionId>,
    /// The call, in the service's logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<CorrelationId>,
    /// The custom speech model, when one was asked for.
    #[serde(
        rename = "speechRecognitionModelEndpointId",
        skip_serializing_if = "Option::is_none"
    )]
    pub speech_model_endpoint_id: Option<String>,
}

impl TranscriptionMetadata {
    /// Of this subscription, in this language.
    pub fn new(subscription_id: impl Into<String>, locale: impl Into<String>) -> Self {
        Self {
            subscription_id: Some(subscription_id.into()),
            locale: Some(locale.into()),
            ..Self::default()
        }
    }

    /// Of this call.
    #[must_use]
    pub fn with_call(mut self, leg: CallConnectionId, correlation_id: CorrelationId) -> Self {
        self.call_connection_id = Some(leg);
        self.correlation_id = Some(correlation_id);
        self
    }

    /// With this custom speech model.
    #[must_use]
    pub fn with_speech_model(mut self, endpoint_id: impl Into<String>) -> Self {
        self.speech_model_endpoint_id = Some(endpoint_id.into());
        self
    }

    pub(super) fn read(members: Members<'_>) -> Result<Self, Error> {
        Ok(Self {
            subscription_id: members.owned("subscriptionId")?,
            locale: members.owned("locale")?,
            call_connection_id: members.text("callConnectionId")?.map(CallConnectionId::from),
            correlation_id: members.text("correlationId")?.map(CorrelationId::from),
            speech_model_endpoint_id: members.owned("speechRecognitionModelEndpointId")?,
        })
    }
}

/// A text that somebody has said, or seems to be saying.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscriptionData {
    /// The text.
    pub text: String,
    /// `display`: with punctuation and capital letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// From 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "finite")]
    pub confidence: Option<f64>,
    /// Where the text begins. What it counts from is not documented; texts of one stream can be ordered by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<Ticks>,
    /// How long it took to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Ticks>,
    /// The words with their times. Always written, for readers rely on it.
    pub words: Vec<TranscribedWord>,
    /// Who speaks, as a raw id.
    #[serde(rename = "participantRawID", skip_serializing_if = "Option::is_none")]
    pub participant_raw_id: Option<String>,
    /// Whether the text can still change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_status: Option<ResultStatus>,
}

impl TranscriptionData {
    /// A text of nobody in particular.
    pub fn new(text: impl Into<String>, status: ResultStatus) -> Self {
        Self {
            text: text.into(),
            format: Some("display".to_owned()),
            result_status: Some(status),
            ..Self::default()
        }
    }

    /// Who speaks.
    #[must_use]
    pub fn with_participant(mut self, raw_id: impl Into<String>) -> Self {
        self.participant_raw_id = Some(raw_id.into());
        self
    }

    /// How sure the service is, from 0 to 1.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = Some(confidence);
        self
    }

    /// When it was said and for how long.
    #[must_use]
    pub fn with_times(mut self, offset: Ticks, duration: Ticks) -> Self {
        self.offset = Some(offset);
        self.duration = Some(duration);
        self
    }

    /// The words.
    #[must_use]
    pub fn with_words(mut self, words: impl IntoIterator<Item = TranscribedWord>) -> Self {
        self.words = words.into_iter().collect();
        self
    }

    /// Whether the text will not change any more.
    pub fn is_final(&self) -> bool {
        self.result_status == Some(ResultStatus::Final)
    }

    /// Who speaks.
    pub fn participant(&self) -> Option<CommunicationIdentifier> {
        self.participant_raw_id
            .as_deref()
            .map(CommunicationIdentifier::from_raw_id)
    }

    pub(super) fn read(members: Members<'_>) -> Result<Self, Error> {
        Ok(Self {
            text: members.required_text("text")?.to_owned(),
            format: members.owned("format")?,
            confidence: members.number("confidence")?,
            offset: members.integer("offset")?.map(Ticks),
            duration: members.integer("duration")?.map(Ticks),
            words: members
                .array("words")?
                .iter()
                .map(TranscribedWord::read)
                .collect::<Result<_, _>>()?,
            participant_raw_id: members.owned("participantRawID")?,
            result_status: members.text("resultStatus")?.map(ResultStatus::read),
        })
    }
}

/// JSON has no infinity; serde_json would write null, which is no number.
#[expect(clippy::ref_option, reason = "serde asks for this form")]
fn finite<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(number.filter(|number| number.is_finite()).unwrap_or(0.0))
}

/// A word of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TranscribedWord {
    /// The word.
    pub text: String,
    /// Where it begins, on the scale of the text's offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<Ticks>,
    /// How long it took to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Ticks>,
}

impl TranscribedWord {
    /// A word with its times.
    pub fn new(text: impl Into<String>, offset: Ticks, duration: Ticks) -> Self {
        Self {
            text: text.into(),
            offset: Some(offset),
            duration: Some(duration),
        }
    }

    fn read(value: &Value<'_>) -> Result<Self, Error> {
        let members = Members::of(value, "transcriptionData.words[].")
            .ok_or_else(|| Error::field("transcriptionData.words[]", "an object"))?;
        Ok(Self {
            text: members.required_text("text")?.to_owned(),
            offset: members.integer("offset")?.map(Ticks),
            duration: members.integer("duration")?.map(Ticks),
        })
    }
}
