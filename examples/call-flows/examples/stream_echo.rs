//! A bot that repeats what it hears: the audio of a call over a WebSocket, in both directions.
//!
//! The service opens the WebSocket, so the application is its server; the address is given when the call is set
//! up and cannot be given later.
//!
//! `cargo run -p call-flows --example stream_echo`

use std::process::ExitCode;
use std::time::Duration;

use acs_call_automation::enums::{AudioFormat, MediaStreamingAudioChannelType};
use acs_call_automation::media::{StartMediaStreamingOptions, StopMediaStreamingOptions};
use acs_call_automation::{CreateCallOptions, MediaStreamingOptions};
use acs_call_streaming::{MediaSession, ServiceFrame};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};
use futures::{SinkExt as _, StreamExt as _};

/// How much is repeated before the example ends.
const ENOUGH: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(stream_echo).await
}

/// Calls Ann, and lets her hear herself.
///
/// # Errors
///
/// When the call or the stream does not go that way.
pub async fn stream_echo(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;

    let audio = MediaStreamingOptions::new(stage.transport_url(), MediaStreamingAudioChannelType::Mixed)
        .audio_format(AudioFormat::Pcm24KMono)
        .enable_bidirectional(true);
    let call = CreateCallOptions::new(stage.invite(&ann)?, stage.callback())
        .media_streaming_options(audio)
        .send(stage.client())
        .await?;
    call.connected().await?;
    println!("connected");

    let started = call
        .media()
        .start_media_streaming(StartMediaStreamingOptions::new())
        .await?;
    started.outcome().await?; // MediaStreamingStarted, or MediaStreamingFailed
    let session = stage.session().await?;
    ensure!(
        session.request().call_connection_id() == call.id(),
        "the WebSocket of another call"
    );
    println!("streaming: {:?}", session.audio_metadata());

    let repeated = echo(session).await?;
    println!("repeated {} ms", repeated.as_millis());

    // Without an emulator, only Ann can tell.
    if let Some(emulator) = stage.emulator() {
        let heard = emulator.heard(call.id()).context("nothing came back")?;
        ensure!(
            heard.audio.samples().any(|sample| sample != 0),
            "only silence came back"
        );
        println!("and the other end heard it");
    }

    call.media()
        .stop_media_streaming(StopMediaStreamingOptions::new())
        .await?
        .outcome()
        .await?; // MediaStreamingStopped
    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}

/// Sends back what comes, for a while. A bot that thinks in between feeds the sender from a task of its own, and
/// takes back what it has not yet said with `AudioControl::stop_audio` when somebody interrupts it.
async fn echo(session: MediaSession) -> anyhow::Result<Duration> {
    let format = session.format();
    let (mut frames, mut sender) = session.split();
    let mut repeated = Duration::ZERO;
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(ServiceFrame::AudioData(heard)) => {
                repeated += heard.audio.duration(format);
                // Waits when more is queued than is spoken, so that nothing piles up.
                sender.send(heard.audio).await?;
                if repeated >= ENOUGH {
                    break;
                }
            }
            Ok(_) => {} // metadata, keys, kinds that are new
            // A bad frame fails alone; after any other error the stream ends.
            Err(error) => eprintln!("{error}"),
        }
    }
    // Everything that was sent is spoken before the call goes on.
    sender.control().drained().await?;
    Ok(repeated)
}
