//! What of media is settled when a call is created, answered or joined.

use acs_common::enums::{AudioFormat, MediaStreamingAudioChannelType, MediaStreamingContentType};

/// How the audio of a call is streamed to the application, over a WebSocket that the service opens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct MediaStreamingOptions {
    pub(crate) transport_url: String,
    pub(crate) audio_channel_type: MediaStreamingAudioChannelType,
    pub(crate) content_type: MediaStreamingContentType,
    pub(crate) start_media_streaming: Option<bool>,
    pub(crate) enable_bidirectional: Option<bool>,
    pub(crate) audio_format: Option<AudioFormat>,
    pub(crate) enable_dtmf_tones: Option<bool>,
}

impl MediaStreamingOptions {
    /// Streams to `transport_url`: absolute `wss` URL that the service can reach, or `ws` to a loopback
    /// address. Mixed gives one stream, unmixed one for each of up to four dominant speakers (how-to guide).
    pub fn new(transport_url: impl AsRef<str>, audio_channel_type: MediaStreamingAudioChannelType) -> Self {
        Self {
            transport_url: transport_url.as_ref().to_owned(),
            audio_channel_type,
            content_type: MediaStreamingContentType::Audio,
            start_media_streaming: None,
            enable_bidirectional: None,
            audio_format: None,
            enable_dtmf_tones: None,
        }
    }

    /// What is streamed: audio, the default and only kind of API version 2026-03-12.
    pub fn content_type(mut self, content_type: MediaStreamingContentType) -> Self {
        self.content_type = content_type;
        self
    }

    /// Whether streaming begins when the call is connected. Otherwise it waits for
    /// [`start_media_streaming`](crate::CallMedia::start_media_streaming).
    pub fn start_media_streaming(mut self, start: bool) -> Self {
        self.start_media_streaming = Some(start);
        self
    }

    /// Whether audio that the application sends over the socket is played into the call. Without it such
    /// audio is ignored, and nobody says so (reported by users).
    pub fn enable_bidirectional(mut self, enable: bool) -> Self {
        self.enable_bidirectional = Some(enable);
        self
    }

    /// The format of the audio, in both directions: PCM, 16 bits, mono, at 16 kHz (the default) or 24 kHz.
    pub fn audio_format(mut self, format: AudioFormat) -> Self {
        self.audio_format = Some(format);
        self
    }

    /// Whether the tones that participants press are sent over the socket as well.
    pub fn enable_dtmf_tones(mut self, enable: bool) -> Self {
        self.enable_dtmf_tones = Some(enable);
        self
    }
}

/// How a call is transcribed, over a WebSocket that the service opens. The call needs a cognitive services
/// endpoint as well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct TranscriptionOptions {
    pub(crate) transport_url: String,
    pub(crate) locale: String,
    pub(crate) speech_model_endpoint_id: Option<String>,
    pub(crate) start_transcription: Option<bool>,
    pub(crate) enable_intermediate_results: Option<bool>,
}

impl TranscriptionOptions {
    /// Sends to `transport_url`: absolute `wss` URL that the service can reach, or `ws` to a loopback address.
    /// `locale` is the language with its region, such as `en-US`; without the region it is refused (how-to
    /// guide).
    pub fn new(transport_url: impl AsRef<str>, locale: impl Into<String>) -> Self {
        Self {
            transport_url: transport_url.as_ref().to_owned(),
            locale: locale.into(),
            speech_model_endpoint_id: None,
            start_transcription: None,
            enable_intermediate_results: None,
        }
    }

    /// The endpoint id of a custom speech model.
    pub fn speech_model_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.speech_model_endpoint_id = Some(id.into());
        self
    }

    /// Whether transcription begins when the call is connected. Otherwise it waits for
    /// [`start_transcription`](crate::CallMedia::start_transcription).
    pub fn start_transcription(mut self, start: bool) -> Self {
        self.start_transcription = Some(start);
        self
    }

    /// Whether preliminary text is sent before the final one.
    pub fn enable_intermediate_results(mut self, enable: bool) -> Self {
        self.enable_intermediate_results = Some(enable);
        self
    }
}

/// The Azure AI resource that speaks and listens in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct CallIntelligenceOptions {
    pub(crate) cognitive_services_endpoint: String,
}

impl CallIntelligenceOptions {
    /// The endpoint of the resource: absolute `https` URI.
    pub fn new(cognitive_services_endpoint: impl AsRef<str>) -> Self {
        Self {
            cognitive_services_endpoint: cognitive_services_endpoint.as_ref().to_owned(),
        }
    }
}
