//! Transfers under way, found by the calls that decide them.

use std::collections::HashMap;
use std::collections::hash_map::Iter;

use acs_calling::protocol::{SessionId, TransferId, TransferRequestId};
use acs_common::{CommunicationIdentifier, ServerCallId};

use crate::engine::CustomContext;

/// A transfer under way.
pub(super) struct Moving {
    pub(super) transferor: SessionId,
    /// Shown to the target.
    pub(super) transferor_identity: CommunicationIdentifier,
    /// The call between transferor and transferee.
    pub(super) from: ServerCallId,
    pub(super) transferee: CommunicationIdentifier,
    /// Whether the transferee is to be muted in its new call.
    pub(super) muted: bool,
    pub(super) target: CommunicationIdentifier,
    /// The call that the new one takes the place of.
    pub(super) replaces: Option<ServerCallId>,
    /// The calling settings of the target do not count.
    pub(super) direct: bool,
    pub(super) custom: CustomContext,
    pub(super) stage: Stage,
    /// The transferor has hung up: the end of its call says nothing any more.
    pub(super) left: bool,
}

pub(super) enum Stage {
    /// The transferee is asked.
    Asking(TransferRequestId, SessionId),
    /// The target is rung in this call.
    Calling(ServerCallId),
}

impl Moving {
    /// The calls whose ways decide it.
    fn calls(&self) -> impl Iterator<Item = &ServerCallId> {
        let rung = match &self.stage {
            Stage::Asking(..) => None,
            Stage::Calling(call) => Some(call),
        };
        std::iter::once(&self.from).chain(rung).chain(&self.replaces)
    }
}

#[derive(Default)]
pub(super) struct Transfers {
    all: HashMap<TransferId, Moving>,
    by_call: HashMap<ServerCallId, Vec<TransferId>>,
}

impl Transfers {
    pub(super) fn insert(&mut self, id: TransferId, moving: Moving) {
        self.remove(&id);
        for call in moving.calls() {
            self.by_call.entry(call.clone()).or_default().push(id.clone());
        }
        self.all.insert(id, moving);
    }

    pub(super) fn remove(&mut self, id: &TransferId) -> Option<Moving> {
        let moving = self.all.remove(id)?;
        for call in moving.calls() {
            if let Some(ids) = self.by_call.get_mut(call) {
                ids.retain(|other| other != id);
                if ids.is_empty() {
                    self.by_call.remove(call);
                }
            }
        }
        Some(moving)
    }

    pub(super) fn get(&self, id: &TransferId) -> Option<&Moving> {
        self.all.get(id)
    }

    pub(super) fn iter(&self) -> Iter<'_, TransferId, Moving> {
        self.all.iter()
    }

    /// Whether a transfer hangs on a call.
    pub(super) fn concern(&self, call: &ServerCallId) -> bool {
        self.by_call.contains_key(call)
    }

    /// The transfers that hang on a call.
    pub(super) fn of(&self, call: &ServerCallId) -> impl Iterator<Item = (&TransferId, &Moving)> {
        let ids = self.by_call.get(call).into_iter().flatten();
        ids.filter_map(|id| self.all.get_key_value(id))
    }

    /// The transfer for which the target is rung in a call.
    pub(super) fn rung_in(&self, call: &ServerCallId) -> Option<&Moving> {
        let mut of = self.of(call).map(|(_, moving)| moving);
        of.find(|moving| matches!(&moving.stage, Stage::Calling(rung) if rung == call))
    }

    /// The transferor hangs up the call that it transfers from.
    pub(super) fn leave(&mut self, transferor: &SessionId, from: &ServerCallId) {
        for id in self.by_call.get(from).into_iter().flatten() {
            if let Some(moving) = self.all.get_mut(id) {
                moving.left |= moving.transferor == *transferor && moving.from == *from;
            }
        }
    }
}
