//! What the pipeline costs on top of reqwest: one call after the other against a stub on loopback.
//!
//! `cargo bench -p acs-call-rest`. Compare the rows with each other; absolute times mean little on a shared
//! machine. The stub answers at once, so what is measured is the client's own work and one round trip.

#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to report"
)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use acs_call_rest::{Auth, Client, ClientOptions, types};
use acs_common::signing::{Parts, SigningKey, http_date};
use acs_common::{AccessKey, CommunicationIdentifier, Endpoint};
use divan::Bencher;
use tokio::runtime::Runtime;

const BODY: &str = r#"{"callConnectionId":"03009180-465d-4342-b871-4e02e2474f93","targets":[{"rawId":"8:acs:r_u","kind":"communicationUser","communicationUser":{"id":"8:acs:r_u"}}],"callConnectionState":"connecting","callbackUri":"https://example.com/events","correlationId":"1a453b70-75d8-466b-b6c3-de3a8d53dbc6"}"#;

fn main() {
    divan::main();
}

/// Answers every request of every connection with the same 201, on threads of its own.
fn stub() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                let answer = format!(
                    "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
                    BODY.len()
                );
                let mut buffer = [0; 16 * 1024];
                // Requests are far smaller than the buffer and are sent in one piece each.
                while matches!(stream.read(&mut buffer), Ok(read) if read > 0) {
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn request() -> types::CreateCallRequest {
    serde_json::from_value(serde_json::json!({
        "targets": [CommunicationIdentifier::user("8:acs:r_u")],
        "callbackUri": "https://example.com/events",
        "operationContext": "bench",
    }))
    .unwrap()
}

fn bare() -> reqwest::Client {
    let tls = acs_common::tls::without_roots().unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

#[divan::bench]
fn ours(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let endpoint = Endpoint::new(&format!("http://{}", stub())).unwrap();
    let auth = Auth::access_key(&AccessKey::from_bytes("key"));
    let client = Client::open(&endpoint, auth, ClientOptions::default()).unwrap();
    let body = request();
    bencher.bench_local(|| runtime.block_on(async { client.create_call(&body).await.unwrap().into_inner() }));
}

#[divan::bench]
fn bare_reqwest(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let url = format!("http://{}/calling/callConnections?api-version=2026-03-12", stub());
    let client = bare();
    let body = request();
    bencher.bench_local(|| {
        runtime.block_on(async {
            let response = client.post(&url).json(&body).send().await.unwrap();
            response.json::<types::CallConnectionProperties>().await.unwrap()
        })
    });
}

#[divan::bench]
fn bare_reqwest_signed(bencher: Bencher<'_, '_>) {
    let runtime = runtime();
    let address = stub();
    let host = address.to_string();
    let target = "/calling/callConnections?api-version=2026-03-12";
    let url = format!("http://{address}{target}");
    let client = bare();
    let body = request();
    let key = SigningKey::new(&AccessKey::from_bytes("key"));
    bencher.bench_local(|| {
        runtime.block_on(async {
            let body = serde_json::to_vec(&body).unwrap();
            let date = http_date(std::time::SystemTime::now());
            let signed = key.sign(&Parts {
                method: "POST",
                target,
                host: &host,
                date: &date,
                body: &body,
            });
            let response = client
                .post(&url)
                .header("content-type", "application/json")
                .header("x-ms-date", date)
                .header("x-ms-content-sha256", signed.content_sha256)
                .header("authorization", signed.authorization)
                .body(body)
                .send()
                .await
                .unwrap();
            response.json::<types::CallConnectionProperties>().await.unwrap()
        })
    });
}

#[divan::bench]
fn open_client_for_http() -> Client {
    let endpoint = Endpoint::new("http://127.0.0.1:1").unwrap();
    let auth = Auth::access_key(&AccessKey::from_bytes("key"));
    Client::open(&endpoint, auth, ClientOptions::default()).unwrap()
}
