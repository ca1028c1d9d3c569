//! All that an agent knows, and how it changes: a function of what is known and of what comes in. No task, no
//! socket, no clock; time comes in as the time since the agent began.
//!
//! What goes out are messages to the service, answers to requests, and changes to be told. The order of changes
//! is the order in which they happened.

mod calls;
mod incoming;
mod names;
mod transfers;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use acs_common::{CommunicationIdentifier, Secret};

use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::protocol::{
    CallEndReason, CallId, CallSnapshot, ClientMessage, IncomingCallInfo, Refusal, Request, ServerMessage,
    SignedIn, TransferId, TransferRequestId,
};

pub(crate) use calls::Beginning;
use calls::CallEntry;
use incoming::IncomingEntry;
pub use incoming::{IncomingCallHandled, IncomingEnd};
pub(crate) use transfers::Moved;
use transfers::TransferEntry;
pub use transfers::TransferState;

/// Whether incoming calls can arrive.
#[doc(alias = "CallAgentConnectionState")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// They can. A connection that was lost a moment ago and is being made again still counts.
    Connected,
    /// They cannot.
    Disconnected,
}

/// Why an agent is disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionStateChangedReason {
    /// The token has expired or is not valid. The agent does not come back; make a new one.
    InvalidToken,
    /// Several attempts to connect have failed. The agent goes on trying.
    ConnectionIssue,
}

/// The connection state changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionStateChanged {
    /// What it was.
    #[doc(alias = "oldState")]
    pub old_value: ConnectionState,
    /// What it is.
    #[doc(alias = "newState")]
    pub new_value: ConnectionState,
    /// Why; nothing when it is connected again.
    pub reason: Option<ConnectionStateChangedReason>,
}

/// What follows.
#[derive(Debug)]
pub(crate) enum Output {
    /// To be sent on the connection of the day.
    Send(ClientMessage),
    /// A request was carried out or not. Once for each number.
    Done(u64, Result<(), Error>),
    CallAdded(CallSnapshot),
    Call(CallSnapshot),
    /// The call has another id from now on.
    CallRenamed(CallId, CallId),
    MutedByOthers(CallId),
    CallRemoved(CallId),
    Incoming(IncomingCallInfo),
    /// More is known of a call that rings.
    IncomingChanged(IncomingCallInfo),
    IncomingHandled(IncomingCallHandled),
    IncomingEnded(CallId, IncomingEnd),
    Transfer(TransferId, TransferState),
    TransferAccepted {
        call: CallId,
        target: CallId,
    },
    TransferRequested {
        request: TransferRequestId,
        call: CallId,
        target: Option<CommunicationIdentifier>,
    },
    Connection(ConnectionStateChanged),
    /// Nothing follows any more.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Up,
    Down {
        since: Duration,
        failed: u32,
    },
    /// Signed out, by either side.
    Over,
}

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    /// Nothing more than its answer.
    Plain,
    Start(CallId),
    Accept(CallId),
    Reject(CallId),
    HangUp(CallId),
    Hold(CallId),
    Resume(CallId),
    Mute(CallId),
    Transfer(TransferId),
}

#[derive(Clone, Debug)]
struct Pending {
    purpose: Purpose,
    due: Duration,
}

/// One agent.
#[derive(Debug)]
pub(crate) struct Machine {
    link: Link,
    connection: ConnectionState,
    calls: BTreeMap<CallId, CallEntry>,
    incoming: BTreeMap<CallId, IncomingEntry>,
    transfers: BTreeMap<TransferId, TransferEntry>,
    /// Questions to this endpoint as the transferee.
    questions: BTreeMap<TransferRequestId, CallId>,
    pending: BTreeMap<u64, Pending>,
    last_request: u64,
    /// Counts calls that became active, to know the latest.
    activations: u64,
    outputs: Vec<Output>,
}

impl Machine {
    /// An agent that has just signed in.
    pub(crate) fn new() -> Self {
        Self {
            link: Link::Up,
            connection: ConnectionState::Connected,
            calls: BTreeMap::new(),
            incoming: BTreeMap::new(),
            transfers: BTreeMap::new(),
            questions: BTreeMap::new(),
            pending: BTreeMap::new(),
            // The number 1 was the sign-in.
            last_request: 1,
            activations: 0,
            outputs: Vec::new(),
        }
    }

