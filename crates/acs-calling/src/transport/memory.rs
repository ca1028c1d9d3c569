//! A transport within the process, for tests: the other end is held in hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tokio::sync::{Mutex, mpsc};

use super::{Connection, Transport};
use crate::protocol::{ClientMessage, Request, ServerMessage, decode, encode};
use crate::{Error, ErrorKind};

const BUFFERED: usize = 64;

/// Connects to a [`MemoryListener`].
#[derive(Clone, Debug)]
pub struct MemoryTransport {
    connections: mpsc::UnboundedSender<MemoryPeer>,
    refuses: Arc<AtomicBool>,
}

/// Takes the connections of a [`MemoryTransport`].
#[derive(Debug)]
pub struct MemoryListener {
    connections: Mutex<mpsc::UnboundedReceiver<MemoryPeer>>,
    refuses: Arc<AtomicBool>,
}

/// The service's end of one connection. Dropping it loses the connection.
#[derive(Debug)]
pub struct MemoryPeer {
    outgoing: mpsc::Sender<String>,
    incoming: mpsc::Receiver<String>,
}

impl MemoryTransport {
    /// Both ends.
    pub fn new() -> (Self, MemoryListener) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let refuses = Arc::new(AtomicBool::new(false));
        let listener = MemoryListener {
            connections: Mutex::new(receiver),
            refuses: Arc::clone(&refuses),
        };
        let connections = sender;
        (Self { connections, refuses }, listener)
    }
}

#[async_trait]
impl Transport for MemoryTransport {
    async fn connect(&self) -> Result<Connection, Error> {
        let refused = || Error::new(ErrorKind::NotConnected, "nobody listens");
        if self.refuses.load(Ordering::SeqCst) {
            return Err(refused());
        }
        let (outgoing, peer_incoming) = mpsc::channel(BUFFERED);
        let (peer_outgoing, incoming) = mpsc::channel(BUFFERED);
        let peer = MemoryPeer {
            outgoing: peer_outgoing,
            incoming: peer_incoming,
        };
        self.connections.send(peer).map_err(|_| refused())?;
        Ok(Connection { outgoing, incoming })
    }
}

impl MemoryListener {
    /// The next connection; `None` when every transport is gone.
    pub async fn accept(&self) -> Option<MemoryPeer> {
        self.connections.lock().await.recv().await
    }

    /// Whether attempts to connect fail from now on.
    pub fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }
}

impl MemoryPeer {
    /// The next request; `None` when the agent is gone or does not speak the protocol.
    pub async fn receive(&mut self) -> Option<(u64, Request)> {
        let text = self.incoming.recv().await?;
        let ClientMessage { id, request } = decode(&text).ok()?;
        Some((id, request))
    }

    /// Says something to the agent. Returns whether it could be said.
    pub async fn send(&self, message: ServerMessage) -> bool {
        match encode(&message) {
            Ok(text) => self.outgoing.send(text).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Answers a request with success.
    pub async fn done(&self, id: u64) -> bool {
        self.send(ServerMessage::Reply { id, error: None }).await
    }
}
