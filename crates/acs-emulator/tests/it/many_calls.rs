//! Many calls at once: nothing is lost, and every leg sees its events in order.

use std::collections::HashMap;

use acs_emulator::{Emulator, JournalKind};
use futures::future::join_all;
use serde_json::json;

use crate::harness::{App, Client, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_leg_of_many_calls_sees_its_events_once_and_in_order() {
    const CALLS: usize = 200;
    const ADDRESSES: usize = 8;
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let user = emulator.create_user();
    let one = async |index: usize| {
        let body = json!({
            "targets": [{ "rawId": user.id() }],
            "callbackUri": app.callback(&format!("leg-{}", index % ADDRESSES)),
            "operationContext": index.to_string(),
        });
        let created = client.post("/calling/callConnections", &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.text("callConnectionId")
    };
    let legs = join_all((0..CALLS).map(one)).await;
    soon("CallConnected", emulator.settled()).await;
    let end = async |leg: &String| {
        let path = format!("/calling/callConnections/{leg}:terminate");
        assert_eq!(client.post(&path, &json!(null)).await.status, 204);
    };
    join_all(legs.iter().map(end)).await;
    soon("CallDisconnected", emulator.settled()).await;

    let mut seen: HashMap<String, Vec<String>> = HashMap::new();
    for event in app.everything() {
        let leg = event["data"]["callConnectionId"].as_str().unwrap().to_owned();
        let kind = event["type"]
            .as_str()
            .unwrap()
            .rsplit('.')
            .next()
            .unwrap()
            .to_owned();
        seen.entry(leg).or_default().push(kind);
    }
    assert_eq!(seen.len(), CALLS);
    for leg in &legs {
        let kinds = &seen[leg];
        let count = |kind: &str| kinds.iter().filter(|seen| *seen == kind).count();
        assert_eq!(
            (count("CallConnected"), count("CallDisconnected")),
            (1, 1),
            "{kinds:?}"
        );
        assert_eq!(kinds.last().unwrap(), "CallDisconnected", "{kinds:?}");
    }
    let journal = emulator.journal();
    let count = |kind: JournalKind| journal.iter().filter(|entry| entry.kind == kind).count();
    assert_eq!(count(JournalKind::Event), count(JournalKind::Delivery));
    assert_eq!(count(JournalKind::Request), count(JournalKind::Response));
    assert!(
        journal
            .iter()
            .zip(0..)
            .all(|(entry, number)| entry.number == number),
        "the numbers have no gaps"
    );
}
