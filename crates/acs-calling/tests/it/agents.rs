//! Signing in, being cut off, coming back, signing out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use acs_calling::credential::{
    AccessToken, RefreshOptions, RefreshingTokenCredential, StaticTokenCredential,
};
use acs_calling::protocol::{Refusal, Request, ServerMessage};
use acs_calling::{
    CallEndReason, CallState, ConnectionState, ConnectionStateChangedReason, Error, ErrorKind, IncomingEnd,
    limits,
};
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::peer::{Line, client, credential, incoming, session, talking_to, user, welcome};

#[tokio::test(start_paused = true)]
async fn an_agent_has_the_identity_of_its_token_and_the_name_it_was_given() {
    let line = Line::new("alice", "Alice").await;
    assert_eq!(line.agent.identity(), &user("alice"));
    assert_eq!(line.agent.display_name(), Some("Alice"));
    assert_eq!(line.signed_in_as.display_name.as_deref(), Some("Alice"));
    assert_eq!(line.signed_in_as.token.expose(), "token");
    assert_eq!(line.agent.connection_state(), ConnectionState::Connected);
    assert!(line.agent.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_refused_before_anything_is_sent() {
    let (client, listener) = client();
    let expired = AccessToken::new("t", SystemTime::now() - Duration::from_secs(1));
    let error = client
        .create_call_agent(StaticTokenCredential::with_expiry(expired), ())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    assert_eq!((error.code(), error.sub_code()), (Some(401), Some(40_235)));
    assert!(listener.accept().now_or_never().is_none(), "nobody connected");
}

#[tokio::test(start_paused = true)]
async fn a_client_has_one_agent_at_a_time() {
    let line = Line::new("alice", ()).await;
    let error = line.client.create_call_agent(credential(), ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AgentAlreadyExists);
    assert_eq!((error.code(), error.sub_code()), (Some(409), Some(40_228)));
    line.agent.dispose().await;
    let (again, _) = tokio::join!(
        line.client.create_call_agent(credential(), ()),
        welcome(&line.listener, session("alice"))
    );
    again.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_service_refuses_is_told_and_the_client_is_free_again() {
    let (client, listener) = client();
    for (code, sub_code, kind) in [
        (409, 40_228, ErrorKind::AgentAlreadyExists),
        (401, 40_235, ErrorKind::InvalidToken),
        (426, 1, ErrorKind::Protocol),
        (500, 40_216, ErrorKind::Refused),
    ] {
        let refusing = async {
            let mut peer = listener.accept().await.unwrap();
            let (id, _) = peer.receive().await.unwrap();
            let error = Some(Refusal::new(code, sub_code, "no"));
            peer.send(ServerMessage::Reply { id, error }).await
        };
        let (agent, _) = tokio::join!(client.create_call_agent(credential(), ()), refusing);
        let error = agent.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
    }
    // A service that says nothing is given up after 30 s, and one that is not there at once.
    let (agent, _peer) = tokio::join!(client.create_call_agent(credential(), ()), listener.accept());
    assert_eq!(agent.unwrap_err().kind(), ErrorKind::Timeout);
    listener.refuse(true);
    let error = client.create_call_agent(credential(), ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}

/// Invariant 8, first half.
#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_come_back_is_an_issue_until_it_does() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut changes = line.agent.connection_state_changes();
    let mut incoming_calls = line.agent.incoming_calls();
    line.listener.refuse(true);
    drop(line.peer);
    let change = changes.next().await.unwrap();
    assert_eq!(change.old_value, ConnectionState::Connected);
    assert_eq!(change.new_value, ConnectionState::Disconnected);
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::ConnectionIssue));
    assert_eq!(call.state(), CallState::Connected, "calls wait");
    let error = line.agent.start_call([user("carol")], ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(incoming_calls.next().now_or_never().is_none());
    line.listener.refuse(false);
    let mut signed_in = session("alice");
    signed_in.calls.push(talking_to(&call.id(), "bob"));
    signed_in.incoming.push(incoming("late", "carol"));
    let (_peer, sign_in) = welcome(&line.listener, signed_in).await;
    assert_eq!(sign_in.resume.unwrap().as_str(), "session");
    let change = changes.next().await.unwrap();
    assert_eq!(
        (change.new_value, change.reason),
        (ConnectionState::Connected, None)
    );
    assert_eq!(incoming_calls.next().await.unwrap().id().as_str(), "late");
    assert_eq!(call.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_short_loss_of_the_connection_is_not_told() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut changes = line.agent.connection_state_changes();
    drop(line.peer);
    let mut signed_in = session("alice");
    signed_in.calls.push(talking_to(&call.id(), "bob"));
    let (_peer, _) = welcome(&line.listener, signed_in).await;
    assert_eq!(line.agent.connection_state(), ConnectionState::Connected);
    assert!(changes.next().now_or_never().is_none());
}

/// Invariant 8, second half.
#[tokio::test(start_paused = true)]
async fn an_invalid_token_ends_the_agent_and_all_that_is_its() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let ringing = line.rings("in", "carol").await;
    let transfer = call.transfer_to_participant(user("carol"), ()).unwrap();
    let mut changes = line.agent.connection_state_changes();
    let reason = CallEndReason::INVALID_TOKEN;
    assert!(line.peer.send(ServerMessage::SignedOut { reason }).await);
    let change = changes.next().await.unwrap();
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::InvalidToken));
    assert_eq!(changes.next().await, None);
    assert_eq!(call.call_end_reason(), Some(CallEndReason::INVALID_TOKEN));
    assert_eq!(ringing.call_end_reason(), Some(CallEndReason::INVALID_TOKEN));
    assert_eq!(transfer.outcome().await, Err(CallEndReason::INVALID_TOKEN));
    assert!(line.agent.incoming_calls().next().await.is_none(), "no more come");
    let error = line.agent.start_call([user("bob")], ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disposed);
    // The remedy is a new agent.
    let (again, _) = tokio::join!(
        line.client.create_call_agent(credential(), ()),
        welcome(&line.listener, session("alice"))
    );
    again.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_static_token_ends_its_agent_and_a_refreshing_one_is_renewed() {
    let (client_a, listener) = client();
    let token = AccessToken::new("t", SystemTime::now() + Duration::from_secs(600));
    let (agent, _peer) = tokio::join!(
        client_a.create_call_agent(StaticTokenCredential::with_expiry(token), ()),
        welcome(&listener, session("alice"))
    );
    let mut changes = agent.as_ref().unwrap().connection_state_changes();
    let change = changes.next().await.unwrap();
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::InvalidToken));

    let asked = Arc::new(AtomicUsize::new(0));
    // Time that is paused has gone on all the same.
    let start = SystemTime::now();
    let refresher = move || {
        let number = asked.fetch_add(1, Ordering::SeqCst) as u64 + 1;
        async move {
            let expires_on = start + Duration::from_secs(600 * number);
            Ok(AccessToken::new(format!("t{number}"), expires_on))
        }
    };
    let credential = RefreshingTokenCredential::new(refresher, RefreshOptions::default()).unwrap();
    let (client_b, listener) = client();
    let (agent, (mut peer, sign_in)) = tokio::join!(
        client_b.create_call_agent(credential, ()),
        welcome(&listener, session("bob"))
    );
    let agent = agent.unwrap();
    assert_eq!(sign_in.token.expose(), "t1");
    let (_, request) = peer.receive().await.unwrap();
    let Request::UpdateToken { token } = request else {
        panic!("{request:?}");
    };
    assert_eq!(token.expose(), "t2");
    assert_eq!(agent.connection_state(), ConnectionState::Connected);
    assert!(!format!("{client_b:?} {agent:?}").contains("t2"));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_on_coming_back_ends_the_agent_and_a_new_one_is_the_remedy() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut changes = line.agent.connection_state_changes();
    drop(line.peer);
    let mut peer = line.listener.accept().await.unwrap();
    let (id, request) = peer.receive().await.unwrap();
    assert!(matches!(request, Request::SignIn(sign_in) if sign_in.resume.is_some()));
    let error = Some(Refusal::new(401, 40_235, "it was revoked"));
    assert!(peer.send(ServerMessage::Reply { id, error }).await);
    let change = changes.next().await.unwrap();
    assert_eq!(change.reason, Some(ConnectionStateChangedReason::InvalidToken));
    assert_eq!(changes.next().await, None);
    assert_eq!(call.call_end_reason(), Some(CallEndReason::INVALID_TOKEN));
    assert!(
        line.listener.accept().now_or_never().is_none(),
        "it does not try again"
    );
    let (again, _) = tokio::join!(
        line.client.create_call_agent(credential(), ()),
        welcome(&line.listener, session("alice"))
    );
    assert_eq!(again.unwrap().connection_state(), ConnectionState::Connected);
}

