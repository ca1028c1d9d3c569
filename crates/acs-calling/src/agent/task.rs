//! The tasks of an agent: one keeps the connection, one the time, one the token.

use std::sync::Arc;
use std::time::Duration;

use acs_common::credential::AccessToken;
use tokio::sync::mpsc;

use super::core::Core;
use crate::credential::{CommunicationTokenCredential, WallClock};
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::machine::Machine;
use crate::protocol::{
    ClientMessage, Request, ServerMessage, SessionId, SignIn, SignedIn, VERSION, decode, encode,
};
use crate::transport::{Connection, Transport};

/// How long a farewell may take to be sent.
const FAREWELL: Duration = Duration::from_secs(2);

/// What an agent signs in with.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) credential: Arc<dyn CommunicationTokenCredential>,
    pub(crate) clock: WallClock,
    pub(crate) endpoint: String,
    pub(crate) display_name: Option<String>,
    pub(crate) asks_before_transfer: bool,
}

impl Session {
    /// The token, if it is valid.
    pub(crate) async fn token(&self) -> Result<AccessToken, Error> {
        let token = self.credential.get_token().await?;
        if self.clock.left(&token).is_zero() {
            return Err(Error::new(ErrorKind::InvalidToken, "the token has expired")
                .with_reason(crate::CallEndReason::new(401, 40_235)));
        }
        Ok(token)
    }

    /// Connects and signs in.
    pub(crate) async fn sign_in(
        &self,
        token: &AccessToken,
        resume: Option<SessionId>,
    ) -> Result<(Connection, SignedIn), Error> {
        let signing = self.try_sign_in(token, resume);
        tokio::time::timeout(limits::SIGN_IN, signing)
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Timeout, "signing in took too long")
                    .with_reason(crate::CallEndReason::new(408, 40_101)))
            })
    }

    async fn try_sign_in(
        &self,
        token: &AccessToken,
        resume: Option<SessionId>,
    ) -> Result<(Connection, SignedIn), Error> {
        let mut connection = self.transport.connect().await?;
        let request = Request::SignIn(SignIn {
            version: VERSION,
            token: token.token().clone(),
            endpoint: self.endpoint.clone(),
            display_name: self.display_name.clone(),
            asks_before_transfer: self.asks_before_transfer,
            resume,
        });
        let lost = || {
            Error::new(
                ErrorKind::ConnectionLost,
                "the connection was lost while signing in",
            )
        };
        let text = encoded(&ClientMessage { id: 1, request })?;
        connection.outgoing.send(text).await.map_err(|_| lost())?;
        loop {
            let text = connection.incoming.recv().await.ok_or_else(lost)?;
            match decode::<ServerMessage>(&text) {
                Ok(ServerMessage::SignedIn(signed_in)) => return Ok((connection, signed_in)),
                Ok(ServerMessage::Reply {
                    id: 1,
                    error: Some(refusal),
                }) => {
                    let kind = match (refusal.code, refusal.sub_code) {
                        (401, _) => ErrorKind::InvalidToken,
                        (409, _) => ErrorKind::AgentAlreadyExists,
                        (426, _) => ErrorKind::Protocol,
                        _ => ErrorKind::Refused,
                    };
                    return Err(Error::refused(kind, &refusal));
                }
                // What a newer service says before is passed over.
                Ok(ServerMessage::Unknown) => {}
                Ok(_) | Err(_) => {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the service did not answer the sign-in in a way that is known",
                    ));
                }
            }
        }
    }
}

fn encoded(message: &ClientMessage) -> Result<String, Error> {
    encode(message)
        .map_err(|source| Error::new(ErrorKind::Protocol, "a message cannot be written").with_source(source))
}

/// Starts the tasks. They end with the agent.
pub(crate) fn start(
    core: &Arc<Core>,
    session: Session,
    token: AccessToken,
    connection: Connection,
    id: SessionId,
) {
    let session = Arc::new(session);
    let messages = core.linked();
    tokio::spawn(keep_time(Arc::clone(core)));
    tokio::spawn(keep_token(Arc::clone(core), Arc::clone(&session), token));
    tokio::spawn(keep_connection(
        Arc::clone(core),
        session,
        connection,
        messages,
        id,
    ));
}

/// Tells the machine that something is due.
async fn keep_time(core: Arc<Core>) {
    let mut over = core.over.subscribe();
    loop {
        let due = core.next_due();
        let pause = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = over.wait_for(|over| *over) => return,
            () = core.rescheduled.notified() => {}
            () = pause => core.step(Machine::tick),
        }
    }
}

/// Brings a fresher token to the service before the old one ends, and ends the agent where there is none.
async fn keep_token(core: Arc<Core>, session: Arc<Session>, mut token: AccessToken) {
    let mut over = core.over.subscribe();
    let keep = async {
        loop {
            let left = session.clock.left(&token);
            // A proactive credential has a fresher one shortly before; others make one when there is need.
            let early = left.saturating_sub(Duration::from_secs(60).min(left / 2));
            if early > Duration::from_secs(1) {
                tokio::time::sleep(early).await;
                if let Ok(fresh) = session.token().await
                    && fresh != token
                {
                    token = fresh;
                    send_token(&core, &token);
                    continue;
                }
            }
            tokio::time::sleep(session.clock.left(&token)).await;
            match fresh_token(&session).await {
                Ok(fresh) => {
                    token = fresh;
                    send_token(&core, &token);
                }
                Err(error) => {
                    tracing::warn!(%error, "there is no valid token any more");
                    core.step(|machine, _| machine.token_invalid());
                    return;
                }
            }
        }
    };
    tokio::select! {
        _ = over.wait_for(|over| *over) => {}
        () = keep => {}
    }
}

