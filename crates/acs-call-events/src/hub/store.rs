//! The events of one log: packed where all have read them, ready where somebody has not.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::CallEvent;
use crate::event::{CallIds, EventId, Packed};

/// How many events are packed at most: a log with more is none of a million, and reading it again from the
/// beginning should not cost more than it saves.
const PACKED: usize = 64;

/// For how many events there is room from the first one on: most calls have so many.
const READY: usize = 8;

/// The packed events, and behind them the ready ones.
#[derive(Debug, Default)]
pub(crate) struct Store {
    packed: Packed,
    ready: VecDeque<CallEvent>,
    /// The position of the first event.
    base: u64,
    /// The ids of the first event; most likely those of all.
    ids: Option<Arc<CallIds>>,
}

impl Store {
    pub(crate) fn ids(&self) -> Option<&Arc<CallIds>> {
        self.ids.as_ref()
    }

    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// The position behind the newest event.
    pub(crate) fn tail(&self) -> u64 {
        self.base + self.len() as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.packed.len() + self.ready.len()
    }

    pub(crate) fn push(&mut self, event: CallEvent) {
        self.ids.get_or_insert_with(|| Arc::clone(event.ids()));
        if self.ready.capacity() == 0 {
            self.ready.reserve(READY);
        }
        self.ready.push_back(event);
    }

    /// The event at a position. What is packed is made ready: whoever reads one will read the next.
    pub(crate) fn read(&mut self, position: u64) -> Option<CallEvent> {
        let index = self.index(position)?;
        if index < self.packed.len() {
            self.unpack();
        }
        self.ready.get(index - self.packed.len()).cloned()
    }

    /// The event at a position, for a look at it alone.
    pub(crate) fn at(&self, position: u64) -> Option<CallEvent> {
        let index = self.index(position)?;
        match index.checked_sub(self.packed.len()) {
            Some(index) => self.ready.get(index).cloned(),
            None => self.packed.iter(self.ids.as_ref()?).nth(index),
        }
    }

    fn index(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.base)?).ok()
    }

    /// Takes the first event out.
    pub(crate) fn pop(&mut self) -> Option<CallEvent> {
        self.unpack();
        let event = self.ready.pop_front()?;
        self.base += 1;
        Some(event)
    }

    pub(crate) fn has(&self, id: &EventId) -> bool {
        self.ready.iter().any(|event| event.event_id() == id) || self.packed.has(id)
    }

    pub(crate) fn event_ids(&self) -> impl Iterator<Item = EventId> + '_ {
        let ready = self.ready.iter().map(|event| event.event_id().clone());
        self.packed.ids().chain(ready)
    }

    /// Packs all events, unless they are many.
    pub(crate) fn pack(&mut self) {
        if self.ready.is_empty() || self.len() > PACKED {
            return;
        }
        if let Some(ids) = &self.ids
            && self.packed.extend(ids, self.ready.iter())
        {
            self.ready = VecDeque::new();
        }
    }

    fn unpack(&mut self) {
        let packed = std::mem::take(&mut self.packed);
        if let Some(ids) = &self.ids {
            for event in packed.iter(ids).collect::<Vec<_>>().into_iter().rev() {
                self.ready.push_front(event);
            }
        }
    }
}
