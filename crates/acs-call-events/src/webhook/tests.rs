//! The webhook, request by request.

use acs_common::Secret;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use tokio_test::task::spawn;

use super::*;
use crate::hub::HubConfig;
use crate::{BusMessage, Delivery, Error, EventBus};

const CONNECTED: &str =
    r#"{"id":"1","type":"Microsoft.Communication.CallConnected","data":{"callConnectionId":"c"}}"#;
const OFFER: &str = r#"{"to":{"rawId":"8:acs:b"},"from":{"rawId":"8:acs:a"},"serverCallId":"s","callerDisplayName":"","incomingCallContext":"the context","correlationId":"x"}"#;

fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("/events?key=k").body(body.into()).unwrap()
}

async fn status(hub: &CallEventHub, body: impl Into<Bytes>) -> StatusCode {
    handle(hub, post(body)).await.status()
}

#[tokio::test]
async fn callbacks_are_taken_in() {
    let hub = CallEventHub::new();
    assert_eq!(status(&hub, format!("[{CONNECTED}]")).await, StatusCode::OK);
    assert_eq!(status(&hub, CONNECTED).await, StatusCode::OK);
    assert_eq!(status(&hub, "[]").await, StatusCode::OK);
    let stats = hub.stats();
    assert_eq!((stats.accepted, stats.duplicates), (1, 1));
}

