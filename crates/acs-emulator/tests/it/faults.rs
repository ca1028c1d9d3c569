//! What goes wrong on purpose, as an application sees it.

use acs_common::CommunicationIdentifier;
use acs_emulator::{CountBy, Emulator, Fault, FaultCondition, FaultOutcome, JournalKind, TokenFault};
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, Sending, versioned};

async fn started() -> (Emulator, Client, App) {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    (emulator, client, App::start().await)
}

fn body(emulator: &Emulator, app: &App) -> Value {
    json!({
        "targets": [CommunicationIdentifier::phone("+16045550123")],
        "callbackUri": app.callback("leg"),
        "sourceCallerIdNumber": { "value": emulator.phone_numbers()[0].as_str() },
    })
}

/// Creates a call under a repeatability id.
async fn create(client: &Client, body: &Value, id: &str) -> Answer {
    let target = versioned("/calling/callConnections");
    let sending = Sending::new("POST", &target, Some(body))
        .header("repeatability-request-id", id)
        .header("repeatability-first-sent", "Thu, 01 Jan 2026 00:00:00 GMT");
    client.send(sending).await
}

fn strikes(emulator: &Emulator) -> usize {
    let journal = emulator.journal();
    let struck = |label: &str| label.starts_with("fault ") && label.contains(": ");
    journal.iter().filter(|entry| struck(&entry.label)).count()
}

#[tokio::test]
async fn a_status_comes_with_retry_after_and_once_only() {
    let (emulator, client, mut app) = started().await;
    emulator
        .add_fault(
            Fault::new(
                FaultCondition::operation("createCall"),
                FaultOutcome::status(429).retry_after(3),
            )
            .times(1),
        )
        .unwrap();
    let body = body(&emulator, &app);
    let refused = create(&client, &body, "5f3b0e0e-0000-4000-8000-000000000001").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("3"));
    assert_eq!(refused.error().0, "429");
    // The retry has the same id, and is carried out: the first was not.
    let created = create(&client, &body, "5f3b0e0e-0000-4000-8000-000000000001").await;
    assert_eq!(created.status, 201, "{created:?}");
    app.event("leg", "CallConnected").await;
    assert_eq!(emulator.faults()[0].struck, 1);
    assert_eq!(strikes(&emulator), 1);
}

#[tokio::test]
async fn counting_by_repeatability_ids_strikes_every_attempt_of_one_operation() {
    let (emulator, client, app) = started().await;
    let fault = Fault::new(FaultCondition::operation("createCall"), FaultOutcome::status(503))
        .times(1)
        .count_by(CountBy::RepeatabilityIds);
    emulator.add_fault(fault).unwrap();
    let body = body(&emulator, &app);
    for (id, status) in [("1", 503), ("1", 503), ("2", 201), ("1", 503)] {
        let id = format!("5f3b0e0e-0000-4000-8000-00000000000{id}");
        assert_eq!(create(&client, &body, &id).await.status, status);
    }
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_request_was_carried_out() {
    let (emulator, client, mut app) = started().await;
    let fault = Fault::new(
        FaultCondition::operation("createCall"),
        FaultOutcome::Reset { carried_out: true },
    );
    emulator.add_fault(fault.times(1)).unwrap();
    let base = emulator.endpoint().base().to_owned();
    let body = body(&emulator, &app);
    // What the client makes of a closed connection is its matter: here, the bytes are looked at.
    let lost = tokio::spawn({
        let (client, body) = (client.clone(), body.clone());
        async move { create(&client, &body, "5f3b0e0e-0000-4000-8000-000000000001").await }
    })
    .await;
    assert!(lost.is_err(), "the harness panics where there is no answer");
    let again = create(&client, &body, "5f3b0e0e-0000-4000-8000-000000000001").await;
    assert_eq!(again.status, 201, "{again:?} at {base}");
    app.event("leg", "CallConnected").await;
    emulator.settled().await;
    assert_eq!(emulator.calls(10).len(), 1, "carried out once");
}

#[tokio::test]
async fn a_closed_connection_carries_not_one_byte() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (emulator, ..) = started().await;
    emulator
        .add_fault(Fault::new(
            FaultCondition::path("/calling/*"),
            FaultOutcome::Reset { carried_out: false },
        ))
        .unwrap();
    let mut stream = tokio::net::TcpStream::connect(emulator.endpoint().authority())
        .await
        .unwrap();
    stream
        .write_all(b"GET /calling/callConnections/x HTTP/1.1\r\nhost: h\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer, b"");
    let answered = |entry: &&std::sync::Arc<acs_emulator::JournalEntry>| entry.kind == JournalKind::Response;
    assert_eq!(emulator.journal().iter().filter(answered).count(), 0);
}

/// What reading fails with, which is no end: the cause below everything that a client says about it.
fn broken(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        found = error
            .downcast_ref::<std::io::Error>()
            .map_or(found, |error| Some(error.kind()));
        cause = error.source();
    }
    found
}

#[tokio::test]
async fn a_connection_that_is_reset_does_not_come_to_an_end() {
    use std::io::{Read as _, Write as _};
    let never = Fault::new(
        FaultCondition::path("/calling/*"),
        FaultOutcome::Reset { carried_out: false },
    );
    let emulator = Emulator::builder().fault(never.clone()).start().await.unwrap();
    let address = emulator.endpoint().authority().to_owned();
    let told = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        // A request that is answered before, on the same connection.
        stream
            .write_all(b"GET /emulator/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            .unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        stream
            .write_all(b"GET /calling/callConnections/x HTTP/1.1\r\nhost: h\r\n\r\n")
            .unwrap();
        stream.read_to_end(&mut Vec::new()).map_err(|error| error.kind())
    })
    .await
    .unwrap();
    assert_eq!(told, Err(std::io::ErrorKind::ConnectionReset));

    let emulator = Emulator::builder()
        .https(true)
        .fault(never)
        .start()
        .await
        .unwrap();
    let http = Client::trusting(emulator.ca_pem());
    let url = format!("{}calling/callConnections/x", emulator.endpoint());
    let error = http.get(url).send().await.unwrap_err();
    assert_eq!(
        broken(&error),
        Some(std::io::ErrorKind::ConnectionReset),
        "{error:?}"
    );
}

