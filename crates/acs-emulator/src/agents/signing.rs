//! Agents come, lose their connection, and leave.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use acs_calling::limits::TOKEN_GRACE;
use acs_calling::protocol::{
    CallEndReason, Refusal, ServerMessage, SessionId, SignIn, SignedIn, TransferId, TransferProgress,
    TransferStatus, VERSION,
};
use acs_common::CommunicationIdentifier;
use serde_json::json;
use tokio::sync::mpsc;

use super::moving::Stage;
use super::requests::{Asked, in_call, no_call};
use super::{Part, Phase, Registry, Session};
use crate::engine::{CallAction, Command};
use crate::http::Service;
use crate::journal::{Draft, JournalKind, SERVICE};

impl Service {
    /// Signs an agent in, or takes its session up again. The answer is said before anything else.
    pub(super) fn agent_signs_in(
        &self,
        sign_in: SignIn,
        sender: &mpsc::UnboundedSender<ServerMessage>,
    ) -> Result<(SessionId, u64), Refusal> {
        if sign_in.version != VERSION {
            return Err(Refusal::new(426, 0, format!("expected version {VERSION}")));
        }
        let (raw_id, token_ends) = self
            .identities
            .holder(sign_in.token.expose(), self.host.now())
            .ok_or_else(|| Refusal::new(401, 40_235, "the token is not valid, or not for calls"))?;
        let identity = CommunicationIdentifier::from_raw_id(&raw_id);
        let endpoint = sign_in.endpoint.clone();
        let session = {
            let mut registry = self.host.agents().lock();
            let resumed = sign_in.resume.filter(|id| {
                let session = registry.sessions.get(id);
                session
                    .is_some_and(|session| session.raw_id == raw_id && session.endpoint == sign_in.endpoint)
            });
            if resumed.is_none() {
                let mut others = registry.sessions_of(&raw_id);
                if others.any(|(_, other)| other.endpoint == sign_in.endpoint) {
                    let why = "this identity has an agent on this endpoint";
                    return Err(Refusal::new(409, 40_228, why));
                }
            }
            let id = resumed.clone().unwrap_or_else(SessionId::random);
            let transfers = registry.transfers.iter();
            let open: Vec<TransferStatus> = transfers
                .filter(|(_, moving)| moving.transferor == id)
                .map(|(transfer, _)| TransferStatus {
                    id: transfer.clone(),
                    progress: TransferProgress::Transferring,
                })
                .collect();
            let open = open.into_iter();
            if resumed.is_none() {
                let session = Session {
                    identity: identity.clone(),
                    raw_id: raw_id.clone(),
                    endpoint: sign_in.endpoint,
                    display_name: None,
                    asks_before_transfer: false,
                    token_ends,
                    sender: None,
                    connection: 0,
                    calls: HashMap::new(),
                    questions: HashMap::new(),
                    decided: VecDeque::new(),
                };
                registry.admit(id.clone(), session);
            }
            let no_session = || Refusal::new(500, 0, "the session is gone");
            let session = registry.sessions.get_mut(&id).ok_or_else(no_session)?;
            session.token_ends = token_ends;
            session.display_name = sign_in.display_name;
            session.asks_before_transfer = sign_in.asks_before_transfer;
            session.sender = Some(sender.clone());
            session.connection += 1;
            let ringing = session.calls.values().filter(|part| part.phase == Phase::Ringing);
            let signed_in = SignedIn {
                session: id.clone(),
                resumed: resumed.is_some(),
                identity,
                incoming: ringing.map(Part::info).collect(),
                calls: session
                    .calls
                    .values()
                    .filter_map(|part| part.told.clone())
                    .collect(),
                transfers: open.chain(session.decided.iter().cloned()).collect(),
            };
            session.say(ServerMessage::SignedIn(signed_in));
            (id, session.connection)
        };
        let (_, connection) = &session;
        let comes_back = *connection > 1;
        self.note_agent(
            &raw_id,
            &endpoint,
            if comes_back { "comes back" } else { "signs in" },
        );
        let asking = self.host.agents().lock().asks(&raw_id);
        let online = Command::SetOnline {
            raw_id: raw_id.clone(),
            online: true,
        };
        let _ = self.host.command(online);
        let _ = self.host.command(Command::SetAsking { raw_id, asking });
        Ok(session)
    }

