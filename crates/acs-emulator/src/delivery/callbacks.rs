//! Callbacks: one queue per callback address, so that an application sees the events of an address in the
//! order in which they happened, and a slow address delays nobody else. A queue exists as long as there is
//! something in it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Counted, Courier, Post, Schedule};
use crate::tokens::Tokens;

type Queues = HashMap<String, VecDeque<(Post, Counted)>>;

/// The queues and those who work on them. Unbounded, but counted ([`Courier::pending`]).
#[derive(Clone, Debug)]
pub(crate) struct Callbacks {
    courier: Courier,
    schedule: Arc<Schedule>,
    queues: Arc<Mutex<Queues>>,
    tokens: Arc<Tokens>,
}

impl Callbacks {
    pub(crate) fn new(courier: Courier, schedule: Schedule, tokens: Arc<Tokens>) -> Self {
        Self {
            courier,
            schedule: Arc::new(schedule),
            queues: Arc::default(),
            tokens,
        }
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a post at the end of the queue of its address.
    pub(crate) fn send(&self, post: Post) {
        let item = (post, self.courier.pending.count());
        let address = item.0.url.to_string();
        let mut queues = self.queues();
        match queues.entry(address) {
            Entry::Occupied(mut queue) => queue.get_mut().push_back(item),
            Entry::Vacant(vacant) => {
                let worker = self.clone().work(vacant.key().clone());
                vacant.insert(VecDeque::from([item]));
                self.courier.spawn(worker);
            }
        }
    }

    /// Empties one queue, then takes it away.
    async fn work(self, address: String) {
        loop {
            // The lock is not held while sending; the queue stays in the map, so no second worker starts.
            let next = {
                let mut queues = self.queues();
                let next = queues.get_mut(&address).and_then(VecDeque::pop_front);
                if next.is_none() {
                    queues.remove(&address);
                }
                next
            };
            let Some((post, _counted)) = next else { return };
            self.courier
                .deliver(&post, &self.schedule, None, self.tokens.stamp())
                .await;
        }
    }

    /// Forgets what is queued; what is on its way is not called back.
    pub(crate) fn clear(&self) {
        self.queues().values_mut().for_each(VecDeque::clear);
    }

    /// Whether every queue is empty and gone.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.queues().is_empty()
    }
}
