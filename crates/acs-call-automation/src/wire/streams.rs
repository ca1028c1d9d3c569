//! Requests and options about transcription and media streaming.

use acs_call_rest::types;
use acs_common::enums::StreamingTransportType;

use super::check;
use crate::Error;
use crate::media::{
    CallIntelligenceOptions, MediaStreamingOptions, StartMediaStreamingOptions, StartTranscriptionOptions,
    StopMediaStreamingOptions, StopTranscriptionOptions, TranscriptionOptions, UpdateTranscriptionOptions,
};

pub(super) fn intelligence(
    options: CallIntelligenceOptions,
) -> Result<types::CallIntelligenceOptions, Error> {
    let endpoint = check::service_uri("cognitive_services_endpoint", options.cognitive_services_endpoint)?;
    Ok(types::CallIntelligenceOptions {
        cognitive_services_endpoint: Some(endpoint),
    })
}

pub(super) fn media_streaming(
    options: MediaStreamingOptions,
) -> Result<types::WebSocketMediaStreamingOptions, Error> {
    const URL: &str = "media_streaming_options.transport_url";
    Ok(types::WebSocketMediaStreamingOptions {
        audio_channel_type: options.audio_channel_type,
        audio_format: options.audio_format,
        content_type: Some(options.content_type),
        enable_bidirectional: options.enable_bidirectional,
        enable_dtmf_tones: options.enable_dtmf_tones,
        start_media_streaming: options.start_media_streaming,
        transport_type: StreamingTransportType::Websocket,
        transport_url: Some(check::socket_url(URL, options.transport_url)?),
    })
}

pub(super) fn transcription(
    options: TranscriptionOptions,
) -> Result<types::WebSocketTranscriptionOptions, Error> {
    const URL: &str = "transcription_options.transport_url";
    check::locale("transcription_options.locale", &options.locale)?;
    Ok(types::WebSocketTranscriptionOptions {
        enable_intermediate_results: options.enable_intermediate_results,
        locale: options.locale,
        speech_model_endpoint_id: check::given(
            "transcription_options.speech_model_endpoint_id",
            options.speech_model_endpoint_id,
        )?,
        start_transcription: options.start_transcription,
        transport_type: StreamingTransportType::Websocket,
        transport_url: Some(check::socket_url(URL, options.transport_url)?),
    })
}

pub(crate) fn start_transcription(
    options: StartTranscriptionOptions,
) -> Result<types::StartTranscriptionRequest, Error> {
    if let Some(locale) = &options.locale {
        check::locale("locale", locale)?;
    }
    Ok(types::StartTranscriptionRequest {
        locale: options.locale,
        speech_model_endpoint_id: check::given("speech_model_endpoint_id", options.speech_model_endpoint_id)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn update_transcription(
    options: UpdateTranscriptionOptions,
) -> Result<types::UpdateTranscriptionRequest, Error> {
    check::locale("locale", &options.locale)?;
    Ok(types::UpdateTranscriptionRequest {
        locale: Some(options.locale),
        speech_model_endpoint_id: check::given("speech_model_endpoint_id", options.speech_model_endpoint_id)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn stop_transcription(
    options: StopTranscriptionOptions,
) -> Result<types::StopTranscriptionRequest, Error> {
    Ok(types::StopTranscriptionRequest {
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn start_media_streaming(
    options: StartMediaStreamingOptions,
) -> Result<types::StartMediaStreamingRequest, Error> {
    Ok(types::StartMediaStreamingRequest {
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn stop_media_streaming(
    options: StopMediaStreamingOptions,
) -> Result<types::StopMediaStreamingRequest, Error> {
    Ok(types::StopMediaStreamingRequest {
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}
