//! Hangs up: for this application only, or for everyone.
//!
//! In a group call `hang_up(false)` leaves the others to themselves; `hang_up(true)` ends the call.
//!
//! `cargo run -p call-flows --example hang_up_call`

use std::process::ExitCode;

use acs_call_automation::CallLocator;
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(hang_up_call).await
}

/// Calls Ann and Ben, leaves them, comes back, and ends the call for all.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn hang_up_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Answers).await?;

    let call = client.create_group_call([&ann, &ben], stage.callback()).await?;
    let connected = call.connected().await?;
    let server_call_id = connected
        .event()
        .server_call_id()
        .context("no server call id")?
        .clone();
    stage
        .until(&call, "both to be there", |view| view.participants().len() == 3)
        .await?;
    println!("Ann and Ben are connected");

    call.hang_up(false).await?;
    call.disconnected().await?;
    let error = call.properties().await.err().context("the leg is still there")?;
    ensure!(error.is_not_found(), "another failure: {error}");
    println!("this application has left; its leg is gone");

    // The call goes on, so it can be joined.
    let again = client
        .connect_call(CallLocator::server_call(server_call_id), stage.callback())
        .await?;
    again.connected().await?;
    println!("Ann and Ben went on without it");

    again.hang_up(true).await?;
    again.disconnected().await?;
    println!("the call is over for everyone");
    Ok(())
}
