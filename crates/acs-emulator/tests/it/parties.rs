//! Users and telephones: scripted, and driven by hand.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_emulator::{CustomContext, Emulator, EventGridSchema, PartyScript, RejectReason, UsersMode};
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client};

async fn create(client: &Client, app: &App, target: &CommunicationIdentifier, caller_id: &str) -> Answer {
    let body = json!({
        "targets": [target],
        "callbackUri": app.callback("caller"),
        "sourceCallerIdNumber": { "value": caller_id },
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    created
}

fn result(event: &Value) -> (u64, u64) {
    let result = &event["data"]["resultInformation"];
    (
        result["code"].as_u64().unwrap(),
        result["subCode"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn a_telephone_does_what_its_script_says() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let own = emulator.phone_numbers()[0].as_str().to_owned();
    let phone = CommunicationIdentifier::phone("+16045550100");

    create(&client, &app, &phone, &own).await;
    app.event("caller", "CallConnected").await;

    emulator.set_script(&phone, PartyScript::reject(RejectReason::Busy));
    create(&client, &app, &phone, &own).await;
    let event = app.event("caller", "CreateCallFailed").await;
    assert_eq!(result(&event).0, 486, "{event}");

    emulator.set_script(
        &phone,
        PartyScript::answer().hang_up_after(Duration::from_millis(1)),
    );
    create(&client, &app, &phone, &own).await;
    app.event("caller", "CallConnected").await;
    app.event("caller", "CallDisconnected").await;
}

#[tokio::test]
async fn a_user_answers_rejects_and_hangs_up_by_hand() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let user = CommunicationIdentifier::from(emulator.create_user());
    emulator.set_script(&user, PartyScript::no_answer());
    let party = emulator.party(&user);
    assert!(party.answer().unwrap_err().is_not_found(), "nothing rings yet");

    create(&client, &app, &user, "").await;
    emulator.settled().await;
    party.answer().unwrap();
    app.event("caller", "CallConnected").await;
    party.hang_up().unwrap();
    app.event("caller", "CallDisconnected").await;

    create(&client, &app, &user, "").await;
    emulator.settled().await;
    party.reject(RejectReason::Declined).unwrap();
    let event = app.event("caller", "CreateCallFailed").await;
    assert_eq!(result(&event).0, 603, "{event}");
}

#[tokio::test]
async fn a_call_to_an_own_number_is_offered_with_its_name_and_headers() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .users(UsersMode::Answer)
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let own = emulator.phone_numbers()[0].clone();
    let caller = emulator.party(CommunicationIdentifier::phone("+16045550100"));
    let mut headers = CustomContext::default();
    headers
        .sip_headers
        .insert("X-MS-Custom-case".to_owned(), "42".to_owned());
    let server_call = caller.call_with(&own, "Alice", headers).unwrap();

    let offer = app.offer().await;
    assert_eq!(offer["data"]["from"]["rawId"], "4:+16045550100");
    assert_eq!(offer["data"]["to"]["phoneNumber"]["value"], own.as_str());
    assert_eq!(offer["data"]["callerDisplayName"], "Alice");
    assert_eq!(offer["data"]["serverCallId"], server_call.as_str());
    assert_eq!(
        offer["data"]["customContext"]["sipHeaders"]["X-MS-Custom-case"],
        "42"
    );
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("callee"),
    });
    let answered = client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    assert_eq!(answered.body["answeredFor"]["value"], own.as_str());
    app.event("callee", "CallConnected").await;
    // The offer is spent.
    let again = client.post("/calling/callConnections:answer", &body).await;
    assert_eq!((again.status, again.error().0), (404, "8522"));
    caller.hang_up().unwrap();
    app.event("callee", "CallDisconnected").await;
}

#[tokio::test]
async fn parties_press_and_speak_by_hand_and_over_http() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let phone = CommunicationIdentifier::phone("+16045550100");
    let party = emulator.party(&phone);
    assert!(party.press("1").unwrap_err().is_not_found(), "it is in no call");
    create(&client, &app, &phone, emulator.phone_numbers()[0].as_str()).await;
    app.event("caller", "CallConnected").await;

    let error = party.press("1!").unwrap_err();
    assert_eq!(error.kind(), acs_emulator::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`!`"), "{error}");
    party.press("12#").unwrap();
    party.say("good morning").unwrap();
    let act = "/emulator/parties/4%3A%2B16045550100/act";
    for (body, status) in [
        (json!({ "action": "press", "tones": "*0" }), 200),
        (json!({ "action": "press", "tones": "" }), 400),
        (json!({ "action": "dance" }), 400),
        (json!({ "action": "say", "text": "sales" }), 200),
        (json!({ "action": "answer" }), 404),
    ] {
        assert_eq!(client.plain_post(act, &body).await.0, status, "{body}");
    }
    let said: Vec<String> = emulator
        .journal()
        .iter()
        .filter(|entry| entry.from == "4:+16045550100" && entry.to == "service")
        .map(|entry| entry.label.clone())
        .collect();
    assert_eq!(
        said,
        [
            "answers",
            "presses 12#",
            "says “good morning”",
            "presses *0",
            "says “sales”"
        ]
    );

    let script = json!({ "onRing": { "action": "reject", "reason": "busy" } });
    let path = "/emulator/parties/4%3A%2B16045550100/script";
    assert_eq!(client.plain_post(path, &script).await.0, 200);
    create(&client, &app, &phone, emulator.phone_numbers()[0].as_str()).await;
    let event = app.event("caller", "CreateCallFailed").await;
    assert_eq!(result(&event).0, 486, "{event}");
    assert_eq!(client.plain_post(path, &json!(null)).await.0, 200);
    create(&client, &app, &phone, emulator.phone_numbers()[0].as_str()).await;
    app.event("caller", "CallConnected").await;
    let bad = json!({ "whenAsked": [{ "action": "press", "tones": "one" }] });
    let (status, body) = client.plain_post(path, &bad).await;
    assert_eq!(status, 400);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("found `o` at position 1"), "{message}");
    assert_eq!(
        client.plain_post(act, &json!({ "action": "hangUp" })).await.0,
        200
    );
    app.event("caller", "CallDisconnected").await;
}
