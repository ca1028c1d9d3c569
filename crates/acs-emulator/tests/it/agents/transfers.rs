//! The three transfers, asked for by an agent.

use acs_calling::{
    CallAgentOptions, CallDirection, CallEndReason, CallState, IncomingEnd, TransferPolicy, TransferState,
    TransferToCallOptions, TransferToParticipantOptions, TransferToVoicemailOptions,
};
use acs_common::MicrosoftTeamsUserIdentifier;
use acs_emulator::PartyScript;
use futures::StreamExt as _;

use super::{Office, becomes, rings, talk};
use crate::harness::soon;

#[tokio::test]
async fn three_agents_transfer_to_a_participant() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    // C declines: the transfer fails, and A and B go on.
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    assert_eq!(ringing.caller_info().display_name.as_deref(), Some("B"));
    let transferor = ringing.transferor_info().unwrap();
    assert_eq!(transferor.display_name.as_deref(), Some("A"));
    assert_eq!(transferor.identifier.as_ref(), Some(a.identity()));
    ringing.reject().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::DECLINED));
    let mut accepted = at_b.transfers_accepted();
    let declined = soon("a target call", accepted.next()).await.unwrap().target_call;
    becomes(&declined, CallState::Disconnected).await;
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
    // C accepts.
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    let transfer = at_a
        .transfer_to_participant(c.identity().clone(), options)
        .unwrap();
    let at_c = rings(&c).await.accept(()).await.unwrap();
    let new_at_b = soon("a target call", accepted.next()).await.unwrap().target_call;
    assert_eq!(new_at_b.direction(), CallDirection::Outgoing);
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    assert_eq!(transfer.state(), TransferState::Transferred);
    becomes(&new_at_b, CallState::Connected).await;
    becomes(&at_c, CallState::Connected).await;
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(new_at_b.state(), CallState::Connected);
    assert_eq!(new_at_b.server_call_id(), at_c.server_call_id());
}

#[tokio::test]
async fn three_agents_transfer_to_another_call() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (with_b, at_b) = talk(&a, &b).await;
    let (with_c, old_at_c) = talk(&a, &c).await;
    becomes(&with_b, CallState::LocalHold).await;
    let options = TransferToCallOptions::default().hang_up_when_transferred(true);
    let transfer = with_b.transfer_to_call(&with_c, options).unwrap();
    let mut ringing = c.incoming_calls();
    let new_at_c = soon("the transferee", ringing.next()).await.unwrap();
    let new_at_c = new_at_c.accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let new_at_b = soon("a target call", at_b.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&new_at_b.target_call, CallState::Connected).await;
    becomes(&new_at_c, CallState::Connected).await;
    for over in [&with_b, &with_c, &at_b, &old_at_c] {
        becomes(over, CallState::Disconnected).await;
    }
}

#[tokio::test]
async fn two_agents_and_a_voicemail() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let boss = MicrosoftTeamsUserIdentifier::new("45ab2481-1c1c-4005-be24-0ffb879b1130");
    // The boss is not there, and is not rung.
    office.set_script(boss.clone(), PartyScript::offline());
    let options = TransferToVoicemailOptions::default().hang_up_when_transferred(true);
    let transfer = at_a.transfer_to_voicemail(boss, options).unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let accepted = soon("a target call", at_b.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
}

#[tokio::test]
async fn a_transferee_that_hangs_up_ends_the_transfer_and_the_ringing() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    at_b.hang_up().await.unwrap();
    assert!(soon("the outcome", transfer.outcome()).await.is_err());
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    becomes(&at_a, CallState::Disconnected).await;
}

#[tokio::test]
async fn nobody_rings_before_the_transferee_has_agreed() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let who = office.somebody(&["voip"]).await;
    let asking = CallAgentOptions::default().transfer_policy(TransferPolicy::Ask);
    let b = office.sign_in(&who, "desk", asking).await.unwrap();
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let mut requests = at_b.transfer_requests();
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let request = soon("a question", requests.next()).await.unwrap();
    assert_eq!(request.target_participant(), Some(c.identity()));
    request.reject().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::DECLINED));
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let request = soon("a question", requests.next()).await.unwrap();
    let mut ringing = c.incoming_calls();
    assert!(futures::FutureExt::now_or_never(ringing.next()).is_none());
    request.accept(()).await.unwrap();
    soon("C", ringing.next()).await.unwrap().accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
}