/// A token in place of one that has expired. A credential that fails is asked again for as long as the service waits.
async fn fresh_token(session: &Session) -> Result<AccessToken, Error> {
    let given_up = tokio::time::Instant::now() + limits::TOKEN_GRACE;
    let mut pause = limits::BACKOFF_FIRST;
    loop {
        match session.token().await {
            Err(error)
                if error.kind() != ErrorKind::InvalidToken
                    && tokio::time::Instant::now() + pause < given_up =>
            {
                tracing::warn!(%error, "the credential gave no token; it is asked again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            answer => return answer,
        }
    }
}

fn send_token(core: &Core, token: &AccessToken) {
    // Without a connection there is nobody to tell: the next one is made with this token.
    let _ = core.step(|machine, now| machine.update_token(now, token.token().clone()));
}

/// Carries messages, and connects again when the connection is lost.
async fn keep_connection(
    core: Arc<Core>,
    session: Arc<Session>,
    mut connection: Connection,
    mut messages: mpsc::UnboundedReceiver<ClientMessage>,
    mut id: SessionId,
) {
    let _gone = Gone(Arc::clone(&core));
    loop {
        let mut waiting = None;
        carry(&core, &mut connection, &mut messages, &mut waiting).await;
        if *core.over.borrow() {
            let farewell = farewell(&mut connection, &mut messages, waiting);
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
            return;
        }
        drop(connection);
        core.lost();
        tracing::info!("the connection was lost");
        let mut over = core.over.subscribe();
        let again = tokio::select! {
            _ = over.wait_for(|over| *over) => return,
            again = reconnect(&core, &session, &id) => again,
        };
        let Some((next, signed_in)) = again else { return };
        connection = next;
        id = signed_in.session.clone();
        messages = core.linked();
        core.step(|machine, now| machine.signed_in(now, signed_in));
    }
}

/// Tells whoever disposes of the agent that it has gone, however that came.
struct Gone(Arc<Core>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.gone.send_replace(true);
    }
}

/// Until the connection is lost or the agent is over. What is left in `waiting` was not sent.
async fn carry(
    core: &Core,
    connection: &mut Connection,
    messages: &mut mpsc::UnboundedReceiver<ClientMessage>,
    waiting: &mut Option<String>,
) {
    let mut over = core.over.subscribe();
    loop {
        tokio::select! {
            biased;
            _ = over.wait_for(|over| *over) => return,
            text = connection.incoming.recv() => {
                let Some(text) = text else { return };
                match decode::<ServerMessage>(&text) {
                    Ok(message) => core.step(|machine, now| machine.message(now, message)),
                    // What it says may be private, so only where it went wrong is told.
                    Err(error) => tracing::warn!(line = error.line(), column = error.column(),
                        "a message of the service cannot be read"),
                }
            }
            // A place is taken before the message is, so that a slow connection holds nothing else up and a
            // message that is taken is sent.
            permit = connection.outgoing.reserve(), if waiting.is_some() => {
                let (Ok(permit), Some(text)) = (permit, waiting.take()) else { return };
                permit.send(text);
            }
            message = messages.recv(), if waiting.is_none() => {
                let Some(message) = message else { return };
                *waiting = encoded(&message).ok();
            }
        }
    }
}

/// Sends what is left, and waits until the service has closed the connection: then it knows.
async fn farewell(
    connection: &mut Connection,
    messages: &mut mpsc::UnboundedReceiver<ClientMessage>,
    waiting: Option<String>,
) {
    if let Some(text) = waiting
        && connection.outgoing.send(text).await.is_err()
    {
        return;
    }
    while let Some(message) = messages.recv().await {
        let Ok(text) = encoded(&message) else { continue };
        if connection.outgoing.send(text).await.is_err() {
            return;
        }
    }
    while connection.incoming.recv().await.is_some() {}
}

/// Tries until it works. `None` when the token has ended the agent.
async fn reconnect(core: &Core, session: &Session, id: &SessionId) -> Option<(Connection, SignedIn)> {
    let mut pause = limits::BACKOFF_FIRST;
    loop {
        let attempt = async {
            let token = session.token().await?;
            session.sign_in(&token, Some(id.clone())).await
        };
        match attempt.await {
            Ok(connected) => return Some(connected),
            Err(error) if error.kind() == ErrorKind::InvalidToken => {
                core.step(|machine, _| machine.token_invalid());
                return None;
            }
            Err(error) => {
                tracing::debug!(%error, "no connection yet");
                core.step(|machine, _| machine.attempt_failed());
            }
        }
        // A little apart from each other, so that a thousand agents do not knock at the same moment.
        let spread = uuid::Uuid::new_v4()
            .as_bytes()
            .first()
            .copied()
            .map_or(0, u32::from);
        tokio::time::sleep(pause + pause * spread / 1024).await;
        pause = (pause * 2).min(limits::BACKOFF_LONGEST);
    }
}
