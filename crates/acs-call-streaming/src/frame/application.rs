//! Frames from the application.

use super::UnknownFrame;
use super::members::{self, Members, encode, encoded_len};
use crate::{AudioChunk, Error};

/// What the application tells the service in a bidirectional media stream. Without `enableBidirectional` the
/// service does not listen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplicationFrame {
    /// Audio to be played to the call, after what was sent before.
    AudioData(AudioChunk),
    /// Drop what was sent and is not yet played: somebody has begun to speak.
    StopAudio,
    /// A kind that is not known here.
    Unknown(UnknownFrame),
}

impl ApplicationFrame {
    /// Reads a message, for whoever plays the service. Takes what the official helpers for .NET, Python and
    /// JavaScript write, which differ in case; the kind decides, for one of them adds an empty `stopAudio` to every
    /// frame.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFrame`](crate::ErrorKind::InvalidFrame), naming the field and what was expected.
    pub fn parse(message: impl AsRef<[u8]>) -> Result<Self, Error> {
        let message = message.as_ref();
        let tree = members::read(message)?;
        let frame = Members::of_frame(&tree)?;
        let kind = frame.required_text("kind")?;
        Ok(if kind.eq_ignore_ascii_case("AudioData") {
            Self::AudioData(frame.object("audioData", "audioData.")?.audio("data")?)
        } else if kind.eq_ignore_ascii_case("StopAudio") {
            Self::StopAudio
        } else {
            Self::Unknown(UnknownFrame::new(kind, message))
        })
    }

    /// The message, as the how-to guide spells it.
    pub fn to_json(&self) -> String {
        match self {
            Self::AudioData(audio) => {
                let mut json = String::with_capacity(encoded_len(audio) + 80);
                json.push_str(r#"{"Kind":"AudioData","AudioData":{"Data":""#);
                encode(audio, &mut json);
                json.push_str(r#""},"StopAudio":null}"#);
                json
            }
            Self::StopAudio => r#"{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}"#.to_owned(),
            Self::Unknown(unknown) => unknown.json().to_owned(),
        }
    }
}
