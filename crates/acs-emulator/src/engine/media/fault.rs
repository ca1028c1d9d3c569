//! Failures of the service itself, on demand: an application should have seen them before it meets them.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::engine::codes::ResultInformation;

/// What is wrong with the service's media. Sub codes are those of its guides, and so are the statuses but those
/// of 8564 and 8570. The sentences are ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MediaFault {
    /// Nothing.
    #[default]
    None,
    /// The AI services answer 400: speech is neither played nor recognized, with 400/8565.
    SpeechBadRequest,
    /// They answer 401: 401/8565.
    SpeechUnauthorized,
    /// They answer 403: 403/8565.
    SpeechForbidden,
    /// They do not answer in time: 408/8565.
    SpeechTimeout,
    /// They have too much to do: 429/8565.
    SpeechThrottled,
    /// The connection for recognition cannot be made: recognition of speech fails with 500/8564.
    SpeechConnection,
    /// Recognition itself breaks off: recognition of speech fails with 500/8570.
    SpeechRecognition,
    /// The beep of a recognition cannot be played: every recognition fails with 500/8512.
    Beep,
    /// The media processor shuts down: every playback fails with 500/8572.
    Shutdown,
    /// Something that the service has no name for: everything fails with 500/9999.
    Unknown,
}

impl MediaFault {
    /// Every fault, [`None`](Self::None) first.
    pub const ALL: [Self; 11] = [
        Self::None,
        Self::SpeechBadRequest,
        Self::SpeechUnauthorized,
        Self::SpeechForbidden,
        Self::SpeechTimeout,
        Self::SpeechThrottled,
        Self::SpeechConnection,
        Self::SpeechRecognition,
        Self::Beep,
        Self::Shutdown,
        Self::Unknown,
    ];

    /// What the AI services answer.
    fn speech_status(self) -> Option<u16> {
        Some(match self {
            Self::SpeechBadRequest => 400,
            Self::SpeechUnauthorized => 401,
            Self::SpeechForbidden => 403,
            Self::SpeechTimeout => 408,
            Self::SpeechThrottled => 429,
            _ => return None,
        })
    }

    fn speech(self) -> Option<ResultInformation> {
        let status = self.speech_status()?;
        Some(told(status, 8565, "the AI services could not be used"))
    }

    /// How a source fails that is otherwise good, if it does.
    pub(super) fn of_source(self, spoken: bool) -> Option<ResultInformation> {
        match self {
            Self::Shutdown => Some(told(500, 8572, "the media processor shuts down")),
            Self::Unknown => Some(told(500, 9999, "unknown internal server error")),
            _ if spoken => self.speech(),
            _ => None,
        }
    }

    /// How a recognition fails that could begin to listen, if it does.
    pub(super) fn of_listening(self, speech: bool) -> Option<ResultInformation> {
        match self {
            Self::Beep => Some(told(500, 8512, "the beep could not be played")),
            Self::Unknown => Some(told(500, 9999, "unknown internal server error")),
            Self::SpeechConnection if speech => Some(told(500, 8564, "no connection for speech recognition")),
            Self::SpeechRecognition if speech => Some(told(500, 8570, "speech recognition broke off")),
            _ if speech => self.speech(),
            _ => None,
        }
    }
}

fn told(code: u16, sub_code: u32, reason: &str) -> ResultInformation {
    ResultInformation {
        code,
        sub_code,
        message: Cow::Owned(format!("Action failed, {reason}.")),
    }
}

impl fmt::Display for MediaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
