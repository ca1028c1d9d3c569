//! Calls that get another id: the service names the former ones beside the new one.

use super::{Machine, Output, Purpose};
use crate::protocol::{CallId, TransferTarget};

impl Machine {
    /// Takes the new id of a call up, wherever the old one stood. A new id that another call has is passed over.
    pub(super) fn rename(&mut self, new: &CallId, previous: &[CallId]) {
        if self.in_use(new) {
            return;
        }
        let Some(old) = previous.iter().rev().find(|id| self.calls.contains_key(*id)) else {
            return;
        };
        let Some(mut entry) = self.calls.remove(old) else {
            return;
        };
        entry.renamed(new, previous);
        self.calls.insert(new.clone(), entry);
        // A call that is being accepted is among those that ring until the answer is there.
        if let Some(ringing) = self.incoming.remove(old) {
            self.incoming.insert(new.clone(), ringing);
        }
        let rename = |id: &mut CallId| {
            if id == old {
                *id = new.clone();
            }
        };
        for entry in self.transfers.values_mut() {
            rename(&mut entry.wanted.call);
            if let TransferTarget::Call { call } = &mut entry.wanted.target {
                rename(call);
            }
        }
        self.questions.values_mut().for_each(rename);
        for pending in self.pending.values_mut() {
            match &mut pending.purpose {
                Purpose::Start(id)
                | Purpose::Accept(id)
                | Purpose::Reject(id)
                | Purpose::HangUp(id)
                | Purpose::Hold(id)
                | Purpose::Resume(id)
                | Purpose::Mute(id) => rename(id),
                Purpose::Plain | Purpose::Transfer(_) => {}
            }
        }
        self.outputs.push(Output::CallRenamed(old.clone(), new.clone()));
    }

    /// The id of now, for one that somebody may have read before it changed.
    pub(super) fn current_id(&self, id: &CallId) -> CallId {
        if self.calls.contains_key(id) {
            return id.clone();
        }
        let mut calls = self.calls.iter();
        let renamed = calls.find(|(_, entry)| entry.said.previous_ids.contains(id));
        renamed.map_or_else(|| id.clone(), |(current, _)| current.clone())
    }
}
