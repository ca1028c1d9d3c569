//! Opening the application's WebSocket.

use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config, tungstenite};
use url::{Host, Url};

use super::Streams;
use crate::engine::OpenStream;

/// How long the application may take to accept.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest message of the application that is read; chunks may be of any size.
const LARGEST: usize = 4 * 1024 * 1024;

/// A connection, plain or with TLS.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// The application's WebSocket.
pub(super) type Socket = WebSocketStream<Box<dyn Connection>>;

/// Opens the WebSocket of a stream, or says why that does not work. Keys in the address are not repeated.
pub(super) async fn dial(streams: &Streams, open: &OpenStream) -> Result<Socket, String> {
    tokio::time::timeout(PATIENCE, attempt(streams, open))
        .await
        .unwrap_or_else(|_| Err(format!("nobody accepted within {PATIENCE:?}")))
}

async fn attempt(streams: &Streams, open: &OpenStream) -> Result<Socket, String> {
    let url = Url::parse(&open.url).map_err(|error| format!("the address is none: {error}"))?;
    let secure = match url.scheme() {
        "wss" => true,
        "ws" if streams.settings().secure_only => {
            return Err("the address begins with ws, and a strict emulator takes wss only".to_owned());
        }
        "ws" => false,
        other => return Err(format!("the address begins with {other}, and not with wss or ws")),
    };
    if !streams.settings().policy.allows(&url) {
        return Err(format!(
            "{} is not on this machine, and other hosts are not asked unless that is allowed \
             (`--fetch any`, `fetch(FetchPolicy::Any)`)",
            url.host_str().unwrap_or("the address")
        ));
    }
    let port = url
        .port_or_known_default()
        .unwrap_or(if secure { 443 } else { 80 });
    let host = url.host().ok_or("the address has no host")?;
    let connection = match &host {
        Host::Domain(name) => TcpStream::connect((*name, port)).await,
        Host::Ipv4(address) => TcpStream::connect((*address, port)).await,
        Host::Ipv6(address) => TcpStream::connect((*address, port)).await,
    };
    let connection = connection.map_err(|error| error.to_string())?;
    let _ = connection.set_nodelay(true);
    let connection: Box<dyn Connection> = if secure {
        let config = acs_common::tls::client_config().map_err(|error| error.to_string())?;
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?,
            Host::Ipv4(address) => ServerName::IpAddress(std::net::IpAddr::V4(address).into()),
            Host::Ipv6(address) => ServerName::IpAddress(std::net::IpAddr::V6(address).into()),
        };
        let connector = TlsConnector::from(Arc::new(config));
        Box::new(
            connector
                .connect(name, connection)
                .await
                .map_err(|error| error.to_string())?,
        )
    } else {
        Box::new(connection)
    };
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let request = request(streams, open)?;
    match client_async_with_config(request, connection, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => {
            Err(format!("the application answered {}", answer.status().as_u16()))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The request with what the service sends along (how-to guides on audio streaming and on securing endpoints).
fn request(streams: &Streams, open: &OpenStream) -> Result<http::Request<()>, String> {
    let mut request = (&*open.url)
        .into_client_request()
        .map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-ms-call-connection-id", open.connection.as_str());
    put("x-ms-call-correlation-id", open.correlation_id.as_str());
    if let Some(token) = streams.tokens().for_connection() {
        headers.insert(AUTHORIZATION, token);
    }
    Ok(request)
}
