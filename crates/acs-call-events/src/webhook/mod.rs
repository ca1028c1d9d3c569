//! The webhook: requests in, answers out, whatever the HTTP framework.
//!
//! [`handle`] takes a request whose body was read already and gives the response to send. It serves callbacks
//! and Event Grid deliveries on the same address and tells them apart. With the feature `axum` there is also
//! `router`, which reads the body within a limit, and the extractor `CallbackEvents` for handlers of one's own.
//!
//! | request | answer |
//! |---|---|
//! | `POST` of callbacks | 200; 400 with the reason when nothing of the body could be read; 503 when the bus refused |
//! | `POST` from Event Grid | 200; for a subscription validation with its code |
//! | `OPTIONS` with `WebHook-Request-Origin` | 200, the CloudEvents handshake |
//! | a key or a token is missing or wrong | 401; counted, and nothing of it reaches the hub |
//! | the keys for tokens cannot be had | 503 with `Retry-After` |
//! | a body over the limit | 413 |
//! | anything else | 405 |
//!
//! Who is let in as what is a matter of [`WebhookConfig`].

#[cfg(feature = "axum")]
mod axum_route;
mod config;
#[cfg(feature = "axum")]
mod extract;
mod gate;
mod proof;
mod reply;

#[cfg(test)]
mod tests;

#[cfg(feature = "axum")]
pub use axum_route::{router, router_with};
pub use config::{DEFAULT_BODY_LIMIT, WebhookConfig};
#[cfg(feature = "axum")]
pub use extract::{CallbackEvents, CallbackRejection};

use bytes::Bytes;
use http::{Request, Response};

use crate::CallEventHub;
use crate::grid::validation_reply;
use gate::{Admitted, Answer};

/// Serves one request with the default settings: no guard, bodies up to [`DEFAULT_BODY_LIMIT`].
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
    match gate::admit(config, &head).await {
        Ok(admitted) => take(hub, config, &admitted, &body).await,
        Err(answer) => refuse(hub, &answer),
    }
}

/// The answer to a request that is not let in, and a note of it.
pub(crate) fn refuse(hub: &CallEventHub, answer: &Answer) -> Response<Bytes> {
    if answer.is_unauthorized() {
        hub.note_unauthorized();
    }
    answer.response()
}

/// Takes in the body of a request that was let in.
pub(crate) async fn take(
    hub: &CallEventHub,
    config: &WebhookConfig,
    admitted: &Admitted,
    body: &[u8],
) -> Response<Bytes> {
    if body.len() > config.body_limit {
        return reply::too_large(config.body_limit);
    }
    match admitted.sort(config, body) {
        Ok(gate::Kind::Callback) => take_callback(hub, body).await,
        Ok(gate::Kind::EventGrid) => take_event_grid(hub, body).await,
        Err(answer) => refuse(hub, &answer),
    }
}

async fn take_callback(hub: &CallEventHub, body: &[u8]) -> Response<Bytes> {
    match hub.receive_callback(body).await {
        Ok(taken) => {
            let good = taken.accepted + taken.duplicates + taken.late + taken.unroutable + taken.forwarded;
            reply::taken(good, &taken.bad_elements)
        }
        Err(error) => reply::not_taken(&error),
    }
}

async fn take_event_grid(hub: &CallEventHub, body: &[u8]) -> Response<Bytes> {
    match hub.receive_event_grid(body).await {
        Ok(taken) => match taken.validation_code {
            Some(code) => reply::handshake(validation_reply(&code)),
            None => reply::taken(
                taken.offers + taken.recording_files + taken.duplicates + taken.others,
                &taken.bad_elements,
            ),
        },
        Err(error) => reply::not_taken(&error),
    }
}
