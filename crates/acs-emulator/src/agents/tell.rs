//! What agents are told: the difference between what the engine shows and what they know.

use std::collections::{HashMap, HashSet};

use acs_calling::protocol::{
    CallDirection, CallEndReason, CallId, CallSnapshot, CallState, CallerInfo, IncomingCallInfo,
    ParticipantState, RemoteParticipant, ServerMessage, TransferId, TransferProgress, TransferStatus,
};
use acs_common::ServerCallId;

use super::moving::{Moving, Stage};
use super::{DECIDED, Part, Phase, Registry, Session};
use crate::engine::{CallAction, CallNews, Command, Engine, InCall, Outlook, Place, Ringing};

/// What the registry knows of one call across sessions.
struct Known {
    /// Who holds it.
    holding: HashSet<String>,
    /// For which identities one endpoint has taken it.
    taken: HashSet<String>,
    /// Where it is the call to a transfer target: the old call, the transferee, and the transferor as the target
    /// sees it.
    moving: Option<(ServerCallId, String, CallerInfo)>,
    /// How those who are signed in want to be called.
    names: HashMap<String, String>,
}

impl Registry {
    /// Tells everybody what is new to them. `ended` says why calls are over that were there before. Returns what
    /// follows from that.
    pub(super) fn tell(
        &mut self,
        news: &[CallNews],
        engine: &Engine,
        ended: &HashMap<ServerCallId, CallEndReason>,
    ) -> Vec<Command> {
        let mut follows = Vec::new();
        for news in news {
            let known = self.known(news);
            for outlook in &news.outlooks {
                for id in self.by_identity.get(&*outlook.raw_id).into_iter().flatten() {
                    if let Some(session) = self.sessions.get_mut(id) {
                        session.see(outlook, &known);
                        follows.extend(session.ask(outlook));
                    }
                }
            }
        }
        // What ends is told last: whoever is moved is in the new call before the old one is over, also where an
        // application moves it.
        for news in news {
            for raw_id in &news.left {
                for id in self.by_identity.get(&**raw_id).into_iter().flatten() {
                    if let Some(session) = self.sessions.get_mut(id) {
                        session.forget(&news.call, ended.get(&news.call).copied());
                    }
                }
            }
        }
        follows.extend(self.follow_transfers(news, engine, ended));
        follows
    }

    fn known(&self, news: &CallNews) -> Known {
        let mut known = Known {
            holding: HashSet::new(),
            taken: HashSet::new(),
            moving: self.transfers.rung_in(&news.call).map(|moving| {
                let mut transferor = CallerInfo::new(moving.transferor_identity.clone());
                let session = self.sessions.get(&moving.transferor);
                transferor.display_name = session.and_then(|session| session.display_name.clone());
                let transferee = moving.transferee.raw_id().into_owned();
                (moving.from.clone(), transferee, transferor)
            }),
            names: HashMap::new(),
        };
        for outlook in &news.outlooks {
            for (_, session) in self.sessions_of(&outlook.raw_id) {
                if let Some(name) = &session.display_name {
                    known.names.insert(session.raw_id.clone(), name.clone());
                }
                let Some(part) = session.calls.get(&news.call) else {
                    continue;
                };
                if part.held {
                    known.holding.insert(session.raw_id.clone());
                }
                if part.phase == Phase::In {
                    known.taken.insert(session.raw_id.clone());
                }
            }
        }
        known
    }

    /// Transfers that have succeeded or come to nothing.
    fn follow_transfers(
        &mut self,
        news: &[CallNews],
        engine: &Engine,
        ended: &HashMap<ServerCallId, CallEndReason>,
    ) -> Vec<Command> {
        let mut follows = Vec::new();
        for news in news {
            let open = self.transfers.of(&news.call);
            let decided: Vec<_> = open
                .filter_map(|(id, moving)| {
                    let progress = self.progress(moving, engine, ended, &mut follows)?;
                    Some((id.clone(), progress))
                })
                .collect();
            for (id, progress) in decided {
                self.decide(&id, progress);
            }
        }
        follows
    }

    /// What has become of a transfer, if it is over, and what follows from that.
    fn progress(
        &self,
        moving: &Moving,
        engine: &Engine,
        ended: &HashMap<ServerCallId, CallEndReason>,
        follows: &mut Vec<Command>,
    ) -> Option<TransferProgress> {
        let leave = |call: &ServerCallId, raw_id: String| {
            Command::InCall(InCall {
                call: call.clone(),
                raw_id,
                action: CallAction::HangUp,
            })
        };
        let failed = |call| TransferProgress::Failed {
            error: ended.get(call).copied().unwrap_or(CallEndReason::CANCELED),
        };
        let from_gone = engine.established_parties(&moving.from).is_none();
        // There is nothing left that the new call could take the place of.
        let replaced_gone = (moving.replaces.as_ref())
            .is_some_and(|replaced| engine.established_parties(replaced).is_none())
            .then_some(TransferProgress::Failed {
                error: CallEndReason::REPLACED_CALL_NOT_FOUND,
            });
        let Stage::Calling(call) = &moving.stage else {
            return if from_gone {
                Some(failed(&moving.from))
            } else {
                replaced_gone
            };
        };
        match engine.established_parties(call) {
            Some(true) => {
                if let (Some(replaced), Some(session)) =
                    (&moving.replaces, self.sessions.get(&moving.transferor))
                {
                    follows.push(leave(replaced, session.raw_id.clone()));
                }
                Some(TransferProgress::Transferred)
            }
            Some(false) if from_gone && !moving.left => {
                // The transferee hung up; nobody is to ring for it any more.
                follows.push(leave(call, moving.transferee.raw_id().into_owned()));
                Some(failed(&moving.from))
            }
            Some(false) => {
                if replaced_gone.is_some() {
                    follows.push(leave(call, moving.transferee.raw_id().into_owned()));
                }
                replaced_gone
            }
            None => Some(failed(call)),
        }
    }

