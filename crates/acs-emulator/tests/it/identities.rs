//! Users, tokens and numbers, in the words of the identity and phone number SDKs.

use acs_common::PhoneNumber;
use acs_emulator::Emulator;
use serde_json::json;

use crate::harness::{Client, Sending};

const IDENTITY_VERSION: &str = "api-version=2023-10-01";

async fn post(client: &Client, path: &str, body: Option<serde_json::Value>) -> crate::harness::Answer {
    let target = format!("{path}?{IDENTITY_VERSION}");
    client.send(Sending::new("POST", &target, body.as_ref())).await
}

#[tokio::test]
async fn users_are_made_get_tokens_and_go() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);

    let answer = post(&client, "/identities", None).await;
    assert_eq!(answer.status, 201);
    assert!(answer.body.get("accessToken").is_none());
    let id = answer.body["identity"]["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("8:acs:"), "{id}");

    let body = json!({ "createTokenWithScopes": ["voip"], "expiresInMinutes": 60 });
    let answer = post(&client, "/identities", Some(body)).await;
    assert_eq!(answer.status, 201);
    let token = answer.body["accessToken"]["token"].as_str().unwrap().to_owned();
    assert_eq!(token.split('.').count(), 3);
    assert!(
        answer.body["accessToken"]["expiresOn"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );

    let path = format!("/identities/{id}/:issueAccessToken");
    let answer = post(&client, &path, Some(json!({ "scopes": ["voip", "chat"] }))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body["token"].is_string());
    assert_eq!(
        post(&client, &path, Some(json!({ "scopes": [] }))).await.status,
        400
    );
    let body = json!({ "scopes": ["voip"], "expiresInMinutes": 59 });
    assert!(
        post(&client, &path, Some(body))
            .await
            .error()
            .1
            .contains("expiresInMinutes")
    );

    let target = format!("/identities/{}?{IDENTITY_VERSION}", id.replace(':', "%3A"));
    assert_eq!(
        client.send(Sending::new("GET", &target, None)).await.body["id"],
        id.as_str()
    );
    assert_eq!(
        client.send(Sending::new("DELETE", &target, None)).await.status,
        204
    );
    assert_eq!(
        client.send(Sending::new("DELETE", &target, None)).await.status,
        404
    );
    assert_eq!(
        post(&client, &path, Some(json!({ "scopes": ["voip"] })))
            .await
            .status,
        404
    );

    // Tokens are secrets: the journal has the requests, not the tokens.
    let journal = serde_json::to_string(&emulator.journal()).unwrap();
    assert!(journal.contains("/identities"));
    assert!(!journal.contains(&token));
}

#[tokio::test]
async fn numbers_are_listed_page_by_page() {
    let numbers = ["+16041234567", "+442071234567", "+4930123456"];
    let mut builder = Emulator::builder();
    for number in numbers {
        builder = builder.phone_number(number.parse::<PhoneNumber>().unwrap());
    }
    let emulator = builder.start().await.unwrap();
    let client = Client::new(&emulator);

    let mut target = "/phoneNumbers?api-version=2025-06-01&skip=0&top=2".to_owned();
    let mut listed = Vec::new();
    loop {
        let answer = client.send(Sending::new("GET", &target, None)).await;
        assert_eq!(answer.status, 200);
        for number in answer.body["phoneNumbers"].as_array().unwrap() {
            for member in [
                "id",
                "countryCode",
                "phoneNumberType",
                "assignmentType",
                "purchaseDate",
            ] {
                assert!(number[member].is_string(), "{member}: {number}");
            }
            assert!(number["capabilities"]["calling"].is_string());
            assert!(number["cost"]["amount"].is_number());
            listed.push(number["phoneNumber"].as_str().unwrap().to_owned());
        }
        let Some(next) = answer.body["nextLink"].as_str() else {
            break;
        };
        target = next
            .strip_prefix(&format!("http://{}", client.authority))
            .unwrap_or_else(|| panic!("{next}"))
            .to_owned();
    }
    assert_eq!(listed, numbers);
    let target = "/phoneNumbers/%2B442071234567?api-version=2025-06-01";
    let answer = client.send(Sending::new("GET", target, None)).await;
    assert_eq!(answer.body["countryCode"], "GB");
    let target = "/phoneNumbers/+19999999999?api-version=2025-06-01";
    assert_eq!(client.send(Sending::new("GET", target, None)).await.status, 404);
}
