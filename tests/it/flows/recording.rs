//! Recording: from the start to the file, and what is refused on the way.

use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingState};
use acs_call_automation::{
    CallConnection, CallInvite, CallLocator, CallRecording, DownloadRecordingOptions, ErrorKind, RecordingId,
    StartRecordingOptions,
};
use acs_call_events::data::RecordingStateChanged;
use acs_call_events::grid::RecordingFileStatusUpdated;
use acs_call_events::{CallEventStreamExt as _, EventOf};
use acs_emulator::Emulator;
use acs_tests::app::Pair;
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::StreamExt as _;

use super::support::{end, won};

async fn started(world: &World, call: &CallConnection) -> RecordingId {
    let options = StartRecordingOptions::new(call).state_callback_uri(world.callback());
    let started = world.client().recording().start(options).await.unwrap();
    let active = won("RecordingStateChanged", started.outcome()).await;
    assert_eq!(active.recording_id.as_ref(), Some(started.recording_id()));
    started.recording_id().clone()
}

async fn file_of(world: &World, recording: &RecordingId) -> std::sync::Arc<RecordingFileStatusUpdated> {
    let mut files = world.hub().recording_files();
    soon("the file of the recording", async {
        loop {
            let file = files.next().await.expect("the hub is open");
            if file.recording_id.as_ref() == Some(recording) {
                return file;
            }
        }
    })
    .await
}

async fn state(recording: &CallRecording, id: &RecordingId) -> RecordingState {
    recording.properties(id).await.unwrap().state
}

#[tokio::test]
async fn a_recording_is_paused_resumed_and_stopped() {
    let world = World::start().await;
    let Pair { caller, .. } = world.app.pair().await.unwrap();
    let recording = world.client().recording();
    let id = started(&world, &caller).await;
    assert_eq!(state(&recording, &id).await, RecordingState::Active);
    recording.pause(&id).await.unwrap();
    assert_eq!(state(&recording, &id).await, RecordingState::Inactive);
    recording.resume(&id).await.unwrap();
    assert_eq!(state(&recording, &id).await, RecordingState::Active);

    let error = recording.start(&caller).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::Rejected, Some(8553))
    );

    recording.stop(&id).await.unwrap();
    for error in [
        recording.properties(&id).await.map(drop).unwrap_err(),
        recording.stop(&id).await.unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.sub_code()),
            (ErrorKind::NotFound, Some(8522))
        );
    }
    // The call goes on, and may be recorded again.
    let again = started(&world, &caller).await;
    assert_ne!(again, id);

    // The service says inactive first, and only then active.
    let events = recording.events(&id).unwrap().of_kind::<RecordingStateChanged>();
    let events: Vec<EventOf<RecordingStateChanged>> = soon("both states", events.take(2).collect()).await;
    let states: Vec<_> = events.iter().map(|event| event.state.clone().unwrap()).collect();
    assert_eq!(states, [RecordingState::Inactive, RecordingState::Active]);
    assert_ne!(events[1].event().call_connection_id(), Some(caller.id()));
}

#[tokio::test]
async fn a_call_is_recorded_by_whatever_names_it() {
    let world = World::start().await;
    let recording = world.client().recording();
    let Pair { caller, .. } = world.app.pair().await.unwrap();
    let server_call_id = caller.properties().await.unwrap().server_call_id.unwrap();
    let started = recording.start(&server_call_id).await.unwrap();
    recording.stop(started.recording_id()).await.unwrap();

    let group = CallLocator::group_call("29228d3e-040e-4656-a70e-890ab4e173e5");
    let leg = world
        .client()
        .connect_call(group.clone(), world.callback())
        .await
        .unwrap();
    won("CallConnected", leg.connected()).await;
    let started = recording.start(group).await.unwrap();
    recording.stop(started.recording_id()).await.unwrap();

    let error = recording
        .start(CallLocator::server_call("bm8gY2FsbA=="))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::Rejected, Some(8527))
    );
}

#[tokio::test]
async fn a_file_is_downloaded_in_every_way_and_deleted() {
    let world = World::start().await;
    let Pair { caller, user, .. } = world.app.pair().await.unwrap();
    let recording = world.client().recording();
    let options = StartRecordingOptions::new(&caller)
        .content(RecordingContent::Audio)
        .channel(RecordingChannel::Unmixed)
        .format(RecordingFormat::Wav)
        .channel_affinity(3, user.clone())
        .state_callback_uri(world.callback());
    let started = recording.start(options).await.unwrap();
    won("RecordingStateChanged", started.outcome()).await;
    // The end of the call ends the recording.
    caller.hang_up(true).await.unwrap();
    end(&caller).await;
    let file = file_of(&world, started.recording_id()).await;
    let [chunk] = file.chunks() else {
        panic!("one file was expected: {file:?}");
    };

    let mut whole = Vec::new();
    let length = recording.download_to(chunk, &mut whole).await.unwrap();
    assert_eq!(length, whole.len() as u64);
    assert_eq!((&whole[..4], &whole[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));

    let stream = recording.download(chunk).await.unwrap();
    assert_eq!(stream.total_length(), Some(length));
    let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
    assert!(pieces.concat() == whole);

    for (offset, part) in [(0, 10), (10, 1), (length - 5, 100)] {
        let options = DownloadRecordingOptions::new(chunk).offset(offset).length(part);
        let mut bytes = Vec::new();
        recording.download_to(options, &mut bytes).await.unwrap();
        let until = (offset + part).min(length);
        let range = usize::try_from(offset).unwrap()..usize::try_from(until).unwrap();
        assert!(bytes == whole[range], "{offset} {part}");
    }
    let beyond = DownloadRecordingOptions::new(chunk).offset(length);
    let error = recording.download(beyond).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(416)));

    let metadata = recording.metadata(chunk).await.unwrap();
    assert_eq!(metadata.channel, Some(RecordingChannel::Unmixed));
    assert_eq!(metadata.chunk_document_id, chunk.document_id);
    let user = acs_call_automation::CommunicationIdentifier::from(user);
    assert!(metadata.participants.iter().any(|participant| {
        participant.channel == Some(3) && participant.participant_id.as_deref() == Some(&*user.raw_id())
    }));

    recording.delete(chunk).await.unwrap();
    for error in [
        recording.download(chunk).await.map(drop).unwrap_err(),
        recording.delete(chunk).await.unwrap_err(),
    ] {
        assert!(error.is_not_found());
        // The hosts of recordings have their words beside no `error`; they are read all the same.
        assert!(!error.service_message().unwrap().contains('{'), "{error}");
    }
}

