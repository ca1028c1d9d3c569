//! Callbacks as an extractor of `axum`.

use axum::body::Body;
use axum::extract::{FromRef, FromRequest};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::{Request, Response};

use super::axum_route::read_within;
use super::{WebhookConfig, gate, reply};
use crate::{Batch, Error, parse_callback};

/// The events of a callback, for a handler of one's own. The request was verified as the [`WebhookConfig`] in
/// the state of the router says, before its body was read, and the body within the limit.
///
/// Elements that could not be read stand beside the events. Event Grid deliveries are not for this: they carry
/// no token; give them a route of their own.
///
/// ```
/// use acs_call_events::webhook::{CallbackEvents, WebhookConfig};
/// use axum::{Router, routing::post};
///
/// async fn callbacks(CallbackEvents(batch): CallbackEvents) {
///     for event in &batch.events {
///         println!("{}", event.event_type());
///     }
/// }
///
/// let app: Router = Router::new()
///     .route("/api/callbacks", post(callbacks))
///     .with_state(WebhookConfig::new().shared_key("key", "from the secret store"));
/// ```
#[derive(Clone, Debug)]
pub struct CallbackEvents(pub Batch);

impl<S> FromRequest<S> for CallbackEvents
where
    WebhookConfig: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = CallbackRejection;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, CallbackRejection> {
        let config = WebhookConfig::from_ref(state);
        let (head, body) = request.into_parts();
        let admitted = gate::admit_callback(&config, &head).await?;
        let body = read_within(body, config.body_limit)
            .await
            .map_err(|response| CallbackRejection {
                error: None,
                response: Box::new(response),
            })?;
        admitted.verify_body(&config, &body)?;
        match parse_callback(&body) {
            Ok(batch) => Ok(Self(batch)),
            Err(error) => Err(CallbackRejection {
                response: Box::new(reply::not_taken(&error)),
                error: Some(error),
            }),
        }
    }
}

/// A request that [`CallbackEvents`] did not take: 401, 503, 413 or 400, as [`webhook`](super) says.
#[derive(Debug)]
pub struct CallbackRejection {
    error: Option<Error>,
    response: Box<Response<Bytes>>,
}

impl CallbackRejection {
    /// Why; `None` when the body was too large.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

impl From<gate::Answer> for CallbackRejection {
    fn from(answer: gate::Answer) -> Self {
        let response = Box::new(answer.response());
        Self {
            error: answer.into_error(),
            response,
        }
    }
}

impl IntoResponse for CallbackRejection {
    fn into_response(self) -> Response<Body> {
        self.response.map(Body::from)
    }
}
