//! The service's WebSocket on a bare connection.

use bytes::{Bytes, BytesMut};
use futures::{SinkExt as _, StreamExt as _, future};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse as _;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response, write_response};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use super::websocket::READ_BUFFER;
use super::{Denied, StreamRequest, StreamingServer};
use crate::{Error, ErrorKind, MediaSession};

/// How long a request may be. The token is its largest part, about 1 KiB.
const MAX_REQUEST: usize = 16 * 1024;

impl StreamingServer {
    /// Takes the service's WebSocket on a connection that was just accepted, plain or behind TLS: reads the request,
    /// checks it, accepts or refuses it, and waits for the first frame. On a TCP connection `set_nodelay(true)`
    /// should have been called, for frames are small.
    ///
    /// It takes as long as the peer does, within the time-outs of the [config](crate::StreamingConfig), so a server
    /// runs it in a task per connection. Not cancel-safe: dropping the future drops the connection.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the request was answered with 400, 401 or 503; [`ErrorKind::TimedOut`] when the
    /// request or the first frame did not come in time; [`ErrorKind::Connection`] when the connection broke off.
    pub async fn accept<C>(&self, connection: C) -> Result<MediaSession, Error>
    where
        C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let config = self.settings();
        let (socket, request) = tokio::time::timeout(config.handshake, self.upgrade(connection))
            .await
            .map_err(|_| Error::new(ErrorKind::TimedOut, "no request in time"))??;
        let (outgoing, incoming) = socket.split();
        let incoming = incoming.filter_map(|message| {
            future::ready(match message {
                Ok(Message::Text(text)) => Some(Ok(Bytes::from(text))),
                Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            })
        });
        let outgoing =
            outgoing.with(|text: String| future::ready(Ok::<_, tungstenite::Error>(Message::text(text))));
        MediaSession::open(request, incoming, outgoing, config).await
    }

    async fn upgrade<C>(&self, mut connection: C) -> Result<(WebSocketStream<C>, StreamRequest), Error>
    where
        C: AsyncRead + AsyncWrite + Unpin,
    {
        let mut buffer = BytesMut::with_capacity(2048);
        let request = loop {
            match Request::try_parse(&buffer) {
                Ok(Some((length, request))) => {
                    let _ = buffer.split_to(length);
                    break request;
                }
                Ok(None) if buffer.len() < MAX_REQUEST => {}
                Ok(None) => {
                    return refuse(
                        connection,
                        &Denied::bad_request("request: expected at most 16 KiB"),
                    )
                    .await;
                }
                Err(error) => {
                    return refuse(connection, &Denied::bad_request(format!("request: {error}"))).await;
                }
            }
            if connection.read_buf(&mut buffer).await.map_err(broken)? == 0 {
                return Err(Error::new(
                    ErrorKind::Connection,
                    "the connection ended before its request",
                ));
            }
        };
        let response = match create_response(&request) {
            Ok(response) => response,
            Err(error) => return refuse(connection, &Denied::bad_request(format!("request: {error}"))).await,
        };
        let admitted = match self.admit(request.uri(), request.headers()).await {
            Ok(admitted) => admitted,
            Err(denied) => return refuse(connection, &denied).await,
        };
        let mut head = Vec::new();
        write_response(&mut head, &response).map_err(broken)?;
        connection.write_all(&head).await.map_err(broken)?;
        connection.flush().await.map_err(broken)?;
        let limit = self.settings().max_message;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let socket =
            WebSocketStream::from_partially_read(connection, buffer.to_vec(), Role::Server, Some(config))
                .await;
        Ok((socket, admitted))
    }
}

/// Answers and gives the error that says so. That the answer may not arrive changes nothing.
async fn refuse<T>(mut connection: impl AsyncWrite + Unpin, denied: &Denied) -> Result<T, Error> {
    let answer = denied.response();
    let headers: String = answer
        .headers()
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}\r\n", value.to_str().ok()?)))
        .collect();
    let text = format!(
        "HTTP/1.1 {}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{}",
        answer.status(),
        answer.body().len(),
        answer.body()
    );
    let _ = connection.write_all(text.as_bytes()).await;
    let _ = connection.shutdown().await;
    Err(Error::from(denied.clone()))
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Connection, "the connection broke off in its request").with_source(error)
}
