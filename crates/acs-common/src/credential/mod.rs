//! Token credentials: who gives a bearer token, and a cache in front of it.
//!
//! A credential of your own implements [`TokenCredential`]; [`StaticToken`] serves tests and tools;
//! feature `entra` takes any credential of `azure_core`. The request pipeline puts a [`TokenCache`] in
//! front, so that a credential is asked once per lifetime of a token and never twice at the same time.

mod cache;
#[cfg(feature = "entra")]
mod entra;

use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;

pub use cache::TokenCache;
#[cfg(feature = "entra")]
pub use entra::EntraCredential;

use crate::{Error, Secret};

/// The scope of a token for Azure Communication Services. The double slash is the service's own
/// (official SDKs 1.6.0).
pub const SCOPE: &str = "https://communication.azure.com//.default";

/// A bearer token and the moment it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    token: Secret,
    expires_on: SystemTime,
}

impl AccessToken {
    /// A token that is valid until a moment.
    pub fn new(token: impl Into<Secret>, expires_on: SystemTime) -> Self {
        Self {
            token: token.into(),
            expires_on,
        }
    }

    /// The token itself.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The moment from which on the service refuses it.
    pub fn expires_on(&self) -> SystemTime {
        self.expires_on
    }
}

/// Gives bearer tokens. Implement it for whatever issues your tokens.
///
/// ```
/// use acs_common::Error;
/// use acs_common::credential::{AccessToken, TokenCredential};
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Debug)]
/// struct FromVault;
///
/// #[async_trait::async_trait]
/// impl TokenCredential for FromVault {
///     async fn token(&self, _scopes: &[&str]) -> Result<AccessToken, Error> {
///         Ok(AccessToken::new("…", SystemTime::now() + Duration::from_secs(3600)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenCredential: fmt::Debug + Send + Sync {
    /// Gets a token for the scopes. No caching is needed here.
    ///
    /// # Errors
    ///
    /// When there is no token to be had; [`Error::credential`] makes the error.
    async fn token(&self, scopes: &[&str]) -> Result<AccessToken, Error>;
}

/// A token that was issued elsewhere and is used until it ends.
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// Takes a token.
    pub fn new(token: AccessToken) -> Self {
        Self(token)
    }
}

#[async_trait]
impl TokenCredential for StaticToken {
    async fn token(&self, _scopes: &[&str]) -> Result<AccessToken, Error> {
        if self.0.expires_on() <= SystemTime::now() {
            return Err(Error::credential("the token has expired and cannot be renewed"));
        }
        Ok(self.0.clone())
    }
}
