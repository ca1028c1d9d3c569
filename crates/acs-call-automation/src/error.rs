//! The error of this crate.

use std::error::Error as StdError;
use std::fmt;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Refused before anything was sent; [`Error::field`] names what is wrong.
    InvalidInput,
    /// The credential gave no token.
    Credential,
    /// The service could not be reached, or the connection broke.
    Connection,
    /// No answer in time after every retry, or no event in time after the operation was accepted.
    Timeout,
    /// 401 or 403: the key or the token does not open the resource, or lacks the right.
    Unauthorized,
    /// 404: no such call or participant, or none any more (code 8522, recorded traffic).
    NotFound,
    /// 409 or 412: another action is in the way.
    Conflict,
    /// 429, after every retry.
    Throttled,
    /// Any other 4xx: the service refused the request.
    Rejected,
    /// 5xx, after every retry.
    Service,
    /// An answer that is not as the API description says.
    UnexpectedResponse,
    /// The client was given no event hub, so that no event of a call can be waited for.
    NoEventHub,
    /// The service accepted the operation and reported by an event that it failed.
    OperationFailed,
    /// The service accepted the operation, and it was canceled, by the application or by another operation.
    Canceled,
    /// The call ended before the operation did.
    CallEnded,
    /// The file or the writer that a download goes to failed.
    Output,
}

/// Why an operation did not succeed.
///
/// [`kind`](Self::kind) says what to do about it; nobody should have to read the text. No error of this
/// crate shows an access key, a token or an incoming call context.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    field: Option<&'static str>,
    message: String,
    cause: Cause,
}

enum Cause {
    None,
    /// The answer of the service. Its message is part of ours already, so only its own cause goes on.
    Rest(acs_call_rest::Error),
    Common(acs_common::Error),
    Output(std::io::Error),
    /// A file is another one than when its download began.
    Changed,
    #[cfg(feature = "events")]
    Outcome(acs_call_events::OutcomeFailure),
}

impl Error {
    pub(crate) fn invalid_input(field: &'static str, expected: impl fmt::Display) -> Self {
        Self::make(
            ErrorKind::InvalidInput,
            Some(field),
            format!("{field}: {expected}"),
            Cause::None,
        )
    }