#[tokio::test]
async fn a_stranger_gets_no_file() {
    let world = World::start().await;
    let Pair { caller, .. } = world.app.pair().await.unwrap();
    let id = started(&world, &caller).await;
    world.client().recording().stop(&id).await.unwrap();
    let file = file_of(&world, &id).await;
    let stranger = world.app.stranger(None).unwrap().recording();
    for chunk in file.chunks() {
        for error in [
            stranger.download(chunk).await.map(drop).unwrap_err(),
            stranger.metadata(chunk).await.map(drop).unwrap_err(),
            stranger.delete(chunk).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unauthorized);
        }
        // Nothing was deleted.
        let there = world.client().recording().download(chunk).await.unwrap();
        assert!(there.length().is_some_and(|length| length > 0));
    }
}

#[tokio::test]
async fn a_file_of_another_service_is_not_asked_for() {
    let world = World::start().await;
    let other = World::with(Emulator::builder(), None).await;
    let Pair { caller, .. } = other.app.pair().await.unwrap();
    let id = started(&other, &caller).await;
    other.client().recording().stop(&id).await.unwrap();
    let file = file_of(&other, &id).await;
    let error = world
        .client()
        .recording()
        .download(&file.chunks()[0])
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidInput, Some("content_location"))
    );
}

#[tokio::test]
async fn a_recording_is_paused_resumed_stopped_downloaded_and_deleted() {
    let world = World::start().await;
    let call = world
        .client()
        .create_call(CallInvite::phone(TELEPHONE, OWN_NUMBER), world.callback())
        .await
        .unwrap();
    won("CallConnected", call.connected()).await;
    let recording = world.client().recording();
    let mut files = world.hub().recording_files();
    let options = StartRecordingOptions::new(&call)
        .content(RecordingContent::Audio)
        .channel(RecordingChannel::Unmixed)
        .format(RecordingFormat::Wav)
        .state_callback_uri(world.callback());
    let started = recording.start(options).await.unwrap();
    won("RecordingStateChanged", started.outcome()).await;
    let id = started.recording_id();
    recording.pause(id).await.unwrap();
    let state = || async { recording.properties(id).await.unwrap().state };
    soon("a pause", async {
        while state().await != RecordingState::Inactive {}
    })
    .await;
    recording.resume(id).await.unwrap();
    soon("the end of the pause", async {
        while state().await != RecordingState::Active {}
    })
    .await;
    recording.stop(id).await.unwrap();
    assert_eq!(recording.stop(id).await.unwrap_err().kind(), ErrorKind::NotFound);

    let ready = soon("RecordingFileStatusUpdated", files.next()).await.unwrap();
    let chunk = &ready.chunks()[0];
    let mut whole = Vec::new();
    recording.download_to(chunk, &mut whole).await.unwrap();
    assert_eq!(&whole[..4], b"RIFF");
    let part = DownloadRecordingOptions::new(chunk).offset(8).length(4);
    let mut format = Vec::new();
    recording.download_to(part, &mut format).await.unwrap();
    assert_eq!(format, b"WAVE");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    recording.download_to_file(chunk, &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);

    let metadata = recording.metadata(chunk).await.unwrap();
    assert_eq!(metadata.format, Some(RecordingFormat::Wav));
    assert_eq!(metadata.sample_rate, Some(16_000));
    assert_eq!(metadata.audio_channels, Some(2));
    assert_eq!(metadata.pauses.len(), 1);
    let telephone = metadata
        .participants
        .iter()
        .find(|party| party.participant_id.as_deref() == Some(&format!("4:{TELEPHONE}")));
    assert_eq!(telephone.unwrap().channel, Some(1));

    recording.delete(chunk).await.unwrap();
    let gone = recording.download_to(chunk, &mut whole).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_end_of_the_call_makes_the_files_of_its_recording() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let recording = world.client().recording();
    let mut files = world.hub().recording_files();
    let options = StartRecordingOptions::new(&pair.caller).state_callback_uri(world.callback());
    let started = recording.start(options.clone()).await.unwrap();
    won("RecordingStateChanged", started.outcome()).await;
    let again = recording.start(options).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Rejected);
    pair.caller.hang_up(true).await.unwrap();
    let ready = soon("RecordingFileStatusUpdated", files.next()).await.unwrap();
    assert_eq!(ready.recording_id.as_ref(), Some(started.recording_id()));
    assert_eq!(ready.session_end_reason.as_deref(), Some("CallEnded"));
}
