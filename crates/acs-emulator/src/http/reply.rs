//! An answer before it is bytes, and the headers that every answer of the service has.

use std::ops::Range;

use http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::request::Incoming;
use super::version::SUPPORTED_VERSIONS;
use crate::audio::WavFile;

const CHAIN_ID: HeaderName = HeaderName::from_static("x-microsoft-skype-chain-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const REPEATABILITY_RESULT: HeaderName = HeaderName::from_static("repeatability-result");
const API_SUPPORTED_VERSIONS: HeaderName = HeaderName::from_static("api-supported-versions");
const SKYPE_CLIENT: HeaderName = HeaderName::from_static("x-microsoft-skype-client");
const CLIENT_VERSION: HeaderName = HeaderName::from_static("x-ms-client-version");

/// What the service says to one request.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Value>,
    /// The body as it is sent, where its members have an order of their own.
    pub(crate) text: Option<String>,
    /// A file in place of a body.
    pub(crate) content: Option<Content>,
    /// The correlation id of the call, where the request was about one; otherwise a fresh one is made.
    pub(crate) chain: Option<String>,
    /// `Repeatability-Result`.
    pub(crate) repeatability: Option<&'static str>,
    /// `Allow`, `Content-Range`, `Retry-After` or `WWW-Authenticate`, by status.
    pub(crate) hint: Option<String>,
    /// Whether the journal has this answer already.
    pub(crate) written: bool,
}

/// The part of a file that is sent. It is rendered as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) file: WavFile,
    pub(crate) range: Range<u64>,
    /// `ETag`.
    pub(crate) tag: String,
}

/// An answer that ends the way of a request early. Boxed, for it is the rare side of many results.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Reply>);

impl Refusal {
    pub(crate) fn new(reply: Reply) -> Self {
        Self(Box::new(reply))
    }

    pub(crate) fn into_reply(self) -> Reply {
        *self.0
    }
}

impl Reply {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: None,
            text: None,
            content: None,
            chain: None,
            repeatability: None,
            hint: None,
            written: false,
        }
    }

    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self {
            body: Some(body),
            ..Self::empty(status)
        }
    }

    /// An answer with this as its body, its members in the order of their declaration.
    pub(crate) fn wire(status: StatusCode, body: &impl Serialize) -> Self {
        match (serde_json::to_value(body), serde_json::to_string(body)) {
            (Ok(body), Ok(text)) => Self {
                text: Some(text),
                ..Self::json(status, body)
            },
            (Err(error), _) | (_, Err(error)) => Self::error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "500",
                &format!("the emulator cannot write its answer: {error}"),
            ),
        }
    }

    /// A `CommunicationErrorResponse`. Its `target` is filled in when the request is known.
    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        Self::json(status, json!({ "error": { "code": code, "message": message } }))
    }

    /// An error to return early with.
    pub(crate) fn refuse(status: StatusCode, code: &str, message: &str) -> Refusal {
        Refusal::new(Self::error(status, code, message))
    }

    pub(crate) fn chain(mut self, chain: Option<impl Into<String>>) -> Self {
        self.chain = chain.map(Into::into);
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the path of the request in an error, as traffic of 2025 does.
    pub(crate) fn about(mut self, path: &str) -> Self {
        let error = self.body.as_mut().and_then(|body| body.get_mut("error"));
        if let Some(Value::Object(error)) = error
            && error.contains_key("code")
        {
            error.insert("target".to_owned(), Value::from(path));
        }
        self
    }

    /// The answer as HTTP. `chain` stands in where the reply has none.
    pub(crate) fn into_response(self, request: &Incoming, chain: &str) -> Response<axum::body::Body> {
        let mut headers = HeaderMap::new();
        headers.insert(
            API_SUPPORTED_VERSIONS,
            HeaderValue::from_static(SUPPORTED_VERSIONS),
        );
        let mut put = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        put(CHAIN_ID, self.chain.as_deref().unwrap_or(chain));
        if let Some(id) = request.header("x-ms-client-request-id") {
            put(CLIENT_REQUEST_ID, id);
        }
        if let Some(agent) = request.header("user-agent") {
            put(SKYPE_CLIENT, agent);
            put(CLIENT_VERSION, agent);
        }
        if let Some(result) = self.repeatability {
            put(REPEATABILITY_RESULT, result);
        }
        if let Some(hint) = &self.hint {
            match self.status {
                StatusCode::METHOD_NOT_ALLOWED => put(ALLOW, hint),
                StatusCode::RANGE_NOT_SATISFIABLE => put(CONTENT_RANGE, hint),
                StatusCode::UNAUTHORIZED => put(WWW_AUTHENTICATE, hint),
                _ => put(RETRY_AFTER, hint),
            }
        }
        let text = self.text.or_else(|| self.body.map(|body| body.to_string()));
        let body = match (self.content, text) {
            (Some(Content { file, range, tag }), _) => {
                put(CONTENT_TYPE, "audio/wav");
                put(ACCEPT_RANGES, "bytes");
                put(ETAG, &tag);
                put(CONTENT_LENGTH, &(range.end - range.start).to_string());
                if self.status == StatusCode::PARTIAL_CONTENT {
                    let last = range.end.saturating_sub(1);
                    put(
                        CONTENT_RANGE,
                        &format!("bytes {}-{last}/{}", range.start, file.size()),
                    );
                }
                let pieces = file.pieces(range).map(Ok::<_, std::convert::Infallible>);
                axum::body::Body::from_stream(futures::stream::iter(pieces))
            }
            (None, Some(text)) => {
                put(CONTENT_TYPE, "application/json; charset=utf-8");
                axum::body::Body::from(text)
            }
            (None, None) => axum::body::Body::empty(),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}