/// Injects events of these names at one address, and gives what arrives: names and ids.
async fn arrives(faults: Vec<Fault>, names: &[&str]) -> (Vec<(String, String)>, Emulator) {
    let (emulator, client, mut app) = started().await;
    for fault in faults {
        emulator.add_fault(fault).unwrap();
    }
    for name in names {
        let event = json!({ "id": format!("id-{name}"), "type": format!("Microsoft.Communication.{name}"), "data": {} });
        let body = json!({ "callbackUri": app.callback("leg"), "event": event });
        let (status, answer) = client.plain_post("/emulator/events", &body).await;
        assert_eq!(status, 201, "{answer}");
    }
    emulator.settled().await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let arrived = app
        .everything()
        .iter()
        .map(|event| {
            let kind = text(&event["type"]);
            (kind.rsplit('.').next().unwrap().to_owned(), text(&event["id"]))
        })
        .collect();
    (arrived, emulator)
}

fn names(arrived: &[(String, String)]) -> Vec<&str> {
    arrived.iter().map(|(name, _)| name.as_str()).collect()
}

const THREE: [&str; 3] = ["PlayStarted", "PlayCompleted", "CallDisconnected"];

#[tokio::test]
async fn a_callback_is_lost() {
    let fault = Fault::new(FaultCondition::event("PlayCompleted"), FaultOutcome::Lose);
    let (arrived, emulator) = arrives(vec![fault], &THREE).await;
    assert_eq!(names(&arrived), ["PlayStarted", "CallDisconnected"]);
    assert_eq!(strikes(&emulator), 1);
}

#[tokio::test]
async fn a_callback_comes_several_times_with_one_id() {
    let fault = Fault::new(
        FaultCondition::event("PlayCompleted"),
        FaultOutcome::Duplicate { copies: 2 },
    );
    let (arrived, _emulator) = arrives(vec![fault], &THREE).await;
    assert_eq!(
        names(&arrived),
        [
            "PlayStarted",
            "PlayCompleted",
            "PlayCompleted",
            "PlayCompleted",
            "CallDisconnected"
        ]
    );
    assert!(arrived[1..4].iter().all(|(_, id)| id == "id-PlayCompleted"));
}

#[tokio::test]
async fn a_callback_changes_places_with_the_next() {
    let outcome = FaultOutcome::Reorder { within_ms: 60_000 };
    let fault = Fault::new(FaultCondition::event("PlayStarted"), outcome);
    let (arrived, _emulator) = arrives(vec![fault], &THREE).await;
    assert_eq!(
        names(&arrived),
        ["PlayCompleted", "PlayStarted", "CallDisconnected"]
    );
}

#[tokio::test]
async fn a_callback_that_waits_for_another_in_vain_comes_all_the_same() {
    let fault = Fault::new(FaultCondition::any(), FaultOutcome::Reorder { within_ms: 5 }).times(1);
    let (arrived, _emulator) = arrives(vec![fault], &THREE[..1]).await;
    assert_eq!(names(&arrived), ["PlayStarted"]);
}

#[tokio::test]
async fn a_callback_is_overtaken() {
    let fault = Fault::new(
        FaultCondition::event("PlayStarted"),
        FaultOutcome::Delay { ms: 300 },
    );
    let (arrived, _emulator) = arrives(vec![fault], &THREE).await;
    assert_eq!(
        names(&arrived),
        ["PlayCompleted", "CallDisconnected", "PlayStarted"]
    );
}

#[tokio::test]
async fn a_forgery_comes_ahead_under_an_id_of_its_own() {
    let outcome = FaultOutcome::Forge {
        token: TokenFault::WrongKey,
    };
    let fault = Fault::new(FaultCondition::event("PlayCompleted"), outcome);
    let (arrived, emulator) = arrives(vec![fault], &THREE).await;
    assert_eq!(
        names(&arrived),
        [
            "PlayStarted",
            "PlayCompleted",
            "PlayCompleted",
            "CallDisconnected"
        ]
    );
    assert_ne!(arrived[1].1, "id-PlayCompleted");
    assert_eq!(arrived[2].1, "id-PlayCompleted");
    let journal = emulator.journal();
    let forged = journal
        .iter()
        .find(|entry| entry.label == "forged PlayCompleted taken")
        .unwrap();
    assert_eq!(forged.detail["tokenFault"], "wrongKey");
    let true_one = journal
        .iter()
        .find(|entry| entry.label == "PlayCompleted taken")
        .unwrap();
    assert_eq!(true_one.detail["tokenFault"], Value::Null);
}

#[tokio::test]
async fn a_reset_takes_all_faults_away() {
    let (emulator, client, mut app) = started().await;
    let lost = Fault::new(FaultCondition::any(), FaultOutcome::Delay { ms: 86_000_000 });
    emulator.add_fault(lost).unwrap();
    create(
        &client,
        &body(&emulator, &app),
        "5f3b0e0e-0000-4000-8000-000000000001",
    )
    .await;
    emulator.reset();
    assert_eq!(emulator.faults(), []);
    create(
        &client,
        &body(&emulator, &app),
        "5f3b0e0e-0000-4000-8000-000000000002",
    )
    .await;
    app.event("leg", "CallConnected").await;
    assert!(!emulator.remove_fault("fault-1"));
}
