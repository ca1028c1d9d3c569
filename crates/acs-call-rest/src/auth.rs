//! How a request proves who sends it.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use acs_common::credential::{SCOPE, TokenCache, TokenCredential};
use acs_common::signing::{self, Parts, SigningKey};
use acs_common::{AccessKey, Secret};
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

const X_MS_DATE: HeaderName = HeaderName::from_static(signing::DATE_HEADER);
const X_MS_CONTENT_SHA256: HeaderName = HeaderName::from_static(signing::CONTENT_HASH_HEADER);

/// A credential made ready for use. Cheap to clone; clones share the token cache.
#[derive(Clone)]
pub struct Auth(Inner);

#[derive(Clone)]
enum Inner {
    Key(SigningKey),
    Token(Arc<TokenCache>),
}

impl Auth {
    /// Signs each request with the access key of the resource.
    pub fn access_key(key: &AccessKey) -> Self {
        Self(Inner::Key(SigningKey::new(key)))
    }

    /// Sends a bearer token of the credential, kept and renewed in time. Only over `https`.
    pub fn token(credential: Arc<dyn TokenCredential>) -> Self {
        Self(Inner::Token(Arc::new(TokenCache::new(credential, &[SCOPE]))))
    }

    pub(crate) fn is_token(&self) -> bool {
        matches!(self.0, Inner::Token(_))
    }

    /// The key that signs, which never has to be waited for.
    pub(crate) fn key(&self) -> Option<&SigningKey> {
        match &self.0 {
            Inner::Key(key) => Some(key),
            Inner::Token(_) => None,
        }
    }

    /// Gets what has to be had before a request can be authorized: the token, where there is one.
    pub(crate) async fn prepare(&self) -> Result<Prepared<'_>, acs_common::Error> {
        match &self.0 {
            Inner::Key(key) => Ok(Prepared::Key(key)),
            Inner::Token(cache) => Ok(Prepared::Token(cache.token().await?)),
        }
    }
}

impl From<&AccessKey> for Auth {
    fn from(key: &AccessKey) -> Self {
        Self::access_key(key)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Inner::Key(_) => "Auth(access key, redacted)",
            Inner::Token(_) => "Auth(token credential, redacted)",
        })
    }
}

pub(crate) enum Prepared<'a> {
    Key(&'a SigningKey),
    Token(Secret),
}

impl Prepared<'_> {
    /// Writes the authorization headers of one attempt, in place of those of an earlier one.
    ///
    /// Signing comes last: it covers method, target, host and body as they will be sent. Nothing is
    /// written when a value cannot be a header, which for base64 and dates does not happen; the service
    /// then answers 401, and no request goes out with the headers of another attempt.
    pub(crate) fn authorize(&self, request: &mut Request, host: &str, now: SystemTime) {
        match self {
            Self::Key(key) => {
                let date = signing::http_date(now);
                let url = request.url();
                let target: String;
                let target = match url.query() {
                    None => url.path(),
                    Some(query) => {
                        target = [url.path(), "?", query].concat();
                        &target
                    }
                };
                let signed = key.sign(&Parts {
                    method: request.method().as_str(),
                    target,
                    host,
                    date: &date,
                    body: request
                        .body()
                        .and_then(reqwest::Body::as_bytes)
                        .unwrap_or_default(),
                });
                set(request, X_MS_DATE, date, false);
                set(request, X_MS_CONTENT_SHA256, signed.content_sha256, false);
                set(request, AUTHORIZATION, signed.authorization, true);
            }
            Self::Token(token) => {
                set(request, AUTHORIZATION, format!("Bearer {}", token.expose()), true);
            }
        }
    }
}

fn set(request: &mut Request, name: HeaderName, value: String, sensitive: bool) {
    match HeaderValue::try_from(value) {
        Ok(mut value) => {
            value.set_sensitive(sensitive);
            request.headers_mut().insert(name, value);
        }
        Err(_) => {
            request.headers_mut().remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use acs_common::credential::{AccessToken, StaticToken};
    use acs_common::verify::{DEFAULT_CLOCK_SKEW, Received, verify};

    use super::*;

    fn request(body: &'static str) -> Request {
        let url = "http://127.0.0.1:8080/calling/callConnections/a%3Ab:play?api-version=2026-03-12";
        let mut request = Request::new(reqwest::Method::POST, url.parse().unwrap());
        *request.body_mut() = Some(body.into());
        request
    }

    fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        request.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn what_is_signed_is_what_is_sent() {
        let key = AccessKey::from_bytes("key");
        let auth = Auth::access_key(&key);
        let mut request = request("body");
        let now = SystemTime::now();
        auth.prepare()
            .await
            .unwrap()
            .authorize(&mut request, "127.0.0.1:8080", now);
        verify(
            &SigningKey::new(&key),
            &Received {
                method: "POST",
                targets: &["/calling/callConnections/a%3Ab:play?api-version=2026-03-12"],
                hosts: &["127.0.0.1:8080"],
                date: header(&request, "x-ms-date"),
                content_sha256: header(&request, "x-ms-content-sha256"),
                authorization: header(&request, "authorization"),
                body: b"body",
            },
            now,
            DEFAULT_CLOCK_SKEW,
        )
        .unwrap();
        assert!(request.headers()["authorization"].is_sensitive());
    }

    #[tokio::test]
    async fn a_later_attempt_replaces_the_headers() {
        let auth = Auth::access_key(&AccessKey::from_bytes("key"));
        let mut request = request("body");
        let now = SystemTime::now();
        let prepared = auth.prepare().await.unwrap();
        prepared.authorize(&mut request, "h", now);
        let first = header(&request, "authorization").unwrap().to_owned();
        prepared.authorize(&mut request, "h", now + Duration::from_secs(2));
        assert_ne!(header(&request, "authorization").unwrap(), first);
        assert_eq!(request.headers().get_all("authorization").iter().count(), 1);
        assert_eq!(request.headers().get_all("x-ms-date").iter().count(), 1);
    }

    #[tokio::test]
    async fn a_token_is_sent_as_bearer_and_not_shown() {
        let token = AccessToken::new("jwt", SystemTime::now() + Duration::from_secs(600));
        let auth = Auth::token(Arc::new(StaticToken::new(token)));
        let mut request = request("");
        auth.prepare()
            .await
            .unwrap()
            .authorize(&mut request, "h", SystemTime::now());
        assert_eq!(header(&request, "authorization"), Some("Bearer jwt"));
        assert!(!format!("{request:?} {auth:?}").contains("jwt"));
    }
}
