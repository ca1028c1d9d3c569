//! The protocol over a WebSocket.

use std::time::Duration;

use async_trait::async_trait;
use futures::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

use super::{Connection, Transport};
use crate::protocol::{MAX_MESSAGE, PATH, SUBPROTOCOL};
use crate::{Error, ErrorKind};

const BUFFERED: usize = 64;
/// Bytes that are read at once.
const READ_BUFFER: usize = 4096;
/// How often a sign of life is asked for.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A connection that says nothing for so long is lost.
const SILENCE: Duration = Duration::from_secs(40);

/// Connects to the emulator.
#[derive(Clone, Debug)]
pub struct WebSocketTransport {
    uri: String,
}

impl WebSocketTransport {
    /// The service at an endpoint, such as `http://127.0.0.1:8080/`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when the endpoint does not begin with `http://`. There is no TLS here: the
    /// protocol does not leave the machine, and it does not reach the cloud service.
    pub fn new(endpoint: &str) -> Result<Self, Error> {
        let rest = endpoint
            .strip_prefix("http://")
            .or_else(|| endpoint.strip_prefix("ws://"))
            .filter(|rest| !rest.trim_matches('/').is_empty())
            .ok_or_else(|| {
                Error::input(
                    "endpoint",
                    "expected http:// and a host; https is not spoken here",
                )
            })?;
        Ok(Self {
            uri: format!("ws://{}{PATH}", rest.trim_end_matches('/')),
        })
    }
}

#[async_trait]
impl Transport for WebSocketTransport {
    async fn connect(&self) -> Result<Connection, Error> {
        let failed = |source| {
            Error::new(
                ErrorKind::NotConnected,
                format!("there is no connection to {}", self.uri),
            )
            .with_source(source)
        };
        let mut request = self.uri.as_str().into_client_request().map_err(failed)?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        let config = WebSocketConfig::default()
            // Messages are short, and a thousand agents may share a process.
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let (socket, _) = tokio_tungstenite::connect_async_with_config(request, Some(config), true)
            .await
            .map_err(failed)?;
        let (outgoing, mut to_send) = mpsc::channel::<String>(BUFFERED);
        let (received, incoming) = mpsc::channel(BUFFERED);
        let (mut sink, mut stream) = socket.split();
        tokio::spawn(async move {
            let mut pings = tokio::time::interval(PING_EVERY);
            loop {
                let message = tokio::select! {
                    text = to_send.recv() => match text {
                        Some(text) => Message::text(text),
                        None => break,
                    },
                    _ = pings.tick() => Message::Ping(Bytes::default()),
                };
                if sink.send(message).await.is_err() {
                    return;
                }
            }
            let _ = sink.close().await;
        });
        tokio::spawn(async move {
            let mut last = Instant::now();
            loop {
                let message = tokio::select! {
                    message = stream.next() => message,
                    () = received.closed() => break,
                    () = tokio::time::sleep_until(last + SILENCE) => break,
                };
                last = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        if received.send(text.as_str().to_owned()).await.is_err() {
                            break;
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                }
            }
        });
        Ok(Connection { outgoing, incoming })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_becomes_the_address_of_a_websocket() {
        let transport = WebSocketTransport::new("http://127.0.0.1:8080/").unwrap();
        assert_eq!(transport.uri, "ws://127.0.0.1:8080/calling/agents");
        for wrong in ["https://example.com/", "http:///", "127.0.0.1"] {
            let error = WebSocketTransport::new(wrong).unwrap_err();
            assert_eq!(error.field(), Some("endpoint"), "{wrong}");
        }
    }
}
