//! Transfers: to somebody, to the far end of another call, to a voicemail; and being transferred.

use std::fmt;
use std::sync::{Arc, Weak};

use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};
use futures::StreamExt;
use futures::future::BoxFuture;

use super::Call;
use super::options::check_context;
use crate::agent::Shared;
use crate::agent::cells::{CallCell, Question, TransferCell, lock};
use crate::changes::{Changes, handle_stream};
use crate::error::Error;
use crate::machine::{Moved, TransferState};
use crate::protocol::{CallId, CustomContext, TransferError, TransferId, TransferTarget};

macro_rules! bag {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty = $argument:ty,)+ }) => {
        /// How a call is transferred.
        #[derive(Clone, Debug, Default)]
        #[must_use]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$meta])* pub $field: $type,)+
        }

        impl $name {
            $($(#[$meta])* pub fn $field(mut self, value: $argument) -> Self {
                self.$field = value.into();
                self
            })+
        }

        impl From<()> for $name {
            fn from((): ()) -> Self {
                Self::default()
            }
        }
    };
}

bag!(TransferToParticipantOptions {
    /// Ring exactly this one: its forwarding and its rules for unanswered calls are not obeyed, and the transfer
    /// fails if it does not answer. Only Teams users have such rules. Off by default.
    disable_forwarding_and_unanswered: bool = bool,
    /// Headers for the target.
    custom_context: Option<CustomContext> = CustomContext,
    /// Leaves the call once the transfer has succeeded. Off by default.
    hang_up_when_transferred: bool = bool,
});

bag!(TransferToCallOptions {
    /// Headers for the target.
    custom_context: Option<CustomContext> = CustomContext,
    /// Leaves both calls once the transfer has succeeded. Off by default.
    hang_up_when_transferred: bool = bool,
});

bag!(TransferToVoicemailOptions {
    /// Leaves the call once the transfer has succeeded. Off by default.
    hang_up_when_transferred: bool = bool,
});

bag!(AcceptTransferOptions {
    /// Whether the call to the target begins muted.
    muted: bool = bool,
});

/// A transfer that this agent asked for. Cheap to clone. Dropping it does not call it off.
///
/// Whatever happens, it is [`Transferred`](TransferState::Transferred) or [`Failed`](TransferState::Failed) within
/// 60 s (service limits).
#[derive(Clone)]
pub struct Transfer {
    /// Keeps the agent alive.
    _agent: Arc<Shared>,
    cell: Arc<TransferCell>,
}

impl Transfer {
    /// What it is called.
    pub fn id(&self) -> &TransferId {
        &self.cell.id
    }

    /// Where it stands.
    pub fn state(&self) -> TransferState {
        *lock(&self.cell.state)
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<TransferError> {
        match self.state() {
            TransferState::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// Every state from [`None`](TransferState::None) on, also for who comes late. It ends after the final one.
    #[doc(alias = "stateChanged")]
    pub fn state_changes(&self) -> Changes<TransferState> {
        self.cell.states.starting_first()
    }

    /// How it ends. Dropping the future does not call it off.
    ///
    /// # Errors
    ///
    /// The reason of a failure; the call that was to be transferred goes on then.
    pub async fn outcome(&self) -> Result<(), TransferError> {
        let mut changes = self.state_changes();
        while let Some(state) = changes.next().await {
            match state {
                TransferState::Transferred => return Ok(()),
                TransferState::Failed(error) => return Err(error),
                _ => {}
            }
        }
        self.error().map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("id", self.id())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

/// This agent was transferred.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransferAccepted {
    /// The new call, to the target.
    pub target_call: Call,
}

handle_stream! {
    /// Transfers of this agent's call to somebody else; see [`Changes`] for what a stream promises.
    pub TransfersAccepted, Arc<CallCell> => TransferAccepted, |agent, cell| {
        TransferAccepted { target_call: Call::new(agent, cell) }
    }
}

handle_stream! {
    /// Questions whether this agent may be transferred; see [`Changes`] for what a stream promises.
    pub TransferRequests, Question => TransferRequest, |agent, question| {
        TransferRequest { agent: Arc::clone(agent), question, answered: false, overheard: None }
    }
}

/// Somebody wants to transfer this agent, which signed in with
/// [`TransferPolicy::Ask`](crate::TransferPolicy::Ask). Dropping it unanswered declines. An extension of ours.
#[doc(alias = "transferRequested")]
pub struct TransferRequest {
    agent: Arc<Shared>,
    question: Question,
    answered: bool,
    /// It came with all that happens in this call, where others may read questions on their own.
    overheard: Option<Weak<CallCell>>,
}

impl TransferRequest {
    pub(crate) fn overheard(agent: &Arc<Shared>, question: Question, call: Weak<CallCell>) -> Self {
        Self {
            agent: Arc::clone(agent),
            question,
            answered: false,
            overheard: Some(call),
        }
    }

    /// Whither; unknown where it is the far end of another call of the transferor's.
    pub fn target_participant(&self) -> Option<&CommunicationIdentifier> {
        self.question.target.as_ref()
    }

    /// Goes along. The new call comes as [`Call::transfers_accepted`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoLongerRequested`](crate::ErrorKind::NoLongerRequested) when it is too late.
    pub async fn accept(mut self, options: impl Into<AcceptTransferOptions>) -> Result<(), Error> {
        let muted = options.into().muted;
        self.answer(true, muted).await
    }

    /// Declines. The call goes on as it is.
    ///
    /// # Errors
    ///
    /// As for [`accept`](Self::accept).
    pub async fn reject(mut self) -> Result<(), Error> {
        self.answer(false, false).await
    }

    fn answer(&mut self, accept: bool, muted: bool) -> BoxFuture<'static, Result<(), Error>> {
        self.answered = true;
        let id = &self.question.id;
        self.agent
            .core
            .ask(|machine, now| machine.answer_transfer(now, id, accept, muted).map(Some))
    }
}

impl Drop for TransferRequest {
    fn drop(&mut self) {
        let call = self.overheard.as_ref().and_then(Weak::upgrade);
        let left_to_others = call.is_some_and(|call| call.questions.is_read());
        if !self.answered && !left_to_others {
            // The answer is not waited for: there is nobody to tell.
            drop(self.answer(false, false));
        }
    }
}

impl fmt::Debug for TransferRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferRequest")
            .field("question", &self.question)
            .finish_non_exhaustive()
    }
}

/// Transfer. In the JavaScript SDK this is `call.feature(Features.Transfer)`.
impl Call {
    /// Transfers the far end to somebody, who is rung ("blind transfer"). The call goes on, until this agent
    /// hangs it up.
    ///
    /// # Errors
    ///
    /// [`WrongState`](crate::ErrorKind::WrongState) when the call is not established,
    /// [`TransferInProgress`](crate::ErrorKind::TransferInProgress),
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for headers that are too long. What happens later is told
    /// by the [`Transfer`].
    #[doc(alias = "Features.Transfer")]
    #[doc(alias = "TransferCallFeature")]
    #[doc(alias = "transfer")]
    #[doc(alias = "targetParticipant")]
    pub fn transfer_to_participant(
        &self,
        target: impl Into<CommunicationIdentifier>,
        options: impl Into<TransferToParticipantOptions>,
    ) -> Result<Transfer, Error> {
        let options = options.into();
        let identifier = target.into();
        if identifier == self.agent.core.identity {
            return Err(Error::input(
                "target",
                "expected somebody else than the transferor",
            ));
        }
        let target = TransferTarget::Participant {
            identifier,
            disable_forwarding_and_unanswered: options.disable_forwarding_and_unanswered,
        };
        self.transfer(target, options.custom_context, options.hang_up_when_transferred)
    }

