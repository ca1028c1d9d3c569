//! The control API, as its client and as `curl` see it.

use acs_common::CommunicationIdentifier;
use acs_emulator::control::ControlClient;
use acs_emulator::{
    CallLocator, ClockMode, Doing, Emulator, ErrorKind, Fault, FaultCondition, FaultOutcome, PartyScript,
    RejectReason,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::harness::{App, Client};

const PHONE: &str = "+16045550123";

async fn started() -> (Emulator, ControlClient, Client, App) {
    let emulator = Emulator::start().await.unwrap();
    let control = ControlClient::new(emulator.endpoint().base()).unwrap();
    let client = Client::new(&emulator);
    (emulator, control, client, App::start().await)
}

/// Sends a request of any method without a signature.
async fn plain(emulator: &Emulator, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(acs_common::tls::without_roots().unwrap())
        .build()
        .unwrap();
    let base = emulator.endpoint().base().trim_end_matches('/').to_owned();
    let mut request = http.request(method.parse().unwrap(), format!("{base}{path}"));
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn every_example_of_the_description_is_understood() {
    let (emulator, _, client, _app) = started().await;
    let (status, description) = client.plain("/emulator/openapi.json").await;
    assert_eq!(status, 200);
    let mut examples = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let content = &operation["requestBody"]["content"]["application/json"];
            let body = content.get("example");
            let raw_id = item["parameters"][0]["example"].as_str().unwrap_or_default();
            let raw_id = utf8_percent_encode(raw_id, NON_ALPHANUMERIC).to_string();
            let sent = path
                .replace("{rawId}", &raw_id)
                .replace("{serverCallId}", "none")
                .replace("{callConnectionId}", "none")
                .replace("{number}", "0")
                .replace("{file}", "main.js")
                .replace("{form}", "svg")
                .replace("{id}", "fault-1");
            if path == "/emulator/feed" {
                // Goes on for ever; the tests of the page read it.
                continue;
            }
            let method = method.to_uppercase();
            let (status, answer) = plain(&emulator, &method, &sent, body).await;
            examples += usize::from(body.is_some());
            let described = operation["responses"].as_object().unwrap();
            assert!(
                described.contains_key(&status.to_string()),
                "{method} {sent}: {status} {answer}"
            );
            assert_ne!(status, 400, "{method} {sent}: {answer}");
            if status == 404 {
                // Nothing rings, or nothing has this name; but the path is one.
                let message = answer["error"]["message"].as_str().unwrap();
                assert!(!message.contains("no such path"), "{method} {sent}: {message}");
            }
        }
    }
    assert!(examples > 15, "{examples}");
}

