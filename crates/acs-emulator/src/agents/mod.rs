//! Agents of `acs-calling` as parties of the engine: who is signed in, what each is told, and what each asks for.
//!
//! After every command the engine is asked what is new to the parties that somebody waits for, in the calls that
//! were touched; what differs from what they know is told. So an agent is told of everything that happens to it,
//! whoever caused it.

mod asking;
mod calling;
mod look;
mod moving;
mod requests;
mod signing;
mod socket;
mod tell;
mod transfers;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acs_calling::protocol::{
    CallDirection, CallEndReason, CallId, CallSnapshot, CallerInfo, ServerMessage, SessionId,
    TransferRequestId, TransferStatus,
};
use acs_common::{CommunicationIdentifier, ServerCallId};
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::engine::{Command, Engine, Parted, ResultInformation};

use moving::Transfers;

pub use look::{AgentDevice, AgentState, AgentView};
pub(crate) use socket::serve;

/// The end of a call in the words of the Calling SDK, where success has the code 0.
pub(crate) fn reason(result: &ResultInformation) -> CallEndReason {
    let code = if result.code == 200 { 0 } else { result.code };
    CallEndReason::new(code, result.sub_code)
}

/// Those who are signed in. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Agents(Arc<Mutex<Registry>>);

#[derive(Default)]
struct Registry {
    sessions: HashMap<SessionId, Session>,
    /// The sessions of an identity, by raw id.
    by_identity: HashMap<String, Vec<SessionId>>,
    transfers: Transfers,
    /// Calls of which something has changed that only agents know.
    anew: Vec<ServerCallId>,
}

/// How many decided transfers a session remembers.
const DECIDED: usize = 32;

/// An agent on one endpoint.
struct Session {
    identity: CommunicationIdentifier,
    raw_id: String,
    endpoint: String,
    display_name: Option<String>,
    asks_before_transfer: bool,
    /// When its token ends.
    token_ends: DateTime<Utc>,
    /// To its connection; `None` while that is lost.
    sender: Option<mpsc::UnboundedSender<ServerMessage>>,
    /// Counts its connections, so that an old one that ends late takes nothing from a newer one.
    connection: u64,
    calls: HashMap<ServerCallId, Part>,
    /// What it is asked about transfers by applications, by the calls that it is to come into.
    questions: HashMap<ServerCallId, TransferRequestId>,
    /// The latest that were decided, for an agent that was away then.
    decided: VecDeque<TransferStatus>,
}

/// An agent's part in a call.
struct Part {
    id: CallId,
    phase: Phase,
    direction: CallDirection,
    caller: Option<CallerInfo>,
    transferor: Option<CallerInfo>,
    custom: Option<acs_calling::protocol::CustomContext>,
    held: bool,
    /// It is hanging up: the end is its own.
    leaving: bool,
    /// Why this agent is out of the call, where it was taken out.
    parted: Option<CallEndReason>,
    /// Why those did not come whom this agent invited, by raw id, until it is told.
    failed: HashMap<String, CallEndReason>,
    told: Option<CallSnapshot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Ringing,
    In,
}

impl Agents {
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps why somebody is not in a call, for what those whom it concerns are told next.
    pub(crate) fn parted(&self, parted: &Parted) {
        let reason = reason(&parted.result);
        for session in self.lock().sessions.values_mut() {
            let Some(part) = session.calls.get_mut(&parted.server_call_id) else {
                continue;
            };
            if *session.raw_id == *parted.party {
                part.parted = Some(reason);
            } else if parted.invited_by.as_deref() == Some(&*session.raw_id) {
                part.failed.insert(parted.party.to_string(), reason);
            }
        }
    }

    /// Tells everybody what is new to them. `ended` says why calls are over that were there before. Returns what
    /// follows from that.
    pub(crate) fn refresh(
        &self,
        engine: &mut Engine,
        ended: &HashMap<ServerCallId, CallEndReason>,
    ) -> Vec<Command> {
        let mut registry = self.lock();
        let again = std::mem::take(&mut registry.anew);
        let news = engine.news(&again, |call| registry.transfers.concern(call));
        registry.tell(&news, engine, ended)
    }
}

impl Registry {
    /// The sessions of an identity.
    fn sessions_of(&self, raw_id: &str) -> impl Iterator<Item = (&SessionId, &Session)> {
        let ids = self.by_identity.get(raw_id).into_iter().flatten();
        ids.filter_map(|id| self.sessions.get_key_value(id))
    }

    fn admit(&mut self, id: SessionId, session: Session) -> &mut Session {
        let ids = self.by_identity.entry(session.raw_id.clone()).or_default();
        ids.push(id.clone());
        self.sessions.entry(id).insert_entry(session).into_mut()
    }

    fn dismiss(&mut self, id: &SessionId) -> Option<Session> {
        let session = self.sessions.remove(id)?;
        if let Some(ids) = self.by_identity.get_mut(&session.raw_id) {
            ids.retain(|other| other != id);
            if ids.is_empty() {
                self.by_identity.remove(&session.raw_id);
            }
        }
        Some(session)
    }
}

impl Session {
    fn say(&self, message: ServerMessage) {
        if let Some(sender) = &self.sender {
            // A connection that is gone is noticed by whoever reads it.
            let _ = sender.send(message);
        }
    }

    fn part(&self, id: &CallId) -> Option<(&ServerCallId, &Part)> {
        self.calls.iter().find(|(_, part)| part.id == *id)
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agents")
            .field("sessions", &self.lock().sessions.len())
            .finish_non_exhaustive()
    }
}
