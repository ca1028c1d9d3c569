//! A repeated request gets the same answer and is carried out once.

use acs_common::CommunicationUserIdentifier;
use acs_emulator::{Emulator, JournalKind, PartyScript};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, Sending, VERSION};

const FIRST_SENT: &str = "Thu, 24 Jul 2025 09:43:52 GMT";

async fn create(client: &Client, id: &str, body: &Value) -> Answer {
    let target = format!("/calling/callConnections?{VERSION}");
    let sending = Sending::new("POST", &target, Some(body))
        .header("repeatability-request-id", id)
        .header("repeatability-first-sent", FIRST_SENT);
    client.send(sending).await
}

fn body(user: &CommunicationUserIdentifier, app: &App) -> Value {
    json!({ "targets": [{ "rawId": user.id() }], "callbackUri": app.callback("caller") })
}

/// How often a party was rung, once nothing more is due.
async fn rings(emulator: &Emulator) -> usize {
    emulator.settled().await;
    emulator
        .journal()
        .iter()
        .filter(|entry| entry.kind == JournalKind::Signal && entry.label == "rings")
        .count()
}

#[tokio::test]
async fn the_same_id_and_body_get_the_stored_answer() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let user = emulator.create_user();
    let body = body(&user, &app);
    let first = create(&client, "id-1", &body).await;
    assert_eq!(first.status, 201, "{first:?}");
    let second = create(&client, "id-1", &body).await;
    assert_eq!(second.status, 201);
    assert_eq!(first.body, second.body);
    assert_eq!(
        first.header("x-microsoft-skype-chain-id"),
        second.header("x-microsoft-skype-chain-id")
    );
    let other = create(&client, "id-2", &body).await;
    assert_ne!(first.body["callConnectionId"], other.body["callConnectionId"]);
    app.event("caller", "CallConnected").await;
    app.event("caller", "CallConnected").await;
    assert_eq!(rings(&emulator).await, 2);
}

#[tokio::test]
async fn requests_at_the_same_moment_are_carried_out_once() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let app = App::start().await;
    let user = emulator.create_user();
    emulator.set_script(user.clone(), PartyScript::no_answer());
    let body = body(&user, &app);
    let answers = join_all((0..16).map(|_| create(&client, "id-1", &body))).await;
    for answer in &answers {
        assert_eq!(answer.status, 201);
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(rings(&emulator).await, 1);
}

#[tokio::test]
async fn the_same_id_with_another_body_is_refused() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let app = App::start().await;
    let body = body(&emulator.create_user(), &app);
    assert_eq!(create(&client, "id-1", &body).await.status, 201);
    let mut other = body.clone();
    other["operationContext"] = json!("another");
    let answer = create(&client, "id-1", &other).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("repeatability-result"), Some("rejected"));
    assert!(
        answer.error().1.contains("Repeatability-Request-ID"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn operations_on_a_call_say_that_they_honour_it() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let created = create(&client, "id-1", &body(&emulator.create_user(), &app)).await;
    // As recorded: not on create, answer, connect and reject.
    assert_eq!(created.header("repeatability-result"), None);
    app.event("caller", "CallConnected").await;
    let target = format!(
        "/calling/callConnections/{}:terminate?{VERSION}",
        created.text("callConnectionId")
    );
    for _ in 0..2 {
        let sending = Sending::new("POST", &target, None)
            .header("repeatability-request-id", "id-2")
            .header("repeatability-first-sent", FIRST_SENT);
        let answer = client.send(sending).await;
        assert_eq!(answer.status, 204, "a second terminate alone would be 404");
        assert_eq!(answer.header("repeatability-result"), Some("accepted"));
    }
    let answer = client.send(Sending::new("POST", &target, None)).await;
    assert_eq!(answer.status, 404);
}
