//! Sees what goes over the wire.

use std::sync::{Mutex, PoisonError};

use acs_call_automation::{Exchange, Observer};
use serde_json::{Map, Value, json};

/// Headers that are kept. `Authorization` never comes here.
const REQUEST_HEADERS: &[&str] = &[
    "accept",
    "content-type",
    "repeatability-first-sent",
    "repeatability-request-id",
    "x-ms-client-request-id",
    "x-ms-content-sha256",
    "x-ms-date",
    "x-ms-return-client-request-id",
];
const RESPONSE_HEADERS: &[&str] = &[
    "api-supported-versions",
    "content-type",
    "date",
    "repeatability-result",
    "retry-after",
    "x-microsoft-skype-chain-id",
    "x-ms-client-request-id",
];

/// Keeps exchanges from [`start`](Self::start) to [`take`](Self::take).
#[derive(Debug, Default)]
pub struct Capture(Mutex<Option<Vec<Exchange>>>);

impl Capture {
    /// Keeps what comes from now on.
    pub fn start(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// What came, as JSON. Nothing is kept from now on.
    pub fn take(&self) -> Vec<Value> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.unwrap_or_default().iter().map(exchange).collect()
    }
}

impl Observer for Capture {
    fn exchange(&self, exchange: Exchange) {
        if let Some(kept) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            kept.push(exchange);
        }
    }
}

fn exchange(exchange: &Exchange) -> Value {
    json!({
        "request": {
            "method": exchange.method.as_str(),
            "path": exchange.target,
            "headers": headers(&exchange.request_headers, REQUEST_HEADERS),
            "body": body(&exchange.request_body),
        },
        "response": {
            "status": exchange.status.as_u16(),
            "headers": headers(&exchange.response_headers, RESPONSE_HEADERS),
            "body": body(&exchange.response_body),
        },
    })
}

fn headers(all: &reqwest::header::HeaderMap, kept: &[&str]) -> Value {
    let mut headers = Map::new();
    for name in kept {
        if let Some(value) = all.get(*name) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.insert((*name).to_owned(), value.into());
        }
    }
    Value::Object(headers)
}

/// JSON as it is, any other text as a string, nothing as `null`.
fn body(bytes: &[u8]) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
}
