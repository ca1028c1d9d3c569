//! Recordings whose files are ready: the last of them, for whoever asks.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;

use super::cursors::Cursors;
use crate::Delivery;
use crate::grid::RecordingFileStatusUpdated;

/// How many are kept. The service keeps the files themselves for a day.
const KEPT: usize = 1_024;

#[derive(Debug, Default)]
pub(crate) struct Files {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: VecDeque<Arc<RecordingFileStatusUpdated>>,
    /// The number of the oldest that is kept.
    base: u64,
    cursors: Cursors,
    closed: bool,
}

impl Files {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn publish(&self, file: RecordingFileStatusUpdated) -> Delivery {
        let mut state = self.lock();
        // Event Grid delivers at least once, and what it repeats is the same in every member.
        if state.files.iter().any(|known| **known == file) {
            return Delivery::Duplicate;
        }
        state.files.push_back(Arc::new(file));
        if state.files.len() > KEPT && state.files.pop_front().is_some() {
            state.base += 1;
        }
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
        Delivery::Accepted
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let wakers = state.cursors.take_wakers();
        drop(state);
        wakers.wake();
    }
}

/// The recordings whose files are ready. Made by
/// [`CallEventHub::recording_files`](crate::CallEventHub::recording_files).
///
/// Every stream begins with the oldest that is kept, so one that arrived before anybody asked is there; the last
/// 1,024 are kept. An event that Event Grid delivers twice is shown once. The stream ends when the hub is dropped.
/// Dropping it, or a `next()`, loses nothing.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct RecordingFiles {
    files: Arc<Files>,
    slot: usize,
    ended: bool,
}

impl RecordingFiles {
    pub(crate) fn new(files: &Arc<Files>) -> Self {
        let mut state = files.lock();
        let base = state.base;
        let slot = state.cursors.enter(base);
        drop(state);
        Self {
            files: Arc::clone(files),
            slot,
            ended: false,
        }
    }
}

impl Stream for RecordingFiles {
    type Item = Arc<RecordingFileStatusUpdated>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut state = self.files.lock();
        let position = state.cursors.position(self.slot);
        let place = position.max(state.base);
        if place > position {
            let given_up = place - position;
            tracing::warn!(given_up, "recordings that are ready were not read in time");
        }
        let index = usize::try_from(place - state.base).unwrap_or(usize::MAX);
        if let Some(file) = state.files.get(index).cloned() {
            state.cursors.set_position(self.slot, place + 1);
            return Poll::Ready(Some(file));
        }
        if state.closed {
            drop(state);
            self.ended = true;
            return Poll::Ready(None);
        }
        state.cursors.wait(self.slot, context.waker());
        Poll::Pending
    }
}

impl FusedStream for RecordingFiles {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl Drop for RecordingFiles {
    fn drop(&mut self) {
        self.files.lock().cursors.leave(self.slot);
    }
}
