//! Time that passes as it is told, and journals that are the same in every run.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_emulator::{
    ClockMode, Emulator, EventGridSchema, Fault, FaultCondition, FaultOutcome, PartyScript, Reaction,
    RejectReason,
};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, Sending, soon, versioned};

async fn stepped() -> Emulator {
    Emulator::builder()
        .clock(ClockMode::Stepped)
        .seed(7)
        .start()
        .await
        .unwrap()
}

async fn create(client: &Client, app: &App, target: &CommunicationIdentifier, own: &str) -> Answer {
    let body = json!({
        "targets": [target],
        "callbackUri": app.callback("leg"),
        "sourceCallerIdNumber": { "value": own },
    });
    let mut sending = Sending::new("POST", "", Some(&body));
    let target = versioned("/calling/callConnections");
    sending.target = &target;
    // What a client makes up stands in the journal, so it makes up the same each time.
    let created = client.send(sending.header("x-ms-client-request-id", "one")).await;
    assert_eq!(created.status, 201, "{created:?}");
    created
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap().rsplit('.').next().unwrap())
        .collect()
}

#[tokio::test]
async fn a_ring_of_two_minutes_takes_no_time() {
    let emulator = stepped().await;
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let own = emulator.phone_numbers()[0].as_str().to_owned();
    let phone = CommunicationIdentifier::phone("+16045550123");
    emulator.set_script(&phone, PartyScript::no_answer());
    let start = emulator.clock().now;
    create(&client, &app, &phone, &own).await;

    soon("a step", emulator.advance(Duration::from_secs(119)))
        .await
        .unwrap();
    assert_eq!(app.everything(), Vec::<Value>::new(), "it rings");
    let now = emulator.advance(Duration::from_secs(1)).await.unwrap();
    assert_eq!(now - start, chrono::TimeDelta::seconds(120));
    // Nothing is waited for: it has been posted when the step is over.
    let events = app.everything();
    assert_eq!(types(&events), ["CallDisconnected", "CreateCallFailed"]);
    assert_eq!(events[0]["time"], "2026-01-01T00:02:00+00:00");
}

#[tokio::test]
async fn each_thing_happens_at_its_own_time_however_wide_the_step() {
    let emulator = stepped().await;
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let own = emulator.phone_numbers()[0].as_str().to_owned();
    let phone = CommunicationIdentifier::phone("+16045550123");
    let script = PartyScript::answer_after(Duration::from_secs(5)).hang_up_after(Duration::from_secs(10));
    emulator.set_script(&phone, script);
    create(&client, &app, &phone, &own).await;
    emulator.advance(Duration::from_secs(3600)).await.unwrap();
    let times: Vec<(String, String)> = app
        .everything()
        .iter()
        .map(|event| {
            let kind = types(std::slice::from_ref(event))[0].to_owned();
            (kind, event["time"].as_str().unwrap().to_owned())
        })
        .collect();
    let at = |kind: &str| &times.iter().find(|(known, _)| known == kind).unwrap().1;
    assert_eq!(at("CallConnected"), "2026-01-01T00:00:05+00:00");
    assert_eq!(at("CallDisconnected"), "2026-01-01T00:00:15+00:00");
}

#[tokio::test]
async fn repetitions_of_a_callback_wait_for_the_clock() {
    let emulator = stepped().await;
    // Nobody listens: the address was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let body = json!({
        "callbackUri": format!("http://{address}/events"),
        "event": { "id": "1", "type": "Microsoft.Communication.Own", "data": {} },
    });
    let client = Client::new(&emulator);
    let (status, answer) = client.plain_post("/emulator/events", &body).await;
    assert_eq!(status, 201, "{answer}");
    let deliveries = || -> Vec<String> {
        let journal = emulator.journal();
        let labels = journal.iter().map(|entry| entry.label.clone());
        labels.filter(|label| label.starts_with("Own ")).collect()
    };
    soon("a step of nothing", emulator.advance(Duration::ZERO))
        .await
        .unwrap();
    assert_eq!(deliveries(), ["Own failed"]);
    emulator.advance(Duration::from_millis(999)).await.unwrap();
    assert_eq!(deliveries().len(), 1);
    emulator.advance(Duration::from_millis(1)).await.unwrap();
    assert_eq!(deliveries(), ["Own failed", "Own failed"]);
    emulator.advance(Duration::from_secs(13)).await.unwrap();
    assert_eq!(
        deliveries(),
        ["Own failed", "Own failed", "Own failed", "Own given up"]
    );
}

