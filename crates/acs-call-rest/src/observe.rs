//! Seeing what goes over the wire, for recordings and audits.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, Request, Response, StatusCode};

/// Is shown every request of an operation that was answered, attempt by attempt. The files of recordings are not
/// shown: an observer would have to hold them in memory.
///
/// It runs on the task of the request, so it should be quick: hand the exchange on, do not write files here.
pub trait Observer: fmt::Debug + Send + Sync {
    /// An attempt was answered.
    fn exchange(&self, exchange: Exchange);
}

/// A request and its answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The client's method, such as `create_call`.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// Path and query, as they went over the wire.
    pub target: String,
    /// The headers of the request, without `Authorization`.
    pub request_headers: HeaderMap,
    /// The body of the request; empty when it had none.
    pub request_body: Vec<u8>,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub response_headers: HeaderMap,
    /// The body of the answer.
    pub response_body: Vec<u8>,
}

/// What is kept of a request while its answer is awaited.
pub(crate) struct Pending {
    operation: &'static str,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Pending {
    pub(crate) fn new(operation: &'static str, request: &Request) -> Self {
        let url = request.url();
        let mut headers = request.headers().clone();
        headers.remove(AUTHORIZATION);
        Self {
            operation,
            method: request.method().clone(),
            target: url.query().map_or_else(
                || url.path().to_owned(),
                |query| format!("{}?{query}", url.path()),
            ),
            headers,
            body: request
                .body()
                .and_then(reqwest::Body::as_bytes)
                .unwrap_or_default()
                .to_vec(),
        }
    }

    /// Reads the answer, shows the exchange, and gives the answer back as if nobody had read it.
    pub(crate) async fn show(self, observer: &dyn Observer, response: Response) -> reqwest::Result<Response> {
        let status = response.status();
        let response_headers = response.headers().clone();
        let body = response.bytes().await?;
        observer.exchange(Exchange {
            operation: self.operation,
            method: self.method,
            target: self.target,
            request_headers: self.headers,
            request_body: self.body,
            status,
            response_headers: response_headers.clone(),
            response_body: body.to_vec(),
        });
        Ok(rebuild(status, response_headers, body.into()))
    }
}

/// An answer from its parts.
pub(crate) fn rebuild(status: StatusCode, headers: HeaderMap, body: reqwest::Body) -> Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.into()
}
