//! Event Grid as an application sees it: both schemas, and an application that starts late.

use acs_emulator::{Emulator, EventGridSchema};
use futures::StreamExt as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{App, Client, soon};

#[tokio::test]
async fn an_application_that_starts_after_the_emulator_still_gets_the_offer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let emulator = Emulator::builder()
        .event_grid_webhook(format!("http://{address}/incoming"), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let mut journal = emulator.journal_stream();
    let first = soon("a handshake", journal.next()).await.unwrap();
    assert_eq!(first.label, "handshake not done", "{first:?}");

    let callee = emulator.create_user();
    let body = json!({
        "targets": [{ "rawId": callee.id() }],
        "callbackUri": format!("http://{address}/events/caller"),
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");

    let mut app = App::on(TcpListener::bind(address).await.unwrap());
    let offer = app.offer().await;
    assert_eq!(offer["data"]["to"]["rawId"], callee.id());
}

#[tokio::test]
async fn a_subscription_can_be_made_later_and_is_waited_for() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .users(acs_emulator::UsersMode::Ring)
        .start()
        .await
        .unwrap();
    let subscription = emulator
        .subscribe_event_grid(&app.webhook(), EventGridSchema::EventGrid)
        .unwrap();
    soon("the handshake", subscription.active()).await;
    let client = Client::new(&emulator);
    let body = json!({
        "targets": [{ "rawId": emulator.create_user().id() }],
        "callbackUri": app.callback("caller"),
    });
    client.post("/calling/callConnections", &body).await;
    app.offer().await;
    assert!(
        emulator
            .subscribe_event_grid("nowhere", EventGridSchema::EventGrid)
            .is_err()
    );
}

#[tokio::test]
async fn offers_come_as_cloud_events_too() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::CloudEvents)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let callee = emulator.create_user();
    let body = json!({ "targets": [{ "rawId": callee.id() }], "callbackUri": app.callback("caller") });
    client.post("/calling/callConnections", &body).await;
    let offer = app.offer().await;
    assert_eq!(offer["specversion"], "1.0");
    assert_eq!(offer["type"], "Microsoft.Communication.IncomingCall");
    assert_eq!(offer["data"]["to"]["rawId"], callee.id());
    assert!(offer["data"]["incomingCallContext"].is_string());
}
