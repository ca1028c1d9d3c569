//! The other end of the line: agents who call each other, and transfer each other.

use std::time::Duration;

use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallEndReason, CallState, IncomingCall, Transfer, TransferPolicy,
    TransferToCallOptions, TransferToVoicemailOptions,
};
use acs_common::{CommunicationIdentifier, ConnectionString, MicrosoftTeamsUserIdentifier};
use anyhow::{Context as _, bail, ensure};
use futures::{FutureExt as _, StreamExt as _};

use crate::agent::Place;
use crate::agent::sign_in::Identities;
use crate::demo::stage::{Stage, WAIT_LIMIT};

/// Who has a voicemail and is not there.
const DAN: &str = "0d8b4b7e-6b6d-4b46-8f8e-2f6b6d1f3f10";

pub(super) async fn transfers(stage: &mut Stage) -> anyhow::Result<()> {
    let resource: ConnectionString = stage.emulator.connection_string().parse()?;
    let identities = Identities::open(resource.endpoint(), Some(resource.access_key()))?;

    stage.step("Alice, Bob and Carol sign in; Bob wants to be asked before he is transferred");
    let alice = sign_in(stage, &identities, "Alice", TransferPolicy::AutoAccept).await?;
    let bob = sign_in(stage, &identities, "Bob", TransferPolicy::Ask).await?;
    let carol = sign_in(stage, &identities, "Carol", TransferPolicy::AutoAccept).await?;
    stage.outcome("three agents are there to be called");

    stage.step("Alice calls Bob, who answers");
    let (to_bob, at_bob) = talk(&alice, &bob).await?;
    ensure!(
        to_bob.server_call_id().is_some() && to_bob.server_call_id() == at_bob.server_call_id(),
        "the two are not in the same call"
    );
    stage.outcome("Connected at both ends, with one server call id");

    stage.step("Alice transfers Bob to Carol; Bob is asked, and declines");
    let transfer = to_bob.transfer_to_participant(carol.identity().clone(), ())?;
    let mut questions = at_bob.transfer_requests();
    let question = next("the question to Bob", &mut questions).await?;
    ensure!(
        question.target_participant() == Some(carol.identity()),
        "asked about somebody else: {question:?}"
    );
    question.reject().await?;
    ensure!(
        outcome(&transfer).await? == Err(CallEndReason::DECLINED),
        "expected 603/0, found {:?}",
        transfer.state()
    );
    ensure!(
        carol.incoming_calls().next().now_or_never().is_none(),
        "Carol was rung"
    );
    let state = to_bob.state();
    ensure!(state == CallState::Connected, "the call did not go on: {state:?}");
    stage.outcome("Failed: 603/0; nobody rang, and the call goes on");

    stage.step("to a participant: once more, and Bob goes along");
    let transfer = to_bob.transfer_to_participant(carol.identity().clone(), ())?;
    next("the question to Bob", &mut questions)
        .await?
        .accept(())
        .await?;
    let at_carol = answer(&carol, &bob, Some(&alice)).await?;
    let (moved, done) = (new_call(&at_bob).await?, outcome(&transfer).await?);
    ensure!(done.is_ok(), "expected Transferred, found {done:?}");
    reaches(&moved, CallState::Connected).await?;
    stage.outcome("Transferred: Bob talks to Carol, who saw that Alice had sent him");

    stage.step("Alice hangs up her call, and Bob the new one");
    to_bob.hang_up().await?;
    moved.hang_up().await?;
    reaches(&at_carol, CallState::Disconnected).await?;
    reaches(&at_bob, CallState::Disconnected).await?;
    stage.outcome("Disconnected, all of them");

    stage.step("to another call: Alice has Bob on hold and asks Carol first");
    let (to_bob, at_bob) = talk(&alice, &bob).await?;
    let (to_carol, at_carol) = talk(&alice, &carol).await?;
    reaches(&at_bob, CallState::RemoteHold).await?;
    ensure!(
        to_bob.state() == CallState::LocalHold,
        "expected one active call, found {:?}",
        to_bob.state()
    );
    let leaving = TransferToCallOptions::default().hang_up_when_transferred(true);
    let transfer = to_bob.transfer_to_call(&to_carol, leaving)?;
    let question = next("the question to Bob", &mut at_bob.transfer_requests()).await?;
    question.accept(()).await?;
    let with_bob = answer(&carol, &bob, Some(&alice)).await?;
    let (moved, done) = (new_call(&at_bob).await?, outcome(&transfer).await?);
    ensure!(done.is_ok(), "expected Transferred, found {done:?}");
    for call in [&to_bob, &to_carol, &at_carol] {
        reaches(call, CallState::Disconnected).await?;
    }
    reaches(&moved, CallState::Connected).await?;
    reaches(&with_bob, CallState::Connected).await?;
    stage.outcome("Transferred: Bob talks to Carol, and both calls of Alice are over");

    stage.step("to a voicemail: Carol sends Bob to that of Dan, who uses Teams");
    let dan = MicrosoftTeamsUserIdentifier::new(DAN);
    let voicemail = CommunicationIdentifier::from_raw_id(&format!("28:voicemail:{DAN}"));
    stage.name(&voicemail, "Dan's voicemail");
    let leaving = TransferToVoicemailOptions::default().hang_up_when_transferred(true);
    let transfer = with_bob.transfer_to_voicemail(dan, leaving)?;
    let question = next("the question to Bob", &mut moved.transfer_requests()).await?;
    question.accept(()).await?;
    let recorded = new_call(&moved).await?;
    let done = outcome(&transfer).await?;
    ensure!(done.is_ok(), "expected Transferred, found {done:?}");
    reaches(&recorded, CallState::Connected).await?;
    let others = recorded.remote_participants();
    ensure!(
        others.iter().all(|other| other.identifier == voicemail) && !others.is_empty(),
        "somebody else has answered: {others:?}"
    );
    reaches(&with_bob, CallState::Disconnected).await?;
    let dan = format!("8:orgid:{DAN}");
    let rung = stage.emulator.journal().iter().any(|entry| entry.to == dan);
    ensure!(!rung, "Dan was rung");
    stage.outcome("Transferred: the voicemail has answered Bob, and Dan was not rung");

    stage.step("Bob hangs up, and all sign out");
    recorded.hang_up().await?;
    reaches(&recorded, CallState::Disconnected).await?;
    for agent in [alice, bob, carol] {
        agent.dispose().await;
    }
    stage.outcome("Disconnected");
    Ok(())
}

