//! Playing to everybody or to somebody.

use acs_common::{CommunicationIdentifier, OperationContext};

use super::result::receipts;
use super::{CallMedia, FileSource, PlaySource, SsmlSource, TextSource};
use crate::outcome::Receipt;
use crate::setup::operation_setters;
use crate::{Error, wire};

/// The setter of both ways to play.
macro_rules! play_setters {
    () => {
        /// Begins again at the end, until canceled. It then never completes: the outcome is a cancellation
        /// (how-to guide).
        pub fn looping(mut self, looping: bool) -> Self {
            self.looping = Some(looping);
            self
        }

        operation_setters!();
    };
}

/// How something is played to some participants.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct PlayOptions {
    pub(crate) sources: Vec<PlaySource>,
    pub(crate) play_to: Vec<CommunicationIdentifier>,
    pub(crate) looping: Option<bool>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl PlayOptions {
    /// Plays these sources, one after the other, to these participants; at least one of each.
    pub fn new<S, T>(sources: impl IntoIterator<Item = S>, play_to: impl IntoIterator<Item = T>) -> Self
    where
        S: Into<PlaySource>,
        T: Into<CommunicationIdentifier>,
    {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            play_to: play_to.into_iter().map(Into::into).collect(),
            looping: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    play_setters!();
}

/// One source to one participant.
impl<S: Into<PlaySource>, T: Into<CommunicationIdentifier>> From<(S, T)> for PlayOptions {
    fn from((source, participant): (S, T)) -> Self {
        Self::new([source], [participant])
    }
}

/// How something is played to everybody in the call.
#[derive(Clone, Debug)]
#[must_use = "an option bag does nothing by itself"]
pub struct PlayToAllOptions {
    pub(crate) sources: Vec<PlaySource>,
    pub(crate) looping: Option<bool>,
    pub(crate) interrupt_call_media_operation: Option<bool>,
    pub(crate) operation_context: Option<OperationContext>,
    pub(crate) operation_callback_uri: Option<String>,
}

impl PlayToAllOptions {
    /// Plays these sources, one after the other; at least one.
    pub fn new<S: Into<PlaySource>>(sources: impl IntoIterator<Item = S>) -> Self {
        Self {
            sources: sources.into_iter().map(Into::into).collect(),
            looping: None,
            interrupt_call_media_operation: None,
            operation_context: None,
            operation_callback_uri: None,
        }
    }

    /// Whether to push aside what is playing and queued, which is then canceled, instead of waiting for it.
    pub fn interrupt_call_media_operation(mut self, interrupt: bool) -> Self {
        self.interrupt_call_media_operation = Some(interrupt);
        self
    }

    play_setters!();
}

macro_rules! from_one_source {
    ($($source:ident),+) => {
        $(
            impl From<$source> for PlayToAllOptions {
                fn from(source: $source) -> Self {
                    Self::new([source])
                }
            }
        )+
    };
}

from_one_source!(PlaySource, FileSource, TextSource, SsmlSource);

receipts! {
    /// Playing that the service has accepted.
    PlayResult => Play,
    "Waits for `PlayCompleted`, when the last source has ended, or for the failure: a source that cannot be \
     played ([`Error::failed_play_source_index`](crate::Error::failed_play_source_index) says which), or a \
     cancellation."
}

impl PlayResult {
    /// Waits until the first source is heard: `PlayStarted`, or `PlayCompleted` where that is delivered first.
    #[cfg(feature = "events")]
    pub fn started(&self) -> crate::PendingOutcome<acs_call_events::outcome::StartPlaying> {
        self.receipt.outcome(|call, context| {
            acs_call_events::outcome::StartPlaying::new(call).operation_context(context)
        })
    }
}

impl CallMedia {
    /// Plays to some participants. Takes a source and a participant as a pair, or [`PlayOptions`].
    ///
    /// Events that follow: `PlayStarted`, then `PlayCompleted`, `PlayFailed` with the index of the source, or
    /// `PlayCanceled`. Meanwhile `ParticipantsUpdated` shows a participant as on hold (recorded traffic).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) before anything is sent, for no source or no
    /// participant, a file whose URI is neither `https` nor loopback, a text that is empty or beyond 4,000
    /// characters, and as for every operation its context and callback URI.
    /// [`Rejected`](crate::ErrorKind::Rejected) with code 8501 while the call is not connected, with 8522 for
    /// text where the call has no cognitive services endpoint, and with 8500, or
    /// [`Conflict`](crate::ErrorKind::Conflict) with 8583, while the participant is in another media operation.
    /// Otherwise as the service refuses.
    pub async fn play(&self, options: impl Into<PlayOptions>) -> Result<PlayResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::play(options)?;
        self.rest()
            .play(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("play", error))?;
        Ok(PlayResult { receipt })
    }

    /// Plays to everybody in the call. Takes a source, or [`PlayToAllOptions`].
    ///
    /// What plays already is waited for, unless
    /// [`interrupt_call_media_operation`](PlayToAllOptions::interrupt_call_media_operation) is set. Events
    /// that follow: `PlayStarted`, then `PlayCompleted`, `PlayFailed` with the index of the source, or
    /// `PlayCanceled`.
    ///
    /// # Errors
    ///
    /// As [`play`](Self::play).
    pub async fn play_to_all(&self, options: impl Into<PlayToAllOptions>) -> Result<PlayResult, Error> {
        let mut options = options.into();
        let receipt = Receipt::new(self.call_connection(), &mut options.operation_context);
        let body = wire::play_to_all(options)?;
        self.rest()
            .play(self.checked_id()?, &body)
            .await
            .map_err(|error| Error::rest("play to all", error))?;
        Ok(PlayResult { receipt })
    }
}
