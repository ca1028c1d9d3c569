//! Calling settings of Teams users: obeyed by calls of an application, and set over the control API.

use std::time::Duration;

use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};
use acs_emulator::control::ControlClient;
use acs_emulator::diagram::{Diagram, Message};
use acs_emulator::{CallingSettings, ClockMode, Emulator, ErrorKind, ForwardTo, PartyScript, RejectReason};
use serde_json::{Value, json};

use crate::harness::{App, Client, soon};

const ANN: &str = "8:orgid:ann";

fn ann() -> CommunicationIdentifier {
    MicrosoftTeamsUserIdentifier::new("ann").into()
}

/// Ann does not answer.
async fn office() -> (Emulator, Client, App) {
    let emulator = Emulator::builder()
        .clock(ClockMode::Stepped)
        .seed(7)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    emulator.set_script(ann(), PartyScript::no_answer());
    (emulator, client, App::start().await)
}

async fn step(emulator: &Emulator, seconds: u64) {
    soon("a step", emulator.advance(Duration::from_secs(seconds)))
        .await
        .unwrap();
}

async fn create(client: &Client, app: &App, targets: Value) -> String {
    let body = json!({ "targets": targets, "callbackUri": app.callback("leg") });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.text("callConnectionId")
}

async fn participants(client: &Client, leg: &str) -> Vec<String> {
    let list = client
        .get(&format!("/calling/callConnections/{leg}/participants"))
        .await;
    let list = list.body["value"].as_array().unwrap().clone();
    let raw_id = |participant: &Value| participant["identifier"]["rawId"].as_str().unwrap().to_owned();
    list.iter().map(raw_id).collect()
}

/// What parties were seen to do in order, and what reached them.
fn seen(emulator: &Emulator) -> Vec<String> {
    let journal = emulator.journal();
    let party = |entry: &acs_emulator::JournalEntry| match (&*entry.from, &*entry.to) {
        ("service", to) if to.contains(':') => Some(format!("{to} {}", entry.label)),
        (from, "service") if from.contains(':') => Some(format!("{from} {}", entry.label)),
        _ => None,
    };
    journal.iter().filter_map(|entry| party(entry)).collect()
}

#[tokio::test]
async fn a_created_call_that_nobody_answers_is_taken_by_the_voicemail() {
    let (emulator, client, mut app) = office().await;
    emulator
        .set_calling_settings(ann(), CallingSettings::default())
        .unwrap();
    let leg = create(&client, &app, json!([{ "rawId": ANN }])).await;
    step(&emulator, 19).await;
    assert_eq!(app.everything(), Vec::<Value>::new(), "it rings");
    step(&emulator, 1).await;
    app.event("leg", "CallConnected").await;
    let present = participants(&client, &leg).await;
    assert_eq!(present[1..], ["28:voicemail:ann"], "{present:?}");
    assert_eq!(
        seen(&emulator),
        [
            "8:orgid:ann rings",
            "8:orgid:ann does not answer",
            "8:orgid:ann forwards to 28:voicemail:ann",
            "28:voicemail:ann rings",
            "28:voicemail:ann voicemail answers",
        ]
    );
    let diagram = Diagram::from_journal("a call", &emulator.journal(), |_| None);
    let forwards = |message: &&Message| message.label == "forwards to 28:voicemail:ann";
    assert_eq!(diagram.messages.iter().find(forwards).unwrap().from, ANN);
}

#[tokio::test]
async fn an_added_user_that_forwards_brings_in_who_it_forwards_to() {
    let (emulator, client, mut app) = office().await;
    let ben = CommunicationIdentifier::from_raw_id("8:orgid:ben");
    let to_ben = CallingSettings::default().forward_to(ForwardTo::Party(ben));
    emulator.set_calling_settings(ann(), to_ben).unwrap();
    let cat = emulator.create_user();
    let leg = create(&client, &app, json!([{ "rawId": cat.id() }])).await;
    app.event("leg", "CallConnected").await;
    let body = json!({ "participantToAdd": { "rawId": ANN }, "operationContext": "add" });
    let path = format!("/calling/callConnections/{leg}/participants:add");
    assert_eq!(client.post(&path, &body).await.status, 202);
    let added = app.event("leg", "AddParticipantSucceeded").await;
    assert_eq!(added["data"]["participant"]["rawId"], ANN);
    assert_eq!(added["data"]["operationContext"], "add");
    let present = participants(&client, &leg).await;
    assert_eq!(present[1..], [cat.id(), "8:orgid:ben"], "{present:?}");
}

