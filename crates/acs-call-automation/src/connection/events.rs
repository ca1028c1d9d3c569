//! The events of a call, from the event hub of its client (feature `events`).

use acs_call_events::outcome::{Connected, HangUp};
use acs_call_events::{CallEventHub, CallEvents, ParticipantChanges, ParticipantsView};

use super::CallConnection;
use crate::{Error, PendingOutcome};

impl CallConnection {
    fn hub(&self) -> Result<&CallEventHub, Error> {
        self.client().event_hub().ok_or_else(Error::no_event_hub)
    }

    /// Waits until the call is connected: for `CallConnected`, or for `CreateCallFailed`, `AnswerFailed`,
    /// `ConnectFailed` or a `CallDisconnected` that says why not. Returns at once when it is connected.
    pub fn connected(&self) -> PendingOutcome<Connected> {
        PendingOutcome::new(self.client().event_hub(), Connected::new(self.id()))
    }

    /// Waits for the end of the leg, `CallDisconnected`, whoever ends it.
    pub fn disconnected(&self) -> PendingOutcome<HangUp> {
        PendingOutcome::new(self.client().event_hub(), HangUp::new(self.id()))
    }

    /// The events of the call, from the first one that is kept, in the order of their arrival; ends after
    /// `CallDisconnected`.
    ///
    /// # Errors
    ///
    /// [`NoEventHub`](crate::ErrorKind::NoEventHub) when the client was given none.
    pub fn events(&self) -> Result<CallEvents, Error> {
        Ok(self.hub()?.events(self.id()))
    }

    /// Who is in the call as of the newest `ParticipantsUpdated`. Nothing is sent, unlike
    /// [`list_participants`](Self::list_participants).
    ///
    /// # Errors
    ///
    /// [`NoEventHub`](crate::ErrorKind::NoEventHub) when the client was given none.
    pub fn participants_view(&self) -> Result<ParticipantsView, Error> {
        Ok(self.hub()?.participants(self.id()))
    }

    /// Who is in the call, live: first the view as of now, then one for each newer `ParticipantsUpdated` by
    /// its sequence number, until the call ends. For a single look take
    /// [`participants_view`](Self::participants_view).
    ///
    /// # Errors
    ///
    /// [`NoEventHub`](crate::ErrorKind::NoEventHub) when the client was given none.
    pub fn participants(&self) -> Result<ParticipantChanges, Error> {
        Ok(self.hub()?.participant_changes(self.id()))
    }
}
