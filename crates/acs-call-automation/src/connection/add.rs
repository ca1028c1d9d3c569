//! Adding a participant, and taking the invitation back.

use std::time::Duration;

use acs_common::{InvitationId, OperationContext};

use super::CallConnection;
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{CallInvite, CallParticipant, Error, wire};

/// How a participant is added.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct AddParticipantOptions {
    pub(crate) invite: CallInvite,
    pub(crate) invitation_timeout: Option<Duration>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl AddParticipantOptions {
    /// Invites this party.
    pub fn new(invite: impl Into<CallInvite>) -> Self {
        Self {
            invite: invite.into(),
            invitation_timeout: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    /// Sets how long the party may ring: whole seconds, 0 to 180 (API version 2026-03-12). The default of
    /// the service is not published.
    pub fn invitation_timeout(mut self, timeout: Duration) -> Self {
        self.invitation_timeout = Some(timeout);
        self
    }

    operation_setters!();
}

impl<T: Into<CallInvite>> From<T> for AddParticipantOptions {
    fn from(invite: T) -> Self {
        Self::new(invite)
    }
}

/// A participant that is being invited.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AddParticipantResult {
    participant: CallParticipant,
    invitation_id: InvitationId,
    receipt: Receipt,
}

impl AddParticipantResult {
    /// Who is invited, as the service names them.
    pub fn participant(&self) -> &CallParticipant {
        &self.participant
    }

    /// What the invitation is taken back by, see
    /// [`cancel_add_participant_operation`](CallConnection::cancel_add_participant_operation).
    pub fn invitation_id(&self) -> &InvitationId {
        &self.invitation_id
    }

    /// The operation context, given or made up, that the outcome event carries.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for `AddParticipantSucceeded`, or the failure; an invitation that was taken back is
    /// [`Canceled`](crate::ErrorKind::Canceled).
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::AddParticipant> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::AddParticipant::new(call)
                .operation_context(context)
                .invitation_id(self.invitation_id.clone())
        })
    }
}

/// Which invitation is taken back, and how.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct CancelAddParticipantOperationOptions {
    pub(crate) invitation_id: InvitationId,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl CancelAddParticipantOperationOptions {
    /// Takes this invitation back, by the id that adding returned.
    pub fn new(invitation_id: impl Into<InvitationId>) -> Self {
        Self {
            invitation_id: invitation_id.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

impl From<InvitationId> for CancelAddParticipantOperationOptions {
    fn from(invitation_id: InvitationId) -> Self {
        Self::new(invitation_id)
    }
}

impl From<&InvitationId> for CancelAddParticipantOperationOptions {
    fn from(invitation_id: &InvitationId) -> Self {
        Self::new(invitation_id.clone())
    }
}

impl From<&str> for CancelAddParticipantOperationOptions {
    fn from(invitation_id: &str) -> Self {
        Self::new(invitation_id)
    }
}

impl From<&AddParticipantResult> for CancelAddParticipantOperationOptions {
    fn from(added: &AddParticipantResult) -> Self {
        Self::new(added.invitation_id.clone())
    }
}

/// An invitation that the service has accepted to take back, if it can.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CancelAddParticipantResult {
    invitation_id: InvitationId,
    receipt: Receipt,
}

impl CancelAddParticipantResult {
    /// The invitation.
    pub fn invitation_id(&self) -> &InvitationId {
        &self.invitation_id
    }

    /// The operation context, given or made up, that the outcome event carries.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for `CancelAddParticipantSucceeded`, or the failure.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::CancelAddParticipant> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::CancelAddParticipant::new(call, &self.invitation_id)
                .operation_context(context)
        })
    }
}

impl CallConnection {
    /// Invites somebody into the call. Takes a [`CallInvite`], or [`AddParticipantOptions`].
    ///
    /// Events that follow: `AddParticipantSucceeded` when the party answers, with several
    /// `ParticipantsUpdated` before and after (recorded traffic); or `AddParticipantFailed`. A call of two
    /// becomes a group call.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for a telephone that is
    /// not E.164 or has no caller ID, an empty identifier, a custom calling context beyond its limits, an
    /// invitation timeout out of its range, an operation context beyond 5,000 characters, or an operation
    /// callback URI that is neither `https` nor loopback. [`Rejected`](crate::ErrorKind::Rejected) with code
    /// 8501 while the call is not connected. Otherwise as the service refuses.
    pub async fn add_participant(
        &self,
        options: impl Into<AddParticipantOptions>,
    ) -> Result<AddParticipantResult, Error> {
        const OPERATION: &str = "add participant";
        let mut options = options.into();
        let receipt = Receipt::new(self, &mut options.operation_context);
        let body = wire::add_participant(options)?;
        let reply = self
            .rest()
            .add_participant(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        let (participant, invitation_id) = wire::added(OPERATION, reply.into_inner())?;
        Ok(AddParticipantResult {
            participant,
            invitation_id,
            receipt,
        })
    }

    /// Takes an invitation back that was not accepted yet. Takes the result of
    /// [`add_participant`](Self::add_participant), its invitation id, or
    /// [`CancelAddParticipantOperationOptions`].
    ///
    /// Events that follow: `CancelAddParticipantSucceeded`, 1 to 2 s later, and no `AddParticipantFailed`
    /// (recorded traffic); or `CancelAddParticipantFailed`, when the party answered first.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty invitation
    /// id, an operation context beyond 5,000 characters, or an operation callback URI that is neither
    /// `https` nor loopback. Otherwise as the service refuses.
    pub async fn cancel_add_participant_operation(
        &self,
        options: impl Into<CancelAddParticipantOperationOptions>,
    ) -> Result<CancelAddParticipantResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self, &mut options.operation_context);
        let body = wire::cancel_add_participant(options)?;
        self.rest()
            .cancel_add_participant(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("cancel add participant", error))?;
        Ok(CancelAddParticipantResult {
            invitation_id: body.invitation_id,
            receipt,
        })
    }
}
