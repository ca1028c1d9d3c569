//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

use crate::protocol::{CallEndReason, Refusal};

/// What went wrong, as far as a caller would act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value is not what it must be; [`Error::field`] names it. Nothing was sent.
    InvalidInput,
    /// The client, or this identity on this endpoint, has an agent already (409/40228). Dispose of it first.
    AgentAlreadyExists,
    /// The token has expired or is not valid (401/40235).
    InvalidToken,
    /// The credential gave no token.
    Credential,
    /// There is no connection to the service just now; the agent tries to get one.
    NotConnected,
    /// The connection was lost before an answer came.
    ConnectionLost,
    /// No answer came in time.
    Timeout,
    /// The call that was to be accepted or rejected does not ring any more.
    NoLongerRinging,
    /// The transfer that was to be accepted or rejected is over.
    NoLongerRequested,
    /// The call is over, or never was.
    CallNotFound,
    /// The call is in a state that does not allow this.
    WrongState,
    /// Another transfer of the same call is under way (409/8607).
    TransferInProgress,
    /// The service said no; see [`Error::code`].
    Refused,
    /// The agent was disposed of, or its token has ended it.
    Disposed,
    /// The other side does not speak the protocol, or no version of it that this crate knows.
    Protocol,
}

/// A request that was not carried out.
#[doc(alias = "CommunicationServicesError")]
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    field: Option<&'static str>,
    reason: Option<CallEndReason>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error for transports and credentials of your own.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            field: None,
            reason: None,
            source: None,
        }))
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_reason(mut self, reason: CallEndReason) -> Self {
        self.0.reason = Some(reason);
        self
    }

    pub(crate) fn input(field: &'static str, expected: impl fmt::Display) -> Self {
        let mut error = Self::new(ErrorKind::InvalidInput, format!("{field}: {expected}"));
        error.0.field = Some(field);
        error
    }

    pub(crate) fn refused(kind: ErrorKind, refusal: &Refusal) -> Self {
        let reason = refusal.reason();
        Self::new(kind, format!("{} ({reason})", refusal.message)).with_reason(reason)
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The code, where there is one: like a status of HTTP or SIP.
    pub fn code(&self) -> Option<u16> {
        self.0.reason.map(|reason| reason.code)
    }

    /// The finer code, up to six digits.
    pub fn sub_code(&self) -> Option<u32> {
        self.0.reason.and_then(|reason| reason.sub_code)
    }

    /// The codes together; for [`ErrorKind::NoLongerRinging`], why the call does not ring any more.
    pub fn reason(&self) -> Option<CallEndReason> {
        self.0.reason
    }

    /// For people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Which value was wrong.
    pub fn field(&self) -> Option<&str> {
        self.0.field
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
            .field("field", &self.0.field)
            .field("reason", &self.0.reason)
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
