//! Taking the service's WebSocket: who is let in, and with which web server.
//!
//! The service dials the transport URL that was given when streaming was set up, with the ids of the call in two
//! headers and a token in a third. [`StreamingServer`] checks all three *before* it accepts the upgrade, so nobody
//! else gets a connection: 400 without the ids, 401 without a good token, 503 while that cannot be told.
//!
//! | with | take |
//! |---|---|
//! | `axum` (feature `axum`) | `axum::IncomingStream`, an extractor, or `axum::router` |
//! | a bare connection (feature `tungstenite`) | `StreamingServer::accept` |
//! | another framework | [`StreamingServer::admit`], then [`MediaSession::open`](crate::MediaSession::open) |

mod admission;
mod authorizer;
#[cfg(feature = "axum")]
pub mod axum;
mod config;
#[cfg(feature = "tungstenite")]
mod tungstenite;
#[cfg(any(feature = "axum", feature = "tungstenite"))]
mod websocket;

pub use admission::{Denied, StreamRequest, StreamingServer};
pub use authorizer::{Authorizer, Refusal};
pub use config::StreamingConfig;
#[cfg(any(feature = "axum", feature = "tungstenite"))]
pub(crate) use websocket::is_too_large;

/// The header that names the leg, in every WebSocket request of the service.
pub const CALL_CONNECTION_ID_HEADER: &str = "x-ms-call-connection-id";

/// The header that names the call, in every WebSocket request of the service.
pub const CORRELATION_ID_HEADER: &str = "x-ms-call-correlation-id";
