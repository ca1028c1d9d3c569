//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value does not have the form it must have; [`Error::field`] names it.
    InvalidInput,
    /// A token could not be had from its credential.
    Credential,
    /// A request is not signed, or not by the key it should be.
    Signature,
}

/// An invalid value, a credential that gave no token, or a signature that does not hold.
///
/// The message never contains a secret: where an access key or a token is wrong, it says what was
/// expected, not what was given.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    field: Option<&'static str>,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A value that is not of the form it must have. `field` names it, `expected` says what it must be.
    pub fn invalid_input(field: &'static str, expected: impl Into<String>) -> Self {
        Self::make(ErrorKind::InvalidInput, Some(field), expected.into())
    }

    /// A credential that gave no token, with the reason.
    pub fn credential(message: impl Into<String>) -> Self {
        Self::make(ErrorKind::Credential, None, message.into())
    }

    #[cfg(feature = "signing")]
    pub(crate) fn signature(message: impl Into<String>) -> Self {
        Self::make(ErrorKind::Signature, None, message.into())
    }

    fn make(kind: ErrorKind, field: Option<&'static str>, message: String) -> Self {
        Self(Box::new(Inner {
            kind,
            field,
            message,
            source: None,
        }))
    }

    /// Adds what caused this error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The value that is not as it must be, when the error is about one.
    pub fn field(&self) -> Option<&'static str> {
        self.0.field
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.field {
            Some(field) => write!(f, "{field}: {}", self.0.message),
            None => f.write_str(&self.0.message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("field", &self.0.field)
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
