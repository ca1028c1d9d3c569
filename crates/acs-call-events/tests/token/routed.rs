//! Router and extractor of `axum` with a verifier.

use acs_call_events::CallEventHub;
use acs_call_events::webhook::{CallbackEvents, WebhookConfig, router_with};
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures::stream;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use tower::ServiceExt as _;

use crate::signer::Signer;
use crate::source::Given;
use crate::{expecting, verifier};

const CONNECTED: &str =
    r#"[{"id":"1","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"}}]"#;

fn guarded() -> WebhookConfig {
    WebhookConfig::new().token_verifier(verifier())
}

/// A body that must not be read.
fn unread() -> Body {
    Body::from_stream(stream::poll_fn(
        |_| -> std::task::Poll<Option<Result<Bytes, String>>> { panic!("the body of a stranger was read") },
    ))
}

async fn ask(app: &Router, token: Option<&str>, body: impl Into<Body>) -> (StatusCode, String) {
    let mut request = Request::post("/");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = app
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn ids(CallbackEvents(batch): CallbackEvents) -> String {
    let ids: Vec<_> = batch.events.iter().map(|event| event.id().to_owned()).collect();
    format!("{ids:?}, {} bad", batch.bad_elements.len())
}

#[tokio::test]
async fn router_and_extractor_do_not_read_bodies_of_strangers() {
    let hub = CallEventHub::new();
    let routed = router_with(hub.clone(), guarded());
    let extracted = Router::new().route("/", post(ids)).with_state(guarded());
    let token = Signer::one().token();
    for app in [&routed, &extracted] {
        for token in [None, Some("x.y.z"), Some(&*Signer::two().token())] {
            assert_eq!(ask(app, token, unread()).await.0, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(ask(app, Some(&token), CONNECTED).await.0, StatusCode::OK);
    }
    assert_eq!((hub.stats().unauthorized, hub.stats().accepted), (3, 1));
}

#[tokio::test]
async fn the_extractor_gives_what_it_could_read() {
    let app = Router::new()
        .route("/", post(ids))
        .with_state(guarded().body_limit(200));
    let token = Signer::one().token();
    let mixed = CONNECTED.replace(']', ",7]");
    for (body, status, says) in [
        (CONNECTED.to_owned(), StatusCode::OK, r#"["1"], 0 bad"#),
        (mixed, StatusCode::OK, r#"["1"], 1 bad"#),
        ("no json".to_owned(), StatusCode::BAD_REQUEST, ""),
        ("x".repeat(201), StatusCode::PAYLOAD_TOO_LARGE, "200 bytes"),
    ] {
        let (answered, text) = ask(&app, Some(&token), body).await;
        assert_eq!(answered, status, "{text}");
        assert!(text.contains(says), "{text}");
    }
}

#[tokio::test]
async fn the_extractor_tells_replays_and_missing_keys() {
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source).detect_replays(10).build().unwrap();
    let app = Router::new()
        .route("/", post(ids))
        .with_state(WebhookConfig::new().token_verifier(verifier));
    let token = Signer::one().token();
    assert_eq!(ask(&app, Some(&token), CONNECTED).await.0, StatusCode::OK);
    assert_eq!(ask(&app, Some(&token), "[]").await.0, StatusCode::UNAUTHORIZED);
    let away = expecting(&Given::default()).build().unwrap();
    let app = Router::new()
        .route("/", post(ids))
        .with_state(WebhookConfig::new().token_verifier(away));
    let (status, _) = ask(&app, Some(&token), unread()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}
