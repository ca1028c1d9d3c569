//! Order, repetition and giving up, against a server that answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Mutex;

use axum::body::Body;
use axum::extract::{Request, State};
use http::{HeaderMap, Method, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use super::*;
use crate::clock::ClockMode;
use crate::config::EventGridSchema;
use crate::faults::Posts;
use crate::journal::JournalEntry;
use crate::tokens::TokenOptions;

/// A request that the server got.
struct Seen {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: String,
}

struct Script {
    seen: mpsc::UnboundedSender<Seen>,
    /// What is answered, one after the other; 200 when it is used up.
    answers: Mutex<VecDeque<Planned>>,
    /// Answers a validation event with its code.
    echo: bool,
}

/// A status and headers.
type Planned = (StatusCode, Vec<(&'static str, String)>);
type Answer = (u16, &'static [(&'static str, &'static str)]);

async fn take(State(script): State<Arc<Script>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let mut text = String::new();
    let planned = script.answers.lock().unwrap().pop_front();
    let (status, headers) = planned.unwrap_or((StatusCode::OK, Vec::new()));
    if script.echo
        && parts
            .headers
            .get("aeg-event-type")
            .is_some_and(|kind| kind == "SubscriptionValidation")
    {
        let event: Value = serde_json::from_str(&body).unwrap();
        text = json!({ "validationResponse": event[0]["data"]["validationCode"] }).to_string();
    }
    script
        .seen
        .send(Seen {
            method: parts.method,
            target: parts.uri.to_string(),
            headers: parts.headers,
            body,
        })
        .unwrap();
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Body::from(text)).unwrap()
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn serve(listener: TcpListener, answers: &[Answer]) -> mpsc::UnboundedReceiver<Seen> {
    let (seen, receiver) = mpsc::unbounded_channel();
    let script = Script {
        seen,
        answers: Mutex::new(
            answers
                .iter()
                .map(|(status, headers)| {
                    let headers = headers
                        .iter()
                        .map(|(name, value)| (*name, (*value).to_owned()))
                        .collect();
                    (StatusCode::from_u16(*status).unwrap(), headers)
                })
                .collect(),
        ),
        echo: true,
    };
    let app = axum::Router::new().fallback(take).with_state(Arc::new(script));
    tokio::spawn(async move { axum::serve(listener, app).await });
    receiver
}

fn courier() -> Courier {
    Courier {
        clients: Clients::new(Duration::from_secs(600)).unwrap(),
        clock: Clock::new(ClockMode::Real, None),
        journal: Arc::new(Journal::new(1000)),
        tasks: TaskTracker::new(),
        cancel: CancellationToken::new(),
        pending: Pending::default(),
        lanes: Lanes::default(),
        faults: SharedFaults::new(1),
    }
}

fn tokens() -> Arc<Tokens> {
    Arc::new(Tokens::new(TokenOptions::default(), "http://e", "r").unwrap())
}

fn schedule(pauses: usize) -> Schedule {
    Schedule {
        pauses: vec![Duration::from_secs(1); pauses],
        scale: 0.001,
    }
}

fn post(address: SocketAddr, path: &str, body: &str) -> Post {
    Post {
        posts: Posts::Callbacks,
        url: Url::parse(&format!("http://{address}{path}")).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
        label: body.to_owned(),
        entry: 0,
        call: None,
        connection: None,
    }
}

async fn idle(courier: &Courier) {
    courier.tasks.close();
    courier.tasks.wait().await;
}

fn results(courier: &Courier) -> Vec<(String, Value)> {
    courier
        .journal
        .snapshot()
        .iter()
        .filter(|entry: &&Arc<JournalEntry>| entry.kind == JournalKind::Delivery)
        .map(|entry| (entry.label.clone(), entry.detail["status"].clone()))
        .collect()
}

#[tokio::test]
async fn an_address_gets_its_events_in_order_though_some_are_repeated() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let mut seen = serve(listener, &[(200, &[]), (503, &[]), (429, &[]), (200, &[])]);
    let courier = courier();
    let callbacks = Callbacks::new(courier.clone(), schedule(3), tokens());
    for body in ["1", "2", "3"] {
        callbacks.send(post(address, "/events?key=k&case=42", body));
    }
    idle(&courier).await;
    let mut bodies = Vec::new();
    while let Ok(request) = seen.try_recv() {
        assert_eq!(request.target, "/events?key=k&case=42");
        assert_eq!(request.headers["content-type"], "application/json; charset=utf-8");
        bodies.push(request.body);
    }
    assert_eq!(bodies, ["1", "2", "2", "2", "3"]);
    assert_eq!(
        results(&courier),
        [
            ("1 taken".to_owned(), json!(200)),
            ("2 failed".to_owned(), json!("answered 503")),
            ("2 failed".to_owned(), json!("answered 429")),
            ("2 taken".to_owned(), json!(200)),
            ("3 taken".to_owned(), json!(200)),
        ]
    );
    assert_eq!(courier.pending.get(), 0);
    assert!(callbacks.is_idle(), "the queue is gone once it is empty");
}

#[tokio::test]
async fn a_slow_address_delays_nobody_else() {
    // A listener that never accepts: the first post to it waits.
    let deaf = listen().await;
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let mut seen = serve(listener, &[]);
    let courier = courier();
    let callbacks = Callbacks::new(courier.clone(), schedule(0), tokens());
    callbacks.send(post(deaf.local_addr().unwrap(), "/", "stuck"));
    callbacks.send(post(address, "/", "free"));
    assert_eq!(seen.recv().await.unwrap().body, "free");
    courier.cancel.cancel();
    idle(&courier).await;
}

#[tokio::test]
async fn what_is_not_taken_is_given_up_and_the_next_one_follows() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let mut seen = serve(listener, &[(500, &[]), (500, &[]), (500, &[]), (404, &[])]);
    let courier = courier();
    let callbacks = Callbacks::new(courier.clone(), schedule(2), tokens());
    for body in ["1", "2", "3"] {
        callbacks.send(post(address, "/", body));
    }
    idle(&courier).await;
    let mut bodies = Vec::new();
    while let Ok(request) = seen.try_recv() {
        bodies.push(request.body);
    }
    assert_eq!(bodies, ["1", "1", "1", "2", "3"]);
    let results: Vec<String> = results(&courier).into_iter().map(|(label, _)| label).collect();
    assert_eq!(
        results,
        ["1 failed", "1 failed", "1 given up", "2 refused", "3 taken"]
    );
}

#[tokio::test]
async fn nobody_listening_is_a_failure_with_its_cause() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let courier = courier();
    let callbacks = Callbacks::new(courier.clone(), schedule(0), tokens());
    callbacks.send(post(address, "/?key=hunter2", "1"));
    idle(&courier).await;
    let results = results(&courier);
    assert_eq!(results[0].0, "1 given up");
    let reason = results[0].1.as_str().unwrap();
    assert!(reason.starts_with("cannot connect"), "{reason}");
    assert!(!reason.contains("hunter2"), "{reason}");
}

fn offer() -> Offered {
    Offered {
        id: "e1".to_owned(),
        kind: "Microsoft.Communication.IncomingCall",
        subject: "/caller/a/recipient/b".to_owned(),
        time: "2026-01-02T03:04:05Z".parse().unwrap(),
        data: serde_json::value::to_raw_value(&json!({ "serverCallId": "s" }))
            .unwrap()
            .into(),
        entry: 0,
        call: None,
    }
}

#[tokio::test]
async fn the_event_grid_handshake_is_repeated_and_offers_wait_for_it() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let courier = courier();
    let event_grid = EventGrid::new(
        courier.clone(),
        schedule(0),
        Duration::from_secs(60_000),
        "http://e/",
    );
    let url = Url::parse(&format!("http://{address}/incoming")).unwrap();
    drop(listener);
    let mut active = event_grid.subscribe(url, EventGridSchema::EventGrid, "c0de".to_owned());
    event_grid.publish(&offer());
    // The application starts only after a handshake has failed.
    let mut journal = courier.journal.stream();
    let failed = futures::StreamExt::next(&mut journal).await.unwrap();
    assert_eq!(failed.label, "handshake not done");
    assert!(!*active.borrow());

    let mut seen = serve(TcpListener::bind(address).await.unwrap(), &[(503, &[])]);
    active.wait_for(|active| *active).await.unwrap();
    idle(&courier).await;

    let mut kinds = Vec::new();
    let mut last = None;
    while let Ok(request) = seen.try_recv() {
        kinds.push(request.headers["aeg-event-type"].to_str().unwrap().to_owned());
        last = Some(request);
    }
    assert_eq!(
        kinds,
        ["SubscriptionValidation", "SubscriptionValidation", "Notification"]
    );
    let body: Value = serde_json::from_str(&last.unwrap().body).unwrap();
    assert_eq!(body[0]["eventType"], "Microsoft.Communication.IncomingCall");
    assert_eq!(body[0]["eventTime"], "2026-01-02T03:04:05.0000000Z");
    assert_eq!(body[0]["data"]["serverCallId"], "s");
}

