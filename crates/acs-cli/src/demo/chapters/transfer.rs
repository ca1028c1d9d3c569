//! Transfers: who is handed to whom.

use acs_call_automation::{
    CallInvite, CommunicationIdentifier, CreateGroupCallOptions, CustomCallingContext,
    TransferToParticipantOptions,
};
use acs_emulator::{PartyScript, RejectReason};
use anyhow::{Context as _, ensure};

use crate::demo::stage::{Stage, expect_failure};

pub(super) async fn one_to_one(stage: &mut Stage) -> anyhow::Result<()> {
    let caller = CommunicationIdentifier::phone(stage.telephone(PartyScript::answer()));
    let unwilling = stage.user("Unwilling", PartyScript::reject(RejectReason::Declined));
    let agent = stage.user("Agent", PartyScript::offer());
    let mut offers = stage.hub.incoming_calls();

    stage.step("a caller dials in, the application answers");
    stage
        .emulator
        .party(&caller)
        .call(CommunicationIdentifier::phone(&stage.own_number))?;
    let offer = stage.offer(&mut offers).await?;
    let call = stage.client.answer_call(&offer, &stage.callback).await?;
    call.connected().await?;
    stage.outcome("CallConnected");

    stage.step("transfer to somebody who declines");
    let refused = call
        .transfer_call_to_participant(&unwilling)
        .await?
        .outcome()
        .await;
    let reason = expect_failure(refused, 603, 0)?;
    call.properties().await?;
    stage.outcome(&format!("CallTransferFailed: 603/0, {reason}; the call goes on"));

    stage.step("transfer to an agent, with context");
    let context = CustomCallingContext::new()
        .add_voip("case", "42")
        .add_voip("mood", "patient");
    let options = TransferToParticipantOptions::new(&agent).custom_calling_context(context);
    let transfer = call.transfer_call_to_participant(options).await?;
    let to_agent = stage.offer(&mut offers).await?;
    let headers = &to_agent
        .custom_context()
        .context("the context did not arrive")?
        .voip_headers;
    ensure!(
        headers.get("case").map(String::as_str) == Some("42"),
        "the context is not the one sent: {headers:?}"
    );
    stage.outcome("IncomingCall for the agent, with the context");

    stage.step("the agent's application answers");
    let agent_leg = stage.client.answer_call(&to_agent, &stage.callback).await?;
    agent_leg.connected().await?;
    let accepted = transfer.outcome().await?;
    ensure!(
        accepted.transfer_target.as_ref() == Some(&agent),
        "another target: {accepted:?}"
    );
    let ended = call.disconnected().await?;
    let result = ended.event().result_information().context("no codes")?;
    ensure!(result.sub_code == 7015, "expected 200/7015, found {result:?}");
    stage.outcome("CallTransferAccepted, then CallDisconnected 200/7015 for the transferor");

    stage.step("the caller hangs up on the agent");
    stage.emulator.party(&caller).hang_up()?;
    agent_leg.disconnected().await?;
    stage.outcome("CallDisconnected for the agent");
    Ok(())
}

pub(super) async fn in_group(stage: &mut Stage) -> anyhow::Result<()> {
    let ann = stage.user("Ann", PartyScript::answer());
    let ben = stage.user("Ben", PartyScript::answer());
    let expert = stage.telephone(PartyScript::answer());

    stage.step("call Ann and Ben");
    let call = CreateGroupCallOptions::new([&ann, &ben], &stage.callback)
        .send(&stage.client)
        .await?;
    call.connected().await?;
    stage.participants(&call, 3).await?;
    stage.outcome("CallConnected, three participants");

    stage.step("transfer Ann, and only her, to an expert's telephone");
    let target = CallInvite::phone(&expert, &stage.own_number);
    let options = TransferToParticipantOptions::new(target.target())
        .transferee(&ann)
        .source_caller_id(&stage.own_number)
        .operation_context("ann to expert");
    let accepted = call
        .transfer_call_to_participant(options)
        .await?
        .outcome()
        .await?;
    ensure!(
        accepted.transferee.as_ref() == Some(&ann),
        "another transferee: {accepted:?}"
    );
    stage.outcome("CallTransferAccepted: Ann to the expert");

    stage.step("see who is left");
    stage
        .until(&call, "Ann to leave", |view| view.get(&ann).is_none())
        .await?;
    ensure!(
        call.participants_view()?.get(&ben).is_some(),
        "Ben has left as well"
    );
    stage.outcome("ParticipantsUpdated: Ben stays, Ann is gone");

    stage.step("hang up for everyone");
    call.hang_up(true).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}
