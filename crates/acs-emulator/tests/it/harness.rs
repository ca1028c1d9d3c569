//! A client that signs, and an application that listens.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_common::ConnectionString;
use acs_common::signing::{Parts, SigningKey, http_date};
use acs_emulator::Emulator;
use axum::Json;
use axum::extract::{Path, State};
use axum::routing::post;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

pub(crate) const VERSION: &str = "api-version=2026-03-12";

/// Waits, but not for ever: a test that would hang fails instead.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// What the emulator answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {self:?}"))
            .to_owned()
    }

    /// The code and the message of an error.
    pub(crate) fn error(&self) -> (&str, &str) {
        let error = &self.body["error"];
        (
            error["code"].as_str().unwrap_or_else(|| panic!("{self:?}")),
            error["message"].as_str().unwrap_or_else(|| panic!("{self:?}")),
        )
    }
}

/// What the emulator answered, the body as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A request to be sent, with what a test wants different.
pub(crate) struct Sending<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) body: String,
    /// The host that is signed; the connection string's unless set.
    pub(crate) signed_host: Option<&'a str>,
    /// The target that is signed; the one sent unless set.
    pub(crate) signed_target: Option<&'a str>,
    pub(crate) time: SystemTime,
    /// Put on top, replacing what is there.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<'a> Sending<'a> {
    pub(crate) fn new(method: &'a str, target: &'a str, body: Option<&Value>) -> Self {
        Self {
            method,
            target,
            body: body.map_or_else(String::new, ToString::to_string),
            signed_host: None,
            signed_target: None,
            time: SystemTime::now(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Signs and sends.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    key: Arc<SigningKey>,
    base: String,
    pub(crate) authority: String,
}

impl Client {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        let string: ConnectionString = emulator.connection_string().parse().unwrap();
        Self {
            http: Self::trusting(emulator.ca_pem()),
            key: Arc::new(SigningKey::new(string.access_key())),
            base: string.endpoint().base().to_owned(),
            authority: string.endpoint().authority().to_owned(),
        }
    }

    /// A client that signs nothing and trusts one authority, or none.
    pub(crate) fn trusting(ca_pem: Option<&str>) -> reqwest::Client {
        let tls = match ca_pem {
            None => acs_common::tls::without_roots().unwrap(),
            Some(pem) => acs_common::tls::with_roots(pem).unwrap(),
        };
        reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build()
            .unwrap()
    }

    pub(crate) async fn send(&self, sending: Sending<'_>) -> Answer {
        self.send_to(self, sending).await
    }

    /// Sends, and takes the body as it comes.
    pub(crate) async fn raw(&self, sending: Sending<'_>) -> Raw {
        self.raw_to(self, sending).await
    }

    async fn raw_to(&self, other: &Self, sending: Sending<'_>) -> Raw {
        let date = http_date(sending.time);
        let signed = self.key.sign(&Parts {
            method: sending.method,
            target: sending.signed_target.unwrap_or(sending.target),
            host: sending.signed_host.unwrap_or(&other.authority),
            date: &date,
            body: sending.body.as_bytes(),
        });
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: &str| {
            if value.is_empty() {
                headers.remove(name);
            } else {
                headers.insert(
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                );
            }
        };
        put("x-ms-date", &date);
        put("x-ms-content-sha256", &signed.content_sha256);
        put("authorization", &signed.authorization);
        put("content-type", "application/json");
        for (name, value) in &sending.headers {
            put(name, value);
        }
        let response = self
            .http
            .request(
                sending.method.parse().unwrap(),
                format!("{}{}", other.base, sending.target),
            )
            .headers(headers)
            .body(sending.body)
            .send()
            .await
            .unwrap();
        Raw {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Signs as this client and sends to where another one sends.
    pub(crate) async fn send_to(&self, other: &Self, sending: Sending<'_>) -> Answer {
        let Raw {
            status,
            headers,
            body,
        } = self.raw_to(other, sending).await;
        let text = String::from_utf8(body).unwrap();
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
        };
        Answer {
            status,
            headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Sending::new("GET", &versioned(path), None)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Sending::new("POST", &versioned(path), Some(body)))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Sending::new("DELETE", &versioned(path), None)).await
    }

    /// Sends without a signature, outside of the service.
    pub(crate) async fn plain(&self, path: &str) -> (u16, Value) {
        let response = self
            .http
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// Posts without a signature, outside of the service.
    pub(crate) async fn plain_post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self
            .http
            .post(format!("{}{path}", self.base))
            .json(body)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }
}

pub(crate) fn versioned(path: &str) -> String {
    if path.contains("api-version") {
        path.to_owned()
    } else {
        format!("{path}?{VERSION}")
    }
}

/// An application: callbacks at `/events/<name>`, Event Grid at `/incoming`.
pub(crate) struct App {
    base: String,
    events: mpsc::UnboundedReceiver<(String, Value)>,
    early: VecDeque<(String, Value)>,
    incoming: mpsc::UnboundedReceiver<Value>,
}

#[derive(Clone)]
struct Inbox {
    events: mpsc::UnboundedSender<(String, Value)>,
    incoming: mpsc::UnboundedSender<Value>,
}

async fn take_events(State(inbox): State<Inbox>, Path(name): Path<String>, Json(batch): Json<Vec<Value>>) {
    assert_eq!(batch.len(), 1, "a post holds one event");
    for event in batch {
        let _ = inbox.events.send((name.clone(), event));
    }
}

async fn take_incoming(State(inbox): State<Inbox>, body: String) -> Json<Value> {
    // An array of one in the Event Grid schema, the bare event in the CloudEvents one.
    let event = match serde_json::from_str(&body).unwrap() {
        Value::Array(batch) => batch.into_iter().next().unwrap_or_default(),
        event => event,
    };
    if let Some(code) = event["data"]["validationCode"].as_str() {
        return Json(json!({ "validationResponse": code }));
    }
    let _ = inbox.incoming.send(event);
    Json(Value::Null)
}

async fn allow(headers: HeaderMap) -> [(&'static str, HeaderValue); 2] {
    [
        (
            "webhook-allowed-origin",
            headers["webhook-request-origin"].clone(),
        ),
        ("webhook-allowed-rate", HeaderValue::from_static("120")),
    ]
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn on(listener: TcpListener) -> Self {
        let (events, events_receiver) = mpsc::unbounded_channel();
        let (incoming, incoming_receiver) = mpsc::unbounded_channel();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new()
            .route("/events/{name}", post(take_events))
            .route("/incoming", post(take_incoming).options(allow))
            .with_state(Inbox { events, incoming });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            base,
            events: events_receiver,
            early: VecDeque::new(),
            incoming: incoming_receiver,
        }
    }

    /// The callback address of a leg; its query must come back untouched.
    pub(crate) fn callback(&self, name: &str) -> String {
        format!("{}/events/{name}?case=42&key=s%20ecret", self.base)
    }

    pub(crate) fn webhook(&self) -> String {
        format!("{}/incoming", self.base)
    }

    /// The next offer.
    pub(crate) async fn offer(&mut self) -> Value {
        soon("an IncomingCall", self.incoming.recv()).await.unwrap()
    }

    /// The offers that came so far and were not taken yet: who is called, and the id of the event.
    pub(crate) fn offers(&mut self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut offers = Vec::new();
        while let Ok(event) = self.incoming.try_recv() {
            offers.push((text(&event["data"]["to"]["rawId"]), text(&event["id"])));
        }
        offers
    }

    /// The first event of this type at this leg that was not taken yet; others are kept.
    pub(crate) async fn event(&mut self, name: &str, kind: &str) -> Value {
        let wanted = format!("Microsoft.Communication.{kind}");
        let fits = |(to, event): &(String, Value)| to == name && event["type"] == wanted;
        if let Some(index) = self.early.iter().position(fits) {
            return self.early.remove(index).unwrap().1;
        }
        soon(&format!("{kind} at {name}"), async {
            loop {
                let next = self.events.recv().await.unwrap();
                if fits(&next) {
                    return next.1;
                }
                self.early.push_back(next);
            }
        })
        .await
    }

    /// Everything that came so far and was not taken yet, in the order of arrival.
    pub(crate) fn everything(&mut self) -> Vec<Value> {
        while let Ok(next) = self.events.try_recv() {
            self.early.push_back(next);
        }
        self.early.drain(..).map(|(_, event)| event).collect()
    }
}
