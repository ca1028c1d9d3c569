//! The WebSocket of an agent.

use std::sync::Arc;
use std::time::Duration;

use acs_calling::protocol::{ClientMessage, MAX_MESSAGE, Refusal, Request, ServerMessage, decode, encode};
use acs_calling::protocol::{SUBPROTOCOL, SessionId};
use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::IntoResponse as _;
use http::Response;
use http::request::Parts;
use tokio::sync::mpsc;

use crate::http::Service;

/// How long a session waits for its connection to come back.
const RECONNECT: Duration = Duration::from_secs(120);

/// Bytes that are read at once. Messages are short, and there may be thousands of agents.
const READ_BUFFER: usize = 4096;

/// Takes the WebSocket of an agent.
pub(crate) async fn serve(service: Arc<Service>, mut parts: Parts) -> Response<Body> {
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade
            .protocols([SUBPROTOCOL])
            .max_message_size(MAX_MESSAGE)
            .read_buffer_size(READ_BUFFER)
            .on_upgrade(move |socket| carry(service, socket)),
        Err(refusal) => refusal.into_response(),
    }
}

async fn carry(service: Arc<Service>, mut socket: WebSocket) {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let mut signed_in: Option<(SessionId, u64)> = None;
    let stop = service.host.stopped();
    loop {
        let text = tokio::select! {
            () = stop.cancelled() => break,
            message = messages.recv() => {
                let Some(message) = message else { break };
                if !send(&mut socket, &message).await {
                    break;
                }
                continue;
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                _ => break,
            },
        };
        let Ok(ClientMessage { id, request }) = decode::<ClientMessage>(&text) else {
            // Whoever does not speak the protocol is not to go on.
            break;
        };
        if let Some((session, connection)) = &signed_in
            && !service.agent_is_here(session, *connection)
        {
            // Another connection has taken the session up, or it is over.
            break;
        }
        let error = match (&signed_in, request) {
            (None, Request::SignIn(sign_in)) => match service.agent_signs_in(sign_in, &sender) {
                Ok(session) => {
                    signed_in = Some(session);
                    continue;
                }
                Err(refusal) => Some(refusal),
            },
            (None, _) => Some(Refusal::new(401, 10_009, "the first message signs in")),
            (Some((session, _)), Request::SignOut) => {
                service.agent_signs_out(session);
                signed_in = None;
                break;
            }
            (Some((session, _)), request) => service.agent_asks(session, request).err(),
        };
        // Behind what shows its effect.
        if sender.send(ServerMessage::Reply { id, error }).is_err() {
            break;
        }
    }
    if let Some((session, connection)) = signed_in {
        service.agent_is_away(&session, connection);
        tokio::select! {
            () = stop.cancelled() => {}
            turn = service.host.after(RECONNECT) => {
                service.agent_stays_away(&session, connection);
                drop(turn);
            }
        }
    }
}

async fn send(socket: &mut WebSocket, message: &ServerMessage) -> bool {
    match encode(message) {
        Ok(text) => socket.send(Message::text(text)).await.is_ok(),
        Err(_) => false,
    }
}
