//! A call of an agent.

mod options;
mod transfer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, ServerCallId};
use futures::StreamExt;
use futures::future::BoxFuture;

use crate::agent::Shared;
use crate::agent::cells::{CallCell, lock};
use crate::changes::{Changes, CollectionUpdate};
use crate::error::{Error, ErrorKind};
use crate::events::CallEvents;
use crate::machine::Machine;
use crate::protocol::{
    CallDirection, CallEndReason, CallId, CallSnapshot, CallState, CallerInfo, RemoteParticipant,
};

pub use options::{AddParticipantOptions, StartCallOptions};
pub use transfer::{
    AcceptTransferOptions, Transfer, TransferAccepted, TransferRequest, TransferRequests,
    TransferToCallOptions, TransferToParticipantOptions, TransferToVoicemailOptions, TransfersAccepted,
};

/// A call. Cheap to clone; every clone is the same call. Dropping it does not hang up.
///
/// At most one call of an agent is [`Connected`](CallState::Connected): whatever connects another one puts it on
/// hold, and where the service refuses that, the older one is hung up.
#[derive(Clone)]
pub struct Call {
    agent: Arc<Shared>,
    cell: Arc<CallCell>,
}

impl Call {
    pub(crate) fn new(agent: &Arc<Shared>, cell: Arc<CallCell>) -> Self {
        Self {
            agent: Arc::clone(agent),
            cell,
        }
    }

    pub(crate) fn update(
        agent: &Arc<Shared>,
        update: CollectionUpdate<Arc<CallCell>>,
    ) -> CollectionUpdate<Self> {
        let calls =
            |cells: Vec<Arc<CallCell>>| cells.into_iter().map(|cell| Self::new(agent, cell)).collect();
        CollectionUpdate {
            added: calls(update.added),
            removed: calls(update.removed),
        }
    }

    fn view<T>(&self, read: impl FnOnce(&CallSnapshot) -> T) -> T {
        read(&lock(&self.cell.view))
    }

    /// This agent's part in the call. It may change; what takes a `&Call` for an id reads the one of now.
    pub fn id(&self) -> CallId {
        self.cell.id()
    }

    /// Each id that follows the one of now. It ends with the call.
    #[doc(alias = "idChanged")]
    pub fn id_changes(&self) -> Changes<CallId> {
        self.agent.core.still(|| self.cell.ids.starting_now(None))
    }

    /// Everything in one stream, in the order in which it happened. It begins with what the single streams begin
    /// with: the state, whether this agent is muted, the participants, and the transfers and questions so far. So
    /// one who comes late misses no transfer. Readers take nothing from each other, nor from the single streams. It
    /// ends after [`Disconnected`](CallState::Disconnected).
    pub fn events(&self) -> CallEvents {
        let news = self.agent.core.still(|| self.cell.news());
        CallEvents::new(&self.agent, news)
    }

