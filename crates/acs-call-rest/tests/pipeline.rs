//! The request pipeline against a scripted server on loopback: what goes over the wire, and how often.

#![cfg(feature = "rustls")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking; the lint's own exception covers only test functions"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use acs_call_rest::{Auth, Client, ClientOptions, Error, ErrorKind, Exchange, Observer, RetryPolicy, types};
use acs_common::credential::{AccessToken, TokenCredential};
use acs_common::signing::SigningKey;
use acs_common::verify::{DEFAULT_CLOCK_SKEW, Received, verify};
use acs_common::{AccessKey, CallConnectionId, CommunicationIdentifier, Endpoint};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Answer {
    /// Sends status line and headers, then the body with its length.
    Send(&'static str, &'static str),
    /// Sends this and closes the connection.
    BreakOff(&'static str, &'static str),
    /// Closes the connection without an answer.
    Hang,
    /// Keeps the connection open and never answers.
    Silence,
}

const CREATED: Answer = Answer::Send(
    "201 Created\r\ncontent-type: application/json",
    r#"{"callConnectionId":"c-1","callConnectionState":"later"}"#,
);
const UNAVAILABLE: Answer = Answer::Send("503 Service Unavailable", "");
const ACCEPTED: Answer = Answer::Send("202 Accepted", "");

#[derive(Clone, Debug)]
struct Seen {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} was sent twice");
        first
    }
}

