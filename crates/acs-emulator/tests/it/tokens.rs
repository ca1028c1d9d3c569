//! The tokens of callbacks, as an application checks them: with what the emulator publishes and nothing else.

use acs_emulator::{Emulator, EmulatorBuilder, EventGridSchema, JournalEntry, JournalKind, TokenFault};
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::harness::{App, Client, soon};

const METADATA: &str = "/calling/.well-known/acsopenidconfiguration";

/// An application that keeps what comes in whole, and answers as it is told.
struct Inbox {
    address: String,
    posts: mpsc::UnboundedReceiver<(HeaderMap, Value)>,
}

#[derive(Clone)]
struct Keeper {
    posts: mpsc::UnboundedSender<(HeaderMap, Value)>,
    /// What is answered to the first posts, in turn.
    answers: std::sync::Arc<std::sync::Mutex<Vec<StatusCode>>>,
}

async fn keep(
    State(keeper): State<Keeper>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> axum::response::Response {
    let code = body[0]["data"]["validationCode"].clone();
    if code.is_string() {
        return Json(json!({ "validationResponse": code })).into_response();
    }
    let _ = keeper.posts.send((headers, body));
    keeper
        .answers
        .lock()
        .unwrap()
        .pop()
        .unwrap_or(StatusCode::OK)
        .into_response()
}

impl Inbox {
    async fn start(answers: &[StatusCode]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let (sender, posts) = mpsc::unbounded_channel();
        let keeper = Keeper {
            posts: sender,
            answers: std::sync::Arc::new(std::sync::Mutex::new(answers.iter().rev().copied().collect())),
        };
        let app = Router::new().fallback(keep).with_state(keeper);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, posts }
    }

    async fn next(&mut self) -> (HeaderMap, Value) {
        soon("a post", self.posts.recv()).await.unwrap()
    }

    /// The token of the next callback, and the id of the event in it.
    async fn token(&mut self) -> (Option<String>, String) {
        let (headers, body) = self.next().await;
        let token = headers.get("authorization").map(|value| {
            let text = value.to_str().unwrap();
            text.strip_prefix("Bearer ").unwrap().to_owned()
        });
        (token, body[0]["id"].as_str().unwrap().to_owned())
    }
}

/// A call whose caller's events come to this address.
async fn call(emulator: &Emulator, client: &Client, address: &str) -> String {
    let body = json!({
        "targets": [{ "rawId": emulator.create_user().id() }],
        "callbackUri": address,
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    created.text("callConnectionId")
}

fn bytes(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&bytes(part)).unwrap()
}

/// Checks a token as the guide says: key by id, signature, issuer, audience, lifetime. Returns what is wrong.
async fn check(client: &Client, audience: &str, token: Option<&str>) -> Result<(), &'static str> {
    let (signed, signature) = token.ok_or("missing")?.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (json_of(header), json_of(claims));
    let (status, metadata) = client.plain(METADATA).await;
    assert_eq!(status, 200);
    let jwks = metadata["jwks_uri"].as_str().unwrap();
    let origin = format!("http://{}", client.authority);
    let (status, set) = client.plain(jwks.strip_prefix(&origin).unwrap()).await;
    assert_eq!(status, 200);
    if header["alg"] != "RS256" {
        return Err("algorithm");
    }
    let key = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .ok_or("key")?;
    RsaPublicKeyComponents {
        n: bytes(key["n"].as_str().unwrap()),
        e: bytes(key["e"].as_str().unwrap()),
    }
    .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &bytes(signature))
    .map_err(|_| "signature")?;
    if claims["iss"] != metadata["issuer"] {
        return Err("issuer");
    }
    if claims["aud"] != audience {
        return Err("audience");
    }
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let at = |name: &str| claims[name].as_u64().unwrap();
    assert_eq!(at("exp") - at("nbf"), 300);
    // A little leeway: the token is of the second before, perhaps.
    if at("exp") < now {
        return Err("expired");
    }
    if at("nbf") > now + 60 {
        return Err("not yet valid");
    }
    assert!(claims["jti"].is_string());
    Ok(())
}

fn deliveries(emulator: &Emulator) -> Vec<std::sync::Arc<JournalEntry>> {
    let mut entries = emulator.journal();
    entries.retain(|entry| entry.kind == JournalKind::Delivery);
    entries
}

