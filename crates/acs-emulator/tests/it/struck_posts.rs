//! What goes wrong on purpose with posts: those of Event Grid, and single attempts of both senders.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_emulator::{ClockMode, Emulator, EventGridSchema, Fault, FaultCondition, FaultOutcome, Posts};
use serde_json::{Value, json};

use crate::harness::{App, Client, soon};

/// An emulator that stands still, two users, and an application that is subscribed.
struct Stage {
    emulator: Emulator,
    client: Client,
    app: App,
    users: [CommunicationIdentifier; 2],
}

impl Stage {
    async fn with(fault: Fault) -> Self {
        let app = App::start().await;
        let emulator = Emulator::builder()
            .clock(ClockMode::Stepped)
            .users(acs_emulator::UsersMode::Ring)
            .start()
            .await
            .unwrap();
        let subscription = emulator
            .subscribe_event_grid(&app.webhook(), EventGridSchema::EventGrid)
            .unwrap();
        soon("the handshake", subscription.active()).await;
        emulator.add_fault(fault).unwrap();
        let users = [(); 2].map(|()| CommunicationIdentifier::from_raw_id(emulator.create_user().id()));
        Self {
            client: Client::new(&emulator),
            emulator,
            app,
            users,
        }
    }

    /// Has the application call a user, who is the application's own: it is offered the call.
    async fn call(&self, user: usize) {
        let body = json!({ "targets": [self.users[user]], "callbackUri": self.app.callback("leg") });
        let created = self.client.post("/calling/callConnections", &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        self.pass(0).await;
    }

    async fn pass(&self, ms: u64) {
        self.emulator.advance(Duration::from_millis(ms)).await.unwrap();
    }

    /// Which users the application was offered calls of since it was last asked.
    fn offered(&mut self) -> Vec<usize> {
        let number = |id: &str| self.users.iter().position(|user| user.raw_id() == id).unwrap();
        self.app.offers().iter().map(|(to, _)| number(to)).collect()
    }

    /// What the journal says of deliveries of an event.
    fn deliveries(&self, event: &str) -> Vec<Value> {
        let begins = format!("{event} ");
        let journal = self.emulator.journal();
        let of = journal.iter().filter(|entry| entry.label.starts_with(&begins));
        of.map(|entry| json!([entry.detail["result"], entry.detail["status"]]))
            .collect()
    }
}

fn grid(outcome: FaultOutcome) -> Fault {
    Fault::new(FaultCondition::posts(Posts::EventGrid), outcome)
}

#[tokio::test]
async fn an_offer_is_lost() {
    let fault = Fault::new(FaultCondition::event("IncomingCall"), FaultOutcome::Lose).times(1);
    let mut stage = Stage::with(fault).await;
    stage.call(0).await;
    stage.call(1).await;
    stage.pass(70_000).await;
    assert_eq!(stage.offered(), [1]);
    assert_eq!(stage.deliveries("IncomingCall"), [json!(["taken", 200])]);
    let journal = stage.emulator.journal();
    assert!(
        journal
            .iter()
            .any(|entry| entry.label == "fault fault-1: lose" && entry.from == "event grid"),
        "{:?}",
        journal
            .iter()
            .map(|entry| (&entry.label, &entry.from))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_offer_comes_several_times_with_one_id() {
    let mut stage = Stage::with(grid(FaultOutcome::Duplicate { copies: 2 })).await;
    stage.call(0).await;
    let offers = stage.app.offers();
    assert_eq!(offers.len(), 3, "{offers:?}");
    assert!(offers.iter().all(|offer| *offer == offers[0]), "{offers:?}");
}

#[tokio::test]
async fn an_offer_is_overtaken_while_it_is_delayed() {
    let mut stage = Stage::with(grid(FaultOutcome::Delay { ms: 5000 }).times(1)).await;
    stage.call(0).await;
    stage.call(1).await;
    stage.pass(4999).await;
    assert_eq!(stage.offered(), [1]);
    stage.pass(1).await;
    assert_eq!(stage.offered(), [0]);
}

#[tokio::test]
async fn an_offer_changes_places_with_the_next_or_comes_in_the_end() {
    let mut stage = Stage::with(grid(FaultOutcome::Reorder { within_ms: 5000 }).times(1)).await;
    stage.call(0).await;
    assert_eq!(stage.offered(), [0_usize; 0]);
    stage.call(1).await;
    assert_eq!(stage.offered(), [1, 0]);

    let mut stage = Stage::with(grid(FaultOutcome::Reorder { within_ms: 5000 }).times(1)).await;
    stage.call(0).await;
    stage.pass(4999).await;
    assert_eq!(stage.offered(), [0_usize; 0]);
    stage.pass(1).await;
    assert_eq!(stage.offered(), [0]);
}

#[tokio::test]
async fn what_is_held_back_is_forgotten_by_a_reset() {
    let mut stage = Stage::with(grid(FaultOutcome::Delay { ms: 5000 })).await;
    stage.call(0).await;
    stage.emulator.reset();
    stage.pass(10_000).await;
    assert_eq!(stage.offered(), [0_usize; 0]);
}

#[tokio::test]
async fn an_offer_counts_as_answered_with_a_status_and_is_repeated() {
    let mut stage = Stage::with(grid(FaultOutcome::status(503)).times(1)).await;
    stage.call(0).await;
    assert_eq!(stage.offered(), [0_usize; 0], "it did not arrive");
    stage.pass(10_000).await;
    assert_eq!(stage.offered(), [0]);
    assert_eq!(
        stage.deliveries("IncomingCall"),
        [json!(["failed", "answered 503"]), json!(["taken", 200])]
    );

    // One that nothing helps, though it arrived.
    let gone = FaultOutcome::Status {
        status: 404,
        retry_after_seconds: None,
        code: None,
        message: None,
        carried_out: true,
    };
    let mut stage = Stage::with(grid(gone)).await;
    stage.call(0).await;
    stage.pass(60_000).await;
    assert_eq!(stage.offered(), [0]);
    assert_eq!(stage.deliveries("IncomingCall"), [json!(["refused", 404])]);
}

#[tokio::test]
async fn an_offer_whose_answer_is_lost_comes_again() {
    let mut stage = Stage::with(grid(FaultOutcome::Reset { carried_out: true }).times(1)).await;
    stage.call(0).await;
    stage.pass(10_000).await;
    assert_eq!(stage.offered(), [0, 0]);
    let deliveries = stage.deliveries("IncomingCall");
    assert_eq!(
        deliveries,
        [
            json!(["failed", "the connection broke: by a fault"]),
            json!(["taken", 200])
        ]
    );
}

#[tokio::test]
async fn attempts_of_callbacks_are_struck_when_the_fault_is_for_them() {
    let posts = FaultCondition::posts(Posts::Callbacks).and_event("ParticipantsUpdated");
    let mut stage = Stage::with(Fault::new(posts, FaultOutcome::status(500)).times(1)).await;
    let late = FaultCondition::posts(Posts::EventGrid);
    stage
        .emulator
        .add_fault(Fault::new(late, FaultOutcome::Latency { ms: 2000 }))
        .unwrap();
    let phone = CommunicationIdentifier::phone("+16045550123");
    let body = json!({
        "targets": [phone, stage.users[0]],
        "callbackUri": stage.app.callback("leg"),
        "sourceCallerIdNumber": { "value": stage.emulator.phone_numbers()[0].as_str() },
    });
    let created = stage.client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    stage.pass(0).await;
    let early: Vec<Value> = stage.app.everything();
    assert!(
        early.is_empty(),
        "others wait behind the one that failed: {early:?}"
    );
    assert_eq!(stage.offered(), [0_usize; 0], "the offer takes its time");
    stage.pass(2000).await;
    assert_eq!(stage.offered(), [0]);
    let events = stage.app.everything();
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap().rsplit('.').next().unwrap())
        .collect();
    assert_eq!(names, ["ParticipantsUpdated", "CallConnected"]);
    assert_eq!(
        stage.deliveries("ParticipantsUpdated"),
        [json!(["failed", "answered 500"]), json!(["taken", 200])]
    );
}
