//! Where an application takes the WebSockets of streamed media, on the listener of its webhook.

use acs_call_streaming::server::axum::router;
use acs_call_streaming::{MediaSession, Refusal, StreamRequest, StreamingServer};
use acs_common::Secret;
use anyhow::{Context as _, Result};
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

/// The path of the WebSockets.
pub(crate) const PATH: &str = "/media";

/// How many sessions may wait to be asked for; further ones are closed.
const WAITING: usize = 16;

/// The sessions that the service has opened, and the address where it does.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// With a key in its query: whoever does not know it gets no session.
    pub(crate) url: String,
    sessions: Mutex<mpsc::Receiver<MediaSession>>,
}

impl Sockets {
    /// Sockets for the application whose callbacks go to this address, and the routes of them.
    pub(crate) fn open(callback: &str) -> Result<(Self, axum::Router)> {
        let key = Uuid::new_v4().simple().to_string();
        let url = transport_url(callback, &key)?;
        let key = Secret::new(key);
        let server = StreamingServer::new(move |request: StreamRequest| {
            let given = request.uri().query().and_then(|query| query.strip_prefix("key="));
            let admitted = given.is_some_and(|given| key == Secret::new(given));
            async move {
                if admitted {
                    Ok(())
                } else {
                    Err(Refusal::Unauthorized)
                }
            }
        });
        let (sender, sessions) = mpsc::channel(WAITING);
        let routes = router(server, move |session| {
            // One that finds no room is dropped, and so closed.
            drop(sender.try_send(session));
            async {}
        });
        let sessions = Mutex::new(sessions);
        Ok((Self { url, sessions }, axum::Router::new().nest(PATH, routes)))
    }

    pub(crate) async fn next(&self) -> Option<MediaSession> {
        self.sessions.lock().await.recv().await
    }
}

/// The address beside that of the callbacks: same host and port, `ws` for `http` and `wss` for `https`.
fn transport_url(callback: &str, key: &str) -> Result<String> {
    let rest = callback
        .strip_prefix("http")
        .with_context(|| format!("expected an http or https address, found `{callback}`"))?;
    let end = rest.find("://").map_or(0, |colon| colon + 3);
    let (scheme, authority) = rest.split_at(end);
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    Ok(format!("ws{scheme}{authority}{PATH}?key={key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_stands_beside_that_of_the_callbacks() {
        let url = |callback| transport_url(callback, "k").unwrap();
        assert_eq!(
            url("http://127.0.0.1:8081/events"),
            "ws://127.0.0.1:8081/media?key=k"
        );
        assert_eq!(url("https://a.example/x/y?z=1"), "wss://a.example/media?key=k");
        assert_eq!(url("https://a.example"), "wss://a.example/media?key=k");
        assert!(transport_url("ftp://a.example", "k").is_err());
    }
}
