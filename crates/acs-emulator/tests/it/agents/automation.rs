//! Agents and applications in the same calls.

mod asking;
mod joining;
mod steering;

use acs_calling::{CallEndReason, CallState, ErrorKind, IncomingEnd};
use acs_common::enums::DtmfTone;
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, becomes, rings};
use crate::harness::{App, soon};

#[tokio::test]
async fn an_application_answers_an_agent_hears_its_keys_and_transfers_it() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let call = b.start_call([office.clerk()], ()).await.unwrap();
    let offer = app.offer().await;
    assert_eq!(offer["data"]["from"]["rawId"], *b.identity().raw_id());
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = office.client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    let id = answered.text("callConnectionId");
    app.event("app", "CallConnected").await;
    becomes(&call, CallState::Connected).await;
    assert_eq!(
        call.server_call_id().unwrap().as_str(),
        offer["data"]["serverCallId"].as_str().unwrap()
    );
    let who = json!({ "rawId": b.identity().raw_id() });
    let body = json!({ "targetParticipant": who });
    let path = format!("/calling/callConnections/{id}:startContinuousDtmfRecognition");
    assert_eq!(office.client.post(&path, &body).await.status, 200);
    call.send_dtmf(DtmfTone::Five).await.unwrap();
    let heard = app.event("app", "ContinuousDtmfRecognitionToneReceived").await;
    assert_eq!(heard["data"]["tone"], "five");
    // Invariant 9: a server transfers as a client does.
    let body = json!({ "targetParticipant": { "rawId": c.identity().raw_id() } });
    let path = format!("/calling/callConnections/{id}:transferToParticipant");
    assert_eq!(office.client.post(&path, &body).await.status, 202);
    let accepted = soon("a target call", call.transfers_accepted().next())
        .await
        .unwrap();
    let ringing = rings(&c).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    let at_c = ringing.accept(()).await.unwrap();
    app.event("app", "CallTransferAccepted").await;
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_c, CallState::Connected).await;
    becomes(&call, CallState::Disconnected).await;
}

#[tokio::test]
async fn an_agent_and_an_application_are_offered_the_same_call_and_the_first_has_it() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    // The application is first.
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    let ringing = rings(&b).await;
    let offer = app.offer().await;
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = office.client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::ANSWERED_ELSEWHERE)));
    assert_eq!(
        ringing.accept(()).await.unwrap_err().kind(),
        ErrorKind::NoLongerRinging
    );
    becomes(&call, CallState::Connected).await;
    call.hang_up().await.unwrap();
    app.event("app", "CallDisconnected").await;
    // The agent is first.
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    let offer = app.offer().await;
    let mut incoming = b.incoming_calls();
    soon("a call", incoming.next())
        .await
        .unwrap()
        .accept(())
        .await
        .unwrap();
    becomes(&call, CallState::Connected).await;
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("late"),
    });
    let late = office.client.post("/calling/callConnections:answer", &body).await;
    assert!((400..500).contains(&late.status), "{late:?}");
}

#[tokio::test]
async fn an_application_is_not_transferred_by_an_agent() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let call = a.start_call([office.clerk()], ()).await.unwrap();
    office.answer(&mut app, "app").await;
    becomes(&call, CallState::Connected).await;
    let transfer = call.transfer_to_participant(b.identity().clone(), ()).unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome.unwrap_err().code, 400);
    assert_eq!(call.state(), CallState::Connected);
    // Nobody rang: B can be called, and that is its first call.
    call.hang_up().await.unwrap();
    let next = a.start_call([b.identity().clone()], ()).await.unwrap();
    assert!(rings(&b).await.transferor_info().is_none());
    next.hang_up().await.unwrap();
}

#[tokio::test]
async fn an_application_calls_an_agent_and_removes_it() {
    let mut app = App::start().await;
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let body = json!({
        "targets": [{ "rawId": a.identity().raw_id() }, { "rawId": b.identity().raw_id() }],
        "callbackUri": app.callback("app"),
    });
    let created = office.client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.text("callConnectionId");
    let at_a = rings(&a).await.accept(()).await.unwrap();
    let at_b = rings(&b).await.accept(()).await.unwrap();
    becomes(&at_a, CallState::Connected).await;
    becomes(&at_b, CallState::Connected).await;
    app.event("app", "CallConnected").await;
    let body = json!({ "targetParticipant": { "rawId": a.identity().raw_id() } });
    let path = format!("/calling/callConnections/{id}/participants:mute");
    let muting = json!({ "targetParticipants": [{ "rawId": a.identity().raw_id() }] });
    assert_eq!(office.client.post(&path, &muting).await.status, 200);
    let mut mutes = at_a.is_muted_changes();
    while soon("the mute", mutes.next()).await != Some(true) {}
    let path = format!("/calling/callConnections/{id}:hold");
    assert_eq!(office.client.post(&path, &body).await.status, 200);
    becomes(&at_a, CallState::RemoteHold).await;
    let path = format!("/calling/callConnections/{id}/participants:remove");
    let removing = json!({ "participantToRemove": { "rawId": a.identity().raw_id() } });
    assert_eq!(office.client.post(&path, &removing).await.status, 202);
    becomes(&at_a, CallState::Disconnected).await;
    assert_eq!(at_a.call_end_reason(), Some(CallEndReason::REMOVED));
}
