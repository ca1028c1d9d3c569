//! Everything that happens to an agent, or in a call, in one stream.

use std::sync::{Arc, Weak};

use crate::agent::cells::{CallCell, IncomingCell, Question};
use crate::call::{Call, TransferAccepted, TransferRequest};
use crate::changes::{CollectionUpdate, handle_stream};
use crate::incoming::IncomingCall;
use crate::machine::{ConnectionStateChanged, IncomingCallHandled};
use crate::protocol::{CallId, CallState, CallerInfo, RemoteParticipant};

/// Something happened to an agent; see [`CallAgent::events`](crate::CallAgent::events).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallAgentEvent {
    /// A call rings here.
    IncomingCall(IncomingCall),
    /// A notification of a call was dealt with, after [`IncomingCall`](Self::IncomingCall) where that came of it.
    IncomingCallHandled(IncomingCallHandled),
    /// Calls began or ended. The first one of a stream holds all that there are.
    CallsUpdated(CollectionUpdate<Call>),
    /// Incoming calls can arrive again, or not any more.
    ConnectionStateChanged(ConnectionStateChanged),
}

/// Something happened in a call; see [`Call::events`].
#[derive(Debug)]
#[non_exhaustive]
pub enum CallEvent {
    /// It is in this state. The first one of a stream is the state of now.
    StateChanged(CallState),
    /// It is called so from now on.
    IdChanged(CallId),
    /// This agent is muted, or not any more. The first one of a stream is how it is now.
    IsMutedChanged(bool),
    /// Somebody else muted this agent; [`IsMutedChanged`](Self::IsMutedChanged) comes, too.
    MutedByOthers,
    /// More, or something else, is known of the caller.
    CallerInfoChanged(Option<CallerInfo>),
    /// More, or something else, is known of who transferred the call here.
    TransferorInfoChanged(Option<CallerInfo>),
    /// Others came, changed or left. The first one of a stream holds all that are there.
    RemoteParticipantsUpdated(CollectionUpdate<RemoteParticipant>),
    /// This agent was transferred.
    TransferAccepted(TransferAccepted),
    /// This agent is asked whether it may be transferred. Dropping the request declines, unless somebody reads
    /// [`Call::transfer_requests`] as well: then it is answered there.
    TransferRequested(TransferRequest),
}

/// What the stream of an agent is made of.
#[derive(Clone, Debug)]
pub(crate) enum AgentNews {
    Incoming(Arc<IncomingCell>),
    Handled(IncomingCallHandled),
    Calls(CollectionUpdate<Arc<CallCell>>),
    Connection(ConnectionStateChanged),
}

/// What the stream of a call is made of.
#[derive(Clone, Debug)]
pub(crate) enum CallNews {
    State(CallState),
    Id(CallId),
    Muted(bool),
    MutedByOthers,
    Caller(Option<CallerInfo>),
    Transferor(Option<CallerInfo>),
    Participants(CollectionUpdate<RemoteParticipant>),
    Accepted(Arc<CallCell>),
    Question(Question, Weak<CallCell>),
}

handle_stream! {
    /// All that happens to an agent; see [`Changes`](crate::Changes) for what a stream promises.
    pub CallAgentEvents, AgentNews => CallAgentEvent, |agent, news| match news {
        AgentNews::Incoming(cell) => CallAgentEvent::IncomingCall(IncomingCall::new(agent, cell)),
        AgentNews::Handled(handled) => CallAgentEvent::IncomingCallHandled(handled),
        AgentNews::Calls(update) => CallAgentEvent::CallsUpdated(Call::update(agent, update)),
        AgentNews::Connection(changed) => CallAgentEvent::ConnectionStateChanged(changed),
    }
}

handle_stream! {
    /// All that happens in a call; see [`Changes`](crate::Changes) for what a stream promises.
    pub CallEvents, CallNews => CallEvent, |agent, news| match news {
        CallNews::State(state) => CallEvent::StateChanged(state),
        CallNews::Id(id) => CallEvent::IdChanged(id),
        CallNews::Muted(muted) => CallEvent::IsMutedChanged(muted),
        CallNews::MutedByOthers => CallEvent::MutedByOthers,
        CallNews::Caller(caller) => CallEvent::CallerInfoChanged(caller),
        CallNews::Transferor(transferor) => CallEvent::TransferorInfoChanged(transferor),
        CallNews::Participants(update) => CallEvent::RemoteParticipantsUpdated(update),
        CallNews::Accepted(cell) => {
            CallEvent::TransferAccepted(TransferAccepted { target_call: Call::new(agent, cell) })
        }
        CallNews::Question(question, call) => {
            CallEvent::TransferRequested(TransferRequest::overheard(agent, question, call))
        }
    }
}