    /// A transfer is over; its transferor is told.
    pub(super) fn decide(&mut self, id: &TransferId, progress: TransferProgress) {
        let Some(moving) = self.transfers.remove(id) else {
            return;
        };
        if let Stage::Asking(question, session) = &moving.stage
            && let Some(session) = self.sessions.get(session)
        {
            let transfer_request = question.clone();
            session.say(ServerMessage::TransferRequestEnded { transfer_request });
        }
        if let Some(session) = self.sessions.get_mut(&moving.transferor) {
            let id = id.clone();
            let transfer = TransferStatus { id, progress };
            if session.decided.len() == DECIDED {
                session.decided.pop_front();
            }
            session.decided.push_back(transfer.clone());
            session.say(ServerMessage::Transfer { transfer });
        }
    }
}

impl Session {
    /// One call, as the engine shows it now.
    fn see(&mut self, outlook: &Outlook, known: &Known) {
        let call = &outlook.call;
        match (self.calls.get(call).map(|part| part.phase), &outlook.place) {
            (None, Place::Ringing(ringing)) if !known.taken.contains(&self.raw_id) => {
                self.ring(outlook, ringing, known);
            }
            (None, Place::Coming { from }) => self.come(outlook, &from.clone(), known),
            (None, Place::In) => {
                // The new call of a transfer that another agent asked for.
                if let Some((from, transferee, _)) = &known.moving
                    && *transferee == self.raw_id
                {
                    self.come(outlook, &from.clone(), known);
                }
            }
            (Some(Phase::Ringing), Place::Answering | Place::AnsweredByApplication | Place::In) => {
                self.rings_no_more(call, CallEndReason::ANSWERED_ELSEWHERE);
            }
            (Some(Phase::In), Place::Answering | Place::In | Place::Coming { .. }) => {
                self.show(outlook, known);
            }
            _ => {}
        }
    }

    fn ring(&mut self, outlook: &Outlook, ringing: &Ringing, known: &Known) {
        let Ringing {
            from,
            display_name,
            custom,
            transferor,
            forwarder,
        } = ringing;
        let by_agent = known.moving.as_ref().map(|(_, _, who)| who.clone());
        let info = IncomingCallInfo {
            id: CallId::random(),
            caller: CallerInfo {
                display_name: if display_name.is_empty() {
                    known.names.get(&*from.raw_id()).cloned()
                } else {
                    Some(display_name.clone())
                },
                ..CallerInfo::new(from.clone())
            },
            // Who sent it on last: a user that forwards comes behind whoever transfers.
            transferor: (forwarder.clone().map(CallerInfo::new))
                .or(by_agent)
                .or_else(|| transferor.clone().map(CallerInfo::new)),
            custom_context: custom.as_ref().map(super::calling::shown_context),
        };
        let part = Part {
            id: info.id.clone(),
            phase: Phase::Ringing,
            direction: CallDirection::Incoming,
            caller: Some(info.caller.clone()),
            transferor: info.transferor.clone(),
            custom: info.custom_context.clone(),
            held: false,
            leaving: false,
            parted: None,
            failed: HashMap::new(),
            told: None,
        };
        self.calls.insert(outlook.call.clone(), part);
        self.say(ServerMessage::IncomingCall { incoming: info });
    }

    /// This agent is being transferred, if it has the call that it comes from.
    fn come(&mut self, outlook: &Outlook, from: &ServerCallId, known: &Known) {
        let Some(old) = self.calls.get(from).filter(|part| part.phase == Phase::In) else {
            return;
        };
        let call = old.id.clone();
        let mut part = Part::begun(CallId::random(), self.identity.clone());
        let target_call = part.snapshot(outlook, &self.raw_id, known);
        part.told = Some(target_call.clone());
        self.calls.insert(outlook.call.clone(), part);
        self.say(ServerMessage::TransferAccepted { call, target_call });
    }

