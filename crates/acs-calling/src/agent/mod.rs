//! An agent: somebody who is signed in and can be called.

pub(crate) mod cells;
pub(crate) mod core;
pub(crate) mod task;

use std::fmt;
use std::sync::Arc;

use acs_common::CommunicationIdentifier;

use self::cells::{CallCell, lock};
use self::core::Core;
use crate::call::{Call, StartCallOptions};
use crate::changes::{Changes, CollectionUpdate, handle_stream};
use crate::error::{Error, ErrorKind};
use crate::events::CallAgentEvents;
use crate::incoming::IncomingCall;
use crate::machine::{Beginning, ConnectionState, ConnectionStateChanged, IncomingCallHandled};
use crate::protocol::{CallId, CallLocator};

/// What every handle of an agent holds. The agent signs out when the last one is gone.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) core: Arc<Core>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.core.step(|machine, _| machine.dispose());
    }
}

/// Whether an agent is asked before it is transferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferPolicy {
    /// It goes along, as with the Calling SDK.
    #[default]
    AutoAccept,
    /// It is asked, and the target is rung only if it agrees. An extension of ours: see
    /// [`Call::transfer_requests`].
    Ask,
}

/// How an agent signs in.
#[derive(Clone, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct CallAgentOptions {
    /// The name that others see in new calls.
    pub display_name: Option<String>,
    /// Whether it is asked before it is transferred.
    pub transfer_policy: TransferPolicy,
}

impl CallAgentOptions {
    /// Sets the name that others see.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Sets whether it is asked before it is transferred.
    pub fn transfer_policy(mut self, policy: TransferPolicy) -> Self {
        self.transfer_policy = policy;
        self
    }
}

impl From<()> for CallAgentOptions {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<&str> for CallAgentOptions {
    fn from(display_name: &str) -> Self {
        Self::default().display_name(display_name)
    }
}

/// Somebody who is signed in. Cheap to clone; every clone is the same agent.
///
/// The agent signs out when [`dispose`](Self::dispose) is called, or when the last handle to it, to its calls
/// and to its streams is gone.
#[derive(Clone)]
pub struct CallAgent {
    pub(crate) shared: Arc<Shared>,
}

impl CallAgent {
    /// Whose agent it is.
    pub fn identity(&self) -> &CommunicationIdentifier {
        &self.shared.core.identity
    }

    /// The name that others see.
    pub fn display_name(&self) -> Option<&str> {
        self.shared.core.display_name.as_deref()
    }

    /// Whether incoming calls can arrive.
    pub fn connection_state(&self) -> ConnectionState {
        self.shared.core.connection_state()
    }

    /// All changes of the connection state since the agent was made, as far as they are kept. It ends with the
    /// agent.
    #[doc(alias = "connectionStateChanged")]
    pub fn connection_state_changes(&self) -> Changes<ConnectionStateChanged> {
        self.shared.core.connection.starting_first()
    }

    /// Calls that ring here. A reader who comes late still sees those that ring.
    #[doc(alias = "incomingCall")]
    pub fn incoming_calls(&self) -> IncomingCalls {
        IncomingCalls {
            inner: IncomingStream {
                changes: self.shared.core.incoming.starting_first(),
                agent: Arc::clone(&self.shared),
            },
            skipping: true,
        }
    }

    /// What became of each notification of a call: one item for each, also for who comes late.
    #[doc(alias = "handleIncomingCall")]
    pub fn incoming_calls_handled(&self) -> Changes<IncomingCallHandled> {
        self.shared.core.handled.starting_first()
    }

    /// Everything in one stream, in the order in which it happened. It begins with what the single streams begin
    /// with: the changes of the connection so far, all calls, calls that ring, and what became of notifications. So
    /// one who comes late misses no call that rings. Readers take nothing from each other, nor from the single
    /// streams.
    pub fn events(&self) -> CallAgentEvents {
        CallAgentEvents::new(&self.shared, self.shared.core.news())
    }

    /// The calls that are not over, in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        let cells = self.shared.core.calls().into_iter();
        cells.map(|cell| Call::new(&self.shared, cell)).collect()
    }

    /// What comes into [`calls`](Self::calls) and leaves it; the first update holds all that are there.
    #[doc(alias = "callsUpdated")]
    pub fn calls_updates(&self) -> CallsUpdates {
        CallsUpdates {
            changes: self.shared.core.calls_and_updates(),
            agent: Arc::clone(&self.shared),
        }
    }

