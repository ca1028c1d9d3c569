//! Requests for content: signed for the resource, sent to where the file is, read without a limit on the whole.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use progenitor_client::ResponseValue;
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE,
    LOCATION, RANGE, USER_AGENT,
};
use reqwest::{Method, Request, Response, StatusCode};
use tracing::Instrument as _;
use url::Url;

use super::{ByteRange, ContentUrl};
use crate::error::normalize;
use crate::pipeline::{Pipeline, X_MS_CLIENT_REQUEST_ID, insert_uuid, log_id, report_retry};
use crate::retry::Outcome;
use crate::{CallError, Error, RetryPolicy};

/// The host that the signature is for, where the request goes to another (official SDKs 1.6.0).
const X_MS_HOST: HeaderName = HeaderName::from_static("x-ms-host");

/// A file leads to another place once or twice, not in a chain.
const MAX_REDIRECTS: usize = 3;

/// An answer whose body is being read.
#[derive(Debug)]
pub struct Content {
    response: Response,
    /// How long the next bytes may take.
    patience: std::time::Duration,
}

impl Content {
    /// The status: 200 for the whole file, 206 for a range of it.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// How many bytes this answer has, where it says so.
    pub fn content_length(&self) -> Option<u64> {
        self.text(&CONTENT_LENGTH)?.trim().parse().ok()
    }

    /// The media type.
    pub fn content_type(&self) -> Option<&str> {
        self.text(&CONTENT_TYPE)
    }

    /// The entity tag: another one means another file.
    pub fn etag(&self) -> Option<&str> {
        self.text(&ETAG)
    }

    /// First byte, last byte and length of the whole file, from `Content-Range`. `None` where there is no such
    /// header or it is not one of bytes.
    pub fn content_range(&self) -> Option<(u64, u64, Option<u64>)> {
        let (range, total) = self
            .text(&CONTENT_RANGE)?
            .trim()
            .strip_prefix("bytes ")?
            .split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        let total = match total.trim() {
            "*" => None,
            digits => Some(digits.parse().ok()?),
        };
        // A range that is none, or lies outside of what it is a range of.
        let sound = first <= last && total.is_none_or(|total: u64| last < total);
        sound.then_some((first, last, total))
    }

    /// The next bytes, as they arrive; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the connection breaks, also before as many bytes came as were announced; when nothing comes for as long
    /// as an attempt may take.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        match tokio::time::timeout(self.patience, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(Error::broken),
            Err(_) => Err(Error::silence()),
        }
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }
}

pub(super) fn range_headers(range: Option<ByteRange>, if_range: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    // What both official SDKs ask for, also where it is audio that they want.
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(range) = range {
        let value = HeaderValue::try_from(range.header())
            .map_err(|_| Error::invalid_input("expected a range that can be a header"))?;
        headers.insert(RANGE, value);
    }
    if let Some(tag) = if_range {
        let value = HeaderValue::try_from(tag)
            .map_err(|_| Error::invalid_input("expected an entity tag that can be a header"))?;
        headers.insert(IF_RANGE, value);
    }
    Ok(headers)
}

impl Pipeline {
    /// Sends a request for content until an attempt is final. The body of the answer is not read, unless it is a
    /// refusal.
    pub(super) async fn content(
        &self,
        http: &reqwest::Client,
        operation: &'static str,
        method: Method,
        url: &ContentUrl,
        headers: &HeaderMap,
    ) -> Result<Content, Error> {
        let id = log_id();
        let span = tracing::debug_span!(
            "acs_request",
            operation,
            request_id = %id,
            status = tracing::field::Empty,
        );
        let attempts = async {
            let policy = self.retry();
            let started = Instant::now();
            let mut retry = 0;
            loop {
                let left = policy.overall().saturating_sub(started.elapsed());
                let mut request = Request::new(method.clone(), url.url().clone());
                request.headers_mut().extend(headers.clone());
                insert_uuid(request.headers_mut(), X_MS_CLIENT_REQUEST_ID, id);
                let attempt = policy.attempt_time(left);
                let result = match tokio::time::timeout(attempt, self.attempt(http, request)).await {
                    Ok(result) => result?,
                    Err(_) => Attempted::Late,
                };
                let outcome = result.outcome();
                let left = policy.overall().saturating_sub(started.elapsed());
                if let Some(wait) = policy.wait(&outcome, retry, left, fastrand::f64()) {
                    result.report(retry, wait);
                    drop(result);
                    tokio::time::sleep(wait).await;
                    retry += 1;
                    continue;
                }
                return result.finish(policy).await;
            }
        };
        attempts.instrument(span).await
    }

