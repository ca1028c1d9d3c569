//! Media operations that follow no plain pair of events.

use acs_common::{CallConnectionId, OperationContext};

use super::operation::{Operation, Rules, Verdict, has_context};
use crate::data::{EventData, PlayCanceled, PlayCompleted, PlayFailed, PlayStarted, TranscriptionUpdated};
use crate::hub::LogKey;
use crate::{CallEvent, EventOf};

/// Prompts begin to be heard. Success is `PlayStarted`, or `PlayCompleted` where that is delivered first or
/// alone.
#[derive(Clone, Debug)]
pub struct StartPlaying {
    call: CallConnectionId,
    context: Option<OperationContext>,
}

impl StartPlaying {
    /// For that leg.
    pub fn new(call: &CallConnectionId) -> Self {
        Self {
            call: call.clone(),
            context: None,
        }
    }

    /// The context that the operation was given; tells its events from those of another.
    #[must_use]
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }
}

impl Rules for StartPlaying {
    type Decided = CallEvent;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<CallEvent> {
        if !has_context(event, self.context.as_ref()) {
            return Verdict::Unrelated;
        }
        if event.is_kind::<PlayStarted>() || event.is_kind::<PlayCompleted>() {
            return Verdict::Success(event.clone());
        }
        if event.is_kind::<PlayFailed>() {
            return Verdict::Failed;
        }
        if event.is_kind::<PlayCanceled>() {
            return Verdict::Canceled;
        }
        Verdict::Unrelated
    }
}

impl Operation for StartPlaying {
    type Success = CallEvent;
}

/// The language of a transcription is changed.
///
/// `TranscriptionUpdated` carries the operation context of the start request, not of the update (recorded
/// traffic), so the context tells nothing: give [`Outcome::since`](crate::Outcome::since) a position taken
/// before the request.
#[derive(Clone, Debug)]
pub struct UpdateTranscription {
    call: CallConnectionId,
}

impl UpdateTranscription {
    /// For that leg.
    pub fn new(call: &CallConnectionId) -> Self {
        Self { call: call.clone() }
    }
}

impl Rules for UpdateTranscription {
    type Decided = EventOf<TranscriptionUpdated>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<TranscriptionUpdated>> {
        match event.data() {
            EventData::TranscriptionFailed(_) => Verdict::Failed,
            EventData::TranscriptionUpdated(_) => match event.clone().into_kind() {
                Ok(event) => Verdict::Success(event),
                Err(_) => Verdict::Unrelated,
            },
            _ => Verdict::Unrelated,
        }
    }
}

impl Operation for UpdateTranscription {
    type Success = EventOf<TranscriptionUpdated>;
}