#[tokio::test]
async fn the_clock_is_set_and_read_over_http() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let (status, clock) = client.plain("/emulator/clock").await;
    assert_eq!((status, &clock["mode"]), (200, &json!("real")));
    let (status, refused) = client
        .plain_post("/emulator/clock/advance", &json!({"ms": 1}))
        .await;
    assert_eq!(status, 409, "{refused}");
    assert!(emulator.advance(Duration::ZERO).await.is_err());
    emulator.set_clock(ClockMode::Scaled(60.0)).unwrap();
    let (_, clock) = client.plain("/emulator/clock").await;
    assert_eq!(
        (&clock["mode"], &clock["scale"]),
        (&json!("scaled"), &json!(60.0))
    );
    assert!(emulator.set_clock(ClockMode::Scaled(0.0)).is_err());
    emulator.set_clock(ClockMode::Stepped).unwrap();
    let before = emulator.clock().now;
    let (status, clock) = client
        .plain_post("/emulator/clock/advance", &json!({"ms": 90_000}))
        .await;
    assert_eq!(status, 200);
    let after: chrono::DateTime<chrono::Utc> = clock["now"].as_str().unwrap().parse().unwrap();
    assert_eq!(after - before, chrono::TimeDelta::seconds(90));
}

#[tokio::test]
async fn a_request_that_is_late_waits_for_the_clock() {
    let emulator = stepped().await;
    let client = Client::new(&emulator);
    emulator
        .add_fault(Fault::new(
            FaultCondition::any(),
            FaultOutcome::Latency { ms: 5000 },
        ))
        .unwrap();
    let request = client.get("/calling/callConnections/none");
    let step = async {
        let mut journal = emulator.journal_stream();
        while !soon("the fault", journal.next())
            .await
            .unwrap()
            .label
            .contains("latency")
        {}
        // The request may be a moment from its sleep; steps are repeated until it was answered.
        loop {
            emulator.advance(Duration::from_secs(5)).await.unwrap();
            if emulator.journal().iter().any(|entry| entry.label == "404") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let (answer, ()) = tokio::join!(request, step);
    assert_eq!(answer.status, 404);
}

/// A flow with several legs, an offer, keys, faults, repetitions and a call that is turned down.
async fn play(app: &mut App) -> Vec<u8> {
    let emulator = Emulator::builder()
        .clock(ClockMode::Stepped)
        .seed(42)
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .fault(
            Fault::new(
                FaultCondition::event("ParticipantsUpdated"),
                FaultOutcome::Duplicate { copies: 1 },
            )
            .rate(0.5),
        )
        .fault(Fault::new(
            FaultCondition::event("CallConnected"),
            FaultOutcome::Reorder { within_ms: 700 },
        ))
        .fault(
            Fault::new(
                FaultCondition::event("CallDisconnected"),
                FaultOutcome::Delay { ms: 1500 },
            )
            .times(1),
        )
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let own = emulator.phone_numbers()[0].as_str().to_owned();
    let step = async |ms: u64| {
        soon("a step", emulator.advance(Duration::from_millis(ms)))
            .await
            .unwrap()
    };
    // The handshake is over before anything else happens.
    let mut journal = emulator.journal_stream();
    while soon("the handshake", journal.next()).await.unwrap().label != "handshake done" {}

    let phone = CommunicationIdentifier::phone("+16045550123");
    let script = PartyScript::answer_after(Duration::from_secs(2))
        .when_asked(Reaction::press("12".parse().unwrap()))
        .hang_up_after(Duration::from_secs(60));
    emulator.set_script(&phone, script);
    let created = create(&client, app, &phone, &own).await;
    step(3000).await;
    let leg = created.text("callConnectionId");
    let recognize = json!({
        "recognizeInputType": "dtmf",
        "recognizeOptions": {
            "targetParticipant": phone,
            "dtmfOptions": { "maxTonesToCollect": 2 },
            "initialSilenceTimeoutInSeconds": 5,
        },
    });
    let path = format!("/calling/callConnections/{leg}:recognize");
    assert_eq!(client.post(&path, &recognize).await.status, 202);
    step(6000).await;

    let busy = CommunicationIdentifier::phone("+16045550124");
    emulator.set_script(&busy, PartyScript::reject(RejectReason::Busy));
    create(&client, app, &busy, &own).await;
    step(1000).await;

    // Somebody calls in, and nobody of the application answers.
    emulator
        .party(CommunicationIdentifier::phone("+16045550125"))
        .call(CommunicationIdentifier::phone(&own))
        .unwrap();
    step(200_000).await;
    app.offer().await;
    app.everything();
    let entries = emulator.journal();
    assert!(entries.len() > 40, "{}", entries.len());
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| serde_json::to_string(&**entry).unwrap())
        .collect();
    emulator.shutdown().await;
    lines.join("\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_and_commands_give_the_same_journal() {
    let mut app = App::start().await;
    let first = play(&mut app).await;
    for _ in 0..3 {
        let again = play(&mut app).await;
        if first != again {
            let (first, again) = (
                String::from_utf8(first).unwrap(),
                String::from_utf8(again).unwrap(),
            );
            let different = first.lines().zip(again.lines()).find(|(one, other)| one != other);
            panic!("{different:#?}");
        }
    }
    let text = String::from_utf8(first).unwrap();
    for told in [
        "duplicate",
        "reorder",
        "delay",
        "RecognizeCompleted",
        "CreateCallFailed",
        "IncomingCall",
    ] {
        assert!(text.contains(told), "{told} did not happen");
    }
}
