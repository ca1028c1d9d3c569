//! Every recorded exchange of the real service, sent and read again by the REST client.
//!
//! The request's body is read into the wire type, sent, and compared with the recorded one; the answer is read
//! into its type, written back, and compared; see [`normal`] for what counts as the same.

use std::collections::BTreeSet;

use acs_call_rest::operation::{self, Method, OPERATIONS};
use acs_call_rest::{Client, ClientOptions, RetryPolicy};
use acs_tests::replay::ReplayServer;
use serde_json::{Value, json};

use crate::rest::{self, Answer};
use crate::shared::{files, normal};

/// Exchanges that are not of this API, with the reason.
const NOT_OURS: &[(&str, &str)] = &[
    (
        "createCall.repeated-1",
        "2022-04-07-preview: `source` has another shape",
    ),
    (
        "createCall.repeated-2",
        "2022-04-07-preview: `source` has another shape",
    ),
    ("summarizeCall", "a preview route that 2026-03-12 does not have"),
    (
        "summarizeCall.spec",
        "an example without a route in the description",
    ),
];

/// Members that a recorded body has and our description has not, with the reason.
const NOT_DESCRIBED: &[(&str, &str, &str)] = &[(
    "startTranscription",
    "request/locales",
    "a list of previews, where 2026-03-12 has one `locale`",
)];

#[tokio::test]
async fn every_recorded_exchange_goes_through_the_client_unchanged() {
    let Some(files) = files("http") else { return };
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for (name, file) in &files {
        if NOT_OURS.iter().any(|(other, _)| other == name) {
            continue;
        }
        count += 1;
        match replay(name, file).await {
            Ok(operation) => {
                seen.insert(operation);
            }
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    println!(
        "{count} exchanges of {} operations replayed, {} not ours",
        seen.len(),
        NOT_OURS.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let all: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.id).collect();
    let missing: Vec<_> = all.difference(&seen).collect();
    assert!(missing.is_empty(), "no exchange of {missing:?}");
}

async fn replay(name: &str, file: &Value) -> Result<&'static str, String> {
    let request = &file["request"];
    let recorded_path = request["path"].as_str().unwrap();
    let path = recorded_path.split('?').next().unwrap();
    let method = Method::parse(request["method"].as_str().unwrap()).unwrap();
    let route = operation::route(method, path).ok_or_else(|| format!("{path} leads nowhere"))?;

    let server = ReplayServer::start([file]).await;
    let connection = server.connection();
    let options = ClientOptions::default().retry(RetryPolicy::none());
    let client = Client::open(connection.endpoint(), connection.access_key().into(), options).unwrap();
    let answer = rest::send(&client, &route, &request["body"]).await;

    let received = server.received();
    let [received] = received.as_slice() else {
        return Err(format!("{} requests were sent", received.len()));
    };
    same("method", &received.method.as_str().into(), &request["method"])?;
    let sent = operation::route(method, received.path.split('?').next().unwrap());
    let sent = sent.ok_or_else(|| format!("{} leads nowhere", received.path))?;
    if (sent.operation.id, &sent.parameters) != (route.operation.id, &route.parameters) {
        return Err(format!("{} was sent, {path} was recorded", received.path));
    }
    let repeatable = received.header("repeatability-request-id").is_some();
    if repeatable != route.operation.repeatable {
        return Err("repeatability headers are wrong".to_owned());
    }
    same(
        "request",
        &normal(&received.json()),
        &known(name, "request", &request["body"]),
    )?;
    let response = &file["response"];
    match answer {
        Answer::Value(value) => {
            let body = known(name, "response", &response["body"]);
            // An operation without a result reads no body.
            let value = normal(&value);
            if value.is_null() && !body.is_null() && !has_result(route.operation.id) {
                return Ok(route.operation.id);
            }
            same("response", &value, &body)?;
        }
        Answer::Refused(refused) => {
            let error = &response["body"]["error"];
            let expected = json!({
                "status": response["status"],
                "code": error["code"],
                "message": error["message"],
                "target": error["target"],
            });
            same("error", &refused, &expected)?;
        }
    }
    Ok(route.operation.id)
}

/// Whether an operation answers with a value. Previews answered some transcription operations with one.
fn has_result(operation: &str) -> bool {
    !["startTranscription", "stopTranscription", "updateTranscription"].contains(&operation)
}

/// A recorded body as far as our description goes.
fn known(name: &str, part: &str, body: &Value) -> Value {
    let mut body = normal(body);
    for (file, pointer, _) in NOT_DESCRIBED {
        let Some(pointer) = pointer.strip_prefix(part) else {
            continue;
        };
        if let (true, Some((parent, member))) = (*file == name, pointer.rsplit_once('/')) {
            let removed = body
                .pointer_mut(parent)
                .and_then(Value::as_object_mut)
                .and_then(|object| object.remove(member));
            assert!(removed.is_some(), "{name} no longer has {part}{pointer}");
        }
    }
    body
}

fn same(what: &str, ours: &Value, recorded: &Value) -> Result<(), String> {
    if ours == recorded {
        return Ok(());
    }
    Err(format!(
        "{what} differs\n    ours:     {ours}\n    recorded: {recorded}"
    ))
}
