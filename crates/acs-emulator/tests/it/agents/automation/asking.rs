//! An application transfers an agent that wants to be asked.

use std::time::Duration;

use acs_calling::{AcceptTransferOptions, CallAgentOptions, CallState, ErrorKind, TransferPolicy};
use futures::{FutureExt as _, StreamExt as _};
use serde_json::json;

use super::super::cut::Cut;
use super::super::{Office, becomes, rings};
use super::steering::{Desk, raw};
use crate::harness::soon;

fn asking() -> CallAgentOptions {
    CallAgentOptions::default().transfer_policy(TransferPolicy::Ask)
}

/// An application in a call with an agent that wants to be asked.
async fn desk() -> Desk {
    let office = Office::stepped().await;
    let who = office.somebody(&["voip"]).await;
    let agent = office.sign_in(&who, "desk", asking()).await.unwrap();
    Desk::with(office, agent).await
}

async fn fails(desk: &mut Desk) -> u64 {
    let failed = desk.app.event("app", "CallTransferFailed").await;
    failed["data"]["resultInformation"]["code"].as_u64().unwrap()
}

#[tokio::test]
async fn nobody_rings_before_the_agent_has_agreed_to_what_the_application_wants() {
    let mut desk = desk().await;
    let target = desk.office.agent("Target").await;
    let mut requests = desk.call.transfer_requests();
    let mut ringing = target.incoming_calls();
    let body = json!({ "targetParticipant": raw(target.identity()) });
    desk.post(":transferToParticipant", 202, body.clone()).await;
    let request = soon("a question", requests.next()).await.unwrap();
    assert_eq!(request.target_participant(), Some(target.identity()));
    desk.office.advance(Duration::from_secs(20)).await.unwrap();
    request.reject().await.unwrap();
    assert_eq!(fails(&mut desk).await, 603);
    assert!(ringing.next().now_or_never().is_none(), "nobody was rung");
    assert_eq!(desk.call.state(), CallState::Connected);
    assert!(desk.call.transfers_accepted().next().now_or_never().is_none());
    // And the next one is agreed to.
    desk.post(":transferToParticipant", 202, body).await;
    let request = soon("a question", requests.next()).await.unwrap();
    let muted = AcceptTransferOptions::default().muted(true);
    request.accept(muted).await.unwrap();
    let moved = soon("a target call", desk.call.transfers_accepted().next()).await;
    let moved = moved.unwrap().target_call;
    assert!(moved.is_muted(), "from the first moment");
    let answered = soon("the target", ringing.next()).await.unwrap().accept(()).await;
    becomes(&answered.unwrap(), CallState::Connected).await;
    becomes(&moved, CallState::Connected).await;
    assert!(moved.is_muted());
    becomes(&desk.call, CallState::Disconnected).await;
    desk.app.event("app", "CallTransferAccepted").await;
}

#[tokio::test]
async fn a_question_that_nobody_answers_runs_out_of_time() {
    let mut desk = desk().await;
    let target = desk.office.agent("Target").await;
    let body = json!({ "targetParticipant": raw(target.identity()) });
    desk.post(":transferToParticipant", 202, body).await;
    let request = soon("a question", desk.call.transfer_requests().next())
        .await
        .unwrap();
    desk.office.advance(Duration::from_secs(60)).await.unwrap();
    assert_eq!(fails(&mut desk).await, 487);
    assert_eq!(desk.call.state(), CallState::Connected);
    // What is said after the end of the question has been read when this has.
    desk.post(
        ":hold",
        200,
        json!({ "targetParticipant": raw(desk.agent.identity()) }),
    )
    .await;
    becomes(&desk.call, CallState::RemoteHold).await;
    let error = request.accept(()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoLongerRequested);
    assert!(target.incoming_calls().next().now_or_never().is_none());
}

#[tokio::test]
async fn a_question_ends_with_its_connection_and_with_its_call() {
    let office = Office::stepped().await;
    let who = office.somebody(&["voip"]).await;
    let line = Cut::new(&office);
    let agent = line.agent(&who, asking()).await;
    let mut desk = Desk::with(office, agent).await;
    let target = desk.office.agent("Target").await;
    let mut requests = desk.call.transfer_requests();
    let body = json!({ "targetParticipant": raw(target.identity()) });
    desk.post(":transferToParticipant", 202, body.clone()).await;
    let request = soon("a question", requests.next()).await.unwrap();
    line.cut().await;
    assert_eq!(fails(&mut desk).await, 603, "who is away declines");
    // The call is still there when the line is back, and can be asked about again.
    desk.post(
        ":hold",
        200,
        json!({ "targetParticipant": raw(desk.agent.identity()) }),
    )
    .await;
    becomes(&desk.call, CallState::RemoteHold).await;
    let error = request.accept(()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoLongerRequested);
    desk.post(
        ":unhold",
        200,
        json!({ "targetParticipant": raw(desk.agent.identity()) }),
    )
    .await;
    becomes(&desk.call, CallState::Connected).await;
    desk.post(":transferToParticipant", 202, body).await;
    let request = soon("a question", requests.next()).await.unwrap();
    desk.call.hang_up().await.unwrap();
    desk.app.event("app", "CallDisconnected").await;
    assert!(request.accept(()).await.is_err());
    assert!(target.incoming_calls().next().now_or_never().is_none());
}

/// It is the device in the call that is asked: another one of the same person may want otherwise.
#[tokio::test]
async fn a_device_that_does_not_want_to_be_asked_goes_along() {
    let office = Office::stepped().await;
    let who = office.somebody(&["voip"]).await;
    let plain = office
        .sign_in(&who, "mobile", CallAgentOptions::default())
        .await
        .unwrap();
    let other = office.sign_in(&who, "desk", asking()).await.unwrap();
    let desk = Desk::with(office, plain).await;
    let target = desk.office.agent("Target").await;
    let body = json!({ "targetParticipant": raw(target.identity()) });
    desk.post(":transferToParticipant", 202, body).await;
    rings(&target).await.accept(()).await.unwrap();
    let moved = soon("a target call", desk.call.transfers_accepted().next()).await;
    becomes(&moved.unwrap().target_call, CallState::Connected).await;
    assert!(other.calls().is_empty());
}