#[tokio::test]
async fn the_documents_are_open_to_everybody() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let origin = format!("http://{}", client.authority);
    assert_eq!(emulator.openid_configuration(), format!("{origin}{METADATA}"));
    assert_eq!(emulator.callback_issuer(), origin);
    assert_eq!(
        client.plain(METADATA).await,
        (
            200,
            json!({
                "issuer": origin,
                "jwks_uri": format!("{origin}/calling/keys"),
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })
        )
    );
    let (_, set) = client.plain("/calling/keys").await;
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["use"], &keys[0]["alg"]),
        (&json!("RSA"), &json!("sig"), &json!("RS256"))
    );
    assert_eq!(bytes(keys[0]["n"].as_str().unwrap()).len(), 256);
    assert_eq!(keys[0]["e"], "AQAB");
    let answer = client.post("/calling/keys", &json!({})).await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
}

#[tokio::test]
async fn every_callback_has_a_good_token_of_its_own_and_event_grid_has_none() {
    let mut incoming = Inbox::start(&[]).await;
    let emulator = Emulator::builder()
        .event_grid_webhook(&incoming.address, EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let mut inbox = Inbox::start(&[]).await;
    call(&emulator, &client, &inbox.address).await;
    let (headers, offer) = incoming.next().await;
    assert_eq!(offer[0]["eventType"], "Microsoft.Communication.IncomingCall");
    assert!(!headers.contains_key("authorization"));
    let answered = json!({
        "incomingCallContext": offer[0]["data"]["incomingCallContext"],
        "callbackUri": &inbox.address,
    });
    assert_eq!(
        client
            .post("/calling/callConnections:answer", &answered)
            .await
            .status,
        200
    );
    let mut seen = Vec::new();
    // Both legs: participants and connected.
    for _ in 0..4 {
        let (token, _) = inbox.token().await;
        assert_eq!(
            check(&client, emulator.resource_id(), token.as_deref()).await,
            Ok(())
        );
        assert!(!seen.contains(&token), "a token came twice");
        seen.push(token);
    }
    emulator.settled().await;
    let journal = serde_json::to_string(&emulator.journal()).unwrap();
    for token in seen.into_iter().flatten() {
        assert!(!journal.contains(&token), "a token stands in the journal");
    }
}

#[tokio::test]
async fn a_repeated_event_keeps_its_token() {
    let emulator = Emulator::builder()
        .delivery_time_scale(0.001)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let mut inbox = Inbox::start(&[StatusCode::SERVICE_UNAVAILABLE]).await;
    call(&emulator, &client, &inbox.address).await;
    let first = inbox.token().await;
    assert_eq!(inbox.token().await, first);
    let next = inbox.token().await;
    assert_ne!(next.1, first.1);
    assert_ne!(next.0, first.0);
}

#[tokio::test]
async fn each_fault_is_refused_for_its_reason_and_stands_in_the_journal() {
    for (fault, reason) in [
        (TokenFault::Expired, "expired"),
        (TokenFault::NotYetValid, "not yet valid"),
        (TokenFault::WrongAudience, "audience"),
        (TokenFault::WrongIssuer, "issuer"),
        (TokenFault::WrongKey, "signature"),
        (TokenFault::Unsigned, "signature"),
        (TokenFault::AlgNone, "algorithm"),
        (TokenFault::KeyConfusion, "algorithm"),
        (TokenFault::Missing, "missing"),
    ] {
        let emulator = Emulator::builder().token_fault(fault).start().await.unwrap();
        let client = Client::new(&emulator);
        let mut inbox = Inbox::start(&[StatusCode::UNAUTHORIZED; 2]).await;
        call(&emulator, &client, &inbox.address).await;
        let (token, _) = inbox.token().await;
        assert_eq!(
            check(&client, emulator.resource_id(), token.as_deref()).await,
            Err(reason),
            "{fault}"
        );
        emulator.settled().await;
        let deliveries = deliveries(&emulator);
        assert_eq!(deliveries.len(), 2);
        for delivery in deliveries {
            assert_eq!(delivery.detail["result"], "refused");
            assert_eq!(delivery.detail["status"], 401);
            assert_eq!(delivery.detail["tokenFault"], fault.to_string());
        }
    }
}

#[tokio::test]
async fn faults_are_set_over_http_and_end_with_a_reset() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut inbox = Inbox::start(&[]).await;
    let leg = call(&emulator, &client, &inbox.address).await;
    let good = [inbox.token().await.0, inbox.token().await.0];
    emulator.settled().await;
    let (status, answer) = client
        .plain_post("/emulator/token-fault", &json!({ "fault": "replayed" }))
        .await;
    assert_eq!((status, answer), (200, json!({ "fault": "replayed" })));
    assert_eq!(emulator.token_fault(), TokenFault::Replayed);
    assert_eq!(
        client
            .delete(&format!("/calling/callConnections/{leg}"))
            .await
            .status,
        204
    );
    assert_eq!(inbox.token().await.0, good[1], "the token of the last event");
    emulator.settled().await;
    assert!(
        emulator
            .journal()
            .iter()
            .any(|entry| entry.kind == JournalKind::Note && entry.label == "token fault: replayed")
    );
    emulator.reset();
    assert_eq!(emulator.token_fault(), TokenFault::None);
    let (status, answer) = client
        .plain_post("/emulator/token-fault", &json!({ "fault": "upsideDown" }))
        .await;
    assert_eq!(status, 400);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("wrongAudience"),
        "it names what there is: {message}"
    );
}

