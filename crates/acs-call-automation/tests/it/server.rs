//! A server that answers as it is told and keeps what it was asked.

use std::sync::{Arc, Mutex};

use acs_call_automation::{CallAutomationClient, CallAutomationClientBuilder, RetryPolicy};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Path and query, with `api-version` cut off.
    pub(crate) target: String,
    pub(crate) body: Value,
}

/// What to answer.
pub(crate) struct Reply {
    status: u16,
    body: String,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            body: String::new(),
        }
    }
}

type Answer = dyn Fn(&Received) -> Reply + Send + Sync;

pub(crate) struct Server {
    pub(crate) endpoint: String,
    received: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let answer: Arc<Answer> = Arc::new(answer);
        let kept = Arc::clone(&received);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&kept)));
            }
        });
        Self {
            endpoint,
            received,
            task,
        }
    }

    /// A server that answers every request the same.
    pub(crate) async fn always(status: u16, body: Value) -> Self {
        Self::start(move |_| {
            if body.is_null() {
                Reply::empty(status)
            } else {
                Reply::json(status, &body)
            }
        })
        .await
    }

    pub(crate) fn builder(&self) -> CallAutomationClientBuilder {
        CallAutomationClient::builder()
            .connection_string(format!("endpoint={};accesskey=a2V5", self.endpoint))
            .retry(RetryPolicy::none())
    }

    pub(crate) fn client(&self) -> CallAutomationClient {
        self.builder().build().unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The one request that arrived.
    pub(crate) fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:?}");
        received[0].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, answer: Arc<Answer>, kept: Arc<Mutex<Vec<Received>>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut words = line.split(' ');
    let method = words.next().unwrap().to_owned();
    let target = words.next().unwrap().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').unwrap();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let request = Received {
        method,
        target: without_version(&target),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    };
    let reply = answer(&request);
    kept.lock().unwrap().push(request);
    let text = format!(
        "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nx-ms-client-request-id: the-request\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        reply.status,
        reply.body.len(),
        reply.body
    );
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn without_version(target: &str) -> String {
    const VERSION: &str = "api-version=2026-03-12";
    assert!(target.ends_with(VERSION), "{target}");
    let rest = &target[..target.len() - VERSION.len()];
    rest.trim_end_matches(['?', '&']).to_owned()
}
