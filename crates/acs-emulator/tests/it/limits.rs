//! Versions of the interface, and limits on requests.

use std::time::Duration;

use acs_emulator::{Emulator, RateLimit};
use serde_json::json;

use crate::harness::{App, Client, Sending};

#[tokio::test]
async fn older_versions_do_what_they_have_and_no_more() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    for (index, (version, later)) in [
        ("2023-03-06", Some("participants:mute")),
        ("2023-10-15", Some(":hold")),
        ("2024-04-15", Some(":unhold")),
        ("2024-09-15", Some(":startMediaStreaming")),
        ("2025-05-15", Some("participants:moveHere")),
        ("2025-06-15", Some("participants:moveHere")),
        ("2026-03-12", None),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("v{index}");
        let body = json!({
            "targets": [{"phoneNumber": {"value": "+16045550123"}}],
            "sourceCallerIdNumber": {"value": emulator.phone_numbers()[0].as_str()},
            "callbackUri": app.callback(&name),
        });
        let path = format!("/calling/callConnections?api-version={version}");
        let made = client.post(&path, &body).await;
        assert_eq!(made.status, 201, "{version}: {made:?}");
        app.event(&name, "CallConnected").await;
        let id = made.text("callConnectionId");
        if let Some(later) = later {
            let slash = if later.starts_with(':') { "" } else { "/" };
            let path = format!("/calling/callConnections/{id}{slash}{later}?api-version={version}");
            let answer = client.post(&path, &json!({})).await;
            assert_eq!(answer.status, 404, "{version}: {answer:?}");
            let error = &answer.body["error"];
            assert!(error.get("code").is_none(), "{answer:?}");
            let expected = format!(
                "No HTTP resource was found that matches the request URI 'http://{}{path}'.",
                client.authority
            );
            assert_eq!(error["message"], expected.as_str());
        }
        let path = format!("/calling/callConnections/{id}?api-version={version}");
        assert_eq!(client.delete(&path).await.status, 204, "{version}");
        app.event(&name, "CallDisconnected").await;
    }
    for version in ["", "2022-04-07", "2026-03-12-preview", "2099-01-01", "latest"] {
        let path = format!("/calling/callConnections/none?api-version={version}");
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 404, "{version}");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("No HTTP resource was found"), "{message}");
        let supported = answer.header("api-supported-versions").unwrap();
        assert!(supported.ends_with("2025-06-15, 2026-03-12"), "{supported}");
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let emulator = Emulator::builder()
        .rate_limit(RateLimit::new(2, Duration::from_secs(3600)))
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    // Who is not let in is not counted, and neither is the emulator's own interface.
    for _ in 0..3 {
        let path = "/calling/callConnections/none?api-version=2026-03-12";
        let unsigned = Sending::new("GET", path, None).header("authorization", "");
        assert_eq!(client.send(unsigned).await.status, 401);
        assert_eq!(client.plain("/emulator/health").await.0, 200);
    }
    for expected in [404, 404, 429, 429] {
        let answer = client.get("/calling/callConnections/none").await;
        assert_eq!(answer.status, expected, "{answer:?}");
        if expected == 429 {
            assert_eq!(answer.error().0, "429");
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=3600).contains(&wait), "{wait}");
        }
    }
    emulator.reset();
    assert_eq!(client.get("/calling/callConnections/none").await.status, 404);
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let target = "/calling/callConnections/none?api-version=2026-03-12";
    let mut chains = Vec::new();
    for (authorization, status) in [(None, 404), (Some(""), 401)] {
        let mut sending = Sending::new("GET", target, None).header("x-ms-client-request-id", "mine-7");
        if let Some(value) = authorization {
            sending = sending.header("authorization", value);
        }
        let answer = client.send(sending).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-ms-client-request-id"), Some("mine-7"));
        chains.push(answer.header("x-microsoft-skype-chain-id").unwrap().to_owned());
    }
    assert_ne!(chains[0], chains[1]);
    let journal = emulator.journal();
    let named = journal
        .iter()
        .filter(|entry| entry.detail["clientRequestId"] == "mine-7")
        .count();
    assert_eq!(named, 2);
}
