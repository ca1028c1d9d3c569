//! Error bodies and the headers of every answer, held against the shape of recorded traffic.

use acs_emulator::Emulator;
use serde_json::json;

use crate::harness::{Client, Sending, VERSION};

#[tokio::test]
async fn an_unknown_call_is_answered_as_recorded() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let path = "/calling/callConnections/03009180-465d-4342-b871-4e02e2474f93";
    let target = format!("{path}?{VERSION}");
    let sending = Sending::new("GET", &target, None)
        .header("x-ms-client-request-id", "c0ffee00-0000-4000-8000-000000000001")
        .header("user-agent", "azsdk-net-Communication.CallAutomation/1.6.0");
    let answer = client.send(sending).await;
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.body,
        json!({ "error": { "code": "8522", "message": "Call not found.", "target": path } })
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(
        answer.header("x-ms-client-request-id"),
        Some("c0ffee00-0000-4000-8000-000000000001")
    );
    assert!(
        answer
            .header("api-supported-versions")
            .unwrap()
            .contains("2026-03-12")
    );
    assert!(answer.header("date").is_some());
    assert_eq!(
        answer.header("x-microsoft-skype-client"),
        Some("azsdk-net-Communication.CallAutomation/1.6.0")
    );
    // A call that nobody knows has no chain: the id is a fresh one each time.
    let chain = answer.header("x-microsoft-skype-chain-id").unwrap().to_owned();
    assert_eq!(chain.len(), 36, "{chain}");
    let again = client.get(path).await;
    assert_ne!(again.header("x-microsoft-skype-chain-id"), Some(chain.as_str()));
}

#[tokio::test]
async fn every_operation_on_an_unknown_call_is_404() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let user = json!({ "rawId": "8:acs:u" });
    let call = "/calling/callConnections/none";
    for (path, body) in [
        (":terminate", json!(null)),
        (":transferToParticipant", json!({ "targetParticipant": user })),
        ("/participants:add", json!({ "participantToAdd": user })),
        ("/participants:remove", json!({ "participantToRemove": user })),
        ("/participants:mute", json!({ "targetParticipants": [user] })),
        (
            "/participants:cancelAddParticipant",
            json!({ "invitationId": "i" }),
        ),
        (
            "/participants:moveHere",
            json!({ "targetParticipants": [user], "fromCall": "c" }),
        ),
        (
            ":play",
            json!({ "playSources": [{ "kind": "file", "file": { "uri": "http://[::1]/a.wav" } }] }),
        ),
        (
            ":recognize",
            json!({ "recognizeInputType": "dtmf", "recognizeOptions": { "targetParticipant": user } }),
        ),
        (":cancelAllMediaOperations", json!(null)),
        (
            ":startContinuousDtmfRecognition",
            json!({ "targetParticipant": user }),
        ),
        (
            ":stopContinuousDtmfRecognition",
            json!({ "targetParticipant": user }),
        ),
        (
            ":sendDtmfTones",
            json!({ "targetParticipant": user, "tones": ["one"] }),
        ),
        (":hold", json!({ "targetParticipant": user })),
        (":unhold", json!({ "targetParticipant": user })),
    ] {
        let path = format!("{call}{path}");
        let answer = client.post(&path, &body).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(answer.error(), ("8522", "Call not found."), "{path}");
    }
    for path in [
        format!("{call}/participants"),
        format!("{call}/participants/8%3Aacs%3Au"),
    ] {
        assert_eq!(client.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(client.delete(call).await.status, 404);
}

#[tokio::test]
async fn an_offer_that_does_not_exist_is_404() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let callback = "http://127.0.0.1:9/events";
    for (path, body) in [
        (
            ":answer",
            json!({ "incomingCallContext": "none", "callbackUri": callback }),
        ),
        (":reject", json!({ "incomingCallContext": "none" })),
        (
            ":redirect",
            json!({ "incomingCallContext": "none", "target": { "rawId": "8:acs:u" } }),
        ),
    ] {
        let answer = client
            .post(&format!("/calling/callConnections{path}"), &body)
            .await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(answer.error().0, "8522", "{path}");
    }
}

