//! The webhook as a router of `axum`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use http::{Request, Response};

use super::{WebhookConfig, answer_by_head, handle_with, too_large};
use crate::CallEventHub;

/// A router that serves the webhook with the default settings, on its root and on every path below it: nest
/// it wherever the callback URI points to, also where that holds ids of the application's own. The nesting
/// path with a slash at its end is only served by `nest_service`, a rule of `axum`.
///
/// ```
/// use acs_call_events::{CallEventHub, webhook};
///
/// let hub = CallEventHub::new();
/// let app: axum::Router = axum::Router::new().nest("/api/callbacks", webhook::router(hub.clone()));
/// ```
pub fn router(hub: CallEventHub) -> Router {
    router_with(hub, WebhookConfig::default())
}

/// A router that serves the webhook, see [`router`].
pub fn router_with(hub: CallEventHub, config: WebhookConfig) -> Router {
    Router::new().fallback(serve).with_state(Arc::new((hub, config)))
}

async fn serve(
    State(state): State<Arc<(CallEventHub, WebhookConfig)>>,
    request: Request<Body>,
) -> Response<Body> {
    let (hub, config) = &*state;
    let (head, body) = request.into_parts();
    // A request without the key is refused before its body is read.
    if let Some(response) = answer_by_head(hub, config, &head) {
        return response.map(Body::from);
    }
    let response = match to_bytes(body, config.body_limit).await {
        Ok(body) => handle_with(hub, config, Request::from_parts(head, body)).await,
        // A body that breaks off ends here too; nobody reads that answer.
        Err(_) => too_large(config.body_limit),
    };
    response.map(Body::from)
}
