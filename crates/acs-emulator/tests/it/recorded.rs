//! Answers held against recorded ones: the status, the names of the headers, the names of the members.
//!
//! The recordings are no part of this repository; without them these tests say so and check nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use acs_emulator::{Emulator, EventGridSchema};
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, Sending, versioned};

fn recorded(name: &str) -> Option<Value> {
    let folder = std::env::var_os("ACS_RECORDINGS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/recordings")),
        PathBuf::from,
    );
    let path = folder.join("http").join(format!("{name}.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no recording at {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// The names of the members at every depth, without the places in lists.
fn members(value: &Value, prefix: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let name = format!("{prefix}.{name}");
                members(member, &name, names);
                names.insert(name);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| members(item, &format!("{prefix}[]"), names)),
        _ => {}
    }
}

fn names(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    members(value, "", &mut found);
    found
}

/// Fails where the answer differs from the recording in status, header names or member names.
pub(crate) fn same_shape(name: &str, answer: &Answer) {
    let Some(recording) = recorded(name) else { return };
    let response = &recording["response"];
    assert_eq!(
        u64::from(answer.status),
        response["status"].as_u64().unwrap(),
        "{name}"
    );
    assert_eq!(names(&answer.body), names(&response["body"]), "{name}");
    for header in response["headers"].as_object().unwrap().keys() {
        // Older recordings give a length; a 204 has none by the rules of HTTP.
        if header != "Content-Length" {
            assert!(
                answer.header(&header.to_ascii_lowercase()).is_some(),
                "{name}: {header}"
            );
        }
    }
    let has = |name: &str| {
        let headers = response["headers"].as_object().unwrap();
        headers.keys().any(|known| known.eq_ignore_ascii_case(name))
    };
    assert_eq!(
        answer.header("repeatability-result").is_some(),
        has("repeatability-result"),
        "{name}"
    );
    assert_eq!(
        answer.header("content-type").is_some(),
        has("content-type"),
        "{name}"
    );
}

/// Sends as the .NET client does: with a request id, and repeatably where it does so.
pub(crate) async fn send(client: &Client, method: &str, path: &str, body: Option<Value>) -> Answer {
    let target = versioned(path);
    let mut sending = Sending::new(method, &target, body.as_ref())
        .header("x-ms-client-request-id", "c0ffee00-0000-4000-8000-000000000001");
    if method == "POST" {
        let id = format!("{path}{}", body.unwrap_or_default());
        sending = sending
            .header(
                "repeatability-request-id",
                id.len().to_string() + path.rsplit(':').next().unwrap(),
            )
            .header("repeatability-first-sent", "Thu, 24 Jul 2025 09:43:52 GMT");
    }
    client.send(sending).await
}

