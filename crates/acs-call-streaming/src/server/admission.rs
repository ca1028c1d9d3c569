//! The request and whether it is let in.

use std::fmt;
use std::sync::Arc;

use acs_common::{CallConnectionId, CorrelationId};
use http::{HeaderMap, StatusCode, Uri};

use super::{Authorizer, CALL_CONNECTION_ID_HEADER, CORRELATION_ID_HEADER, Refusal, StreamingConfig};
use crate::{Error, ErrorKind};

/// The service's request for a WebSocket: of which call it is, and what it brings as proof.
#[derive(Clone)]
pub struct StreamRequest {
    call_connection_id: CallConnectionId,
    correlation_id: CorrelationId,
    uri: Uri,
    headers: HeaderMap,
}

impl StreamRequest {
    /// The leg.
    pub fn call_connection_id(&self) -> &CallConnectionId {
        &self.call_connection_id
    }

    /// The call, in the service's logs.
    pub fn correlation_id(&self) -> &CorrelationId {
        &self.correlation_id
    }

    /// Path and query of the transport URL, as the application gave it to the service.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// All headers, `Authorization` among them; keep them out of logs.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    fn read(uri: &Uri, headers: &HeaderMap) -> Result<Self, Denied> {
        Ok(Self {
            call_connection_id: id(headers, CALL_CONNECTION_ID_HEADER)?.into(),
            correlation_id: id(headers, CORRELATION_ID_HEADER)?.into(),
            uri: uri.clone(),
            headers: headers.clone(),
        })
    }
}

/// Headers and query may hold secrets and are not shown.
impl fmt::Debug for StreamRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamRequest")
            .field("call_connection_id", &self.call_connection_id)
            .field("correlation_id", &self.correlation_id)
            .field("path", &self.uri.path())
            .finish_non_exhaustive()
    }
}

/// The one value of a header, which has to be there and say something.
fn id<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Denied> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none());
    value
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Denied {
            status: StatusCode::BAD_REQUEST,
            message: format!("{name}: expected one id"),
        })
}

/// A request that is not let in: what to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    status: StatusCode,
    message: String,
}

impl Denied {
    #[cfg(feature = "tungstenite")]
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    /// 400, 401 or 503.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer: a status, a line of text, and with 401 what was expected as proof.
    pub fn response(&self) -> http::Response<String> {
        let mut response = http::Response::new(format!("{self}\n"));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                http::header::WWW_AUTHENTICATE,
                http::HeaderValue::from_static("Bearer"),
            );
        }
        response
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::Unauthorized => StatusCode::UNAUTHORIZED,
            Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self {
            status,
            message: refusal.to_string(),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Denied {}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let message = format!("the request was refused with {}", denied.status.as_u16());
        Self::new(ErrorKind::Refused, message).with_source(denied)
    }
}

/// Lets the service's WebSocket requests in, and nobody else's. Cheap to clone.
#[derive(Clone)]
pub struct StreamingServer {
    shared: Arc<Shared>,
}

struct Shared {
    authorizer: Option<Arc<dyn Authorizer>>,
    config: StreamingConfig,
}

impl StreamingServer {
    /// Lets in what the authorizer accepts, see [`Authorizer`].
    pub fn new(authorizer: impl Authorizer + 'static) -> Self {
        Self::with(Some(Arc::new(authorizer)), StreamingConfig::default())
    }

    /// Lets in everybody who sends the two headers. For tests, and where something else in front of it, say a
    /// gateway, lets only the service through: whoever gets in can listen and speak.
    pub fn without_authorization() -> Self {
        Self::with(None, StreamingConfig::default())
    }

    fn with(authorizer: Option<Arc<dyn Authorizer>>, config: StreamingConfig) -> Self {
        Self {
            shared: Arc::new(Shared { authorizer, config }),
        }
    }

    /// The same with other bounds.
    #[must_use]
    pub fn config(self, config: StreamingConfig) -> Self {
        Self::with(self.shared.authorizer.clone(), config)
    }

    /// The bounds of its sessions, for [`MediaSession::open`](crate::MediaSession::open).
    pub fn settings(&self) -> &StreamingConfig {
        &self.shared.config
    }

    /// Checks a request by its headers, for web servers that this crate does not know.
    ///
    /// # Errors
    ///
    /// [`Denied`]: 400 when an id is missing, 401 or 503 when the authorizer refuses.
    pub async fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<StreamRequest, Denied> {
        let admitted = self.check(uri, headers).await;
        if let Err(denied) = &admitted {
            tracing::warn!(
                status = denied.status.as_u16(),
                path = uri.path(),
                "a WebSocket request was refused: {denied}"
            );
        }
        admitted
    }

    async fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<StreamRequest, Denied> {
        let request = StreamRequest::read(uri, headers)?;
        if let Some(authorizer) = &self.shared.authorizer {
            authorizer.authorize(&request).await?;
        }
        Ok(request)
    }
}

impl fmt::Debug for StreamingServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingServer")
            .field("authorization", &self.shared.authorizer.is_some())
            .field("config", &self.shared.config)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    const IDS: [(&str, &str); 2] = [
        (CALL_CONNECTION_ID_HEADER, "leg"),
        (CORRELATION_ID_HEADER, "call"),
    ];

    #[tokio::test]
    async fn both_ids_have_to_be_there_once() {
        let server = StreamingServer::without_authorization();
        let uri = Uri::from_static("/media?key=secret");
        let request = server.admit(&uri, &headers(&IDS)).await.unwrap();
        assert_eq!(request.call_connection_id(), &"leg");
        assert_eq!(request.correlation_id(), &"call");
        assert!(!format!("{request:?}").contains("secret"));
        for bad in [
            headers(&IDS[..1]),
            headers(&IDS[1..]),
            headers(&[IDS[0], (CORRELATION_ID_HEADER, " ")]),
            headers(&[IDS[0], IDS[1], IDS[1]]),
        ] {
            let denied = server.admit(&uri, &bad).await.unwrap_err();
            assert_eq!(denied.status(), StatusCode::BAD_REQUEST);
            assert!(denied.to_string().ends_with("-id: expected one id"), "{denied}");
        }
    }

    #[tokio::test]
    async fn the_authorizer_sees_the_request_and_decides() {
        let server = StreamingServer::new(|request: StreamRequest| async move {
            match request.uri().query() {
                Some("good") if request.call_connection_id() == "leg" => Ok(()),
                Some("later") => Err(Refusal::Unavailable),
                _ => Err(Refusal::Unauthorized),
            }
        });
        let ask = async |uri: &'static str| {
            let answer = server.admit(&Uri::from_static(uri), &headers(&IDS)).await;
            answer.map_err(|denied| denied.response())
        };
        assert!(ask("/?good").await.is_ok());
        let refused = ask("/?bad").await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        assert_eq!(
            ask("/?later").await.unwrap_err().status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
