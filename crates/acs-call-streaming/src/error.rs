//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// One message is not a frame; the message names the field. The frames after it are not affected.
    InvalidFrame,
    /// A value of the caller's is outside of what it can be.
    InvalidInput,
    /// A WebSocket request was refused, and told so.
    Refused,
    /// The first frame did not come in time.
    TimedOut,
    /// A message was larger than the limit; the connection is over.
    MessageTooLarge,
    /// The connection broke off.
    Connection,
    /// The connection has ended in order, so nothing can be sent any more.
    Closed,
}

/// A frame that cannot be read, a request that was refused, a connection that broke.
///
/// The message does not repeat what was received: it may be what somebody said.
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

    /// What a field should have been.
    pub(crate) fn field(name: &str, expected: &str) -> Self {
        Self::new(ErrorKind::InvalidFrame, format!("{name}: expected {expected}"))
    }

    #[cfg(feature = "server")]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether only one message is lost, and the frames go on.
    pub fn is_invalid_frame(&self) -> bool {
        self.0.kind == ErrorKind::InvalidFrame
    }

    /// Whether the connection has ended in order.
    pub fn is_closed(&self) -> bool {
        self.0.kind == ErrorKind::Closed
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