struct Server {
    endpoint: Endpoint,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn start(answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.to_vec()));
        let log = seen.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, log.clone(), answers.clone()));
            }
        });
        Self { endpoint, seen }
    }

    fn client(&self, retry: RetryPolicy) -> Client {
        let auth = Auth::access_key(&AccessKey::from_bytes("key"));
        Client::open(&self.endpoint, auth, ClientOptions::default().retry(retry)).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Seen>>>, answers: Arc<Mutex<Vec<Answer>>>) {
    while let Some(request) = read(&mut stream).await {
        log.lock().unwrap().push(request);
        let answer = {
            let mut answers = answers.lock().unwrap();
            assert!(!answers.is_empty(), "more requests than expected");
            answers.remove(0)
        };
        match answer {
            Answer::Send(head, body) => {
                let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            Answer::BreakOff(head, body) => {
                let answer = format!("HTTP/1.1 {head}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
                return;
            }
            Answer::Hang => return,
            Answer::Silence => std::future::pending().await,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut data = Vec::new();
    let head_end = loop {
        if let Some(end) = data.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await.ok()? {
            0 => return None,
            count => data.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(data[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = data.split_off(head_end + 4);
    let read_already = body.len();
    body.resize(length, 0);
    stream.read_exact(&mut body[read_already..]).await.unwrap();
    Some(Seen {
        method,
        target,
        headers,
        body,
    })
}

fn quick() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(5))
}

fn create_call() -> types::CreateCallRequest {
    serde_json::from_value(serde_json::json!({
        "targets": [CommunicationIdentifier::user("8:acs:r_u")],
        "callbackUri": "https://example.com/events",
    }))
    .unwrap()
}

fn play() -> types::PlayRequest {
    serde_json::from_value(serde_json::json!({
        "playSources": [{"kind": "file", "file": {"uri": "https://example.com/a.wav"}}],
    }))
    .unwrap()
}

fn call_id() -> CallConnectionId {
    "03009180-465d-4342-b871-4e02e2474f93".into()
}

fn assert_signed(request: &Seen) {
    verify(
        &SigningKey::new(&AccessKey::from_bytes("key")),
        &Received {
            method: &request.method,
            targets: &[&request.target],
            hosts: &[request.header("host").unwrap()],
            date: request.header("x-ms-date"),
            content_sha256: request.header("x-ms-content-sha256"),
            authorization: request.header("authorization"),
            body: &request.body,
        },
        SystemTime::now(),
        DEFAULT_CLOCK_SKEW,
    )
    .unwrap();
}

#[tokio::test]
async fn a_request_carries_version_ids_and_a_signature() {
    let server = Server::start(&[CREATED]).await;
    let properties = server
        .client(quick())
        .create_call(&create_call())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(properties.call_connection_id, Some("c-1".into()));
    // A state that this version does not know is kept.
    assert_eq!(properties.call_connection_state.unwrap().as_str(), "later");

    let [request] = server.seen().try_into().unwrap();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/calling/callConnections?api-version=2026-03-12")
    );
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("acs-call-rest/")
    );
    assert_eq!(request.header("x-ms-client-request-id").unwrap().len(), 36);
    assert_eq!(request.header("repeatability-request-id").unwrap().len(), 36);
    assert!(
        request
            .header("repeatability-first-sent")
            .unwrap()
            .ends_with("GMT")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_signed(&request);
}

#[tokio::test]
async fn a_raw_id_in_the_path_is_encoded_and_signed_as_sent() {
    let answer = Answer::Send("200 OK\r\ncontent-type: application/json", r#"{"isMuted":true}"#);
    let server = Server::start(&[answer]).await;
    let participant = server
        .client(quick())
        .get_participant(&call_id(), "4:+16041234567")
        .await
        .unwrap();
    assert_eq!(participant.is_muted, Some(true));
    let [request] = server.seen().try_into().unwrap();
    assert!(
        request.target.contains("/participants/4%3A%2B16041234567?"),
        "{}",
        request.target
    );
    assert_eq!(request.header("repeatability-request-id"), None);
    assert_signed(&request);
}

#[tokio::test]
async fn a_retry_keeps_the_repeatability_id_and_is_signed_afresh() {
    let server = Server::start(&[UNAVAILABLE, Answer::Hang, CREATED]).await;
    server.client(quick()).create_call(&create_call()).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for name in [
        "repeatability-request-id",
        "repeatability-first-sent",
        "x-ms-client-request-id",
    ] {
        assert!(
            seen.iter()
                .all(|request| request.header(name) == seen[0].header(name)),
            "{name}"
        );
        assert!(seen[0].header(name).is_some(), "{name}");
    }
    seen.iter().for_each(assert_signed);
    assert!(seen.iter().all(|request| request.body == seen[0].body));
}

#[tokio::test]
async fn a_later_attempt_has_a_later_date() {
    // Dates count seconds, so the wait is one second and a little.
    let later = Answer::Send("503 Service Unavailable\r\nretry-after-ms: 1100", "");
    let server = Server::start(&[later, CREATED]).await;
    server.client(quick()).create_call(&create_call()).await.unwrap();
    let [first, second] = server.seen().try_into().unwrap();
    assert_ne!(first.header("x-ms-date"), second.header("x-ms-date"));
    assert_ne!(first.header("authorization"), second.header("authorization"));
    assert_eq!(
        first.header("repeatability-first-sent"),
        second.header("repeatability-first-sent")
    );
    [first, second].iter().for_each(assert_signed);
}

#[tokio::test]
async fn a_refusal_that_breaks_off_keeps_its_status() {
    let server = Server::start(&[Answer::BreakOff(
        "404 Not Found\r\ncontent-length: 100",
        r#"{"error":"#,
    )])
    .await;
    let error = Error::from(server.client(quick()).get_call(&call_id()).await.unwrap_err());
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.service_message(), Some("Not Found"));
}

/// A credential that never answers.
#[derive(Debug)]
struct Hanging;

#[async_trait::async_trait]
impl TokenCredential for Hanging {
    async fn token(&self, _scopes: &[&str]) -> Result<AccessToken, acs_common::Error> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_credential_that_hangs_does_not_make_the_request_hang() {
    let endpoint = Endpoint::new("https://127.0.0.1:1").unwrap();
    let options = ClientOptions::default()
        .http_client(bare())
        .retry(quick().overall_timeout(Duration::from_millis(20)));
    let client = Client::open(&endpoint, Auth::token(Arc::new(Hanging)), options).unwrap();
    let error = Error::from(client.get_call(&call_id()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Credential);
    assert!(error.to_string().contains("in time"), "{error}");
}

fn bare() -> reqwest::Client {
    let tls = acs_common::tls::without_roots().unwrap();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_operation_that_could_happen_twice_is_not_sent_again_after_a_lost_answer() {
    let server = Server::start(&[Answer::Hang]).await;
    let error = Error::from(
        server
            .client(quick())
            .play(&call_id(), &play())
            .await
            .unwrap_err(),
    );
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_retryable());
    assert_eq!(server.seen().len(), 1);

    let server = Server::start(&[UNAVAILABLE, ACCEPTED]).await;
    server.client(quick()).play(&call_id(), &play()).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn the_last_refusal_is_reported_with_the_words_of_the_service() {
    const THROTTLED: Answer = Answer::Send(
        "429 Too Many Requests\r\ncontent-type: application/json\r\nx-ms-client-request-id: r-1\r\nretry-after-ms: 1",
        r#"{"error":{"code":"8516","message":"slow down"}}"#,
    );
    let server = Server::start(&[THROTTLED; 3]).await;
    let error = Error::from(
        server
            .client(quick().max_retries(2))
            .get_call(&call_id())
            .await
            .unwrap_err(),
    );
    assert_eq!(server.seen().len(), 3);
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.status().unwrap().as_u16(), 429);
    assert_eq!(
        (error.service_code(), error.sub_code()),
        (Some("8516"), Some(8516))
    );
    assert_eq!(error.service_message(), Some("slow down"));
    assert_eq!(error.request_id(), Some("r-1"));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let server = Server::start(&[Answer::Send("503 Service Unavailable\r\nretry-after: 3600", "")]).await;
    let error = Error::from(server.client(quick()).get_call(&call_id()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.service_message(), Some("Service Unavailable"));
}

#[tokio::test]
async fn a_gateway_that_answers_in_text_does_not_hide_the_status() {
    let text = Answer::Send("404 Not Found\r\ncontent-type: text/plain", "No HTTP resource");
    let server = Server::start(&[text]).await;
    let error = Error::from(server.client(quick()).get_call(&call_id()).await.unwrap_err());
    assert!(error.is_not_found());
    assert_eq!(error.service_code(), Some("404"));
    assert_eq!(error.service_message(), Some("No HTTP resource"));
}

#[tokio::test]
async fn silence_ends_with_a_timeout_and_reads_are_tried_again() {
    let policy = quick().attempt_timeout(Duration::from_millis(30)).max_retries(1);
    let server = Server::start(&[Answer::Silence; 2]).await;
    let error = Error::from(
        server
            .client(policy.clone())
            .get_call(&call_id())
            .await
            .unwrap_err(),
    );
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(server.seen().len(), 2);

    let server = Server::start(&[Answer::Silence]).await;
    let overall = policy.overall_timeout(Duration::from_millis(20));
    let error = Error::from(server.client(overall).get_call(&call_id()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_not_as_described_says_so() {
    for (head, body) in [
        ("200 OK\r\ncontent-type: application/json", r#"{"value":"#),
        ("202 Accepted", ""),
        ("307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/", ""),
    ] {
        let server = Server::start(&[Answer::Send(head, body)]).await;
        let error = Error::from(server.client(quick()).get_call(&call_id()).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{head}");
    }
}

#[tokio::test]
async fn the_next_page_is_fetched_from_the_own_endpoint_only() {
    let page = Answer::Send("200 OK\r\ncontent-type: application/json", r#"{"value":[]}"#);
    let server = Server::start(&[page; 2]).await;
    let client = server.client(quick());
    let absolute = format!("{}/calling/x?api-version=old&skip=2", server.endpoint.base());
    for link in [absolute.as_str(), "/calling/x?api-version=old&skip=2"] {
        let page = client.get_participants_page(link).await.unwrap().into_inner();
        assert!(page.value.is_empty());
    }
    for request in server.seen() {
        assert_eq!(request.target, "/calling/x?skip=2&api-version=2026-03-12");
        assert_signed(&request);
    }
    for link in ["http://127.0.0.1:1/calling/x", "https://example.com/", "http://"] {
        let error = Error::from(client.get_participants_page(link).await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{link}");
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_a_connection_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let options = ClientOptions::default().retry(quick().max_retries(1));
    let client = Client::open(
        &endpoint,
        Auth::access_key(&AccessKey::from_bytes("key")),
        options,
    )
    .unwrap();
    let error = Error::from(client.play(&call_id(), &play()).await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::Connection);
    let text = format!("{error} {error:?}");
    assert!(!text.contains("03009180"), "{text}");
}

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<Exchange>>);

impl Observer for Notes {
    fn exchange(&self, exchange: Exchange) {
        self.0.lock().unwrap().push(exchange);
    }
}

#[tokio::test]
async fn an_observer_sees_each_answered_attempt_and_no_secret() {
    let server = Server::start(&[UNAVAILABLE, CREATED]).await;
    let notes = Arc::new(Notes::default());
    let options = ClientOptions::default().retry(quick()).observer(notes.clone());
    let client = Client::open(
        &server.endpoint,
        Auth::access_key(&AccessKey::from_bytes("key")),
        options,
    )
    .unwrap();
    let properties = client.create_call(&create_call()).await.unwrap();
    assert_eq!(properties.call_connection_id, Some("c-1".into()));

    let seen = notes.0.lock().unwrap().clone();
    let statuses: Vec<u16> = seen.iter().map(|exchange| exchange.status.as_u16()).collect();
    assert_eq!(statuses, [503, 201]);
    for exchange in &seen {
        assert_eq!(exchange.operation, "create_call");
        assert_eq!(exchange.target, "/calling/callConnections?api-version=2026-03-12");
        assert!(exchange.request_body.starts_with(b"{"));
        assert!(!exchange.request_headers.contains_key("authorization"));
    }
    assert!(seen[1].response_body.starts_with(b"{\"callConnectionId\""));
}
