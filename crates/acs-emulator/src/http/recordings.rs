//! Recordings: starting one, and what else is asked of it by its id.

use acs_call_rest::types;
use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingStorageKind};
use acs_common::{CommunicationIdentifier, RecordingId};
use url::Url;

use super::body::{callback_uri, in_range, invalid, not_empty, parse, required};
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
    let content = known("recordingContentType", body.recording_content_type, |value| {
        matches!(value, RecordingContent::Audio | RecordingContent::AudioVideo)
    })?;
    let channel = known("recordingChannelType", body.recording_channel_type, |value| {
        matches!(value, RecordingChannel::Mixed | RecordingChannel::Unmixed)
    })?;
    let format = known("recordingFormatType", body.recording_format_type, |value| {
        use RecordingFormat::{Mp3, Mp4, Wav};
        matches!(value, Wav | Mp3 | Mp4)
    })?;
    let form = RecordingForm {
        content,
        channel,
        format,
        affinity: affinity(body.channel_affinity.unwrap_or_default())?,
        ordering: body.audio_channel_participant_ordering.unwrap_or_default(),
    };
    Ok(Command::StartRecording(StartRecording {
        call,
        form,
        pause_on_start: body.pause_on_start.unwrap_or(false),
        state_callback_uri: body.recording_state_callback_uri,
        external_storage: body.external_storage.map_or(Ok(None), container)?,
    }))
}

/// The channels that participants asked for.
fn affinity(given: Vec<types::ChannelAffinity>) -> Result<Vec<(CommunicationIdentifier, u16)>, Refusal> {
    let field = "channelAffinity.channel";
    given
        .into_iter()
        .map(|given| {
            in_range(field, given.channel, 0, 4)?;
            let channel = given.channel.and_then(|channel| u16::try_from(channel).ok());
            Ok((given.participant, channel.ok_or_else(|| required(field))?))
        })
        .collect()
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
