//! Redirects an incoming call to somebody else, without taking it.
//!
//! The application has nothing to do with the call then, and gets no event of it.
//!
//! `cargo run -p call-flows --example redirect_call`

use std::process::ExitCode;

use anyhow::ensure;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(redirect_call).await
}

/// Is offered a call to Bob, and sends it on to Carol, who answers.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn redirect_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let bob = stage.user("Bob", Behaviour::AsksTheApplication).await?;
    let carol = stage.user("Carol", Behaviour::Answers).await?;

    // The caller. In your application that is somebody else, and this line is not there.
    let caller = client.create_call(&bob, stage.callback()).await?;

    let offer = stage.offer_to(&bob).await?;
    println!("incoming call for Bob");
    client.redirect_call(&offer, &carol).await?;
    println!("redirected to Carol");

    caller.connected().await?;
    let view = stage
        .until(&caller, "Carol to be there", |view| view.get(&carol).is_some())
        .await?;
    ensure!(view.get(&bob).is_none(), "Bob should not be in the call");
    println!("the caller is connected with Carol");

    caller.hang_up(true).await?;
    caller.disconnected().await?;
    println!("disconnected");
    Ok(())
}
