//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body is not JSON in UTF-8, or neither an object nor an array.
    UnreadableBody,
    /// One element of a batch is not an event. The other elements are not affected.
    InvalidEvent,
    /// A member of an event does not have the type that was asked for.
    InvalidMember,
    /// The event bus did not take a message.
    Bus,
    /// A request is not from who it has to be from: its token or its shared key is missing or does not hold.
    Unauthorized,
    /// The keys that tokens are verified with cannot be had now.
    KeysUnavailable,
    /// A setting is outside of what it can be.
    InvalidSetting,
}

/// A body or an event that cannot be read, a bus that did not take an event, a token that does not hold.
///
/// The message tells where in the text reading stopped; it does not repeat the text, which may hold an
/// incoming call context. Nor does it show a token.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
        }))
    }

    /// An event bus that could not take a message; for implementations of
    /// [`EventBus`](crate::EventBus).
    pub fn bus(
        message: impl Into<String>,
        source: impl Into<Option<Box<dyn StdError + Send + Sync>>>,
    ) -> Self {
        let mut error = Self::new(ErrorKind::Bus, message);
        error.0.source = source.into();
        error
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Keys that could not be had; for implementations of `KeySource` (feature `jwt`).
    pub fn keys_unavailable(
        message: impl Into<String>,
        source: impl Into<Option<Box<dyn StdError + Send + Sync>>>,
    ) -> Self {
        let mut error = Self::new(ErrorKind::KeysUnavailable, message);
        error.0.source = source.into();
        error
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the body as a whole could not be read.
    pub fn is_unreadable_body(&self) -> bool {
        self.0.kind == ErrorKind::UnreadableBody
    }

    /// Whether the event bus refused; the sender should be told to try again.
    pub fn is_bus(&self) -> bool {
        self.0.kind == ErrorKind::Bus
    }

    /// Whether a request has to be answered with 401.
    pub fn is_unauthorized(&self) -> bool {
        self.0.kind == ErrorKind::Unauthorized
    }

    /// Whether the keys for tokens cannot be had now; the sender should be told to try again.
    pub fn is_keys_unavailable(&self) -> bool {
        self.0.kind == ErrorKind::KeysUnavailable
    }

    /// What about a token did not hold.
    #[cfg(feature = "jwt")]
    pub fn token_rejection(&self) -> Option<crate::token::TokenRejection> {
        self.0.source.as_ref()?.downcast_ref().copied()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}
