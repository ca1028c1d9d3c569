//! The answers of the webhook.

use std::error::Error as StdError;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::Error;
use crate::grid::HandshakeReply;
use crate::parse::BadElement;

/// Batches are taken when anything of them was: to repeat the rest would not help.
pub(super) fn taken(good: usize, bad: &[BadElement]) -> Response<Bytes> {
    match bad.first() {
        Some(first) if good == 0 => text(StatusCode::BAD_REQUEST, &reason(&first.error)),
        _ => text(StatusCode::OK, ""),
    }
}

/// A body that could not be read, or a bus that refused.
pub(super) fn not_taken(error: &Error) -> Response<Bytes> {
    let status = if error.is_bus() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::BAD_REQUEST
    };
    tracing::warn!(%error, %status, "webhook request refused");
    text(status, &reason(error))
}

/// A request that is not from who it has to be from. `challenge` is what RFC 6750 asks for.
pub(super) fn unauthorized(message: &str, challenge: Option<&'static str>) -> Response<Bytes> {
    let response = text(StatusCode::UNAUTHORIZED, message);
    match challenge {
        Some(challenge) => with(response, WWW_AUTHENTICATE, challenge),
        None => response,
    }
}

/// Nothing is wrong with the request: it should come again.
pub(super) fn later(error: &Error) -> Response<Bytes> {
    // The causes are of interest in the log, not to whoever asks.
    let response = text(StatusCode::SERVICE_UNAVAILABLE, &error.to_string());
    with(response, RETRY_AFTER, "5")
}

pub(super) fn wrong_method() -> Response<Bytes> {
    let response = text(StatusCode::METHOD_NOT_ALLOWED, "only POST is served here");
    with(response, ALLOW, "POST, OPTIONS")
}

pub(super) fn too_large(limit: usize) -> Response<Bytes> {
    text(
        StatusCode::PAYLOAD_TOO_LARGE,
        &format!("the body is larger than {limit} bytes"),
    )
}

pub(super) fn handshake(reply: HandshakeReply) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(reply.body));
    *response.headers_mut() = reply.headers;
    response
}

/// An error with its causes, in one line.
pub(super) fn reason(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

fn with(mut response: Response<Bytes>, name: HeaderName, value: &'static str) -> Response<Bytes> {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    response
}

pub(super) fn text(status: StatusCode, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(message.as_bytes()));
    *response.status_mut() = status;
    if !message.is_empty() {
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
    }
    response
}
