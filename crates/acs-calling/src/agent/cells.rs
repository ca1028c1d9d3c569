//! What handles look at: the last known values of an object, and the logs of its changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acs_common::CommunicationIdentifier;

use crate::changes::{CollectionUpdate, Log};
use crate::machine::{IncomingEnd, TransferState};
use crate::protocol::{
    CallId, CallSnapshot, CallState, IncomingCallInfo, RemoteParticipant, TransferId, TransferRequestId,
};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call.
#[derive(Debug)]
pub(crate) struct CallCell {
    pub(crate) id: CallId,
    pub(crate) view: Mutex<CallSnapshot>,
    pub(crate) states: Log<CallState>,
    pub(crate) mutes: Log<bool>,
    pub(crate) participants: Log<CollectionUpdate<RemoteParticipant>>,
    pub(crate) accepted: Log<Arc<CallCell>>,
    pub(crate) questions: Log<Question>,
}

/// Somebody wants to transfer this endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) id: TransferRequestId,
    pub(crate) target: Option<CommunicationIdentifier>,
}

impl CallCell {
    pub(super) fn new(view: CallSnapshot) -> Self {
        Self {
            id: view.id.clone(),
            view: Mutex::new(view),
            states: Log::default(),
            mutes: Log::default(),
            participants: Log::default(),
            accepted: Log::default(),
            questions: Log::default(),
        }
    }

    pub(super) fn change(&self, new: CallSnapshot) {
        let mut view = lock(&self.view);
        let old = std::mem::replace(&mut *view, new);
        if old.state != view.state {
            self.states.push(view.state);
        }
        if old.is_muted != view.is_muted {
            self.mutes.push(view.is_muted);
        }
        let update = difference(&old.participants, &view.participants);
        if !(update.added.is_empty() && update.removed.is_empty()) {
            self.participants.push(update);
        }
        if view.state == CallState::Disconnected {
            self.states.close();
            self.mutes.close();
            self.participants.close();
        }
    }

    /// The call left the agent: nothing can come of it any more.
    pub(super) fn close(&self) {
        self.accepted.close();
        self.questions.close();
    }
}

/// A participant that changed is removed as it was and added as it is.
fn difference(old: &[RemoteParticipant], new: &[RemoteParticipant]) -> CollectionUpdate<RemoteParticipant> {
    let without = |all: &[RemoteParticipant], others: &[RemoteParticipant]| {
        all.iter().filter(|one| !others.contains(one)).cloned().collect()
    };
    CollectionUpdate {
        added: without(new, old),
        removed: without(old, new),
    }
}

/// A ringing call.
#[derive(Debug)]
pub(crate) struct IncomingCell {
    pub(crate) info: IncomingCallInfo,
    pub(crate) end: Mutex<Option<IncomingEnd>>,
    pub(crate) ends: Log<IncomingEnd>,
}

impl IncomingCell {
    pub(super) fn new(info: IncomingCallInfo) -> Self {
        Self {
            info,
            end: Mutex::new(None),
            ends: Log::default(),
        }
    }

    pub(super) fn end(&self, end: IncomingEnd) {
        *lock(&self.end) = Some(end);
        self.ends.push(end);
        self.ends.close();
    }
}

/// A transfer.
#[derive(Debug)]
pub(crate) struct TransferCell {
    pub(crate) id: TransferId,
    pub(crate) state: Mutex<TransferState>,
    pub(crate) states: Log<TransferState>,
}

impl TransferCell {
    pub(super) fn new(id: TransferId) -> Self {
        Self {
            id,
            state: Mutex::new(TransferState::None),
            states: Log::default(),
        }
    }

    pub(super) fn change(&self, new: TransferState) {
        *lock(&self.state) = new;
        self.states.push(new);
        if new.is_final() {
            self.states.close();
        }
    }
}
