//! Mutes a participant, and lists who is in the call.
//!
//! Two ways to look: `list_participants` asks the service, page by page; `participants` is a live view of the
//! events, without a request.
//!
//! `cargo run -p call-flows --example mute_and_list_participants`

use std::process::ExitCode;

use anyhow::ensure;
use call_flows::{Behaviour, Stage};
use futures::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(mute_and_list_participants).await
}

/// Calls Ann and Ben, mutes Ann, and lists all.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn mute_and_list_participants(stage: &Stage) -> anyhow::Result<()> {
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

    // Only users can be muted, and not in a call of two. The outcome is a ParticipantsUpdated that shows it.
    call.mute_participant(&ann).await?.outcome().await?;
    println!("Ann is muted");

    let mut participants = call.list_participants();
    let mut muted = Vec::new();
    while let Some(participant) = participants.try_next().await? {
        println!(
            "  {} is {}",
            participant.identifier,
            if participant.is_muted { "muted" } else { "heard" }
        );
        if participant.is_muted {
            muted.push(participant.identifier);
        }
    }
    ensure!(
        muted == [ann.clone()],
        "only Ann should be muted, found {muted:?}"
    );

    // One participant by name.
    ensure!(call.get_participant(&ann).await?.is_muted, "Ann should be muted");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
