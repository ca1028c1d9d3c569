//! Whoever begins muted is muted from the first moment that anybody sees it.

use std::time::Duration;

use acs_calling::{
    AcceptCallOptions, AcceptTransferOptions, Call, CallAgentOptions, CallEndReason, CallLocator, CallState,
    JoinCallOptions, ParticipantState, RemoteParticipant, StartCallOptions, TransferPolicy,
};
use acs_emulator::{ClockMode, Emulator, Latency};
use chrono::Utc;
use futures::StreamExt as _;

use super::{Office, becomes, comes, rings, talk};
use crate::harness::{App, soon};

/// All that was ever shown of somebody who is in the call now.
async fn shown(call: &Call, who: &acs_common::CommunicationIdentifier) -> Vec<RemoteParticipant> {
    let mut updates = call.remote_participants_updates();
    let mut all = Vec::new();
    loop {
        let update = soon("an update", updates.next()).await.unwrap();
        all.extend(update.added.into_iter().filter(|party| party.identifier == *who));
        if all.iter().any(|party| party.state == ParticipantState::Connected) {
            return all;
        }
    }
}

#[tokio::test]
async fn a_caller_and_a_callee_begin_muted() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let options = StartCallOptions::default().muted(true);
    let clerk = office.clerk();
    let call = a
        .start_call([b.identity().clone(), clerk], options)
        .await
        .unwrap();
    let mut mutes = call.is_muted_changes();
    // The clerk is in first and sees both come.
    let offers = [app.offer().await, app.offer().await];
    let clerks = offers
        .iter()
        .find(|offer| offer["data"]["to"]["rawId"] != *b.identity().raw_id());
    let body = serde_json::json!({
        "incomingCallContext": clerks.unwrap()["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = office.client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    becomes(&call, CallState::Connected).await;
    let watching = shown(&call, b.identity());
    let accepting = async {
        let at_b = rings(&b).await.accept(AcceptCallOptions::default().muted(true));
        let at_b = at_b.await.unwrap();
        let mut mutes = at_b.is_muted_changes();
        becomes(&at_b, CallState::Connected).await;
        at_b.unmute().await.unwrap();
        assert_eq!(soon("the state", mutes.next()).await, Some(true));
        assert_eq!(
            soon("the change", mutes.next()).await,
            Some(false),
            "and never before"
        );
    };
    let (seen, ()) = tokio::join!(watching, accepting);
    let connected: Vec<bool> = seen
        .iter()
        .filter(|party| party.state == ParticipantState::Connected)
        .map(|party| party.is_muted)
        .collect();
    assert_eq!(connected.first(), Some(&true), "{seen:?}");
    call.unmute().await.unwrap();
    assert_eq!(soon("the state", mutes.next()).await, Some(true));
    assert_eq!(
        soon("the change", mutes.next()).await,
        Some(false),
        "and never before"
    );
    // The application as well saw nobody but as muted until then.
    let lists = std::iter::from_fn({
        let mut events = app.everything().into_iter();
        move || events.find(|event| event["type"].as_str().unwrap().ends_with("ParticipantsUpdated"))
    });
    let mut seen = 0;
    for list in lists {
        for party in list["data"]["participants"].as_array().unwrap() {
            let raw_id = party["identifier"]["rawId"].as_str().unwrap();
            if raw_id == a.identity().raw_id() && seen == 0 {
                seen += 1;
                assert_eq!(party["isMuted"], true, "{list}");
            }
        }
    }
    assert_eq!(seen, 1);
}

/// The way into a call takes a while: who hangs up on it never comes in, and who mutes is muted when in.
#[tokio::test]
async fn what_an_agent_does_on_its_way_in_counts() {
    let builder = Emulator::builder()
        .clock(ClockMode::Stepped)
        .clock_start(Utc::now())
        .latency(Latency::Fixed(Duration::from_secs(1)));
    let office = Office::of(builder.start().await.unwrap());
    let second = || office.advance(Duration::from_secs(1));
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let mut to_b = b.incoming_calls();
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    second().await.unwrap();
    let at_b = soon("a call", to_b.next())
        .await
        .unwrap()
        .accept(())
        .await
        .unwrap();
    at_b.hang_up().await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::DECLINED));
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    second().await.unwrap();
    let at_b = soon("a call", to_b.next())
        .await
        .unwrap()
        .accept(())
        .await
        .unwrap();
    at_b.mute().await.unwrap();
    let watching = shown(&call, b.identity());
    let (seen, stepped) = tokio::join!(watching, second());
    stepped.unwrap();
    assert!(seen.last().is_some_and(|party| party.is_muted), "{seen:?}");
    assert_eq!(at_b.state(), CallState::Connected);
}

#[tokio::test]
async fn a_transferee_that_is_asked_goes_along_muted() {
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
    request
        .accept(AcceptTransferOptions::default().muted(true))
        .await
        .unwrap();
    let at_c = rings(&c).await.accept(()).await.unwrap();
    let mut seen = at_c.remote_participants_updates();
    let first = comes(&mut seen, b.identity(), ParticipantState::Connected).await;
    assert!(first.is_muted);
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
}

#[tokio::test]
async fn who_joins_muted_is_never_seen_unmuted() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let room_id = "r".to_owned();
    let locator = CallLocator::Room { room_id };
    let at_a = a.join(locator.clone(), ()).await.unwrap();
    let mut seen = at_a.remote_participants_updates();
    let options = JoinCallOptions::default().muted(true);
    let at_b = b.join(locator, options).await.unwrap();
    let first = comes(&mut seen, b.identity(), ParticipantState::Connected).await;
    assert!(first.is_muted);
    assert!(at_b.is_muted());
    assert!(!at_a.is_muted());
}
