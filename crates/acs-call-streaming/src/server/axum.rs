//! The service's WebSocket with `axum`.
//!
//! ```no_run
//! use acs_call_streaming::server::axum::router;
//! use acs_call_streaming::{MediaSession, StreamingServer};
//! use futures::StreamExt as _;
//!
//! # async fn serve() -> std::io::Result<()> {
//! // In production `StreamingServer::new(authorizer)`.
//! let media = router(StreamingServer::without_authorization(), |mut session: MediaSession| async move {
//!     while let Some(frame) = session.next().await {
//!         println!("{frame:?}");
//!     }
//! });
//! let app = axum::Router::new().nest("/media", media);
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! A handler of one's own takes [`IncomingStream`], with the [`StreamingServer`] as, or in, the state of its router.

use std::future::Future;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{FromRef, FromRequestParts, State, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _, future};
use http::request::Parts;

use super::websocket::READ_BUFFER;
use super::{Denied, StreamRequest, StreamingServer};
use crate::{Error, MediaSession};

/// A WebSocket request that was let in and not yet accepted: an extractor. What is not let in is answered with 400,
/// 401 or 503 and never reaches the handler.
#[derive(Debug)]
#[must_use = "the request is answered by what `on_session` returns"]
pub struct IncomingStream {
    request: StreamRequest,
    upgrade: WebSocketUpgrade,
    server: StreamingServer,
}

impl IncomingStream {
    /// Of which call it is.
    pub fn request(&self) -> &StreamRequest {
        &self.request
    }

    /// Accepts the WebSocket and runs the handler on its session, in a task of its own. When the connection ends
    /// before its first frame, the handler does not run; that is logged.
    #[must_use = "it is the answer to the request"]
    pub fn on_session<H, Done>(self, handler: H) -> Response
    where
        H: FnOnce(MediaSession) -> Done + Send + 'static,
        Done: Future<Output = ()> + Send + 'static,
    {
        let Self {
            request,
            upgrade,
            server,
        } = self;
        let limit = server.settings().max_message;
        upgrade
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(limit)
            .max_frame_size(limit)
            .on_upgrade(async move |socket| match open(socket, request, &server).await {
                Ok(session) => handler(session).await,
                Err(error) => tracing::warn!(%error, "a WebSocket ended before its first frame"),
            })
    }
}

async fn open(
    socket: WebSocket,
    request: StreamRequest,
    server: &StreamingServer,
) -> Result<MediaSession, Error> {
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.filter_map(|message| {
        future::ready(match message {
            Ok(Message::Text(text)) => Some(Ok(Bytes::from(text))),
            Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    });
    let outgoing = outgoing.with(|text: String| future::ready(Ok::<_, axum::Error>(Message::text(text))));
    MediaSession::open(request, incoming, outgoing, server.settings()).await
}

impl<S> FromRequestParts<S> for IncomingStream
where
    S: Send + Sync,
    StreamingServer: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let server = StreamingServer::from_ref(state);
        let admitted = server.admit(&parts.uri, &parts.headers).await;
        let request = admitted.map_err(|denied| answer(&denied))?;
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self {
            request,
            upgrade,
            server,
        })
    }
}

fn answer(denied: &Denied) -> Response {
    denied.response().map(Body::from)
}

/// A router that takes the service's WebSocket on its root and on every path below it, and runs the handler for
/// each. Nest it where the transport URL points to.
pub fn router<H, Done>(server: StreamingServer, handler: H) -> Router
where
    H: Fn(MediaSession) -> Done + Clone + Send + Sync + 'static,
    Done: Future<Output = ()> + Send + 'static,
{
    let serve = move |State(_): State<StreamingServer>, stream: IncomingStream| {
        let handler = handler.clone();
        async move { stream.on_session(handler) }
    };
    Router::new().fallback(serve).with_state(server)
}
