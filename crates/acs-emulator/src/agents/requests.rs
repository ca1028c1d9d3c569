//! What agents ask for.

use acs_calling::protocol::{
    CallEndReason, CallId, CallLocator, CustomContext as AgentContext, Refusal, Request, ServerMessage,
    SessionId, SignIn, SignedIn, TransferId, TransferProgress, TransferRequestId, TransferStatus,
    TransferTarget, VERSION,
};
use acs_common::{CommunicationIdentifier, ServerCallId, Tones};
use tokio::sync::mpsc;

use super::{Moving, Part, Phase, Registry, Session, Stage};
use crate::engine::{
    CallAction, CallLocator as EngineLocator, Command, CustomContext, InCall, PartyScript, PlaceCall,
    RejectReason, Reply, ServiceError,
};
use crate::http::Service;

type Asked = Result<(), Refusal>;

fn no_call() -> Refusal {
    Refusal::new(404, 0, "there is no such call")
}

fn not_built(what: &str) -> Refusal {
    Refusal::new(501, 0, format!("{what} is not built in this emulator"))
}

fn refusal(error: &ServiceError) -> Refusal {
    let sub_code = error.code.parse().unwrap_or_default();
    Refusal::new(error.status, sub_code, error.message.clone())
}

fn context(context: Option<AgentContext>) -> CustomContext {
    context.map_or_else(CustomContext::default, |context| CustomContext {
        sip_headers: context.sip_headers,
        voip_headers: context.voip_headers,
    })
}

impl Service {
    /// Signs an agent in, or takes its session up again. The answer is said before anything else.
    pub(super) fn agent_signs_in(
        &self,
        sign_in: SignIn,
        sender: &mpsc::UnboundedSender<ServerMessage>,
    ) -> Result<(SessionId, u64), Refusal> {
        if sign_in.version != VERSION {
            return Err(Refusal::new(426, 0, format!("expected version {VERSION}")));
        }
        let raw_id = self
            .identities
            .holder(sign_in.token.expose(), self.host.now())
            .ok_or_else(|| Refusal::new(401, 40_235, "the token is not valid, or not for calls"))?;
        let identity = CommunicationIdentifier::from_raw_id(&raw_id);
        let session = {
            let mut registry = self.host.agents().lock();
            let resumed = sign_in.resume.filter(|id| {
                let session = registry.sessions.get(id);
                session
                    .is_some_and(|session| session.raw_id == raw_id && session.endpoint == sign_in.endpoint)
            });
            if resumed.is_none() {
                let mut others = registry.sessions.values();
                if others.any(|other| other.raw_id == raw_id && other.endpoint == sign_in.endpoint) {
                    let why = "this identity has an agent on this endpoint";
                    return Err(Refusal::new(409, 40_228, why));
                }
            }
            let id = resumed.clone().unwrap_or_else(SessionId::random);
            let transfers = registry.transfers.iter();
            let open: Vec<TransferStatus> = transfers
                .filter(|(_, moving)| moving.transferor == id)
                .map(|(transfer, _)| TransferStatus {
                    id: transfer.clone(),
                    progress: TransferProgress::Transferring,
                })
                .collect();
            let open = open.into_iter();
            let session = registry.sessions.entry(id.clone()).or_insert_with(|| Session {
                identity: identity.clone(),
                raw_id: raw_id.clone(),
                endpoint: sign_in.endpoint,
                display_name: None,
                asks_before_transfer: false,
                sender: None,
                connection: 0,
                calls: std::collections::HashMap::new(),
                decided: std::collections::VecDeque::new(),
            });
            session.display_name = sign_in.display_name;
            session.asks_before_transfer = sign_in.asks_before_transfer;
            session.sender = Some(sender.clone());
            session.connection += 1;
            let ringing = session.calls.values().filter(|part| part.phase == Phase::Ringing);
            let signed_in = SignedIn {
                session: id.clone(),
                resumed: resumed.is_some(),
                identity,
                incoming: ringing.map(Part::info).collect(),
                calls: session
                    .calls
                    .values()
                    .filter_map(|part| part.told.clone())
                    .collect(),
                transfers: open.chain(session.decided.iter().cloned()).collect(),
            };
            session.say(ServerMessage::SignedIn(signed_in));
            (id, session.connection)
        };
        let online = Command::SetOnline { raw_id, online: true };
        let _ = self.host.command(online);
        Ok(session)
    }

    /// Whether a connection is the one of its agent.
    pub(super) fn agent_is_here(&self, id: &SessionId, connection: u64) -> bool {
        let registry = self.host.agents().lock();
        let session = registry.sessions.get(id);
        session.is_some_and(|session| session.connection == connection)
    }

