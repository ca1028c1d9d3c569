//! The nine invariants of transfers and calls, by their numbers. What they say of arbitrary sequences is held by
//! the property test of the machine.

use std::time::Duration;

use acs_calling::protocol::{IncomingCallInfo, Request, ServerMessage, TransferProgress};
use acs_calling::{CallEndReason, CallId, CallState, CallerInfo, IncomingEnd};
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::peer::{Line, incoming, session, talking_to, user, welcome};

/// 1: every transfer ends within its limit, also where the service answers nothing at all.
#[tokio::test(start_paused = true)]
async fn a_transfer_ends_in_time_whatever_the_service_does() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let began = Instant::now();
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    let error = transfer.outcome().await.unwrap_err();
    assert_eq!(error, CallEndReason::TIMED_OUT);
    assert!(began.elapsed() <= Duration::from_secs(60));
}

/// 2: a failure leaves the original call as it was.
#[tokio::test(start_paused = true)]
async fn a_failure_leaves_the_call_as_it_was() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let (held, _) = tokio::join!(call.hold(), a.grant());
    held.unwrap();
    let before = (call.state(), call.remote_participants(), call.is_muted());
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    let error = CallEndReason::UNANSWERED;
    a.transfer_is(transfer.id(), TransferProgress::Failed { error })
        .await;
    transfer.outcome().await.unwrap_err();
    assert_eq!(
        before,
        (call.state(), call.remote_participants(), call.is_muted())
    );
}

/// 3: an answer after the transferor gave up leaves the transferee in one active call, the new one; the old one
/// is on hold.
#[tokio::test(start_paused = true)]
async fn a_late_answer_leaves_the_transferee_in_one_active_call() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    let new = b.is_transferred(&old, "to-c", CallState::Ringing).await;
    tokio::time::advance(Duration::from_secs(61)).await;
    let mut states = new.state_changes();
    b.says(talking_to(&new.id(), "c")).await;
    while let Some(state) = states.next().await {
        let active = [&old, &new].map(|call| call.state() == CallState::Connected);
        assert_ne!(active, [true, true]);
        if state == CallState::Connected {
            break;
        }
    }
    assert_eq!(
        (old.state(), new.state()),
        (CallState::LocalHold, CallState::Connected)
    );
}

/// 4: an incoming call ends exactly once.
#[tokio::test(start_paused = true)]
async fn an_incoming_call_ends_exactly_once() {
    let mut c = Line::new("c", ()).await;
    let ringing = c.rings("in", "b").await;
    let (call, _) = tokio::join!(ringing.clone().accept(()), c.grant());
    call.unwrap();
    c.stops_ringing("in", CallEndReason::CANCELED).await;
    c.rings("next", "b").await;
    assert_eq!(ringing.ended().collect::<Vec<_>>().await, [IncomingEnd::Accepted]);
}

/// 5: at most one call is connected; accepting while talking holds the other.
#[tokio::test(start_paused = true)]
async fn accepting_while_talking_holds_the_other() {
    let mut a = Line::new("a", ()).await;
    let first = a.connected_to("b").await;
    let ringing = a.rings("in", "c").await;
    let (second, _) = tokio::join!(ringing.accept(()), a.grant());
    let second = second.unwrap();
    assert_eq!(
        first.state(),
        CallState::Connected,
        "not before the other is there"
    );
    a.says(talking_to(&second.id(), "c")).await;
    second.wait_for(|state| state == CallState::Connected).await;
    assert_eq!(first.state(), CallState::LocalHold);
    assert_eq!(a.grant().await, Request::Hold { call: first.id() });
    // And back.
    let (resumed, ()) = tokio::join!(first.resume(), async {
        assert_eq!(a.grant().await, Request::Hold { call: second.id() });
        assert_eq!(a.grant().await, Request::Resume { call: first.id() });
    });
    resumed.unwrap();
    assert_eq!(
        (first.state(), second.state()),
        (CallState::Connected, CallState::LocalHold)
    );
}

/// 6: of two devices of one identity, one connects and the other is told that it was answered elsewhere.
#[tokio::test(start_paused = true)]
async fn of_two_devices_one_connects() {
    let mut desk = Line::new("c", ()).await;
    let mobile = Line::new("c", ()).await;
    let (at_desk, at_mobile) = (
        desk.rings("in-desk", "b").await,
        mobile.rings("in-mobile", "b").await,
    );
    let (call, _) = tokio::join!(at_desk.accept(()), desk.grant());
    desk.says(talking_to(&CallId::new("in-desk"), "b")).await;
    let reason = CallEndReason::ANSWERED_ELSEWHERE;
    mobile.stops_ringing("in-mobile", reason).await;
    assert_eq!(
        call.unwrap().wait_for(CallState::is_established).await,
        CallState::Connected
    );
    assert_eq!(at_mobile.ended().next().await, Some(IncomingEnd::Ended(reason)));
    assert!(mobile.agent.calls().is_empty());
}

/// 7: who subscribes late still gets the first `transferAccepted`. The half about incoming calls is in
/// `incoming.rs`.
#[tokio::test(start_paused = true)]
async fn a_transfer_is_kept_for_who_comes_late() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    b.is_transferred(&old, "to-c", CallState::Connecting).await;
    let accepted = old.transfers_accepted().next().await.unwrap();
    assert_eq!(accepted.target_call.id().as_str(), "to-c");
}

/// 8: the reasons are told apart in `agents.rs`; here, that nothing rings while an agent is disconnected.
#[tokio::test(start_paused = true)]
async fn nothing_rings_while_an_agent_is_disconnected() {
    let a = Line::new("a", ()).await;
    let mut ringing = a.agent.incoming_calls();
    let mut changes = a.agent.connection_state_changes();
    a.listener.refuse(true);
    drop(a.peer);
    changes.next().await.unwrap();
    assert!(ringing.next().now_or_never().is_none());
    a.listener.refuse(false);
    let mut signed_in = session("a");
    signed_in.incoming.push(incoming("in", "b"));
    let (_peer, _) = welcome(&a.listener, signed_in).await;
    assert!(ringing.next().await.is_some());
}

/// 9: whether a server or a client transfers, the transferee and the target see the same, but for who transferred.
#[tokio::test(start_paused = true)]
async fn a_server_transfers_as_a_client_does() {
    let mut seen = Vec::new();
    for transferor in [Some(CallerInfo::new(user("a"))), None] {
        let mut b = Line::new("b", ()).await;
        let c = Line::new("c", ()).await;
        let old = b.connected_to("a").await;
        let new = b.is_transferred(&old, "to-c", CallState::Connecting).await;
        let incoming = IncomingCallInfo {
            transferor: transferor.clone(),
            ..incoming("in", "b")
        };
        assert!(c.peer.send(ServerMessage::IncomingCall { incoming }).await);
        let ringing = c.agent.incoming_calls().next().await.unwrap();
        assert_eq!(ringing.transferor_info(), transferor);
        b.says(talking_to(&new.id(), "c")).await;
        b.ends(&old.id(), CallEndReason::ENDED_BY_AUTOMATION).await;
        old.wait_for(|state| state == CallState::Disconnected).await;
        seen.push((
            ringing.caller_info().clone(),
            new.direction(),
            new.state(),
            new.remote_participants(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}