    /// Calls one or several; returns once the service has taken it on. Calls that are connected are put on hold
    /// when this one is answered. It has 85 s to be answered, 115 s where a telephone is among the called.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for no participants, one named twice, the agent itself, a telephone without
    /// an alternate caller id, or headers that are too long; [`ErrorKind::NotConnected`] while there is no
    /// connection, [`ErrorKind::Refused`] with the service's codes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not take the call back; it is among [`calls`](Self::calls).
    pub async fn start_call(
        &self,
        participants: impl IntoIterator<Item = impl Into<CommunicationIdentifier>>,
        options: impl Into<StartCallOptions>,
    ) -> Result<Call, Error> {
        let participants: Vec<CommunicationIdentifier> = participants.into_iter().map(Into::into).collect();
        let options = options.into();
        options.check(&participants, self.identity())?;
        let beginning = Beginning::Start {
            participants,
            alternate_caller_id: options.alternate_caller_id,
            custom_context: options.custom_context,
        };
        self.begin(beginning, options.muted).await
    }

    /// Joins a group call or a room.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a group id that is no GUID or an empty room id,
    /// [`ErrorKind::NotConnected`] while there is no connection, [`ErrorKind::Refused`] with the service's codes.
    pub async fn join(
        &self,
        locator: CallLocator,
        options: impl Into<JoinCallOptions>,
    ) -> Result<Call, Error> {
        match &locator {
            CallLocator::Group { group_id } if uuid::Uuid::parse_str(group_id).is_err() => {
                return Err(Error::input("group_id", "expected a GUID"));
            }
            CallLocator::Room { room_id } if room_id.trim().is_empty() => {
                return Err(Error::input("room_id", "expected the id of a room"));
            }
            _ => {}
        }
        self.begin(Beginning::Join(locator), options.into().muted).await
    }

    async fn begin(&self, beginning: Beginning, muted: bool) -> Result<Call, Error> {
        let core = &self.shared.core;
        let id = CallId::random();
        let mut cell = None;
        let answer = core.ask(|machine, now| machine.begin(now, id.clone(), beginning, muted).map(Some));
        // It is there as soon as it was asked for, unless it was refused at once.
        if let Some(begun) = core.cell(&id) {
            cell = Some(begun);
        }
        answer.await?;
        let cell = cell.ok_or_else(|| Error::new(ErrorKind::CallNotFound, "the call is over"))?;
        Ok(Call::new(&self.shared, cell))
    }

    /// Signs out. Calls that are not over are left. Returns once the service knows, so that the identity can sign
    /// in again; a service that does not answer is waited for no longer than 2 s.
    ///
    /// # Cancel safety
    ///
    /// The agent is over as soon as the future was polled; dropping it gives up waiting only.
    pub async fn dispose(self) {
        self.shared.core.leave().await;
    }
}

impl fmt::Debug for CallAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallAgent")
            .field("identity", self.identity())
            .field("connection_state", &self.connection_state())
            .finish_non_exhaustive()
    }
}

/// How a group call or a room is joined.
#[derive(Clone, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct JoinCallOptions {
    /// Whether it begins muted.
    pub muted: bool,
}

impl JoinCallOptions {
    /// Sets whether it begins muted.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }
}

impl From<()> for JoinCallOptions {
    fn from((): ()) -> Self {
        Self::default()
    }
}

handle_stream! {
    /// What comes into the calls of an agent and leaves them; see [`Changes`] for what a stream promises.
    pub CallsUpdates, CollectionUpdate<Arc<CallCell>> => CollectionUpdate<Call>, |agent, update| {
        Call::update(agent, update)
    }
}

handle_stream! {
    /// Calls that rang.
    IncomingStream, Arc<cells::IncomingCell> => IncomingCall, IncomingCall::new
}

/// Calls that ring; see [`Changes`] for what a stream promises. Calls that had ended before the stream was first
/// read are passed over.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct IncomingCalls {
    inner: IncomingStream,
    skipping: bool,
}

impl futures::Stream for IncomingCalls {
    type Item = IncomingCall;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<IncomingCall>> {
        loop {
            let next = std::pin::Pin::new(&mut self.inner).poll_next(context);
            match &next {
                std::task::Poll::Ready(Some(call)) if self.skipping && lock(&call.cell.end).is_some() => {}
                std::task::Poll::Ready(Some(_)) | std::task::Poll::Pending => {
                    self.skipping = false;
                    return next;
                }
                std::task::Poll::Ready(None) => return next,
            }
        }
    }
}

impl futures::stream::FusedStream for IncomingCalls {
    fn is_terminated(&self) -> bool {
        futures::stream::FusedStream::is_terminated(&self.inner)
    }
}
