//! Tones: sent to a telephone, and received as they are pressed.

use acs_common::{CommunicationIdentifier, OperationContext, Tones};

use super::CallMedia;
use super::result::receipts;
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{Error, wire};

/// How tones are sent.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct SendDtmfTonesOptions {
    pub(crate) tones: Tones,
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl SendDtmfTonesOptions {
    /// Sends these tones to this participant, a telephone: `SendDtmfTonesOptions::new("1234#".parse()?, …)`.
    pub fn new(tones: Tones, participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            tones,
            participant: participant.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

impl<T: Into<CommunicationIdentifier>> From<(Tones, T)> for SendDtmfTonesOptions {
    fn from((tones, participant): (Tones, T)) -> Self {
        Self::new(tones, participant)
    }
}

receipts! {
    /// Tones that the service has accepted to send.
    SendDtmfTonesResult => SendDtmfTones,
    "Waits for `SendDtmfTonesCompleted`, or the failure.";

    /// The end of continuous recognition that the service has accepted.
    StopContinuousDtmfRecognitionResult => StopContinuousDtmfRecognition,
    "Waits for `ContinuousDtmfRecognitionStopped`, or the end of the call."
}

/// How continuous recognition of tones is started or stopped.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct ContinuousDtmfRecognitionOptions {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl ContinuousDtmfRecognitionOptions {
    /// For this participant.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            participant: participant.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

impl<T: Into<CommunicationIdentifier>> From<T> for ContinuousDtmfRecognitionOptions {
    fn from(participant: T) -> Self {
        Self::new(participant)
    }
}

/// Continuous recognition that was started; the service does it before it answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StartContinuousDtmfRecognitionResult {
    media: CallMedia,
    participant: CommunicationIdentifier,
    operation_callback_uri: Option<String>,
    receipt: Receipt,
}

impl StartContinuousDtmfRecognitionResult {
    /// Whose tones are recognized.
    pub fn participant(&self) -> &CommunicationIdentifier {
        &self.participant
    }

    /// The operation context, given or made up, that the events of the tones carry.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// The tones as they are pressed, in the order of their sequence ids and each once; what happens when
    /// one does not arrive, and when the stream ends, says
    /// [`ReceivedTones`](acs_call_events::ReceivedTones). Also tones from before this is called, since the
    /// start; every call gives a stream from there.
    ///
    /// # Errors
    ///
    /// [`NoEventHub`](crate::ErrorKind::NoEventHub) when the client was given none.
    #[cfg(feature = "events")]
    pub fn tones(&self) -> Result<acs_call_events::ReceivedTones, Error> {
        let call = self.media.call_connection();
        let hub = call.client().event_hub().ok_or_else(Error::no_event_hub)?;
        Ok(hub
            .received_tones_since(call.id(), self.receipt.since())
            .operation_context(self.operation_context().clone()))
    }

    /// Stops the recognition, with the operation context and callback URI that it was started with, so that
    /// [`tones`](Self::tones) ends.
    ///
    /// # Errors
    ///
    /// As [`CallMedia::stop_continuous_dtmf_recognition`].
    pub async fn stop(&self) -> Result<StopContinuousDtmfRecognitionResult, Error> {
        let options = ContinuousDtmfRecognitionOptions {
            participant: self.participant.clone(),
            operation_context: Some(self.operation_context().clone()),
            operation_callback_uri: self.operation_callback_uri.clone(),
        };
        self.media.stop_continuous_dtmf_recognition(options).await
    }
}

impl CallMedia {
    /// Sends tones to a telephone, such as the digits that another system's menu asks for. Takes tones and
    /// participant as a pair, or [`SendDtmfTonesOptions`].
    ///
    /// Events that follow: `SendDtmfTonesCompleted`, about 3 s later for few tones (recorded traffic), or
    /// `SendDtmfTonesFailed`. Other participants than telephones are refused by the service (how-to guide).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty identifier, and
    /// as for every operation its context and callback URI. [`Rejected`](crate::ErrorKind::Rejected) with
    /// code 8501 while the call is not connected, and with 8500, or
    /// [`Conflict`](crate::ErrorKind::Conflict) with 8583, while the participant is in another media operation.
    /// Otherwise as the service refuses.
    pub async fn send_dtmf_tones(
        &self,
        options: impl Into<SendDtmfTonesOptions>,
    ) -> Result<SendDtmfTonesResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::send_dtmf_tones(options)?;
        self.rest()
            .send_dtmf_tones(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("send DTMF tones", error))?;
        Ok(SendDtmfTonesResult { receipt })
    }

    /// Has every tone that a participant presses reported, whatever else goes on in the call. Takes the
    /// participant, or [`ContinuousDtmfRecognitionOptions`].
    ///
    /// Events that follow: `ContinuousDtmfRecognitionToneReceived` for each tone, see
    /// [`tones`](StartContinuousDtmfRecognitionResult::tones); `ContinuousDtmfRecognitionToneFailed`; and
    /// `ContinuousDtmfRecognitionStopped` after the stop or with the call.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty identifier, and
    /// as for every operation its context and callback URI. [`Rejected`](crate::ErrorKind::Rejected) with
    /// code 8501 while the call is not connected, and with 8500, or
    /// [`Conflict`](crate::ErrorKind::Conflict) with 8583, while the participant is in another media operation.
    /// Otherwise as the service refuses.
    pub async fn start_continuous_dtmf_recognition(
        &self,
        options: impl Into<ContinuousDtmfRecognitionOptions>,
    ) -> Result<StartContinuousDtmfRecognitionResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let (participant, operation_callback_uri) = (
            options.participant.clone(),
            options.operation_callback_uri.clone(),
        );
        let body = wire::continuous_dtmf_recognition(options)?;
        self.rest()
            .start_continuous_dtmf_recognition(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("start continuous DTMF recognition", error))?;
        Ok(StartContinuousDtmfRecognitionResult {
            media: self.clone(),
            participant,
            operation_callback_uri,
            receipt,
        })
    }

    /// Stops continuous recognition of a participant's tones. Takes the participant, or
    /// [`ContinuousDtmfRecognitionOptions`]. Where the result of the start is at hand,
    /// [`stop`](StartContinuousDtmfRecognitionResult::stop) is better: its tones then end.
    ///
    /// Event that follows: `ContinuousDtmfRecognitionStopped` with the operation context of this request
    /// (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`start_continuous_dtmf_recognition`](Self::start_continuous_dtmf_recognition).
    pub async fn stop_continuous_dtmf_recognition(
        &self,
        options: impl Into<ContinuousDtmfRecognitionOptions>,
    ) -> Result<StopContinuousDtmfRecognitionResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::continuous_dtmf_recognition(options)?;
        self.rest()
            .stop_continuous_dtmf_recognition(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("stop continuous DTMF recognition", error))?;
        Ok(StopContinuousDtmfRecognitionResult { receipt })
    }
}
