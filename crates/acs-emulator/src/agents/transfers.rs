//! Transfers that agents ask for, cancel, and are asked about.

use acs_calling::protocol::{
    CallEndReason, CallId, Refusal, ServerMessage, SessionId, TransferId, TransferProgress,
    TransferRequestId, TransferTarget,
};
use acs_common::{CommunicationIdentifier, ServerCallId};

use super::Phase;
use super::moving::{Moving, Stage};
use super::requests::{Asked, in_call, no_call, refusal};
use crate::engine::{CallAction, Command, CustomContext, PlaceTransfer, Reply, StartCall, voicemail_of};
use crate::http::Service;

impl Service {
    pub(super) fn transfer(
        &self,
        id: &SessionId,
        call: &CallId,
        transfer: TransferId,
        target: TransferTarget,
        custom: CustomContext,
    ) -> Asked {
        let (from, own) = self.part(id, call, Phase::In)?;
        let transferee = self.far_end(&own, &from)?;
        let mut direct = false;
        let (target, replaces) = match target {
            TransferTarget::Participant {
                identifier,
                disable_forwarding_and_unanswered,
            } => {
                direct = disable_forwarding_and_unanswered;
                (identifier, None)
            }
            TransferTarget::Call { call } => {
                let gone = CallEndReason::REPLACED_CALL_NOT_FOUND;
                let gone = Refusal::new(gone.code, gone.sub_code.unwrap_or_default(), "the call is gone");
                let (other, _) = self.part(id, &call, Phase::In).map_err(|_| gone)?;
                (self.far_end(&own, &other)?, Some(other))
            }
            TransferTarget::Voicemail { identifier } => (voicemail(&identifier)?, None),
        };
        if target == transferee {
            return Err(Refusal::new(400, 0, "the target is the transferee"));
        }
        let mut moving = Moving {
            transferor: id.clone(),
            transferor_identity: CommunicationIdentifier::from_raw_id(&own),
            from,
            transferee,
            muted: false,
            target,
            replaces,
            direct,
            custom,
            stage: Stage::Asking(TransferRequestId::random(), id.clone()),
            left: false,
        };
        {
            let mut registry = self.host.agents().lock();
            let asked = registry
                .sessions_of(&moving.transferee.raw_id())
                .find(|(_, session)| {
                    session.asks_before_transfer
                        && session
                            .calls
                            .get(&moving.from)
                            .is_some_and(|part| part.phase == Phase::In)
                });
            if let Some((asked, session)) = asked
                && let Some(part) = session.calls.get(&moving.from)
            {
                let question = TransferRequestId::random();
                session.say(ServerMessage::TransferRequested {
                    transfer_request: question.clone(),
                    call: part.id.clone(),
                    target: moving.replaces.is_none().then(|| moving.target.clone()),
                });
                moving.stage = Stage::Asking(question, asked.clone());
                registry.transfers.insert(transfer, moving);
                return Ok(());
            }
        }
        self.call_target(transfer, moving)
    }

    /// Who is at the other end of a call of two.
    fn far_end(&self, own: &str, call: &ServerCallId) -> Result<CommunicationIdentifier, Refusal> {
        let others = self.host.neighbours(own, call).ok_or_else(no_call)?;
        match &others[..] {
            [other] if other.is_party && !other.ringing => Ok(other.identifier.clone()),
            [other] if !other.is_party => Err(Refusal::new(
                400,
                0,
                "an application is transferred by Call Automation, not by an agent",
            )),
            _ => Err(Refusal::new(400, 0, "expected a call of two")),
        }
    }

    /// The transferee calls the target.
    fn call_target(&self, transfer: TransferId, moving: Moving) -> Asked {
        let call = StartCall {
            from: moving.transferee.clone(),
            to: vec![moving.target.clone()],
            caller_id: None,
            display_name: None,
            custom_context: moving.custom.clone(),
            muted: moving.muted,
            direct: moving.direct,
        };
        let command = Command::PlaceTransfer(Box::new(PlaceTransfer {
            of: moving.from.clone(),
            by: moving.transferor_identity.raw_id().into_owned(),
            call,
        }));
        let agents = self.host.agents().clone();
        self.host.apply(command, move |applied| {
            let placed = match &applied.reply {
                Ok(Reply::Outside { server_call_id }) => {
                    let stage = Stage::Calling(server_call_id.clone());
                    agents
                        .lock()
                        .transfers
                        .insert(transfer, Moving { stage, ..moving });
                    Ok(())
                }
                Ok(_) => Err(no_call()),
                Err(error) => Err(refusal(error)),
            };
            (placed, None)
        })
    }

    pub(super) fn cancel_transfer(&self, id: &SessionId, transfer: &TransferId) -> Asked {
        let placed = {
            let mut registry = self.host.agents().lock();
            let moving = registry
                .transfers
                .get(transfer)
                .filter(|moving| moving.transferor == *id);
            let moving = moving.ok_or_else(no_call)?;
            let placed = match &moving.stage {
                Stage::Calling(call) => Some((call.clone(), moving.transferee.raw_id().into_owned())),
                Stage::Asking(..) => None,
            };
            let error = CallEndReason::CANCELED;
            registry.decide(transfer, TransferProgress::Failed { error });
            placed
        };
        if let Some((call, raw_id)) = placed {
            let command = in_call(&call, &raw_id, CallAction::HangUp);
            self.host.command(command).map_err(|error| refusal(&error))?;
        }
        Ok(())
    }

    pub(super) fn answer_transfer(
        &self,
        id: &SessionId,
        question: &TransferRequestId,
        accept: bool,
        muted: bool,
    ) -> Asked {
        let by_application = {
            let mut registry = self.host.agents().lock();
            let session = registry.sessions.get_mut(id);
            session.and_then(|session| session.answer(question, accept, muted))
        };
        if let Some(command) = by_application {
            let answered = self.host.command(command);
            return answered.map(drop).map_err(|error| refusal(&error));
        }
        let (transfer, moving) = {
            let mut registry = self.host.agents().lock();
            let asked = registry.transfers.iter().find(|(_, moving)| {
                matches!(&moving.stage, Stage::Asking(open, asked) if open == question && asked == id)
            });
            let (transfer, _) = asked.ok_or_else(no_call)?;
            let transfer = transfer.clone();
            if !accept {
                let error = CallEndReason::DECLINED;
                registry.decide(&transfer, TransferProgress::Failed { error });
                return Ok(());
            }
            let moving = registry.transfers.remove(&transfer).ok_or_else(no_call)?;
            (transfer, Moving { muted, ..moving })
        };
        self.call_target(transfer, moving)
    }
}

/// The voicemail of a Teams user, which is called like anybody else. Where there is none, the call fails as one to a user
/// who is not there.
fn voicemail(user: &CommunicationIdentifier) -> Result<CommunicationIdentifier, Refusal> {
    match user {
        CommunicationIdentifier::MicrosoftTeamsUser(user) if !user.is_anonymous() => Ok(voicemail_of(user)),
        _ => Err(Refusal::new(400, 0, "only Teams users have a voicemail")),
    }
}