/// A credential that fails when the token has expired is asked again for as long as the service waits.
#[tokio::test(start_paused = true)]
async fn a_credential_that_fails_for_a_moment_does_not_end_the_agent() {
    for (failures, lives) in [(3, true), (usize::MAX, false)] {
        let start = SystemTime::now();
        let began = Instant::now();
        let asked = Arc::new(AtomicUsize::new(0));
        let refresher = move || {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            async move {
                match number {
                    0 => Ok(AccessToken::new("first", start + Duration::from_secs(600))),
                    number if number <= failures => Err(Error::new(ErrorKind::Credential, "not now")),
                    _ => Ok(AccessToken::new("second", start + Duration::from_secs(6000))),
                }
            }
        };
        let credential = RefreshingTokenCredential::new(refresher, RefreshOptions::default()).unwrap();
        let (client, listener) = client();
        let (agent, (mut peer, _)) = tokio::join!(
            client.create_call_agent(credential, ()),
            welcome(&listener, session("alice"))
        );
        let agent = agent.unwrap();
        if lives {
            let (_, request) = peer.receive().await.unwrap();
            let Request::UpdateToken { token } = request else {
                panic!("{request:?}");
            };
            assert_eq!(token.expose(), "second");
            assert_eq!(agent.connection_state(), ConnectionState::Connected);
        } else {
            let change = agent.connection_state_changes().next().await.unwrap();
            assert_eq!(change.reason, Some(ConnectionStateChangedReason::InvalidToken));
        }
        assert!(began.elapsed() > Duration::from_secs(600));
        assert!(began.elapsed() <= Duration::from_secs(600) + limits::TOKEN_GRACE);
    }
}

