//! The settings of a client.

use std::fmt;
use std::sync::Arc;

use acs_call_rest::{Auth, Client, ClientOptions, Observer, RetryPolicy};
use acs_common::credential::TokenCredential;
use acs_common::{AccessKey, CommunicationUserIdentifier, ConnectionString, Endpoint};

use super::{CallAutomationClient, Inner};
use crate::Error;

/// Collects the settings of a [`CallAutomationClient`]: a credential, which is needed, and others, which
/// have defaults.
///
/// ```no_run
/// # fn example(text: &str) -> Result<(), acs_call_automation::Error> {
/// use acs_call_automation::{CallAutomationClient, RetryPolicy};
///
/// let client = CallAutomationClient::builder()
///     .connection_string(text)
///     .application_id("contoso-ivr/1.0")
///     .retry(RetryPolicy::default().max_retries(5))
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is made before `build`"]
pub struct CallAutomationClientBuilder {
    endpoint: Option<String>,
    credential: Option<Credential>,
    options: ClientOptions,
    source: Option<CommunicationUserIdentifier>,
    #[cfg(feature = "events")]
    hub: Option<acs_call_events::CallEventHub>,
}

enum Credential {
    /// Secret until parsed, and afterwards.
    ConnectionString(String),
    AccessKey(String),
    Token(Arc<dyn TokenCredential>),
}

impl CallAutomationClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            endpoint: None,
            credential: None,
            options: ClientOptions::default(),
            source: None,
            #[cfg(feature = "events")]
            hub: None,
        }
    }

    /// Takes endpoint and access key from a connection string, `endpoint=…;accesskey=…`.
    pub fn connection_string(mut self, text: impl Into<String>) -> Self {
        self.credential = Some(Credential::ConnectionString(text.into()));
        self
    }

    /// Sets the endpoint of the resource; with a connection string, in place of the one there.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Signs requests with this access key, base64.
    pub fn access_key(mut self, key: impl Into<String>) -> Self {
        self.credential = Some(Credential::AccessKey(key.into()));
        self
    }

    /// Authorizes requests with tokens of this credential.
    pub fn token_credential(mut self, credential: Arc<dyn TokenCredential>) -> Self {
        self.credential = Some(Credential::Token(credential));
        self
    }

    /// Sets retries and time-outs.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options = self.options.retry(retry);
        self
    }

    /// Puts a name of the application in front of the `User-Agent`: letters, digits, `.`, `_`, `-`, `/`.
    pub fn application_id(mut self, id: impl Into<String>) -> Self {
        self.options = self.options.application_id(id);
        self
    }

    /// Uses this HTTP client, for a proxy or certificates of your own. It should not follow redirects.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.options = self.options.http_client(client);
        self
    }

    /// Shows every answered attempt of a request to an observer, for recordings and audits. It is not shown
    /// `Authorization`; bodies are whole, incoming call contexts included.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.options = self.options.observer(observer);
        self
    }

    /// Sets the user that the application creates and answers calls as. Without one the service makes up
    /// an identity for each call (official SDKs 1.6.0).
    pub fn source(mut self, user: CommunicationUserIdentifier) -> Self {
        self.source = Some(user);
        self
    }

    /// Sets the hub that the webhook of the application feeds. With it calls have events, and operations
    /// have outcomes.
    #[cfg(feature = "events")]
    pub fn events(mut self, hub: acs_call_events::CallEventHub) -> Self {
        self.hub = Some(hub);
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When there is no credential or no endpoint, when one of them is not of its form, when a token would
    /// be sent over `http`, or when TLS cannot be set up.
    pub fn build(self) -> Result<CallAutomationClient, Error> {
        let token = matches!(self.credential, Some(Credential::Token(_)));
        let (endpoint, auth) = match self.credential {
            None => {
                return Err(Error::invalid_input(
                    "credential",
                    "expected a connection string, an access key or a token credential",
                ));
            }
            Some(Credential::ConnectionString(text)) => {
                let string: ConnectionString = text.parse().map_err(Error::common)?;
                let endpoint = match self.endpoint {
                    Some(endpoint) => Endpoint::new(&endpoint).map_err(Error::common)?,
                    None => string.endpoint().clone(),
                };
                (endpoint, Auth::access_key(string.access_key()))
            }
            Some(Credential::AccessKey(key)) => {
                let key = AccessKey::from_base64(&key).map_err(Error::common)?;
                (required(self.endpoint)?, Auth::access_key(&key))
            }
            Some(Credential::Token(credential)) => (required(self.endpoint)?, Auth::token(credential)),
        };
        if token && !endpoint.is_https() {
            return Err(Error::invalid_input(
                "endpoint",
                "expected https, because a token must not be sent in the clear",
            ));
        }
        let rest =
            Client::open(&endpoint, auth, self.options).map_err(|error| Error::rest("open client", error))?;
        Ok(CallAutomationClient(Arc::new(Inner {
            rest,
            source: self.source,
            #[cfg(feature = "events")]
            hub: self.hub,
        })))
    }
}

fn required(endpoint: Option<String>) -> Result<Endpoint, Error> {
    let text = endpoint
        .ok_or_else(|| Error::invalid_input("endpoint", "expected the URI of the resource, found none"))?;
    Endpoint::new(&text).map_err(Error::common)
}

impl fmt::Debug for CallAutomationClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallAutomationClientBuilder")
            .field("endpoint", &self.endpoint)
            .field("options", &self.options)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
