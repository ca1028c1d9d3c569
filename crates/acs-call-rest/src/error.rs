//! The error of this crate, and how an answer that is not as described becomes one.

use std::error::Error as StdError;
use std::fmt;

use progenitor_client::Error as Generated;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Response, StatusCode};

use crate::CallError;
use crate::observe::rebuild;
use crate::types::{CommunicationError, CommunicationErrorResponse};

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Refused before anything was sent; the message names what is wrong.
    InvalidInput,
    /// The credential gave no token.
    Credential,
    /// The service could not be reached, or the connection broke.
    Connection,
    /// No answer in time, after every retry.
    Timeout,
    /// 401 or 403: the key or the token does not open the resource, or lacks the right.
    Unauthorized,
    /// 404: no such call, participant or recording, or none any more (code 8522).
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
}

/// Why a request did not succeed.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<StatusCode>,
    service: Option<CommunicationError>,
    request_id: Option<String>,
    complete_length: Option<u64>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::make(ErrorKind::InvalidInput, message)
    }

    pub(crate) fn setup(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::make(ErrorKind::InvalidInput, "the HTTP client could not be set up");
        error.0.source = Some(source.into());
        error
    }

    fn make(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            status: None,
            service: None,
            request_id: None,
            complete_length: None,
            source: None,
        }))
    }

    fn from_transport(source: reqwest::Error) -> Self {
        // Without the URL, which names participants.
        let source = source.without_url();
        let (kind, message) = if source.is_timeout() {
            (ErrorKind::Timeout, "the service did not answer in time")
        } else if source.is_builder() {
            (ErrorKind::InvalidInput, "the request could not be built")
        } else {
            (ErrorKind::Connection, "the service could not be reached")
        };
        let mut error = Self::make(kind, message);
        error.0.source = Some(source.into());
        error
    }

    /// The connection broke while an answer was read.
    pub(crate) fn broken(source: reqwest::Error) -> Self {
        let timeout = source.is_timeout();
        let mut error = if timeout {
            Self::silence()
        } else {
            Self::make(
                ErrorKind::Connection,
                "the connection broke before the answer was whole",
            )
        };
        error.0.source = Some(source.without_url().into());
        error
    }

    /// Nothing came for as long as an attempt may take.
    pub(crate) fn silence() -> Self {
        Self::make(ErrorKind::Timeout, "the service did not answer in time")
    }

    pub(crate) fn credential(source: acs_common::Error) -> Self {
        let mut error = Self::make(ErrorKind::Credential, source.to_string());
        error.0.source = Some(source.into());
        error
    }

    pub(crate) fn with_complete_length(mut self, length: Option<u64>) -> Self {
        self.0.complete_length = length;
        self
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The service's code, decimal digits such as `8522` (recorded traffic).
    pub fn service_code(&self) -> Option<&str> {
        self.0.service.as_ref().map(|service| service.code.as_str())
    }

    /// The service's code as a number, where it is one.
    pub fn sub_code(&self) -> Option<i32> {
        self.service_code()?.parse().ok()
    }

    /// What the service said.
    pub fn service_message(&self) -> Option<&str> {
        self.0.service.as_ref().map(|service| service.message.as_str())
    }

    /// What the service says the error is about, usually the path of the request.
    pub fn target(&self) -> Option<&str> {
        self.0.service.as_ref()?.target.as_deref()
    }

    /// The id of the request, to give to the service's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// For a range that lies beyond the end of a file (416): how long the file is.
    pub fn complete_length(&self) -> Option<u64> {
        self.0.complete_length
    }

    /// Whether there is no such call, participant or recording, or none any more.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether the same request may succeed later, beyond the retries that were made already.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.0.kind,
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Throttled | ErrorKind::Service
        )
    }
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 | 403 => ErrorKind::Unauthorized,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        409 | 412 => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        400..=499 => ErrorKind::Rejected,
        500..=599 => ErrorKind::Service,
        _ => ErrorKind::UnexpectedResponse,
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            Generated::InvalidRequest(message) => Self::make(ErrorKind::InvalidInput, message),
            Generated::Custom(message) => Self::make(ErrorKind::Credential, message),
            Generated::CommunicationError(source) | Generated::InvalidUpgrade(source) => {
                Self::from_transport(source)
            }
            Generated::ResponseBodyError(source) => Self::from_transport(source),
            Generated::ErrorResponse(response) => {
                let status = response.status();
                let request_id = response
                    .headers()
                    .get("x-ms-client-request-id")
                    .and_then(|id| id.to_str().ok())
                    .map(str::to_owned);
                let service = response.into_inner().error;
                let mut error = Self::make(
                    kind_of(status),
                    format!(
                        "the service answered {}, code {}: {}",
                        status.as_u16(),
                        service.code,
                        service.message
                    ),
                );
                error.0.status = Some(status);
                error.0.service = Some(service);
                error.0.request_id = request_id;
                error
            }
            Generated::InvalidResponsePayload(_, source) => {
                let mut error = Self::make(
                    ErrorKind::UnexpectedResponse,
                    "the service's answer is not as the API description says",
                );
                error.0.source = Some(source.into());
                error
            }
            Generated::UnexpectedResponse(response) => {
                let status = response.status();
                let mut error = Self::make(
                    ErrorKind::UnexpectedResponse,
                    format!(
                        "the service answered {}, which the operation does not know",
                        status.as_u16()
                    ),
                );
                error.0.status = Some(status);
                error
            }
        }
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
            .field("status", &self.0.status)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
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

/// How much of a body that is no error response goes into the message.
const MESSAGE_LIMIT: usize = 1024;

/// How the hosts of recordings word a refusal: `{"status": 404, "message": "…"}` (JavaScript SDK 1.6.0).
#[derive(serde::Deserialize)]
struct Plain {
    message: String,
}

/// Gives every refusal the body that the API description promises.
///
/// A gateway in front of the service answers with plain text or HTML at times; the generated client would
/// report that as an undecodable body and lose the status. The text becomes the message instead, and the
/// status its code.
pub(crate) async fn normalize(response: Response) -> reqwest::Result<Response> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return Ok(response);
    }
    let mut headers = response.headers().clone();
    // A refusal whose words were lost on the way is still a refusal.
    let body = response.bytes().await.unwrap_or_default();
    let body = if serde_json::from_slice::<CommunicationErrorResponse>(&body).is_ok() {
        body.into()
    } else {
        let text = match serde_json::from_slice(&body) {
            Ok(Plain { message }) => message.into(),
            Err(_) => String::from_utf8_lossy(&body),
        };
        let mut message: String = text.trim().chars().take(MESSAGE_LIMIT).collect();
        if message.is_empty() {
            status
                .canonical_reason()
                .unwrap_or("no message")
                .clone_into(&mut message);
        }
        let error = serde_json::json!({ "error": { "code": status.as_str(), "message": message } });
        reqwest::Body::from(error.to_string())
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(rebuild(status, headers, body))
}
