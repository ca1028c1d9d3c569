//! Makes a call to several parties at once.
//!
//! The call is connected when the first of them answers; each further one shows in the participants.
//!
//! `cargo run -p call-flows --example make_group_call`

use std::process::ExitCode;

use acs_call_automation::CreateGroupCallOptions;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(make_group_call).await
}

/// Calls Ann, Ben and Carol, who answer.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn make_group_call(stage: &Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let ben = stage.user("Ben", Behaviour::Answers).await?;
    let carol = stage.user("Carol", Behaviour::Answers).await?;

    // Without options: `client.create_group_call([&ann, &ben, &carol], callback)`. Telephones among the targets
    // need `.source_caller_id(number)`.
    let call = CreateGroupCallOptions::new([&ann, &ben, &carol], stage.callback())
        .source_display_name("The team")
        .operation_context("daily")
        .send(stage.client())
        .await?;
    call.connected().await?;
    println!("connected: the first has answered");

    // The application itself is a participant, too.
    let view = stage
        .until(&call, "all to be there", |view| view.participants().len() == 4)
        .await?;
    for participant in view.participants() {
        println!("  {}", participant.identifier);
    }

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
