//! Tones in the order in which they were pressed.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use acs_common::OperationContext;
use futures::Stream;
use futures::stream::FusedStream;
use tokio::time::Instant;

use super::alarm::Alarm;
use super::stream::CallEvents;
use crate::data::{ContinuousDtmfRecognitionStopped, ContinuousDtmfRecognitionToneReceived};
use crate::outcome::has_context;
use crate::{CallEvent, EventOf};

/// Deliveries overtake each other by up to about a second (recorded traffic).
const WAIT: Duration = Duration::from_secs(1);

/// So many tones behind a missing one show that it will not come.
const WAITING: usize = 64;

type Tone = EventOf<ContinuousDtmfRecognitionToneReceived>;

/// The tones that a participant presses while they are recognized continuously, in the order of their
/// sequence ids. Made by [`CallEventHub::received_tones`](crate::CallEventHub::received_tones).
///
/// - **Order.** Deliveries are not ordered, so a tone whose predecessor is missing waits for it.
/// - **Gaps.** A tone that stays missing for [`wait_for_missing`](Self::wait_for_missing), 1 s by default, or
///   while 64 later ones arrive, is passed over and the stream goes on; if it comes after all, it is dropped.
///   [`missed`](Self::missed) counts these. [`CallEvents`](crate::CallEvents) has every event nevertheless.
/// - **Duplicates.** A sequence id is given once.
/// - **Beginning.** Sequence ids are taken to begin at 0 or 1; before a higher first one the stream waits as
///   for a gap. A tone without sequence id is given at once.
/// - **End.** A wait after `ContinuousDtmfRecognitionStopped` of the same operation context, or of none; and
///   with the call. `ContinuousDtmfRecognitionToneFailed` does not end it and is not shown.
/// - **Whose.** The events name no participant, only the operation context (API version 2026-03-12): where
///   several participants are listened to, tell them apart by [`operation_context`](Self::operation_context).
/// - **Cancel safety.** Dropping the stream, or a future of `next()`, loses nothing for others; a dropped
///   `next()` has not taken a tone.
///
/// Waiting needs the tokio runtime's clock; on another runtime no gap is waited for.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct ReceivedTones {
    /// `None` when there will be no more.
    events: Option<CallEvents>,
    context: Option<OperationContext>,
    wait: Duration,
    next: Option<i32>,
    waiting: BTreeMap<i32, Tone>,
    missed: u64,
    /// Since when a tone is missing.
    gap: Option<Instant>,
    stopped: Option<Instant>,
    alarm: Option<Alarm>,
}

impl ReceivedTones {
    pub(crate) fn new(events: CallEvents) -> Self {
        Self {
            events: Some(events),
            context: None,
            wait: WAIT,
            next: None,
            waiting: BTreeMap::new(),
            missed: 0,
            gap: None,
            stopped: None,
            alarm: None,
        }
    }

    /// Only the tones of the recognition that was started with this context, and those that carry none.
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }

    /// How long a missing tone is waited for while later ones are held back; 1 s by default.
    pub fn wait_for_missing(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How many sequence ids were passed over because their tones did not come in time.
    pub fn missed(&self) -> u64 {
        self.missed
    }

    fn is_own(&self, event: &CallEvent) -> bool {
        event.operation_context().is_none() || has_context(event, self.context.as_ref())
    }

    /// Takes an event; gives a tone that has no place in the order.
    fn take(&mut self, event: CallEvent) -> Option<Tone> {
        if !self.is_own(&event) {
            return None;
        }
        if event.is_kind::<ContinuousDtmfRecognitionStopped>() {
            self.stopped.get_or_insert_with(Instant::now);
            return None;
        }
        let tone: Tone = event.into_kind().ok()?;
        let Some(id) = tone.sequence_id else {
            return Some(tone);
        };
        if self.next.is_none_or(|next| id >= next) {
            self.waiting.entry(id).or_insert(tone);
        }
        None
    }

    /// The next tone, if it is there.
    fn release(&mut self) -> Option<Tone> {
        let (&first, _) = self.waiting.first_key_value()?;
        let in_order = self.next.map_or(first <= 1, |next| first == next);
        if !in_order && self.waiting.len() < WAITING {
            self.gap.get_or_insert_with(Instant::now);
            return None;
        }
        self.give()
    }

    /// The first tone that waits, whatever is missing before it.
    fn give(&mut self) -> Option<Tone> {
        let (first, tone) = self.waiting.pop_first()?;
        if let Some(next) = self.next {
            // What waits is never before what is next.
            self.missed += u64::from(first.abs_diff(next));
        }
        self.next = Some(first.saturating_add(1));
        self.gap = None;
        Some(tone)
    }

    /// Whether the wait that begun at that time is over.
    fn is_over(&mut self, since: Instant, context: &mut Context<'_>) -> bool {
        let until = since.checked_add(self.wait);
        until.is_some_and(|until| Alarm::poll(&mut self.alarm, until, context).is_ready())
    }
}

impl Stream for ReceivedTones {
    type Item = Tone;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Tone>> {
        let this = &mut *self;
        loop {
            if let Some(tone) = this.release() {
                return Poll::Ready(Some(tone));
            }
            let Some(events) = &mut this.events else {
                // Nothing more comes, so nothing that is missing does.
                return Poll::Ready(this.give());
            };
            match Pin::new(events).poll_next(context) {
                Poll::Ready(Some(event)) => {
                    if let Some(tone) = this.take(event) {
                        return Poll::Ready(Some(tone));
                    }
                }
                Poll::Ready(None) => this.events = None,
                Poll::Pending => match (this.gap, this.stopped) {
                    (Some(gap), _) if this.is_over(gap, context) => {
                        return Poll::Ready(this.give());
                    }
                    (None, Some(stopped)) if this.is_over(stopped, context) => this.events = None,
                    _ => return Poll::Pending,
                },
            }
        }
    }
}

impl FusedStream for ReceivedTones {
    fn is_terminated(&self) -> bool {
        self.events.is_none() && self.waiting.is_empty()
    }
}
