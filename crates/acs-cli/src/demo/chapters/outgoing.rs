//! Calls that the application places.

use acs_call_automation::{CallConnectionState, CallInvite, CommunicationIdentifier, CreateGroupCallOptions};
use acs_emulator::{PartyScript, RejectReason};
use anyhow::ensure;
use futures::TryStreamExt as _;

use crate::demo::stage::{Stage, expect_failure};

pub(super) async fn telephone(stage: &mut Stage) -> anyhow::Result<()> {
    let number = stage.telephone(PartyScript::answer());

    stage.step(&format!("dial {number}"));
    let invite = CallInvite::phone(&number, &stage.own_number);
    let call = stage.client.create_call(invite, &stage.callback).await?;
    call.connected().await?;
    stage.outcome("CallConnected");

    stage.step("ask for the call and its participants");
    let properties = call.properties().await?;
    ensure!(
        properties.state == CallConnectionState::Connected,
        "not connected: {properties:?}"
    );
    let participants: Vec<_> = call.list_participants().try_collect().await?;
    ensure!(
        participants.len() == 2,
        "expected the application and the telephone, found {}",
        participants.len()
    );
    ensure!(
        participants
            .iter()
            .any(|participant| participant.identifier == CommunicationIdentifier::phone(&number)),
        "the telephone is not among the participants"
    );
    stage.outcome("connected, with two participants");

    stage.step("hang up");
    call.hang_up(false).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");

    stage.step("ask for the call again");
    let gone = call.properties().await.err();
    ensure!(
        gone.as_ref()
            .is_some_and(acs_call_automation::Error::is_not_found),
        "the call is still there"
    );
    stage.outcome("404, code 8522: it is gone");
    Ok(())
}

pub(super) async fn not_taken(stage: &mut Stage) -> anyhow::Result<()> {
    for (what, script, code, sub_code) in [
        (
            "a telephone that is busy",
            PartyScript::reject(RejectReason::Busy),
            486,
            560_486,
        ),
        (
            "a telephone that declines",
            PartyScript::reject(RejectReason::Declined),
            603,
            560_603,
        ),
        (
            "a number that does not exist",
            PartyScript::not_found(),
            404,
            560_404,
        ),
    ] {
        let number = stage.telephone(script);
        stage.step(&format!("dial {what}"));
        let invite = CallInvite::phone(&number, &stage.own_number);
        let call = stage.client.create_call(invite, &stage.callback).await?;
        let reason = expect_failure(call.connected().await, code, sub_code)?;
        stage.outcome(&format!("not connected: {code}/{sub_code}, {reason}"));
    }
    Ok(())
}

pub(super) async fn group(stage: &mut Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", PartyScript::answer());
    let first = stage.telephone(PartyScript::answer());
    let second = stage.telephone(PartyScript::answer());

    stage.step("call Ann and two telephones");
    let targets = [
        ann,
        CommunicationIdentifier::phone(first),
        CommunicationIdentifier::phone(second),
    ];
    let call = CreateGroupCallOptions::new(targets, &stage.callback)
        .source_caller_id(&stage.own_number)
        .operation_context("team call")
        .send(&stage.client)
        .await?;
    let connected = call.connected().await?;
    let context = connected.event().operation_context();
    ensure!(
        context.is_some_and(|context| *context == "team call"),
        "the operation context is lost"
    );
    stage.outcome("CallConnected, with the operation context");

    stage.step("wait until all are in");
    let count = stage.participants(&call, 4).await?;
    stage.outcome(&format!("ParticipantsUpdated: {count} participants"));

    stage.step("hang up for everyone");
    call.hang_up(true).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}
