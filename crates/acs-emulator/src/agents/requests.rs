//! What agents ask for.

use acs_calling::protocol::{CallId, CallLocator, Refusal, Request, SessionId};
use acs_common::{ServerCallId, Tones};

use super::calling::{context, shown_number};
use super::{Part, Phase, Session};
use crate::engine::{
    CallAction, CallLocator as EngineLocator, Command, InCall, Invitation, RejectReason, Reply, ServiceError,
    StartCall,
};
use crate::http::Service;

pub(super) type Asked = Result<(), Refusal>;

pub(super) fn no_call() -> Refusal {
    Refusal::new(404, 0, "there is no such call")
}

fn not_built(what: &str) -> Refusal {
    Refusal::new(501, 0, format!("{what} is not built in this emulator"))
}

pub(super) fn refusal(error: &ServiceError) -> Refusal {
    let sub_code = error.code.parse().unwrap_or_default();
    Refusal::new(error.status, sub_code, error.message.clone())
}

impl Service {
    /// Carries a request out.
    pub(super) fn agent_asks(&self, id: &SessionId, request: Request) -> Asked {
        match request {
            Request::UpdateToken { token } => self.agent_token(id, token.expose()),
            Request::StartCall {
                call,
                participants,
                alternate_caller_id,
                custom_context,
                muted,
            } => {
                let caller_id = shown_number(&participants, alternate_caller_id.as_deref())?;
                let start = self.of(id, |session| StartCall {
                    from: session.identity.clone(),
                    to: participants,
                    caller_id,
                    display_name: session.display_name.clone(),
                    custom_context: context(custom_context),
                    muted,
                    direct: false,
                })?;
                self.begin(id, &call, Command::StartCall(start))
            }
            Request::Join { call, locator, muted } => {
                let party = self.of(id, |session| session.identity.clone())?;
                let locator = match locator {
                    CallLocator::Group { group_id } => EngineLocator::Group(group_id),
                    CallLocator::Room { room_id } => EngineLocator::Room(room_id),
                    _ => return Err(not_built("this kind of call")),
                };
                let join = Command::JoinCall {
                    locator,
                    party,
                    muted,
                };
                self.begin(id, &call, join)
            }
            Request::Accept { call, muted } => self.accept_call(id, &call, muted),
            Request::Reject { call } => {
                let gone = || Refusal::new(400, 41_007, "the call does not ring any more");
                let (server_call, raw_id) = self.part(id, &call, Phase::Ringing).map_err(|_| gone())?;
                // It is not told that it was ended by somebody else.
                self.with(id, |session| drop(session.calls.remove(&server_call)));
                let action = CallAction::Reject(RejectReason::Declined);
                let command = in_call(&server_call, &raw_id, action);
                self.host.command(command).map(drop).map_err(|_| gone())
            }
            Request::HangUp {
                call,
                for_everyone: true,
            } => self.act(id, &call, CallAction::EndForEveryone),
            Request::HangUp { call, .. } => {
                let (server_call, _) = self.part(id, &call, Phase::In)?;
                let mut registry = self.host.agents().lock();
                registry.transfers.leave(id, &server_call);
                if let Some(session) = registry.sessions.get_mut(id)
                    && let Some(part) = session.calls.get_mut(&server_call)
                {
                    part.leaving = true;
                }
                drop(registry);
                self.act(id, &call, CallAction::HangUp)
            }
            Request::Hold { call } => self.set_held(id, &call, true),
            Request::Resume { call } => self.set_held(id, &call, false),
            Request::Mute { call, muted } => self.act(id, &call, CallAction::Mute(muted)),
            Request::SendDtmf { call, tone } => {
                let tones = Tones::new([tone]);
                let tones = tones.map_err(|error| Refusal::new(400, 0, error.to_string()))?;
                self.act(id, &call, CallAction::Press(tones))
            }
            Request::Transfer {
                call,
                transfer,
                target,
                custom_context,
            } => self.transfer(id, &call, transfer, target, context(custom_context)),
            Request::CancelTransfer { transfer } => self.cancel_transfer(id, &transfer),
            Request::AnswerTransfer {
                transfer_request,
                accept,
                muted,
            } => self.answer_transfer(id, &transfer_request, accept, muted),
            Request::AddParticipant {
                call,
                participant,
                alternate_caller_id,
            } => {
                let whom = std::slice::from_ref(&participant);
                let caller_id = shown_number(whom, alternate_caller_id.as_deref())?;
                let invitation = Invitation {
                    participant,
                    caller_id,
                    display_name: self.of(id, |session| session.display_name.clone())?,
                };
                self.act(id, &call, CallAction::Add(Box::new(invitation)))
            }
            Request::RemoveParticipant { call, participant } => {
                let action = CallAction::Remove(participant.raw_id().into_owned());
                self.act(id, &call, action)
            }
            _ => Err(not_built("this request")),
        }
    }

