//! The tokens that callbacks carry, and those that requests may carry: who signs them, with what, and what is wrong with them when a test wants
//! something to be wrong.
//!
//! The service signs a new RS256 token for every event, good for five minutes, whose audience is the immutable
//! resource id, and publishes its keys behind an OpenID document (source: how-to guide on securing webhook
//! endpoints). So does the emulator, with keys of its own.
//!
//! | module | does |
//! |---|---|
//! | [`key`] | one key pair: read, named, published, signing |
//! | [`keyring`] | which key signs and which are published; rotation |
//! | [`fault`] | what can be wrong with a token on purpose |
//! | [`issue`] | claims and the compact form |
//! | [`stamp`] | one token per event, over all its attempts |
//! | [`options`] | what can be set |
//! | [`entra`] | bearer tokens of requests: given, checked |

mod entra;
mod fault;
mod issue;
mod key;
mod keyring;
mod options;
mod stamp;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use http::HeaderValue;
use serde::Serialize;

pub use entra::BearerTokenOptions;
pub(crate) use entra::Entra;
pub use fault::TokenFault;
use issue::Token;
use keyring::Keyring;
pub(crate) use options::{KeyBytes, TokenOptions};
pub(crate) use stamp::Stamp;

use crate::Error;

/// The issuer of the tokens, and everything that goes into them.
pub(crate) struct Tokens {
    issuer: String,
    resource_id: String,
    /// Whether callbacks carry a token at all.
    enabled: bool,
    keyring: Keyring,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fault: TokenFault,
    /// The last token without a fault, for [`TokenFault::Replayed`].
    last: Option<Token>,
}

/// What `GET /calling/keys` answers.
#[derive(Debug, Serialize)]
pub(crate) struct KeySet {
    pub(crate) keys: Vec<key::Jwk>,
}

impl Tokens {
    /// `origin` is where the emulator is reached, without a slash at the end; `resource_id` stands in when
    /// none is set.
    pub(crate) fn new(options: TokenOptions, origin: &str, resource_id: &str) -> Result<Self, Error> {
        Ok(Self {
            resource_id: options.audience(resource_id)?,
            issuer: options.issuer.unwrap_or_else(|| origin.to_owned()),
            enabled: options.enabled,
            keyring: Keyring::new(&options.keys, options.grace)?,
            state: Mutex::new(State {
                fault: options.fault,
                last: None,
            }),
        })
    }

    /// The time that goes into tokens: the wall clock, whatever the clock of the emulator does. Who checks
    /// them is another program and knows no other time.
    pub(crate) fn now() -> DateTime<Utc> {
        Utc::now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn resource_id(&self) -> &str {
        &self.resource_id
    }

    pub(crate) fn enabled(&self) -> bool {
        self.enabled
    }

    pub(crate) fn fault(&self) -> TokenFault {
        self.state().fault
    }

    pub(crate) fn set_fault(&self, fault: TokenFault) {
        self.state().fault = fault;
    }

    /// Takes the next key into use. Returns its id.
    pub(crate) fn rotate(&self) -> String {
        self.keyring.rotate(Self::now())
    }

    /// Takes the keys out of publication that no longer sign. Returns how many there were.
    pub(crate) fn withdraw(&self) -> usize {
        self.keyring.withdraw(Self::now())
    }

    /// The ids of the published keys, the signing one first.
    pub(crate) fn key_ids(&self) -> Vec<String> {
        self.keyring.ids(Self::now())
    }

    pub(crate) fn key_set(&self) -> KeySet {
        KeySet {
            keys: self.keyring.published(Self::now()),
        }
    }

    /// A token for one event, by the fault that is set. `None` when it is to have none.
    fn issue(&self, fault: TokenFault, now: DateTime<Utc>) -> Option<Token> {
        match fault {
            TokenFault::Missing => return None,
            TokenFault::Replayed => {
                if let Some(last) = self.state().last.clone() {
                    return Some(last);
                }
            }
            _ => {}
        }
        // No lock is held while signing: it is the expensive part.
        let signer = match fault {
            TokenFault::WrongKey => self.keyring.stranger(),
            _ => self.keyring.signer(),
        };
        let token = issue::token(
            &self.issuer,
            &self.resource_id,
            &signer,
            fault,
            issue::LIFETIME,
            now,
        )?;
        if matches!(fault, TokenFault::None | TokenFault::Replayed) {
            self.state().last = Some(token.clone());
        }
        Some(token)
    }

    /// The `Authorization` header of a WebSocket connection, by the fault that is set. `None` where there is to be
    /// none.
    pub(crate) fn for_connection(&self) -> Option<HeaderValue> {
        let fault = match self.fault() {
            TokenFault::Missing => return None,
            // A connection has a token of its own; that of an event would be one of five minutes.
            TokenFault::Replayed => TokenFault::None,
            fault => fault,
        };
        if !self.enabled {
            return None;
        }
        let signer = match fault {
            TokenFault::WrongKey => self.keyring.stranger(),
            _ => self.keyring.signer(),
        };
        let lifetime = issue::CONNECTION_LIFETIME;
        let token = issue::token(
            &self.issuer,
            &self.resource_id,
            &signer,
            fault,
            lifetime,
            Self::now(),
        )?;
        Some(token.header)
    }

    /// The stamp of one event. `None` where callbacks carry no token.
    pub(crate) fn stamp(self: &Arc<Self>) -> Option<Stamp> {
        self.enabled.then(|| Stamp::new(Arc::clone(self), None))
    }

    /// The stamp of an event whose token is to be wrong in a way of its own.
    pub(crate) fn false_stamp(self: &Arc<Self>, fault: TokenFault) -> Option<Stamp> {
        self.enabled.then(|| Stamp::new(Arc::clone(self), Some(fault)))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("issuer", &self.issuer)
            .field("resource_id", &self.resource_id)
            .field("enabled", &self.enabled)
            .field("fault", &self.fault())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
