//! What the two sides of a stream tell each other: one JSON text message per frame.
//!
//! The service speaks in [`ServiceFrame`]s, the application, when streaming is bidirectional, in
//! [`ApplicationFrame`]s. Both are read leniently: by `kind` alone, members and kinds in any case, unknown members
//! ignored. Official helpers of the application's side differ in case, so the service has to read them so.

mod application;
mod audio;
mod dtmf;
mod members;
mod service;
mod transcription;

use std::fmt;

pub use application::ApplicationFrame;
pub use audio::{AudioData, AudioMetadata};
pub use dtmf::DtmfData;
pub use service::ServiceFrame;
pub use transcription::{ResultStatus, Ticks, TranscribedWord, TranscriptionData, TranscriptionMetadata};

/// A frame of audio in either format stays below this many bytes as text, whatever the participant is called.
/// Known applications read into a buffer of this size and do not put messages together (the official sample for
/// .NET), so the service has to keep to it.
pub const STANDARD_MESSAGE_BYTES: usize = 2048;

/// A frame of a kind that this version does not know, or that does not belong into this direction.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownFrame {
    kind: String,
    json: String,
}

impl UnknownFrame {
    pub(crate) fn new(kind: &str, message: &[u8]) -> Self {
        Self {
            kind: kind.to_owned(),
            // What was read as JSON is UTF-8; nothing is replaced.
            json: String::from_utf8_lossy(message).into_owned(),
        }
    }

    /// Its kind as it was spelled.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The whole message, as it came.
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for UnknownFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownFrame({:?}, {} bytes)", self.kind, self.json.len())
    }
}

/// Writes what cannot fail to be written: own types of texts and finite numbers.
fn to_json(frame: &impl serde::Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}

#[cfg(test)]
mod tests;
