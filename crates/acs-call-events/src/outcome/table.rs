//! The operations that are answered by events of their own.

use std::collections::HashSet;

use acs_common::enums::RecordingState;
use acs_common::{CallConnectionId, InvitationId, OperationContext, RecordingId};

use super::operation::{Operation, Rules, Verdict, has_context};
use crate::data::{
    AddParticipantFailed, AddParticipantSucceeded, CallTransferAccepted, CallTransferFailed,
    CancelAddParticipantFailed, CancelAddParticipantSucceeded, ContinuousDtmfRecognitionStopped, EventData,
    EventKind, MediaStreamingFailed, MediaStreamingStarted, MediaStreamingStopped, MoveParticipantFailed,
    MoveParticipantSucceeded, PlayCanceled, PlayCompleted, PlayFailed, RecognizeCanceled, RecognizeCompleted,
    RecognizeFailed, RecordingStateChanged, RemoveParticipantFailed, RemoveParticipantSucceeded,
    SendDtmfTonesCompleted, SendDtmfTonesFailed, StartRecordingFailed, TranscriptionFailed,
    TranscriptionStarted, TranscriptionStopped,
};
use crate::hub::LogKey;
use crate::{CallEvent, EventOf};

fn success<T: EventKind>(event: &CallEvent) -> Verdict<EventOf<T>> {
    match event.clone().into_kind() {
        Ok(event) => Verdict::Success(event),
        Err(_) => Verdict::Unrelated,
    }
}

macro_rules! operations {
    ($(
        $(#[$meta:meta])*
        $name:ident: $success:ident
            $(, failed by $failure:ident)?
            $(, broken by $broken:ident)?
            $(, canceled by $canceled:ident)?;
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug)]
            pub struct $name {
                call: CallConnectionId,
                context: Option<OperationContext>,
            }

            impl $name {
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

            impl Rules for $name {
                type Decided = EventOf<$success>;

                fn key(&self) -> LogKey {
                    LogKey::Call(self.call.clone())
                }

                fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<$success>> {
                    $(
                        // A stream that breaks is not always reported with the context it was begun with.
                        if event.is_kind::<$broken>() && event.operation_context().is_none() {
                            return Verdict::Failed;
                        }
                    )?
                    if !has_context(event, self.context.as_ref()) {
                        return Verdict::Unrelated;
                    }
                    $( if event.is_kind::<$failure>() { return Verdict::Failed; } )?
                    $( if event.is_kind::<$broken>() { return Verdict::Failed; } )?
                    $( if event.is_kind::<$canceled>() { return Verdict::Canceled; } )?
                    success(event)
                }
            }

            impl Operation for $name {
                type Success = EventOf<$success>;
            }
        )+
    };
}

operations! {
    /// A call, or a participant of it, is transferred. In a 1:1 call the leg then ends with result 200/7015.
    TransferToParticipant: CallTransferAccepted, failed by CallTransferFailed;
    /// A participant is removed.
    RemoveParticipant: RemoveParticipantSucceeded, failed by RemoveParticipantFailed;
    /// Prompts are played. In a loop they never complete: the outcome is then a cancellation.
    Play: PlayCompleted, failed by PlayFailed, canceled by PlayCanceled;
    /// Input is recognized.
    Recognize: RecognizeCompleted, failed by RecognizeFailed, canceled by RecognizeCanceled;
    /// Tones are sent.
    SendDtmfTones: SendDtmfTonesCompleted, failed by SendDtmfTonesFailed;
    /// Continuous recognition of tones is stopped.
    StopContinuousDtmfRecognition: ContinuousDtmfRecognitionStopped;
    /// Transcription is started.
    StartTranscription: TranscriptionStarted, broken by TranscriptionFailed;
    /// Transcription is stopped.
    StopTranscription: TranscriptionStopped, broken by TranscriptionFailed;
    /// Media streaming is started.
    StartMediaStreaming: MediaStreamingStarted, broken by MediaStreamingFailed;
    /// Media streaming is stopped.
    StopMediaStreaming: MediaStreamingStopped, broken by MediaStreamingFailed;
}

/// A participant is added. It is canceled by a successful cancellation of its invitation, for no
/// `AddParticipantFailed` follows that (recorded traffic).
#[derive(Clone, Debug)]
pub struct AddParticipant {
    call: CallConnectionId,
    context: Option<OperationContext>,
    invitation: Option<InvitationId>,
}

impl AddParticipant {
    /// For that leg.
    pub fn new(call: &CallConnectionId) -> Self {
        Self {
            call: call.clone(),
            context: None,
            invitation: None,
        }
    }

    /// The context that the operation was given; tells its events from those of another.
    #[must_use]
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }

    /// The id of the invitation; needed to know that it was withdrawn.
    #[must_use]
    pub fn invitation_id(mut self, invitation: impl Into<Option<InvitationId>>) -> Self {
        self.invitation = invitation.into();
        self
    }
}

