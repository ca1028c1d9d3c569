//! What is queued or on its way, counted, so that it can be shown and waited for.

use std::sync::Arc;

use tokio::sync::watch;

/// The count.
#[derive(Clone, Debug)]
pub(crate) struct Pending(Arc<watch::Sender<usize>>);

/// One thing that is counted as long as this lives, however its sender ends.
#[derive(Debug)]
pub(crate) struct Counted(Pending);

impl Default for Pending {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Pending {
    /// Counts one more.
    pub(crate) fn count(&self) -> Counted {
        self.0.send_modify(|count| *count += 1);
        Counted(self.clone())
    }

    /// How many there are.
    pub(crate) fn get(&self) -> usize {
        *self.0.borrow()
    }

    /// Ends when there is none.
    pub(crate) async fn none(&self) {
        // The sender lives in `self`, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
