//! Waiting for a time, on the clock of the tokio runtime.

use std::future::Future as _;
use std::task::{Context, Poll};

use tokio::time::Instant;

/// Waits for a time, where there is a runtime to wait on.
#[derive(Debug)]
pub(crate) struct Alarm(std::pin::Pin<Box<tokio::time::Sleep>>);

impl Alarm {
    /// Whether the time has come. Without a tokio runtime nothing can be waited for, and it counts as come.
    pub(crate) fn poll(alarm: &mut Option<Self>, at: Instant, context: &mut Context<'_>) -> Poll<()> {
        if at <= Instant::now() || tokio::runtime::Handle::try_current().is_err() {
            return Poll::Ready(());
        }
        let alarm = alarm.get_or_insert_with(|| Self(Box::pin(tokio::time::sleep_until(at))));
        if alarm.0.deadline() != at {
            alarm.0.as_mut().reset(at);
        }
        alarm.0.as_mut().poll(context)
    }
}
