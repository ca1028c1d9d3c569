//! Time as the emulator sees it: that of the machine, a multiple of it, or one that is stepped by hand.
//! Everything that waits asks the [`Clock`].
//!
//! A stepped clock stands still until [`Clock::step_to`]. Whoever sleeps then is woken with a [`Turn`] in his
//! hand, so that there is no moment in which the emulator seems idle while something is about to happen.

mod turns;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

pub(crate) use turns::{Turn, Turns};

/// How the time of the emulator passes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ClockMode {
    /// As on the machine.
    #[default]
    Real,
    /// So many times as fast as on the machine: above 0, at most 1 000 000.
    Scaled(f64),
    /// Not at all, except by [`Emulator::advance`](crate::Emulator::advance).
    Stepped,
}

/// The fastest that a clock may run.
const FASTEST: f64 = 1e6;

/// Where a clock begins that is stepped from the start: the same in every run, for it stands in the journal.
const STEPPED_FROM: DateTime<Utc> = match DateTime::from_timestamp(1_767_225_600, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// What the clock shows, in the form of the control API:
/// `{"mode": "scaled", "scale": 10.0, "now": "2026-01-01T00:00:00Z"}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClockState {
    /// How time passes.
    pub mode: ClockName,
    /// How many times as fast as on the machine: 1 for `real`, 0 for `stepped`.
    pub scale: f64,
    /// The time.
    pub now: DateTime<Utc>,
}

/// The name of a [`ClockMode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ClockName {
    /// [`ClockMode::Real`].
    Real,
    /// [`ClockMode::Scaled`].
    Scaled,
    /// [`ClockMode::Stepped`].
    Stepped,
}

impl ClockMode {
    /// A mode by its name and scale.
    ///
    /// # Errors
    ///
    /// Says what was expected when the scale does not go with the name.
    pub fn named(name: ClockName, scale: Option<f64>) -> Result<Self, String> {
        let mode = match (name, scale) {
            (ClockName::Scaled, Some(scale)) => Self::Scaled(scale),
            (ClockName::Scaled, None) => return Err("scale: expected a number with mode scaled".to_owned()),
            (ClockName::Real, _) => Self::Real,
            (ClockName::Stepped, _) => Self::Stepped,
        };
        mode.check()?;
        Ok(mode)
    }

    pub(crate) fn check(self) -> Result<(), String> {
        match self {
            Self::Scaled(scale) if !(scale > 0.0 && scale <= FASTEST) => Err(format!(
                "scale: expected a number above 0 and at most {FASTEST}, and not {scale}"
            )),
            _ => Ok(()),
        }
    }

    fn scale(self) -> f64 {
        match self {
            Self::Real => 1.0,
            Self::Scaled(scale) => scale,
            Self::Stepped => 0.0,
        }
    }

    fn name(self) -> ClockName {
        match self {
            Self::Real => ClockName::Real,
            Self::Scaled(_) => ClockName::Scaled,
            Self::Stepped => ClockName::Stepped,
        }
    }
}

/// Where the time comes from and how it is waited for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Inner>);

struct Inner {
    dial: Mutex<Dial>,
    /// Counts the changes of the dial, for those who wait by it.
    changed: watch::Sender<u64>,
    turns: Turns,
}

struct Dial {
    mode: ClockMode,
    /// What the clock showed at the anchor. From there on it runs evenly, whatever is done to the wall clock.
    base: DateTime<Utc>,
    anchor: Instant,
    sleepers: BTreeMap<(DateTime<Utc>, u64), oneshot::Sender<Turn>>,
    next: u64,
}

/// How a deadline is waited for.
enum Wait {
    Over,
    Machine(Duration),
    Step(Sleeper),
}

/// A place among those whom the step of the clock wakes.
struct Sleeper {
    clock: Clock,
    key: (DateTime<Utc>, u64),
    woken: oneshot::Receiver<Turn>,
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.clock.dial().sleepers.remove(&self.key);
    }
}