#[tokio::test]
async fn the_cloud_events_handshake_wants_an_allowed_origin() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    let mut seen = serve(
        listener,
        &[
            (200, &[]),
            (200, &[("WebHook-Allowed-Origin", "other.example")]),
            (200, &[("WebHook-Allowed-Origin", "*")]),
        ],
    );
    let courier = courier();
    let event_grid = EventGrid::new(
        courier.clone(),
        schedule(0),
        Duration::from_secs(60_000),
        "http://e/",
    );
    let url = Url::parse(&format!("http://{address}/incoming")).unwrap();
    event_grid.subscribe(url, EventGridSchema::CloudEvents, "c0de".to_owned());
    event_grid.publish(&offer());
    idle(&courier).await;
    for _ in 0..3 {
        let request = seen.recv().await.unwrap();
        assert_eq!(request.method, Method::OPTIONS);
        assert_eq!(request.headers["webhook-request-origin"], "eventgrid.azure.net");
    }
    let request = seen.recv().await.unwrap();
    assert_eq!(
        request.headers["content-type"],
        "application/cloudevents+json; charset=utf-8"
    );
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["specversion"], "1.0");
    assert_eq!(body["type"], "Microsoft.Communication.IncomingCall");
}

#[tokio::test]
async fn an_offer_that_nobody_was_ready_for_is_given_up() {
    let listener = listen().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let courier = courier();
    let event_grid = EventGrid::new(courier.clone(), schedule(0), Duration::from_secs(1), "http://e/");
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    event_grid.subscribe(url, EventGridSchema::EventGrid, "c0de".to_owned());
    event_grid.publish(&offer());
    event_grid.clear();
    idle(&courier).await;
    assert_eq!(results(&courier)[0].0, "IncomingCall given up");
}
