//! The calls that go on, and which of them were touched since somebody last looked.
//!
//! Whoever waits for the calls of parties is told what is new to them. Going through all calls after each command
//! would cost the more the more calls there are, so a call is marked whenever it is taken to be changed. That is
//! the only way to change one.

use std::collections::hash_map::{Keys, Values};
use std::sync::Arc;

use acs_common::ServerCallId;

use super::model::{Call, CallKey};
use super::world::QuickMap;

#[derive(Debug, Default)]
pub(super) struct Calls {
    all: QuickMap<CallKey, Box<Call>>,
    /// Only where somebody watches; otherwise nobody would ever take it.
    watch: Option<Box<Watch>>,
}

#[derive(Debug, Default)]
struct Watch {
    /// With the id of those that are over.
    touched: QuickMap<CallKey, Option<ServerCallId>>,
    /// Those of the watched who were in a call, or about to be, when it was last looked at.
    seen: QuickMap<CallKey, Vec<Arc<str>>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as maps have it")]
impl Calls {
    pub(super) fn get(&self, key: &CallKey) -> Option<&Call> {
        self.all.get(key).map(|call| &**call)
    }

    /// The call, to be changed.
    pub(super) fn get_mut(&mut self, key: &CallKey) -> Option<&mut Call> {
        self.touch(*key);
        self.all.get_mut(key).map(|call| &mut **call)
    }

    pub(super) fn insert(&mut self, key: CallKey, call: Box<Call>) {
        self.touch(key);
        self.all.insert(key, call);
    }

    pub(super) fn remove(&mut self, key: &CallKey) -> Option<Box<Call>> {
        let call = self.all.remove(key)?;
        if let Some(watch) = &mut self.watch {
            watch.touched.insert(*key, Some(call.id.clone()));
        }
        Some(call)
    }

    pub(super) fn clear(&mut self) {
        for (key, call) in self.all.drain() {
            if let Some(watch) = &mut self.watch {
                watch.touched.insert(key, Some(call.id));
            }
        }
    }

    pub(super) fn contains_key(&self, key: &CallKey) -> bool {
        self.all.contains_key(key)
    }

    pub(super) fn keys(&self) -> Keys<'_, CallKey, Box<Call>> {
        self.all.keys()
    }

    pub(super) fn values(&self) -> Values<'_, CallKey, Box<Call>> {
        self.all.values()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// From now on it is kept which calls were touched, or no longer.
    pub(super) fn watch(&mut self, watched: bool) {
        if watched {
            self.watch.get_or_insert_default();
        } else {
            self.watch = None;
        }
    }

    /// The call is to be looked at again.
    pub(super) fn touch(&mut self, key: CallKey) {
        if let Some(watch) = &mut self.watch {
            watch.touched.entry(key).or_default();
        }
    }

    /// Takes the calls that were touched, in the order in which they began.
    pub(super) fn take_touched(&mut self) -> Vec<(CallKey, Option<ServerCallId>)> {
        let Some(watch) = &mut self.watch else {
            return Vec::new();
        };
        let mut touched: Vec<_> = watch.touched.drain().collect();
        touched.sort_unstable_by_key(|(key, _)| *key);
        touched
    }

    /// Nobody tells a party any more what it sees, so it was seen nowhere when that begins anew.
    pub(super) fn forget(&mut self, raw_id: &str) {
        if let Some(watch) = &mut self.watch {
            for seen in watch.seen.values_mut() {
                seen.retain(|other| **other != *raw_id);
            }
        }
    }

    /// Keeps who is seen in a call, and gives back who was seen there before.
    pub(super) fn see(&mut self, key: CallKey, seen: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let Some(watch) = &mut self.watch else {
            return Vec::new();
        };
        let before = if seen.is_empty() {
            watch.seen.remove(&key)
        } else {
            watch.seen.insert(key, seen)
        };
        before.unwrap_or_default()
    }
}
