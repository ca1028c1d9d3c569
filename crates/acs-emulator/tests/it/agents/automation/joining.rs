//! An application comes into a call that agents began, by its server call id.

use acs_calling::CallState;
use futures::StreamExt as _;
use serde_json::json;

use super::super::{Office, becomes, talk};
use crate::harness::{App, soon};

#[tokio::test]
async fn an_application_connects_to_a_call_between_two_agents_and_sees_both() {
    let mut app = App::start().await;
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let mut updates = at_a.remote_participants_updates();
    assert_eq!(soon("who is there", updates.next()).await.unwrap().added.len(), 1);
    let server_call_id = at_a.server_call_id().unwrap();
    let body = json!({
        "callLocator": { "kind": "serverCallLocator", "serverCallId": server_call_id.as_str() },
        "callbackUri": app.callback("app"),
    });
    let connected = office
        .client
        .post("/calling/callConnections:connect", &body)
        .await;
    assert_eq!(connected.status, 200, "{connected:?}");
    let event = app.event("app", "CallConnected").await;
    assert_eq!(event["data"]["serverCallId"], server_call_id.as_str());
    let leg = format!("/calling/callConnections/{}", connected.text("callConnectionId"));
    let listed = office.client.get(&format!("{leg}/participants")).await;
    let listed: Vec<&str> = listed.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|participant| participant["identifier"]["rawId"].as_str())
        .collect();
    for agent in [&a, &b] {
        assert!(listed.contains(&&*agent.identity().raw_id()), "{listed:?}");
    }
    // It can do in the call what it could in its own: take one agent out.
    let body = json!({ "participantToRemove": { "rawId": b.identity().raw_id() } });
    let path = format!("{leg}/participants:remove");
    assert_eq!(office.client.post(&path, &body).await.status, 202);
    app.event("app", "RemoveParticipantSucceeded").await;
    becomes(&at_b, CallState::Disconnected).await;
    // The application's leaving is not the end of what agents can do: it is told of theirs.
    at_a.hang_up().await.unwrap();
    app.event("app", "CallDisconnected").await;
}

#[tokio::test]
async fn a_call_of_agents_is_recorded_by_its_server_call_id() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let body = json!({
        "callLocator": {
            "kind": "serverCallLocator",
            "serverCallId": at_a.server_call_id().unwrap().as_str(),
        },
        "recordingStateCallbackUri": app.callback("states"),
    });
    let started = office.client.post("/calling/recordings", &body).await;
    assert_eq!(started.status, 200, "{started:?}");
    let id = started.text("recordingId");
    for state in ["inactive", "active"] {
        let event = app.event("states", "RecordingStateChanged").await;
        assert_eq!(event["data"]["recordingId"], id.as_str());
        assert_eq!(event["data"]["state"], state);
    }
    let path = format!("/calling/recordings/{id}");
    let looked = office.client.get(&path).await;
    assert_eq!(looked.text("recordingState"), "active");
    // It ends with the call.
    at_a.hang_up().await.unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    let state = app.event("states", "RecordingStateChanged").await;
    assert_eq!(state["data"]["state"], "inactive");
}