impl Clock {
    /// A clock that begins at a time: now, or at a fixed one where it is stepped.
    pub(crate) fn new(mode: ClockMode, start: Option<DateTime<Utc>>) -> Self {
        let base = start.unwrap_or_else(|| match mode {
            ClockMode::Stepped => STEPPED_FROM,
            _ => Utc::now(),
        });
        let clock = Self(Arc::new(Inner {
            dial: Mutex::new(Dial {
                mode,
                base,
                anchor: Instant::now(),
                sleepers: BTreeMap::new(),
                next: 0,
            }),
            changed: watch::Sender::new(0),
            turns: Turns::default(),
        }));
        clock.turns().set_ordered(mode == ClockMode::Stepped);
        clock
    }

    fn dial(&self) -> MutexGuard<'_, Dial> {
        self.0.dial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time, never going backwards.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.dial().now()
    }

    pub(crate) fn state(&self) -> ClockState {
        let dial = self.dial();
        ClockState {
            mode: dial.mode.name(),
            scale: dial.mode.scale(),
            now: dial.now(),
        }
    }

    pub(crate) fn is_stepped(&self) -> bool {
        self.dial().mode == ClockMode::Stepped
    }

    /// Whose turn it is.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Goes on in another way. The time goes on from where it is.
    pub(crate) fn set(&self, mode: ClockMode) {
        {
            let mut dial = self.dial();
            dial.base = dial.now();
            dial.anchor = Instant::now();
            dial.mode = mode;
        }
        self.0.turns.set_ordered(mode == ClockMode::Stepped);
        self.0.changed.send_modify(|count| *count += 1);
    }

    /// Steps a stepped clock to a time, never backwards. Returns whether it is one.
    pub(crate) fn step_to(&self, time: DateTime<Utc>) -> bool {
        {
            let mut dial = self.dial();
            if dial.mode != ClockMode::Stepped {
                return false;
            }
            dial.base = dial.base.max(time);
        }
        self.0.changed.send_modify(|count| *count += 1);
        true
    }

    /// When the next of those wakes who wait for a step.
    pub(crate) fn next_sleeper(&self) -> Option<DateTime<Utc>> {
        self.dial().sleepers.first_key_value().map(|((at, _), _)| *at)
    }

    /// Wakes the first of those whose time has come. He has a turn before this returns.
    pub(crate) fn wake_one(&self) {
        let turn = self.0.turns.take();
        let woken = {
            let mut dial = self.dial();
            let now = dial.now();
            match dial.sleepers.first_entry() {
                Some(entry) if entry.key().0 <= now => Some(entry.remove()),
                _ => None,
            }
        };
        if let Some(woken) = woken {
            // Who does not listen any more gives his turn up.
            let _ = woken.send(turn);
        }
    }

    /// Ends once [`now`](Self::now) is at or past the deadline, with a turn for what is to be done then.
    pub(crate) async fn rest_until(&self, deadline: DateTime<Utc>) -> Turn {
        loop {
            let mut changed = self.0.changed.subscribe();
            match self.wait(deadline) {
                Wait::Over => return self.0.turns.take(),
                Wait::Machine(wait) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = changed.changed() => {}
                },
                Wait::Step(mut sleeper) => loop {
                    tokio::select! {
                        biased;
                        turn = &mut sleeper.woken => match turn {
                            Ok(turn) => return turn,
                            Err(_) => break,
                        },
                        _ = changed.changed() => if !self.is_stepped() {
                            break;
                        },
                    }
                },
            }
        }
    }

    /// Ends after a duration of this clock, with a turn.
    pub(crate) async fn rest(&self, duration: Duration) -> Turn {
        self.rest_until(later(self.now(), duration)).await
    }

    /// Ends once the deadline has come. A stepped clock counts whoever waits like this as idle.
    pub(crate) async fn reached(&self, deadline: DateTime<Utc>) {
        loop {
            let mut changed = self.0.changed.subscribe();
            let wait = {
                let dial = self.dial();
                let left = deadline - dial.now();
                if left <= TimeDelta::zero() {
                    return;
                }
                dial.on_machine(left)
            };
            match wait {
                Some(wait) => tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = changed.changed() => {}
                },
                None => drop(changed.changed().await),
            }
        }
    }

    fn wait(&self, deadline: DateTime<Utc>) -> Wait {
        let mut dial = self.dial();
        let left = deadline - dial.now();
        if left <= TimeDelta::zero() {
            return Wait::Over;
        }
        if let Some(wait) = dial.on_machine(left) {
            return Wait::Machine(wait);
        }
        let (wake, woken) = oneshot::channel();
        let key = (deadline, dial.next);
        dial.next += 1;
        dial.sleepers.insert(key, wake);
        Wait::Step(Sleeper {
            clock: self.clone(),
            key,
            woken,
        })
    }
}

