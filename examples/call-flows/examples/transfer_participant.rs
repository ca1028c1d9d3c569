//! Transfers one participant of a group call.
//!
//! The transferee is named, leaves the call and is connected with the target; the others go on.
//!
//! `cargo run -p call-flows --example transfer_participant`

use std::process::ExitCode;

use acs_call_automation::TransferToParticipantOptions;
use anyhow::ensure;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(transfer_participant).await
}

/// Calls Ann and Ben, and transfers Ann to Carol.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn transfer_participant(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Answers).await?;
    let carol = stage.user("Carol", Behaviour::Answers).await?;

    let call = stage
        .client()
        .create_group_call([&ann, &ben], stage.callback())
        .await?;
    call.connected().await?;
    stage
        .until(&call, "both to be there", |view| view.participants().len() == 3)
        .await?;
    println!("Ann and Ben are connected");

    let options = TransferToParticipantOptions::new(&carol).transferee(&ann);
    let accepted = call
        .transfer_call_to_participant(options)
        .await?
        .outcome()
        .await?;
    ensure!(
        accepted.transferee.as_ref() == Some(&ann),
        "another transferee: {accepted:?}"
    );
    println!("Carol takes Ann");

    let view = stage
        .until(&call, "Ann to leave", |view| view.get(&ann).is_none())
        .await?;
    ensure!(view.get(&ben).is_some(), "Ben should still be there");
    println!("Ben is still in the call");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
