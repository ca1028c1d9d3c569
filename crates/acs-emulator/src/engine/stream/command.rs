//! What the application sets up, and what the host is told and tells.

use std::fmt;
use std::sync::Arc;

use acs_common::enums::{AudioFormat, MediaStreamingAudioChannelType};
use acs_common::{CallConnectionId, CorrelationId, OperationContext, ServerCallId};

use crate::journal::address;

/// `mediaStreamingOptions` of create, answer and connect.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaStreamingOptions {
    /// The application's WebSocket; without one, every start fails. Its query may hold a key.
    pub transport_url: Option<String>,
    /// One voice for all, or one for each speaker.
    pub channel: MediaStreamingAudioChannelType,
    /// The sample rate.
    pub format: AudioFormat,
    /// Whether streaming begins with the call.
    pub start: bool,
    /// Whether the application may speak.
    pub bidirectional: bool,
    /// Whether keys are told.
    pub dtmf_tones: bool,
}

impl MediaStreamingOptions {
    /// Mixed audio of 16 kHz in one direction, not begun.
    pub fn new(transport_url: impl Into<String>) -> Self {
        Self {
            transport_url: Some(transport_url.into()),
            channel: MediaStreamingAudioChannelType::Mixed,
            format: AudioFormat::Pcm16KMono,
            start: false,
            bidirectional: false,
            dtmf_tones: false,
        }
    }
}

impl fmt::Debug for MediaStreamingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStreamingOptions")
            .field("transport_url", &self.transport_url.as_deref().map(address))
            .field("channel", &self.channel)
            .field("format", &self.format)
            .field("start", &self.start)
            .field("bidirectional", &self.bidirectional)
            .field("dtmf_tones", &self.dtmf_tones)
            .finish()
    }
}

/// `transcriptionOptions` of create, answer and connect.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptionOptions {
    /// The application's WebSocket; without one, every start fails. Its query may hold a key.
    pub transport_url: Option<String>,
    /// Language and region.
    pub locale: String,
    /// A custom speech model.
    pub speech_model_endpoint_id: Option<String>,
    /// Whether transcription begins with the call.
    pub start: bool,
    /// Whether texts are told that can still change.
    pub intermediate_results: bool,
}

impl TranscriptionOptions {
    /// Final texts only, not begun.
    pub fn new(transport_url: impl Into<String>, locale: impl Into<String>) -> Self {
        Self {
            transport_url: Some(transport_url.into()),
            locale: locale.into(),
            speech_model_endpoint_id: None,
            start: false,
            intermediate_results: false,
        }
    }
}

impl fmt::Debug for TranscriptionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranscriptionOptions")
            .field("transport_url", &self.transport_url.as_deref().map(address))
            .field("locale", &self.locale)
            .field("speech_model_endpoint_id", &self.speech_model_endpoint_id)
            .field("start", &self.start)
            .field("intermediate_results", &self.intermediate_results)
            .finish()
    }
}

/// Begins media streaming, or ends media streaming or transcription.
#[derive(Clone, Debug)]
pub struct ControlStream {
    /// The leg.
    pub connection: CallConnectionId,
    /// Comes back in the event of this operation.
    pub operation_context: Option<OperationContext>,
    /// Where that event goes instead.
    pub operation_callback_uri: Option<String>,
}

/// Begins transcription.
#[derive(Clone, Debug)]
pub struct StartTranscription {
    /// What every operation has.
    pub control: ControlStream,
    /// Another language than that of the options.
    pub locale: Option<String>,
    /// Another speech model than that of the options.
    pub speech_model_endpoint_id: Option<String>,
}

/// Changes the language or the model of a transcription that runs.
#[derive(Clone, Debug)]
pub struct UpdateTranscription {
    /// What every operation has.
    pub control: ControlStream,
    /// The language from now on.
    pub locale: Option<String>,
    /// The speech model from now on.
    pub speech_model_endpoint_id: Option<String>,
}

/// Names a connection to the application's WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey(pub(in crate::engine) u64);

/// What travels over a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamContent {
    /// Audio.
    Media {
        /// One voice for all, or one for each speaker.
        channel: MediaStreamingAudioChannelType,
        /// The sample rate.
        format: AudioFormat,
        /// Whether the application may speak.
        bidirectional: bool,
        /// Whether keys are told.
        dtmf_tones: bool,
    },
    /// Text.
    Transcription {
        /// Language and region.
        locale: String,
        /// A custom speech model.
        speech_model_endpoint_id: Option<String>,
        /// Whether texts are told that can still change.
        intermediate_results: bool,
    },
}

/// A connection that is to be opened.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenStream {
    /// Names it in the news of it.
    pub key: StreamKey,
    /// The subscription, as the properties of the call show it.
    pub subscription_id: String,
    /// The application's WebSocket. Its query may hold a key.
    pub url: Arc<str>,
    /// The leg.
    pub connection: CallConnectionId,
    /// The call.
    pub server_call_id: ServerCallId,
    /// Its signalling chain.
    pub correlation_id: CorrelationId,
    /// What travels.
    pub content: StreamContent,
}

impl fmt::Debug for OpenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStream")
            .field("key", &self.key)
            .field("url", &address(&self.url))
            .field("connection", &self.connection)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// What the host has to do about a stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StreamOrder {
    /// Open it, and tell what became of it.
    Open(Box<OpenStream>),
    /// Who is heard in it has changed, or the call that it is of.
    Voices {
        /// Which.
        key: StreamKey,
        /// The call.
        server_call_id: ServerCallId,
        /// Virtual parties that are neither muted nor on hold, by raw id.
        voices: Vec<Arc<str>>,
    },
    /// The language of a transcription is another from now on.
    Retune {
        /// Which.
        key: StreamKey,
        /// Language and region.
        locale: String,
        /// A custom speech model.
        speech_model_endpoint_id: Option<String>,
    },
    /// Close it. Nothing needs to be told.
    Close(StreamKey),
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamNews {
    /// It is open for the first time.
    Opened,
    /// It could not be opened. That is its end.
    Unreachable,
    /// It broke off, and is being opened again.
    Interrupted,
    /// It is open again.
    Reestablished,
    /// It broke off and could not be opened again. That is its end.
    Lost,
    /// It broke off and is not opened again. That is its end.
    Broken,
}
