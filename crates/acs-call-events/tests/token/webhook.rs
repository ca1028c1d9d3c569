//! The webhook with a verifier: who is let in, as what, and what the others are answered.

use acs_call_events::webhook::{WebhookConfig, handle_with};
use acs_call_events::{CallEventHub, CallEventStreamExt as _};
use acs_common::CallConnectionId;
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use serde_json::json;

use crate::signer::{Signer, now};
use crate::source::Given;
use crate::{expecting, verifier};

const CONNECTED: &str =
    r#"[{"id":"1","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"}}]"#;
const OFFER: &str = r#"[{"id":"2","topic":"/subscriptions/x","subject":"","eventTime":"2025-03-05T08:58:50Z","eventType":"Microsoft.Communication.IncomingCall","data":{"to":{"rawId":"8:acs:b"},"from":{"rawId":"8:acs:a"},"incomingCallContext":"context"}}]"#;

fn guarded() -> WebhookConfig {
    WebhookConfig::new().token_verifier(verifier())
}

fn post(uri: &str, token: Option<&str>, body: &'static str) -> Request<Bytes> {
    let mut request = Request::post(uri);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn grid(mut request: Request<Bytes>) -> Request<Bytes> {
    request
        .headers_mut()
        .insert("aeg-event-type", "Notification".parse().unwrap());
    request
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[tokio::test]
async fn with_a_token_a_callback_is_taken() {
    let hub = CallEventHub::new();
    let token = Signer::one().token();
    let response = handle_with(&hub, &guarded(), post("/", Some(&token), CONNECTED)).await;
    assert_eq!((response.status(), text(&response)), (StatusCode::OK, ""));
    let mut events = hub.events(&CallConnectionId::from("c")).until_disconnected();
    assert_eq!(events.next().await.unwrap().id(), "1");
    assert_eq!(hub.stats().unauthorized, 0);
}

#[tokio::test]
async fn without_one_that_holds_it_is_counted_and_never_reaches_the_hub() {
    let hub = CallEventHub::new();
    let expired = Signer::one().claiming("exp", json!(now() - 120));
    let other = Signer::one().claiming("aud", json!("other"));
    let strange = Signer::two().token();
    for (count, (token, challenge, says)) in [
        (None, "Bearer", "there is none"),
        (Some(&*expired), r#"Bearer error="invalid_token""#, "expired"),
        (Some(&*other), r#"Bearer error="invalid_token""#, "audience"),
        (Some(&*strange), r#"Bearer error="invalid_token""#, "key"),
        (Some("x.y"), r#"Bearer error="invalid_token""#, "readable"),
    ]
    .into_iter()
    .enumerate()
    {
        let response = handle_with(&hub, &guarded(), post("/", token, CONNECTED)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{says}");
        assert_eq!(response.headers()[WWW_AUTHENTICATE], challenge);
        assert!(text(&response).contains(says), "{}", text(&response));
        let stats = hub.stats();
        assert_eq!(
            (stats.unauthorized, stats.accepted, stats.open_logs),
            (count as u64 + 1, 0, 0)
        );
    }
}

#[tokio::test]
async fn a_body_that_is_large_changes_nothing_for_strangers() {
    let hub = CallEventHub::new();
    let config = guarded().body_limit(4);
    let token = Signer::one().token();
    for (token, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(&*token), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let response = handle_with(&hub, &config, post("/", token, CONNECTED)).await;
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn without_keys_the_service_is_asked_to_come_again() {
    let hub = CallEventHub::new();
    let source = Given::default();
    let config = WebhookConfig::new().token_verifier(expecting(&source).build().unwrap());
    let token = Signer::one().token();
    let response = handle_with(&hub, &config, post("/", Some(&token), CONNECTED)).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[RETRY_AFTER], "5");
    assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!((hub.stats().unauthorized, hub.stats().accepted), (0, 0));
    // Who shows no token at all need not come again.
    let response = handle_with(&hub, &config, post("/", None, CONNECTED)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_form_of_event_grid_is_no_way_around_the_token() {
    let hub = CallEventHub::new();
    let mut offers = hub.incoming_calls();
    for body in [CONNECTED, OFFER] {
        for request in [post("/", None, body), grid(post("/", None, body))] {
            let response = handle_with(&hub, &guarded(), request).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{body}");
            assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        }
    }
    // A token opens the door of callbacks only.
    let token = Signer::one().token();
    let signed = post("/", Some(&token), OFFER);
    let status = handle_with(&hub, &guarded(), signed.clone()).await.status();
    assert_ne!(status, StatusCode::UNAUTHORIZED);
    let status = handle_with(&hub, &guarded(), grid(signed)).await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(offers.next().now_or_never().is_none(), "no call was offered");
    assert_eq!((hub.stats().offers, hub.stats().accepted), (0, 0));
}

#[tokio::test]
async fn event_grid_comes_with_its_key_and_callbacks_with_their_token() {
    let hub = CallEventHub::new();
    let config = guarded().event_grid_key("grid", "g");
    for (uri, status) in [
        ("/?grid=x", StatusCode::UNAUTHORIZED),
        ("/", StatusCode::UNAUTHORIZED),
        ("/?grid=g", StatusCode::OK),
    ] {
        let response = handle_with(&hub, &config, grid(post(uri, None, OFFER))).await;
        assert_eq!(response.status(), status, "{uri}");
        let response = handle_with(&hub, &config, post(uri, None, OFFER)).await;
        assert_eq!(response.status(), status, "{uri}, forwarded without headers");
        let handshake = Request::options(uri)
            .header("WebHook-Request-Origin", "eventgrid.azure.net")
            .body(Bytes::new())
            .unwrap();
        assert_eq!(
            handle_with(&hub, &config, handshake).await.status(),
            status,
            "{uri}"
        );
    }
    assert_eq!((hub.stats().offers, hub.stats().duplicate_offers), (1, 1));
    // Its key is none for callbacks, whatever they look like.
    for request in [
        post("/?grid=g", None, CONNECTED),
        grid(post("/?grid=g", None, CONNECTED)),
    ] {
        handle_with(&hub, &config, request).await;
    }
    let bad = post("/?grid=g", Some("x.y.z"), CONNECTED);
    assert_eq!(
        handle_with(&hub, &config, bad).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(hub.stats().accepted, 0);
    // An Entra token on a delivery of Event Grid is not ours to judge.
    let entra = grid(post("/?grid=g", Some("of.another.issuer"), OFFER));
    assert_eq!(handle_with(&hub, &config, entra).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_shared_key_and_a_token_are_both_needed_when_both_are_set() {
    let hub = CallEventHub::new();
    let config = guarded().shared_key("key", "k");
    let token = Signer::one().token();
    for (uri, token, status) in [
        ("/?key=k", None, StatusCode::UNAUTHORIZED),
        ("/", Some(&*token), StatusCode::UNAUTHORIZED),
        ("/?key=k", Some(&*token), StatusCode::OK),
    ] {
        // With the key and no token it may be from Event Grid, and is read as nothing else.
        let request = post(uri, token, CONNECTED);
        let response = handle_with(&hub, &config, request).await;
        let taken = u64::from(status == StatusCode::OK);
        assert_eq!(hub.stats().accepted, taken, "{uri} {}", response.status());
    }
    let offer = grid(post("/?key=k", None, OFFER));
    assert_eq!(handle_with(&hub, &config, offer).await.status(), StatusCode::OK);
    assert_eq!(hub.stats().offers, 1);
}

#[tokio::test]
async fn a_token_replayed_with_another_body_is_refused() {
    let hub = CallEventHub::new();
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source).detect_replays(10).build().unwrap();
    let config = WebhookConfig::new().token_verifier(verifier);
    let token = Signer::one().token();
    for (body, status) in [
        (CONNECTED, StatusCode::OK),
        (CONNECTED, StatusCode::OK),
        ("[]", StatusCode::UNAUTHORIZED),
    ] {
        let response = handle_with(&hub, &config, post("/", Some(&token), body)).await;
        assert_eq!(response.status(), status, "{body}");
    }
    let stats = hub.stats();
    assert_eq!((stats.accepted, stats.duplicates, stats.unauthorized), (1, 1, 1));
}
