//! What happens to every request: version, ids, authorization, attempts, a span.
//!
//! The generated client calls [`ClientHooks`]; the order is fixed. Made once per operation: `api-version`,
//! `x-ms-client-request-id`, and for repeatable operations the repeatability headers. Made once per attempt, last of
//! all: date and signature, or the token. So a retry is dated afresh and the service still knows it for the same
//! operation.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use acs_common::{Endpoint, signing};
use progenitor_client::{ClientHooks, ClientInfo, OperationInfo, ResponseValue};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response};
use tracing::Span;
use url::Url;
use uuid::Uuid;

use crate::auth::{Auth, Prepared};
use crate::error::normalize;
use crate::generated::client::Client;
use crate::observe::{Observer, Pending};
use crate::operation;
use crate::retry::{Outcome, RetryPolicy};
use crate::{CallError, types};

pub(crate) const X_MS_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const REPEATABILITY_REQUEST_ID: HeaderName = HeaderName::from_static("repeatability-request-id");
const REPEATABILITY_FIRST_SENT: HeaderName = HeaderName::from_static("repeatability-first-sent");

/// The query of a request that has no other parameter, which is nearly every one.
const API_VERSION_QUERY: &str = "api-version=2026-03-12";

/// What the generated client carries for its hooks. Cheap to clone.
#[derive(Clone)]
pub struct Pipeline(Arc<Shared>);

struct Shared {
    authority: String,
    origin: url::Origin,
    auth: Auth,
    retry: RetryPolicy,
    user_agent: HeaderValue,
    observer: Option<Arc<dyn Observer>>,
}

impl Pipeline {
    pub(crate) fn new(
        endpoint: &Endpoint,
        auth: Auth,
        retry: RetryPolicy,
        user_agent: HeaderValue,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self(Arc::new(Shared {
            authority: endpoint.authority().to_owned(),
            origin: endpoint.url().origin(),
            auth,
            retry,
            user_agent,
            observer,
        }))
    }

    pub(crate) fn authority(&self) -> &str {
        &self.0.authority
    }

    pub(crate) fn origin(&self) -> &url::Origin {
        &self.0.origin
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.0.auth
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.0.retry
    }

    pub(crate) fn user_agent(&self) -> &HeaderValue {
        &self.0.user_agent
    }

    /// Sends a request until an attempt is final.
    async fn send(
        &self,
        http: &reqwest::Client,
        mut request: Request,
        once: Once,
        span: &Span,
    ) -> reqwest::Result<Response> {
        let shared = &*self.0;
        let started = Instant::now();
        let mut retry = 0;
        loop {
            // What is the same in every attempt is written into each, so that the copy is a small one.
            let copy = request.try_clone();
            let now = if retry == 0 { once.made } else { SystemTime::now() };
            once.write(request.headers_mut(), &shared.user_agent);
            let attempt = shared.retry.attempt_time(self.left(started));
            *request.timeout_mut() = Some(shared.authorize(&mut request, now, attempt).await);
            let seen = shared
                .observer
                .as_deref()
                .map(|observer| (observer, Pending::new(once.operation, &request)));
            let result = match (http.execute(request).await, seen) {
                (Ok(response), Some((observer, pending))) => pending.show(observer, response).await,
                (result, _) => result,
            };
            let outcome = match &result {
                Ok(response) => {
                    Outcome::of_response(response.status(), response.headers(), SystemTime::now())
                }
                Err(error) => Outcome::of_error(error, once.replayable),
            };
            let wait = shared
                .retry
                .wait(&outcome, retry, self.left(started), fastrand::f64());
            match (wait, copy) {
                (Some(wait), Some(next)) => {
                    report_retry(&result, retry, wait);
                    // The failed answer is dropped first, so that its connection can serve the next attempt.
                    drop(result);
                    tokio::time::sleep(wait).await;
                    request = next;
                    retry += 1;
                }
                _ => {
                    return match result {
                        Ok(response) => {
                            span.record("status", response.status().as_u16());
                            normalize(response).await
                        }
                        Err(error) => Err(error),
                    };
                }
            }
        }
    }

