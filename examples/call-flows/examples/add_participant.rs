//! Adds participants to a call.
//!
//! The service accepts the invitation first; the outcome is an event: the participant came, declined, or did not
//! answer in time. What a failed outcome carries is shown, too.
//!
//! `cargo run -p call-flows --example add_participant`

use std::process::ExitCode;

use std::time::Duration;

use acs_call_automation::{AddParticipantOptions, ErrorKind};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(add_participant).await
}

/// Calls Ann, adds Ben, and then Carol, who declines.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn add_participant(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.telephone("Ben", Behaviour::Answers).await?;
    let carol = stage.user("Carol", Behaviour::Declines).await?;

    let call = stage
        .client()
        .create_call(stage.invite(&ann)?, stage.callback())
        .await?;
    call.connected().await?;
    println!("Ann is connected");

    // Without options: `call.add_participant(invite)`.
    let options = AddParticipantOptions::new(stage.invite(&ben)?)
        .invitation_timeout(Duration::from_secs(30))
        .operation_context("add Ben");
    let adding = call.add_participant(options).await?;
    println!("Ben rings: invitation {}", adding.invitation_id());
    adding.outcome().await?; // AddParticipantSucceeded, or the failure
    println!("Ben is in the call");

    let adding = call.add_participant(stage.invite(&carol)?).await?;
    let error = adding.outcome().await.err().context("Carol came after all")?;
    ensure!(
        error.kind() == ErrorKind::OperationFailed,
        "another failure: {error}"
    );
    println!("Carol is not: {error}");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
