//! Records a call, and fetches the file.
//!
//! The events of the recording come to the state callback URI. The file is announced by Event Grid after the end,
//! typically some minutes later; the emulator does not make one wait.
//!
//! `cargo run -p call-flows --example record_call`

use std::process::ExitCode;

use acs_call_automation::enums::{RecordingChannel, RecordingContent, RecordingFormat, RecordingState};
use acs_call_automation::{DownloadRecordingOptions, StartRecordingOptions};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};
use futures::StreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(record_call).await
}

/// Calls Ann and Ben, records them on a channel each, and downloads, describes and deletes the file.
///
/// # Errors
///
/// When the call or the recording does not go that way.
pub async fn record_call(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Answers).await?;

    let call = stage
        .client()
        .create_group_call([&ann, &ben], stage.callback())
        .await?;
    call.connected().await?;
    stage
        .until(&call, "both to be there", |view| view.participants().len() == 3)
        .await?;
    println!("Ann and Ben are connected");

    // Without options: `recording.start(&call)`.
    let recording = stage.client().recording();
    let options = StartRecordingOptions::new(&call)
        .content(RecordingContent::Audio)
        .channel(RecordingChannel::Unmixed)
        .format(RecordingFormat::Wav)
        .channel_affinity(0, &ann)
        .channel_affinity(1, &ben)
        .state_callback_uri(stage.callback());
    let started = recording.start(options).await?;
    started.outcome().await?; // RecordingStateChanged, active; or StartRecordingFailed
    let id = started.recording_id();
    println!("recording {id}");

    recording.pause(id).await?;
    let paused = recording.properties(id).await?;
    ensure!(paused.state == RecordingState::Inactive, "not paused: {paused:?}");
    recording.resume(id).await?;
    println!("paused and resumed");

    recording.stop(id).await?;
    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("stopped, and disconnected");

    // RecordingFileStatusUpdated, of this recording among others.
    let mut files = stage.hub().recording_files();
    let file = loop {
        let file = files.next().await.context("the hub is gone")?;
        if file.recording_id.as_ref() == Some(id) {
            break file;
        }
    };
    println!("the files are ready: {}", file.chunks().len());

    // A long recording has several.
    ensure!(!file.chunks().is_empty(), "no file: {file:?}");
    for chunk in file.chunks() {
        let name = chunk.document_id.as_deref().context("a file without an id")?;
        let path = std::env::temp_dir().join(format!("{name}.wav"));
        let options = DownloadRecordingOptions::new(chunk).on_progress(|progress| {
            println!("  {} of {:?} bytes", progress.written, progress.total);
        });
        // The file is there when it is whole. Called again after an error, it goes on where it broke off.
        let length = recording.download_to_file(options, &path).await?;
        println!("{}: {length} bytes", path.display());

        let metadata = recording.metadata(chunk).await?;
        for participant in &metadata.participants {
            println!(
                "  channel {:?}: {:?}",
                participant.channel, participant.participant_id
            );
        }

        recording.delete(chunk).await?;
        let gone = recording
            .download(chunk)
            .await
            .err()
            .context("the file is still there")?;
        ensure!(gone.is_not_found(), "another failure: {gone}");
        println!("deleted at the service");

        // This is an example; in your program the file stays.
        tokio::fs::remove_file(&path).await?;
    }
    Ok(())
}