    /// How long all attempts may still take.
    fn left(&self, started: Instant) -> Duration {
        self.0.retry.overall().saturating_sub(started.elapsed())
    }
}

impl Shared {
    /// Authorizes an attempt, and says how much of its time is left.
    async fn authorize(&self, request: &mut Request, now: SystemTime, attempt: Duration) -> Duration {
        if let Some(key) = self.auth.key() {
            Prepared::Key(key).authorize(request, &self.authority, now);
            return attempt;
        }
        // A token that cannot be renewed between two attempts leaves the one of `pre` in place. The credential's
        // time is the attempt's time: one that hangs must not make the request hang.
        let begun = Instant::now();
        if let Ok(Ok(prepared)) = tokio::time::timeout(attempt, self.auth.prepare()).await {
            prepared.authorize(request, &self.authority, now);
        }
        attempt.saturating_sub(begun.elapsed())
    }
}

/// What all attempts of an operation have in common.
struct Once {
    operation: &'static str,
    request_id: Uuid,
    /// The id under which the service knows it again, and the time of the first attempt.
    repeatability: Option<(Uuid, HeaderValue)>,
    /// Whether it may be executed twice without doing a thing twice.
    replayable: bool,
    made: SystemTime,
}

impl Once {
    fn new(operation: &'static str, method: &Method) -> Self {
        let made = SystemTime::now();
        let repeatable = operation::find(operation).is_some_and(|operation| operation.repeatable);
        let first_sent = repeatable.then(|| HeaderValue::try_from(signing::http_date(made)));
        let repeatability = first_sent.and_then(|date| Some((Uuid::new_v4(), date.ok()?)));
        Self {
            operation,
            request_id: log_id(),
            replayable: *method != Method::POST || repeatability.is_some(),
            repeatability,
            made,
        }
    }

    fn write(&self, headers: &mut HeaderMap, user_agent: &HeaderValue) {
        // These, and those of the authorization.
        headers.reserve(7);
        headers.insert(USER_AGENT, user_agent.clone());
        insert_uuid(headers, X_MS_CLIENT_REQUEST_ID, self.request_id);
        if let Some((id, first_sent)) = &self.repeatability {
            insert_uuid(headers, REPEATABILITY_REQUEST_ID, *id);
            headers.insert(REPEATABILITY_FIRST_SENT, first_sent.clone());
        }
    }
}

pub(crate) fn report_retry(result: &reqwest::Result<Response>, retry: u32, wait: Duration) {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    match result {
        Ok(response) => {
            tracing::warn!(
                status = response.status().as_u16(),
                retry = retry + 1,
                wait_ms,
                "sent again after a refusal"
            );
        }
        Err(error) => {
            // Without the URL: a raw id or a recording id is somebody's data.
            let error = if error.is_timeout() {
                "time-out"
            } else {
                "connection fault"
            };
            tracing::warn!(error, retry = retry + 1, wait_ms, "sent again after a fault");
        }
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("authority", &self.0.authority)
            .field("auth", &self.0.auth)
            .field("retry", &self.0.retry)
            .finish_non_exhaustive()
    }
}

