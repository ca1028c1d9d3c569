//! The stream of one call's events: a cursor into its log.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use futures::stream::FusedStream;

use super::alarm::Alarm;
use super::log::{CallLog, Next, Reader};
use crate::CallEvent;

/// A place in a log; leaves it when dropped.
#[derive(Debug)]
pub(crate) struct Cursor {
    log: Arc<CallLog>,
    slot: usize,
    linger: Duration,
    alarm: Option<Alarm>,
}

impl Cursor {
    pub(crate) fn new(log: Arc<CallLog>, slot: usize, linger: Duration) -> Self {
        Self {
            log,
            slot,
            linger,
            alarm: None,
        }
    }

    pub(crate) fn log(&self) -> &CallLog {
        &self.log
    }

    pub(crate) fn move_to(&self, position: u64) {
        self.log.move_to(self.slot, position);
    }

    /// What is next. `Ready` of [`Next::Wait`] means that the time it names has come.
    pub(crate) fn poll(&mut self, reader: Reader, context: &mut Context<'_>) -> Poll<Next> {
        loop {
            let next = self.log.poll(self.slot, reader, self.linger, context);
            let Next::Wait(until) = &next else {
                return Poll::Ready(next);
            };
            let Some(until) = *until else {
                return Poll::Pending;
            };
            match Alarm::poll(&mut self.alarm, until, context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if reader == Reader::Outcome => return Poll::Ready(next),
                // The log closes itself when it is asked after that time; without a runtime it is told.
                Poll::Ready(()) => {
                    if tokio::time::Instant::now() < until {
                        return Poll::Ready(Next::End);
                    }
                }
            }
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.log.leave(self.slot);
    }
}

/// The events of one call, in the order of their arrival. Made by
/// [`CallEventHub::events`](crate::CallEventHub::events).
///
/// - **Start.** With the first event that is kept; events that came before anybody listened are among them.
/// - **Completeness.** Every stream of a call shows every event once. A slow reader loses nothing and holds
///   nobody up: events are stored once per call, and a stream is a place in that log.
/// - **End.** After `CallDisconnected`. For a call that was never connected, after the second of
///   `CallDisconnected` and `CreateCallFailed` (or `AnswerFailed`, `ConnectFailed`), or a
///   [`linger`](crate::HubConfig::linger) after the first. Also when the hub is dropped, and at once for a
///   call that ended so long ago that it was released.
/// - **Cancel safety.** Dropping the stream, or a future of `next()`, loses nothing for others; a dropped
///   `next()` has not taken an event.
///
/// The linger needs the tokio runtime's clock; on another runtime such a stream ends without lingering.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct CallEvents {
    cursor: Option<Cursor>,
}

impl CallEvents {
    pub(crate) fn new(cursor: Cursor) -> Self {
        Self { cursor: Some(cursor) }
    }
}

impl Stream for CallEvents {
    type Item = CallEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<CallEvent>> {
        let Some(cursor) = &mut self.cursor else {
            return Poll::Ready(None);
        };
        match cursor.poll(Reader::Stream, context) {
            Poll::Ready(Next::Event(event)) => Poll::Ready(Some(event)),
            Poll::Ready(Next::End | Next::Closed(_) | Next::Wait(_)) => {
                self.cursor = None;
                Poll::Ready(None)
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl FusedStream for CallEvents {
    fn is_terminated(&self) -> bool {
        self.cursor.is_none()
    }
}
