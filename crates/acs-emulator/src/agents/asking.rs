//! Agents that are asked before an application transfers them.

use acs_calling::protocol::{ServerMessage, TransferRequestId};
use acs_common::ServerCallId;

use super::requests::in_call;
use super::{Phase, Session};
use crate::engine::{CallAction, Command, Outlook, Place};

impl Session {
    /// Asks, where an application wants to transfer the call that this session has. One that does not want to be
    /// asked goes along, and one that is away declines.
    pub(super) fn ask(&mut self, outlook: &Outlook) -> Option<Command> {
        let Place::Asked { from, target } = &outlook.place else {
            return None;
        };
        let old = self.calls.get(from).filter(|part| part.phase == Phase::In)?;
        if self.questions.contains_key(&outlook.call) {
            return None;
        }
        let answer = |agreed| consent(&outlook.call, &self.raw_id, agreed, false);
        if !self.asks_before_transfer {
            return Some(answer(true));
        }
        if self.sender.is_none() {
            return Some(answer(false));
        }
        let question = TransferRequestId::random();
        self.say(ServerMessage::TransferRequested {
            transfer_request: question.clone(),
            call: old.id.clone(),
            target: Some(target.clone()),
        });
        self.questions.insert(outlook.call.clone(), question);
        None
    }

    /// What follows from an answer to a question of here, if it is one.
    pub(super) fn answer(
        &mut self,
        question: &TransferRequestId,
        accept: bool,
        muted: bool,
    ) -> Option<Command> {
        let mut open = self.questions.iter();
        let (call, _) = open.find(|(_, open)| *open == question)?;
        let call = call.clone();
        self.questions.remove(&call);
        Some(consent(&call, &self.raw_id, accept, muted))
    }

    /// Nobody is there to answer.
    pub(super) fn decline_all(&mut self) -> Vec<Command> {
        let questions = std::mem::take(&mut self.questions);
        let calls = questions.into_keys();
        calls
            .map(|call| consent(&call, &self.raw_id, false, false))
            .collect()
    }
}

fn consent(call: &ServerCallId, raw_id: &str, agreed: bool, muted: bool) -> Command {
    in_call(call, raw_id, CallAction::Consent { agreed, muted })
}
