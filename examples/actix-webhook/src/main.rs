//! The webhook in a program of `actix-web`: `cargo run -p actix-webhook`, with `-- --once` to see it work.

#[path = "../../../crates/acs-call-events/examples/support/mod.rs"]
mod support;

use std::error::Error;

use acs_call_events::CallEventHub;
use acs_call_events::webhook::{self, DEFAULT_BODY_LIMIT, WebhookConfig};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, PayloadConfig, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};

fn main() -> Result<(), Box<dyn Error>> {
    rt::System::new().block_on(run(support::once()))
}

async fn run(once: bool) -> Result<(), Box<dyn Error>> {
    let hub = CallEventHub::new();
    let config = WebhookConfig::new().shared_key("key", support::KEY);

    let state = (Data::new(hub.clone()), Data::new(config));
    let server = HttpServer::new(move || {
        let (hub, config) = state.clone();
        App::new()
            .app_data(hub)
            .app_data(config)
            .app_data(PayloadConfig::new(DEFAULT_BODY_LIMIT))
            .route("/callbacks", to(callbacks))
    })
    .workers(1)
    .bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().ok_or("no address was bound")?;
    support::greet(address);
    let server = server.run();
    if !once {
        return Ok(server.await?);
    }
    let handle = server.handle();
    rt::spawn(server);
    let result = support::check(&hub, address).await;
    handle.stop(true).await;
    result
}

/// Everything there is to it: hand the request over, send the response. The types of `actix-web` are those of
/// an older `http`, so both are written anew.
async fn callbacks(
    hub: Data<CallEventHub>,
    config: Data<WebhookConfig>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let Ok(request) = translated(&request, body) else {
        return HttpResponse::BadRequest().finish();
    };
    let (head, body) = webhook::handle_with(&hub, &config, request).await.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &head.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}

fn translated(request: &HttpRequest, body: Bytes) -> Result<http::Request<bytes::Bytes>, http::Error> {
    let mut translated = http::Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().to_string());
    for (name, value) in request.headers() {
        translated = translated.header(name.as_str(), value.as_bytes());
    }
    translated.body(body)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_takes_callbacks() {
        actix_web::rt::System::new().block_on(super::run(true)).unwrap();
    }
}
