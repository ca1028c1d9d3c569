//! What waits to be sent: shared by whoever speaks and the task that paces.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;

use crate::{AudioChunk, Error, ErrorKind, Framer, PcmFormat};

/// Why nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The service closed the WebSocket.
    Closed,
    /// The connection broke off.
    Broken,
}

impl End {
    pub(super) fn error(self) -> Error {
        match self {
            Self::Closed => Error::new(ErrorKind::Closed, "the service has closed the stream"),
            Self::Broken => Error::new(ErrorKind::Connection, "the connection broke off"),
        }
    }
}

/// What the pacing task has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// Tell the service to drop what it has.
    Stop,
    /// A whole frame is there.
    Frame,
    /// Less than a frame is there, and more may come.
    Remainder,
    /// Nothing is there.
    Nothing,
    /// Nobody can speak any more, nobody listens.
    Finish,
    /// The connection has ended.
    Ended,
}

pub(super) struct Outgoing {
    state: Mutex<State>,
    /// For the pacing task: look again.
    news: Notify,
    /// For whoever waits until everything was sent, or until nothing will be.
    quiet: Notify,
    format: PcmFormat,
    /// In bytes.
    capacity: usize,
}

struct State {
    framer: Framer,
    stop: bool,
    /// A frame was taken out and is being sent.
    in_flight: bool,
    /// No more audio will come, so a remainder is padded.
    complete: bool,
    end: Option<End>,
    /// Who can still speak or listens.
    handles: usize,
    frames_sent: u64,
    /// Of the sender, which waits for room or for the end of sending.
    sender: Option<Waker>,
}

impl State {
    fn waiting(&self) -> usize {
        self.framer.len_bytes()
    }

    fn is_quiet(&self) -> bool {
        self.waiting() == 0 && !self.in_flight && !self.stop
    }
}

impl Outgoing {
    pub(super) fn new(format: PcmFormat, capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                framer: Framer::new(format),
                stop: false,
                in_flight: false,
                complete: false,
                end: None,
                handles: 0,
                frames_sent: 0,
                sender: None,
            }),
            news: Notify::new(),
            quiet: Notify::new(),
            format,
            capacity,
        }
    }

    /// No state is left half changed, so a panic elsewhere spoils nothing.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn format(&self) -> PcmFormat {
        self.format
    }

    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        let mut state = self.lock();
        if let Some(end) = state.end {
            Poll::Ready(Err(end.error()))
        } else if state.complete {
            Poll::Ready(Err(Error::new(ErrorKind::Closed, "the sender was closed")))
        } else if state.waiting() < self.capacity {
            Poll::Ready(Ok(()))
        } else {
            state.sender = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    pub(super) fn push(&self, chunk: AudioChunk) -> Result<(), Error> {
        let mut state = self.lock();
        if let Some(end) = state.end {
            return Err(end.error());
        }
        state.framer.push(chunk);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// No more audio will come.
    pub(super) fn complete(&self) {
        self.lock().complete = true;
        self.news.notify_one();
    }

    pub(super) fn poll_quiet(&self, cx: &Context<'_>) -> Poll<Result<(), Error>> {
        let mut state = self.lock();
        if state.is_quiet() {
            Poll::Ready(Ok(()))
        } else if let Some(end) = state.end {
            Poll::Ready(Err(end.error()))
        } else {
            state.sender = Some(cx.waker().clone());
            Poll::Pending
        }
    }

    pub(super) async fn quiet(&self) -> Result<(), Error> {
        loop {
            let quiet = self.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            {
                let state = self.lock();
                if state.is_quiet() {
                    return Ok(());
                }
                if let Some(end) = state.end {
                    return Err(end.error());
                }
            }
            quiet.await;
        }
    }

    pub(super) fn stop(&self) -> Result<Duration, Error> {
        let mut state = self.lock();
        if let Some(end) = state.end {
            return Err(end.error());
        }
        let dropped = state.framer.clear();
        state.stop = true;
        let sender = state.sender.take();
        drop(state);
        self.news.notify_one();
        wake(sender);
        Ok(self.format.duration_of(dropped))
    }

    pub(super) fn queued(&self) -> Duration {
        self.format.duration_of(self.lock().waiting())
    }

    pub(super) fn frames_sent(&self) -> u64 {
        self.lock().frames_sent
    }

    /// Nothing can be sent any more. The first reason stays, but a close in order explains a write that failed
    /// meanwhile.
    pub(super) fn end(&self, end: End) {
        let mut state = self.lock();
        match end {
            End::Closed => state.end = Some(end),
            End::Broken => drop(state.end.get_or_insert(end)),
        }
        let sender = state.sender.take();
        drop(state);
        wake(sender);
        self.news.notify_one();
        self.quiet.notify_waiters();
    }

    /// For the pacing task: it has sent everything, the close included.
    pub(super) fn finish(&self) {
        self.lock().end.get_or_insert(End::Closed);
        self.quiet.notify_waiters();
    }

    /// Waits until nothing is sent any more, the close included.
    pub(super) async fn finished(&self) {
        loop {
            let quiet = self.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.lock().end.is_some() {
                return;
            }
            quiet.await;
        }
    }

    /// For the pacing task: waits until there may be something else to do.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// For the pacing task: what to do.
    pub(super) fn todo(&self) -> Todo {
        let state = self.lock();
        if state.end.is_some() {
            Todo::Ended
        } else if state.stop {
            Todo::Stop
        } else if state.framer.has_frame() || (state.waiting() > 0 && state.complete) {
            Todo::Frame
        } else if state.waiting() > 0 {
            Todo::Remainder
        } else if state.handles == 0 {
            Todo::Finish
        } else {
            Todo::Nothing
        }
    }

    /// For the pacing task: the next frame, a remainder filled up when asked or when nothing more will come.
    pub(super) fn take_frame(&self, fill: bool) -> Option<AudioChunk> {
        let mut state = self.lock();
        let fill = fill || state.complete;
        let frame = if fill {
            state.framer.pad()
        } else {
            state.framer.next_frame()
        };
        let room = state.waiting() < self.capacity;
        state.in_flight = frame.is_some();
        let sender = if room { state.sender.take() } else { None };
        drop(state);
        wake(sender);
        frame
    }

    /// For the pacing task: a stop was asked for and is being told.
    pub(super) fn take_stop(&self) {
        let mut state = self.lock();
        state.stop = false;
        state.in_flight = true;
    }

    /// For the pacing task: what was taken was sent.
    pub(super) fn sent(&self, frames: u64) {
        let mut state = self.lock();
        state.in_flight = false;
        state.frames_sent += frames;
        if state.is_quiet() {
            let sender = state.sender.take();
            drop(state);
            wake(sender);
            self.quiet.notify_waiters();
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Counts as somebody who can still speak or listens.
pub(super) struct Handle(Arc<Outgoing>);

impl Handle {
    pub(super) fn new(outgoing: Arc<Outgoing>) -> Self {
        outgoing.lock().handles += 1;
        Self(outgoing)
    }

    /// What is counted, without being counted.
    pub(super) fn shared(&self) -> Arc<Outgoing> {
        Arc::clone(&self.0)
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Deref for Handle {
    type Target = Outgoing;

    fn deref(&self) -> &Outgoing {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().handles -= 1;
        self.0.news.notify_one();
    }
}
