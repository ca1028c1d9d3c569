//! How texts get to the service and back.

pub mod memory;
#[cfg(feature = "websocket")]
mod websocket;

use std::fmt;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::Error;

pub use memory::MemoryTransport;
#[cfg(feature = "websocket")]
pub use websocket::WebSocketTransport;

/// Connects to a service that speaks the protocol of [`protocol`](crate::protocol). Implement it for whatever
/// carries texts in both directions and in order.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Makes a connection. Dropping the future gives it up.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when none can be made.
    async fn connect(&self) -> Result<Connection, Error>;
}

/// One connection. It is lost when the sender of `incoming` is gone; a side that is done drops its ends.
#[derive(Debug)]
pub struct Connection {
    /// Takes messages to the service.
    pub outgoing: mpsc::Sender<String>,
    /// Brings messages of the service.
    pub incoming: mpsc::Receiver<String>,
}
