//! Recordings: starting one, and what else is asked of it by its id.

use acs_call_rest::types;
use acs_common::RecordingId;
use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingStorageKind};
use url::Url;

use super::body::{callback_uri, invalid, not_empty, parse, required};
use super::calls::locator;
use super::reply::Refusal;
use super::request::Incoming;
use crate::engine::{Command, RecordedCall, RecordingForm, StartRecording};

/// `POST /calling/recordings`.
pub(super) fn start(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::StartCallRecordingRequest = parse(request)?;
    let call = match (body.call_locator, body.call_connection_id) {
        (Some(given), _) => RecordedCall::Locator(locator(given)?),
        (None, Some(connection)) => {
            not_empty("callConnectionId", connection.as_str())?;
            RecordedCall::Connection(connection)
        }
        (None, None) => return Err(required("callLocator or callConnectionId")),
    };
    if let Some(uri) = &body.recording_state_callback_uri {
        callback_uri("recordingStateCallbackUri", uri)?;
    }
    let mut form = RecordingForm::default();
    form.content = known("recordingContentType", body.recording_content_type, |value| {
        matches!(value, RecordingContent::Audio | RecordingContent::AudioVideo)
    })?;
    form.channel = known("recordingChannelType", body.recording_channel_type, |value| {
        matches!(value, RecordingChannel::Mixed | RecordingChannel::Unmixed)
    })?;
    form.format = known("recordingFormatType", body.recording_format_type, |value| {
        matches!(
            value,
            RecordingFormat::Wav | RecordingFormat::Mp3 | RecordingFormat::Mp4
        )
    })?;
    for affinity in body.channel_affinity.unwrap_or_default() {
        let channel = affinity
            .channel
            .ok_or_else(|| required("channelAffinity.channel"))?;
        let channel = u16::try_from(channel).ok().filter(|channel| *channel <= 4);
        let channel =
            channel.ok_or_else(|| invalid("the field channelAffinity.channel must be between 0 and 4."))?;
        form.affinity.push((affinity.participant, channel));
    }
    form.ordering = body.audio_channel_participant_ordering.unwrap_or_default();
    Ok(Command::StartRecording(StartRecording {
        call,
        form,
        pause_on_start: body.pause_on_start.unwrap_or(false),
        state_callback_uri: body.recording_state_callback_uri,
        external_storage: body.external_storage.map_or(Ok(None), container)?,
    }))
}

/// A value that this version of the service has.
fn known<T: AsRef<str>>(
    field: &str,
    value: Option<T>,
    is_known: impl Fn(&T) -> bool,
) -> Result<Option<T>, Refusal> {
    match value {
        Some(value) if !is_known(&value) => Err(invalid(&format!(
            "the field {field} is {}, which is no known value.",
            value.as_ref()
        ))),
        value => Ok(value),
    }
}

/// The container of the application, without the query of its address, which may hold a key.
fn container(storage: types::ExternalStorage) -> Result<Option<String>, Refusal> {
    match storage.recording_storage_kind {
        RecordingStorageKind::AzureCommunicationServices => Ok(None),
        RecordingStorageKind::AzureBlobStorage => {
            let field = "externalStorage.recordingDestinationContainerUrl";
            let text = storage
                .recording_destination_container_url
                .ok_or_else(|| required(field))?;
            let mut url = Url::parse(&text)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .ok_or_else(|| invalid(&format!("the field {field} is no absolute http or https URL.")))?;
            url.set_query(None);
            url.set_fragment(None);
            Ok(Some(url.into()))
        }
        other => Err(invalid(&format!(
            "the field externalStorage.recordingStorageKind is {}, which is no known value.",
            other.as_str()
        ))),
    }
}

/// An operation on a recording that runs.
pub(super) fn on(id: &str, command: impl FnOnce(RecordingId) -> Command) -> Command {
    command(RecordingId::from(id))
}