#[tokio::test]
async fn keys_are_rotated_and_withdrawn() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut inbox = Inbox::start(&[]).await;
    call(&emulator, &client, &inbox.address).await;
    let before = inbox.token().await.0;
    inbox.token().await;
    emulator.settled().await;
    let (status, rotated) = client.plain_post("/emulator/keys/rotate", &json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(client.plain("/emulator/keys").await.1, rotated);
    assert_eq!(rotated["published"].as_array().unwrap().len(), 2);
    call(&emulator, &client, &inbox.address).await;
    let after = inbox.token().await.0;
    let header = json_of(after.as_ref().unwrap().split('.').next().unwrap());
    assert_eq!(header["kid"], rotated["signing"]);
    let audience = emulator.resource_id();
    assert_eq!(check(&client, audience, before.as_deref()).await, Ok(()));
    assert_eq!(check(&client, audience, after.as_deref()).await, Ok(()));
    let (_, withdrawn) = client.plain_post("/emulator/keys/withdraw", &json!({})).await;
    assert_eq!(withdrawn["published"], json!([rotated["signing"]]));
    assert_eq!(check(&client, audience, before.as_deref()).await, Err("key"));
    assert_eq!(check(&client, audience, after.as_deref()).await, Ok(()));
    assert_ne!(json!(emulator.rotate_keys()), rotated["signing"]);
    assert_eq!(emulator.withdraw_old_keys(), 1);
}

#[tokio::test]
async fn tokens_can_be_switched_off() {
    let emulator = Emulator::builder().callback_tokens(false).start().await.unwrap();
    let client = Client::new(&emulator);
    let mut inbox = Inbox::start(&[]).await;
    call(&emulator, &client, &inbox.address).await;
    assert_eq!(inbox.token().await.0, None);
    let (status, _) = client
        .plain_post("/emulator/token-fault", &json!({ "fault": "expired" }))
        .await;
    assert_eq!(status, 409);
    let (_, health) = client.plain("/emulator/health").await;
    assert_eq!(health["callbackTokens"], false);
    assert_eq!(health["resourceId"], emulator.resource_id());
}

#[tokio::test]
async fn issuer_resource_id_and_key_can_be_set() {
    let key = include_bytes!("../../src/tokens/keys/stranger.pk8.der");
    let resource = "6d889502-3d7a-41a8-befa-d21fd80e8767";
    let emulator = Emulator::builder()
        .callback_issuer("https://acscallautomation.communication.azure.com")
        .resource_id(resource)
        .callback_key(key)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let mut app = Inbox::start(&[]).await;
    call(&emulator, &client, &app.address).await;
    let (token, _) = app.token().await;
    assert_eq!(check(&client, resource, token.as_deref()).await, Ok(()));
    let claims = json_of(token.unwrap().split('.').nth(1).unwrap());
    assert_eq!(claims["iss"], "https://acscallautomation.communication.azure.com");

    let start = |settings: EmulatorBuilder| async { settings.start().await.unwrap_err().to_string() };
    assert!(
        start(Emulator::builder().resource_id("me"))
            .await
            .starts_with("resource id")
    );
    assert!(
        start(Emulator::builder().callback_key("no key"))
            .await
            .starts_with("callback key")
    );
}

#[tokio::test]
async fn the_resource_id_is_the_one_in_the_ids_of_users() {
    let emulator = Emulator::builder().seed(42).start().await.unwrap();
    let user = emulator.create_user();
    let prefix = format!("8:acs:{}_", emulator.resource_id());
    assert!(user.id().starts_with(&prefix), "{user:?} {prefix}");
    // Nothing of this depends on an application that checks tokens.
    let mut app = App::start().await;
    let client = Client::new(&emulator);
    call(&emulator, &client, &app.callback("caller")).await;
    app.event("caller", "CallConnected").await;
}
