//! Sends data of your own along with a call.
//!
//! VoIP headers go to users, SIP headers to telephones; whoever is offered the call reads them. They travel with an
//! added participant and with a transfer. Creating a call has no place for them.
//!
//! `cargo run -p call-flows --example custom_context`

use std::process::ExitCode;

use acs_call_automation::{AddParticipantOptions, CustomCallingContext};
use anyhow::{Context as _, ensure};
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(custom_context).await
}

/// Calls Ann, adds Bob with the number of her case, and reads it on his side.
///
/// # Errors
///
/// When the calls do not go that way.
pub async fn custom_context(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let ann = stage.user("Ann", Behaviour::Answers).await?;
    let bob = stage.user("Bob", Behaviour::AsksTheApplication).await?;

    let call = client.create_call(stage.invite(&ann)?, stage.callback()).await?;
    call.connected().await?;
    println!("Ann is connected");

    // For telephones: `add_sip_uui(…)` and `add_sip_x(name, value)`, which is sent as `X-MS-Custom-name`.
    let context = CustomCallingContext::new()
        .add_voip("case", "42")
        .add_voip("language", "de");
    let invite = stage.invite(&bob)?.custom_calling_context(context);
    let adding = call.add_participant(AddParticipantOptions::new(invite)).await?;

    // Bob's side.
    let offer = stage.offer_to(&bob).await?;
    let headers = &offer
        .custom_context()
        .context("the headers did not arrive")?
        .voip_headers;
    for (name, value) in headers {
        println!("  {name}: {value}");
    }
    ensure!(
        headers.get("case").is_some_and(|case| case == "42"),
        "another case: {headers:?}"
    );
    let leg = client.answer_call(&offer, stage.callback()).await?;
    leg.connected().await?;
    adding.outcome().await?;
    println!("Bob is in the call, and knows what it is about");

    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
