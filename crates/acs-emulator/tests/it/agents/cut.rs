//! A connection that can be cut, and kept from coming back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acs_calling::transport::{Connection, Transport};
use acs_calling::{
    CallAgent, CallAgentOptions, CallClient, CallClientOptions, Error, ErrorKind, WebSocketTransport,
};
use tokio::sync::{Notify, mpsc, watch};

use super::{Office, Somebody};
use crate::harness::soon;

#[derive(Clone, Debug)]
pub(super) struct Cut {
    inner: WebSocketTransport,
    now: Arc<Notify>,
    refuses: Arc<AtomicBool>,
    cuts: Arc<watch::Sender<u32>>,
}

impl Cut {
    pub(super) fn new(office: &Office) -> Self {
        Self {
            inner: WebSocketTransport::new(office.endpoint().base()).unwrap(),
            now: Arc::default(),
            refuses: Arc::default(),
            cuts: Arc::default(),
        }
    }

    /// An agent on this line.
    pub(super) async fn agent(&self, who: &Somebody, options: impl Into<CallAgentOptions>) -> CallAgent {
        let client = CallClient::new(CallClientOptions::new(self.clone()).endpoint("desk"));
        let agent = soon("a sign-in", client.create_call_agent(who.credential(), options)).await;
        agent.unwrap()
    }

    /// Loses the connection. The agent makes another one, if it may.
    pub(super) async fn cut(&self) {
        let mut cuts = self.cuts.subscribe();
        cuts.mark_unchanged();
        self.now.notify_one();
        soon("the cut", cuts.changed()).await.unwrap();
    }

    /// Whether attempts to connect fail from now on.
    pub(super) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Transport for Cut {
    async fn connect(&self) -> Result<Connection, Error> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::NotConnected, "the line is cut"));
        }
        let mut carried = self.inner.connect().await?;
        let (outgoing, mut to_send) = mpsc::channel::<String>(1);
        let (received, incoming) = mpsc::channel(1);
        let (now, cuts) = (Arc::clone(&self.now), Arc::clone(&self.cuts));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = now.notified() => break,
                    text = to_send.recv() => match text {
                        Some(text) => drop(carried.outgoing.send(text).await),
                        None => return,
                    },
                    text = carried.incoming.recv() => match text {
                        Some(text) => drop(received.send(text).await),
                        None => return,
                    },
                }
            }
            drop((carried, to_send, received));
            cuts.send_modify(|cuts| *cuts += 1);
        });
        Ok(Connection { outgoing, incoming })
    }
}
