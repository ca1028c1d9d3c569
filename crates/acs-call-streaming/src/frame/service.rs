//! Frames from the service.

use serde::Serialize;

use super::members::{self, Members};
use super::{
    AudioData, AudioMetadata, DtmfData, TranscriptionData, TranscriptionMetadata, UnknownFrame, to_json,
};
use crate::Error;

/// What the service tells the application (how-to guides on audio streaming and real-time transcription).
///
/// The first frame of a stream is the metadata. A media stream then brings audio and keys, a transcription texts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServiceFrame {
    /// How the audio is encoded.
    AudioMetadata(AudioMetadata),
    /// Audio of the call, or of one participant when it is unmixed.
    AudioData(AudioData),
    /// A key that was pressed.
    DtmfData(DtmfData),
    /// Of which call, in which language the texts are.
    TranscriptionMetadata(TranscriptionMetadata),
    /// A text.
    TranscriptionData(TranscriptionData),
    /// A kind that is not known here, a stop of audio among them: no source has the service send one.
    Unknown(UnknownFrame),
}

impl ServiceFrame {
    /// Reads a message.
    ///
    /// ```
    /// use acs_call_streaming::ServiceFrame;
    ///
    /// let frame = ServiceFrame::parse(r#"{"kind":"DtmfData","dtmfData":{"data":"3"}}"#)?;
    /// assert!(matches!(frame, ServiceFrame::DtmfData(key) if key.data == "3"));
    /// # Ok::<(), acs_call_streaming::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidFrame`](crate::ErrorKind::InvalidFrame), naming the field and what was expected. The
    /// frames after it are not affected.
    pub fn parse(message: impl AsRef<[u8]>) -> Result<Self, Error> {
        let message = message.as_ref();
        let tree = members::read(message)?;
        let frame = Members::of_frame(&tree)?;
        let kind = frame.required_text("kind")?;
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        Ok(if is("AudioData") {
            Self::AudioData(AudioData::read(frame.object("audioData", "audioData.")?)?)
        } else if is("TranscriptionData") {
            let data = frame.object("transcriptionData", "transcriptionData.")?;
            Self::TranscriptionData(TranscriptionData::read(data)?)
        } else if is("DtmfData") {
            Self::DtmfData(DtmfData::read(frame.object("dtmfData", "dtmfData.")?)?)
        } else if is("AudioMetadata") {
            let data = frame.object("audioMetadata", "audioMetadata.")?;
            Self::AudioMetadata(AudioMetadata::read(data)?)
        } else if is("TranscriptionMetadata") {
            let data = frame.object("transcriptionMetadata", "transcriptionMetadata.")?;
            Self::TranscriptionMetadata(TranscriptionMetadata::read(data)?)
        } else {
            Self::Unknown(UnknownFrame::new(kind, message))
        })
    }

    /// The kind, as the service spells it.
    pub fn kind(&self) -> &str {
        match self {
            Self::AudioMetadata(_) => "AudioMetadata",
            Self::AudioData(_) => "AudioData",
            Self::DtmfData(_) => "DtmfData",
            Self::TranscriptionMetadata(_) => "TranscriptionMetadata",
            Self::TranscriptionData(_) => "TranscriptionData",
            Self::Unknown(unknown) => unknown.kind(),
        }
    }

    /// Whether it describes the stream.
    pub fn is_metadata(&self) -> bool {
        matches!(self, Self::AudioMetadata(_) | Self::TranscriptionMetadata(_))
    }

    /// The message, as the service spells it; for whoever plays the service.
    pub fn to_json(&self) -> String {
        let kind = self.kind();
        match self {
            Self::AudioData(data) => data.write(),
            Self::AudioMetadata(audio_metadata) => to_json(&Envelope {
                kind,
                payload: Payload::AudioMetadata(audio_metadata),
            }),
            Self::DtmfData(dtmf_data) => to_json(&Envelope {
                kind,
                payload: Payload::DtmfData(dtmf_data),
            }),
            Self::TranscriptionMetadata(metadata) => to_json(&Envelope {
                kind,
                payload: Payload::TranscriptionMetadata(metadata),
            }),
            Self::TranscriptionData(data) => to_json(&Envelope {
                kind,
                payload: Payload::TranscriptionData(data),
            }),
            Self::Unknown(unknown) => unknown.json().to_owned(),
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    kind: &'a str,
    #[serde(flatten)]
    payload: Payload<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Payload<'a> {
    AudioMetadata(&'a AudioMetadata),
    DtmfData(&'a DtmfData),
    TranscriptionMetadata(&'a TranscriptionMetadata),
    TranscriptionData(&'a TranscriptionData),
}
