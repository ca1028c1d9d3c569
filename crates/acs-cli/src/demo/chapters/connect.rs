//! Joining calls that run.

use acs_call_automation::{CallInvite, CallLocator};
use acs_emulator::PartyScript;
use anyhow::{Context as _, ensure};

use crate::demo::stage::Stage;

pub(super) async fn running(stage: &mut Stage) -> anyhow::Result<()> {
    let number = stage.telephone(PartyScript::answer());
    let visitor = stage.user("Visitor", PartyScript::answer());

    stage.step(&format!("dial {number}"));
    let call = stage
        .client
        .create_call(CallInvite::phone(&number, &stage.own_number), &stage.callback)
        .await?;
    let connected = call.connected().await?;
    let server_call_id = connected
        .event()
        .server_call_id()
        .context("no server call id")?
        .clone();
    stage.outcome("CallConnected, which names the server call id");

    stage.step("connect to it a second time, as a supervisor would");
    let second = stage
        .client
        .connect_call(CallLocator::server_call(server_call_id), &stage.callback)
        .await?;
    second.connected().await?;
    ensure!(second.id() != call.id(), "the second leg is the first");
    stage.outcome("CallConnected on a leg of its own");

    stage.step("hang up for everyone");
    call.hang_up(true).await?;
    call.disconnected().await?;
    second.disconnected().await?;
    stage.outcome("CallDisconnected on both legs");

    for (what, ours, theirs) in [
        (
            "group call",
            CallLocator::group_call("29228d3e-040e-4656-a70e-890ab4e173e5"),
            acs_emulator::CallLocator::Group("29228d3e-040e-4656-a70e-890ab4e173e5".into()),
        ),
        (
            "room",
            CallLocator::room("99445276259151407"),
            acs_emulator::CallLocator::Room("99445276259151407".into()),
        ),
    ] {
        stage.step(&format!("connect to a {what} that a user has joined"));
        stage.emulator.party(&visitor).join(theirs)?;
        let call = stage.client.connect_call(ours, &stage.callback).await?;
        call.connected().await?;
        stage
            .until(&call, "the visitor", |view| view.get(&visitor).is_some())
            .await?;
        stage.outcome("CallConnected, the visitor is there");
        call.hang_up(true).await?;
        call.disconnected().await?;
    }
    Ok(())
}
