//! Who is in the call: listing, looking up, removing, muting, moving.

use std::collections::HashSet;

use acs_common::{CallConnectionId, CommunicationIdentifier, OperationContext};

use super::CallConnection;
use crate::outcome::Receipt;
use crate::pager::ListParticipants;
use crate::setup::operation_setters;
use crate::{CallParticipant, Error, wire};

/// How a participant is removed.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct RemoveParticipantOptions {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl RemoveParticipantOptions {
    /// Removes this participant, named as the call lists it.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            participant: participant.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

impl<T: Into<CommunicationIdentifier>> From<T> for RemoveParticipantOptions {
    fn from(participant: T) -> Self {
        Self::new(participant)
    }
}

/// A removal that the service has accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RemoveParticipantResult {
    receipt: Receipt,
}

impl RemoveParticipantResult {
    /// The operation context, given or made up, that the outcome event carries.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for `RemoveParticipantSucceeded`, or the failure.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::RemoveParticipant> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::RemoveParticipant::new(call).operation_context(context)
        })
    }
}

/// How a participant is muted.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct MuteParticipantOptions {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) operation_context: Option<OperationContext>,
}

impl MuteParticipantOptions {
    /// Mutes this participant, a user of an ACS resource.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            participant: participant.into(),
            operation_context: None,
        }
    }

    /// Names the operation; 1 to 5,000 characters. No event carries it.
    pub fn operation_context(mut self, context: impl Into<OperationContext>) -> Self {
        self.operation_context = Some(context.into());
        self
    }
}

impl<T: Into<CommunicationIdentifier>> From<T> for MuteParticipantOptions {
    fn from(participant: T) -> Self {
        Self::new(participant)
    }
}

/// A participant that was muted; the service does it before it answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MuteParticipantResult {
    operation_context: Option<OperationContext>,
    participant: CommunicationIdentifier,
    #[cfg(feature = "events")]
    call: CallConnection,
}

impl MuteParticipantResult {
    /// Who was muted.
    pub fn participant(&self) -> &CommunicationIdentifier {
        &self.participant
    }

    /// The operation context as the service gave it back.
    pub fn operation_context(&self) -> Option<&OperationContext> {
        self.operation_context.as_ref()
    }

    /// Waits for a `ParticipantsUpdated` that shows the participant muted; there is no event of its own.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::MuteParticipant> {
        let operation =
            acs_call_events::outcome::MuteParticipant::new(self.call.id(), self.participant.clone());
        crate::PendingOutcome::new(self.call.client().event_hub(), operation)
    }
}

/// How participants are moved here from another call.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct MoveParticipantsOptions {
    pub(crate) participants: Vec<CommunicationIdentifier>,
    pub(crate) from_call: CallConnectionId,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl MoveParticipantsOptions {
    /// Moves these participants out of the call `from_call`.
    pub fn new<T>(participants: impl IntoIterator<Item = T>, from_call: impl Into<CallConnectionId>) -> Self
    where
        T: Into<CommunicationIdentifier>,
    {
        Self {
            participants: participants.into_iter().map(Into::into).collect(),
            from_call: from_call.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

/// One participant and the call that it leaves.
impl<T: Into<CommunicationIdentifier>> From<(T, &CallConnection)> for MoveParticipantsOptions {
    fn from((participant, from_call): (T, &CallConnection)) -> Self {
        Self::new([participant], from_call.id().clone())
    }
}

/// A move that the service has accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MoveParticipantsResult {
    participants: Vec<CallParticipant>,
    from_call: CallConnectionId,
    #[cfg_attr(
        not(feature = "events"),
        expect(dead_code, reason = "only an outcome asks for it")
    )]
    count: usize,
    receipt: Receipt,
}

impl MoveParticipantsResult {
    /// The participants as the service listed them in its answer.
    pub fn participants(&self) -> &[CallParticipant] {
        &self.participants
    }

    /// The call that the participants leave.
    pub fn from_call(&self) -> &CallConnectionId {
        &self.from_call
    }

    /// The operation context, given or made up, that the outcome events carry.
    pub fn operation_context(&self) -> &OperationContext {
        self.receipt.operation_context()
    }