    /// The connection of an agent is lost.
    pub(super) fn agent_is_away(&self, id: &SessionId, connection: u64) {
        let mut registry = self.host.agents().lock();
        if let Some(session) = registry.sessions.get_mut(id)
            && session.connection == connection
        {
            session.sender = None;
            // Its questions count as declined.
            registry.declined_by(id);
        }
    }

    /// The connection of an agent did not come back.
    pub(super) fn agent_stays_away(&self, id: &SessionId, connection: u64) {
        let away = self.agent_is_here(id, connection);
        if away {
            self.agent_signs_out(id);
        }
    }

    /// The agent leaves, and its calls with it.
    pub(super) fn agent_signs_out(&self, id: &SessionId) {
        let mut commands = Vec::new();
        {
            let mut registry = self.host.agents().lock();
            registry.declined_by(id);
            let Some(session) = registry.sessions.remove(id) else {
                return;
            };
            for (call, part) in session.calls {
                if part.phase == Phase::In {
                    commands.push(in_call(&call, &session.raw_id, CallAction::HangUp));
                }
            }
            if registry
                .sessions
                .values()
                .all(|other| other.raw_id != session.raw_id)
            {
                let raw_id = session.raw_id;
                commands.push(Command::SetOnline {
                    raw_id,
                    online: false,
                });
            }
        }
        for command in commands {
            // A call may be over by now.
            let _ = self.host.command(command);
        }
    }

    /// Carries a request out.
    pub(super) fn agent_asks(&self, id: &SessionId, request: Request) -> Asked {
        match request {
            Request::UpdateToken { token } => {
                let holder = self.identities.holder(token.expose(), self.host.now());
                let registry = self.host.agents().lock();
                let session = registry.sessions.get(id).ok_or_else(no_call)?;
                match holder {
                    Some(holder) if holder == session.raw_id => Ok(()),
                    _ => Err(Refusal::new(
                        401,
                        40_235,
                        "the token is not valid for this identity",
                    )),
                }
            }
            Request::StartCall {
                call,
                mut participants,
                custom_context,
                muted,
                ..
            } => {
                let (Some(to), true) = (participants.pop(), participants.is_empty()) else {
                    return Err(not_built("a call to several at once"));
                };
                let (from, display_name) = self.of(id, |session| {
                    (session.identity.clone(), session.display_name.clone())
                })?;
                let command = Command::PlaceCall(PlaceCall {
                    from,
                    to,
                    display_name,
                    custom_context: context(custom_context),
                });
                self.begin(id, &call, command, muted)
            }
            Request::Join { call, locator, muted } => {
                let party = self.of(id, |session| session.identity.clone())?;
                let locator = match locator {
                    CallLocator::Group { group_id } => EngineLocator::Group(group_id),
                    CallLocator::Room { room_id } => EngineLocator::Room(room_id),
                    _ => return Err(not_built("this kind of call")),
                };
                self.begin(id, &call, Command::JoinCall { locator, party }, muted)
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
                for moving in registry.transfers.values_mut() {
                    moving.left |= moving.transferor == *id && moving.from == server_call;
                }
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
                ..
            } => self.answer_transfer(id, &transfer_request, accept),
            Request::AddParticipant { .. } | Request::RemoveParticipant { .. } => {
                Err(not_built("adding and removing participants by an agent"))
            }
            _ => Err(not_built("this request")),
        }
    }

    fn of<T>(&self, id: &SessionId, read: impl FnOnce(&Session) -> T) -> Result<T, Refusal> {
        let registry = self.host.agents().lock();
        registry.sessions.get(id).map(read).ok_or_else(no_call)
    }

    fn with(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        if let Some(session) = self.host.agents().lock().sessions.get_mut(id) {
            change(session);
        }
    }

