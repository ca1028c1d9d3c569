//! Transferring a call, or a participant of it.

use acs_common::{CommunicationIdentifier, OperationContext};

use super::CallConnection;
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{CustomCallingContext, Error, wire};

/// How a call or a participant is transferred.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct TransferToParticipantOptions {
    pub(crate) target: CommunicationIdentifier,
    pub(crate) transferee: Option<CommunicationIdentifier>,
    pub(crate) custom_calling_context: CustomCallingContext,
    pub(crate) source_caller_id: Option<String>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl TransferToParticipantOptions {
    /// Transfers to this party, the transfer target: a user, a telephone (E.164), a Teams user.
    pub fn new(target: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            target: target.into(),
            transferee: None,
            custom_calling_context: CustomCallingContext::new(),
            source_caller_id: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    /// Sets who is transferred. Needed in a group call, and never the application itself; in a call of two
    /// it is the other party.
    pub fn transferee(mut self, transferee: impl Into<CommunicationIdentifier>) -> Self {
        self.transferee = Some(transferee.into());
        self
    }

    /// Sends data along to the transfer target.
    pub fn custom_calling_context(mut self, context: CustomCallingContext) -> Self {
        self.custom_calling_context = context;
        self
    }

    /// Sets the number that the transfer target sees, E.164; otherwise it is the transferee's.
    pub fn source_caller_id(mut self, number: impl Into<String>) -> Self {
        self.source_caller_id = Some(number.into());
        self
    }

    operation_setters!();
}

/// The target alone: the other party of a call of two is transferred.
impl<T: Into<CommunicationIdentifier>> From<T> for TransferToParticipantOptions {
    fn from(target: T) -> Self {
        Self::new(target)
    }
}

/// A transfer that the service has accepted to try.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransferResult {
    receipt: Receipt,
}

impl TransferResult {
    /// The operation context, given or made up, that the outcome event carries.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for `CallTransferAccepted`, or the failure.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::TransferToParticipant> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::TransferToParticipant::new(call).operation_context(context)
        })
    }
}

impl CallConnection {
    /// Transfers the other party of a call of two, or a named participant of a group call, to somebody
    /// else. Takes the target, or [`TransferToParticipantOptions`].
    ///
    /// Events that follow: `CallTransferAccepted`, and in a call of two then `CallDisconnected` with code
    /// 200/7015, since the application loses the call; or `CallTransferFailed`, after which the call should
    /// go on (how-to guide).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for a telephone or caller
    /// ID that is not E.164, an empty identifier, a custom calling context beyond its limits, an operation
    /// context beyond 5,000 characters, or an operation callback URI that is neither `https` nor loopback.
    /// [`Rejected`](crate::ErrorKind::Rejected) with code 8501 while the call is not connected. Otherwise as
    /// the service refuses.
    pub async fn transfer_call_to_participant(
        &self,
        options: impl Into<TransferToParticipantOptions>,
    ) -> Result<TransferResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self, &mut options.operation_context);
        let body = wire::transfer_to_participant(options)?;
        self.rest()
            .transfer_to_participant(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("transfer call to participant", error))?;
        Ok(TransferResult { receipt })
    }
}
