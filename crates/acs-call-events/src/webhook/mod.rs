//! The webhook: requests in, answers out, whatever the HTTP framework.
//!
//! [`handle`] takes a request whose body was read already and gives the response to send. It serves callbacks
//! and Event Grid deliveries on the same address and tells them apart. With the feature `axum` there is also
//! `router`, which reads the body within a limit.
//!
//! | request | answer |
//! |---|---|
//! | `POST` of callbacks | 200; 400 with the reason when nothing of the body could be read; 503 when the bus refused |
//! | `POST` from Event Grid | 200; for a subscription validation with its code |
//! | `OPTIONS` with `WebHook-Request-Origin` | 200, the CloudEvents handshake |
//! | no or a wrong shared key | 401 |
//! | a body over the limit | 413 |
//! | anything else | 405 |

#[cfg(feature = "axum")]
mod axum_route;
mod config;

#[cfg(test)]
mod tests;

#[cfg(feature = "axum")]
pub use axum_route::{router, router_with};
pub use config::{DEFAULT_BODY_LIMIT, WebhookConfig};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use crate::grid::{HandshakeReply, looks_like_event_grid, options_reply, validation_reply};
use crate::parse::BadElement;
use crate::{CallEventHub, Error};

/// Serves one request with the default settings: no shared key, bodies up to [`DEFAULT_BODY_LIMIT`].
///
/// ```
/// use acs_call_events::{CallEventHub, webhook};
/// use http::{Request, StatusCode};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let hub = CallEventHub::new();
/// let body = r#"[{"id":"1","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"}}]"#;
/// let request = Request::post("/callbacks").body(body.into()).unwrap();
/// let response = webhook::handle(&hub, request).await;
/// assert_eq!(response.status(), StatusCode::OK);
/// assert_eq!(hub.stats().accepted, 1);
/// # }
/// ```
pub async fn handle(hub: &CallEventHub, request: Request<Bytes>) -> Response<Bytes> {
    handle_with(hub, &WebhookConfig::default(), request).await
}

/// Serves one request. Answers as soon as the events are in the log: no reader is waited for.
///
/// An element that cannot be read does not take the others of its batch with it; it is counted and logged,
/// and the answer is 200, because to repeat it would not help. Where nothing of a body could be read, the
/// answer is 400 with the reason.
pub async fn handle_with(
    hub: &CallEventHub,
    config: &WebhookConfig,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    if let Some(response) = answer_by_head(hub, config, &head) {
        return response;
    }
    if body.len() > config.body_limit {
        return too_large(config.body_limit);
    }
    if head.headers.contains_key("aeg-event-type") || looks_like_event_grid(&body) {
        take_event_grid(hub, &body).await
    } else {
        take_callback(hub, &body).await
    }
}

/// The answer to a request whose body need not be read.
pub(crate) fn answer_by_head(
    hub: &CallEventHub,
    config: &WebhookConfig,
    head: &Parts,
) -> Option<Response<Bytes>> {
    if !config.admits(head.uri.query()) {
        hub.note_unauthorized();
        tracing::warn!("webhook request without the shared key");
        return Some(text(
            StatusCode::UNAUTHORIZED,
            "the shared key is missing or wrong",
        ));
    }
    if let Some(reply) = options_reply(&head.method, &head.headers) {
        return Some(handshake(reply));
    }
    if head.method != Method::POST {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only POST is served here");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
        return Some(response);
    }
    None
}

async fn take_callback(hub: &CallEventHub, body: &[u8]) -> Response<Bytes> {
    match hub.receive_callback(body).await {
        Ok(taken) => {
            let good = taken.accepted + taken.duplicates + taken.late + taken.unroutable + taken.forwarded;
            answer(good, &taken.bad_elements)
        }
        Err(error) => refuse(&error),
    }
}

async fn take_event_grid(hub: &CallEventHub, body: &[u8]) -> Response<Bytes> {
    match hub.receive_event_grid(body).await {
        Ok(taken) => match taken.validation_code {
            Some(code) => handshake(validation_reply(&code)),
            None => answer(
                taken.offers + taken.duplicates + taken.others,
                &taken.bad_elements,
            ),
        },
        Err(error) => refuse(&error),
    }
}

fn answer(good: usize, bad: &[BadElement]) -> Response<Bytes> {
    match bad.first() {
        Some(first) if good == 0 => text(StatusCode::BAD_REQUEST, &reason(&first.error)),
        _ => text(StatusCode::OK, ""),
    }
}

fn refuse(error: &Error) -> Response<Bytes> {
    let status = if error.is_bus() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::BAD_REQUEST
    };
    tracing::warn!(%error, %status, "webhook request refused");
    text(status, &reason(error))
}

/// An error with its causes, in one line.
fn reason(error: &Error) -> String {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

pub(crate) fn too_large(limit: usize) -> Response<Bytes> {
    text(
        StatusCode::PAYLOAD_TOO_LARGE,
        &format!("the body is larger than {limit} bytes"),
    )
}

fn handshake(reply: HandshakeReply) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(reply.body));
    *response.headers_mut() = reply.headers;
    response
}

fn text(status: StatusCode, message: &str) -> Response<Bytes> {
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
