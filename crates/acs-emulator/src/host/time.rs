//! How the time of the emulator passes: what is due is done when it is due, by itself or when the clock is
//! stepped.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Host;
use crate::clock::{Clock, later};
use crate::engine::Command;
use crate::faults::SharedFaults;

/// What there is to do at a time.
enum Rest {
    Due,
    OnItsWay,
    Nothing,
}

impl Host {
    pub(crate) fn clock(&self) -> &Clock {
        &self.0.courier.clock
    }

    pub(crate) fn faults(&self) -> &SharedFaults {
        &self.0.courier.faults
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock().now()
    }

    /// Wakes the engine whenever something is due. Never ends.
    pub(crate) async fn keep_time(self) {
        loop {
            let due = self.engine().next_due();
            match due {
                None => self.0.changed.notified().await,
                Some(due) => tokio::select! {
                    () = self.clock().reached(due) => {
                        self.apply(Command::Tick, |_| ((), None));
                    }
                    () = self.0.changed.notified() => {}
                },
            }
        }
    }

    /// Ends when nothing is due, queued or on its way. What waits for a stepped clock is not waited for.
    pub(crate) async fn settled(&self) {
        loop {
            if self.clock().is_stepped() {
                self.clock().turns().idle().await;
            } else {
                self.0.courier.pending.none().await;
            }
            match self.rest() {
                Rest::Due => {
                    // The timekeeper would do the same in a moment; then it finds nothing.
                    self.apply(Command::Tick, |_| ((), None));
                }
                Rest::OnItsWay => {}
                Rest::Nothing => return,
            }
        }
    }

    /// What there is to do now. The engine is not let go between the looks, or something might slip through.
    fn rest(&self) -> Rest {
        let engine = self.engine();
        let idle = if self.clock().is_stepped() {
            self.clock().turns().is_idle()
        } else {
            self.pending() == 0
        };
        if engine.next_due().is_some_and(|due| due <= self.now()) {
            Rest::Due
        } else if idle {
            Rest::Nothing
        } else {
            Rest::OnItsWay
        }
    }

    /// Steps the clock, from one thing that is due to the next. Each has happened and has been posted, and the
    /// post was answered or failed, before the clock goes on.
    ///
    /// Returns the time, or nothing when the clock is not stepped by hand.
    pub(crate) async fn advance(&self, by: Duration) -> Option<DateTime<Utc>> {
        // One at a time, or the steps of one would end within those of another.
        let _alone = self.0.advancing.lock().await;
        let clock = self.clock();
        let end = later(clock.now(), by);
        while clock.is_stepped() {
            self.settled().await;
            let due = self.engine().next_due();
            let sleeper = clock.next_sleeper();
            let next = due.into_iter().chain(sleeper).min().filter(|next| *next <= end);
            let Some(next) = next else {
                if !clock.step_to(end) {
                    break;
                }
                self.settled().await;
                return Some(clock.now());
            };
            if !clock.step_to(next) {
                break;
            }
            // What the engine has to do comes first, then those who sleep, one by one.
            if due.is_some_and(|due| due <= next) {
                self.apply(Command::Tick, |_| ((), None));
            } else {
                clock.wake_one();
            }
        }
        None
    }
}
