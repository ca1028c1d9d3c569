//! User access tokens: one that is there, or one that is made anew when it ends.

mod jwt;
mod refreshing;

use std::fmt;
use std::time::{Duration, SystemTime};

use acs_common::Secret;
pub use acs_common::credential::AccessToken;
use async_trait::async_trait;
use tokio::time::Instant;

use crate::{Error, ErrorKind};

pub use refreshing::{RefreshOptions, RefreshedToken, RefreshingTokenCredential};

/// Gives the user access token of an agent. Its token is never shown by `Debug`.
#[doc(alias = "AzureCommunicationTokenCredential")]
#[async_trait]
pub trait CommunicationTokenCredential: fmt::Debug + Send + Sync {
    /// Gets the token, from a cache as long as it is valid.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credential`] when there is none to be had.
    async fn get_token(&self) -> Result<AccessToken, Error>;
}

/// A token that was issued elsewhere. It is handed out as it is, also when it has expired.
#[derive(Clone, Debug)]
pub struct StaticTokenCredential(AccessToken);

impl StaticTokenCredential {
    /// Takes a token. Its end is read out of it; a token that does not say is taken to last for ten minutes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when it is blank.
    pub fn new(token: impl Into<Secret>) -> Result<Self, Error> {
        let fallback = SystemTime::now() + jwt::UNDECODABLE;
        Ok(Self(jwt::access_token(token.into(), fallback)?))
    }

    /// Takes a token whose end is known.
    pub fn with_expiry(token: AccessToken) -> Self {
        Self(token)
    }
}

#[async_trait]
impl CommunicationTokenCredential for StaticTokenCredential {
    async fn get_token(&self) -> Result<AccessToken, Error> {
        Ok(self.0.clone())
    }
}

/// The time of day, moved by the clock of the runtime, so that a test which steps that one steps this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    wall: SystemTime,
    started: Instant,
}

impl WallClock {
    pub(crate) fn new() -> Self {
        Self {
            wall: SystemTime::now(),
            started: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.wall + self.started.elapsed()
    }

    /// How long a token has left.
    pub(crate) fn left(&self, token: &AccessToken) -> Duration {
        token.expires_on().duration_since(self.now()).unwrap_or_default()
    }
}

fn expired() -> Error {
    Error::new(
        ErrorKind::Credential,
        "the refresher returned a token that has expired",
    )
}
