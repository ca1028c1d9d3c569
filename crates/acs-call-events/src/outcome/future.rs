//! The wait for an outcome.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::FusedFuture;
use tokio::time::Instant;

use super::OutcomeFailure;
use super::operation::{Operation, Start, Verdict};
use crate::hub::{Alarm, Closed, Cursor, LogPosition, Next, Reader};

/// The wait for what became of an operation; a future. Made by
/// [`CallEventHub::outcome`](crate::CallEventHub::outcome).
///
/// - It reads the call's log from its beginning, so an event that came before the wait is found.
/// - It ends with success, with the failure, or with the end of the call; with a time-out only when one is
///   asked for. After `CallDisconnected`, an event of the operation is still waited for as long as
///   [`linger`](crate::HubConfig::linger) says, because deliveries are not ordered.
/// - Dropping it loses nothing: a wait that is made anew finds the same event.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Outcome<O> {
    operation: O,
    cursor: Option<Cursor>,
    timeout: Option<(Duration, Instant)>,
    alarm: Option<Alarm>,
}

impl<O: Operation> Outcome<O> {
    pub(crate) fn new(operation: O, cursor: Cursor) -> Self {
        if operation.start() == Start::NewestRoster {
            let (tail, roster) = (cursor.log().tail(), cursor.log().roster());
            cursor.move_to(roster.map_or(tail, |(position, _)| position));
        }
        Self {
            operation,
            cursor: Some(cursor),
            timeout: None,
            alarm: None,
        }
    }

    /// Gives up after that time, counted from now. Needs the tokio runtime's clock; on another runtime, the
    /// time is only looked at when an event arrives.
    pub fn timeout(mut self, after: Duration) -> Self {
        let now = Instant::now();
        self.timeout = now.checked_add(after).map(|at| (after, at));
        self
    }

    /// Looks only at events behind a position, see [`CallEventHub::position`](crate::CallEventHub::position):
    /// for operations that have no context of their own.
    pub fn since(self, position: LogPosition) -> Self {
        if let Some(cursor) = &self.cursor {
            cursor.move_to(position.0);
        }
        self
    }

    fn decide(
        &mut self,
        result: Result<O::Success, OutcomeFailure>,
    ) -> Poll<Result<O::Success, OutcomeFailure>> {
        self.cursor = None;
        self.alarm = None;
        Poll::Ready(result)
    }

    fn over(&mut self, otherwise: OutcomeFailure) -> Poll<Result<O::Success, OutcomeFailure>> {
        // The log is asked, not the events that were read: the end may stand before where reading began.
        let ended = self.cursor.as_ref().and_then(|cursor| cursor.log().ended_by());
        let failure = ended.map_or(otherwise, OutcomeFailure::CallEnded);
        self.decide(Err(failure))
    }
}

impl<O: Operation> Future for Outcome<O> {
    type Output = Result<O::Success, OutcomeFailure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            let Some(cursor) = &mut this.cursor else {
                return Poll::Pending;
            };
            match cursor.poll(Reader::Outcome, context) {
                Poll::Ready(Next::Event(event)) => match this.operation.judge(&event) {
                    Verdict::Success(success) => return this.decide(Ok(success)),
                    Verdict::Failed => return this.decide(Err(OutcomeFailure::Failed(event))),
                    Verdict::Canceled => return this.decide(Err(OutcomeFailure::Canceled(event))),
                    Verdict::Unrelated => {}
                },
                Poll::Ready(Next::Closed(Closed::Hub)) => return this.over(OutcomeFailure::Closed),
                Poll::Ready(Next::Closed(Closed::Released) | Next::End | Next::Wait(_)) => {
                    return this.over(OutcomeFailure::Released);
                }
                Poll::Pending => break,
            }
        }
        if let Some((after, at)) = this.timeout {
            let without_runtime = tokio::runtime::Handle::try_current().is_err() && at > Instant::now();
            if !without_runtime && Alarm::poll(&mut this.alarm, at, context).is_ready() {
                return this.decide(Err(OutcomeFailure::TimedOut(after)));
            }
        }
        Poll::Pending
    }
}

impl<O: Operation> FusedFuture for Outcome<O> {
    fn is_terminated(&self) -> bool {
        self.cursor.is_none()
    }
}
