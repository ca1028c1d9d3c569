//! Creating a call: to one party, or to several at once.

use acs_common::CommunicationIdentifier;

use crate::setup::{CallSetup, setup_setters};
use crate::{CallAutomationClient, CallConnection, CallInvite, Error, wire};

/// How a call to one party is created.
///
/// ```no_run
/// # async fn example(client: acs_call_automation::CallAutomationClient) -> Result<(), acs_call_automation::Error> {
/// use acs_call_automation::{CallInvite, CreateCallOptions};
///
/// let call = CreateCallOptions::new(CallInvite::user("8:acs:resource_user"), "https://app.contoso.com/events")
///     .operation_context("morning call")
///     .send(&client)
///     .await?;
/// # let _ = call;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct CreateCallOptions {
    pub(crate) invite: CallInvite,
    pub(crate) setup: CallSetup,
}

impl CreateCallOptions {
    /// Calls this party and has the events of the call posted to `callback_uri`: an absolute `https` URI,
    /// or `http` to a loopback address.
    pub fn new(invite: impl Into<CallInvite>, callback_uri: impl AsRef<str>) -> Self {
        Self {
            invite: invite.into(),
            setup: CallSetup::new(callback_uri),
        }
    }

    setup_setters!();

    /// Creates the call, as [`CallAutomationClient::create_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::create_call`].
    pub async fn send(mut self, client: &CallAutomationClient) -> Result<CallConnection, Error> {
        const OPERATION: &str = "create call";
        let context = wire::settle_context(&mut self.setup.operation_context);
        let body = wire::create_call(self, client.source())?;
        let reply = client
            .rest()
            .create_call(&body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        let properties = wire::properties(OPERATION, reply.into_inner())?;
        Ok(CallConnection::opened(client, context, properties))
    }
}

/// How a call to several parties is created.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct CreateGroupCallOptions {
    pub(crate) targets: Vec<CommunicationIdentifier>,
    pub(crate) source_caller_id: Option<String>,
    pub(crate) source_display_name: Option<String>,
    pub(crate) setup: CallSetup,
}

impl CreateGroupCallOptions {
    /// Calls these parties and has the events of the call posted to `callback_uri`: an absolute `https`
    /// URI, or `http` to a loopback address.
    pub fn new<T>(targets: impl IntoIterator<Item = T>, callback_uri: impl AsRef<str>) -> Self
    where
        T: Into<CommunicationIdentifier>,
    {
        Self {
            targets: targets.into_iter().map(Into::into).collect(),
            source_caller_id: None,
            source_display_name: None,
            setup: CallSetup::new(callback_uri),
        }
    }

    /// Sets the number that called telephones see, E.164. Needed when a telephone is among the targets.
    pub fn source_caller_id(mut self, number: impl Into<String>) -> Self {
        self.source_caller_id = Some(number.into());
        self
    }

    /// Sets the name that the called parties see.
    pub fn source_display_name(mut self, name: impl Into<String>) -> Self {
        self.source_display_name = Some(name.into());
        self
    }

    setup_setters!();

    /// Creates the call, as [`CallAutomationClient::create_group_call`].
    ///
    /// # Errors
    ///
    /// As [`CallAutomationClient::create_group_call`].
    pub async fn send(mut self, client: &CallAutomationClient) -> Result<CallConnection, Error> {
        const OPERATION: &str = "create group call";
        let context = wire::settle_context(&mut self.setup.operation_context);
        let body = wire::create_group_call(self, client.source())?;
        let reply = client
            .rest()
            .create_call(&body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        let properties = wire::properties(OPERATION, reply.into_inner())?;
        Ok(CallConnection::opened(client, context, properties))
    }
}

impl CallAutomationClient {
    /// Calls one party. With options: [`CreateCallOptions`] and its `send`.
    ///
    /// Returns when the service has accepted the call; the party then rings. Events that follow:
    /// `CallConnected` and `ParticipantsUpdated`, in either order, when the party answers; otherwise
    /// `CallDisconnected` and then `CreateCallFailed`, which carries no operation context (recorded traffic).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for a telephone that is
    /// not E.164 or has no caller ID, a callback URI that is neither `https` nor loopback, and a custom
    /// calling context, for which the request has no place. Otherwise as the service refuses.
    pub async fn create_call(
        &self,
        invite: impl Into<CallInvite>,
        callback_uri: impl AsRef<str>,
    ) -> Result<CallConnection, Error> {
        CreateCallOptions::new(invite, callback_uri).send(self).await
    }

    /// Calls several parties at once. With options, such as the caller ID that telephones need:
    /// [`CreateGroupCallOptions`] and its `send`.
    ///
    /// Events that follow: `CallConnected` when the first party answers, `ParticipantsUpdated` for each
    /// further one; `CallDisconnected` and then `CreateCallFailed` when nobody does.
    ///
    /// # Errors
    ///
    /// As [`create_call`](Self::create_call), and when there is no target.
    pub async fn create_group_call<T>(
        &self,
        targets: impl IntoIterator<Item = T>,
        callback_uri: impl AsRef<str>,
    ) -> Result<CallConnection, Error>
    where
        T: Into<CommunicationIdentifier>,
    {
        CreateGroupCallOptions::new(targets, callback_uri)
            .send(self)
            .await
    }
}