    /// Says where the refused value stands.
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{} ({place})", self.0.message);
        self
    }

    /// An answer that lacks what the API description or recorded traffic promises.
    pub(crate) fn unexpected(operation: &'static str, what: impl fmt::Display) -> Self {
        Self::make(
            ErrorKind::UnexpectedResponse,
            None,
            format!("{operation}: {what}"),
            Cause::None,
        )
    }

    pub(crate) fn rest(operation: &'static str, error: impl Into<acs_call_rest::Error>) -> Self {
        let error = error.into();
        Self::make(
            kind_of(error.kind()),
            None,
            format!("{operation}: {error}"),
            Cause::Rest(error),
        )
    }

    pub(crate) fn common(error: acs_common::Error) -> Self {
        let kind = match error.kind() {
            acs_common::ErrorKind::Credential => ErrorKind::Credential,
            _ => ErrorKind::InvalidInput,
        };
        Self::make(kind, error.field(), error.to_string(), Cause::Common(error))
    }

    /// A download that ended before all of it came, and may be resumed.
    pub(crate) fn cut_short(operation: &'static str, what: impl fmt::Display) -> Self {
        Self::make(
            ErrorKind::Connection,
            None,
            format!("{operation}: {what}"),
            Cause::None,
        )
    }

    /// A file that changed while it was downloaded.
    pub(crate) fn changed(operation: &'static str) -> Self {
        Self::make(
            ErrorKind::UnexpectedResponse,
            None,
            format!("{operation}: the file is another one than when the download began"),
            Cause::Changed,
        )
    }

    pub(crate) fn is_changed(&self) -> bool {
        matches!(self.0.cause, Cause::Changed)
    }

    pub(crate) fn output(what: impl fmt::Display, source: std::io::Error) -> Self {
        Self::make(
            ErrorKind::Output,
            None,
            format!("{what}: {source}"),
            Cause::Output(source),
        )
    }

    /// Where the service gave the input, such as a link to another host, the blame is not the caller's.
    pub(crate) fn of_the_service(mut self) -> Self {
        if self.0.kind == ErrorKind::InvalidInput {
            self.0.kind = ErrorKind::UnexpectedResponse;
        }
        self
    }

    fn make(kind: ErrorKind, field: Option<&'static str>, message: String, cause: Cause) -> Self {
        Self(Box::new(Inner {
            kind,
            field,
            message,
            cause,
        }))
    }

    fn rest_error(&self) -> Option<&acs_call_rest::Error> {
        match &self.0.cause {
            Cause::Rest(error) => Some(error),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// For [`ErrorKind::InvalidInput`]: the value that was refused, named like the setter or argument that
    /// takes it, where it is one value.
    pub fn field(&self) -> Option<&str> {
        self.0.field
    }

    /// The HTTP status, when the service answered.
    pub fn status(&self) -> Option<u16> {
        Some(self.rest_error()?.status()?.as_u16())
    }

    /// The service's code, decimal digits such as `8522` (recorded traffic).
    pub fn service_code(&self) -> Option<&str> {
        self.rest_error()?.service_code()
    }

    /// The service's sub-code, such as 8522 for "call not found": of the refusal, or of the event that
    /// reported the failure.
    pub fn sub_code(&self) -> Option<i32> {
        match &self.0.cause {
            Cause::Rest(error) => error.sub_code(),
            #[cfg(feature = "events")]
            Cause::Outcome(failure) => Some(failure.result_information()?.sub_code),
            _ => None,
        }
    }

    /// What the service said.
    pub fn service_message(&self) -> Option<&str> {
        self.rest_error()?.service_message()
    }

    /// The id of the request, to give to the service's support.
    pub fn request_id(&self) -> Option<&str> {
        self.rest_error()?.request_id()
    }

    /// Whether there is no such call or participant, or none any more.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the same request may succeed later, beyond the retries that were made already.
    ///
    /// False for a failure that came as an event: the operation was carried out, and what to do next is
    /// a decision about the call.
    pub fn is_retryable(&self) -> bool {
        self.0.kind == ErrorKind::Connection
            || self.rest_error().is_some_and(acs_call_rest::Error::is_retryable)
    }
}

#[cfg(feature = "events")]
impl Error {
    pub(crate) fn no_event_hub() -> Self {
        Self::make(
            ErrorKind::NoEventHub,
            None,
            "the client has no event hub; give it one with `builder().events(hub)`".to_owned(),
            Cause::None,
        )
    }

    pub(crate) fn outcome(failure: acs_call_events::OutcomeFailure) -> Self {
        use acs_call_events::OutcomeFailure as Failure;
        let kind = match &failure {
            Failure::Canceled(_) => ErrorKind::Canceled,
            Failure::CallEnded(_) | Failure::Released => ErrorKind::CallEnded,
            Failure::TimedOut(_) => ErrorKind::Timeout,
            Failure::Closed => ErrorKind::NoEventHub,
            _ => ErrorKind::OperationFailed,
        };
        Self::make(kind, None, failure.to_string(), Cause::Outcome(failure))
    }

    /// What the codes of the event that reported a failure say.
    pub fn reason(&self) -> Option<acs_call_events::Reason> {
        self.outcome_failure()?.reason()
    }

    /// Which source or prompt could not be played, counted from 0, where the event that reported the failure
    /// says so.
    pub fn failed_play_source_index(&self) -> Option<usize> {
        self.outcome_failure()?.failed_play_source_index()
    }

    /// For an operation that was accepted and did not succeed: the event that says so, with its codes.
    pub fn outcome_failure(&self) -> Option<&acs_call_events::OutcomeFailure> {
        match &self.0.cause {
            Cause::Outcome(failure) => Some(failure),
            _ => None,
        }
    }
}

fn kind_of(kind: acs_call_rest::ErrorKind) -> ErrorKind {
    use acs_call_rest::ErrorKind as Rest;
    match kind {
        Rest::InvalidInput => ErrorKind::InvalidInput,
        Rest::Credential => ErrorKind::Credential,
        Rest::Connection => ErrorKind::Connection,
        Rest::Timeout => ErrorKind::Timeout,
        Rest::Unauthorized => ErrorKind::Unauthorized,
        Rest::NotFound => ErrorKind::NotFound,
        Rest::Conflict => ErrorKind::Conflict,
        Rest::Throttled => ErrorKind::Throttled,
        Rest::Rejected => ErrorKind::Rejected,
        Rest::Service => ErrorKind::Service,
        // Whatever else the layer below learns to tell apart was at least no answer we know.
        _ => ErrorKind::UnexpectedResponse,
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
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("source", &self.source())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.cause {
            Cause::None | Cause::Changed => None,
            Cause::Output(error) => Some(error),
            Cause::Rest(error) => error.source(),
            Cause::Common(error) => error.source(),
            #[cfg(feature = "events")]
            Cause::Outcome(failure) => failure.source(),
        }
    }
}
