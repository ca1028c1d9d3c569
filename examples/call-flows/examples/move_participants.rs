//! Moves a participant from one call into another.
//!
//! Both calls are this application's. A lobby is the usual case: guests wait in one call until they are let into
//! the other.
//!
//! `cargo run -p call-flows --example move_participants`

use std::process::ExitCode;

use acs_call_automation::MoveParticipantsOptions;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(move_participants).await
}

/// Has a guest wait in a lobby, calls the host, and moves the guest to the host.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn move_participants(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let guest = stage.telephone("Guest", Behaviour::Answers).await?;
    let host = stage.user("Host", Behaviour::Answers).await?;

    let lobby = client
        .create_call(stage.invite(&guest)?, stage.callback())
        .await?;
    lobby.connected().await?;
    println!("the guest waits");

    let meeting = client.create_call(stage.invite(&host)?, stage.callback()).await?;
    meeting.connected().await?;
    println!("the host is connected");

    // Asked of the call that they come to; the one that they leave is named.
    let options = MoveParticipantsOptions::new([&guest], lobby.id().clone());
    meeting.move_participants(options).await?.outcome().await?; // one MoveParticipantSucceeded each
    stage
        .until(&meeting, "the guest to come", |view| view.get(&guest).is_some())
        .await?;
    println!("the guest is with the host");

    meeting.hang_up(true).await?;
    meeting.disconnected().await?;
    println!("disconnected");
    Ok(())
}
