//! Starting, settling, resetting and ending an emulator.

use std::time::Duration;

use acs_emulator::{Emulator, ErrorKind, EventGridSchema, JournalKind};
use futures::StreamExt as _;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{App, Client, soon};

async fn call(emulator: &Emulator, client: &Client, callback: &str) -> String {
    let body = json!({
        "targets": [{ "rawId": emulator.create_user().id() }],
        "callbackUri": callback,
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("/calling/callConnections/{}", created.text("callConnectionId"))
}

#[tokio::test]
async fn a_shutdown_delivers_what_is_due_and_takes_nothing_more() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let path = call(&emulator, &client, &app.callback("caller")).await;
    assert_eq!(client.delete(&path).await.status, 204);
    let address = client.authority.clone();
    soon("the shutdown", emulator.shutdown()).await;
    app.event("caller", "CallConnected").await;
    app.event("caller", "CallDisconnected").await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_dropped_emulator_frees_its_port() {
    let emulator = Emulator::start().await.unwrap();
    let mut journal = emulator.journal_stream();
    let address = Client::new(&emulator).authority;
    drop(emulator);
    soon("the port", async {
        while TcpListener::bind(&address).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Nothing writes any more, so the stream ends.
    assert!(soon("the end of the journal", journal.next()).await.is_none());
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_of_its_kind() {
    let emulator = Emulator::start().await.unwrap();
    let address = Client::new(&emulator).authority.parse().unwrap();
    let error = Emulator::builder().listen(address).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Listen);
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    let error = Emulator::builder()
        .event_grid_webhook("nowhere", EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn a_reset_forgets_calls_and_users_without_a_word() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let path = call(&emulator, &client, &app.callback("caller")).await;
    app.event("caller", "CallConnected").await;
    let user = emulator.create_user();
    emulator.settled().await;
    let before = emulator.journal().len();
    emulator.reset();
    emulator.settled().await;
    assert_eq!(client.get(&path).await.status, 404);
    let target = format!("/identities/{}?api-version=2023-10-01", user.id());
    let answer = client
        .send(crate::harness::Sending::new("DELETE", &target, None))
        .await;
    assert_eq!(answer.status, 404);
    let events = emulator.journal().split_off(before);
    assert!(
        events.iter().all(|entry| entry.kind != JournalKind::Event),
        "{events:#?}"
    );
    // The resource is the same: the key still signs.
    call(&emulator, &client, &app.callback("caller")).await;
    app.event("caller", "CallConnected").await;
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let emulator = Emulator::builder().seed(42).start().await.unwrap();
        let client = Client::new(&emulator);
        let user = emulator.create_user();
        let body = json!({ "targets": [{ "rawId": user.id() }], "callbackUri": "http://127.0.0.1:9/" });
        let created = client.post("/calling/callConnections", &body).await;
        seen.push((
            user,
            created.text("callConnectionId"),
            created.text("correlationId"),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn an_event_that_nobody_takes_is_given_up_in_the_journal() {
    let emulator = Emulator::builder()
        .callback_retries([Duration::from_secs(1); 2])
        .delivery_time_scale(0.001)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    // Bound, so that nobody else listens there, and dropped, so that nobody does.
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    call(
        &emulator,
        &client,
        &format!("http://{address}/events?key=hunter2"),
    )
    .await;
    soon("the deliveries", emulator.settled()).await;
    let journal = emulator.journal();
    let event = journal
        .iter()
        .find(|entry| entry.kind == JournalKind::Event && entry.label == "CallConnected")
        .unwrap();
    let attempts: Vec<(&str, u64)> = journal
        .iter()
        .filter(|entry| entry.reply_to == Some(event.number))
        .map(|entry| {
            let detail = &entry.detail;
            (
                detail["result"].as_str().unwrap(),
                detail["attempt"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(attempts, [("failed", 1), ("failed", 2), ("given up", 3)]);
    let text = serde_json::to_string(&journal).unwrap();
    assert!(
        !text.contains("hunter2"),
        "the query of a callback address is a secret"
    );
}

#[tokio::test]
async fn an_emulator_on_every_address_names_one_that_can_be_reached() {
    let emulator = Emulator::builder()
        .listen("0.0.0.0:0".parse().unwrap())
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    assert!(client.authority.starts_with("127.0.0.1:"), "{}", client.authority);
    assert_eq!(client.plain("/emulator/health").await.0, 200);
}

#[tokio::test]
async fn the_journal_can_be_read_on_from_where_one_was() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    client.get("/calling/callConnections/one").await;
    let next = emulator.journal().len();
    client.get("/calling/callConnections/two").await;
    let (_, journal) = client.plain(&format!("/emulator/journal?since={next}")).await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{journal}");
    assert_eq!(entries[0]["number"], next);
    assert_eq!(entries[0]["kind"], "request");
    assert_eq!(entries[1]["replyTo"], next);
    assert_eq!(entries[1]["detail"]["body"]["error"]["code"], "8522");
}

#[tokio::test]
async fn a_time_scale_that_is_none_is_refused_by_name() {
    for scale in [-0.1, f64::NAN, f64::INFINITY] {
        let error = Emulator::builder()
            .playback_time_scale(scale)
            .start()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), acs_emulator::ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("playback time scale"), "{error}");
    }
}