#[tokio::test]
async fn what_the_page_reads_is_a_route_like_any_other() {
    let (emulator, control, _, _app) = started().await;
    let (from, to) = (
        CommunicationIdentifier::phone(PHONE),
        CommunicationIdentifier::phone("+16045550124"),
    );
    let call = control.call(&from, &to).await.unwrap();
    let id = call
        .as_str()
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    let base = emulator.endpoint().base().trim_end_matches('/').to_owned();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(acs_common::tls::without_roots().unwrap())
        .build()
        .unwrap();
    for (method, path, expected) in [
        ("GET", "/emulator/journal/0".to_owned(), 200),
        ("HEAD", "/emulator/journal/0".to_owned(), 200),
        ("POST", "/emulator/journal/0".to_owned(), 405),
        ("GET", "/emulator/journal/100000".to_owned(), 404),
        ("GET", "/emulator/journal/x".to_owned(), 400),
        ("HEAD", "/emulator/feed".to_owned(), 200),
        ("DELETE", "/emulator/feed".to_owned(), 405),
        ("GET", "/emulator/feed?since=x".to_owned(), 400),
        ("GET", format!("/emulator/calls/{id}/diagram.json"), 200),
        ("PUT", format!("/emulator/calls/{id}/diagram.svg"), 405),
        ("GET", format!("/emulator/calls/{id}/diagram.gif"), 404),
        ("GET", format!("/emulator/calls/{id}/diagram."), 404),
        ("GET", format!("/emulator/calls/{id}/diagram.svg?last=x"), 400),
        ("GET", "/emulator/calls/%ff/diagram.svg".to_owned(), 400),
        ("GET", "/emulator/ui/none.js".to_owned(), 404),
    ] {
        let request = http.request(method.parse().unwrap(), format!("{base}{path}"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{method} {path}");
        if expected == 405 {
            assert_eq!(response.headers()["allow"], "GET", "{method} {path}");
        }
        if expected >= 400 {
            let error: Value = response.json().await.unwrap();
            assert!(error["error"]["message"].is_string(), "{method} {path}: {error}");
        }
    }
}

#[tokio::test]
async fn a_party_is_called_answers_and_hangs_up_from_outside() {
    let (emulator, control, client, mut app) = started().await;
    let user = control
        .create_user(Some(&PartyScript::no_answer()))
        .await
        .unwrap();
    let body = json!({ "targets": [user], "callbackUri": app.callback("leg") });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    emulator.settled().await;

    let calls = control.calls(10).await.unwrap();
    assert_eq!((calls.open, calls.ended), (1, 0));
    let call = &calls.calls[0];
    assert_eq!(call.legs[0].state, "connecting");
    assert!(
        !call.legs[0].callback_uri.contains("ecret"),
        "{}",
        call.legs[0].callback_uri
    );
    assert_eq!(call.ringing[0].raw_id, user.raw_id());
    let parties = control.parties().await.unwrap();
    let party = parties
        .iter()
        .find(|party| party.raw_id == user.raw_id())
        .unwrap();
    assert_eq!(
        (party.kind.as_str(), party.calls[0].doing),
        ("user", Doing::Ringing)
    );

    control.answer(&user).await.unwrap();
    app.event("leg", "CallConnected").await;
    let id = &call.server_call_id;
    let state = control.call_state(id).await.unwrap();
    assert!(state.established && state.ringing.is_empty() && state.ended.is_none());
    assert_eq!(state.participants.len(), 2);
    control.hang_up(&user).await.unwrap();
    app.event("leg", "CallDisconnected").await;

    let state = control.call_state(id).await.unwrap();
    assert!(state.ended.is_some());
    assert_eq!(state.participants.len(), 2, "as it was right before the end");
    assert_eq!(control.calls(10).await.unwrap().ended, 1);
    let journal = control.call_journal(id).await.unwrap();
    assert!(
        journal
            .entries
            .iter()
            .all(|entry| entry.call.as_deref() == Some(id.as_str()))
    );
    assert!(journal.entries.iter().any(|entry| entry.label == "CallConnected"));
    let error = control.answer(&user).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn a_group_call_and_a_room_go_on_without_the_application_until_it_connects() {
    let (_emulator, control, client, mut app) = started().await;
    let parties = ["+16045550123", "+16045550124"].map(CommunicationIdentifier::phone);
    let group = control.create_group_call(&parties).await.unwrap();
    let body = json!({
        "callLocator": { "kind": "groupCallLocator", "groupCallId": group.group_call_id },
        "callbackUri": app.callback("group"),
    });
    assert_eq!(
        client
            .post("/calling/callConnections:connect", &body)
            .await
            .status,
        200
    );
    app.event("group", "CallConnected").await;
    let state = control.call_state(&group.server_call_id).await.unwrap();
    assert_eq!(state.group_call_id.as_ref(), Some(&group.group_call_id));
    assert!(state.participants.len() >= 2, "{state:?}");

    let room = control.create_room(None, None, &parties[..1]).await.unwrap();
    assert!(room.server_call_id.is_some());
    let late = CommunicationIdentifier::phone("+16045550125");
    control
        .join(&late, &CallLocator::Room(room.room_id.clone()))
        .await
        .unwrap();
    let error = control.create_group_call(&[]).await.unwrap_err();
    assert!(
        error.to_string().starts_with("parties: expected at least one"),
        "{error}"
    );
}

#[tokio::test]
async fn a_call_between_two_parties_can_be_connected_to() {
    let (emulator, control, client, mut app) = started().await;
    let from = CommunicationIdentifier::phone(PHONE);
    let to = CommunicationIdentifier::phone("+16045550124");
    let call = control.call(&from, &to).await.unwrap();
    emulator.settled().await;
    let body = json!({
        "callLocator": { "kind": "serverCallLocator", "serverCallId": call },
        "callbackUri": app.callback("leg"),
    });
    let connected = client.post("/calling/callConnections:connect", &body).await;
    assert_eq!(connected.status, 200, "{connected:?}");
    app.event("leg", "CallConnected").await;
    control.go_offline(&to).await.unwrap();
    app.event("leg", "CallDisconnected").await;
    let state = control.call_state(&call).await.unwrap();
    assert!(
        state.ended.is_some(),
        "a call of two ends with one of them: {state:?}"
    );
    control.go_online(&to).await.unwrap();
}

#[tokio::test]
async fn whoever_is_offline_or_rings_does_not_answer() {
    let (emulator, control, client, mut app) = started().await;
    let phone = CommunicationIdentifier::phone(PHONE);
    let own = emulator.phone_numbers()[0].as_str().to_owned();
    let body = json!({
        "targets": [phone],
        "callbackUri": app.callback("leg"),
        "sourceCallerIdNumber": { "value": own },
    });
    control.go_offline(&phone).await.unwrap();
    client.post("/calling/callConnections", &body).await;
    let failed = app.event("leg", "CreateCallFailed").await;
    assert_ne!(failed["data"]["resultInformation"]["code"], 200);
    let (status, _) = client
        .plain_post("/emulator/parties/4%3A%2B16045550123/ring", &json!({}))
        .await;
    assert_eq!(status, 200);
    client.post("/calling/callConnections", &body).await;
    emulator.settled().await;
    control.reject(&phone, RejectReason::Busy).await.unwrap();
    let failed = app.event("leg", "CreateCallFailed").await;
    assert_eq!(failed["data"]["resultInformation"]["code"], 486);
}

#[tokio::test]
async fn events_are_injected_at_a_leg_and_at_any_address() {
    let (emulator, control, client, mut app) = started().await;
    let phone = CommunicationIdentifier::phone(PHONE);
    let body = json!({
        "targets": [phone],
        "callbackUri": app.callback("leg"),
        "sourceCallerIdNumber": { "value": emulator.phone_numbers()[0].as_str() },
    });
    let created = client.post("/calling/callConnections", &body).await;
    let connected = app.event("leg", "CallConnected").await;
    let leg = created.text("callConnectionId");
    let data = json!({ "operationContext": "own", "resultInformation": { "code": 400, "subCode": 8535 } });
    let entry = control.inject_at(&leg, "PlayFailed", data).await.unwrap();
    let event = app.event("leg", "PlayFailed").await;
    for name in ["callConnectionId", "serverCallId", "correlationId"] {
        assert_eq!(event["data"][name], connected["data"][name], "{name}");
    }
    assert_eq!(event["data"]["operationContext"], "own");
    assert_eq!(event["data"]["resultInformation"]["subCode"], 8535);
    assert_eq!(event["source"], connected["source"]);
    let journal = control.journal(entry).await.unwrap();
    assert_eq!(journal.entries[0].number, entry);
    assert_eq!(journal.entries[0].detail["injected"], true);

    let own = json!({ "id": "1", "type": "Microsoft.Communication.Unheard", "data": { "a": [1] } });
    control.inject(&app.callback("other"), own.clone()).await.unwrap();
    assert_eq!(app.event("other", "Unheard").await, own);
    for (body, message) in [
        (json!({ "event": {} }), "callbackUri: expected an address"),
        (
            json!({ "callbackUri": "ftp://h/", "event": {} }),
            "callbackUri: expected an absolute",
        ),
        (json!({ "callbackUri": "http://h/" }), "type: expected"),
        (
            json!({ "callbackUri": "http://h/", "event": [] }),
            "event: expected an object",
        ),
        (
            json!({ "callbackUrl": "http://h/" }),
            "callbackUrl: unknown field",
        ),
    ] {
        let (status, answer) = client.plain_post("/emulator/events", &body).await;
        let told = answer["error"]["message"].as_str().unwrap();
        assert!(
            status == 400 && told.starts_with(message),
            "{body}: {status} {told}"
        );
    }
    let error = control
        .inject_at("none", "PlayFailed", json!({}))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn numbers_faults_and_the_clock_from_outside() {
    let (emulator, control, ..) = started().await;
    control
        .add_number(&"+14255550199".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(control.numbers().await.unwrap().len(), 2);
    assert_eq!(control.health().await.unwrap().phone_numbers.len(), 2);
    assert_eq!(emulator.phone_numbers().len(), 2);

    let fault = Fault::new(FaultCondition::operation("play"), FaultOutcome::status(500)).named("f");
    let state = control.add_fault(&fault).await.unwrap();
    assert_eq!((state.id.as_str(), state.struck), ("f", 0));
    let bad = Fault::new(FaultCondition::operation("dance"), FaultOutcome::status(500));
    let error = control.replace_faults(&[fault, bad]).await.unwrap_err();
    assert!(error.to_string().starts_with("fault: when.operation"), "{error}");
    assert_eq!(control.faults().await.unwrap().len(), 1, "all or nothing");
    control.remove_fault("f").await.unwrap();
    assert_eq!(
        control.remove_fault("f").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );

    let clock = control.set_clock(ClockMode::Stepped).await.unwrap();
    let later = control.advance(std::time::Duration::from_secs(30)).await.unwrap();
    assert_eq!(later.now - clock.now, chrono::TimeDelta::seconds(30));
    control.reset().await.unwrap();
    assert_eq!(control.clock().await.unwrap(), later);
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let (emulator, ..) = started().await;
    for (method, path, body, status, message) in [
        (
            "GET",
            "/emulator/nothing",
            None,
            404,
            "the emulator has no such path",
        ),
        (
            "PATCH",
            "/emulator/clock",
            None,
            405,
            "this path has other methods: GET, PUT",
        ),
        (
            "PUT",
            "/emulator/clock",
            Some(json!({"mode": "slow"})),
            400,
            "mode: unknown variant",
        ),
        (
            "PUT",
            "/emulator/clock",
            Some(json!({"mode": "scaled"})),
            400,
            "scale: expected",
        ),
        (
            "POST",
            "/emulator/numbers",
            Some(json!({"number": "604"})),
            400,
            "number: ",
        ),
        (
            "POST",
            "/emulator/group-calls",
            Some(json!({"parties": [1]})),
            400,
            "parties[0]: ",
        ),
        (
            "POST",
            "/emulator/parties/4%3A%2B1/press",
            Some(json!({"tones": "one"})),
            400,
            "tones: ",
        ),
        (
            "POST",
            "/emulator/faults",
            Some(json!({"outcome": {"kind": "status", "status": 99}})),
            400,
            "fault: outcome.status: expected a number from 400 to 599",
        ),
        (
            "GET",
            "/emulator/journal?since=x",
            None,
            400,
            "since: expected a number",
        ),
    ] {
        let (given, answer) = plain(&emulator, method, path, body.as_ref()).await;
        let told = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(
            given == status && told.starts_with(message),
            "{method} {path}: {given} {told}"
        );
    }
    let error = ControlClient::new("127.0.0.1:8080").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let control = ControlClient::new(emulator.endpoint().base()).unwrap();
    emulator.shutdown().await;
    assert_eq!(control.health().await.unwrap_err().kind(), ErrorKind::Unreachable);
}
