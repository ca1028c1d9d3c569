//! What the examples share: their flow, and a callback posted to themselves.
#![allow(clippy::print_stdout, reason = "examples speak to whoever runs them")]

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use acs_call_events::{CallEventHub, CallEventStreamExt as _};
use acs_common::CallConnectionId;
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The key that stands in the callback URI. A program of yours takes it from where it keeps secrets.
pub(crate) const KEY: &str = "not-a-secret";

/// What the service posts, in its form: an array of one CloudEvent.
const CALLBACK: &str = r#"[{
    "id": "9a9c8c4b-0000-4000-8000-000000000001",
    "source": "calling/callConnections/19002280-0000-4000-8000-000000000002",
    "type": "Microsoft.Communication.CallConnected",
    "data": {
        "version": "2026-03-12",
        "callConnectionId": "19002280-0000-4000-8000-000000000002",
        "serverCallId": "c2VydmVy",
        "correlationId": "19002280-0000-4000-8000-000000000003",
        "publicEventType": "Microsoft.Communication.CallConnected"
    },
    "time": "2026-03-12T08:58:50.0000000+00:00",
    "specversion": "1.0",
    "datacontenttype": "application/json",
    "subject": "calling/callConnections/19002280-0000-4000-8000-000000000002"
}]"#;

/// `--once`: post one callback to the example itself and end.
pub(crate) fn once() -> bool {
    std::env::args().any(|argument| argument == "--once")
}

pub(crate) fn greet(address: SocketAddr) {
    println!("The callback URI is http://{address}/callbacks?key={KEY}");
}

/// The flow of a call: it is connected, and the events come as a stream.
pub(crate) async fn follow(hub: &CallEventHub, call: &CallConnectionId) -> Result<(), Box<dyn Error>> {
    hub.connected(call).await?;
    let mut events = hub.events(call).until_disconnected();
    if let Some(event) = events.next().await {
        println!("{}: {}", call.as_str(), event.event_type());
    }
    Ok(())
}

/// Posts callbacks as the service does, and as a stranger would, and follows the call that they tell of.
pub(crate) async fn check(hub: &CallEventHub, address: SocketAddr) -> Result<(), Box<dyn Error>> {
    for (path, expected) in [
        ("/callbacks?key=guessed".to_owned(), 401),
        (format!("/callbacks?key={KEY}"), 200),
        (format!("/callbacks?key={KEY}"), 200),
    ] {
        let status = post(address, &path, CALLBACK).await?;
        println!("POST {path}: {status}");
        if status != expected {
            return Err(format!("expected {expected}").into());
        }
    }
    follow(
        hub,
        &CallConnectionId::from("19002280-0000-4000-8000-000000000002"),
    )
    .await?;
    let stats = hub.stats();
    println!(
        "{} taken in, {} sent twice, {} turned away",
        stats.accepted, stats.duplicates, stats.unauthorized
    );
    if (stats.accepted, stats.duplicates, stats.unauthorized) == (1, 1, 1) {
        Ok(())
    } else {
        Err("the hub has not seen what was sent".into())
    }
}

/// The status that a post is answered with.
async fn post(address: SocketAddr, path: &str, body: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other("the answer has no status"))
}
