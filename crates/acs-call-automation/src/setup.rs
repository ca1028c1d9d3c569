//! What creating, connecting to and answering a call have in common.

use acs_common::OperationContext;

use crate::media::{CallIntelligenceOptions, MediaStreamingOptions, TranscriptionOptions};

/// The members that every option bag that opens a leg holds.
#[derive(Clone, Debug)]
pub(crate) struct CallSetup {
    pub(crate) callback_uri: String,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) intelligence: Option<CallIntelligenceOptions>,
    pub(crate) media_streaming: Option<MediaStreamingOptions>,
    pub(crate) transcription: Option<TranscriptionOptions>,
}

impl CallSetup {
    pub(crate) fn new(callback_uri: impl AsRef<str>) -> Self {
        Self {
            callback_uri: callback_uri.as_ref().to_owned(),
            operation_context: None,
            intelligence: None,
            media_streaming: None,
            transcription: None,
        }
    }
}

/// The setters of an option bag that holds a [`CallSetup`] as `setup`.
macro_rules! setup_setters {
    () => {
        /// Names the operation: the events that follow carry this text. 1 to 5,000 characters; made up
        /// when not given.
        pub fn operation_context(mut self, context: impl Into<acs_common::OperationContext>) -> Self {
            self.setup.operation_context = Some(context.into());
            self
        }

        /// Sets the Azure AI resource that speaks and listens in this call: absolute `https` URI. Text
        /// prompts, speech recognition and transcription need it, and it cannot be set later. The same as
        /// [`call_intelligence_options`](Self::call_intelligence_options) with it.
        pub fn cognitive_services_endpoint(self, endpoint: impl AsRef<str>) -> Self {
            self.call_intelligence_options(crate::CallIntelligenceOptions::new(endpoint))
        }

        /// Sets the Azure AI resource that speaks and listens in this call.
        pub fn call_intelligence_options(mut self, options: crate::CallIntelligenceOptions) -> Self {
            self.setup.intelligence = Some(options);
            self
        }

        /// Has the audio of the call streamed to the application, at once or when
        /// [`start_media_streaming`](crate::CallMedia::start_media_streaming) asks for it. Cannot be set
        /// later.
        pub fn media_streaming_options(mut self, options: crate::MediaStreamingOptions) -> Self {
            self.setup.media_streaming = Some(options);
            self
        }

        /// Has the call transcribed, at once or when
        /// [`start_transcription`](crate::CallMedia::start_transcription) asks for it. Cannot be set later,
        /// and needs the Azure AI resource as well.
        pub fn transcription_options(mut self, options: crate::TranscriptionOptions) -> Self {
            self.setup.transcription = Some(options);
            self
        }
    };
}

/// The setters of an option bag that holds `operation_context` and `operation_callback_uri`.
macro_rules! operation_setters {
    () => {
        /// Names the operation: its outcome event carries this text. 1 to 5,000 characters; made up when
        /// not given.
        pub fn operation_context(mut self, context: impl Into<acs_common::OperationContext>) -> Self {
            self.operation_context = Some(context.into());
            self
        }

        /// Has the events of this operation posted here instead of to the callback URI of the call:
        /// absolute `https` URI, or `http` to a loopback address.
        pub fn operation_callback_uri(mut self, uri: impl AsRef<str>) -> Self {
            self.operation_callback_uri = Some(uri.as_ref().to_owned());
            self
        }
    };
}

pub(crate) use {operation_setters, setup_setters};
