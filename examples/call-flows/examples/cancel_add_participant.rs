//! Takes back an invitation while it rings.
//!
//! The invitation's own outcome is `Canceled` then. When the participant has come already, or will not come anyway,
//! the cancellation fails instead.
//!
//! `cargo run -p call-flows --example cancel_add_participant`

use std::process::ExitCode;

use acs_call_automation::ErrorKind;
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(cancel_add_participant).await
}

/// Calls Ann, invites Ben, who lets it ring, and thinks better of it.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn cancel_add_participant(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Rings).await?;

    let call = stage
        .client()
        .create_call(stage.invite(&ann)?, stage.callback())
        .await?;
    call.connected().await?;
    println!("Ann is connected");

    let adding = call.add_participant(stage.invite(&ben)?).await?;
    println!("Ben rings");

    // By the receipt; or by `adding.invitation_id()`, which can be kept in a database.
    let canceling = call.cancel_add_participant_operation(&adding).await?;
    canceling.outcome().await?; // CancelAddParticipantSucceeded, or the failure
    println!("the invitation is taken back");

    let error = adding.outcome().await.err().context("Ben came after all")?;
    ensure!(error.kind() == ErrorKind::Canceled, "another failure: {error}");
    println!("its outcome: {error}");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