#[tokio::test(start_paused = true)]
async fn disposing_waits_for_the_farewell_and_not_for_ever() {
    let mut line = Line::new("alice", ()).await;
    let began = Instant::now();
    let disposing = tokio::spawn(line.agent.dispose());
    assert_eq!(line.peer.receive().await.unwrap().1, Request::SignOut);
    assert!(!disposing.is_finished(), "the service does not know yet");
    drop(line.peer);
    disposing.await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    // A service that says nothing is waited for no longer than 2 s.
    let line = Line::new("alice", ()).await;
    line.agent.dispose().await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn disposing_of_a_client_disposes_of_its_agent() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    line.client.dispose().await;
    assert_eq!(line.peer.receive().await.unwrap().1, Request::SignOut);
    assert_eq!(call.state(), CallState::Disconnected);
    assert_eq!(line.agent.connection_state(), ConnectionState::Disconnected);
    // One without an agent has nothing to do.
    let (client, _listener) = client();
    client.dispose().await;
}

#[tokio::test(start_paused = true)]
async fn disposing_signs_out_and_ends_every_stream() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let ringing = line.rings("in", "carol").await;
    let mut calls = line.agent.calls_updates();
    assert_eq!(calls.next().await.unwrap().added, std::slice::from_ref(&call));
    let states = call.state_changes();
    let agent = line.agent.clone();
    line.agent.dispose().await;
    assert_eq!(line.peer.receive().await.unwrap().1, Request::SignOut);
    assert!(line.peer.receive().await.is_none());
    assert_eq!(
        states.collect::<Vec<_>>().await,
        [CallState::Connected, CallState::Disconnected]
    );
    assert_eq!(calls.next().await.unwrap().removed, [call]);
    assert!(calls.next().await.is_none());
    assert!(matches!(ringing.end(), Some(IncomingEnd::Ended(_))));
    assert_eq!(agent.connection_state(), ConnectionState::Disconnected);
    agent.dispose().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_lives_as_long_as_any_of_its_handles() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    drop(line.agent);
    assert!(line.peer.receive().now_or_never().is_none());
    assert_eq!(call.state(), CallState::Connected);
    drop(call);
    assert_eq!(line.peer.receive().await.unwrap().1, Request::SignOut);
}

#[tokio::test(start_paused = true)]
async fn what_is_unknown_does_no_harm() {
    let mut line = Line::new("alice", ()).await;
    assert!(line.peer.send(ServerMessage::Unknown).await);
    assert!(line.peer.send(ServerMessage::Reply { id: 99, error: None }).await);
    let call = line.connected_to("bob").await;
    assert_eq!(call.state(), CallState::Connected);
}
