//! A server that answers as it was recorded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use acs_common::{AccessKey, ConnectionString, Endpoint};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::recording::ENDPOINT;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, empty if there was none.
    pub body: Vec<u8>,
}

impl Received {
    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, `null` for none.
    ///
    /// # Panics
    ///
    /// When it is not JSON.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }
}

/// A loopback server that gives recorded responses in their order, and keeps the requests.
#[derive(Debug)]
pub struct ReplayServer {
    base: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    base: String,
    state: Mutex<(VecDeque<Value>, Vec<Received>)>,
}

impl ReplayServer {
    /// Serves the responses of these exchanges.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub async fn start(exchanges: impl IntoIterator<Item = &Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let responses = exchanges
            .into_iter()
            .map(|exchange| exchange["response"].clone())
            .collect();
        let shared = Arc::new(Shared {
            base: base.clone(),
            state: Mutex::new((responses, Vec::new())),
        });
        let router = axum::Router::new()
            .fallback(serve)
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("the replay server serves");
        });
        Self { base, shared, server }
    }

    /// A connection string that leads here, with a key of its own.
    ///
    /// # Panics
    ///
    /// Never: the address is an endpoint.
    pub fn connection(&self) -> ConnectionString {
        let endpoint = Endpoint::new(&self.base).expect("an endpoint");
        ConnectionString::new(endpoint, AccessKey::from_bytes("key of the replay server"))
    }

    /// What arrived so far.
    pub fn received(&self) -> Vec<Received> {
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.clone()
    }

    /// How many responses nobody asked for.
    pub fn left(&self) -> usize {
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.len()
    }
}

impl Drop for ReplayServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole body");
    let target = head.uri.path_and_query().map_or("", |target| target.as_str());
    let recorded = {
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1.push(Received {
            method: head.method.to_string(),
            path: target.to_owned(),
            headers: head.headers,
            body: body.to_vec(),
        });
        state.0.pop_front()
    };
    let Some(recorded) = recorded else {
        // Not an answer of the service; whoever asked too often is told so by the outcome.
        let mut response = Response::new(Body::from("nothing more was recorded"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        return response;
    };
    let text = match &recorded["body"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        body => body.to_string().replace(ENDPOINT, &shared.base),
    };
    let status = recorded["status"]
        .as_u64()
        .and_then(|status| u16::try_from(status).ok());
    let mut response = Response::builder().status(status.expect("a status"));
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        // Lengths and dates are those of this answer, not of the recorded one.
        if !["content-length", "date"].contains(&name.to_ascii_lowercase().as_str())
            && let Some(value) = value.as_str()
        {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(text)).expect("a response")
}
