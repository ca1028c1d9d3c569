//! Requests about what is heard: play, tones, hold.

use acs_call_rest::types;
use acs_common::CommunicationIdentifier;

use super::{check, sources};
use crate::Error;
use crate::media::{
    ContinuousDtmfRecognitionOptions, HoldOptions, PlayOptions, PlayToAllOptions, SendDtmfTonesOptions,
    UnholdOptions,
};

pub(crate) fn play(options: PlayOptions) -> Result<types::PlayRequest, Error> {
    // Nobody would mean everybody to the service.
    if options.play_to.is_empty() {
        return Err(Error::invalid_input(
            "play_to",
            "expected at least one participant, found none",
        ));
    }
    for participant in &options.play_to {
        check::identifier("play_to", participant)?;
    }
    Ok(types::PlayRequest {
        play_sources: sources::required(options.sources)?,
        play_to: Some(options.play_to),
        play_options: play_options(options.looping),
        interrupt_call_media_operation: None,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn play_to_all(options: PlayToAllOptions) -> Result<types::PlayRequest, Error> {
    Ok(types::PlayRequest {
        play_sources: sources::required(options.sources)?,
        // As the official clients say "everybody".
        play_to: Some(Vec::new()),
        play_options: play_options(options.looping),
        interrupt_call_media_operation: options.interrupt_call_media_operation,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

fn play_options(looping: Option<bool>) -> Option<types::PlayOptions> {
    looping.map(|looping| types::PlayOptions { loop_: looping })
}

pub(crate) fn send_dtmf_tones(options: SendDtmfTonesOptions) -> Result<types::SendDtmfTonesRequest, Error> {
    Ok(types::SendDtmfTonesRequest {
        target_participant: participant(options.participant)?,
        tones: options.tones.into_vec(),
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn continuous_dtmf_recognition(
    options: ContinuousDtmfRecognitionOptions,
) -> Result<types::ContinuousDtmfRecognitionRequest, Error> {
    Ok(types::ContinuousDtmfRecognitionRequest {
        target_participant: participant(options.participant)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn hold(options: HoldOptions) -> Result<types::HoldRequest, Error> {
    Ok(types::HoldRequest {
        target_participant: participant(options.participant)?,
        play_source_info: options.play_source.map(sources::source).transpose()?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn unhold(options: UnholdOptions) -> Result<types::UnholdRequest, Error> {
    Ok(types::UnholdRequest {
        target_participant: participant(options.participant)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

fn participant(participant: CommunicationIdentifier) -> Result<CommunicationIdentifier, Error> {
    check::identifier("participant", &participant)?;
    Ok(participant)
}
