//! The webhook without a framework, on bare `hyper`:
//! `cargo run -p acs-call-events --example hyper_webhook`, with `-- --once` to see it work.

mod support;

use std::convert::Infallible;
use std::error::Error;

use acs_call_events::CallEventHub;
use acs_call_events::webhook::{self, DEFAULT_BODY_LIMIT, WebhookConfig};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run(support::once()).await
}

pub(crate) async fn run(once: bool) -> Result<(), Box<dyn Error>> {
    let hub = CallEventHub::new();
    let config = WebhookConfig::new().shared_key("key", support::KEY);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    support::greet(address);
    let server = tokio::spawn(serve(listener, hub.clone(), config));
    if once {
        support::check(&hub, address).await
    } else {
        Ok(server.await??)
    }
}

async fn serve(listener: TcpListener, hub: CallEventHub, config: WebhookConfig) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (hub, config) = (hub.clone(), config.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&hub, &config, request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
        });
    }
}

/// Everything there is to it: read the body within a limit, hand the request over, send the response.
async fn answer(
    hub: &CallEventHub,
    config: &WebhookConfig,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, DEFAULT_BODY_LIMIT).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let request = Request::from_parts(head, body.to_bytes());
    Ok(webhook::handle_with(hub, config, request).await.map(Full::new))
}
