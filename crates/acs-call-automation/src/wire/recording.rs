//! Requests and answers about recordings.

use std::collections::HashSet;

use acs_call_rest::types;
use acs_common::RecordingId;
use acs_common::enums::{
    RecordingChannel, RecordingContent, RecordingFormat, RecordingState, RecordingStorageKind,
};

use super::{calls, check};
use crate::{Error, RecordedCall, RecordingProperties, RecordingStorage, StartRecordingOptions};

pub(crate) use check::recording_id;

/// The channels of an unmixed recording, `channel` of the API description: 0 to 4.
const CHANNELS: u8 = 5;

pub(crate) fn start_recording(
    options: StartRecordingOptions,
) -> Result<types::StartCallRecordingRequest, Error> {
    form(&options)?;
    let (call_locator, call_connection_id) = match options.call {
        RecordedCall::Locator(locator) => (Some(calls::locator(locator)?), None),
        RecordedCall::Connection(id) => {
            check::call_connection_id("call_connection_id", &id)?;
            (None, Some(id))
        }
    };
    let external_storage = match options.storage {
        None => None,
        Some(RecordingStorage::Service) => Some(types::ExternalStorage {
            recording_destination_container_url: None,
            recording_storage_kind: RecordingStorageKind::AzureCommunicationServices,
        }),
        Some(RecordingStorage::BlobContainer(url)) => Some(types::ExternalStorage {
            recording_destination_container_url: Some(check::service_uri("storage", url)?),
            recording_storage_kind: RecordingStorageKind::AzureBlobStorage,
        }),
    };
    let mut channels = HashSet::new();
    let mut affinity = Vec::with_capacity(options.channel_affinity.len());
    for (channel, participant) in options.channel_affinity {
        const FIELD: &str = "channel_affinity";
        check::identifier(FIELD, &participant)?;
        if channel >= CHANNELS {
            return Err(Error::invalid_input(
                FIELD,
                format_args!("expected a channel from 0 to {}, found {channel}", CHANNELS - 1),
            ));
        }
        if !channels.insert(channel) {
            return Err(Error::invalid_input(
                FIELD,
                format_args!("expected each channel once, found {channel} twice"),
            ));
        }
        affinity.push(types::ChannelAffinity {
            channel: Some(channel.into()),
            participant,
        });
    }
    for participant in &options.channel_order {
        check::identifier("channel_order", participant)?;
    }
    Ok(types::StartCallRecordingRequest {
        audio_channel_participant_ordering: (!options.channel_order.is_empty())
            .then_some(options.channel_order),
        call_connection_id,
        call_locator,
        channel_affinity: (!affinity.is_empty()).then_some(affinity),
        external_storage,
        pause_on_start: options.pause_on_start,
        recording_channel_type: options.channel,
        recording_content_type: options.content,
        recording_format_type: options.format,
        recording_state_callback_uri: options
            .state_callback_uri
            .map(|text| check::service_uri("state_callback_uri", text))
            .transpose()?,
    })
}

/// Which forms go together (call recording concepts): video is mixed and `mp4`, mixed audio is `mp3` or `wav`,
/// unmixed audio is `wav`. Only what the caller set is judged, and values that we do not know are left to the
/// service.
fn form(options: &StartRecordingOptions) -> Result<(), Error> {
    use RecordingFormat::{Mp3, Mp4, Wav};
    let video = match &options.content {
        Some(RecordingContent::AudioVideo) => Some(true),
        Some(RecordingContent::Audio) => Some(false),
        _ => None,
    };
    let unmixed = options.channel == Some(RecordingChannel::Unmixed);
    if unmixed && video == Some(true) {
        return Err(Error::invalid_input(
            "channel",
            "expected `mixed`, because video is only recorded mixed",
        ));
    }
    let refused = match &options.format {
        Some(Mp3 | Wav) if video == Some(true) => Some("expected `mp4`, the only format of video"),
        Some(Mp4) if video == Some(false) => Some("expected `mp3` or `wav`, because `mp4` is video"),
        Some(Mp3 | Mp4) if unmixed => Some("expected `wav`, the only format of an unmixed recording"),
        _ => None,
    };
    if let Some(expected) = refused {
        return Err(Error::invalid_input("format", expected));
    }
    for (field, is_set) in [
        ("channel_affinity", !options.channel_affinity.is_empty()),
        ("channel_order", !options.channel_order.is_empty()),
    ] {
        if is_set && !unmixed {
            return Err(Error::invalid_input(
                field,
                "expected channel `unmixed` beside it, because a mixed recording has no channels of participants",
            ));
        }
    }
    Ok(())
}

/// `asked` is the recording that the answer is about, where the request named one.
pub(crate) fn recording_properties(
    operation: &'static str,
    reply: types::RecordingStateResponse,
    asked: Option<&RecordingId>,
) -> Result<RecordingProperties, Error> {
    let recording_id = reply
        .recording_id
        .filter(|id| !id.as_str().is_empty())
        .or_else(|| asked.cloned())
        .ok_or_else(|| Error::unexpected(operation, "the service's answer has no `recordingId`"))?;
    Ok(RecordingProperties {
        recording_id,
        // A recording that the service knows and says nothing of is not known to be running.
        state: reply.recording_state.unwrap_or(RecordingState::Inactive),
        kind: reply.recording_kind,
    })
}
