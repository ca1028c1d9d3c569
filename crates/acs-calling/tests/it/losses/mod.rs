//! The connection is lost in every state that an agent, a call, a ringing call and a transfer can be in: it comes
//! back in time, it comes back to a service that has forgotten everything, or it does not come back.

mod scenes;

use std::time::Duration;

use acs_calling::protocol::{Request, SessionId, TransferProgress};
use acs_calling::{
    Call, CallAgent, CallEndReason, CallState, ConnectionState, ConnectionStateChangedReason, ErrorKind,
    IncomingEnd, TransferState, limits,
};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use self::scenes::{ROWS, Scene};
use crate::peer::{Line, session, snapshot, talking_to, user, welcome};

/// What happens after the cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The connection comes back after so many seconds, and all is as it was.
    Back(u64),
    /// It comes back, and the service knows nothing of before.
    Forgotten,
    /// It does not come back in time.
    Gone,
}

/// At most one call is connected, whatever else is.
fn one_is_active(agent: &CallAgent) {
    let calls = agent.calls();
    let active = calls.iter().filter(|call| call.state() == CallState::Connected);
    assert!(active.count() <= 1, "{calls:?}");
}

/// The rows that are hung up or given up by the cut alone.
fn is_given_up(name: &str) -> bool {
    matches!(name, "accepting" | "rejecting")
}

