//! Calls that ring.

use acs_calling::protocol::{Refusal, Request, ServerMessage};
use acs_calling::{
    AcceptCallOptions, CallDirection, CallEndReason, CallId, CallState, ErrorKind, IncomingEnd,
};
use futures::StreamExt;

use crate::peer::{Line, incoming, session, talking_to, user, welcome};

#[tokio::test(start_paused = true)]
async fn a_call_that_is_accepted_becomes_a_call_with_the_same_id() {
    let mut line = Line::new("alice", ()).await;
    let ringing = line.rings("in", "bob").await;
    assert_eq!(ringing.caller_info().identifier, Some(user("bob")));
    assert_eq!(ringing.transferor_info(), None);
    let watching = ringing.clone();
    let options = AcceptCallOptions::default().muted(true);
    let (call, request) = tokio::join!(ringing.accept(options), line.grant());
    let call = call.unwrap();
    let (id, muted) = (CallId::new("in"), true);
    assert_eq!(request, Request::Accept { call: id, muted });
    assert_eq!(call.id().as_str(), "in");
    assert_eq!(call.direction(), CallDirection::Incoming);
    assert_eq!(call.caller_info().unwrap().identifier, Some(user("bob")));
    line.says(talking_to(&call.id(), "bob")).await;
    call.wait_for(|state| state == CallState::Connected).await;
    assert_eq!(
        watching.ended().collect::<Vec<_>>().await,
        [IncomingEnd::Accepted]
    );
    let error = watching.clone().accept(()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoLongerRinging);
    assert_eq!(
        watching.reject().await.unwrap_err().kind(),
        ErrorKind::NoLongerRinging
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_rejected_is_over() {
    let mut line = Line::new("alice", ()).await;
    let ringing = line.rings("in", "bob").await;
    let (result, request) = tokio::join!(ringing.clone().reject(), line.grant());
    result.unwrap();
    let call = CallId::new("in");
    assert_eq!(request, Request::Reject { call });
    assert_eq!(ringing.end(), Some(IncomingEnd::Rejected));
    assert_eq!(ringing.call_end_reason(), None);
}

/// The rows of the reference's table of incoming calls that somebody else ends.
#[tokio::test(start_paused = true)]
async fn a_call_that_somebody_else_ends_says_why() {
    let line = Line::new("alice", ()).await;
    for (id, reason) in [
        ("canceled", CallEndReason::CANCELED),
        ("elsewhere", CallEndReason::ANSWERED_ELSEWHERE),
        ("unanswered", CallEndReason::UNANSWERED),
    ] {
        let ringing = line.rings(id, "bob").await;
        line.stops_ringing(id, reason).await;
        let ends = ringing.ended().collect::<Vec<_>>().await;
        assert_eq!(ends, [IncomingEnd::Ended(reason)]);
        let error = ringing.accept(()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoLongerRinging);
        assert_eq!(error.reason(), Some(reason));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_race_is_an_error_with_its_reason() {
    let mut line = Line::new("alice", ()).await;
    let ringing = line.rings("in", "bob").await;
    let racing = async {
        let (id, _) = line.peer.receive().await.unwrap();
        line.stops_ringing("in", CallEndReason::ANSWERED_ELSEWHERE).await;
        let error = Some(Refusal::new(400, 41_006, "answered elsewhere"));
        line.peer.send(ServerMessage::Reply { id, error }).await
    };
    let (call, _) = tokio::join!(ringing.clone().accept(()), racing);
    let error = call.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoLongerRinging);
    assert_eq!(error.reason(), Some(CallEndReason::ANSWERED_ELSEWHERE));
    assert!(line.agent.calls().is_empty());
    assert_eq!(ringing.ended().count().await, 1);
}

/// Invariant 7, for incoming calls.
#[tokio::test(start_paused = true)]
async fn who_comes_late_sees_what_rings_and_not_what_rang() {
    let line = Line::new("alice", ()).await;
    let over = line.rings("over", "bob").await;
    line.stops_ringing("over", CallEndReason::CANCELED).await;
    over.ended().next().await.unwrap();
    line.rings("first", "bob").await;
    line.rings("second", "carol").await;
    let mut late = line.agent.incoming_calls();
    assert_eq!(late.next().await.unwrap().id().as_str(), "first");
    assert_eq!(late.next().await.unwrap().id().as_str(), "second");
}

#[tokio::test(start_paused = true)]
async fn a_call_rings_on_through_a_lost_connection_and_may_be_gone_after_it() {
    let line = Line::new("alice", ()).await;
    let stays = line.rings("stays", "bob").await;
    let goes = line.rings("goes", "carol").await;
    drop(line.peer);
    let mut signed_in = session("alice");
    signed_in.incoming.push(incoming("stays", "bob"));
    let (mut peer, _) = welcome(&line.listener, signed_in).await;
    let end = goes.ended().next().await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::NETWORK_LOST)));
    assert_eq!(stays.end(), None);
    let accepting = async {
        let (id, _) = peer.receive().await.unwrap();
        peer.done(id).await
    };
    let (call, _) = tokio::join!(stays.accept(()), accepting);
    call.unwrap();
}