#[tokio::test]
async fn bad_input_is_400_and_names_the_field() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let calls = "/calling/callConnections";
    let call = "/calling/callConnections/none";
    let user = json!({ "rawId": "8:acs:u" });
    let phone = json!({ "phoneNumber": { "value": "+16041234567" } });
    let back = "http://127.0.0.1:9/events";
    for (path, body, field) in [
        (calls.to_owned(), json!({ "targets": [user] }), "callbackUri"),
        (
            calls.to_owned(),
            json!({ "targets": [], "callbackUri": back }),
            "targets",
        ),
        (calls.to_owned(), json!({ "callbackUri": back }), "targets"),
        (
            calls.to_owned(),
            json!({ "targets": [{}], "callbackUri": back }),
            "targets[0]",
        ),
        (
            calls.to_owned(),
            json!({ "targets": [user], "callbackUri": "events" }),
            "CallbackUri",
        ),
        (
            calls.to_owned(),
            json!({ "targets": [phone], "callbackUri": back }),
            "sourceCallerIdNumber",
        ),
        (
            calls.to_owned(),
            json!({ "targets": [user], "callbackUri": back, "operationContext": "x".repeat(5001) }),
            "operationContext",
        ),
        (
            format!("{calls}:answer"),
            json!({ "callbackUri": back }),
            "incomingCallContext",
        ),
        (
            format!("{calls}:answer"),
            json!({ "incomingCallContext": "x" }),
            "callbackUri",
        ),
        (
            format!("{calls}:redirect"),
            json!({ "incomingCallContext": "x" }),
            "target",
        ),
        (format!("{calls}:reject"), json!({}), "incomingCallContext"),
        (
            format!("{calls}:connect"),
            json!({ "callbackUri": back }),
            "callLocator",
        ),
        (
            format!("{calls}:connect"),
            json!({ "callbackUri": back, "callLocator": { "kind": "roomCallLocator" } }),
            "callLocator.roomId",
        ),
        (
            format!("{call}:transferToParticipant"),
            json!({}),
            "targetParticipant",
        ),
        (format!("{call}/participants:add"), json!({}), "participantToAdd"),
        (
            format!("{call}/participants:add"),
            json!({ "participantToAdd": user, "invitationTimeoutInSeconds": 181 }),
            "invitationTimeoutInSeconds",
        ),
        (
            format!("{call}/participants:add"),
            json!({ "participantToAdd": user, "operationCallbackUri": "nowhere" }),
            "OperationCallbackUri",
        ),
        (
            format!("{call}/participants:add"),
            json!({ "participantToAdd": user, "customCallingContext": { "sipHeaders": { "Case": "42" } } }),
            "customCallingContext.sipHeaders",
        ),
        (
            format!("{call}/participants:add"),
            json!({ "participantToAdd": user, "customCallingContext": { "voipHeaders": { "k": "v".repeat(1025) } } }),
            "customCallingContext.voipHeaders",
        ),
        (
            format!("{call}/participants:remove"),
            json!({}),
            "participantToRemove",
        ),
        (
            format!("{call}/participants:mute"),
            json!({ "targetParticipants": [] }),
            "targetParticipants",
        ),
        (
            format!("{call}/participants:cancelAddParticipant"),
            json!({}),
            "invitationId",
        ),
        (
            format!("{call}/participants:moveHere"),
            json!({ "targetParticipants": [user] }),
            "fromCall",
        ),
    ] {
        let answer = client.post(&path, &body).await;
        assert_eq!(answer.status, 400, "{path} {body}: {answer:?}");
        let (code, message) = answer.error();
        assert!(message.contains(field), "{path}: {message}");
        assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        assert_eq!(answer.body["error"]["target"], path.as_str());
    }
    let target = format!("{calls}?{VERSION}");
    let mut sending = Sending::new("POST", &target, None);
    sending.body = "{\"targets\":".to_owned();
    let answer = client.send(sending).await;
    assert_eq!(answer.status, 400);
    assert!(answer.error().1.contains("not JSON"), "{answer:?}");
}

#[tokio::test]
async fn unknown_paths_methods_and_versions_are_told_apart() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    for path in ["/nothing", "/calling/callConnections/c:dance", "/calling"] {
        let answer = client.post(path, &json!({})).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(
            answer.error().1.contains("No operation has the path"),
            "{answer:?}"
        );
    }
    for (path, allowed) in [
        ("/calling/callConnections", "POST"),
        ("/calling/callConnections/c:play", "POST"),
        ("/calling/callConnections/c/participants:add", "POST"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 405, "{path}: {answer:?}");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    for query in ["", "?api-version=2019-01-01", "?api-version=2025-08-15-preview"] {
        let target = format!("/calling/callConnections/c{query}");
        let answer = client.send(Sending::new("GET", &target, None)).await;
        assert_eq!(answer.status, 404, "{query}: {answer:?}");
        let error = &answer.body["error"];
        assert!(error["code"].is_null(), "{answer:?}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("No HTTP resource was found that matches the request URI"));
        assert!(message.contains(&target), "{message}");
    }
    for version in [
        "2023-10-15",
        "2024-04-15",
        "2024-09-15",
        "2025-05-15",
        "2025-06-15",
    ] {
        let target = format!("/calling/callConnections/c?api-version={version}");
        let answer = client.send(Sending::new("GET", &target, None)).await;
        assert_eq!(answer.error().0, "8522", "{version}");
    }
}

#[tokio::test]
async fn every_operation_of_the_service_is_carried_out() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    for operation in acs_call_rest::operation::OPERATIONS {
        let path = operation.path.replace(['{', '}'], "");
        let target = format!("{path}?api-version=2026-03-12");
        let body = json!({});
        let sending = Sending::new(operation.method.as_str(), &target, Some(&body));
        let answer = client.send(sending).await;
        assert_ne!(answer.status, 501, "{}: {answer:?}", operation.id);
    }
}
