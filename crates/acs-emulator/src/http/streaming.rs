//! Media streaming and transcription: how they are set up with a call, and started, changed and stopped.

use acs_call_rest::types;
use acs_common::CallConnectionId;
use acs_common::enums::{AudioFormat, MediaStreamingAudioChannelType, StreamingTransportType};
use serde::de::DeserializeOwned;

use super::body::{invalid, parse};
use super::calls::{context_length, override_uri};
use super::reply::Refusal;
use super::request::Incoming;
use crate::engine::{
    Command, ControlStream, MediaStreamingOptions, StartTranscription, TranscriptionOptions,
    UpdateTranscription,
};

/// `mediaStreamingOptions`.
pub(super) fn media(
    options: Option<types::WebSocketMediaStreamingOptions>,
) -> Result<Option<MediaStreamingOptions>, Refusal> {
    let Some(options) = options else {
        return Ok(None);
    };
    transport("mediaStreamingOptions", &options.transport_type)?;
    known(
        "mediaStreamingOptions.audioChannelType",
        options.audio_channel_type.as_str(),
        MediaStreamingAudioChannelType::KNOWN,
    )?;
    let format = options.audio_format.unwrap_or(AudioFormat::Pcm16KMono);
    known(
        "mediaStreamingOptions.audioFormat",
        format.as_str(),
        AudioFormat::KNOWN,
    )?;
    if let Some(content) = &options.content_type {
        // Events spell it with a capital letter, so clients may.
        if !content.as_str().eq_ignore_ascii_case("audio") {
            return Err(invalid(&format!(
                "the field mediaStreamingOptions.contentType is audio, and is {content}."
            )));
        }
    }
    let mut media = MediaStreamingOptions::new(options.transport_url.unwrap_or_default());
    media.channel = options.audio_channel_type;
    media.format = format;
    media.start = options.start_media_streaming.unwrap_or(false);
    media.bidirectional = options.enable_bidirectional.unwrap_or(false);
    media.dtmf_tones = options.enable_dtmf_tones.unwrap_or(false);
    Ok(Some(media))
}

/// `transcriptionOptions`.
pub(super) fn transcription(
    options: Option<types::WebSocketTranscriptionOptions>,
) -> Result<Option<TranscriptionOptions>, Refusal> {
    let Some(options) = options else {
        return Ok(None);
    };
    transport("transcriptionOptions", &options.transport_type)?;
    let mut transcription =
        TranscriptionOptions::new(options.transport_url.unwrap_or_default(), options.locale);
    transcription.speech_model_endpoint_id = options.speech_model_endpoint_id;
    transcription.start = options.start_transcription.unwrap_or(false);
    transcription.intermediate_results = options.enable_intermediate_results.unwrap_or(false);
    Ok(Some(transcription))
}

fn transport(options: &str, transport: &StreamingTransportType) -> Result<(), Refusal> {
    known(
        &format!("{options}.transportType"),
        transport.as_str(),
        StreamingTransportType::KNOWN,
    )
}

fn known<T: AsRef<str>>(field: &str, value: &str, values: &[T]) -> Result<(), Refusal> {
    if values.iter().any(|known| known.as_ref() == value) {
        return Ok(());
    }
    let names: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    Err(invalid(&format!(
        "the field {field} is {}, and is {value}.",
        names.join(" or ")
    )))
}

/// A body of nothing but optional members may be missing.
fn parse_optional<T: DeserializeOwned>(request: &Incoming) -> Result<T, Refusal> {
    if request.body.iter().all(u8::is_ascii_whitespace) {
        return T::deserialize(serde_json::json!({})).map_err(|error| invalid(&error.to_string()));
    }
    parse(request)
}

fn control(
    connection: CallConnectionId,
    operation_context: Option<acs_common::OperationContext>,
    operation_callback_uri: Option<String>,
) -> Result<ControlStream, Refusal> {
    context_length(operation_context.as_ref())?;
    override_uri(operation_callback_uri.as_deref())?;
    Ok(ControlStream {
        connection,
        operation_context,
        operation_callback_uri,
    })
}

/// `POST …:startMediaStreaming`.
pub(super) fn start_media(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::StartMediaStreamingRequest = parse_optional(request)?;
    control(connection, body.operation_context, body.operation_callback_uri).map(Command::StartMediaStreaming)
}

/// `POST …:stopMediaStreaming`.
pub(super) fn stop_media(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::StopMediaStreamingRequest = parse_optional(request)?;
    control(connection, body.operation_context, body.operation_callback_uri).map(Command::StopMediaStreaming)
}

/// `POST …:startTranscription`.
pub(super) fn start_transcription(
    request: &Incoming,
    connection: CallConnectionId,
) -> Result<Command, Refusal> {
    let body: types::StartTranscriptionRequest = parse_optional(request)?;
    Ok(Command::StartTranscription(StartTranscription {
        control: control(connection, body.operation_context, body.operation_callback_uri)?,
        locale: body.locale,
        speech_model_endpoint_id: body.speech_model_endpoint_id,
    }))
}

/// `POST …:updateTranscription`.
pub(super) fn update_transcription(
    request: &Incoming,
    connection: CallConnectionId,
) -> Result<Command, Refusal> {
    let body: types::UpdateTranscriptionRequest = parse_optional(request)?;
    Ok(Command::UpdateTranscription(UpdateTranscription {
        control: control(connection, body.operation_context, body.operation_callback_uri)?,
        locale: body.locale,
        speech_model_endpoint_id: body.speech_model_endpoint_id,
    }))
}

/// `POST …:stopTranscription`.
pub(super) fn stop_transcription(
    request: &Incoming,
    connection: CallConnectionId,
) -> Result<Command, Refusal> {
    let body: types::StopTranscriptionRequest = parse_optional(request)?;
    control(connection, body.operation_context, body.operation_callback_uri).map(Command::StopTranscription)
}
