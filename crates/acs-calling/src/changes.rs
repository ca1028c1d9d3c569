//! What changed, for whoever listens.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use futures::stream::FusedStream;

/// How many changes an object keeps for a slow reader.
const KEPT: usize = 1024;

/// The changes of one object, stored once for all readers.
pub(crate) struct Log<T>(Arc<Mutex<Inner<T>>>);

struct Inner<T> {
    entries: VecDeque<T>,
    /// The number of the first entry.
    first: u64,
    closed: bool,
    /// How many there were.
    readers: u64,
    /// How many there are.
    reading: usize,
    waiting: HashMap<u64, Waker>,
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Log<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            entries: VecDeque::new(),
            first: 0,
            closed: false,
            readers: 0,
            reading: 0,
            waiting: HashMap::new(),
        })))
    }
}

impl<T> Log<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, entry: T) {
        self.change(|inner| {
            if inner.closed {
                return;
            }
            if inner.entries.len() == KEPT {
                inner.entries.pop_front();
                inner.first += 1;
            }
            inner.entries.push_back(entry);
        });
    }

    /// Tells those who listen, and keeps nothing for anybody else.
    pub(crate) fn push_if_read(&self, entry: impl FnOnce() -> T) {
        if self.is_read() {
            self.push(entry());
        }
    }

    /// Whether somebody listens.
    pub(crate) fn is_read(&self) -> bool {
        self.lock().reading > 0
    }

    pub(crate) fn close(&self) {
        self.change(|inner| inner.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Inner<T>)) {
        let waiting = {
            let mut inner = self.lock();
            change(&mut inner);
            std::mem::take(&mut inner.waiting)
        };
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    fn reader(&self, at: impl FnOnce(&Inner<T>) -> u64, initial: VecDeque<T>) -> Changes<T> {
        let mut inner = self.lock();
        inner.readers += 1;
        inner.reading += 1;
        let (at, id) = (at(&inner), inner.readers);
        drop(inner);
        Changes {
            log: self.clone(),
            initial,
            at,
            id,
            missed: 0,
            ended: false,
        }
    }

    /// Values now, in their order, and what follows.
    pub(crate) fn starting_now(&self, initial: impl IntoIterator<Item = T>) -> Changes<T> {
        let initial = initial.into_iter().collect();
        self.reader(|inner| inner.first + inner.entries.len() as u64, initial)
    }

    /// All that is kept, and what follows.
    pub(crate) fn starting_first(&self) -> Changes<T> {
        self.reader(|inner| inner.first, VecDeque::new())
    }
}

impl<T: Clone> Log<T> {
    /// All that is kept.
    pub(crate) fn kept(&self) -> Vec<T> {
        self.lock().entries.iter().cloned().collect()
    }
}

/// A stream of changes.
///
/// - **Start.** Where the method that makes it says so: with the value of now, or with all that is kept.
/// - **Completeness.** Every reader sees every change in order; no reader takes anything from another, and none
///   holds the agent up. An object keeps its last 1024 changes: a reader that falls further behind goes on with
///   the oldest that is kept, and [`missed`](Self::missed) counts what it did not see.
/// - **End.** After the last change that there can be.
/// - **Cancel safety.** A dropped future of `next()` has not taken a change.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Changes<T> {
    log: Log<T>,
    initial: VecDeque<T>,
    at: u64,
    id: u64,
    missed: u64,
    ended: bool,
}

impl<T> Changes<T> {
    /// How many changes this reader was too slow for.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}

impl<T> Unpin for Changes<T> {}

impl<T: Clone> Stream for Changes<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        if let Some(initial) = this.initial.pop_front() {
            return Poll::Ready(Some(initial));
        }
        let mut inner = this.log.lock();
        if this.at < inner.first {
            this.missed += inner.first - this.at;
            this.at = inner.first;
        }
        let index = usize::try_from(this.at - inner.first).unwrap_or(usize::MAX);
        if let Some(entry) = inner.entries.get(index) {
            this.at += 1;
            return Poll::Ready(Some(entry.clone()));
        }
        if inner.closed {
            drop(inner);
            this.ended = true;
            return Poll::Ready(None);
        }
        inner.waiting.insert(this.id, context.waker().clone());
        Poll::Pending
    }
}

impl<T: Clone> FusedStream for Changes<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T> Drop for Changes<T> {
    fn drop(&mut self) {
        let mut inner = self.log.lock();
        inner.waiting.remove(&self.id);
        inner.reading -= 1;
    }
}

impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("at", &self.at)
            .field("missed", &self.missed)
            .finish_non_exhaustive()
    }
}

/// What came into a collection and what left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionUpdate<T> {
    /// What came. In the first update of a stream: all that is there.
    pub added: Vec<T>,
    /// What left.
    pub removed: Vec<T>,
}

/// A stream of changes whose items are made into handles as they are read.
macro_rules! handle_stream {
    ($(#[$meta:meta])* $vis:vis $name:ident, $entry:ty => $item:ty, $make:expr) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[must_use = "a stream does nothing unless it is polled"]
        $vis struct $name {
            changes: $crate::Changes<$entry>,
            agent: std::sync::Arc<$crate::agent::Shared>,
        }

        impl $name {
            #[allow(dead_code, reason = "not every stream is made in the file of its items")]
            pub(crate) fn new(
                agent: &std::sync::Arc<$crate::agent::Shared>,
                changes: $crate::Changes<$entry>,
            ) -> Self {
                Self { changes, agent: std::sync::Arc::clone(agent) }
            }
        }

        impl futures::Stream for $name {
            type Item = $item;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                let this = &mut *self;
                let make: fn(&std::sync::Arc<$crate::agent::Shared>, $entry) -> $item = $make;
                std::pin::Pin::new(&mut this.changes)
                    .poll_next(context)
                    .map(|entry| entry.map(|entry| make(&this.agent, entry)))
            }
        }

        impl futures::stream::FusedStream for $name {
            fn is_terminated(&self) -> bool {
                self.changes.is_terminated()
            }
        }
    };
}
pub(crate) use handle_stream;

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt};

    use super::*;

    #[tokio::test]
    async fn readers_do_not_take_from_each_other_and_late_ones_see_what_is_kept() {
        let log = Log::default();
        let mut early = log.starting_now(Some(0));
        log.push(1);
        log.push(2);
        log.close();
        log.push(3);
        let mut late = log.starting_first();
        assert_eq!(early.by_ref().collect::<Vec<_>>().await, [0, 1, 2]);
        assert_eq!(late.by_ref().collect::<Vec<_>>().await, [1, 2]);
        assert!(early.is_terminated());
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_much_it_missed() {
        let log = Log::default();
        let mut slow = log.starting_now(None);
        for number in 0..KEPT + 5 {
            log.push(number);
        }
        assert_eq!(slow.next().await, Some(5));
        assert_eq!(slow.missed(), 5);
    }

    #[tokio::test]
    async fn a_dropped_next_takes_nothing_and_leaves_no_waker() {
        let log = Log::default();
        let mut changes = log.starting_now(None);
        assert_eq!(changes.next().now_or_never(), None);
        log.push(7);
        assert_eq!(changes.next().await, Some(7));
        assert_eq!(changes.next().now_or_never(), None);
        drop(changes);
        assert!(log.lock().waiting.is_empty());
    }
}
