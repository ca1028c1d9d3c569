//! Everything in one stream, and what has changed shape since the Calling SDK: ids that change, names that come late.

use acs_calling::protocol::{CallSnapshot, IncomingCallInfo, Request, ServerMessage, TransferRequestId};
use acs_calling::{
    CallAgentEvent, CallAgentOptions, CallEndReason, CallEvent, CallId, CallState, CallerInfo,
    ConnectionState, TransferPolicy, TransferState,
};
use futures::{FutureExt, StreamExt};

use crate::peer::{Line, incoming, participant, session, snapshot, talking_to, user, welcome};

/// An event of an agent, in short.
fn agent_event(event: &CallAgentEvent) -> String {
    match event {
        CallAgentEvent::IncomingCall(call) => format!("rings {}", call.id()),
        CallAgentEvent::IncomingCallHandled(handled) => {
            format!("handled {} {}", handled.call_id, handled.code)
        }
        CallAgentEvent::CallsUpdated(update) => {
            format!("calls +{} -{}", update.added.len(), update.removed.len())
        }
        CallAgentEvent::ConnectionStateChanged(change) => format!("{:?}", change.new_value),
        other => panic!("{other:?}"),
    }
}

/// An event of a call, in short.
fn call_event(event: &CallEvent) -> String {
    match event {
        CallEvent::StateChanged(state) => format!("{state:?}"),
        CallEvent::IdChanged(id) => format!("id {id}"),
        CallEvent::IsMutedChanged(muted) => format!("muted {muted}"),
        CallEvent::MutedByOthers => "muted by others".to_owned(),
        CallEvent::CallerInfoChanged(caller) => {
            let name = caller.as_ref().and_then(|caller| caller.display_name.clone());
            format!("caller {}", name.unwrap_or_default())
        }
        CallEvent::TransferorInfoChanged(transferor) => format!("transferor {}", transferor.is_some()),
        CallEvent::RemoteParticipantsUpdated(update) => {
            format!("participants +{} -{}", update.added.len(), update.removed.len())
        }
        CallEvent::TransferAccepted(accepted) => format!("transferred {}", accepted.target_call.id()),
        CallEvent::TransferRequested(_) => "asked".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn named(name: &str, display_name: &str) -> CallerInfo {
    CallerInfo {
        display_name: Some(display_name.to_owned()),
        ..CallerInfo::new(user(name))
    }
}

#[tokio::test(start_paused = true)]
async fn one_stream_shows_all_that_happens_to_an_agent_in_its_order() {
    let mut line = Line::new("alice", ()).await;
    let mut events = line.agent.events();
    line.rings("in", "bob").await;
    // The id of a call that rings is not free for another one: it is known already, and nothing is told twice.
    line.rings("in", "bob").await;
    let call = line.connected_to("carol").await;
    line.ends(&call.id(), CallEndReason::HUNG_UP).await;
    call.wait_for(|state| state == CallState::Disconnected).await;
    line.listener.refuse(true);
    drop(line.peer);
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(agent_event(&event));
        if let CallAgentEvent::ConnectionStateChanged(change) = event {
            assert_eq!(change.new_value, ConnectionState::Disconnected);
            line.agent.clone().dispose().await;
        }
    }
    assert_eq!(
        seen,
        [
            "calls +0 -0",
            "rings in",
            "handled in 200",
            "calls +1 -0",
            "calls +0 -1",
            "Disconnected"
        ]
    );
}

/// Invariant 7, for the stream of everything: who comes late, and as the second, misses no call that rings.
#[tokio::test(start_paused = true)]
async fn every_reader_of_all_events_sees_what_rings_also_when_another_has_seen_it() {
    let mut line = Line::new("alice", ()).await;
    line.rings("over", "bob").await;
    let mut ends = line.agent.incoming_calls();
    let over = ends.next().await.unwrap();
    line.stops_ringing("over", CallEndReason::CANCELED).await;
    over.ended().next().await.unwrap();
    line.rings("stays", "bob").await;
    let call = line.connected_to("carol").await;
    for _ in 0..2 {
        let mut events = line.agent.events();
        let first: Vec<String> = [events.next().await, events.next().await]
            .iter()
            .flatten()
            .map(agent_event)
            .collect();
        assert_eq!(first, ["calls +1 -0", "rings stays"]);
        // The single stream has lost nothing by that, nor the other way round.
        let mut single = line.agent.incoming_calls();
        assert_eq!(single.next().await.unwrap().id().as_str(), "stays");
    }
    assert_eq!(line.agent.calls(), [call]);
    let handled: Vec<_> = line.agent.incoming_calls_handled().take(2).collect().await;
    assert_eq!(
        handled.iter().map(|one| one.call_id.as_str()).collect::<Vec<_>>(),
        ["over", "stays"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_notification_with_the_id_of_a_call_is_not_handled() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let incoming = incoming(call.id().as_str(), "carol");
    assert!(line.peer.send(ServerMessage::IncomingCall { incoming }).await);
    let handled = line.agent.incoming_calls_handled().next().await.unwrap();
    assert_eq!(
        (handled.call_id, handled.code, handled.sub_code),
        (call.id(), 481, None)
    );
    assert!(line.agent.incoming_calls().next().now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn one_stream_shows_all_that_happens_in_a_call_in_its_order() {
    let mut line = Line::new("b", ()).await;
    let call = line.connected_to("a").await;
    let mut events = call.events();
    let caller = Some(named("a", "Anna"));
    let muted = CallSnapshot {
        is_muted: true,
        caller: caller.clone(),
        transferor: Some(named("d", "Dora")),
        participants: vec![participant("a"), participant("d")],
        ..talking_to(&call.id(), "a")
    };
    line.says(muted.clone()).await;
    let target = line.is_transferred(&call, "to-c", CallState::Ringing).await;
    line.says(CallSnapshot {
        state: CallState::RemoteHold,
        ..muted.clone()
    })
    .await;
    line.says(CallSnapshot {
        state: CallState::Disconnected,
        end_reason: Some(CallEndReason::ENDED_BY_AUTOMATION),
        ..muted
    })
    .await;
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(call_event(&event));
    }
    assert_eq!(
        seen,
        [
            "Connected",
            "muted false",
            "participants +1 -0",
            "caller Anna",
            "transferor true",
            "participants +1 -0",
            "muted true",
            "muted by others",
            "transferred to-c",
            "RemoteHold",
            "participants +2 -2",
            "Disconnected"
        ]
    );
    assert_eq!(target.state(), CallState::Ringing);
}

/// Invariant 7, for transfers in the stream of everything.
#[tokio::test(start_paused = true)]
async fn every_reader_of_all_events_of_a_call_sees_its_transfer_also_when_another_has_seen_it() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    b.is_transferred(&old, "to-c", CallState::Connecting).await;
    for _ in 0..2 {
        let mut events = old.events();
        let first: Vec<String> = events
            .by_ref()
            .take(4)
            .map(|event| call_event(&event))
            .collect()
            .await;
        assert_eq!(
            first,
            [
                "Connected",
                "muted false",
                "participants +1 -0",
                "transferred to-c"
            ]
        );
        let single = old.transfers_accepted().next().await.unwrap();
        assert_eq!(single.target_call.id().as_str(), "to-c");
    }
}

fn question(call: CallId, name: &str) -> ServerMessage {
    ServerMessage::TransferRequested {
        transfer_request: TransferRequestId::new(name),
        call,
        target: Some(user("c")),
    }
}

/// A question that is passed over in the stream of everything is declined, but not where somebody reads questions.
#[tokio::test(start_paused = true)]
async fn a_question_among_all_events_is_left_to_who_reads_questions() {
    let asking = CallAgentOptions::default().transfer_policy(TransferPolicy::Ask);
    let mut b = Line::new("b", asking).await;
    let old = b.connected_to("a").await;
    let mut events = old.events();
    let mut requests = old.transfer_requests();
    assert!(b.peer.send(question(old.id(), "first")).await);
    let overheard = loop {
        if let CallEvent::TransferRequested(request) = events.next().await.unwrap() {
            break request;
        }
    };
    drop(overheard);
    let request = requests.next().await.unwrap();
    let (accepted, answer) = tokio::join!(request.accept(()), b.grant());
    accepted.unwrap();
    assert!(
        matches!(answer, Request::AnswerTransfer { accept: true, .. }),
        "{answer:?}"
    );
    drop(requests);
    assert!(b.peer.send(question(old.id(), "second")).await);
    drop(events.next().await.unwrap());
    let answer = b.grant().await;
    assert!(
        matches!(answer, Request::AnswerTransfer { accept: false, .. }),
        "{answer:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_mute_of_ones_own_is_not_one_by_others() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut by_others = call.muted_by_others();
    let muted = |is_muted| CallSnapshot {
        is_muted,
        ..talking_to(&call.id(), "bob")
    };
    let asked = async {
        let (id, _) = line.peer.receive().await.unwrap();
        line.says(muted(true)).await;
        line.peer.done(id).await
    };
    let (result, _) = tokio::join!(call.mute(), asked);
    result.unwrap();
    assert!(call.is_muted());
    assert!(by_others.next().now_or_never().is_none());
    let (result, _) = tokio::join!(call.unmute(), line.grant());
    result.unwrap();
    line.says(muted(false)).await;
    line.says(muted(true)).await;
    assert_eq!(by_others.next().await, Some(()));
}

/// The id of a call changes: everything that is asked for later, and what was on its way, goes by the new one.
#[tokio::test(start_paused = true)]
async fn a_call_whose_id_changes_is_the_same_call() {
    let mut a = Line::new("a", ()).await;
    let first = a.connected_to("b").await;
    let second = a.connected_to("c").await;
    a.grant().await;
    assert_eq!(first.state(), CallState::LocalHold);
    let old_id = first.id();
    let mut ids = first.id_changes();
    let mut events = first.events();
    // A request is on its way while the id changes.
    let new_id = CallId::new("promoted");
    let promoted = CallSnapshot {
        previous_ids: vec![old_id.clone()],
        state: CallState::LocalHold,
        ..talking_to(&new_id, "b")
    };
    let renaming = async {
        let (id, request) = a.peer.receive().await.unwrap();
        let call = old_id.clone();
        assert_eq!(request, Request::Mute { call, muted: true });
        a.says(promoted.clone()).await;
        a.peer.done(id).await
    };
    let (muted, _) = tokio::join!(first.mute(), renaming);
    muted.unwrap();
    assert_eq!(ids.next().await, Some(new_id.clone()));
    assert_eq!(first.id(), new_id);
    assert_eq!(a.agent.calls(), [first.clone(), second.clone()]);
    let mut seen = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        seen.push(call_event(&event));
    }
    assert!(seen.contains(&"id promoted".to_owned()), "{seen:?}");
    // A transfer to the call goes to its id of now, also for who read the old one.
    for target in [CallId::from(&first), old_id] {
        let transfer = second.transfer_to_call(target, ()).unwrap();
        let Request::Transfer { target, .. } = a.refuse(404, 10_202).await else {
            panic!("no transfer");
        };
        let call = new_id.clone();
        assert_eq!(target, acs_calling::protocol::TransferTarget::Call { call });
        assert!(transfer.outcome().await.is_err());
    }
    // And so does a transfer of the call that is under way: it ends with its call.
    let transfer = first.transfer_to_participant(user("d"), ()).unwrap();
    a.grant().await;
    let third = CallId::new("again");
    a.says(CallSnapshot {
        previous_ids: vec![CallId::new("promoted")],
        ..talking_to(&third, "b")
    })
    .await;
    assert_eq!(ids.next().await, Some(third.clone()));
    assert_eq!(transfer.state(), TransferState::Transferring);
    a.ends(&third, CallEndReason::REMOVED).await;
    assert_eq!(transfer.outcome().await, Err(CallEndReason::REMOVED));
    assert_eq!(first.state(), CallState::Disconnected);
    assert_eq!(ids.next().await, None);
}

/// The id changed while the agent was away, twice: it finds its call again by any of the former ones.
#[tokio::test(start_paused = true)]
async fn a_call_whose_id_changes_during_a_lost_connection_is_found_again() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut ids = call.id_changes();
    drop(line.peer);
    let mut signed_in = session("alice");
    signed_in.calls.push(CallSnapshot {
        previous_ids: vec![call.id(), CallId::new("between")],
        ..talking_to(&CallId::new("now"), "bob")
    });
    let (_peer, _) = welcome(&line.listener, signed_in).await;
    assert_eq!(ids.next().await, Some(CallId::new("now")));
    assert_eq!(call.state(), CallState::Connected);
    assert_eq!(line.agent.calls(), [call]);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_a_caller_may_come_late() {
    let mut line = Line::new("alice", ()).await;
    let ringing = line.rings("in", "bob").await;
    assert_eq!(ringing.caller_info(), CallerInfo::new(user("bob")));
    let mut callers = ringing.caller_info_changes();
    let mut transferors = ringing.transferor_info_changes();
    let incoming = IncomingCallInfo {
        caller: named("bob", "Bob"),
        transferor: Some(named("carol", "Carol")),
        ..incoming("in", "bob")
    };
    assert!(line.peer.send(ServerMessage::IncomingCall { incoming }).await);
    assert_eq!(callers.next().await, Some(named("bob", "Bob")));
    assert_eq!(transferors.next().await, Some(Some(named("carol", "Carol"))));
    assert_eq!(ringing.caller_info(), named("bob", "Bob"));
    assert_eq!(ringing.transferor_info(), Some(named("carol", "Carol")));
    let (call, _) = tokio::join!(ringing.accept(()), line.grant());
    let call = call.unwrap();
    assert_eq!(callers.next().await, None, "it does not ring any more");
    assert_eq!(call.caller_info(), Some(named("bob", "Bob")));
    let mut callers = call.caller_info_changes();
    let mut transferors = call.transferor_info_changes();
    assert_eq!(callers.next().await, Some(Some(named("bob", "Bob"))));
    assert_eq!(transferors.next().await, Some(Some(named("carol", "Carol"))));
    let mut connected = snapshot(&call.id(), CallState::Connected);
    connected.caller = Some(named("bob", "Robert"));
    line.says(connected).await;
    assert_eq!(callers.next().await, Some(Some(named("bob", "Robert"))));
    assert_eq!(transferors.next().await, Some(None));
}

/// A name of a participant that changes is an update of the collection.
#[tokio::test(start_paused = true)]
async fn a_participant_may_get_another_name() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut updates = call.remote_participants_updates();
    assert_eq!(updates.next().await.unwrap().added[0].display_name, None);
    let mut renamed = talking_to(&call.id(), "bob");
    renamed.participants[0].display_name = Some("Bob".to_owned());
    line.says(renamed).await;
    let update = updates.next().await.unwrap();
    assert_eq!(update.removed[0].display_name, None);
    assert_eq!(update.added[0].display_name.as_deref(), Some("Bob"));
}
