//! Whose turn it is: everything that is on its way to the application or fetched for it holds a [`Turn`].
//!
//! Where nobody holds one, the emulator is idle, which is what a clock that is stepped by hand waits for. With
//! such a clock the turns are taken one after the other, in the order in which they were drawn, so that the
//! same commands give the same journal.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The line of those who wait or work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Line>);

#[derive(Debug, Default)]
struct Line {
    state: Mutex<State>,
    /// Whether turns are taken one after the other.
    ordered: AtomicBool,
    idle: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    line: BTreeMap<u64, Option<Arc<Notify>>>,
}

/// One place in the line, until it is dropped.
#[derive(Debug)]
#[must_use = "a turn ends when it is dropped"]
pub(crate) struct Turn {
    line: Arc<Line>,
    number: u64,
}

impl Turns {
    /// Draws the next turn.
    pub(crate) fn take(&self) -> Turn {
        let mut state = self.0.state();
        let number = state.next;
        state.next += 1;
        state.line.insert(number, None);
        Turn {
            line: Arc::clone(&self.0),
            number,
        }
    }

    /// Whether nobody has a turn.
    pub(crate) fn is_idle(&self) -> bool {
        self.0.state().line.is_empty()
    }

    /// Ends when nobody has a turn.
    pub(crate) async fn idle(&self) {
        loop {
            let mut idle = std::pin::pin!(self.0.idle.notified());
            // Listening begins before looking, so that nothing falls in between.
            idle.as_mut().enable();
            if self.is_idle() {
                return;
            }
            idle.await;
        }
    }

    /// Whether turns are taken one after the other from now on.
    pub(super) fn set_ordered(&self, ordered: bool) {
        self.0.ordered.store(ordered, Ordering::SeqCst);
        if !ordered {
            for waiting in self.0.state().line.values().flatten() {
                waiting.notify_one();
            }
        }
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Ends when it is this one's turn: at once, unless turns are taken one after the other.
    pub(crate) async fn comes(&self) {
        while self.line.ordered.load(Ordering::SeqCst) {
            let notify = {
                let mut state = self.line.state();
                if state.line.keys().next() == Some(&self.number) {
                    return;
                }
                let Some(place) = state.line.get_mut(&self.number) else {
                    return;
                };
                Arc::clone(place.get_or_insert_with(Arc::default))
            };
            // A permit is kept, so it does not matter when the one before ends.
            notify.notified().await;
        }
    }

    /// Draws another turn and gives this one up.
    pub(crate) fn again(self) -> Self {
        Turns(Arc::clone(&self.line)).take()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.line.state();
        state.line.remove(&self.number);
        match state.line.first_key_value() {
            Some((_, Some(next))) => next.notify_one(),
            Some((_, None)) => {}
            None => self.line.idle.notify_waiters(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn without_an_order_nobody_waits_for_another() {
        let turns = Turns::default();
        let (first, second) = (turns.take(), turns.take());
        assert_eq!(second.comes().now_or_never(), Some(()));
        assert_eq!(first.comes().now_or_never(), Some(()));
        assert_eq!(turns.idle().now_or_never(), None);
        drop(first);
        drop(second);
        assert_eq!(turns.idle().now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn with_an_order_the_first_drawn_is_the_first_served() {
        let turns = Turns::default();
        turns.set_ordered(true);
        let (first, second) = (turns.take(), turns.take());
        assert_eq!(second.comes().now_or_never(), None);
        // The third is drawn when the first begins anew, so it stands behind the second.
        let third = first.again();
        second.comes().await;
        assert_eq!(third.comes().now_or_never(), None);
        drop(second);
        third.comes().await;
        turns.set_ordered(false);
        assert!(!turns.is_idle());
    }

    #[tokio::test]
    async fn those_who_wait_go_on_when_the_order_is_given_up() {
        let turns = Turns::default();
        turns.set_ordered(true);
        let (_first, second) = (turns.take(), turns.take());
        let release = async { turns.set_ordered(false) };
        tokio::join!(second.comes(), release);
    }
}
