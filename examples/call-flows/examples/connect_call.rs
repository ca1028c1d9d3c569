//! Connects to a call that is running already.
//!
//! By its server call id here; rooms and group calls are joined likewise, see `CallLocator`. The application gets
//! a leg of its own, with events of its own; it is not listed among the participants.
//!
//! `cargo run -p call-flows --example connect_call`

use std::process::ExitCode;

use acs_call_automation::CallLocator;
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(connect_call).await
}

/// Calls Ann, and connects to that call a second time.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn connect_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let call = client.create_call(stage.invite(&ann)?, stage.callback()).await?;
    let connected = call.connected().await?;

    // Every leg of a call has the same server call id; another service of yours may have told it.
    let server_call_id = connected.event().server_call_id().context("no server call id")?;
    println!("Ann is connected");

    let second = client
        .connect_call(CallLocator::server_call(server_call_id.clone()), stage.callback())
        .await?;
    second.connected().await?;
    ensure!(second.id() != call.id(), "it should be a leg of its own");
    println!("connected a second time, as {}", second.id());

    // This ends the call on all legs.
    second.hang_up(true).await?;
    call.disconnected().await?;
    second.disconnected().await?;
    println!("disconnected, on both legs");
    Ok(())
}
