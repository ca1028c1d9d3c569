//! The border to the generated types. Nothing outside of this folder names one, so a new API version is
//! dealt with here. Option bags become requests, and this is where every rule about input is checked;
//! answers become models.

mod calls;
mod check;
mod context;
mod identifiers;
mod media;
mod participants;
mod recognize;
mod recording;
mod replies;
mod sources;
mod streams;

#[cfg(test)]
mod tests;

pub(crate) use calls::{answer_call, connect, create_call, create_group_call, redirect_call, reject_call};
pub(crate) use check::{call_connection_id, identifier};
pub(crate) use media::{continuous_dtmf_recognition, hold, play, play_to_all, send_dtmf_tones, unhold};
pub(crate) use participants::{
    add_participant, cancel_add_participant, move_participants, mute_participant, remove_participant,
    transfer_to_participant,
};
pub(crate) use recognize::recognize;
pub(crate) use recording::{recording_id, recording_properties, start_recording};
pub(crate) use replies::{added, moved, participant, participants_page, properties};
pub(crate) use streams::{
    start_media_streaming, start_transcription, stop_media_streaming, stop_transcription,
    update_transcription,
};

use acs_common::OperationContext;
use uuid::Uuid;

/// The context that an operation is sent with: the caller's, or one made here, because the outcome of an
/// operation is found by it.
pub(crate) fn settle_context(given: &mut Option<OperationContext>) -> OperationContext {
    given
        .get_or_insert_with(|| OperationContext::from(Uuid::new_v4().hyphenated().to_string()))
        .clone()
}
