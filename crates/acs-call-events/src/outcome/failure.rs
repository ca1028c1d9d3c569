//! How an operation can fail.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::data::EventData;
use crate::{CallEvent, Reason, ResultInformation};

/// Why an operation did not succeed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutcomeFailure {
    /// The service says so, by this event.
    Failed(CallEvent),
    /// It was canceled: by the application, or by an operation that interrupts.
    Canceled(CallEvent),
    /// The call ended before the operation was decided.
    CallEnded(CallEvent),
    /// The time that was asked for by [`Outcome::timeout`](crate::Outcome::timeout) has passed. The operation
    /// itself goes on.
    TimedOut(Duration),
    /// The hub has released the call, because it ended long ago or was silent for very long.
    Released,
    /// The hub was dropped.
    Closed,
}

impl OutcomeFailure {
    /// The event that says it, where there is one.
    pub fn event(&self) -> Option<&CallEvent> {
        match self {
            Self::Failed(event) | Self::Canceled(event) | Self::CallEnded(event) => Some(event),
            _ => None,
        }
    }

    /// The service's codes, where there are any.
    pub fn result_information(&self) -> Option<&ResultInformation> {
        self.event().and_then(CallEvent::result_information)
    }

    /// The name of what the codes say, where there are any.
    pub fn reason(&self) -> Option<Reason> {
        self.result_information().map(ResultInformation::reason)
    }

    /// Which of the prompts could not be played, counted from 0, where the service says so: for playing, and
    /// for recognizing when the prompts are the cause.
    pub fn failed_play_source_index(&self) -> Option<usize> {
        let index = match self.event()?.data() {
            EventData::PlayFailed(data) => data.failed_play_source_index,
            EventData::RecognizeFailed(data) => data.failed_play_source_index,
            _ => None,
        };
        index.and_then(|index| usize::try_from(index).ok())
    }

    /// Whether the call ended before the operation was decided.
    pub fn is_call_ended(&self) -> bool {
        matches!(self, Self::CallEnded(_) | Self::Released)
    }

    /// Whether the operation was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled(_))
    }

    /// Whether the time that was asked for has passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }
}

impl fmt::Display for OutcomeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the operation failed")?,
            Self::Canceled(_) => f.write_str("the operation was canceled")?,
            Self::CallEnded(_) => f.write_str("the call ended before the operation was decided")?,
            Self::TimedOut(after) => write!(f, "the operation was not decided within {after:?}")?,
            Self::Released => f.write_str("the call ended long ago and was released")?,
            Self::Closed => f.write_str("the event hub was closed")?,
        }
        if let Some(event) = self.event() {
            let name = event.event_type();
            write!(f, ": {}", name.strip_prefix(crate::data::PREFIX).unwrap_or(name))?;
        }
        if let Some(result) = self.result_information() {
            write!(f, " {result}")?;
        }
        Ok(())
    }
}

impl StdError for OutcomeFailure {}
