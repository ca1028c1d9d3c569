//! The journal as a stream.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::stream::{BoxStream, Stream, StreamExt as _, unfold};
use tokio::sync::watch;

use super::{Journal, JournalEntry};

/// The journal, from its oldest entry on and without end as long as the emulator runs.
///
/// Every entry is given once and in order. A reader that is slower than the ring is long misses entries;
/// [`JournalEntry::number`] shows the gap.
#[must_use = "a stream does nothing unless it is polled"]
pub struct JournalStream(BoxStream<'static, Arc<JournalEntry>>);

impl JournalStream {
    pub(super) fn new(journal: &Arc<Journal>, written: watch::Receiver<u64>) -> Self {
        // The reader must not keep the journal alive, or the stream would never end.
        let journal = Arc::downgrade(journal);
        let stream = unfold((0, written), move |(number, mut written)| {
            let journal = journal.clone();
            async move {
                loop {
                    let found = journal.upgrade()?.at_or_after(number);
                    if let Some(entry) = found {
                        let next = entry.number + 1;
                        return Some((entry, (next, written)));
                    }
                    written.changed().await.ok()?;
                }
            }
        });
        Self(stream.boxed())
    }
}

impl Stream for JournalStream {
    type Item = Arc<JournalEntry>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl fmt::Debug for JournalStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalStream").finish_non_exhaustive()
    }
}
