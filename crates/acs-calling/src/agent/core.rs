//! The machine behind a lock, and what carries its outputs out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acs_common::CommunicationIdentifier;
use futures::future::BoxFuture;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use super::cells::{CallCell, IncomingCell, Question, TransferCell, lock};
use crate::changes::{CollectionUpdate, Log};
use crate::error::{Error, ErrorKind};
use crate::events::AgentNews;
use crate::machine::{ConnectionStateChanged, IncomingCallHandled, Machine, Moved, Output};
use crate::protocol::{CallId, ClientMessage, TransferId};

/// One agent, as its handles and its tasks see it.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) identity: CommunicationIdentifier,
    pub(crate) display_name: Option<String>,
    started: Instant,
    state: Mutex<State>,
    /// Something may be due at another time.
    pub(crate) rescheduled: Notify,
    /// Nothing goes on any more.
    pub(crate) over: watch::Sender<bool>,
    /// The farewell was said, or there was nobody to say it to.
    pub(crate) gone: watch::Sender<bool>,
    pub(crate) incoming: Log<Arc<IncomingCell>>,
    pub(crate) handled: Log<IncomingCallHandled>,
    pub(crate) calls: Log<CollectionUpdate<Arc<CallCell>>>,
    pub(crate) connection: Log<ConnectionStateChanged>,
    /// All of that in one, for as long as somebody listens.
    news: Log<AgentNews>,
}

#[derive(Debug)]
struct State {
    machine: Machine,
    /// To the connection of the day.
    link: Option<mpsc::UnboundedSender<ClientMessage>>,
    calls: HashMap<CallId, Arc<CallCell>>,
    /// Their order is that of their beginning.
    order: Vec<CallId>,
    incoming: HashMap<CallId, Arc<IncomingCell>>,
    transfers: HashMap<TransferId, Arc<TransferCell>>,
    waiting: HashMap<u64, oneshot::Sender<Result<(), Error>>>,
}

impl Core {
    pub(crate) fn new(identity: CommunicationIdentifier, display_name: Option<String>) -> Self {
        Self {
            identity,
            display_name,
            started: Instant::now(),
            state: Mutex::new(State {
                machine: Machine::new(),
                link: None,
                calls: HashMap::new(),
                order: Vec::new(),
                incoming: HashMap::new(),
                transfers: HashMap::new(),
                waiting: HashMap::new(),
            }),
            rescheduled: Notify::new(),
            over: watch::Sender::new(false),
            gone: watch::Sender::new(false),
            incoming: Log::default(),
            handled: Log::default(),
            calls: Log::default(),
            connection: Log::default(),
            news: Log::default(),
        }
    }

