//! Transcription and media streaming: started, updated, stopped.

use acs_common::OperationContext;

use super::CallMedia;
use super::result::receipts;
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{Error, wire};

/// How transcription is started.
#[derive(Clone, Debug, Default)]
#[must_use = "an option bag does nothing by itself"]
pub struct StartTranscriptionOptions {
    pub(crate) locale: Option<String>,
    pub(crate) speech_model_endpoint_id: Option<String>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl StartTranscriptionOptions {
    /// In the language that was given when the call was set up.
    pub fn new() -> Self {
        Self::default()
    }

    /// In another language: with its region, such as `en-US`.
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }

    /// The endpoint id of a custom speech model.
    pub fn speech_model_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.speech_model_endpoint_id = Some(id.into());
        self
    }

    operation_setters!();
}

/// How a running transcription is changed.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct UpdateTranscriptionOptions {
    pub(crate) locale: String,
    pub(crate) speech_model_endpoint_id: Option<String>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl UpdateTranscriptionOptions {
    /// From now on in this language: with its region, such as `en-US`.
    pub fn new(locale: impl Into<String>) -> Self {
        Self {
            locale: locale.into(),
            speech_model_endpoint_id: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    /// The endpoint id of a custom speech model.
    pub fn speech_model_endpoint_id(mut self, id: impl Into<String>) -> Self {
        self.speech_model_endpoint_id = Some(id.into());
        self
    }

    operation_setters!();
}

impl From<&str> for UpdateTranscriptionOptions {
    fn from(locale: &str) -> Self {
        Self::new(locale)
    }
}

impl From<String> for UpdateTranscriptionOptions {
    fn from(locale: String) -> Self {
        Self::new(locale)
    }
}

macro_rules! plain_options {
    ($( $(#[$meta:meta])* $name:ident, $new:literal; )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, Default)]
            #[must_use = "an option bag does nothing by itself"]
            pub struct $name {
                pub(crate) operation_context: Option<OperationContext>,
                pub(crate) operation_callback_uri: Option<String>,
            }

            impl $name {
                #[doc = $new]
                pub fn new() -> Self {
                    Self::default()
                }

                operation_setters!();
            }
        )+
    };
}

plain_options! {
    /// How transcription is stopped.
    StopTranscriptionOptions, "Stops it.";
    /// How media streaming is started.
    StartMediaStreamingOptions, "Starts it, as it was set up with the call.";
    /// How media streaming is stopped.
    StopMediaStreamingOptions, "Stops it.";
}

receipts! {
    /// A start of transcription that the service has accepted.
    StartTranscriptionResult => StartTranscription,
    "Waits for `TranscriptionStarted`, or the failure.";

    /// The end of a transcription that the service has accepted.
    StopTranscriptionResult => StopTranscription,
    "Waits for `TranscriptionStopped`, or the failure.";

    /// A start of media streaming that the service has accepted.
    StartMediaStreamingResult => StartMediaStreaming,
    "Waits for `MediaStreamingStarted`, or the failure.";

    /// The end of media streaming that the service has accepted.
    StopMediaStreamingResult => StopMediaStreaming,
    "Waits for `MediaStreamingStopped`, or the failure."
}

/// A change of a transcription that the service has accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateTranscriptionResult {
    receipt: Receipt,
}

impl UpdateTranscriptionResult {
    /// The operation context, given or made up. The event that follows does not carry it (recorded traffic).
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for the next `TranscriptionUpdated`, or the failure. The event carries the operation context of
    /// the start (recorded traffic), so updates that are under way at the same time cannot be told apart.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::UpdateTranscription> {
        self.receipt
            .outcome(|call, _| acs_call_events::outcome::UpdateTranscription::new(call))
    }
}

impl CallMedia {
    /// Starts transcription of the call, as it was set up by
    /// [`TranscriptionOptions`](crate::TranscriptionOptions) when the call was created, answered or joined.
    ///
    /// Events that follow: `TranscriptionStarted`, 2 to 5 s later (recorded traffic), or
    /// `TranscriptionFailed`, also later when it breaks off.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for a language without
    /// region, and as for every operation its context and callback URI.
    /// [`Rejected`](crate::ErrorKind::Rejected) with code 8522 where transcription was not set up, or no
    /// cognitive services endpoint; with code 8501 while the call is not connected. Otherwise as the service
    /// refuses.
    pub async fn start_transcription(
        &self,
        mut options: StartTranscriptionOptions,
    ) -> Result<StartTranscriptionResult, Error> {
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::start_transcription(options)?;
        self.rest()
            .start_transcription(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("start transcription", error))?;
        Ok(StartTranscriptionResult { receipt })
    }

    /// Changes the language of a running transcription. Takes the language, or
    /// [`UpdateTranscriptionOptions`].
    ///
    /// Events that follow: `TranscriptionUpdated`, or `TranscriptionFailed`.
    ///
    /// # Errors
    ///
    /// As [`start_transcription`](Self::start_transcription). On a leg that joined by connect the service
    /// refuses it with code 8520 (how-to guide).
    pub async fn update_transcription(
        &self,
        options: impl Into<UpdateTranscriptionOptions>,
    ) -> Result<UpdateTranscriptionResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::update_transcription(options)?;
        self.rest()
            .update_transcription(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("update transcription", error))?;
        Ok(UpdateTranscriptionResult { receipt })
    }

    /// Stops transcription.
    ///
    /// Event that follows: `TranscriptionStopped`, 1 to 2 s later (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`start_transcription`](Self::start_transcription).
    pub async fn stop_transcription(
        &self,
        mut options: StopTranscriptionOptions,
    ) -> Result<StopTranscriptionResult, Error> {
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::stop_transcription(options)?;
        self.rest()
            .stop_transcription(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("stop transcription", error))?;
        Ok(StopTranscriptionResult { receipt })
    }

    /// Starts streaming the audio of the call, as it was set up by
    /// [`MediaStreamingOptions`](crate::MediaStreamingOptions) when the call was created, answered or joined.
    ///
    /// Events that follow: `MediaStreamingStarted`, 2 to 4 s later (recorded traffic), or
    /// `MediaStreamingFailed`, also later when it breaks off; the call goes on either way.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, as for every operation its
    /// context and callback URI. [`Rejected`](crate::ErrorKind::Rejected) with code 8501 while the call is
    /// not connected. Otherwise as the service refuses.
    pub async fn start_media_streaming(
        &self,
        mut options: StartMediaStreamingOptions,
    ) -> Result<StartMediaStreamingResult, Error> {
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::start_media_streaming(options)?;
        self.rest()
            .start_media_streaming(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("start media streaming", error))?;
        Ok(StartMediaStreamingResult { receipt })
    }

    /// Stops streaming.
    ///
    /// Event that follows: `MediaStreamingStopped`, about a second later (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`start_media_streaming`](Self::start_media_streaming).
    pub async fn stop_media_streaming(
        &self,
        mut options: StopMediaStreamingOptions,
    ) -> Result<StopMediaStreamingResult, Error> {
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::stop_media_streaming(options)?;
        self.rest()
            .stop_media_streaming(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("stop media streaming", error))?;
        Ok(StopMediaStreamingResult { receipt })
    }
}