async fn play(name: &str, scene: fn() -> BoxFuture<'static, Scene>, then: Then) {
    let Scene {
        line,
        calls,
        ringing,
        transfer,
        question,
        pending,
        known,
    } = scene().await;
    let Line {
        client,
        agent,
        listener,
        peer,
        signed_in_as,
    } = line;
    let before: Vec<CallState> = calls.iter().map(Call::state).collect();
    let cut = Instant::now();
    if then == Then::Gone || matches!(then, Then::Back(secs) if secs > 0) {
        listener.refuse(true);
    }
    drop(peer);
    // Whatever waits for an answer is told that none will come. Who leaves has left.
    for asked in pending {
        match asked.await.unwrap() {
            Ok(()) => assert!(name.contains("hanging up") || name.contains("left"), "{name}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{name}: {error}"),
        }
    }
    assert_eq!(cut.elapsed(), Duration::ZERO, "{name}: at once");
    one_is_active(&agent);
    let peer = match then {
        Then::Gone => {
            for call in &calls {
                call.wait_for(|state| state == CallState::Disconnected).await;
            }
            if let Some(transfer) = &transfer {
                transfer.outcome().await.unwrap_err();
                assert!(cut.elapsed() <= limits::RECONNECT, "{name}");
            }
            if let Some(ringing) = &ringing {
                assert_eq!(ringing.ended().count().await, 1, "{name}");
            }
            assert!(cut.elapsed() <= limits::RECONNECT, "{name}");
            tokio::time::sleep_until(cut + limits::RECONNECT).await;
            assert!(agent.calls().is_empty(), "{name}");
            assert_eq!(agent.connection_state(), ConnectionState::Disconnected, "{name}");
            // It comes back all the same, later, to a session of its own.
            tokio::time::sleep(Duration::from_secs(600)).await;
            listener.refuse(false);
            let mut anew = session("me");
            anew.session = SessionId::new("another");
            welcome(&listener, anew).await.0
        }
        Then::Forgotten => welcome(&listener, session("me")).await.0,
        Then::Back(secs) => {
            tokio::time::sleep(Duration::from_secs(secs)).await;
            one_is_active(&agent);
            listener.refuse(false);
            let mut resumed = known.clone();
            resumed.resumed = true;
            welcome(&listener, resumed).await.0
        }
    };
    let mut line = Line {
        client,
        agent,
        listener,
        peer,
        signed_in_as,
    };
    // What is left undone is done now, and told again.
    while let Some((id, request)) = settled(&mut line).await {
        let repeated = matches!(
            request,
            Request::HangUp { .. } | Request::Hold { .. } | Request::CancelTransfer { .. }
        );
        assert!(repeated, "{name}: {request:?}");
        assert!(line.peer.done(id).await);
    }
    match then {
        Then::Back(secs) => {
            assert_eq!(
                line.agent.connection_state(),
                ConnectionState::Connected,
                "{name}"
            );
            for (call, before) in calls.iter().zip(before) {
                // 85 s are all that a call has to be answered in, and 115 s where it may be a telephone's.
                let limit = if name.starts_with("moved") {
                    limits::SET_UP_TELEPHONE
                } else {
                    limits::SET_UP
                };
                let in_time = before != CallState::Disconnecting
                    && (secs < limit.as_secs() || before.is_established() || before == CallState::InLobby);
                let expected = if in_time { before } else { CallState::Disconnected };
                assert_eq!(call.state(), expected, "{name} after {secs} s");
            }
            if let Some(ringing) = &ringing {
                let ended = is_given_up(name);
                assert_eq!(ringing.end().is_some(), ended, "{name} after {secs} s");
            }
            if let Some(transfer) = &transfer {
                if secs < limits::TRANSFER.as_secs() {
                    assert_eq!(transfer.state(), TransferState::Transferring, "{name}");
                    line.transfer_is(transfer.id(), TransferProgress::Transferred)
                        .await;
                    assert_eq!(transfer.outcome().await, Ok(()), "{name}");
                } else {
                    let timed_out = Err(CallEndReason::TIMED_OUT);
                    assert_eq!(transfer.outcome().await, timed_out, "{name}");
                }
            }
        }
        Then::Forgotten | Then::Gone => {
            for call in &calls {
                call.wait_for(|state| state == CallState::Disconnected).await;
                let reason = call.call_end_reason().unwrap();
                let expected = [
                    CallEndReason::NETWORK_LOST,
                    CallEndReason::SETUP_TIMED_OUT,
                    CallEndReason::HUNG_UP,
                ];
                assert!(expected.contains(&reason), "{name}: {reason}");
                let left = call.state_changes().count().await;
                assert_eq!(left, 1, "{name}: nothing follows the end");
            }
            if let Some(transfer) = &transfer {
                transfer.outcome().await.unwrap_err();
            }
            if let Some(ringing) = &ringing {
                let ends: Vec<IncomingEnd> = ringing.ended().collect().await;
                assert_eq!(ends.len(), 1, "{name}");
                assert!(matches!(ends[0], IncomingEnd::Ended(_)), "{name}: {ends:?}");
            }
        }
    }
    // A question ends with the connection that it was sent on.
    if let Some(question) = question {
        let error = question.accept(()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoLongerRequested, "{name}");
    }
    one_is_active(&line.agent);
    // And the agent is as good as new.
    let goes_on = connects(&mut line).await;
    assert_eq!(goes_on.state(), CallState::Connected, "{name}");
    one_is_active(&line.agent);
    let goodbye = line.agent.clone();
    goodbye.dispose().await;
    for call in calls.iter().chain([&goes_on]) {
        assert_eq!(call.state(), CallState::Disconnected, "{name}");
    }
}

/// The next request, if there is one before everybody waits.
async fn settled(line: &mut Line) -> Option<(u64, Request)> {
    tokio::time::timeout(Duration::from_millis(1), line.peer.receive())
        .await
        .ok()?
}

/// A call, while others may have to be put on hold for it.
async fn connects(line: &mut Line) -> Call {
    let agent = line.agent.clone();
    let (call, request) = tokio::join!(agent.start_call([user("later")], ()), line.grant());
    assert!(matches!(request, Request::StartCall { .. }), "{request:?}");
    let call = call.unwrap();
    line.says(talking_to(&call.id(), "later")).await;
    call.wait_for(CallState::is_established).await;
    while let Some((id, _)) = settled(line).await {
        line.peer.done(id).await;
    }
    call
}