    /// The call of an agent at the engine, and who the agent is.
    fn part(&self, id: &SessionId, call: &CallId, phase: Phase) -> Result<(ServerCallId, String), Refusal> {
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
    fn begin(&self, id: &SessionId, call: &CallId, command: Command, muted: bool) -> Asked {
        let begun = self.host.apply(command, |applied| {
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
        });
        begun?;
        if muted {
            self.act(id, call, CallAction::Mute(true))
        } else {
            Ok(())
        }
    }

    fn accept_call(&self, id: &SessionId, call: &CallId, muted: bool) -> Asked {
        let gone = || Refusal::new(400, 41_006, "the call does not ring any more");
        let (server_call, raw_id) = self.part(id, call, Phase::Ringing).map_err(|_| gone())?;
        // The engine says who was first, and whose call it is is known before anybody is told.
        let answered = self
            .host
            .apply(in_call(&server_call, &raw_id, CallAction::Answer), |applied| {
                if applied.reply.is_ok() {
                    self.with(id, |session| {
                        if let Some(part) = session.calls.get_mut(&server_call) {
                            part.phase = Phase::In;
                        }
                    });
                }
                (applied.reply.is_ok(), None)
            });
        if !answered {
            return Err(gone());
        }
        if muted {
            // It comes into the call in a moment; until then there is nothing to mute.
            return self.act(id, call, CallAction::Mute(true)).or(Ok(()));
        }
        Ok(())
    }

    fn set_held(&self, id: &SessionId, call: &CallId, held: bool) -> Asked {
        let (server_call, _) = self.part(id, call, Phase::In)?;
        self.with(id, |session| {
            if let Some(part) = session.calls.get_mut(&server_call) {
                part.held = held;
            }
        });
        self.host
            .command(Command::Tick)
            .map(drop)
            .map_err(|error| refusal(&error))
    }

    fn transfer(
        &self,
        id: &SessionId,
        call: &CallId,
        transfer: TransferId,
        target: TransferTarget,
        custom: CustomContext,
    ) -> Asked {
        let (from, own) = self.part(id, call, Phase::In)?;
        let transferee = self.far_end(&own, &from)?;
        let (target, replaces) = match target {
            TransferTarget::Participant { identifier, .. } => (identifier, None),
            TransferTarget::Call { call } => {
                let gone = CallEndReason::REPLACED_CALL_NOT_FOUND;
                let gone = Refusal::new(gone.code, gone.sub_code.unwrap_or_default(), "the call is gone");
                let (other, _) = self.part(id, &call, Phase::In).map_err(|_| gone)?;
                (self.far_end(&own, &other)?, Some(other))
            }
            TransferTarget::Voicemail { identifier } => (self.voicemail(&identifier)?, None),
        };
        if target == transferee {
            return Err(Refusal::new(400, 0, "the target is the transferee"));
        }
        let mut moving = Moving {
            transferor: id.clone(),
            transferor_identity: CommunicationIdentifier::from_raw_id(&own),
            from,
            transferee,
            target,
            replaces,
            custom,
            stage: Stage::Asking(TransferRequestId::random(), id.clone()),
            left: false,
        };
        {
            let mut registry = self.host.agents().lock();
            let asked = registry.sessions.iter().find(|(_, session)| {
                session.asks_before_transfer
                    && session.raw_id == *moving.transferee.raw_id()
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

    /// The voicemail of a Teams user: a party of its own, which answers. Every Teams user has one.
    fn voicemail(&self, user: &CommunicationIdentifier) -> Result<CommunicationIdentifier, Refusal> {
        let CommunicationIdentifier::MicrosoftTeamsUser(user) = user else {
            return Err(Refusal::new(400, 0, "only Teams users have a voicemail"));
        };
        let raw_id = format!("28:voicemail:{}", user.user_id());
        let script = Command::SetScript {
            raw_id: raw_id.clone(),
            script: Some(PartyScript::answer()),
        };
        self.host.command(script).map_err(|error| refusal(&error))?;
        Ok(CommunicationIdentifier::from_raw_id(&raw_id))
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
        let command = Command::PlaceCall(PlaceCall {
            from: moving.transferee.clone(),
            to: moving.target.clone(),
            display_name: None,
            custom_context: moving.custom.clone(),
        });
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

    fn cancel_transfer(&self, id: &SessionId, transfer: &TransferId) -> Asked {
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

    fn answer_transfer(&self, id: &SessionId, question: &TransferRequestId, accept: bool) -> Asked {
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
            (transfer, moving)
        };
        self.call_target(transfer, moving)
    }
}

impl Registry {
    /// An endpoint that is away declines what it was asked.
    fn declined_by(&mut self, id: &SessionId) {
        let asked: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, moving)| matches!(&moving.stage, Stage::Asking(_, asked) if asked == id))
            .map(|(transfer, _)| transfer.clone())
            .collect();
        for transfer in asked {
            let error = CallEndReason::DECLINED;
            self.decide(&transfer, TransferProgress::Failed { error });
        }
    }
}

fn in_call(call: &ServerCallId, raw_id: &str, action: CallAction) -> Command {
    Command::InCall(InCall {
        call: call.clone(),
        raw_id: raw_id.to_owned(),
        action,
    })
}
