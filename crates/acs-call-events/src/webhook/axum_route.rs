//! The webhook as a router of `axum`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::State;
use bytes::Bytes;
use http::{Request, Response};

use super::{WebhookConfig, gate, refuse, reply, take};
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
    // A request that is not let in is answered before its body is read.
    let response = match gate::admit(config, &head).await {
        Ok(admitted) => match read_within(body, config.body_limit).await {
            Ok(body) => take(hub, config, &admitted, &body).await,
            Err(response) => response,
        },
        Err(answer) => refuse(hub, &answer),
    };
    response.map(Body::from)
}

/// Reads a body up to a limit. One that announces more is not read at all.
pub(super) async fn read_within(body: Body, limit: usize) -> Result<Bytes, Response<Bytes>> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(reply::too_large(limit));
    }
    // A body that breaks off ends here too; nobody reads that answer.
    to_bytes(body, limit).await.map_err(|_| reply::too_large(limit))
}
