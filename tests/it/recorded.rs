//! Every operation against the recordings of this repository.
//!
//! A replay server gives the recorded answer; the client is asked for the same as in the recording, and its
//! request and its outcome are compared with what was recorded.

use std::collections::{BTreeMap, BTreeSet};

use acs_call_automation::{CallAutomationClient, RetryPolicy};
use acs_call_rest::operation::{self, Method, OPERATIONS};
use acs_common::signing::content_hash;
use acs_tests::recording::{self, SANITIZED};
use acs_tests::replay::{Received, ReplayServer};
use acs_tests::scenario::{self, Input, Scenario};
use acs_tests::soon;
use serde_json::Value;

fn recordings() -> BTreeMap<String, Value> {
    recording::load(&recording::folder()).unwrap()
}

#[tokio::test]
async fn every_recording_is_replayed_to_the_recorded_outcome() {
    let recordings = recordings();
    let scenarios: BTreeMap<String, Scenario> = scenario::all()
        .into_iter()
        .map(|scenario| (scenario.name(), scenario))
        .collect();
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(
        names(recordings.keys().collect()),
        names(scenarios.keys().collect()),
        "recordings and scenarios differ; run `cargo xtask record`"
    );
    for (name, file) in &recordings {
        replay(name, file, &scenarios[name]).await;
    }
    println!("{} recordings replayed", recordings.len());
}

async fn replay(name: &str, file: &Value, scenario: &Scenario) {
    let exchanges: Vec<&Value> = std::iter::once(file)
        .chain(file["then"].as_array().into_iter().flatten())
        .collect();
    let server = ReplayServer::start(exchanges.iter().copied()).await;
    let client = CallAutomationClient::builder()
        .connection_string(server.connection().expose())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let outcome = soon(name, (scenario.act)(client, Input::from_json(&file["input"]))).await;
    assert_eq!(outcome, file["outcome"], "{name}: the outcome differs");
    assert_eq!(server.left(), 0, "{name}: not every request was sent");
    let received = server.received();
    assert_eq!(received.len(), exchanges.len(), "{name}: number of requests");
    for (received, exchange) in received.iter().zip(exchanges) {
        compare(name, received, &exchange["request"]);
    }
}

fn compare(name: &str, received: &Received, recorded: &Value) {
    assert_eq!(received.method, recorded["method"], "{name}: method");
    assert_eq!(received.path, recorded["path"], "{name}: path");
    assert_eq!(received.json(), recorded["body"], "{name}: body");
    let headers = recorded["headers"].as_object().unwrap();
    for (header, value) in headers {
        let sent = received
            .header(header)
            .unwrap_or_else(|| panic!("{name}: no header {header}"));
        if value != SANITIZED {
            assert_eq!(sent, value, "{name}: header {header}");
        }
    }
    for header in ["x-ms-date", "x-ms-content-sha256", "x-ms-client-request-id"] {
        assert!(headers.contains_key(header), "{name}: {header} was not recorded");
    }
    assert_eq!(
        received.header("x-ms-content-sha256"),
        Some(content_hash(&received.body).as_str()),
        "{name}: the hash is not that of the body"
    );
    let authorization = received.header("authorization").unwrap();
    let signature = authorization
        .strip_prefix("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=")
        .unwrap_or_else(|| panic!("{name}: authorization has another form"));
    // 32 bytes in base64.
    assert!(signature.len() == 44 && signature.ends_with('='), "{name}");

    let path = received.path.split('?').next().unwrap();
    let route = operation::route(Method::parse(&received.method).unwrap(), path).unwrap();
    for header in ["repeatability-request-id", "repeatability-first-sent"] {
        let repeatable = route.operation.repeatable;
        assert_eq!(received.header(header).is_some(), repeatable, "{name}: {header}");
        assert_eq!(
            headers.contains_key(header),
            repeatable,
            "{name}: recorded {header}"
        );
    }
}

#[test]
fn every_operation_has_a_success_and_an_error_recording() {
    let mut statuses: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let recordings = recordings();
    for (name, file) in &recordings {
        let operation = file["meta"]["operation"].as_str().unwrap();
        let operation = operation::find(operation).unwrap_or_else(|| panic!("{name}: {operation}"));
        let status = u16::try_from(file["response"]["status"].as_u64().unwrap()).unwrap();
        let (good, bad) = statuses.entry(operation.id).or_default();
        if operation.success.contains(&status) {
            assert!(
                file["outcome"]["ok"].is_object() || file["outcome"].get("ok").is_some(),
                "{name}"
            );
            *good += 1;
        } else {
            assert!(file["outcome"]["error"]["kind"].is_string(), "{name}");
            *bad += 1;
        }
    }
    for operation in OPERATIONS {
        let covered = statuses
            .get(operation.id)
            .is_some_and(|(good, bad)| *good > 0 && *bad > 0);
        assert!(covered, "{} {statuses:?}", operation.id);
    }
    assert_eq!(statuses.len(), OPERATIONS.len());
}