    pub(super) fn of<T>(&self, id: &SessionId, read: impl FnOnce(&Session) -> T) -> Result<T, Refusal> {
        let registry = self.host.agents().lock();
        registry.sessions.get(id).map(read).ok_or_else(no_call)
    }

    pub(super) fn with(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        if let Some(session) = self.host.agents().lock().sessions.get_mut(id) {
            change(session);
        }
    }

    /// The call of an agent at the engine, and who the agent is.
    pub(super) fn part(
        &self,
        id: &SessionId,
        call: &CallId,
        phase: Phase,
    ) -> Result<(ServerCallId, String), Refusal> {
        self.of(id, |session| {
            let (server_call, _) = session.part(call).filter(|(_, part)| part.phase == phase)?;
            Some((server_call.clone(), session.raw_id.clone()))
        })?
        .ok_or_else(no_call)
    }

    fn act(&self, id: &SessionId, call: &CallId, action: CallAction) -> Asked {
        let (server_call, raw_id) = self.part(id, call, Phase::In)?;
        let command = in_call(&server_call, &raw_id, action);
        self.host
            .command(command)
            .map(drop)
            .map_err(|error| refusal(&error))
    }

    /// A call of an agent begins. It is the agent's before anything can happen in it.
    fn begin(&self, id: &SessionId, call: &CallId, command: Command) -> Asked {
        self.host.apply(command, |applied| {
            let begun = match &applied.reply {
                Ok(Reply::Outside { server_call_id }) => {
                    self.with(id, |session| {
                        let part = Part::begun(call.clone(), session.identity.clone());
                        session.calls.insert(server_call_id.clone(), part);
                    });
                    Ok(())
                }
                Ok(_) => Err(no_call()),
                Err(error) => Err(refusal(error)),
            };
            (begun, None)
        })
    }

    fn accept_call(&self, id: &SessionId, call: &CallId, muted: bool) -> Asked {
        let gone = || Refusal::new(400, 41_006, "the call does not ring any more");
        let (server_call, raw_id) = self.part(id, call, Phase::Ringing).map_err(|_| gone())?;
        // The engine says who was first, and whose call it is is known before anybody is told.
        let answered = self.host.apply(
            in_call(&server_call, &raw_id, CallAction::Answer { muted }),
            |applied| {
                if applied.reply.is_ok() {
                    self.with(id, |session| {
                        if let Some(part) = session.calls.get_mut(&server_call) {
                            part.phase = Phase::In;
                        }
                    });
                }
                (applied.reply.is_ok(), None)
            },
        );
        if answered { Ok(()) } else { Err(gone()) }
    }

    fn set_held(&self, id: &SessionId, call: &CallId, held: bool) -> Asked {
        let (server_call, _) = self.part(id, call, Phase::In)?;
        {
            let mut registry = self.host.agents().lock();
            if let Some(session) = registry.sessions.get_mut(id)
                && let Some(part) = session.calls.get_mut(&server_call)
            {
                part.held = held;
                registry.anew.push(server_call);
            }
        }
        self.host
            .command(Command::Tick)
            .map(drop)
            .map_err(|error| refusal(&error))
    }
}

pub(super) fn in_call(call: &ServerCallId, raw_id: &str, action: CallAction) -> Command {
    Command::InCall(InCall {
        call: call.clone(),
        raw_id: raw_id.to_owned(),
        action,
    })
}
