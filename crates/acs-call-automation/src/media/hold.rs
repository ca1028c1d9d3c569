//! Hold and its end.

use acs_common::{CommunicationIdentifier, OperationContext};

use super::{CallMedia, PlaySource};
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{Error, wire};

/// How a participant is put on hold.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct HoldOptions {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) play_source: Option<PlaySource>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl HoldOptions {
    /// Puts this participant on hold, in silence.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            participant: participant.into(),
            play_source: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    /// Plays this again and again as long as the hold lasts.
    pub fn play_source(mut self, source: impl Into<PlaySource>) -> Self {
        self.play_source = Some(source.into());
        self
    }

    operation_setters!();
}

impl<T: Into<CommunicationIdentifier>> From<T> for HoldOptions {
    fn from(participant: T) -> Self {
        Self::new(participant)
    }
}

/// How a participant is taken off hold.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct UnholdOptions {
    pub(crate) participant: CommunicationIdentifier,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl UnholdOptions {
    /// Takes this participant off hold.
    pub fn new(participant: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            participant: participant.into(),
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    operation_setters!();
}

impl<T: Into<CommunicationIdentifier>> From<T> for UnholdOptions {
    fn from(participant: T) -> Self {
        Self::new(participant)
    }
}

/// Declares the result of an operation that only a roster shows.
macro_rules! shown_by_roster {
    ($( $(#[$meta:meta])* $name:ident { $($outcome:tt)* } )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug)]
            #[non_exhaustive]
            pub struct $name {
                participant: CommunicationIdentifier,
                #[cfg(feature = "events")]
                roster: Option<i32>,
                receipt: Receipt,
            }

            impl $name {
                fn new(participant: CommunicationIdentifier, receipt: Receipt) -> Self {
                    Self {
                        participant,
                        #[cfg(feature = "events")]
                        roster: receipt.roster(),
                        receipt,
                    }
                }

                /// Who it is about.
                pub fn participant(&self) -> &CommunicationIdentifier {
                    &self.participant
                }

                /// The operation context, given or made up.
                pub fn operation_context(&self) -> &OperationContext {
                    self.receipt.operation_context()
                }

                $($outcome)*
            }
        )+
    };
}

shown_by_roster! {
    /// A hold that the service has accepted.
    HoldResult {
        /// Waits for a later `ParticipantsUpdated` that shows the participant on hold, since there is no
        /// event of its own, or for `HoldFailed`. Bad hold music is reported by `HoldFailed` about a second
        /// after the roster showed the hold (recorded traffic), and the hold is rolled back: too late for
        /// this wait, so look for it among the [events](crate::CallConnection::events).
        ///
        /// Who is on hold already may not be shown again; ask for a
        /// [`timeout`](crate::PendingOutcome::timeout) then.
        #[cfg(feature = "events")]
        pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::Hold> {
            self.receipt.outcome(|call, context| {
                acs_call_events::outcome::Hold::new(call, self.participant.clone())
                    .operation_context(context)
                    .newer_than(self.roster)
            })
        }
    }

    /// The end of a hold that the service has accepted.
    UnholdResult {
        /// Waits for a later `ParticipantsUpdated` that shows the participant off hold; there is no event
        /// of its own.
        #[cfg(feature = "events")]
        pub fn outcome(&self) -> crate::PendingOutcome<acs_call_events::outcome::Unhold> {
            self.receipt.outcome(|call, _| {
                acs_call_events::outcome::Unhold::new(call, self.participant.clone()).newer_than(self.roster)
            })
        }
    }
}

impl CallMedia {
    /// Puts a participant on hold: it hears nobody and is not heard, but may hear music. Takes the
    /// participant, or [`HoldOptions`].
    ///
    /// Events that follow: `ParticipantsUpdated` that shows it, about a second later (recorded traffic);
    /// `HoldFailed` where the music cannot be played.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for an empty identifier, a
    /// source as in [`play`](Self::play), and as for every operation its context and callback URI.
    /// [`Rejected`](crate::ErrorKind::Rejected) with code 8501 while the call is not connected.
    /// [`NotFound`](crate::ErrorKind::NotFound) for who is not in the call. Otherwise as the service refuses.
    pub async fn hold(&self, options: impl Into<HoldOptions>) -> Result<HoldResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let result = HoldResult::new(options.participant.clone(), receipt);
        let body = wire::hold(options)?;
        self.rest()
            .hold(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("hold", error))?;
        Ok(result)
    }

    /// Takes a participant off hold. Takes the participant, or [`UnholdOptions`].
    ///
    /// Event that follows: `ParticipantsUpdated` that shows it (recorded traffic).
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold).
    pub async fn unhold(&self, options: impl Into<UnholdOptions>) -> Result<UnholdResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let result = UnholdResult::new(options.participant.clone(), receipt);
        let body = wire::unhold(options)?;
        self.rest()
            .unhold(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("unhold", error))?;
        Ok(result)
    }
}
