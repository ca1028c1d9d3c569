//! Keys by HTTP: the OpenID Connect configuration, and the key set that it names.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use url::{Host, Url};

use super::keys::{KeySet, KeySource};
use crate::{Error, ErrorKind};

/// The largest document that is read. Those of the service are of a few kilobytes.
const MAX_BYTES: usize = 256 * 1024;

/// When a request is given up.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches keys by HTTP. `https` only, trusting what the platform trusts; `http` only from this machine.
/// Redirects are not followed, documents are read up to 256 KiB, and a request is given up after 5 seconds.
#[derive(Clone, Debug)]
pub struct OpenIdKeySource {
    client: Client,
    start: Start,
}

#[derive(Clone, Debug)]
enum Start {
    Metadata(Url),
    Keys(Url),
}

#[derive(Deserialize)]
struct Metadata {
    jwks_uri: String,
}

impl OpenIdKeySource {
    /// Keys from where an OpenID Connect configuration says. That has to be on the scheme, host and port of
    /// the configuration itself, as the service's is: a document that sends for keys elsewhere is refused.
    /// For keys on another host use [`at`](Self::at).
    ///
    /// # Errors
    ///
    /// When the text is no `https` URL, nor an `http` URL of this machine; when TLS cannot be set up.
    pub fn from_metadata(url: &str) -> Result<Self, Error> {
        let url = read_url(url)?;
        Ok(Self {
            client: client(&url)?,
            start: Start::Metadata(url),
        })
    }

    /// Keys from this address, without asking a configuration.
    ///
    /// # Errors
    ///
    /// As [`from_metadata`](Self::from_metadata).
    pub fn at(url: &str) -> Result<Self, Error> {
        let url = read_url(url)?;
        Ok(Self {
            client: client(&url)?,
            start: Start::Keys(url),
        })
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, Error> {
        let failed = |error: reqwest::Error| {
            Error::keys_unavailable("the key server cannot be read", Some(error.without_url().into()))
        };
        let mut response = self.client.get(url).send().await.map_err(failed)?;
        if response.status() != StatusCode::OK {
            let message = format!("the key server answered {}", response.status());
            return Err(Error::keys_unavailable(message, None));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                let message = format!("the key server sent more than {MAX_BYTES} bytes");
                return Err(Error::keys_unavailable(message, None));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[async_trait]
impl KeySource for OpenIdKeySource {
    async fn fetch(&self) -> Result<KeySet, Error> {
        let keys = match &self.start {
            Start::Keys(url) => url.clone(),
            Start::Metadata(url) => key_address(url, &self.get(url.clone()).await?)?,
        };
        KeySet::from_jwks(&self.get(keys).await?)
    }
}

/// Where a configuration says that the keys are.
fn key_address(metadata_url: &Url, body: &[u8]) -> Result<Url, Error> {
    let metadata: Metadata = serde_json::from_slice(body).map_err(|error| {
        Error::keys_unavailable("the OpenID configuration cannot be read", Some(error.into()))
    })?;
    let keys = Url::parse(&metadata.jwks_uri).map_err(|error| {
        Error::keys_unavailable(
            "the OpenID configuration has no readable `jwks_uri`",
            Some(error.into()),
        )
    })?;
    if keys.origin() == metadata_url.origin() {
        Ok(keys)
    } else {
        Err(Error::keys_unavailable(
            "the OpenID configuration names keys on another host than its own",
            None,
        ))
    }
}

fn read_url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| setting(EXPECTED).with_source(error))?;
    if url.scheme() == "https" || (url.scheme() == "http" && is_local(&url)) {
        Ok(url)
    } else {
        Err(setting(EXPECTED))
    }
}

const EXPECTED: &str = "address of keys: expected an https URL, or an http URL of this machine";

fn setting(message: &str) -> Error {
    Error::new(ErrorKind::InvalidSetting, message)
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn client(url: &Url) -> Result<Client, Error> {
    let builder = Client::builder()
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("acs-call-events/", env!("CARGO_PKG_VERSION"), " (rust)"));
    // Reading the platform's certificates takes milliseconds, and a local server needs none, nor a proxy.
    let (tls, builder) = if url.scheme() == "https" {
        (acs_common::tls::client_config(), builder)
    } else {
        (acs_common::tls::without_roots(), builder.no_proxy())
    };
    let tls = tls.map_err(|error| setting("TLS for the key server cannot be set up").with_source(error))?;
    builder
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|error| setting("the client of the key server cannot be made").with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine_are_addresses_of_keys() {
        for (url, good) in [
            (
                "https://acscallautomation.communication.azure.com/calling/keys",
                true,
            ),
            ("http://127.0.0.1:8080/keys", true),
            ("http://[::1]:8080/keys", true),
            ("http://localhost/keys", true),
            (
                "http://acscallautomation.communication.azure.com/calling/keys",
                false,
            ),
            ("http://127.0.0.1.example.com/", false),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/", false),
            ("file:///etc/keys", false),
            ("/keys", false),
        ] {
            let result = read_url(url);
            assert_eq!(result.is_ok(), good, "{url}");
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::InvalidSetting);
            }
        }
    }

    #[test]
    fn a_configuration_may_only_name_keys_beside_itself() {
        let own = Url::parse("https://issuer.example/.well-known/openid-configuration").unwrap();
        for (uri, good) in [
            ("https://issuer.example/keys", true),
            ("https://issuer.example:443/keys?v=2", true),
            ("https://issuer.example:444/keys", false),
            ("http://issuer.example/keys", false),
            ("https://issuer.example.evil.example/keys", false),
            ("https://issuer.example@evil.example/keys", false),
            ("/keys", false),
        ] {
            let body = serde_json::json!({ "jwks_uri": uri }).to_string();
            assert_eq!(key_address(&own, body.as_bytes()).is_ok(), good, "{uri}");
        }
        assert!(key_address(&own, b"{}").unwrap_err().is_keys_unavailable());
    }
}