    /// Takes what has to be done.
    pub(crate) fn drain(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs)
    }

    pub(crate) fn connection(&self) -> ConnectionState {
        self.connection
    }

    /// When [`tick`](Self::tick) is to be called next.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let pending = self.pending.values().map(|pending| pending.due);
        let calls = self.calls.values().filter_map(|call| call.set_up_by);
        let transfers = self.transfers.values().map(|transfer| transfer.due);
        let link = match self.link {
            Link::Down { since, .. } if !(self.calls.is_empty() && self.incoming.is_empty()) => {
                Some(since + limits::RECONNECT)
            }
            _ => None,
        };
        pending.chain(calls).chain(transfers).chain(link).min()
    }

    /// Time passed.
    pub(crate) fn tick(&mut self, now: Duration) {
        // Transfers first: what a lost connection does to calls must not give them another reason.
        self.tick_transfers(now);
        let late: Vec<u64> = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.due <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let reason = CallEndReason::TIMED_OUT;
            let error =
                Error::new(ErrorKind::Timeout, "the service did not answer in time").with_reason(reason);
            self.answered(now, id, Err((reason, error)));
        }
        self.tick_calls(now);
        if let Link::Down { since, .. } = self.link
            && since + limits::RECONNECT <= now
        {
            self.end_everything(CallEndReason::NETWORK_LOST);
        }
    }

    /// The connection is lost. Calls wait for it to come back.
    pub(crate) fn lost(&mut self, now: Duration) {
        if self.link != Link::Up {
            return;
        }
        self.link = Link::Down {
            since: now,
            failed: 0,
        };
        for id in self.pending.keys().copied().collect::<Vec<_>>() {
            let reason = CallEndReason::REQUEST_LOST;
            let error = Error::new(
                ErrorKind::ConnectionLost,
                "the connection was lost before the service answered",
            )
            .with_reason(reason);
            self.answered(now, id, Err((reason, error)));
        }
        self.questions.clear();
    }

    /// An attempt to connect again failed.
    pub(crate) fn attempt_failed(&mut self) {
        let Link::Down { failed, .. } = &mut self.link else {
            return;
        };
        *failed = failed.saturating_add(1);
        if *failed >= limits::ATTEMPTS_BEFORE_DISCONNECTED {
            self.connect_state(
                ConnectionState::Disconnected,
                Some(ConnectionStateChangedReason::ConnectionIssue),
            );
        }
    }

    /// The token has ended the agent.
    pub(crate) fn token_invalid(&mut self) {
        if self.link == Link::Over {
            return;
        }
        self.close(CallEndReason::INVALID_TOKEN, "the token is not valid any more");
        self.connect_state(
            ConnectionState::Disconnected,
            Some(ConnectionStateChangedReason::InvalidToken),
        );
        self.outputs.push(Output::Over);
    }

    /// The agent leaves.
    pub(crate) fn dispose(&mut self) {
        if self.link == Link::Over {
            return;
        }
        if self.link == Link::Up {
            self.last_request += 1;
            self.outputs.push(Output::Send(ClientMessage {
                id: self.last_request,
                request: Request::SignOut,
            }));
        }
        self.close(CallEndReason::HUNG_UP, "the agent was disposed of");
        self.connection = ConnectionState::Disconnected;
        self.outputs.push(Output::Over);
    }

    fn close(&mut self, reason: CallEndReason, why: &str) {
        self.link = Link::Over;
        for (id, _) in std::mem::take(&mut self.pending) {
            let error = Error::new(ErrorKind::Disposed, why).with_reason(reason);
            self.outputs.push(Output::Done(id, Err(error)));
        }
        self.end_everything(reason);
        for id in self.transfers.keys().cloned().collect::<Vec<_>>() {
            self.transfer_failed(&id, reason);
        }
    }

    fn end_everything(&mut self, reason: CallEndReason) {
        let calls: Vec<(CallId, bool)> = self
            .calls
            .iter()
            .map(|(id, entry)| (id.clone(), entry.leaving))
            .collect();
        for (id, left) in calls {
            // What this side was leaving has been left.
            let reason = if left { CallEndReason::HUNG_UP } else { reason };
            self.end_call(&id, reason);
        }
        for id in self.incoming.keys().cloned().collect::<Vec<_>>() {
            self.incoming_ended(&id, reason);
        }
        self.questions.clear();
    }

    fn connect_state(&mut self, new_value: ConnectionState, reason: Option<ConnectionStateChangedReason>) {
        let old_value = std::mem::replace(&mut self.connection, new_value);
        let told = ConnectionStateChanged {
            old_value,
            new_value,
            reason,
        };
        // An agent that was cut off and then loses its token has a new reason.
        let final_word = reason == Some(ConnectionStateChangedReason::InvalidToken);
        if old_value != new_value || final_word {
            self.outputs.push(Output::Connection(told));
        }
    }

    /// Signed in again.
    pub(crate) fn signed_in(&mut self, now: Duration, signed_in: SignedIn) {
        if !matches!(self.link, Link::Down { .. }) {
            return;
        }
        self.link = Link::Up;
        self.connect_state(ConnectionState::Connected, None);
        self.reconcile_calls(now, signed_in.calls);
        self.reconcile_incoming(signed_in.incoming);
        self.reconcile_transfers(now, &signed_in.transfers);
    }

    /// The service said something.
    pub(crate) fn message(&mut self, now: Duration, message: ServerMessage) {
        if self.link != Link::Up {
            return;
        }
        match message {
            ServerMessage::Reply { id, error } => {
                let result = match error {
                    None => Ok(()),
                    Some(refusal) => Err((refusal.reason(), self.refused(id, &refusal))),
                };
                self.answered(now, id, result);
            }
            ServerMessage::Call { call } => self.call_changed(now, call),
            ServerMessage::IncomingCall { incoming } => self.rings(incoming),
            ServerMessage::IncomingCallEnded { call, reason } => self.incoming_ended(&call, reason),
            ServerMessage::Transfer { transfer } => self.transfer_progress(now, &transfer),
            ServerMessage::TransferAccepted { call, target_call } => {
                self.transfer_accepted(now, call, target_call);
            }
            ServerMessage::TransferRequested {
                transfer_request,
                call,
                target,
            } => self.asked(now, transfer_request, call, target),
            ServerMessage::TransferRequestEnded { transfer_request } => {
                self.questions.remove(&transfer_request);
            }
            ServerMessage::SignedOut { .. } => self.token_invalid(),
            // A second sign-in on one connection says nothing, and what is newer than this is passed over.
            ServerMessage::SignedIn(_) | ServerMessage::Unknown => {}
        }
    }

    fn refused(&self, id: u64, refusal: &Refusal) -> Error {
        let purpose = self.pending.get(&id).map(|pending| &pending.purpose);
        let kind = match (purpose, refusal.code, refusal.sub_code) {
            (Some(Purpose::Accept(_) | Purpose::Reject(_)), _, _) | (_, 400, Some(41_006 | 41_007)) => {
                ErrorKind::NoLongerRinging
            }
            (_, 404, _) => ErrorKind::CallNotFound,
            (_, 401, _) => ErrorKind::InvalidToken,
            _ => ErrorKind::Refused,
        };
        Error::refused(kind, refusal)
    }

    /// A request has its answer, or will have none.
    fn answered(&mut self, now: Duration, id: u64, result: Result<(), (CallEndReason, Error)>) {
        let Some(Pending { purpose, .. }) = self.pending.remove(&id) else {
            return;
        };
        let refused = result.as_ref().err().map(|(reason, _)| *reason);
        let mut result = result.map_err(|(_, error)| error);
        match &purpose {
            Purpose::Plain => {}
            Purpose::Start(call) => self.started(call, refused),
            Purpose::Accept(call) => self.accepted(call, refused),
            Purpose::Reject(call) => self.rejected(call, refused),
            Purpose::HangUp(call) => {
                self.hung_up(call, refused);
                result = Ok(());
            }
            Purpose::Hold(call) => self.held(now, call, refused),
            Purpose::Resume(call) => self.resumed(now, call, refused),
            Purpose::Mute(call) => self.mute_answered(call, refused),
            Purpose::Transfer(transfer) => self.transfer_answered(now, transfer, refused),
        }
        self.outputs.push(Output::Done(id, result));
    }

    /// Sends a request. The link is known to be up.
    fn send(&mut self, now: Duration, request: Request, purpose: Purpose) -> u64 {
        self.last_request += 1;
        let id = self.last_request;
        let due = now + limits::REQUEST;
        self.pending.insert(id, Pending { purpose, due });
        self.outputs.push(Output::Send(ClientMessage { id, request }));
        id
    }

    /// Whether something can be sent now.
    fn linked(&self) -> Result<(), Error> {
        match self.link {
            Link::Up => Ok(()),
            Link::Down { .. } => Err(Error::new(
                ErrorKind::NotConnected,
                "there is no connection to the service; the agent is reconnecting",
            )),
            Link::Over => Err(Error::new(ErrorKind::Disposed, "the agent has signed out")),
        }
    }

    /// A fresher token goes to the service.
    pub(crate) fn update_token(&mut self, now: Duration, token: Secret) -> Result<u64, Error> {
        self.linked()?;
        Ok(self.send(now, Request::UpdateToken { token }, Purpose::Plain))
    }
}