    /// Transfers the far end to the far end of another call of this agent ("consultative transfer").
    ///
    /// # Errors
    ///
    /// As for [`transfer_to_participant`](Self::transfer_to_participant); also
    /// [`CallNotFound`](crate::ErrorKind::CallNotFound) when the other call is over.
    #[doc(alias = "targetCallId")]
    pub fn transfer_to_call(
        &self,
        target_call: impl Into<CallId>,
        options: impl Into<TransferToCallOptions>,
    ) -> Result<Transfer, Error> {
        let options = options.into();
        let target = TransferTarget::Call {
            call: target_call.into(),
        };
        self.transfer(target, options.custom_context, options.hang_up_when_transferred)
    }

    /// Transfers the far end to the voicemail of a Teams user, who is not rung.
    ///
    /// # Errors
    ///
    /// As for [`transfer_to_participant`](Self::transfer_to_participant).
    #[doc(alias = "targetParticipantVoicemail")]
    pub fn transfer_to_voicemail(
        &self,
        user: impl Into<MicrosoftTeamsUserIdentifier>,
        options: impl Into<TransferToVoicemailOptions>,
    ) -> Result<Transfer, Error> {
        let options = options.into();
        let target = TransferTarget::Voicemail {
            identifier: user.into().into(),
        };
        self.transfer(target, None, options.hang_up_when_transferred)
    }

    fn transfer(
        &self,
        target: TransferTarget,
        custom_context: Option<CustomContext>,
        hang_up: bool,
    ) -> Result<Transfer, Error> {
        check_context(custom_context.as_ref())?;
        let id = TransferId::random();
        let wanted = Moved {
            call: self.cell.id(),
            target,
            custom_context,
            hang_up,
        };
        let cell = self.agent.core.transfer(&id, &self.cell, wanted)?;
        Ok(Transfer {
            _agent: Arc::clone(&self.agent),
            cell,
        })
    }

    /// Transfers of this agent: its new calls to the targets. Kept for who comes late.
    #[doc(alias = "transferAccepted")]
    pub fn transfers_accepted(&self) -> TransfersAccepted {
        TransfersAccepted {
            changes: self.cell.accepted.starting_first(),
            agent: Arc::clone(&self.agent),
        }
    }

    /// Questions whether this agent may be transferred, where it signed in with
    /// [`TransferPolicy::Ask`](crate::TransferPolicy::Ask). Kept for who comes late; where nobody reads them, the
    /// transfer runs out of time.
    pub fn transfer_requests(&self) -> TransferRequests {
        TransferRequests {
            changes: self.cell.questions.starting_first(),
            agent: Arc::clone(&self.agent),
        }
    }
}
