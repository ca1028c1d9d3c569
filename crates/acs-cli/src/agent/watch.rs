//! Everything that happens to an agent, as one stream.

use acs_calling::{
    Call, CallAgent, CallState, CollectionUpdate, ConnectionStateChanged, IncomingCall, IncomingEnd,
    RemoteParticipant, Transfer, TransferRequest, TransferState,
};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream, SelectAll};

/// Something that happened.
#[derive(Debug)]
pub(super) enum Happening {
    Connection(ConnectionStateChanged),
    /// The agent is signed out.
    SignedOut,
    Rings(IncomingCall),
    RingingEnded(u32, IncomingEnd),
    Begun(Call),
    State(u32, Call, CallState),
    Participants(u32, CollectionUpdate<RemoteParticipant>),
    Muted(u32, bool),
    TransferredTo(u32, Call),
    Asked(u32, TransferRequest),
    Transfer(u32, TransferState),
}

/// All streams that are listened to.
pub(super) type Happenings = SelectAll<BoxStream<'static, Happening>>;

/// What happens to an agent.
pub(super) fn agent(agent: &CallAgent) -> Happenings {
    let connection = agent.connection_state_changes().map(Happening::Connection);
    let over = stream::iter([Happening::SignedOut]);
    let incoming = agent.incoming_calls().map(Happening::Rings);
    let calls = agent
        .calls_updates()
        .flat_map(|update| stream::iter(update.added).map(Happening::Begun));
    stream::select_all([connection.chain(over).boxed(), incoming.boxed(), calls.boxed()])
}

/// How a call that rings ends.
pub(super) fn incoming(number: u32, call: &IncomingCall) -> BoxStream<'static, Happening> {
    call.ended()
        .map(move |end| Happening::RingingEnded(number, end))
        .boxed()
}

/// What happens to a call.
pub(super) fn call(number: u32, call: &Call) -> Vec<BoxStream<'static, Happening>> {
    let this = call.clone();
    // What is so from the beginning is no news: nobody, and not muted.
    let participants = call
        .remote_participants_updates()
        .map(move |update| Happening::Participants(number, update));
    let muted = call
        .is_muted_changes()
        .skip_while(|muted| std::future::ready(!muted))
        .map(move |muted| Happening::Muted(number, muted));
    let accepted = call
        .transfers_accepted()
        .map(move |accepted| Happening::TransferredTo(number, accepted.target_call));
    let asked = call
        .transfer_requests()
        .map(move |request| Happening::Asked(number, request));
    let states = call
        .state_changes()
        .map(move |state| Happening::State(number, this.clone(), state));
    vec![
        states.boxed(),
        participants.boxed(),
        muted.boxed(),
        accepted.boxed(),
        asked.boxed(),
    ]
}

/// What becomes of a transfer.
pub(super) fn transfer(number: u32, transfer: &Transfer) -> BoxStream<'static, Happening> {
    transfer
        .state_changes()
        .map(move |state| Happening::Transfer(number, state))
        .boxed()
}
