//! What handles look at: the last known values of an object, and the logs of its changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acs_common::CommunicationIdentifier;

use crate::changes::{CollectionUpdate, Log};
use crate::events::CallNews;
use crate::machine::{IncomingEnd, TransferState};
use crate::protocol::{
    CallId, CallSnapshot, CallState, CallerInfo, CustomContext, IncomingCallInfo, RemoteParticipant,
    TransferId, TransferRequestId,
};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A call.
#[derive(Debug)]
pub(crate) struct CallCell {
    pub(crate) view: Mutex<CallSnapshot>,
    pub(crate) states: Log<CallState>,
    pub(crate) ids: Log<CallId>,
    pub(crate) mutes: Log<bool>,
    pub(crate) muted_by_others: Log<()>,
    pub(crate) callers: Log<Option<CallerInfo>>,
    pub(crate) transferors: Log<Option<CallerInfo>>,
    pub(crate) participants: Log<CollectionUpdate<RemoteParticipant>>,
    pub(crate) accepted: Log<Arc<CallCell>>,
    pub(crate) questions: Log<Question>,
    /// All of that in one, for as long as somebody listens.
    pub(crate) news: Log<CallNews>,
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
            view: Mutex::new(view),
            states: Log::default(),
            ids: Log::default(),
            mutes: Log::default(),
            muted_by_others: Log::default(),
            callers: Log::default(),
            transferors: Log::default(),
            participants: Log::default(),
            accepted: Log::default(),
            questions: Log::default(),
            news: Log::default(),
        }
    }

    pub(crate) fn id(&self) -> CallId {
        lock(&self.view).id.clone()
    }

    /// One more change, in its own log and in that of all.
    fn tell<T: Clone>(&self, log: &Log<T>, value: T, news: fn(T) -> CallNews) {
        self.news.push_if_read(|| news(value.clone()));
        log.push(value);
    }

    pub(super) fn rename(&self, id: CallId) {
        lock(&self.view).id = id.clone();
        self.tell(&self.ids, id, CallNews::Id);
    }

    pub(super) fn muted_by_others(&self) {
        self.tell(&self.muted_by_others, (), |()| CallNews::MutedByOthers);
    }

    pub(super) fn accepted(&self, target: &Arc<Self>) {
        self.tell(&self.accepted, Arc::clone(target), CallNews::Accepted);
    }

    pub(super) fn asked(self: &Arc<Self>, question: Question) {
        let news = || CallNews::Question(question.clone(), Arc::downgrade(self));
        self.news.push_if_read(news);
        self.questions.push(question);
    }

    /// What is there, and what follows.
    pub(crate) fn news(self: &Arc<Self>) -> crate::Changes<CallNews> {
        let mut initial = {
            let view = lock(&self.view);
            let added = view.participants.clone();
            let participants = CollectionUpdate {
                added,
                removed: Vec::new(),
            };
            vec![
                CallNews::State(view.state),
                CallNews::Muted(view.is_muted),
                CallNews::Participants(participants),
            ]
        };
        initial.extend(self.accepted.kept().into_iter().map(CallNews::Accepted));
        let questions = self.questions.kept().into_iter();
        initial.extend(questions.map(|question| CallNews::Question(question, Arc::downgrade(self))));
        self.news.starting_now(initial)
    }

    pub(super) fn change(&self, new: CallSnapshot) {
        let mut view = lock(&self.view);
        let old = std::mem::replace(&mut *view, new);
        if old.caller != view.caller {
            self.tell(&self.callers, view.caller.clone(), CallNews::Caller);
        }
        if old.transferor != view.transferor {
            self.tell(&self.transferors, view.transferor.clone(), CallNews::Transferor);
        }
        let update = difference(&old.participants, &view.participants);
        if !(update.added.is_empty() && update.removed.is_empty()) {
            self.tell(&self.participants, update, CallNews::Participants);
        }
        if old.is_muted != view.is_muted {
            self.tell(&self.mutes, view.is_muted, CallNews::Muted);
        }
        // Last, for nothing comes after the last state.
        if old.state != view.state {
            self.tell(&self.states, view.state, CallNews::State);
        }
        if view.state == CallState::Disconnected {
            self.states.close();
            self.ids.close();
            self.mutes.close();
            self.muted_by_others.close();
            self.callers.close();
            self.transferors.close();
            self.participants.close();
        }
    }

    /// The call left the agent: nothing can come of it any more.
    pub(super) fn close(&self) {
        self.accepted.close();
        self.questions.close();
        self.news.close();
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
    pub(crate) id: CallId,
    pub(crate) custom_context: Option<CustomContext>,
    /// Who calls, and who transferred or forwarded the call here.
    pub(crate) who: Mutex<(CallerInfo, Option<CallerInfo>)>,
    pub(crate) callers: Log<CallerInfo>,
    pub(crate) transferors: Log<Option<CallerInfo>>,
    pub(crate) end: Mutex<Option<IncomingEnd>>,
    pub(crate) ends: Log<IncomingEnd>,
}

impl IncomingCell {
    pub(super) fn new(info: IncomingCallInfo) -> Self {
        Self {
            id: info.id,
            custom_context: info.custom_context,
            who: Mutex::new((info.caller, info.transferor)),
            callers: Log::default(),
            transferors: Log::default(),
            end: Mutex::new(None),
            ends: Log::default(),
        }
    }

    pub(super) fn change(&self, info: IncomingCallInfo) {
        let mut who = lock(&self.who);
        if who.0 != info.caller {
            self.callers.push(info.caller.clone());
        }
        if who.1 != info.transferor {
            self.transferors.push(info.transferor.clone());
        }
        *who = (info.caller, info.transferor);
    }

    pub(super) fn end(&self, end: IncomingEnd) {
        *lock(&self.end) = Some(end);
        self.callers.close();
        self.transferors.close();
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
