//! Makes a call to one party.
//!
//! `create_call` returns when the service has accepted the call; the other party rings then. `connected()` waits
//! for the event that says whether it answered.
//!
//! `cargo run -p call-flows --example make_call`

use std::process::ExitCode;

use acs_call_automation::CallConnectionState;
use anyhow::ensure;
use call_flows::{Behaviour, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    call_flows::play(make_call).await
}

/// Calls Ann, who answers.
///
/// # Errors
///
/// When the call does not go that way.
pub async fn make_call(stage: &Stage) -> anyhow::Result<()> {
    let client = stage.client();
    let ann = stage.telephone("Ann", Behaviour::Answers).await?;

    // A telephone is called from a number of the resource: `CallInvite::phone(number, caller_id)`. A user needs
    // none: `CallInvite::user(id)`, or the identifier by itself.
    let call = client.create_call(stage.invite(&ann)?, stage.callback()).await?;
    println!("ringing: call {}", call.id());

    // CallConnected; or the failure, such as 486 for busy and 603 for declined.
    call.connected().await?;
    println!("connected");

    let properties = call.properties().await?;
    ensure!(
        properties.state == CallConnectionState::Connected,
        "{properties:?}"
    );
    println!("server call id: {:?}", properties.server_call_id);

    // In a call of two it makes no difference whom you hang up for.
    call.hang_up(true).await?;
    call.disconnected().await?;
    println!("disconnected");
    Ok(())
}