    /// A fresher token keeps the session.
    pub(super) fn agent_token(&self, id: &SessionId, token: &str) -> Asked {
        let holder = self.identities.holder(token, self.host.now());
        let mut registry = self.host.agents().lock();
        let session = registry.sessions.get_mut(id).ok_or_else(no_call)?;
        match holder {
            Some((holder, ends)) if holder == session.raw_id => {
                session.token_ends = ends;
                Ok(())
            }
            _ => Err(Refusal::new(
                401,
                40_235,
                "the token is not valid for this identity",
            )),
        }
    }

    /// How long a session goes on with the token that it has.
    pub(super) fn agent_has_left(&self, id: &SessionId) -> Option<Duration> {
        let registry = self.host.agents().lock();
        let ends = registry.sessions.get(id)?.token_ends + TOKEN_GRACE;
        // Nothing, where that is past.
        Some((ends - self.host.now()).to_std().unwrap_or_default())
    }

    /// The token of a session may be over; then the session is.
    pub(super) fn agent_token_ends(&self, id: &SessionId, connection: u64) -> bool {
        let ends = {
            let registry = self.host.agents().lock();
            let session = registry.sessions.get(id);
            session.is_some_and(|session| {
                session.connection == connection && session.token_ends + TOKEN_GRACE <= self.host.now()
            })
        };
        if ends {
            self.agent_signs_out(id);
        }
        ends
    }

    /// Writes into the journal that an agent comes or goes. Not its token, nor the name of its session, by which
    /// it could be taken over.
    fn note_agent(&self, raw_id: &str, endpoint: &str, label: &str) {
        let draft = Draft::new(JournalKind::Signal, label).between(raw_id, SERVICE);
        self.host
            .write(draft.detail(json!({ "agent": raw_id, "endpoint": endpoint })));
    }

    /// Whether a connection is the one of its agent.
    pub(super) fn agent_is_here(&self, id: &SessionId, connection: u64) -> bool {
        let registry = self.host.agents().lock();
        let session = registry.sessions.get(id);
        session.is_some_and(|session| session.connection == connection)
    }

    /// The connection of an agent is lost.
    pub(super) fn agent_is_away(&self, id: &SessionId, connection: u64) {
        let mut declined = Vec::new();
        let away = {
            let mut registry = self.host.agents().lock();
            let session = registry.sessions.get_mut(id);
            let Some(session) = session.filter(|session| session.connection == connection) else {
                return;
            };
            session.sender = None;
            let away = (session.raw_id.clone(), session.endpoint.clone());
            // Its questions count as declined.
            declined.extend(session.decline_all());
            registry.declined_by(id);
            away
        };
        self.note_agent(&away.0, &away.1, "is away");
        for command in declined {
            // The transfer may be over by now.
            let _ = self.host.command(command);
        }
    }

    /// The connection of an agent did not come back.
    pub(super) fn agent_stays_away(&self, id: &SessionId, connection: u64) {
        let away = self.agent_is_here(id, connection);
        if away {
            self.agent_signs_out(id);
        }
    }

    /// The agent leaves, and its calls with it.
    pub(super) fn agent_signs_out(&self, id: &SessionId) {
        let mut commands = Vec::new();
        let left = {
            let mut registry = self.host.agents().lock();
            registry.declined_by(id);
            let Some(mut session) = registry.dismiss(id) else {
                return;
            };
            commands.extend(session.decline_all());
            let left = (session.raw_id.clone(), session.endpoint.clone());
            for (call, part) in session.calls {
                if part.phase == Phase::In {
                    commands.push(in_call(&call, &session.raw_id, CallAction::HangUp));
                }
            }
            commands.push(Command::SetAsking {
                asking: registry.asks(&session.raw_id),
                raw_id: session.raw_id.clone(),
            });
            if registry.sessions_of(&session.raw_id).next().is_none() {
                let raw_id = session.raw_id;
                commands.push(Command::SetOnline {
                    raw_id,
                    online: false,
                });
            }
            left
        };
        self.note_agent(&left.0, &left.1, "signs out");
        for command in commands {
            // A call may be over by now.
            let _ = self.host.command(command);
        }
    }
}

impl Registry {
    /// Whether somebody of an identity wants to be asked before it is transferred.
    fn asks(&self, raw_id: &str) -> bool {
        let mut sessions = self.sessions_of(raw_id);
        sessions.any(|(_, session)| session.asks_before_transfer)
    }

    /// An endpoint that is away declines what it was asked.
    fn declined_by(&mut self, id: &SessionId) {
        let asked: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, moving)| matches!(&moving.stage, Stage::Asking(_, asked) if asked == id))
            .map(|(transfer, _)| transfer.clone())
            .collect();
        for transfer in asked {
            let error = CallEndReason::DECLINED;
            self.decide(&transfer, TransferProgress::Failed { error });
        }
    }
}