#[tokio::test]
async fn a_bad_element_is_counted_and_only_a_wholly_bad_body_is_refused() {
    let hub = CallEventHub::new();
    assert_eq!(status(&hub, format!("[{CONNECTED},7]")).await, StatusCode::OK);
    assert_eq!(hub.stats().bad_elements, 1);
    let response = handle(&hub, post("[7]")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let reason = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(
        reason.contains("element 0") && reason.contains("expected an event"),
        "{reason}"
    );
    for body in ["", "hello", "7", "[", "{"] {
        assert_eq!(status(&hub, body).await, StatusCode::BAD_REQUEST, "{body:?}");
    }
}

#[tokio::test]
async fn offers_are_known_in_every_form() {
    let hub = CallEventHub::new();
    let mut offers = spawn(hub.incoming_calls());
    let grid = format!(
        r#"[{{"id":"1","topic":"/subscriptions/x","subject":"/caller/a","data":{},"eventType":"Microsoft.Communication.IncomingCall","dataVersion":"1.0","metadataVersion":"1","eventTime":"2025-03-05T08:58:50.0000001Z"}}]"#,
        OFFER.replace("the context", "1")
    );
    let cloud = format!(
        r#"{{"id":"2","source":"/subscriptions/x","type":"Microsoft.Communication.IncomingCall","specversion":"1.0","time":"2025-03-05T08:58:50Z","data":{}}}"#,
        OFFER.replace("the context", "2")
    );
    let bare = OFFER.replace("the context", "3");
    for body in [grid, format!("[{cloud}]"), cloud, bare] {
        assert_eq!(status(&hub, body).await, StatusCode::OK);
    }
    let mut contexts = Vec::new();
    while let std::task::Poll::Ready(Some(call)) = offers.poll_next() {
        assert_eq!(call.server_call_id().unwrap(), &"s");
        assert_eq!(call.from().unwrap().raw_id(), "8:acs:a");
        contexts.push(call.incoming_call_context().expose().to_owned());
    }
    assert_eq!(contexts, ["1", "2", "3"], "the one sent twice is shown once");
    assert_eq!(hub.stats().accepted, 0);
}

#[tokio::test]
async fn both_handshakes_are_answered() {
    let hub = CallEventHub::new();
    let body = r#"[{"id":"1","topic":"t","subject":"","data":{"validationCode":"512d38b6","validationUrl":"https://x"},"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2018-04-26T20:30:54Z","metadataVersion":"1","dataVersion":"1"}]"#;
    let response = handle(&hub, post(body)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(&response.into_body()[..], br#"{"validationResponse":"512d38b6"}"#);

    let request = Request::options("/events")
        .header("WebHook-Request-Origin", "eventgrid.azure.net")
        .body(Bytes::new())
        .unwrap();
    let response = handle(&hub, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["WebHook-Allowed-Origin"],
        "eventgrid.azure.net"
    );
}

#[tokio::test]
async fn an_event_grid_delivery_is_told_by_its_header_too() {
    let hub = CallEventHub::new();
    let body = r#"[{"id":"1","source":"/s","type":"Microsoft.Communication.CallStarted","data":{}}]"#;
    let mut request = post(body);
    request
        .headers_mut()
        .insert("aeg-event-type", HeaderValue::from_static("Notification"));
    assert_eq!(handle(&hub, request).await.status(), StatusCode::OK);
    assert_eq!(hub.stats().unroutable, 0, "it is no callback without a call");
}

#[tokio::test]
async fn other_methods_and_large_bodies_are_refused() {
    let hub = CallEventHub::new();
    for method in [Method::GET, Method::PUT, Method::OPTIONS] {
        let request = Request::builder().method(method).body(Bytes::new()).unwrap();
        let response = handle(&hub, request).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "POST, OPTIONS");
    }
    let config = WebhookConfig::new().body_limit(CONNECTED.len());
    let fits = handle_with(&hub, &config, post(CONNECTED)).await;
    assert_eq!(fits.status(), StatusCode::OK);
    let over = handle_with(&hub, &config, post(format!("{CONNECTED} "))).await;
    assert_eq!(over.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn without_the_shared_key_nothing_reaches_the_hub() {
    let hub = CallEventHub::new();
    let config = WebhookConfig::new().shared_key("key", Secret::new("other"));
    let response = handle_with(&hub, &config, post(CONNECTED)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!((hub.stats().unauthorized, hub.stats().accepted), (1, 0));
    let config = WebhookConfig::new().shared_key("key", Secret::new("k"));
    assert_eq!(
        handle_with(&hub, &config, post(CONNECTED)).await.status(),
        StatusCode::OK
    );
}

#[derive(Debug)]
struct Refusing;

#[async_trait::async_trait]
impl EventBus for Refusing {
    async fn publish(&self, _: BusMessage) -> Result<Delivery, Error> {
        Err(Error::bus("the broker is away", None))
    }
}

#[tokio::test]
async fn when_the_bus_refuses_the_sender_is_asked_to_repeat() {
    let hub = CallEventHub::with_bus(HubConfig::default(), |_| std::sync::Arc::new(Refusing));
    assert_eq!(status(&hub, CONNECTED).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&hub, OFFER).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(hub.stats().accepted, 0);
}

#[tokio::test]
async fn the_in_process_bus_does_what_a_hub_without_bus_does() {
    let hub = CallEventHub::with_bus(HubConfig::default(), |sink| {
        std::sync::Arc::new(crate::InProcessBus::new(sink))
    });
    let mut offers = spawn(hub.incoming_calls());
    assert_eq!(status(&hub, CONNECTED).await, StatusCode::OK);
    assert_eq!(status(&hub, CONNECTED).await, StatusCode::OK);
    assert_eq!(status(&hub, OFFER).await, StatusCode::OK);
    assert_eq!((hub.stats().accepted, hub.stats().duplicates), (1, 1));
    assert!(offers.poll_next().is_ready());
}

#[cfg(feature = "axum")]
mod routed {
    use axum::Router;
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(app: &Router, request: Request<Body>) -> Response<Body> {
        app.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn the_router_serves_every_path_it_is_nested_at() {
        let hub = CallEventHub::new();
        let app = Router::new()
            .nest("/api/callbacks", router(hub.clone()))
            .nest_service("/strict", router(hub.clone()))
            .route("/health", axum::routing::get(|| async { "well" }));
        for (number, path) in [
            "/api/callbacks",
            "/api/callbacks/42?x=1",
            "/strict",
            "/strict/",
            "/strict/4/2",
        ]
        .into_iter()
        .enumerate()
        {
            let body = CONNECTED.replace("\"1\"", &format!("\"{number}\""));
            let request = Request::post(path).body(Body::from(body)).unwrap();
            assert_eq!(ask(&app, request).await.status(), StatusCode::OK, "{path}");
        }
        assert_eq!(hub.stats().accepted, 5);
        let request = Request::get("/health").body(Body::empty()).unwrap();
        assert_eq!(ask(&app, request).await.status(), StatusCode::OK);
        let request = Request::get("/api/callbacks").body(Body::empty()).unwrap();
        assert_eq!(ask(&app, request).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    #[tokio::test]
    async fn the_router_keeps_the_limit_and_the_key() {
        let hub = CallEventHub::new();
        let config = WebhookConfig::new()
            .body_limit(100)
            .shared_key("key", Secret::new("k"));
        let app = router_with(hub.clone(), config);
        for (uri, length, status) in [
            ("/?key=k", 100, StatusCode::BAD_REQUEST),
            ("/?key=k", 101, StatusCode::PAYLOAD_TOO_LARGE),
            ("/", 101, StatusCode::UNAUTHORIZED),
        ] {
            let request = Request::post(uri).body(Body::from("x".repeat(length))).unwrap();
            assert_eq!(ask(&app, request).await.status(), status, "{uri} {length}");
        }
    }
}
