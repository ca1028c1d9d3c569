//! Who is in a call: the newest roster by sequence number.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use acs_common::CommunicationIdentifier;
use futures::Stream;
use futures::stream::FusedStream;

use super::stream::{CallEvents, Cursor};
use crate::CallEvent;
use crate::data::{CallParticipant, ParticipantsUpdated};

/// The participants of a call as of the highest sequence number so far. Lower and equal numbers never
/// replace it: the service repeats and skips numbers, and posts out of order (recorded traffic).
#[derive(Clone, Debug, Default)]
pub struct ParticipantsView {
    event: Option<CallEvent>,
}

impl ParticipantsView {
    pub(crate) fn new(event: Option<CallEvent>) -> Self {
        Self { event }
    }

    fn update(&self) -> Option<&ParticipantsUpdated> {
        self.event.as_ref().and_then(CallEvent::as_kind)
    }

    /// Everybody in the call; empty as long as nothing was said.
    pub fn participants(&self) -> &[CallParticipant] {
        self.update().map_or(&[], |update| &update.participants)
    }

    /// The number of this roster; `None` as long as nothing was said.
    pub fn sequence_number(&self) -> Option<i32> {
        self.update().map(|update| update.sequence_number)
    }

    /// The participant of that identity.
    pub fn get(&self, identifier: &CommunicationIdentifier) -> Option<&CallParticipant> {
        self.participants()
            .iter()
            .find(|participant| participant.identifier == *identifier)
    }

    /// The event that said it.
    pub fn event(&self) -> Option<&CallEvent> {
        self.event.as_ref()
    }
}

/// The participants of a call as they change: who is there now, then every newer roster. Made by
/// [`CallEventHub::participant_changes`](crate::CallEventHub::participant_changes).
///
/// - **Start.** The first value is the view as of the making of the stream, at once; it is empty, without a
///   sequence number, as long as nothing was said.
/// - **Changes.** Then one value for each `ParticipantsUpdated` whose sequence number is higher than all
///   before. Rosters that come late, twice, or with a number that was used already are passed over.
/// - **End.** With the call, as [`CallEvents`](crate::CallEvents) end; also when the hub is dropped.
/// - **Cancel safety.** Dropping the stream, or a future of `next()`, loses nothing for others; a dropped
///   `next()` has not taken a value.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct ParticipantChanges {
    snapshot: Option<ParticipantsView>,
    newest: Option<i32>,
    events: CallEvents,
}

impl ParticipantChanges {
    pub(crate) fn new(cursor: Cursor) -> Self {
        // The place was taken before the roster is looked at, so nothing can come between the two.
        let roster = cursor.log().roster();
        if let Some((position, _)) = &roster {
            cursor.move_to(position + 1);
        }
        let snapshot = ParticipantsView::new(roster.map(|(_, event)| event));
        Self {
            newest: snapshot.sequence_number(),
            snapshot: Some(snapshot),
            events: CallEvents::new(cursor),
        }
    }
}

impl Stream for ParticipantChanges {
    type Item = ParticipantsView;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ParticipantsView>> {
        if let Some(snapshot) = self.snapshot.take() {
            return Poll::Ready(Some(snapshot));
        }
        loop {
            let Some(event) = ready!(Pin::new(&mut self.events).poll_next(context)) else {
                return Poll::Ready(None);
            };
            let Some(update) = event.as_kind::<ParticipantsUpdated>() else {
                continue;
            };
            let number = update.sequence_number;
            if self.newest.is_none_or(|newest| number > newest) {
                self.newest = Some(number);
                return Poll::Ready(Some(ParticipantsView::new(Some(event))));
            }
        }
    }
}

impl FusedStream for ParticipantChanges {
    fn is_terminated(&self) -> bool {
        self.snapshot.is_none() && self.events.is_terminated()
    }
}
