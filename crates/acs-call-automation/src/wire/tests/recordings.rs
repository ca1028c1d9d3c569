//! Recordings: what is refused, and what recorded traffic says.

use acs_call_rest::types;
use acs_common::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingKind, RecordingState};
use acs_common::{CommunicationIdentifier, RecordingId, ServerCallId};

use super::recorded::Recording;
use super::{CALLBACK, USER};
use crate::{CallLocator, RecordingStorage, StartRecordingOptions, wire};

fn options() -> StartRecordingOptions {
    StartRecordingOptions::new(CallLocator::server_call("aHR0"))
}

fn unmixed() -> StartRecordingOptions {
    options().channel(RecordingChannel::Unmixed)
}

fn refused(options: StartRecordingOptions) -> String {
    let error = wire::start_recording(options).unwrap_err();
    error.field().unwrap().to_owned()
}

#[test]
fn only_forms_that_go_together_are_sent() {
    use RecordingChannel::{Mixed, Unmixed};
    use RecordingContent::{Audio, AudioVideo};
    use RecordingFormat::{Mp3, Mp4, Wav};
    let contents = [None, Some(Audio), Some(AudioVideo), Some("screen".into())];
    let channels = [None, Some(Mixed), Some(Unmixed), Some("stereo".into())];
    let formats = [None, Some(Mp3), Some(Mp4), Some(Wav), Some("opus".into())];
    for content in &contents {
        for channel in &channels {
            for format in &formats {
                let mut options = options();
                options.content.clone_from(content);
                options.channel.clone_from(channel);
                options.format.clone_from(format);
                let video = content == &Some(AudioVideo);
                let expected = match (content, channel, format) {
                    (Some(AudioVideo), Some(Unmixed), _) => Some("channel"),
                    (_, _, Some(Mp3 | Wav)) if video => Some("format"),
                    (Some(Audio), _, Some(Mp4)) | (_, Some(Unmixed), Some(Mp3 | Mp4)) => Some("format"),
                    _ => None,
                };
                let result = wire::start_recording(options);
                let field = result.as_ref().err().and_then(|error| error.field());
                assert_eq!(field, expected, "{content:?} {channel:?} {format:?}");
            }
        }
    }
}

#[test]
fn channels_of_participants_are_0_to_4_once_each_and_unmixed() {
    let user = || CommunicationIdentifier::user(USER);
    let all = (0..5).fold(unmixed(), |options, channel| {
        options.channel_affinity(channel, user())
    });
    assert_eq!(
        wire::start_recording(all.clone())
            .unwrap()
            .channel_affinity
            .unwrap()
            .len(),
        5
    );
    for options in [
        all.channel_affinity(4, user()),
        unmixed().channel_affinity(5, user()),
        unmixed().channel_affinity(0, CommunicationIdentifier::user("")),
        options().channel_affinity(0, user()),
        options()
            .channel(RecordingChannel::Mixed)
            .channel_affinity(0, user()),
    ] {
        assert_eq!(refused(options), "channel_affinity");
    }
    assert_eq!(refused(options().channel_order([user()])), "channel_order");
    let nobody = unmixed().channel_order([CommunicationIdentifier::user("")]);
    assert_eq!(refused(nobody), "channel_order");
}

#[test]
fn ids_and_uris_are_checked() {
    for (options, field) in [
        (
            StartRecordingOptions::new(CallLocator::server_call(" ")),
            "server_call_id",
        ),
        (
            StartRecordingOptions::new(CallLocator::group_call("")),
            "group_call_id",
        ),
        (StartRecordingOptions::new(CallLocator::room("")), "room_id"),
        (
            StartRecordingOptions::new(acs_common::CallConnectionId::from("")),
            "call_connection_id",
        ),
        (
            options().state_callback_uri("http://app.contoso.com/"),
            "state_callback_uri",
        ),
        (options().state_callback_uri("/events"), "state_callback_uri"),
        (
            options().storage(RecordingStorage::BlobContainer("container".to_owned())),
            "storage",
        ),
    ] {
        assert_eq!(refused(options), field);
    }
    let body = wire::start_recording(options().storage(RecordingStorage::Service)).unwrap();
    assert_eq!(
        body.external_storage.unwrap().recording_storage_kind.as_str(),
        "azureCommunicationServices"
    );
}

#[test]
fn start_recording() {
    let Some(recorded) = Recording::open("startRecording") else {
        return;
    };
    let expected: types::StartCallRecordingRequest = recorded.request();
    let id: ServerCallId = expected.call_locator.clone().unwrap().server_call_id.unwrap();
    let options = StartRecordingOptions::new(id)
        .state_callback_uri("https://sanitized.skype.com/api/servicebuscallback/events")
        .pause_on_start(false);
    assert_eq!(wire::start_recording(options).unwrap(), expected);
    let properties = wire::recording_properties("test", recorded.response(), None).unwrap();
    assert_eq!(properties.state, RecordingState::Inactive);
    assert_eq!(properties.kind, Some(RecordingKind::AzureCommunicationServices));
}

#[test]
fn start_recording_of_the_description() {
    const APP: &str = "https://contoso.communications.azure.com/callback";
    let Some(recorded) = Recording::open("startRecording.spec") else {
        return;
    };
    let expected: types::StartCallRecordingRequest = recorded.request();
    let id = expected.call_locator.clone().unwrap().server_call_id.unwrap();
    let options = StartRecordingOptions::new(CallLocator::from(id))
        .state_callback_uri(APP)
        .pause_on_start(true)
        .storage(RecordingStorage::BlobContainer(
            "https://contoso.blob.core.windows.net/recordings".to_owned(),
        ));
    assert_eq!(wire::start_recording(options).unwrap(), expected);
    let properties = wire::recording_properties("test", recorded.response(), None).unwrap();
    assert_eq!(properties.kind, Some(RecordingKind::TeamsCompliance));

    for name in [
        "startRecording-with-connection-id.spec",
        "startRecording-with-connection-id.spec-202",
    ] {
        let recorded = Recording::open(name).unwrap();
        let expected: types::StartCallRecordingRequest = recorded.request();
        let id = expected.call_connection_id.clone().unwrap();
        let options = StartRecordingOptions::new(id)
            .state_callback_uri(APP)
            .pause_on_start(false);
        assert_eq!(wire::start_recording(options).unwrap(), expected);
        wire::recording_properties("test", recorded.response(), None).unwrap();
    }
}

#[test]
fn recording_properties() {
    for (name, state, kind) in [
        (
            "getRecordingProperties",
            RecordingState::Active,
            Some(RecordingKind::AzureCommunicationServices),
        ),
        ("getRecordingProperties.spec", RecordingState::Inactive, None),
    ] {
        let Some(recorded) = Recording::open(name) else {
            return;
        };
        let properties = wire::recording_properties("test", recorded.response(), None).unwrap();
        assert_eq!((properties.state, properties.kind), (state, kind), "{name}");
    }
}

#[test]
fn an_answer_without_an_id_is_about_the_recording_that_was_asked_for() {
    let id = RecordingId::from("r");
    let empty = types::RecordingStateResponse::default();
    let properties = wire::recording_properties("test", empty.clone(), Some(&id)).unwrap();
    assert_eq!(
        (properties.recording_id, properties.state),
        (id, RecordingState::Inactive)
    );
    let error = wire::recording_properties("test", empty, None).unwrap_err();
    assert!(error.to_string().contains("recordingId"), "{error}");
    assert!(wire::start_recording(options().state_callback_uri(CALLBACK)).is_ok());
}
