//! A call with both sides automated, from the first request to the last event.

use acs_emulator::{Emulator, EventGridSchema, JournalKind};
use serde_json::json;

use crate::harness::{App, Client};

#[tokio::test]
async fn create_offer_answer_connect_and_hang_up() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let (caller, callee) = (emulator.create_user(), emulator.create_user());

    let body = json!({
        "targets": [{ "rawId": callee.id(), "communicationUser": { "id": callee.id() } }],
        "source": { "id": caller.id() },
        "callbackUri": app.callback("caller"),
        "operationContext": "outgoing",
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.text("callConnectionState"), "connecting");
    assert_eq!(created.text("callbackUri"), app.callback("caller"));
    assert_eq!(created.body["source"]["rawId"], caller.id());
    assert_eq!(created.body["targets"][0]["kind"], "communicationUser");
    assert!(created.body.get("serverCallId").is_none(), "{created:?}");
    let correlation = created.text("correlationId");
    assert_eq!(
        created.header("x-microsoft-skype-chain-id"),
        Some(correlation.as_str())
    );

    let offer = app.offer().await;
    assert_eq!(offer["eventType"], "Microsoft.Communication.IncomingCall");
    assert_eq!(
        offer["subject"],
        format!("/caller/{}/recipient/{}", caller.id(), callee.id())
    );
    assert_eq!(offer["data"]["from"]["rawId"], caller.id());
    assert_eq!(offer["data"]["to"]["rawId"], callee.id());
    assert_eq!(offer["data"]["correlationId"], correlation.as_str());
    let context = offer["data"]["incomingCallContext"].as_str().unwrap().to_owned();

    let body = json!({
        "incomingCallContext": context,
        "callbackUri": app.callback("callee"),
        "operationContext": "incoming",
        "answeredBy": { "id": callee.id() },
    });
    let answered = client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    assert_eq!(answered.body["source"]["rawId"], caller.id());
    assert_eq!(answered.body["answeredBy"]["id"], callee.id());
    let server_call = answered.text("serverCallId");
    assert_eq!(offer["data"]["serverCallId"], server_call.as_str());

    for (leg, answer, context) in [
        ("caller", &created, "outgoing"),
        ("callee", &answered, "incoming"),
    ] {
        let connection = answer.text("callConnectionId");
        let event = app.event(leg, "CallConnected").await;
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["datacontenttype"], "application/json");
        assert_eq!(event["source"], format!("calling/callConnections/{connection}"));
        assert_eq!(event["subject"], event["source"]);
        assert!(event["time"].as_str().unwrap().ends_with("+00:00"), "{event}");
        let data = &event["data"];
        assert_eq!(data["callConnectionId"], connection.as_str());
        assert_eq!(data["serverCallId"], server_call.as_str());
        assert_eq!(data["correlationId"], correlation.as_str());
        assert_eq!(data["operationContext"], context);
        assert_eq!(data["resultInformation"]["code"], 200);
        assert_eq!(data["publicEventType"], "Microsoft.Communication.CallConnected");
        let event = app.event(leg, "ParticipantsUpdated").await;
        assert_eq!(event["data"]["participants"].as_array().unwrap().len(), 2);
        let path = format!("/calling/callConnections/{connection}");
        let got = client.get(&path).await;
        assert_eq!(got.status, 200);
        assert_eq!(got.text("callConnectionState"), "connected");
        assert_eq!(got.text("serverCallId"), server_call);
    }
    assert_ne!(
        created.text("callConnectionId"),
        answered.text("callConnectionId")
    );

    let path = format!("/calling/callConnections/{}", created.text("callConnectionId"));
    assert_eq!(client.delete(&path).await.status, 204);
    let event = app.event("caller", "CallDisconnected").await;
    assert_eq!(event["data"]["resultInformation"]["subCode"], 7000);
    let event = app.event("callee", "CallDisconnected").await;
    assert_eq!(event["data"]["resultInformation"]["subCode"], 5001);
    for answer in [&created, &answered] {
        let path = format!("/calling/callConnections/{}", answer.text("callConnectionId"));
        assert_eq!(client.get(&path).await.status, 404);
    }

    // Everything about the call is filed under it, the first response included.
    let call = Some(server_call.as_str());
    for entry in emulator.journal() {
        let about = entry.connection.is_some() && entry.label != "404" && !entry.label.starts_with("GET");
        assert!(!about || entry.call.as_deref() == call, "{entry:#?}");
    }
    let created = emulator.journal().into_iter().find(|entry| entry.label == "201");
    assert_eq!(created.unwrap().call.as_deref(), call);
    emulator.shutdown().await;
}

#[tokio::test]
async fn the_journal_tells_the_call_in_order_and_keeps_its_secrets() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let callee = emulator.create_user();
    let body = json!({
        "targets": [{ "rawId": callee.id() }],
        "callbackUri": app.callback("caller"),
    });
    client.post("/calling/callConnections", &body).await;
    let offer = app.offer().await;
    let context = offer["data"]["incomingCallContext"].as_str().unwrap();
    let body = json!({ "incomingCallContext": context, "callRejectReason": "busy" });
    let answer = client.post("/calling/callConnections:reject", &body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    app.event("caller", "CreateCallFailed").await;

    let journal = emulator.journal();
    let place = |kind: JournalKind, label: &str| {
        journal
            .iter()
            .find(|entry| entry.kind == kind && entry.label.contains(label))
            .unwrap_or_else(|| panic!("no {kind:?} {label} in {journal:#?}"))
            .number
    };
    let order = [
        place(JournalKind::Request, "POST /calling/callConnections"),
        place(JournalKind::Response, "201"),
        place(JournalKind::Offer, "IncomingCall"),
        place(JournalKind::Request, "POST /calling/callConnections:reject"),
        place(JournalKind::Response, "204"),
        place(JournalKind::Event, "CallDisconnected"),
        place(JournalKind::Event, "CreateCallFailed"),
    ];
    assert!(order.is_sorted(), "{order:?} in {journal:#?}");
    let text = serde_json::to_string(&journal).unwrap();
    assert!(!text.contains(context), "an incoming call context is a secret");
    assert!(
        !text.contains("s%20ecret") && !text.contains("s ecret"),
        "so is the query of a callback"
    );
}
