//! Time as the emulator sees it. Everything that waits asks a [`Clock`], so that a clock stepped by hand can
//! take the place of the real one.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;

/// Where the time comes from and how it is waited for.
pub(crate) trait Clock: Debug + Send + Sync + 'static {
    /// The time, never going backwards.
    fn now(&self) -> DateTime<Utc>;

    /// Ends once [`now`](Self::now) is at or past the deadline.
    fn sleep_until(&self, deadline: DateTime<Utc>) -> BoxFuture<'static, ()>;

    /// Ends after a duration of this clock.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(later(self.now(), duration))
    }
}

/// A point in time, and a duration on top. What lies past the end of the calendar ends with it.
pub(crate) fn later(time: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|delta| time.checked_add_signed(delta))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The time of the machine, read once: from there on it runs evenly, whatever is done to the wall clock.
#[derive(Debug)]
pub(crate) struct RealClock {
    wall: DateTime<Utc>,
    started: Instant,
}

impl RealClock {
    pub(crate) fn new() -> Self {
        Self {
            wall: Utc::now(),
            started: Instant::now(),
        }
    }
}

impl Clock for RealClock {
    fn now(&self) -> DateTime<Utc> {
        later(self.wall, self.started.elapsed())
    }

    fn sleep_until(&self, deadline: DateTime<Utc>) -> BoxFuture<'static, ()> {
        // Waking a little early would find nothing due and spin, so the rest is rounded up.
        let wait = (deadline - self.now()).to_std().unwrap_or(Duration::ZERO);
        Box::pin(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait + Duration::from_micros(1)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleeping_until_a_deadline_reaches_it() {
        let clock = RealClock::new();
        let deadline = later(clock.now(), Duration::from_millis(5));
        clock.sleep_until(deadline).await;
        assert!(clock.now() >= deadline);
        clock.sleep_until(deadline).await;
    }

    #[test]
    fn the_end_of_the_calendar_is_no_overflow() {
        assert_eq!(later(Utc::now(), Duration::MAX), DateTime::<Utc>::MAX_UTC);
    }
}
