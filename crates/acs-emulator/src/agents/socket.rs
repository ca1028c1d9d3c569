//! The WebSocket of an agent.

use std::sync::Arc;

use acs_calling::limits::RECONNECT;
use acs_calling::protocol::{
    CallEndReason, ClientMessage, MAX_MESSAGE, Refusal, Request, ServerMessage, decode, encode,
};
use acs_calling::protocol::{SUBPROTOCOL, SessionId};
use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::IntoResponse as _;
use futures::future::BoxFuture;
use http::Response;
use http::request::Parts;
use tokio::sync::mpsc;

use crate::clock::Turn;
use crate::http::Service;

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
    let mut token_ends = until_token_ends(&service, None);
    let stop = service.host.stopped();
    loop {
        let text = tokio::select! {
            () = stop.cancelled() => break,
            turn = &mut token_ends => {
                let over = signed_in
                    .take_if(|(session, connection)| service.agent_token_ends(session, *connection))
                    .is_some();
                drop(turn);
                let here = |(id, connection): &(SessionId, u64)| service.agent_is_here(id, *connection);
                if !over && !signed_in.as_ref().is_some_and(here) {
                    break;
                }
                if !over {
                    // A fresher one came meanwhile.
                    token_ends = until_token_ends(&service, signed_in.as_ref());
                    continue;
                }
                let reason = CallEndReason::new(401, 40_235);
                if sender.send(ServerMessage::SignedOut { reason }).is_ok() {
                    say_what_is_left(&mut socket, &mut messages).await;
                }
                break;
            }
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
                    token_ends = until_token_ends(&service, signed_in.as_ref());
                    continue;
                }
                Err(refusal) => Some(refusal),
            },
            (None, _) => Some(Refusal::new(401, 10_009, "the first message signs in")),
            (Some((session, _)), Request::SignOut) => {
                service.agent_signs_out(session);
                signed_in = None;
                if sender.send(ServerMessage::Reply { id, error: None }).is_ok() {
                    say_what_is_left(&mut socket, &mut messages).await;
                }
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

/// Ends when the token of a session does, as far as that is known now.
fn until_token_ends(service: &Arc<Service>, session: Option<&(SessionId, u64)>) -> BoxFuture<'static, Turn> {
    let left = session.and_then(|(id, _)| service.agent_has_left(id));
    let Some(left) = left else {
        return Box::pin(std::future::pending());
    };
    let host = service.host.clone();
    Box::pin(async move { host.after(left).await })
}

/// The session is over: what was said before is sent, and the connection closed.
async fn say_what_is_left(socket: &mut WebSocket, messages: &mut mpsc::UnboundedReceiver<ServerMessage>) {
    while let Ok(message) = messages.try_recv() {
        if !send(socket, &message).await {
            return;
        }
    }
    let _ = socket.send(Message::Close(None)).await;
}

async fn send(socket: &mut WebSocket, message: &ServerMessage) -> bool {
    match encode(message) {
        Ok(text) => socket.send(Message::text(text)).await.is_ok(),
        Err(_) => false,
    }
}