async fn sign_in(
    stage: &mut Stage,
    identities: &Identities,
    name: &str,
    policy: TransferPolicy,
) -> anyhow::Result<CallAgent> {
    let place = Place {
        endpoint: stage.emulator.endpoint(),
        device: None,
    };
    let options = CallAgentOptions::default()
        .display_name(name)
        .transfer_policy(policy);
    let agent = place.sign_in(identities.new_user().await?, options).await?;
    stage.name(agent.identity(), name);
    Ok(agent)
}

/// Somebody calls somebody, who answers: the call at either end.
async fn talk(caller: &CallAgent, callee: &CallAgent) -> anyhow::Result<(Call, Call)> {
    let call = caller.start_call([callee.identity().clone()], ()).await?;
    let answered = answer(callee, caller, None).await?;
    reaches(&call, CallState::Connected).await?;
    Ok((call, answered))
}

/// Takes the call that rings, which is to be from somebody.
async fn answer(
    agent: &CallAgent,
    caller: &CallAgent,
    transferor: Option<&CallAgent>,
) -> anyhow::Result<Call> {
    let ringing: IncomingCall = next("a call that rings", &mut agent.incoming_calls()).await?;
    let seen = ringing.caller_info();
    ensure!(
        seen.identifier.as_ref() == Some(caller.identity()),
        "another caller: {ringing:?}"
    );
    let sender: Option<CommunicationIdentifier> = ringing
        .transferor_info()
        .and_then(|sender| sender.identifier.clone());
    let expected = transferor.map(|agent| agent.identity().clone());
    ensure!(sender == expected, "another transferor: {sender:?}");
    let call = ringing.accept(()).await?;
    reaches(&call, CallState::Connected).await?;
    Ok(call)
}

/// The call that a transferee has in place of the old one.
async fn new_call(call: &Call) -> anyhow::Result<Call> {
    let accepted = next("the new call", &mut call.transfers_accepted()).await?;
    Ok(accepted.target_call)
}

async fn outcome(transfer: &Transfer) -> anyhow::Result<Result<(), CallEndReason>> {
    in_time("the end of the transfer", transfer.outcome()).await
}

async fn reaches(call: &Call, state: CallState) -> anyhow::Result<()> {
    let reached = in_time("a state", call.wait_for(|now| now == state)).await?;
    if reached != state {
        let reason = call.call_end_reason();
        bail!("expected {state:?}, found {reached:?} ({reason:?})");
    }
    Ok(())
}

async fn next<T>(
    what: &'static str,
    stream: &mut (impl futures::Stream<Item = T> + Unpin),
) -> anyhow::Result<T> {
    in_time(what, stream.next())
        .await?
        .with_context(|| format!("{what} does not come any more"))
}

async fn in_time<T>(what: &'static str, future: impl Future<Output = T>) -> anyhow::Result<T> {
    let limit: Duration = WAIT_LIMIT;
    let result = tokio::time::timeout(limit, future).await;
    result.with_context(|| format!("waited in vain for {what}"))
}