    /// Asks for something in this call by its id of now: while it is asked for, the id does not change.
    fn ask(
        &self,
        step: impl FnOnce(&mut Machine, Duration, &CallId) -> Result<Option<u64>, Error>,
    ) -> BoxFuture<'static, Result<(), Error>> {
        let cell = &self.cell;
        self.agent.core.ask(|machine, now| step(machine, now, &cell.id()))
    }

    /// Where it stands.
    pub fn state(&self) -> CallState {
        self.view(|view| view.state)
    }

    /// The state of now and each that follows. It ends after [`Disconnected`](CallState::Disconnected).
    #[doc(alias = "stateChanged")]
    pub fn state_changes(&self) -> Changes<CallState> {
        self.agent
            .core
            .still(|| self.cell.states.starting_now(Some(self.state())))
    }

    /// Waits for a state. Returns the one that was waited for, or the last one there is.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn wait_for(&self, wanted: impl Fn(CallState) -> bool) -> CallState {
        let mut changes = self.state_changes();
        while let Some(state) = changes.next().await {
            if wanted(state) {
                return state;
            }
        }
        self.state()
    }

    /// Who began it.
    pub fn direction(&self) -> CallDirection {
        self.view(|view| view.direction)
    }

    /// The original caller; after a transfer, the transferee.
    pub fn caller_info(&self) -> Option<CallerInfo> {
        self.view(|view| view.caller.clone())
    }

    /// Who transferred or forwarded the call here.
    pub fn transferor_info(&self) -> Option<CallerInfo> {
        self.view(|view| view.transferor.clone())
    }

    /// The caller of now and each change: names may come late. It ends with the call.
    #[doc(alias = "callerInfoChanged")]
    pub fn caller_info_changes(&self) -> Changes<Option<CallerInfo>> {
        self.agent
            .core
            .still(|| self.cell.callers.starting_now(Some(self.caller_info())))
    }

    /// The transferor of now and each change. It ends with the call.
    #[doc(alias = "transferorInfoChanged")]
    pub fn transferor_info_changes(&self) -> Changes<Option<CallerInfo>> {
        self.agent
            .core
            .still(|| self.cell.transferors.starting_now(Some(self.transferor_info())))
    }

    /// The call at the service: what an application gives to Call Automation's connect. Known once the call is
    /// set up.
    #[doc(alias = "getServerCallId")]
    pub fn server_call_id(&self) -> Option<ServerCallId> {
        self.view(|view| view.server_call_id.clone())
    }

    /// Why it is over, if it is.
    pub fn call_end_reason(&self) -> Option<CallEndReason> {
        self.view(|view| view.end_reason)
    }

    /// The others in the call.
    pub fn remote_participants(&self) -> Vec<RemoteParticipant> {
        self.view(|view| view.participants.clone())
    }

    /// The others in the call and how they change. The first update holds all that are there; one that changed
    /// is removed as it was and added as it is.
    #[doc(alias = "remoteParticipantsUpdated")]
    #[doc(alias = "displayNameChanged")]
    pub fn remote_participants_updates(&self) -> Changes<CollectionUpdate<RemoteParticipant>> {
        self.agent.core.still(|| {
            self.cell.participants.starting_now(Some(CollectionUpdate {
                added: self.remote_participants(),
                removed: Vec::new(),
            }))
        })
    }

    /// Whether this agent is muted in the call.
    pub fn is_muted(&self) -> bool {
        self.view(|view| view.is_muted)
    }

    /// Whether this agent is muted, now and at each change, whoever made it.
    #[doc(alias = "isMutedChanged")]
    pub fn is_muted_changes(&self) -> Changes<bool> {
        self.agent
            .core
            .still(|| self.cell.mutes.starting_now(Some(self.is_muted())))
    }

    /// One item whenever somebody else mutes this agent.
    #[doc(alias = "mutedByOthers")]
    pub fn muted_by_others(&self) -> Changes<()> {
        self.agent
            .core
            .still(|| self.cell.muted_by_others.starting_now(None))
    }

    /// Mutes this agent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CallNotFound`] when the call is over; those of the service.
    pub async fn mute(&self) -> Result<(), Error> {
        self.set_muted(true).await
    }

    /// Lets this agent be heard again.
    ///
    /// # Errors
    ///
    /// As for [`mute`](Self::mute).
    pub async fn unmute(&self) -> Result<(), Error> {
        self.set_muted(false).await
    }

    async fn set_muted(&self, muted: bool) -> Result<(), Error> {
        self.ask(|machine, now, id| machine.mute(now, id, muted).map(Some))
            .await
    }

    /// Puts the call on hold: it is [`LocalHold`](CallState::LocalHold) at once. In a call of two the other side
    /// comes into [`RemoteHold`](CallState::RemoteHold).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongState`] when it is not connected; those of the service.
    pub async fn hold(&self) -> Result<(), Error> {
        self.ask(Machine::hold).await
    }

    /// Takes the call back. Another one that is connected is put on hold first. If the other side holds, too, it
    /// is [`RemoteHold`](CallState::RemoteHold) then.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongState`] when it is not established; those of the service.
    pub async fn resume(&self) -> Result<(), Error> {
        self.ask(Machine::resume).await
    }

    /// Presses a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongState`] when it is not established, [`ErrorKind::InvalidInput`] for a tone that has no
    /// key; those of the service.
    pub async fn send_dtmf(&self, tone: DtmfTone) -> Result<(), Error> {
        if tone.key().is_none() {
            return Err(Error::input("tone", "expected a tone that has a key"));
        }
        self.ask(|machine, now, id| machine.send_dtmf(now, id, tone).map(Some))
            .await
    }

    /// Invites somebody into the call. What becomes of it is seen in
    /// [`remote_participants_updates`](Self::remote_participants_updates).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a telephone without an alternate caller id, [`ErrorKind::WrongState`] when
    /// the call is not established; those of the service.
    pub async fn add_participant(
        &self,
        participant: impl Into<CommunicationIdentifier>,
        options: impl Into<AddParticipantOptions>,
    ) -> Result<(), Error> {
        let (participant, options) = (participant.into(), options.into());
        options.check(&participant)?;
        let ask = self.ask(|machine, now, id| {
            machine
                .add_participant(now, id, participant, options.alternate_caller_id)
                .map(Some)
        });
        ask.await
    }

    /// Takes somebody out of the call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WrongState`] when the call is not established; those of the service.
    pub async fn remove_participant(
        &self,
        participant: impl Into<CommunicationIdentifier>,
    ) -> Result<(), Error> {
        let participant = participant.into();
        let ask = self.ask(|machine, now, id| machine.remove_participant(now, id, participant).map(Some));
        ask.await
    }

    /// Leaves the call. A call that is over already is left without ado, and one whose connection is lost is
    /// left when that is back, or after 120 s.
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn hang_up(&self) -> Result<(), Error> {
        self.end(false).await
    }

    /// Ends the call for everybody; not in rooms.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotConnected`] while there is no connection; those of the service.
    #[doc(alias = "forEveryone")]
    pub async fn hang_up_for_everyone(&self) -> Result<(), Error> {
        self.end(true).await
    }

    async fn end(&self, for_everyone: bool) -> Result<(), Error> {
        let result = self
            .ask(|machine, now, id| machine.hang_up(now, id, for_everyone))
            .await;
        match result {
            Err(error) if error.kind() == ErrorKind::CallNotFound => Ok(()),
            other => other,
        }
    }
}

impl From<&Call> for CallId {
    fn from(call: &Call) -> Self {
        call.id()
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cell, &other.cell)
    }
}

impl Eq for Call {}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = lock(&self.cell.view);
        f.debug_struct("Call")
            .field("id", &view.id)
            .field("state", &view.state)
            .field("direction", &view.direction)
            .finish_non_exhaustive()
    }
}
