//! Removes a participant from a call.
//!
//! The others go on. In a call of two the call ends.
//!
//! `cargo run -p call-flows --example remove_participant`

use std::process::ExitCode;

use anyhow::ensure;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(remove_participant).await
}

/// Calls Ann and Ben, and removes Ben.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn remove_participant(stage: &Stage) -> anyhow::Result<()> {
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

    call.remove_participant(&ben).await?.outcome().await?; // RemoveParticipantSucceeded, or the failure
    let view = stage
        .until(&call, "Ben to leave", |view| view.get(&ben).is_none())
        .await?;
    ensure!(view.get(&ann).is_some(), "Ann should still be there");
    println!("Ben is removed, Ann is still there");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