#[tokio::test]
async fn a_transfer_to_somebody_who_declines_succeeds_with_the_voicemail() {
    let (emulator, client, mut app) = office().await;
    emulator
        .set_calling_settings(ann(), CallingSettings::default())
        .unwrap();
    emulator.set_script(ann(), PartyScript::reject(RejectReason::Declined));
    let cat = emulator.create_user();
    let leg = create(&client, &app, json!([{ "rawId": cat.id() }])).await;
    app.event("leg", "CallConnected").await;
    let path = format!("/calling/callConnections/{leg}:transferToParticipant");
    let body = json!({ "targetParticipant": { "rawId": ANN } });
    assert_eq!(client.post(&path, &body).await.status, 202);
    app.event("leg", "CallTransferAccepted").await;
    app.event("leg", "CallDisconnected").await;
    let calls = emulator.calls(10);
    let present: Vec<&str> = calls[0].participants.iter().map(|party| &*party.raw_id).collect();
    assert_eq!(present, ["28:voicemail:ann", cat.id()]);
    // Without settings, the refusal is one.
    emulator.remove_calling_settings(ann());
    let leg = create(&client, &app, json!([{ "rawId": cat.id() }])).await;
    app.event("leg", "CallConnected").await;
    let path = format!("/calling/callConnections/{leg}:transferToParticipant");
    assert_eq!(client.post(&path, &body).await.status, 202);
    let failed = app.event("leg", "CallTransferFailed").await;
    assert_eq!(failed["data"]["resultInformation"]["code"], 603);
}

#[tokio::test]
async fn settings_are_set_and_read_over_the_control_api() {
    let ben = CommunicationIdentifier::from_raw_id("8:orgid:ben");
    let at_first = CallingSettings::default().forward_to(ForwardTo::Voicemail);
    let emulator = Emulator::builder()
        .calling_settings(ben.clone(), at_first.clone())
        .start()
        .await
        .unwrap();
    let control = ControlClient::new(emulator.endpoint().base()).unwrap();
    assert_eq!(control.calling_settings(&ann()).await.unwrap(), None);
    assert_eq!(
        control.calling_settings(&ben).await.unwrap(),
        Some(at_first.clone())
    );
    let group = ForwardTo::Group(vec![ben.clone(), CommunicationIdentifier::phone("+16045550123")]);
    let settings = CallingSettings::default()
        .unanswered_to(group)
        .unanswered_after(Duration::from_secs(60));
    control
        .set_calling_settings(&ann(), Some(&settings))
        .await
        .unwrap();
    assert_eq!(
        control.calling_settings(&ann()).await.unwrap(),
        Some(settings.clone())
    );
    assert_eq!(emulator.calling_settings(ann()), Some(settings.clone()));
    let parties = control.parties().await.unwrap();
    let shown = parties.iter().find(|party| party.raw_id == ANN).unwrap();
    assert_eq!(shown.calling_settings, Some(settings));

    let bad = CallingSettings::default().unanswered_after(Duration::from_secs(15));
    let refused = control
        .set_calling_settings(&ann(), Some(&bad))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(
        refused
            .to_string()
            .starts_with("unansweredAfterSeconds: expected 10"),
        "{refused}"
    );
    let alice = CommunicationIdentifier::user("8:acs:alice");
    let refused = control
        .set_calling_settings(&alice, Some(&at_first))
        .await
        .unwrap_err();
    assert!(
        refused.to_string().starts_with("rawId: expected a Teams user"),
        "{refused}"
    );

    control.set_calling_settings(&ben, None).await.unwrap();
    assert_eq!(control.calling_settings(&ben).await.unwrap(), None);
    control.reset().await.unwrap();
    assert_eq!(control.calling_settings(&ann()).await.unwrap(), None);
    assert_eq!(control.calling_settings(&ben).await.unwrap(), Some(at_first));

    let nonsense = Emulator::builder()
        .calling_settings(ann(), bad)
        .start()
        .await
        .unwrap_err();
    assert_eq!(nonsense.kind(), ErrorKind::InvalidConfig);
    assert!(
        nonsense
            .to_string()
            .contains("8:orgid:ann: unansweredAfterSeconds"),
        "{nonsense}"
    );
}
