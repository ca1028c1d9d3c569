//! Transfers that fail, row by row of the reference's table, and what is left of the calls.

use std::time::Duration;

use acs_calling::protocol::{Request, TransferProgress, TransferStatus};
use acs_calling::{CallEndReason, CallState, TransferState};
use futures::StreamExt;
use tokio::time::Instant;

use crate::peer::{Line, session, talking_to, user, welcome};

/// C is offline, declines, or does not answer: A's transfer fails with the code, and A's call is as it was.
#[tokio::test(start_paused = true)]
async fn what_the_target_does_not_do_is_the_error_of_the_transfer() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    for error in [
        CallEndReason::OFFLINE,
        CallEndReason::new(480, 10_076),
        CallEndReason::DECLINED,
        CallEndReason::UNANSWERED,
        CallEndReason::code_only(503),
    ] {
        let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
        a.grant().await;
        a.transfer_is(transfer.id(), TransferProgress::Failed { error })
            .await;
        assert_eq!(transfer.outcome().await, Err(error));
        assert_eq!(transfer.error(), Some(error));
        assert_eq!(call.state(), CallState::Connected);
    }
}

/// The same rows at B: the call to C ends with the reason, and the old call lives.
#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_reached_leaves_the_transferee_in_the_old_call() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    for (target, reason) in [
        ("offline", CallEndReason::OFFLINE),
        ("declines", CallEndReason::DECLINED),
        ("silent", CallEndReason::UNANSWERED),
    ] {
        let new = b.is_transferred(&old, target, CallState::Ringing).await;
        b.ends(&new.id(), reason).await;
        new.wait_for(|state| state == CallState::Disconnected).await;
        assert_eq!(new.call_end_reason(), Some(reason));
        assert_eq!(old.state(), CallState::Connected);
    }
}

/// The target is silent and its rules are obeyed: whoever answers in its place makes the transfer a success.
#[tokio::test(start_paused = true)]
async fn a_voicemail_that_answers_for_the_target_is_a_success() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    tokio::time::advance(Duration::from_secs(20)).await;
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    assert_eq!(transfer.outcome().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_refused_is_a_failure() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.refuse(412, 41_056).await;
    assert_eq!(transfer.outcome().await, Err(CallEndReason::new(412, 41_056)));
    assert_eq!(call.state(), CallState::Connected);
}

/// B hangs up while it is transferred: A's transfer fails with the end of the call, and at B both calls end.
#[tokio::test(start_paused = true)]
async fn a_transferee_that_hangs_up_fails_the_transfer() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    let reason = CallEndReason::ENDED_BY_TELEPHONE;
    a.ends(&call.id(), reason).await;
    assert_eq!(transfer.outcome().await, Err(reason));

    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    let new = b.is_transferred(&old, "to-c", CallState::Ringing).await;
    for call in [&old, &new] {
        let (result, _) = tokio::join!(call.hang_up(), b.grant());
        result.unwrap();
        assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
    }
}

/// A hangs up while it transfers: the transfer goes on, and says how it ended.
#[tokio::test(start_paused = true)]
async fn a_transferor_that_hangs_up_still_hears_how_it_ended() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    let (result, _) = tokio::join!(call.hang_up(), a.grant());
    result.unwrap();
    assert_eq!(call.state(), CallState::Disconnected);
    assert_eq!(transfer.state(), TransferState::Transferring);
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    assert_eq!(transfer.outcome().await, Ok(()));
}

/// 60 s without a result; the service is told, so that nobody rings for nothing.
#[tokio::test(start_paused = true)]
async fn a_transfer_without_a_result_fails_after_60_seconds() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let began = Instant::now();
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    assert_eq!(transfer.outcome().await, Err(CallEndReason::TIMED_OUT));
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    let id = transfer.id().clone();
    assert_eq!(a.grant().await, Request::CancelTransfer { transfer: id });
    // What comes later changes nothing.
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    assert_eq!(a.connected_to("d").await.state(), CallState::Connected);
    assert_eq!(transfer.error(), Some(CallEndReason::TIMED_OUT));
    assert_eq!(transfer.state_changes().count().await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_connection_is_lost_is_decided_when_it_is_back() {
    let failed = TransferProgress::Failed {
        error: CallEndReason::DECLINED,
    };
    for (told, expected) in [
        (Some(TransferProgress::Transferred), Ok(())),
        (Some(failed), Err(CallEndReason::DECLINED)),
        (None, Err(CallEndReason::REQUEST_LOST)),
    ] {
        let mut a = Line::new("a", ()).await;
        let call = a.connected_to("b").await;
        let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
        a.peer.receive().await.unwrap();
        drop(a.peer);
        let mut signed_in = session("a");
        signed_in.calls.push(talking_to(&call.id(), "b"));
        signed_in.transfers.extend(told.map(|progress| TransferStatus {
            id: transfer.id().clone(),
            progress,
        }));
        let (_peer, _) = welcome(&a.listener, signed_in).await;
        assert_eq!(transfer.outcome().await, expected);
        assert_eq!(call.state(), CallState::Connected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_is_asked_for_without_a_connection_waits_for_it() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let mut changes = a.agent.connection_state_changes();
    a.listener.refuse(true);
    drop(a.peer);
    changes.next().await.unwrap();
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    assert_eq!(transfer.state(), TransferState::None);
    a.listener.refuse(false);
    let mut signed_in = session("a");
    signed_in.calls.push(talking_to(&call.id(), "b"));
    let (mut peer, _) = welcome(&a.listener, signed_in).await;
    let (_, request) = peer.receive().await.unwrap();
    assert!(matches!(request, Request::Transfer { .. }), "{request:?}");
    assert_eq!(transfer.state(), TransferState::Transferring);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_connection_does_not_come_back_fails_in_time() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let began = Instant::now();
    let transfer = call.transfer_to_participant(user("c"), ()).unwrap();
    a.grant().await;
    a.listener.refuse(true);
    drop(a.peer);
    assert_eq!(transfer.outcome().await, Err(CallEndReason::TIMED_OUT));
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    assert_eq!(call.state(), CallState::Connected);
    call.wait_for(|state| state == CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::NETWORK_LOST));
    assert_eq!(began.elapsed(), Duration::from_secs(120));
}