    /// Something happens at the time of now, and what follows is carried out before anything else happens.
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut Machine, Duration) -> R) -> R {
        let mut state = lock(&self.state);
        let result = step(&mut state.machine, self.started.elapsed());
        self.carry_out(&mut state);
        result
    }

    /// Something is asked for, and its answer waited for. Dropping the future does not take it back.
    ///
    /// # Errors
    ///
    /// Those of the step, at once, and those of the answer.
    pub(crate) fn ask(
        &self,
        step: impl FnOnce(&mut Machine, Duration) -> Result<Option<u64>, Error>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let answer = {
            let mut state = lock(&self.state);
            let number = step(&mut state.machine, self.started.elapsed());
            let answer = number.map(|number| {
                number.map(|number| {
                    let (sender, receiver) = oneshot::channel();
                    state.waiting.insert(number, sender);
                    receiver
                })
            });
            self.carry_out(&mut state);
            answer
        };
        Box::pin(async move {
            match answer? {
                None => Ok(()),
                Some(answer) => answer
                    .await
                    .unwrap_or_else(|_| Err(Error::new(ErrorKind::Disposed, "the agent is gone"))),
            }
        })
    }

    pub(crate) fn transfer(
        &self,
        id: &TransferId,
        call: &CallCell,
        mut wanted: Moved,
    ) -> Result<Arc<TransferCell>, Error> {
        let mut state = lock(&self.state);
        // From here on it does not change.
        wanted.call = call.id();
        let result = state.machine.transfer(self.started.elapsed(), id, wanted);
        let cell = Arc::new(TransferCell::new(id.clone()));
        if result.is_ok() {
            state.transfers.insert(id.clone(), Arc::clone(&cell));
        }
        self.carry_out(&mut state);
        result.map(|()| cell)
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        let state = lock(&self.state);
        state.machine.next_due().map(|due| self.started + due)
    }

    /// A connection is there: what is sent from now on comes out of the receiver.
    pub(crate) fn linked(&self) -> mpsc::UnboundedReceiver<ClientMessage> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.state).link = Some(sender);
        receiver
    }

    pub(crate) fn lost(&self) {
        let mut state = lock(&self.state);
        state.link = None;
        state.machine.lost(self.started.elapsed());
        self.carry_out(&mut state);
    }

    pub(crate) fn connection_state(&self) -> crate::ConnectionState {
        lock(&self.state).machine.connection()
    }

    /// Signs out, and waits until the service knows or is not to be waited for.
    pub(crate) async fn leave(&self) {
        self.step(|machine, _| machine.dispose());
        // The sender is a part of this, so waiting for it does not fail.
        let _ = self.gone.subscribe().wait_for(|gone| *gone).await;
    }

    /// The live calls, and with them a place in the log of their changes, without a gap between.
    pub(crate) fn calls(&self) -> Vec<Arc<CallCell>> {
        Self::live(&lock(&self.state))
    }

    pub(crate) fn calls_and_updates(&self) -> crate::Changes<CollectionUpdate<Arc<CallCell>>> {
        let state = lock(&self.state);
        self.calls.starting_now(Some(CollectionUpdate {
            added: Self::live(&state),
            removed: Vec::new(),
        }))
    }

    /// What is there, and what follows.
    pub(crate) fn news(&self) -> crate::Changes<AgentNews> {
        let state = lock(&self.state);
        let connection = self.connection.kept().into_iter().map(AgentNews::Connection);
        let calls = AgentNews::Calls(CollectionUpdate {
            added: Self::live(&state),
            removed: Vec::new(),
        });
        let handled = self.handled.kept().into_iter().map(AgentNews::Handled);
        let ringing = self.incoming.kept().into_iter();
        let ringing = ringing.filter(|cell| lock(&cell.end).is_none());
        let initial = connection
            .chain([calls])
            .chain(ringing.map(AgentNews::Incoming))
            .chain(handled);
        self.news.starting_now(initial)
    }

    /// One more change, in its own log and in that of all.
    fn tell<T: Clone>(&self, log: &Log<T>, value: T, news: fn(T) -> AgentNews) {
        self.news.push_if_read(|| news(value.clone()));
        log.push(value);
    }

    fn live(state: &State) -> Vec<Arc<CallCell>> {
        let cells = state.order.iter().filter_map(|id| state.calls.get(id));
        cells.cloned().collect()
    }

    pub(crate) fn cell(&self, id: &CallId) -> Option<Arc<CallCell>> {
        lock(&self.state).calls.get(id).cloned()
    }

    /// Runs something while nothing can happen.
    pub(crate) fn still<R>(&self, run: impl FnOnce() -> R) -> R {
        let _state = lock(&self.state);
        run()
    }

    fn carry_out(&self, state: &mut State) {
        for output in state.machine.drain() {
            match output {
                Output::Send(message) => {
                    if let Some(link) = &state.link {
                        // A connection that is gone is told as lost by whoever reads it.
                        let _ = link.send(message);
                    }
                }
                Output::Done(number, result) => {
                    if let Some(waiting) = state.waiting.remove(&number) {
                        let _ = waiting.send(result);
                    }
                }
                Output::CallAdded(view) => {
                    let id = view.id.clone();
                    let cell = Arc::new(CallCell::new(view));
                    state.calls.insert(id.clone(), Arc::clone(&cell));
                    state.order.push(id);
                    let added = CollectionUpdate {
                        added: vec![cell],
                        removed: Vec::new(),
                    };
                    self.tell(&self.calls, added, AgentNews::Calls);
                }
                Output::Call(view) => {
                    if let Some(cell) = state.calls.get(&view.id) {
                        tracing::debug!(call = %view.id, state = ?view.state, "call");
                        cell.change(view);
                    }
                }
                Output::CallRenamed(old, new) => Self::rename(state, &old, &new),
                Output::MutedByOthers(id) => {
                    if let Some(cell) = state.calls.get(&id) {
                        cell.muted_by_others();
                    }
                }
                Output::CallRemoved(id) => {
                    state.order.retain(|other| *other != id);
                    if let Some(cell) = state.calls.remove(&id) {
                        cell.close();
                        let removed = CollectionUpdate {
                            added: Vec::new(),
                            removed: vec![cell],
                        };
                        self.tell(&self.calls, removed, AgentNews::Calls);
                    }
                }
                Output::Incoming(info) => {
                    let cell = Arc::new(IncomingCell::new(info));
                    state.incoming.insert(cell.id.clone(), Arc::clone(&cell));
                    self.tell(&self.incoming, cell, AgentNews::Incoming);
                }
                Output::IncomingChanged(info) => {
                    if let Some(cell) = state.incoming.get(&info.id) {
                        cell.change(info);
                    }
                }
                Output::IncomingHandled(handled) => self.tell(&self.handled, handled, AgentNews::Handled),
                Output::IncomingEnded(id, end) => {
                    if let Some(cell) = state.incoming.remove(&id) {
                        cell.end(end);
                    }
                }
                Output::Transfer(id, progress) => {
                    if let Some(cell) = state.transfers.get(&id) {
                        tracing::debug!(transfer = %id, state = ?progress, "transfer");
                        cell.change(progress);
                    }
                    if progress.is_final() {
                        state.transfers.remove(&id);
                    }
                }
                Output::TransferAccepted { call, target } => {
                    if let (Some(old), Some(new)) = (state.calls.get(&call), state.calls.get(&target)) {
                        old.accepted(new);
                    }
                }
                Output::TransferRequested {
                    request,
                    call,
                    target,
                } => {
                    if let Some(cell) = state.calls.get(&call) {
                        cell.asked(Question { id: request, target });
                    }
                }
                Output::Connection(changed) => self.tell(&self.connection, changed, AgentNews::Connection),
                Output::Over => {
                    self.incoming.close();
                    self.handled.close();
                    self.news.close();
                    self.calls.close();
                    self.connection.close();
                    state.link = None;
                    self.over.send_replace(true);
                }
            }
        }
        self.rescheduled.notify_one();
    }

    fn rename(state: &mut State, old: &CallId, new: &CallId) {
        if let Some(cell) = state.calls.remove(old) {
            tracing::debug!(call = %old, %new, "the call has another id");
            cell.rename(new.clone());
            state.calls.insert(new.clone(), cell);
        }
        if let Some(cell) = state.incoming.remove(old) {
            state.incoming.insert(new.clone(), cell);
        }
        for id in &mut state.order {
            if id == old {
                *id = new.clone();
            }
        }
    }
}
