//! The client of a resource.

mod builder;

use std::fmt;
use std::sync::Arc;

use acs_common::credential::TokenCredential;
use acs_common::{CallConnectionId, CommunicationUserIdentifier};

use crate::{CallConnection, CallRecording, Error};

pub use builder::CallAutomationClientBuilder;

/// Creates, answers and joins calls of one Azure Communication Services resource.
///
/// Cheap to clone, and meant to be: clones share connections and the token cache.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use acs_call_automation::{CallAutomationClient, CallInvite};
///
/// let client = CallAutomationClient::from_connection_string(&std::env::var("ACS_CONNECTION_STRING")?)?;
/// let invite = CallInvite::phone("+16041234567", "+16044561234");
/// let call = client.create_call(invite, "https://app.contoso.com/events").await?;
/// println!("{}", call.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CallAutomationClient(Arc<Inner>);

struct Inner {
    rest: acs_call_rest::Client,
    source: Option<CommunicationUserIdentifier>,
    #[cfg(feature = "events")]
    hub: Option<acs_call_events::CallEventHub>,
}

impl CallAutomationClient {
    /// A client by connection string, `endpoint=…;accesskey=…`, as the portal shows it.
    ///
    /// # Errors
    ///
    /// When the connection string is not one; the message does not repeat it.
    pub fn from_connection_string(text: &str) -> Result<Self, Error> {
        Self::builder().connection_string(text).build()
    }

    /// A client by endpoint and base64 access key.
    ///
    /// # Errors
    ///
    /// When the endpoint is no URI of a host, or the key is not base64; the message does not repeat the key.
    pub fn from_access_key(endpoint: &str, access_key: &str) -> Result<Self, Error> {
        Self::builder().endpoint(endpoint).access_key(access_key).build()
    }

    /// A client by endpoint and token credential, such as Entra (feature `entra`).
    ///
    /// # Errors
    ///
    /// When the endpoint is no `https` URI of a host: a token is not sent in the clear.
    pub fn from_token_credential(
        endpoint: &str,
        credential: Arc<dyn TokenCredential>,
    ) -> Result<Self, Error> {
        Self::builder()
            .endpoint(endpoint)
            .token_credential(credential)
            .build()
    }

    /// A client with settings.
    pub fn builder() -> CallAutomationClientBuilder {
        CallAutomationClientBuilder::new()
    }

    /// The raw client: one method per operation of the API, with its wire types.
    pub fn rest(&self) -> &acs_call_rest::Client {
        &self.0.rest
    }

    /// A handle to a call that is known by its id, from an event or a database. Nothing is sent.
    pub fn call_connection(&self, id: impl Into<CallConnectionId>) -> CallConnection {
        CallConnection::attached(self, id.into())
    }

    /// The recordings of this resource: start and stop them, download and delete their files. Nothing is sent.
    pub fn recording(&self) -> CallRecording {
        CallRecording::new(self)
    }

    /// The event hub that the client was given. The webhook of the application feeds it.
    #[cfg(feature = "events")]
    pub fn event_hub(&self) -> Option<&acs_call_events::CallEventHub> {
        self.0.hub.as_ref()
    }

    pub(crate) fn source(&self) -> Option<&CommunicationUserIdentifier> {
        self.0.source.as_ref()
    }
}

impl fmt::Debug for CallAutomationClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallAutomationClient")
            .field("rest", &self.0.rest)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}
