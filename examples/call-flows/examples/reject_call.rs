//! Rejects an incoming call.
//!
//! The application that rejects gets no event. The caller sees the reason: 486 for busy, 603 for none given.
//!
//! `cargo run -p call-flows --example reject_call`

use std::process::ExitCode;

use acs_call_automation::{CallRejectReason, RejectCallOptions};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(reject_call).await
}

/// Is offered a call to Bob, and rejects it: he is busy.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn reject_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let bob = stage.user("Bob", Behaviour::AsksTheApplication).await?;

    // The caller. In your application that is somebody else, and this line is not there.
    let caller = client.create_call(&bob, stage.callback()).await?;

    let offer = stage.offer_to(&bob).await?;
    println!("incoming call for Bob");

    // Without a reason: `client.reject_call(&offer)`.
    client
        .reject_call(RejectCallOptions::new(&offer).reason(CallRejectReason::Busy))
        .await?;
    println!("rejected");

    // What the caller sees: an outcome that failed has the event, and the event has the codes.
    let error = caller.connected().await.err().context("the call was connected")?;
    let failure = error.outcome_failure().context("no event says why")?;
    let result = failure.result_information().context("the event has no codes")?;
    ensure!(result.code == 486, "expected 486, found {result:?}");
    println!("the caller was told: {}, {:?}", result.code, result.reason());
    Ok(())
}
