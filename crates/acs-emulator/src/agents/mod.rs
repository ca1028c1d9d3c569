//! Agents of `acs-calling` as parties of the engine: who is signed in, what each is told, and what each asks for.
//!
//! After every command the engine is asked what the parties that somebody waits for see of their calls; what is new
//! in that is told. So an agent is told of everything that happens to it, whoever caused it.

mod requests;
mod signing;
mod socket;
mod tell;
mod transfers;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acs_calling::protocol::{
    CallDirection, CallEndReason, CallId, CallSnapshot, CallerInfo, ServerMessage, SessionId, TransferId,
    TransferRequestId, TransferStatus,
};
use acs_common::{CommunicationIdentifier, ServerCallId};
use tokio::sync::mpsc;

use crate::engine::{Command, CustomContext, Engine, ResultInformation};

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
    transfers: HashMap<TransferId, Moving>,
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
    /// To its connection; `None` while that is lost.
    sender: Option<mpsc::UnboundedSender<ServerMessage>>,
    /// Counts its connections, so that an old one that ends late takes nothing from a newer one.
    connection: u64,
    calls: HashMap<ServerCallId, Part>,
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
    told: Option<CallSnapshot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Ringing,
    In,
}

/// A transfer under way.
struct Moving {
    transferor: SessionId,
    /// Shown to the target.
    transferor_identity: CommunicationIdentifier,
    /// The call between transferor and transferee.
    from: ServerCallId,
    transferee: CommunicationIdentifier,
    target: CommunicationIdentifier,
    /// The call that the new one takes the place of.
    replaces: Option<ServerCallId>,
    custom: CustomContext,
    stage: Stage,
    /// The transferor has hung up: the end of its call says nothing any more.
    left: bool,
}

enum Stage {
    /// The transferee is asked.
    Asking(TransferRequestId, SessionId),
    /// The target is rung in this call.
    Calling(ServerCallId),
}

impl Agents {
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody what is new to them. `ended` says why calls are over that were there before. Returns what
    /// follows from that.
    pub(crate) fn refresh(
        &self,
        engine: &Engine,
        ended: &HashMap<ServerCallId, CallEndReason>,
    ) -> Vec<Command> {
        let mut registry = self.lock();
        if registry.sessions.is_empty() {
            return Vec::new();
        }
        registry.refresh(engine, ended)
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