#[tokio::test]
async fn answers_have_the_shape_of_recorded_ones() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let (caller, callee, third) = (
        emulator.create_user(),
        emulator.create_user(),
        emulator.create_user(),
    );
    let calls = "/calling/callConnections";
    let create = json!({
        "targets": [{ "rawId": callee.id(), "communicationUser": { "id": callee.id() } }],
        "source": { "id": caller.id() },
        "callbackUri": app.callback("caller"),
        "callIntelligenceOptions": {},
    });

    // A call that is rejected.
    let created = send(&client, "POST", calls, Some(create.clone())).await;
    same_shape("createCall", &created);
    let offer = app.offer().await;
    let reject = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callRejectReason": "none",
    });
    let rejected = send(&client, "POST", &format!("{calls}:reject"), Some(reject)).await;
    same_shape("rejectCall", &rejected);
    app.event("caller", "CreateCallFailed").await;
    let gone = format!("{calls}/{}", created.text("callConnectionId"));
    let missing = send(&client, "GET", &gone, None).await;
    same_shape("getCall.not-found", &missing);
    assert_eq!(
        missing.body["error"],
        json!({ "code": "8522", "message": "Call not found.", "target": gone })
    );

    // A call that is answered.
    let mut create = create;
    create["operationContext"] = json!("answered");
    let created = send(&client, "POST", calls, Some(create)).await;
    let offer = app.offer().await;
    let answer = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("callee"),
        "callIntelligenceOptions": {},
        "answeredBy": { "id": callee.id() },
    });
    let answered = send(&client, "POST", &format!("{calls}:answer"), Some(answer)).await;
    same_shape("answerCall", &answered);
    app.event("caller", "CallConnected").await;
    app.event("callee", "CallConnected").await;
    let call = format!("{calls}/{}", created.text("callConnectionId"));
    same_shape("getCall", &send(&client, "GET", &call, None).await);

    let connect = json!({
        "callLocator": { "serverCallId": answered.text("serverCallId"), "kind": "serverCallLocator" },
        "callbackUri": app.callback("connected"),
        "callIntelligenceOptions": {},
    });
    let connected = send(&client, "POST", &format!("{calls}:connect"), Some(connect)).await;
    same_shape("connect", &connected);
    app.event("connected", "CallConnected").await;
    let leg = format!("{calls}/{}", connected.text("callConnectionId"));
    same_shape("getCall.connected-leg", &send(&client, "GET", &leg, None).await);
    same_shape("hangupCall", &send(&client, "DELETE", &leg, None).await);

    let start = json!({
        "callLocator": { "serverCallId": answered.text("serverCallId"), "kind": "serverCallLocator" },
        "recordingStateCallbackUri": app.callback("recording"),
        "recordingContentType": null,
        "recordingChannelType": null,
        "recordingFormatType": null,
        "pauseOnStart": false,
    });
    let started = send(&client, "POST", "/calling/recordings", Some(start)).await;
    same_shape("startRecording", &started);
    app.event("recording", "RecordingStateChanged").await;
    let recording = format!("/calling/recordings/{}", started.text("recordingId"));
    same_shape(
        "getRecordingProperties",
        &send(&client, "GET", &recording, None).await,
    );
    for (verb, name) in [("pause", "pauseRecording"), ("resume", "resumeRecording")] {
        let target = versioned(&format!("{recording}:{verb}"));
        let sending = Sending::new("POST", &target, None)
            .header("x-ms-client-request-id", "c0ffee00-0000-4000-8000-000000000002");
        same_shape(name, &client.send(sending).await);
    }
    same_shape("stopRecording", &send(&client, "DELETE", &recording, None).await);
    same_shape(
        "getRecordingProperties.not-found",
        &send(&client, "GET", &recording, None).await,
    );
    let files = app.offer().await;
    assert_eq!(
        files["eventType"],
        "Microsoft.Communication.RecordingFileStatusUpdated"
    );

    let path = format!("{call}/participants/{}", callee.id().replace(':', "%3A"));
    same_shape("getParticipant", &send(&client, "GET", &path, None).await);
    same_shape(
        "getParticipants",
        &send(&client, "GET", &format!("{call}/participants"), None).await,
    );

    let add = json!({
        "participantToAdd": { "rawId": third.id(), "communicationUser": { "id": third.id() } },
        "invitationTimeoutInSeconds": 60,
        "operationContext": "add",
        "customCallingContext": { "voipHeaders": {} },
    });
    let added = send(&client, "POST", &format!("{call}/participants:add"), Some(add)).await;
    same_shape("addParticipant", &added);
    app.offer().await;
    let cancel = json!({ "invitationId": added.text("invitationId"), "operationContext": "cancel" });
    let path = format!("{call}/participants:cancelAddParticipant");
    same_shape(
        "cancelAddParticipant",
        &send(&client, "POST", &path, Some(cancel)).await,
    );
    app.event("caller", "CancelAddParticipantSucceeded").await;

    let remove = json!({
        "participantToRemove": { "rawId": callee.id(), "communicationUser": { "id": callee.id() } },
        "operationContext": "remove",
    });
    let path = format!("{call}/participants:remove");
    same_shape(
        "removeParticipant",
        &send(&client, "POST", &path, Some(remove)).await,
    );
}

#[tokio::test]
async fn a_terminated_call_is_answered_as_recorded() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let create = json!({
        "targets": [{ "rawId": emulator.create_user().id() }],
        "callbackUri": app.callback("caller"),
    });
    let created = client.post("/calling/callConnections", &create).await;
    app.event("caller", "CallConnected").await;
    let path = format!(
        "/calling/callConnections/{}:terminate",
        created.text("callConnectionId")
    );
    same_shape("terminateCall", &send(&client, "POST", &path, None).await);
}