    fn show(&mut self, outlook: &Outlook, known: &Known) {
        let Some(part) = self.calls.get_mut(&outlook.call) else {
            return;
        };
        let call = part.snapshot(outlook, &self.raw_id, known);
        if part.told.as_ref() == Some(&call) {
            return;
        }
        // Whoever is gone is shown as gone before it is not shown any more.
        let parting = part.parting(&call);
        part.told = Some(call.clone());
        if let Some(call) = parting {
            self.say(ServerMessage::Call { call });
        }
        self.say(ServerMessage::Call { call });
    }

    fn rings_no_more(&mut self, call: &ServerCallId, reason: CallEndReason) {
        if let Some(part) = self.calls.remove(call) {
            let call = part.id;
            self.say(ServerMessage::IncomingCallEnded { call, reason });
        }
    }

    /// The party is in this call no longer.
    fn forget(&mut self, call: &ServerCallId, reason: Option<CallEndReason>) {
        if let Some(transfer_request) = self.questions.remove(call) {
            self.say(ServerMessage::TransferRequestEnded { transfer_request });
        }
        let parted = self.calls.get(call).and_then(|part| part.parted);
        let reason = parted.or(reason);
        match self.calls.get(call).map(|part| part.phase) {
            Some(Phase::Ringing) => {
                // Whoever rings is told about the caller's doings, not about the other side of a talk.
                let reason = reason.filter(|reason| reason.code == 487);
                self.rings_no_more(call, reason.unwrap_or(CallEndReason::CANCELED));
            }
            Some(Phase::In) => {
                if let Some(part) = self.calls.remove(call) {
                    let state = CallState::Disconnected;
                    let mut over = CallSnapshot::new(part.id, part.direction, state);
                    over.caller = part.caller;
                    over.transferor = part.transferor;
                    over.server_call_id = Some(call.clone());
                    let own = part.leaving.then_some(CallEndReason::HUNG_UP);
                    over.end_reason = own.or(reason).or(Some(CallEndReason::REMOVED));
                    self.say(ServerMessage::Call { call: over });
                }
            }
            None => {}
        }
    }
}

impl Part {
    /// A call that this endpoint began, or was transferred into.
    pub(super) fn begun(id: CallId, caller: acs_common::CommunicationIdentifier) -> Self {
        Self {
            id,
            phase: Phase::In,
            direction: CallDirection::Outgoing,
            caller: Some(CallerInfo::new(caller)),
            transferor: None,
            custom: None,
            held: false,
            leaving: false,
            parted: None,
            failed: HashMap::new(),
            told: None,
        }
    }

    pub(super) fn info(&self) -> IncomingCallInfo {
        IncomingCallInfo {
            id: self.id.clone(),
            caller: self.caller.clone().unwrap_or(CallerInfo {
                identifier: None,
                display_name: None,
            }),
            transferor: self.transferor.clone(),
            custom_context: self.custom.clone(),
        }
    }

    /// What was told last, with those as gone who are not there now; `None` where all are.
    fn parting(&mut self, now: &CallSnapshot) -> Option<CallSnapshot> {
        let mut last = self.told.clone()?;
        let mut any = false;
        for party in &mut last.participants {
            let stays = now
                .participants
                .iter()
                .any(|other| other.identifier == party.identifier);
            if !stays {
                any = true;
                party.state = ParticipantState::Disconnected;
                party.call_end_reason = self.failed.remove(&*party.identifier.raw_id());
            }
        }
        any.then_some(last)
    }

    fn snapshot(&self, outlook: &Outlook, raw_id: &str, known: &Known) -> CallSnapshot {
        let mut snapshot = CallSnapshot::new(
            self.id.clone(),
            self.direction,
            self.state(outlook, raw_id, known),
        );
        snapshot.caller.clone_from(&self.caller);
        snapshot.transferor.clone_from(&self.transferor);
        snapshot.server_call_id = Some(outlook.call.clone());
        snapshot.is_muted = outlook.muted;
        snapshot.participants = outlook
            .others
            .iter()
            .map(|other| RemoteParticipant {
                identifier: other.identifier.clone(),
                display_name: known.names.get(&*other.identifier.raw_id()).cloned(),
                state: match (other.ringing, other.on_hold) {
                    (true, _) => ParticipantState::Ringing,
                    (_, true) => ParticipantState::Hold,
                    _ => ParticipantState::Connected,
                },
                is_muted: other.muted,
                call_end_reason: None,
            })
            .collect();
        snapshot
    }

    fn state(&self, outlook: &Outlook, raw_id: &str, known: &Known) -> CallState {
        let in_call = outlook.place == Place::In && outlook.established;
        if !in_call {
            let alerted = outlook.others.iter().any(|other| other.ringing);
            let outgoing = self.direction == CallDirection::Outgoing;
            return if alerted && outgoing {
                CallState::Ringing
            } else {
                CallState::Connecting
            };
        }
        let held_by = |raw_id: &str| known.holding.contains(raw_id);
        let held_there = match &outlook.others[..] {
            [other] if !outlook.group => held_by(&other.identifier.raw_id()),
            _ => false,
        };
        if held_by(raw_id) {
            CallState::LocalHold
        } else if outlook.on_hold || held_there {
            CallState::RemoteHold
        } else {
            CallState::Connected
        }
    }
}
