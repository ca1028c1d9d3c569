//! Answers an incoming call.
//!
//! Event Grid sends `IncomingCall` to the webhook when a number or a user of the resource is called; the hub hands
//! it out. An application answers in a loop: `while let Some(offer) = hub.incoming_calls().next().await`.
//!
//! `cargo run -p call-flows --example answer_call`

use std::process::ExitCode;

use anyhow::ensure;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(answer_call).await
}

/// Is offered a call to Bob, and takes it.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn answer_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let bob = stage.user("Bob", Behaviour::AsksTheApplication).await?;

    // The caller. In your application that is somebody else, and this line is not there.
    let caller = client.create_call(&bob, stage.callback()).await?;

    let offer = stage.offer_to(&bob).await?;
    ensure!(offer.to() == Some(&bob), "another call: {offer:?}");
    println!("incoming call for Bob");

    // An offer is good once, and for about 30 seconds.
    let call = client.answer_call(&offer, stage.callback()).await?;
    call.connected().await?;
    println!("answered");
    caller.connected().await?;
    println!("the caller is connected");

    call.hang_up(true).await?;
    call.disconnected().await?;
    caller.disconnected().await?;
    println!("disconnected, on both sides");
    Ok(())
}
