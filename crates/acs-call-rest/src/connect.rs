//! From an endpoint and a credential to a client.

use std::sync::Arc;

use acs_common::Endpoint;
use reqwest::header::HeaderValue;

use crate::auth::Auth;
use crate::error::Error;
use crate::generated::client::Client;
use crate::observe::Observer;
use crate::pipeline::Pipeline;
use crate::retry::RetryPolicy;

/// Settings of a [`Client`]; the default is right for most.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientOptions {
    retry: RetryPolicy,
    application_id: Option<String>,
    http_client: Option<reqwest::Client>,
    observer: Option<Arc<dyn Observer>>,
}

impl ClientOptions {
    /// Sets retries and time-outs.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Puts a name of the application in front of the `User-Agent`: letters, digits, `.`, `_`, `-`, `/`.
    pub fn application_id(mut self, id: impl Into<String>) -> Self {
        self.application_id = Some(id.into());
        self
    }

    /// Uses this HTTP client instead of one of our own, for a proxy or certificates of your own.
    ///
    /// It should not follow redirects: a signature holds for one target only.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Shows every answered attempt to an observer, for recordings and audits. Answers are then read whole
    /// before they are handed on.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }
}

impl Client {
    /// Opens a client for a resource. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the application id cannot be a header; when a token credential is to be sent over `http`,
    /// where anybody could read it; when TLS cannot be set up.
    pub fn open(endpoint: &Endpoint, auth: Auth, options: ClientOptions) -> Result<Self, Error> {
        if auth.is_token() && !endpoint.is_https() {
            return Err(Error::invalid_input(
                "endpoint: expected https, because a token credential must not be sent in the clear",
            ));
        }
        let user_agent = user_agent(options.application_id.as_deref())?;
        let http = match options.http_client {
            Some(client) => client,
            None => http_client(endpoint)?,
        };
        let pipeline = Pipeline::new(endpoint, auth, options.retry, user_agent, options.observer);
        Ok(Self::new_with_client(endpoint.base(), http, pipeline))
    }
}

fn user_agent(application_id: Option<&str>) -> Result<HeaderValue, Error> {
    const OURS: &str = concat!("acs-call-rest/", env!("CARGO_PKG_VERSION"), " (rust)");
    let Some(id) = application_id else {
        return Ok(HeaderValue::from_static(OURS));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(Error::invalid_input(
            "application id: expected 1 to 64 letters, digits, `.`, `_`, `-` or `/`",
        ));
    }
    HeaderValue::try_from(format!("{id} {OURS}"))
        .map_err(|_| Error::invalid_input("application id: expected text that can be a header"))
}

fn http_client(endpoint: &Endpoint) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    #[cfg(feature = "rustls")]
    let builder = {
        // Reading the platform's certificates takes milliseconds, and a local service needs none.
        let tls = if endpoint.is_https() {
            acs_common::tls::client_config()
        } else {
            acs_common::tls::without_roots()
        };
        builder.tls_backend_preconfigured(tls.map_err(Error::setup)?)
    };
    #[cfg(not(feature = "rustls"))]
    if endpoint.is_https() {
        return Err(Error::invalid_input(
            "endpoint: expected http, because this build has no TLS (feature `rustls`)",
        ));
    }
    builder.build().map_err(Error::setup)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use acs_common::AccessKey;
    use acs_common::credential::{AccessToken, StaticToken};

    use super::*;
    use crate::ErrorKind;

    fn key() -> Auth {
        Auth::access_key(&AccessKey::from_bytes("visible-if-printed"))
    }

    #[test]
    fn a_token_is_not_sent_in_the_clear() {
        let token = StaticToken::new(AccessToken::new("jwt", SystemTime::now()));
        let endpoint = Endpoint::new("http://127.0.0.1:1").unwrap();
        let error =
            Client::open(&endpoint, Auth::token(Arc::new(token)), ClientOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("https"), "{error}");
    }

    #[test]
    fn an_application_id_that_cannot_be_a_header_is_refused() {
        let endpoint = Endpoint::new("http://127.0.0.1:1").unwrap();
        for id in ["", "a b", "a\n", &"a".repeat(65)] {
            let options = ClientOptions::default().application_id(id);
            assert!(Client::open(&endpoint, key(), options).is_err(), "{id:?}");
        }
        let options = ClientOptions::default().application_id("shop/1.0");
        assert!(Client::open(&endpoint, key(), options).is_ok());
    }

    #[test]
    fn a_client_does_not_show_its_key() {
        let endpoint = Endpoint::new("http://127.0.0.1:1").unwrap();
        let client = Client::open(&endpoint, key(), ClientOptions::default()).unwrap();
        let text = format!("{client:?}");
        assert!(!text.contains("visible") && text.contains("redacted"), "{text}");
    }
}
