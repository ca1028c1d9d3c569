//! The HTTP clients that posts leave by: one without certificates for the usual loopback address, and one
//! that trusts what the platform trusts, made when the first `https` address turns up, for reading the
//! platform's certificates takes longer than starting the emulator.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use url::Url;

use crate::{Error, ErrorKind};

/// Clients that keep connections alive. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    plain: reqwest::Client,
    encrypted: Arc<OnceLock<reqwest::Client>>,
    timeout: Duration,
}

impl Clients {
    /// `timeout` is for a whole exchange.
    pub(crate) fn new(timeout: Duration) -> Result<Self, Error> {
        Ok(Self {
            plain: client(timeout, acs_common::tls::without_roots())?,
            encrypted: Arc::default(),
            timeout,
        })
    }

    /// The client for an address. Where no certificates can be read, `https` addresses get the client that
    /// trusts nobody: the attempt fails and says why.
    pub(crate) fn get(&self, url: &Url) -> &reqwest::Client {
        if url.scheme() != "https" {
            return &self.plain;
        }
        self.encrypted.get_or_init(|| {
            client(self.timeout, acs_common::tls::client_config()).unwrap_or_else(|error| {
                tracing::warn!(%error, "https addresses cannot be posted to");
                self.plain.clone()
            })
        })
    }
}

fn client(
    timeout: Duration,
    tls: Result<impl std::any::Any, acs_common::Error>,
) -> Result<reqwest::Client, Error> {
    let failed = || Error::new(ErrorKind::InvalidConfig, "no HTTP client can be built");
    let tls = tls.map_err(|source| failed().with_source(source))?;
    // Proxies are for what is far away; callbacks go to the machine or to what its owner names.
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(timeout)
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(|source| failed().with_source(source))
}
