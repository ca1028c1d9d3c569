//! What is said in a call, as text while it is said.
//!
//! The service opens a WebSocket to the application and sends a frame for each text. It needs an Azure AI
//! resource, and the address of the WebSocket, when the call is set up.
//!
//! `cargo run -p call-flows --example live_transcript`

use std::process::ExitCode;

use acs_call_automation::media::{
    StartTranscriptionOptions, StopTranscriptionOptions, UpdateTranscriptionOptions,
};
use acs_call_automation::{CreateCallOptions, TranscriptionOptions};
use acs_call_streaming::frame::{ResultStatus, TranscriptionData};
use acs_call_streaming::{MediaFrames, ServiceFrame};
use anyhow::{bail, ensure};
use call_flows::{Behaviour, Stage};
use futures::StreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(live_transcript).await
}

/// Calls Ann, and shows what she says; then in another language.
///
/// # Errors
///
/// When the call or the transcript does not go that way.
pub async fn live_transcript(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;

    let transcript =
        TranscriptionOptions::new(stage.transport_url(), "en-US").enable_intermediate_results(true);
    let call = CreateCallOptions::new(stage.invite(&ann)?, stage.callback())
        .cognitive_services_endpoint(stage.ai_endpoint()?)
        .transcription_options(transcript)
        .send(stage.client())
        .await?;
    call.connected().await?;
    println!("connected");

    let media = call.media();
    media
        .start_transcription(StartTranscriptionOptions::new())
        .await?
        .outcome()
        .await?; // TranscriptionStarted, or TranscriptionFailed
    let session = stage.session().await?;
    println!("transcribing: {:?}", session.transcription_metadata());
    let (mut frames, _sender) = session.split();

    stage.say(&ann, "good morning, this is Ann")?;
    let said = next_sentence(&mut frames).await?;
    ensure!(said.text.to_lowercase().contains("ann"), "heard `{}`", said.text);

    media
        .update_transcription(UpdateTranscriptionOptions::new("de-DE"))
        .await?
        .outcome()
        .await?; // TranscriptionUpdated
    println!("now in German");
    stage.say(&ann, "guten Morgen")?;
    let said = next_sentence(&mut frames).await?;
    ensure!(
        said.text.to_lowercase().contains("morgen"),
        "heard `{}`",
        said.text
    );

    media
        .stop_transcription(StopTranscriptionOptions::new())
        .await?
        .outcome()
        .await?; // TranscriptionStopped, and the service closes the WebSocket
    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}

/// The next text that will not change any more; those that may are shown.
async fn next_sentence(frames: &mut MediaFrames) -> anyhow::Result<TranscriptionData> {
    while let Some(frame) = frames.next().await {
        match frame {
            Ok(ServiceFrame::TranscriptionData(text)) => {
                let speaker = text.participant_raw_id.as_deref().unwrap_or("somebody");
                if text.result_status == Some(ResultStatus::Final) {
                    println!("  {speaker}: {}", text.text);
                    return Ok(text);
                }
                println!("  {speaker}: {} …", text.text);
            }
            Ok(_) => {}
            Err(error) => eprintln!("{error}"),
        }
    }
    bail!("the transcript ended before somebody was understood")
}
