//! What became of an operation: success, failure with the service's codes, or the end of the call.
//!
//! The service answers an operation with 202 and tells its outcome by events. This module holds the table of
//! operations and their events, and the wait for them:
//!
//! | operation | success | failure |
//! |---|---|---|
//! | [`CreateCall`], [`AnswerCall`], [`ConnectCall`], [`Connected`] | `CallConnected` | `CreateCallFailed`, `AnswerFailed`, `ConnectFailed`, or `CallDisconnected` with a failure |
//! | [`TransferToParticipant`] | `CallTransferAccepted` | `CallTransferFailed` |
//! | [`AddParticipant`] | `AddParticipantSucceeded` | `AddParticipantFailed`; canceled by `CancelAddParticipantSucceeded` |
//! | [`CancelAddParticipant`] | `CancelAddParticipantSucceeded` | `CancelAddParticipantFailed` |
//! | [`RemoveParticipant`] | `RemoveParticipantSucceeded` | `RemoveParticipantFailed` |
//! | [`MoveParticipants`] | `MoveParticipantSucceeded`, one each | `MoveParticipantFailed` |
//! | [`StartPlaying`] | `PlayStarted` | `PlayFailed`; canceled by `PlayCanceled` |
//! | [`Play`] | `PlayCompleted` | `PlayFailed`; canceled by `PlayCanceled` |
//! | [`Recognize`] | `RecognizeCompleted` | `RecognizeFailed`; canceled by `RecognizeCanceled` |
//! | [`SendDtmfTones`] | `SendDtmfTonesCompleted` | `SendDtmfTonesFailed` |
//! | [`StopContinuousDtmfRecognition`] | `ContinuousDtmfRecognitionStopped` | – |
//! | [`StartTranscription`], [`UpdateTranscription`], [`StopTranscription`] | `TranscriptionStarted`, `…Updated`, `…Stopped` | `TranscriptionFailed` |
//! | [`StartMediaStreaming`], [`StopMediaStreaming`] | `MediaStreamingStarted`, `…Stopped` | `MediaStreamingFailed` |
//! | [`StartRecording`] | `RecordingStateChanged`, active | `StartRecordingFailed` |
//! | [`HangUp`] | `CallDisconnected` | – |
//! | [`Hold`] | `ParticipantsUpdated` that shows it | `HoldFailed` |
//! | [`Unhold`], [`MuteParticipant`] | `ParticipantsUpdated` that shows it | – |
//!
//! An event belongs to an operation by its call and its operation context; where the operation has none, any
//! event of the type does. Invitations are told apart by their ids, and [`UpdateTranscription`] takes any context,
//! because the service sends that of the start (recorded traffic).

mod failure;
mod future;
mod media;
mod operation;
mod roster;
mod setup;
mod table;

#[cfg(test)]
mod tests;

pub use failure::OutcomeFailure;
pub use future::Outcome;
pub use media::{StartPlaying, UpdateTranscription};
pub use operation::Operation;
pub use roster::{Hold, MuteParticipant, Unhold};
pub use setup::{AnswerCall, ConnectCall, Connected, CreateCall, HangUp};
pub use table::{
    AddParticipant, CancelAddParticipant, MoveParticipants, Play, Recognize, RemoveParticipant,
    SendDtmfTones, StartMediaStreaming, StartRecording, StartTranscription, StopContinuousDtmfRecognition,
    StopMediaStreaming, StopTranscription, TransferToParticipant,
};

pub(crate) use operation::has_context;
