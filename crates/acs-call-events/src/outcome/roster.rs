//! Hold and mute have no events for success: the roster shows them (recorded traffic).

use acs_common::{CallConnectionId, CommunicationIdentifier, OperationContext};

use super::operation::{Operation, Rules, Start, Verdict, has_context};
use crate::data::{CallParticipant, HoldFailed, ParticipantsUpdated};
use crate::hub::LogKey;
use crate::{CallEvent, EventOf};

/// Looks at rosters in the order of their sequence numbers.
#[derive(Clone, Debug)]
struct Watch {
    call: CallConnectionId,
    target: CommunicationIdentifier,
    newest: Option<i32>,
}

impl Watch {
    fn new(call: &CallConnectionId, target: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            call: call.clone(),
            target: target.into(),
            newest: None,
        }
    }

    /// Rosters up to that number, which may still arrive, show how it was before.
    fn newer_than(mut self, sequence_number: Option<i32>) -> Self {
        self.newest = self.newest.max(sequence_number);
        self
    }

    fn judge(
        &mut self,
        event: &CallEvent,
        shows: impl FnOnce(&CallParticipant) -> bool,
    ) -> Verdict<EventOf<ParticipantsUpdated>> {
        let Some(update) = event.as_kind::<ParticipantsUpdated>() else {
            return Verdict::Unrelated;
        };
        if self.newest.is_some_and(|newest| update.sequence_number <= newest) {
            return Verdict::Unrelated;
        }
        self.newest = Some(update.sequence_number);
        let shown = update
            .participants
            .iter()
            .find(|participant| participant.identifier == self.target)
            .is_some_and(shows);
        match (shown, event.clone().into_kind()) {
            (true, Ok(event)) => Verdict::Success(event),
            _ => Verdict::Unrelated,
        }
    }
}

macro_rules! watches {
    ($( $(#[$meta:meta])* $name:ident: $participant:ident => $shows:expr; )+) => {
        $(
            $(#[$meta])*
            ///
            /// Counts from the newest roster on, so it succeeds at once where that shows it already; give
            /// [`Outcome::since`](crate::Outcome::since) a position taken before the request to look at
            /// later rosters only.
            #[derive(Clone, Debug)]
            pub struct $name {
                watch: Watch,
            }

            impl $name {
                /// For that participant of that leg.
                pub fn new(call: &CallConnectionId, target: impl Into<CommunicationIdentifier>) -> Self {
                    Self {
                        watch: Watch::new(call, target),
                    }
                }

                /// Leaves aside rosters up to a sequence number: that of the newest one before the request,
                /// since an older one may be delivered late.
                #[must_use]
                pub fn newer_than(mut self, sequence_number: Option<i32>) -> Self {
                    self.watch = self.watch.newer_than(sequence_number);
                    self
                }
            }

            impl Rules for $name {
                type Decided = EventOf<ParticipantsUpdated>;

                fn key(&self) -> LogKey {
                    LogKey::Call(self.watch.call.clone())
                }

                fn start(&self) -> Start {
                    Start::NewestRoster
                }

                fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<ParticipantsUpdated>> {
                    self.watch.judge(event, |$participant| $shows)
                }
            }

            impl Operation for $name {
                type Success = EventOf<ParticipantsUpdated>;
            }
        )+
    };
}

watches! {
    /// A participant is taken off hold.
    Unhold: participant => !participant.is_on_hold;
    /// A participant is muted.
    MuteParticipant: participant => participant.is_muted;
}

/// A participant is put on hold. Bad hold music shows as `HoldFailed` about a second after the roster
/// showed the hold (recorded traffic), which is too late for this wait.
///
/// Counts from the newest roster on, like [`Unhold`].
#[derive(Clone, Debug)]
pub struct Hold {
    watch: Watch,
    context: Option<OperationContext>,
}

impl Hold {
    /// For that participant of that leg.
    pub fn new(call: &CallConnectionId, target: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            watch: Watch::new(call, target),
            context: None,
        }
    }

    /// The context that the operation was given; tells its `HoldFailed` from that of another.
    #[must_use]
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }

    /// Leaves aside rosters up to a sequence number, like [`Unhold::newer_than`].
    #[must_use]
    pub fn newer_than(mut self, sequence_number: Option<i32>) -> Self {
        self.watch = self.watch.newer_than(sequence_number);
        self
    }
}

impl Rules for Hold {
    type Decided = EventOf<ParticipantsUpdated>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.watch.call.clone())
    }

    fn start(&self) -> Start {
        Start::NewestRoster
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<ParticipantsUpdated>> {
        if event.is_kind::<HoldFailed>() && has_context(event, self.context.as_ref()) {
            return Verdict::Failed;
        }
        self.watch.judge(event, |participant| participant.is_on_hold)
    }
}

impl Operation for Hold {
    type Success = EventOf<ParticipantsUpdated>;
}
