//! Record a call: from the start to the file, and away with it.

use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingState};
use acs_call_automation::{CallInvite, DownloadRecordingOptions, ErrorKind, StartRecordingOptions};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::StreamExt as _;

use super::support::won;

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
