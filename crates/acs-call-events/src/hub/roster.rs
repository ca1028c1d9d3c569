//! Who is in a call: the newest roster by sequence number.

use acs_common::CommunicationIdentifier;

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
