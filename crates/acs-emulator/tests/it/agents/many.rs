//! Many agents at once: nothing gets stuck, and nobody is told what is another's.

use acs_calling::{CallState, TransferToParticipantOptions};
use futures::{StreamExt as _, future};

use super::{Office, becomes, rings, talk};
use crate::harness::soon;

const PAIRS: usize = 20;

#[tokio::test]
async fn twenty_calls_are_set_up_transferred_and_ended_side_by_side() {
    let office = Office::open().await;
    let mut agents = Vec::new();
    for number in 0..PAIRS * 2 {
        agents.push(office.agent(&format!("Agent {number}")).await);
    }
    let (callers, callees) = agents.split_at(PAIRS);
    let pairs = callers.iter().zip(callees);
    let calls = future::join_all(pairs.map(|(caller, callee)| talk(caller, callee))).await;
    assert!(agents.iter().all(|agent| agent.calls().len() == 1));

    // Each callee is transferred to the next caller, who talks too and puts that on hold.
    let targets = callers.iter().cycle().skip(1);
    let transfers = calls.iter().zip(callees).zip(targets);
    let transferred = transfers.map(async |(((at_caller, at_callee), callee), target)| {
        let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
        let transfer = at_caller.transfer_to_participant(target.identity().clone(), options);
        let transfer = transfer.unwrap();
        let incoming = rings(target).await;
        assert_eq!(
            incoming.caller_info().identifier.as_ref(),
            Some(callee.identity())
        );
        let at_target = incoming.accept(()).await.unwrap();
        assert_eq!(soon("an outcome", transfer.outcome()).await, Ok(()));
        let accepted = soon("a target call", at_callee.transfers_accepted().next()).await;
        let target_call = accepted.unwrap().target_call;
        becomes(&target_call, CallState::Connected).await;
        becomes(&at_target, CallState::Connected).await;
        assert_eq!(target_call.server_call_id(), at_target.server_call_id());
        becomes(at_caller, CallState::Disconnected).await;
        becomes(at_callee, CallState::Disconnected).await;
        at_target
    });
    let transferred = future::join_all(transferred).await;
    for agent in &agents {
        let states: Vec<CallState> = agent.calls().iter().map(acs_calling::Call::state).collect();
        assert_eq!(states, [CallState::Connected]);
    }

    future::join_all(transferred.iter().map(async |call| call.hang_up().await.unwrap())).await;
    for agent in &agents {
        let mut updates = agent.calls_updates();
        while !agent.calls().is_empty() {
            soon("an end", updates.next()).await.unwrap();
        }
    }
}
