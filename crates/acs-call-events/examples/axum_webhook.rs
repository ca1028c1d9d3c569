//! The webhook in a program of `axum`:
//! `cargo run -p acs-call-events --features axum --example axum_webhook`, with `-- --once` to see it work.

mod support;

use std::error::Error;

use acs_call_events::CallEventHub;
use acs_call_events::webhook::{self, WebhookConfig};
use axum::Router;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run(support::once()).await
}

pub(crate) async fn run(once: bool) -> Result<(), Box<dyn Error>> {
    let hub = CallEventHub::new();
    // With the feature `jwt`, `token_verifier` lets in only what the service has signed.
    let config = WebhookConfig::new().shared_key("key", support::KEY);
    let app = Router::new().nest("/callbacks", webhook::router_with(hub.clone(), config));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    support::greet(address);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    if once {
        support::check(&hub, address).await
    } else {
        Ok(server.await??)
    }
}