    /// One attempt. The error is that of a credential, which no retry of the request would mend.
    async fn attempt(&self, http: &reqwest::Client, mut request: Request) -> Result<Attempted, Error> {
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.user_agent().clone());
        if let Ok(host) = HeaderValue::try_from(self.authority()) {
            headers.insert(X_MS_HOST, host);
        }
        let prepared = self.auth().prepare().await.map_err(Error::credential)?;
        prepared.authorize(&mut request, self.authority(), SystemTime::now());
        drop(prepared);

        let method = request.method().clone();
        let range: Vec<_> = [ACCEPT, RANGE, IF_RANGE]
            .into_iter()
            .filter_map(|name| Some((name.clone(), request.headers().get(name)?.clone())))
            .collect();
        let mut from = request.url().clone();
        let mut result = http.execute(request).await;
        for _ in 0..MAX_REDIRECTS {
            let target = match &result {
                Ok(response) if method == Method::GET => redirect(&from, response),
                _ => None,
            };
            let Some(target) = target else { break };
            // A new request, which has nothing of the old one but what is wanted: no signature, no token, no date.
            let mut request = Request::new(Method::GET, target.clone());
            request.headers_mut().extend(range.iter().cloned());
            request
                .headers_mut()
                .insert(USER_AGENT, self.user_agent().clone());
            from = target;
            result = http.execute(request).await;
        }
        Ok(Attempted::Done(result))
    }
}

/// Where a redirect leads, if it may be followed without credentials: never from `https` to anything else.
fn redirect(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    let user = !target.username().is_empty() || target.password().is_some();
    // A local service, which speaks plain `http`, may lead to another place of its own.
    let safe = target.scheme() == "https" || target.origin() == from.origin();
    (safe && !user).then_some(target)
}

enum Attempted {
    Done(reqwest::Result<Response>),
    Late,
}

impl Attempted {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Done(Ok(response)) => {
                Outcome::of_response(response.status(), response.headers(), SystemTime::now())
            }
            Self::Done(Err(error)) => Outcome::of_error(error, true),
            Self::Late => Outcome::LATE,
        }
    }

    fn report(&self, retry: u32, wait: std::time::Duration) {
        match self {
            Self::Done(result) => report_retry(result, retry, wait),
            Self::Late => tracing::warn!(error = "time-out", retry = retry + 1, "sent again after a fault"),
        }
    }

    async fn finish(self, policy: &RetryPolicy) -> Result<Content, Error> {
        let response = match self {
            Self::Done(result) => result.map_err(CallError::CommunicationError)?,
            Self::Late => return Err(Error::silence()),
        };
        let status = response.status();
        tracing::Span::current().record("status", status.as_u16());
        let patience = policy.attempt_time(policy.overall());
        if status.is_client_error() || status.is_server_error() {
            let complete = complete_length(&response);
            let read = async {
                let response = normalize(response).await?;
                ResponseValue::from_response(response).await
            };
            let refusal: Result<_, CallError> = tokio::time::timeout(patience, read)
                .await
                .map_err(|_| Error::silence())?;
            let error = match refusal {
                Ok(refusal) => CallError::ErrorResponse(refusal),
                Err(error) => error,
            };
            return Err(Error::from(error).with_complete_length(complete));
        }
        // 204 is no file, but a sensible answer to a deletion.
        if matches!(status.as_u16(), 200 | 204 | 206) {
            return Ok(Content { response, patience });
        }
        Err(CallError::UnexpectedResponse(response).into())
    }
}

/// How long the file is, from the `Content-Range: bytes */1234` of a 416.
fn complete_length(response: &Response) -> Option<u64> {
    if response.status() != StatusCode::RANGE_NOT_SATISFIABLE {
        return None;
    }
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    text.trim().strip_prefix("bytes */")?.trim().parse().ok()
}
