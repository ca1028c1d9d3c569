//! Transfers the other party of a call of two.
//!
//! The application is out of the call then: `CallTransferAccepted`, and `CallDisconnected` with 200/7015. When the
//! target declines, the transfer fails and the call goes on.
//!
//! `cargo run -p call-flows --example transfer_call`

use std::process::ExitCode;

use acs_call_automation::{CustomCallingContext, TransferToParticipantOptions};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(transfer_call).await
}

/// Calls Ann; transfers her to Ben, who declines, and then to Carol.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn transfer_call(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.telephone("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Declines).await?;
    let carol = stage.user("Carol", Behaviour::Answers).await?;

    let call = stage
        .client()
        .create_call(stage.invite(&ann)?, stage.callback())
        .await?;
    call.connected().await?;
    println!("Ann is connected");

    let transfer = call.transfer_call_to_participant(&ben).await?;
    let error = transfer
        .outcome()
        .await
        .err()
        .context("Ben took the call after all")?;
    println!("Ben does not take her: {error}");

    // In a call of two the transferee is the other party; only the target is named.
    let options = TransferToParticipantOptions::new(&carol)
        .custom_calling_context(CustomCallingContext::new().add_voip("case", "42"))
        .operation_context("to Carol");
    let transfer = call.transfer_call_to_participant(options).await?;
    transfer.outcome().await?; // CallTransferAccepted, or the failure
    println!("Carol takes her");

    let ended = call.disconnected().await?;
    let result = ended.event().result_information().context("no codes")?;
    ensure!(
        (result.code, result.sub_code) == (200, 7015),
        "another end: {result:?}"
    );
    println!(
        "this application is out of the call: {}/{}",
        result.code, result.sub_code
    );
    Ok(())
}