impl Rules for AddParticipant {
    type Decided = EventOf<AddParticipantSucceeded>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<AddParticipantSucceeded>> {
        if let EventData::CancelAddParticipantSucceeded(canceled) = event.data() {
            if self.invitation.is_some() && canceled.invitation_id == self.invitation {
                return Verdict::Canceled;
            }
            return Verdict::Unrelated;
        }
        if !has_context(event, self.context.as_ref()) {
            return Verdict::Unrelated;
        }
        if event.is_kind::<AddParticipantFailed>() {
            return Verdict::Failed;
        }
        success(event)
    }
}

impl Operation for AddParticipant {
    type Success = EventOf<AddParticipantSucceeded>;
}

/// An invitation is withdrawn.
#[derive(Clone, Debug)]
pub struct CancelAddParticipant {
    call: CallConnectionId,
    invitation: InvitationId,
    context: Option<OperationContext>,
}

impl CancelAddParticipant {
    /// For that invitation.
    pub fn new(call: &CallConnectionId, invitation: &InvitationId) -> Self {
        Self {
            call: call.clone(),
            invitation: invitation.clone(),
            context: None,
        }
    }

    /// The context that the operation was given; tells a second attempt from the first.
    #[must_use]
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }
}

impl Rules for CancelAddParticipant {
    type Decided = EventOf<CancelAddParticipantSucceeded>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<EventOf<CancelAddParticipantSucceeded>> {
        let invitation = match event.data() {
            EventData::CancelAddParticipantSucceeded(data) => data.invitation_id.as_ref(),
            EventData::CancelAddParticipantFailed(data) => data.invitation_id.as_ref(),
            _ => return Verdict::Unrelated,
        };
        if invitation.is_some_and(|id| *id != self.invitation) {
            return Verdict::Unrelated;
        }
        // An invitation that is withdrawn is withdrawn, whichever attempt did it.
        if event.is_kind::<CancelAddParticipantFailed>() && has_context(event, self.context.as_ref()) {
            return Verdict::Failed;
        }
        success(event)
    }
}

impl Operation for CancelAddParticipant {
    type Success = EventOf<CancelAddParticipantSucceeded>;
}

/// Participants are moved here from another call. Each is reported by an event of its own; success is when
/// all are here.
#[derive(Clone, Debug)]
pub struct MoveParticipants {
    call: CallConnectionId,
    count: usize,
    context: Option<OperationContext>,
    moved: Vec<EventOf<MoveParticipantSucceeded>>,
    seen: HashSet<String>,
}

impl MoveParticipants {
    /// For that leg, to which `count` participants are moved.
    pub fn new(call: &CallConnectionId, count: usize) -> Self {
        Self {
            call: call.clone(),
            count,
            context: None,
            moved: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// The context that the operation was given; tells its events from those of another.
    #[must_use]
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.context = context.into();
        self
    }
}

impl Rules for MoveParticipants {
    type Decided = Vec<EventOf<MoveParticipantSucceeded>>;

    fn key(&self) -> LogKey {
        LogKey::Call(self.call.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<Self::Decided> {
        if !has_context(event, self.context.as_ref()) {
            return Verdict::Unrelated;
        }
        if event.is_kind::<MoveParticipantFailed>() {
            return Verdict::Failed;
        }
        if let Ok(event) = event.clone().into_kind::<MoveParticipantSucceeded>() {
            let who = event.participant.as_ref().map(|who| who.raw_id().into_owned());
            // An event that names nobody cannot be one that came before.
            if who.is_none_or(|who| self.seen.insert(who)) {
                self.moved.push(event);
            }
        }
        if self.moved.len() >= self.count.max(1) {
            return Verdict::Success(std::mem::take(&mut self.moved));
        }
        Verdict::Unrelated
    }
}

impl Operation for MoveParticipants {
    type Success = Vec<EventOf<MoveParticipantSucceeded>>;
}

/// A recording is started. Success is when it is active; the service first reports it inactive (recorded
/// traffic). A recording does not end with a leg, so ask for a time-out where its address is uncertain.
#[derive(Clone, Debug)]
pub struct StartRecording {
    recording: RecordingId,
}

impl StartRecording {
    /// For that recording.
    pub fn new(recording: &RecordingId) -> Self {
        Self {
            recording: recording.clone(),
        }
    }
}

impl Rules for StartRecording {
    type Decided = EventOf<RecordingStateChanged>;

    fn key(&self) -> LogKey {
        LogKey::Recording(self.recording.clone())
    }

    fn judge(&mut self, event: &CallEvent) -> Verdict<Self::Decided> {
        match event.data() {
            EventData::StartRecordingFailed(StartRecordingFailed { .. }) => Verdict::Failed,
            EventData::RecordingStateChanged(data) if data.state == Some(RecordingState::Active) => {
                success(event)
            }
            _ => Verdict::Unrelated,
        }
    }
}

impl Operation for StartRecording {
    type Success = EventOf<RecordingStateChanged>;
}
