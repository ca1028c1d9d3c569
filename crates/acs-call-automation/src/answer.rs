//! What to do with a call that is offered: answer, reject, redirect.

use acs_common::enums::CallRejectReason;
use acs_common::{CommunicationIdentifier, IncomingCallContext};

use crate::setup::{CallSetup, setup_setters};
use crate::{CallAutomationClient, CallConnection, Error, wire};

/// A call that rings and waits to be answered, rejected or redirected: the context that its
/// `IncomingCall` event brought. Usable once, and for about 30 s (how-to guide).
///
/// Made from an [`IncomingCallContext`], from its text, or with feature `events` from an `IncomingCall`.
/// `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct CallOffer(pub(crate) IncomingCallContext);

impl From<IncomingCallContext> for CallOffer {
    fn from(context: IncomingCallContext) -> Self {
        Self(context)
    }
}

impl From<&IncomingCallContext> for CallOffer {
    fn from(context: &IncomingCallContext) -> Self {
        Self(context.clone())
    }
}

impl From<&str> for CallOffer {
    fn from(context: &str) -> Self {
        Self(context.into())
    }
}

impl From<String> for CallOffer {
    fn from(context: String) -> Self {
        Self(context.into())
    }
}

#[cfg(feature = "events")]
impl From<&acs_call_events::IncomingCall> for CallOffer {
    fn from(call: &acs_call_events::IncomingCall) -> Self {
        Self(call.incoming_call_context().clone())
    }
}

#[cfg(feature = "events")]
impl From<acs_call_events::IncomingCall> for CallOffer {
    fn from(call: acs_call_events::IncomingCall) -> Self {
        Self::from(&call)
    }
}

/// How an offered call is answered.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct AnswerCallOptions {
    pub(crate) offer: CallOffer,
    pub(crate) setup: CallSetup,
}

impl AnswerCallOptions {
    /// Answers this call and has its events posted to `callback_uri`: an absolute `https` URI, or `http`
    /// to a loopback address.
    pub fn new(offer: impl Into<CallOffer>, callback_uri: impl AsRef<str>) -> Self {
        Self {
            offer: offer.into(),
            setup: CallSetup::new(callback_uri),
        }
    }

    setup_setters!();

    /// Answers the call, as [`CallAutomationClient::answer_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::answer_call`].
    pub async fn send(mut self, client: &CallAutomationClient) -> Result<CallConnection, Error> {
        const OPERATION: &str = "answer call";
        let context = wire::settle_context(&mut self.setup.operation_context);
        let body = wire::answer_call(self, client.source())?;
        let reply = client
            .rest()
            .answer_call(&body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        let properties = wire::properties(OPERATION, reply.into_inner())?;
        Ok(CallConnection::opened(client, context, properties))
    }
}

/// How an offered call is rejected.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct RejectCallOptions {
    pub(crate) offer: CallOffer,
    pub(crate) reason: CallRejectReason,
}

impl RejectCallOptions {
    /// Rejects this call without a reason.
    pub fn new(offer: impl Into<CallOffer>) -> Self {
        Self {
            offer: offer.into(),
            reason: CallRejectReason::None,
        }
    }

    /// Sets what the caller is told: none (the default), busy or forbidden.
    pub fn reason(mut self, reason: CallRejectReason) -> Self {
        self.reason = reason;
        self
    }

    /// Rejects the call, as [`CallAutomationClient::reject_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::reject_call`].
    pub async fn send(self, client: &CallAutomationClient) -> Result<(), Error> {
        let body = wire::reject_call(self)?;
        client
            .rest()
            .reject_call(&body)
            .await
            .map_err(|error| Error::rest("reject call", error))?;
        Ok(())
    }
}

impl<T: Into<CallOffer>> From<T> for RejectCallOptions {
    fn from(offer: T) -> Self {
        Self::new(offer)
    }
}

/// How an offered call is redirected.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct RedirectCallOptions {
    pub(crate) offer: CallOffer,
    pub(crate) target: CommunicationIdentifier,
}

impl RedirectCallOptions {
    /// Sends the caller to `target`, a user or a telephone (E.164). The request has no place for a caller
    /// ID or a custom calling context (API version 2026-03-12).
    pub fn new(offer: impl Into<CallOffer>, target: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            offer: offer.into(),
            target: target.into(),
        }
    }

    /// Redirects the call, as [`CallAutomationClient::redirect_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::redirect_call`].
    pub async fn send(self, client: &CallAutomationClient) -> Result<(), Error> {
        let body = wire::redirect_call(self)?;
        client
            .rest()
            .redirect_call(&body)
            .await
            .map_err(|error| Error::rest("redirect call", error))?;
        Ok(())
    }
}

impl CallAutomationClient {
    /// Answers an offered call. With options: [`AnswerCallOptions`] and its `send`.
    ///
    /// Events that follow: `CallConnected` and `ParticipantsUpdated`, in either order, or `AnswerFailed`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty context or a
    /// callback URI that is neither `https` nor loopback. [`NotFound`](crate::ErrorKind::NotFound) when
    /// the offer is over or was used. Otherwise as the service refuses.
    pub async fn answer_call(
        &self,
        offer: impl Into<CallOffer>,
        callback_uri: impl AsRef<str>,
    ) -> Result<CallConnection, Error> {
        AnswerCallOptions::new(offer, callback_uri).send(self).await
    }

    /// Rejects an offered call: takes the offer, or [`RejectCallOptions`] for a reason.
    ///
    /// No event follows for the application that rejects (how-to guide).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty context. Otherwise as the service
    /// refuses.
    pub async fn reject_call(&self, options: impl Into<RejectCallOptions>) -> Result<(), Error> {
        options.into().send(self).await
    }

    /// Redirects an offered call to another party.
    ///
    /// No event follows, and the application has no further hold on the call (how-to guide). A target of
    /// the same resource is offered the call anew.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty context, or a telephone that is not
    /// E.164. Otherwise as the service refuses.
    pub async fn redirect_call(
        &self,
        offer: impl Into<CallOffer>,
        target: impl Into<CommunicationIdentifier>,
    ) -> Result<(), Error> {
        RedirectCallOptions::new(offer, target).send(self).await
    }
}
