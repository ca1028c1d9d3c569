//! What can be set about the tokens.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use super::TokenFault;
use crate::{Error, ErrorKind};

/// Settings of [`Tokens`](super::Tokens).
#[derive(Clone, Debug)]
pub(crate) struct TokenOptions {
    pub(crate) enabled: bool,
    pub(crate) issuer: Option<String>,
    pub(crate) resource_id: Option<String>,
    pub(crate) keys: Vec<KeyBytes>,
    pub(crate) grace: Duration,
    pub(crate) fault: TokenFault,
}

/// A private key as it was given.
#[derive(Clone)]
pub(crate) struct KeyBytes(Vec<u8>);

impl KeyBytes {
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(redacted)")
    }
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            issuer: None,
            resource_id: None,
            keys: Vec::new(),
            // Twice as long as a token lives: what was signed last before a rotation can be checked, by a
            // clock that is behind too.
            grace: Duration::from_secs(10 * 60),
            fault: TokenFault::None,
        }
    }
}

impl TokenOptions {
    /// The resource id that is set, as a GUID is written, or else `unset`.
    pub(super) fn audience(&self, unset: &str) -> Result<String, Error> {
        let Some(given) = &self.resource_id else {
            return Ok(unset.to_owned());
        };
        let guid = Uuid::try_parse(given).map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "resource id: expected a GUID").with_source(source)
        })?;
        Ok(guid.to_string())
    }
}
