//! Who is in a call, and how they come and go.

use std::time::Duration;

use acs_call_automation::events::CallEventStreamExt as _;
use acs_call_automation::events::data::CancelAddParticipantSucceeded;
use acs_call_automation::{
    AddParticipantOptions, CallInvite, CommunicationIdentifier, ErrorKind, MoveParticipantsOptions,
};
use acs_emulator::{PartyScript, RejectReason};
use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _};

use crate::demo::stage::{Stage, expect_failure};

pub(super) async fn add_and_remove(stage: &mut Stage) -> anyhow::Result<()> {
    let caller = stage.telephone(PartyScript::answer());
    let agent = stage.user("Agent", PartyScript::answer());
    let colleague = stage.telephone(PartyScript::answer());

    stage.step(&format!("dial {caller}"));
    let call = stage
        .client
        .create_call(CallInvite::phone(&caller, &stage.own_number), &stage.callback)
        .await?;
    call.connected().await?;
    stage.outcome("CallConnected");

    stage.step("add an agent, with a VoIP header");
    let invite = CallInvite::new(&agent).voip_header("case", "42");
    let added = call.add_participant(invite).await?;
    added.outcome().await?;
    stage.outcome("AddParticipantSucceeded");

    stage.step("add a telephone, ringing for at most 20 s");
    let options = AddParticipantOptions::new(CallInvite::phone(&colleague, &stage.own_number))
        .invitation_timeout(Duration::from_secs(20))
        .operation_context("colleague");
    call.add_participant(options).await?.outcome().await?;
    let count = stage.participants(&call, 4).await?;
    stage.outcome(&format!("AddParticipantSucceeded, {count} participants"));

    stage.step("mute the agent");
    call.mute_participant(&agent).await?.outcome().await?;
    ensure!(
        call.get_participant(&agent).await?.is_muted,
        "the agent is not muted"
    );
    stage.outcome("ParticipantsUpdated: muted");

    stage.step("remove the telephone");
    let colleague = CommunicationIdentifier::phone(colleague);
    call.remove_participant(&colleague).await?.outcome().await?;
    let left: Vec<_> = call
        .list_participants()
        .map_ok(|participant| participant.identifier)
        .try_collect()
        .await?;
    ensure!(
        left.len() == 3 && !left.contains(&colleague),
        "the telephone is still in the call: {left:?}"
    );
    stage.outcome("RemoveParticipantSucceeded, three are left");

    stage.step("hang up for everyone");
    call.hang_up(true).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}

pub(super) async fn cancel(stage: &mut Stage) -> anyhow::Result<()> {
    let caller = stage.telephone(PartyScript::answer());
    let slow = stage.user("Slow", PartyScript::no_answer());
    let unwilling = stage.user("Unwilling", PartyScript::reject(RejectReason::Declined));

    stage.step(&format!("dial {caller}"));
    let call = stage
        .client
        .create_call(CallInvite::phone(&caller, &stage.own_number), &stage.callback)
        .await?;
    call.connected().await?;
    stage.outcome("CallConnected");

    stage.step("invite somebody who does not answer, and think better of it");
    let invited = call.add_participant(CallInvite::new(&slow)).await?;
    let invitation = invited.invitation_id().clone();
    let canceled = call.cancel_add_participant_operation(invitation.clone()).await?;
    let event = canceled.outcome().await?;
    ensure!(
        event.invitation_id.as_ref() == Some(&invitation),
        "another invitation was cancelled"
    );
    let error = invited
        .outcome()
        .await
        .err()
        .context("the invitation was accepted")?;
    ensure!(
        error.kind() == ErrorKind::Canceled,
        "expected a cancellation, found {error}"
    );
    let seen = call
        .events()?
        .of_kind::<CancelAddParticipantSucceeded>()
        .next()
        .await;
    ensure!(seen.is_some(), "the stream of the call does not hold the event");
    stage.outcome("CancelAddParticipantSucceeded; the invitation's own outcome is `canceled`");

    stage.step("invite somebody who declines");
    let invited = call.add_participant(CallInvite::new(&unwilling)).await?;
    let reason = expect_failure(invited.outcome().await, 603, 0)?;
    stage.outcome(&format!("AddParticipantFailed: 603/0, {reason}"));

    stage.step("hang up");
    call.hang_up(true).await?;
    call.disconnected().await?;
    stage.outcome("CallDisconnected");
    Ok(())
}

pub(super) async fn moved(stage: &mut Stage) -> anyhow::Result<()> {
    let guest = CommunicationIdentifier::phone(stage.telephone(PartyScript::answer()));
    let host = stage.telephone(PartyScript::answer());
    let mut offers = stage.hub.incoming_calls();

    stage.step("a guest dials in and waits in a lobby");
    stage
        .emulator
        .party(&guest)
        .call(CommunicationIdentifier::phone(&stage.own_number))?;
    let offer = stage.offer(&mut offers).await?;
    let lobby = stage.client.answer_call(&offer, &stage.callback).await?;
    lobby.connected().await?;
    stage.outcome("CallConnected in the lobby");

    stage.step("call the host");
    let meeting = stage
        .client
        .create_call(CallInvite::phone(&host, &stage.own_number), &stage.callback)
        .await?;
    meeting.connected().await?;
    stage.outcome("CallConnected with the host");

    stage.step("move the guest to the host");
    let options = MoveParticipantsOptions::new([&guest], lobby.id().clone());
    meeting.move_participants(options).await?.outcome().await?;
    let count = stage.participants(&meeting, 3).await?;
    stage.outcome(&format!(
        "MoveParticipantSucceeded, {count} participants with the host"
    ));

    stage.step("hang up for everyone");
    meeting.hang_up(true).await?;
    meeting.disconnected().await?;
    lobby.disconnected().await?;
    stage.outcome("CallDisconnected, the lobby too");
    Ok(())
}