impl ClientHooks<Pipeline> for Client {
    async fn pre<E>(
        &self,
        request: &mut Request,
        _info: &OperationInfo,
    ) -> Result<(), progenitor_client::Error<E>> {
        let shared = &*self.inner().0;
        set_api_version(request.url_mut());
        // Only here can a credential without a token be reported as what it is. The header also stands in
        // when the token cannot be renewed between two attempts. A key signs in `send`, once per attempt.
        if shared.auth.is_token() {
            let prepared = tokio::time::timeout(shared.retry.overall(), shared.auth.prepare())
                .await
                .map_err(|_| {
                    progenitor_client::Error::Custom("the credential gave no token in time".to_owned())
                })?
                .map_err(|error| progenitor_client::Error::Custom(describe(&error)))?;
            prepared.authorize(request, &shared.authority, SystemTime::now());
        }
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let once = Once::new(info.operation_id, request.method());
        let span = tracing::debug_span!(
            "acs_request",
            operation = info.operation_id,
            request_id = %once.request_id,
            status = tracing::field::Empty,
        );
        // Entered at each turn rather than by `Instrument`, which would move the whole future.
        let mut sending = pin!(self.inner().send(self.client(), request, once, &span));
        poll_fn(|context| span.in_scope(|| sending.as_mut().poll(context))).await
    }
}

impl Client {
    /// Gets the next page of a list, by the link that the page before gave.
    ///
    /// The description's paging is not part of the generated methods, because a link is a whole address.
    /// A relative link is taken from the endpoint; a link to another host is refused, because the request
    /// would carry a signature of this resource.
    ///
    /// # Errors
    ///
    /// When the link is no URL of this endpoint, and as every operation does.
    pub async fn get_participants_page(
        &self,
        next_link: &str,
    ) -> Result<ResponseValue<types::GetParticipantsResponse>, CallError> {
        let info = OperationInfo {
            operation_id: "get_participants",
        };
        let url = self.same_origin(next_link).ok_or_else(|| {
            CallError::InvalidRequest("next link: expected a URL of the resource's own endpoint".to_owned())
        })?;
        let mut request = self
            .client()
            .get(url)
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .build()?;
        self.pre::<types::CommunicationErrorResponse>(&mut request, &info)
            .await?;
        let response = self.exec(request, &info).await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            400..=599 => Err(CallError::ErrorResponse(
                ResponseValue::from_response(response).await?,
            )),
            _ => Err(CallError::UnexpectedResponse(response)),
        }
    }

    fn same_origin(&self, link: &str) -> Option<Url> {
        let url = Url::parse(self.baseurl()).ok()?.join(link).ok()?;
        (url.origin() == self.inner().0.origin).then_some(url)
    }
}

/// Sets `api-version`, in place of one that a next link brought along.
fn set_api_version(url: &mut Url) {
    const PARAMETER: &str = "api-version=";
    let Some(query) = url.query() else {
        url.set_query(Some(API_VERSION_QUERY));
        return;
    };
    let mut parts: Vec<&str> = query
        .split('&')
        .filter(|part| !part.is_empty() && !part.starts_with(PARAMETER))
        .collect();
    parts.push(API_VERSION_QUERY);
    let query = parts.join("&");
    url.set_query(Some(&query));
}

pub(crate) fn insert_uuid(headers: &mut HeaderMap, name: HeaderName, id: Uuid) {
    let mut buffer = Uuid::encode_buffer();
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(name, value);
    }
}

/// An id for finding a request in logs. Unlike a repeatability id it need not be unique among all clients
/// of the world, so it is not worth asking the operating system for randomness.
pub(crate) fn log_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

/// An error with its causes on one line; the generated error type has room for text only.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_names_the_version_of_the_workspace() {
        assert_eq!(
            API_VERSION_QUERY,
            format!("api-version={}", acs_common::API_VERSION)
        );
    }

    #[test]
    fn the_version_is_set_once() {
        for (before, after) in [
            ("http://h/p", "http://h/p?api-version=2026-03-12"),
            ("http://h/p?a=%2B", "http://h/p?a=%2B&api-version=2026-03-12"),
            (
                "http://h/p?api-version=old&a=b",
                "http://h/p?a=b&api-version=2026-03-12",
            ),
        ] {
            let mut url = Url::parse(before).unwrap();
            set_api_version(&mut url);
            assert_eq!(url.as_str(), after);
        }
    }
}
