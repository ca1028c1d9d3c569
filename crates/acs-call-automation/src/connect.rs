//! Connecting to a running call.

use crate::setup::{CallSetup, setup_setters};
use crate::{CallAutomationClient, CallConnection, CallLocator, Error, wire};

/// How the application joins a running call.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct ConnectCallOptions {
    pub(crate) locator: CallLocator,
    pub(crate) setup: CallSetup,
}

impl ConnectCallOptions {
    /// Joins this call and has its events posted to `callback_uri`: an absolute `https` URI, or `http` to
    /// a loopback address.
    pub fn new(locator: impl Into<CallLocator>, callback_uri: impl AsRef<str>) -> Self {
        Self {
            locator: locator.into(),
            setup: CallSetup::new(callback_uri),
        }
    }

    setup_setters!();

    /// Joins the call, as [`CallAutomationClient::connect_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::connect_call`].
    pub async fn send(mut self, client: &CallAutomationClient) -> Result<CallConnection, Error> {
        const OPERATION: &str = "connect call";
        let context = wire::settle_context(&mut self.setup.operation_context);
        let body = wire::connect(self)?;
        let reply = client
            .rest()
            .connect(&body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        let properties = wire::properties(OPERATION, reply.into_inner())?;
        Ok(CallConnection::opened(client, context, properties))
    }
}

impl CallAutomationClient {
    /// Joins a running call, a group call or a room. With options: [`ConnectCallOptions`] and its `send`.
    ///
    /// The application becomes a leg of the call that is not listed among its participants (recorded
    /// traffic). Events that follow: `CallConnected` and `ParticipantsUpdated`, or `ConnectFailed`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty id or a
    /// callback URI that is neither `https` nor loopback. Otherwise as the service refuses.
    pub async fn connect_call(
        &self,
        locator: impl Into<CallLocator>,
        callback_uri: impl AsRef<str>,
    ) -> Result<CallConnection, Error> {
        ConnectCallOptions::new(locator, callback_uri).send(self).await
    }
}