impl Dial {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = match self.mode {
            ClockMode::Real => self.anchor.elapsed(),
            ClockMode::Scaled(scale) => {
                Duration::try_from_secs_f64(self.anchor.elapsed().as_secs_f64() * scale)
                    .unwrap_or(Duration::MAX)
            }
            ClockMode::Stepped => return self.base,
        };
        later(self.base, elapsed)
    }

    /// How long a duration is on the machine; a stepped clock does not say.
    fn on_machine(&self, left: TimeDelta) -> Option<Duration> {
        // Waking a little early would find nothing due and spin, so the rest is rounded up.
        let rounding = Duration::from_micros(1);
        let left = left.to_std().unwrap_or_default();
        match self.mode {
            ClockMode::Real => Some(left + rounding),
            ClockMode::Scaled(scale) => Some(
                Duration::try_from_secs_f64(left.as_secs_f64() / scale)
                    .unwrap_or(Duration::MAX / 2)
                    .saturating_add(rounding),
            ),
            ClockMode::Stepped => None,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().fmt(f)
    }
}

/// A point in time, and a duration on top. What lies past the end of the calendar ends with it.
pub(crate) fn later(time: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|delta| time.checked_add_signed(delta))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn resting_until_a_deadline_reaches_it() {
        for mode in [ClockMode::Real, ClockMode::Scaled(1000.0)] {
            let clock = Clock::new(mode, None);
            let deadline = later(clock.now(), Duration::from_millis(5));
            drop(clock.rest_until(deadline).await);
            assert!(clock.now() >= deadline);
            drop(clock.rest_until(deadline).await);
            clock.reached(deadline).await;
        }
    }

    #[tokio::test]
    async fn a_stepped_clock_stands_until_it_is_stepped() {
        let clock = Clock::new(ClockMode::Stepped, None);
        let start = clock.now();
        assert_eq!(start.to_rfc3339(), "2026-01-01T00:00:00+00:00");
        let late = later(start, Duration::from_secs(30));
        let mut rest = std::pin::pin!(clock.rest_until(late));
        assert!(rest.as_mut().now_or_never().is_none());
        assert_eq!(clock.next_sleeper(), Some(late));
        clock.wake_one();
        assert!(rest.as_mut().now_or_never().is_none(), "its time has not come");
        assert!(clock.step_to(late));
        assert!(clock.turns().is_idle());
        clock.wake_one();
        assert!(!clock.turns().is_idle(), "whoever is woken has a turn already");
        drop(rest.await);
        assert!(clock.turns().is_idle());
        clock.step_to(start);
        assert_eq!(clock.now(), late, "never backwards");
    }

    #[tokio::test]
    async fn sleepers_follow_a_change_of_the_clock_and_leave_no_trace() {
        let clock = Clock::new(ClockMode::Stepped, None);
        let deadline = later(clock.now(), Duration::from_millis(3));
        let change = async { clock.set(ClockMode::Real) };
        let (turn, ()) = tokio::join!(clock.rest_until(deadline), change);
        drop(turn);
        assert!(clock.now() >= deadline);
        clock.set(ClockMode::Stepped);
        assert!(clock.rest(Duration::from_secs(1)).now_or_never().is_none());
        assert_eq!(clock.next_sleeper(), None);
        assert!(!Clock::new(ClockMode::Real, None).step_to(deadline));
    }

    #[test]
    fn a_scale_is_a_number_above_zero() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(ClockMode::Scaled(scale).check().is_err(), "{scale}");
        }
        assert!(ClockMode::named(ClockName::Scaled, None).is_err());
        let mode = ClockMode::named(ClockName::Scaled, Some(2.0));
        assert_eq!(mode, Ok(ClockMode::Scaled(2.0)));
    }

    #[test]
    fn the_end_of_the_calendar_is_no_overflow() {
        assert_eq!(later(Utc::now(), Duration::MAX), DateTime::<Utc>::MAX_UTC);
    }
}