    /// Waits for one `MoveParticipantSucceeded` each, or the first failure.
    #[cfg(feature = "events")]
    pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::MoveParticipants> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::MoveParticipants::new(call, self.count).operation_context(context)
        })
    }
}

impl CallConnection {
    /// Removes a participant. Takes the participant, or [`RemoveParticipantOptions`].
    ///
    /// Events that follow: `RemoveParticipantSucceeded` and `ParticipantsUpdated`, or
    /// `RemoveParticipantFailed`. In a call of two the call ends (200/5002) for the one who removes, too
    /// (recorded traffic).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty identifier,
    /// an operation context beyond 5,000 characters, or an operation callback URI that is neither `https`
    /// nor loopback. Otherwise as the service refuses.
    pub async fn remove_participant(
        &self,
        options: impl Into<RemoveParticipantOptions>,
    ) -> Result<RemoveParticipantResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self, &mut options.operation_context);
        let body = wire::remove_participant(options)?;
        self.rest()
            .remove_participant(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("remove participant", error))?;
        Ok(RemoveParticipantResult { receipt })
    }

    /// Mutes a participant, who may unmute again by itself; the application cannot (API version
    /// 2026-03-12 has no such operation). Takes the participant, or [`MuteParticipantOptions`].
    ///
    /// The service mutes before it answers. Event that follows: `ParticipantsUpdated`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for anybody but an ACS
    /// user, or an operation context beyond 5,000 characters. Otherwise as the service refuses, such as in
    /// a call of two.
    pub async fn mute_participant(
        &self,
        options: impl Into<MuteParticipantOptions>,
    ) -> Result<MuteParticipantResult, Error> {
        let options = options.into();
        let participant = options.participant.clone();
        let body = wire::mute_participant(options)?;
        let reply = self
            .rest()
            .mute_participants(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("mute participant", error))?;
        Ok(MuteParticipantResult {
            operation_context: reply.into_inner().operation_context,
            participant,
            #[cfg(feature = "events")]
            call: self.clone(),
        })
    }

    /// Moves participants of another call into this one. Both calls must be connected.
    ///
    /// Events that follow, for each participant: `MoveParticipantSucceeded` or `MoveParticipantFailed`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for no participant or an
    /// empty identifier, an empty id of a call, an operation context beyond 5,000 characters, or an
    /// operation callback URI that is neither `https` nor loopback. Otherwise as the service refuses.
    pub async fn move_participants(
        &self,
        options: impl Into<MoveParticipantsOptions>,
    ) -> Result<MoveParticipantsResult, Error> {
        const OPERATION: &str = "move participants";
        let mut options = options.into();
        let receipt = Receipt::new(self, &mut options.operation_context);
        let body = wire::move_participants(options)?;
        let reply = self
            .rest()
            .move_participants(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        Ok(MoveParticipantsResult {
            participants: wire::moved(OPERATION, reply.into_inner())?,
            // Each is reported once, also one that was named twice.
            count: body.target_participants.iter().collect::<HashSet<_>>().len(),
            from_call: body.from_call,
            receipt,
        })
    }

    /// Gets one participant, named as the call lists it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty identifier.
    /// [`NotFound`](crate::ErrorKind::NotFound) when nobody of that name is in the call, or the call has
    /// ended. Otherwise as the service refuses.
    pub async fn get_participant(
        &self,
        participant: impl Into<CommunicationIdentifier>,
    ) -> Result<CallParticipant, Error> {
        const OPERATION: &str = "get participant";
        let participant = participant.into();
        wire::identifier("participant", &participant)?;
        let reply = self
            .rest()
            .get_participant(self.checked_id()?, &participant.raw_id())
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        wire::participant(OPERATION, reply.into_inner())
    }

    /// Lists who is in the call: a stream that asks for the next page when it is needed. The application's
    /// own identity is among them, bots are not (recorded traffic, how-to guide).
    ///
    /// Errors are items of the stream, after which it ends.
    pub fn list_participants(&self) -> ListParticipants {
        ListParticipants::new(self.clone())
    }
}
