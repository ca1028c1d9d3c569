//! Whether a request is from the service.

use std::fmt;
use std::future::Future;

use async_trait::async_trait;

use super::StreamRequest;

/// Decides whether a WebSocket request is from the service, before it is accepted.
///
/// The service sends a JSON Web Token like that of its callbacks, but valid for 24 hours (how-to guide "Secure
/// webhook endpoint"). `acs-call-events` verifies both (feature `jwt`); this crate does not depend on it, so an
/// application puts the two together:
///
/// ```text
/// let verifier = TokenVerifier::builder(resource_id).max_lifetime(Duration::from_secs(24 * 3600)).build()?;
/// let server = StreamingServer::new(move |request: StreamRequest| {
///     let verifier = verifier.clone();
///     async move {
///         match verifier.verify(request.headers()).await {
///             Ok(_) => Ok(()),
///             Err(error) if error.is_keys_unavailable() => Err(Refusal::Unavailable),
///             Err(_) => Err(Refusal::Unauthorized),
///         }
///     }
/// });
/// ```
///
/// Closures of this form are authorizers. `docs/streaming.md` has these lines compiled.
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Accepts or refuses. Dropped when the peer gives up, so it should be safe to cancel.
    async fn authorize(&self, request: &StreamRequest) -> Result<(), Refusal>;
}

#[async_trait]
impl<F, Answer> Authorizer for F
where
    F: Fn(StreamRequest) -> Answer + Send + Sync,
    Answer: Future<Output = Result<(), Refusal>> + Send,
{
    async fn authorize(&self, request: &StreamRequest) -> Result<(), Refusal> {
        self(request.clone()).await
    }
}

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It has no proof that holds: 401.
    Unauthorized,
    /// Whether the proof holds cannot be told now: 503.
    Unavailable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "the request has no proof that holds",
            Self::Unavailable => "whether the proof holds cannot be told now",
        })
    }
}

impl std::error::Error for Refusal {}