async fn play_all(then: Then) {
    for (name, scene) in ROWS {
        let played = tokio::time::timeout(Duration::from_secs(3600), play(name, *scene, then));
        assert!(played.await.is_ok(), "{name} hangs: {then:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_back_at_once_leaves_everything_as_it_was() {
    play_all(Then::Back(0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_back_in_time_leaves_everything_as_it_was() {
    play_all(Then::Back(30)).await;
    play_all(Then::Back(90)).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_back_to_a_service_that_has_forgotten_ends_everything() {
    play_all(Then::Forgotten).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_come_back_ends_everything_in_time() {
    play_all(Then::Gone).await;
}

/// Transfers that were asked for while there was no connection are in the one state that no cut can meet otherwise.
#[tokio::test(start_paused = true)]
async fn a_transfer_that_was_not_sent_yet_ends_in_time_without_a_connection() {
    let Scene { line, calls, .. } = Scene::outgoing(CallState::Connected).await;
    line.listener.refuse(true);
    drop(line.peer);
    let mut changes = line.agent.connection_state_changes();
    changes.next().await.unwrap();
    let asked = Instant::now();
    let transfer = calls[0].transfer_to_participant(user("target"), ()).unwrap();
    assert_eq!(transfer.state(), TransferState::None);
    assert_eq!(transfer.outcome().await, Err(CallEndReason::TIMED_OUT));
    assert_eq!(asked.elapsed(), limits::TRANSFER);
    assert_eq!(
        calls[0].state(),
        CallState::Connected,
        "the call waits for longer"
    );
}

/// The times between attempts grow, and are not the same for all who were cut off at once.
#[tokio::test(start_paused = true)]
async fn attempts_to_connect_come_ever_more_slowly() {
    let line = Line::new("me", ()).await;
    let mut changes = line.agent.connection_state_changes();
    let cut = Instant::now();
    drop(line.peer);
    let mut attempts = Vec::new();
    // A service that takes connections and says nothing good.
    while cut.elapsed() < Duration::from_secs(300) {
        let peer = line.listener.accept().await.unwrap();
        attempts.push(cut.elapsed());
        drop(peer);
    }
    let pauses: Vec<Duration> = attempts
        .windows(2)
        .map(|pair| pair[1].saturating_sub(pair[0]))
        .collect();
    assert!(attempts[0] < Duration::from_secs(1), "{attempts:?}");
    assert!(pauses[0] >= limits::BACKOFF_FIRST && pauses[0] < limits::BACKOFF_FIRST * 2);
    for pair in pauses.windows(2) {
        assert!(
            pair[1] > pair[0] || pair[1] >= limits::BACKOFF_LONGEST,
            "{pauses:?}"
        );
    }
    let longest = pauses.iter().max().unwrap();
    assert!(*longest >= limits::BACKOFF_LONGEST && *longest < limits::BACKOFF_LONGEST * 2);
    let change = changes.next().await.unwrap();
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::ConnectionIssue));
    assert!(changes.next().now_or_never().is_none(), "it is said once");
}

/// A call whose beginning was given up with its connection, and which the service has begun all the same, is left.
#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_is_left_when_the_service_names_it() {
    let mut line = Line::new("me", ()).await;
    let agent = line.agent.clone();
    let starting = tokio::spawn(async move { agent.start_call([user("far")], ()).await });
    let (_, request) = line.peer.receive().await.unwrap();
    let Request::StartCall { call, .. } = request else {
        panic!("{request:?}");
    };
    drop(line.peer);
    let error = starting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    let mut known = session("me");
    known.calls.push(snapshot(&call, CallState::Ringing));
    let (mut peer, _) = welcome(&line.listener, known).await;
    let (_, request) = peer.receive().await.unwrap();
    let for_everyone = false;
    assert_eq!(request, Request::HangUp { call, for_everyone });
    assert!(line.agent.calls().is_empty());
}
