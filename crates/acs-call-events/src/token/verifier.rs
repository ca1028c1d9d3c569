//! The verifier and its settings.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::cache::{KeyCache, Policy};
use super::claims::{self, Expected};
use super::jws::Jws;
use super::keys::KeySource;
use super::replay::{Fingerprint, ReplayGuard, fingerprint};
use super::{AZURE_ISSUER, AZURE_METADATA_URL, OpenIdKeySource, TokenRejection};
use crate::{Error, ErrorKind};

/// The largest difference of clocks that can be allowed.
const MAX_SKEW: Duration = Duration::from_secs(5 * 60);

/// In seconds.
const HOUR: u64 = 3600;

/// Verifies the token of callbacks, see [`token`](crate::token). Cheap to clone; clones share their keys.
///
/// Fetching keys needs a tokio runtime.
#[derive(Clone, Debug)]
pub struct TokenVerifier {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    expected: Expected,
    keys: KeyCache,
    replays: Option<ReplayGuard>,
}

/// A token that holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedToken {
    identity: Fingerprint,
    expires: u64,
    key_id: String,
}

impl VerifiedToken {
    /// The end of its validity, without any allowance for clocks.
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// The id of the key that has signed it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }
}

impl TokenVerifier {
    /// A verifier for callbacks of this resource: `audience` is its immutable resource id, a GUID that the
    /// portal shows.
    pub fn builder(audience: impl Into<String>) -> TokenVerifierBuilder {
        TokenVerifierBuilder {
            audience: audience.into(),
            issuer: AZURE_ISSUER.to_owned(),
            metadata_url: AZURE_METADATA_URL.to_owned(),
            source: None,
            skew: Duration::from_secs(60),
            max_lifetime: Duration::from_secs(HOUR),
            policy: Policy {
                refresh_after: Duration::from_secs(12 * HOUR),
                keep_stale: Duration::from_secs(48 * HOUR),
                cool_down: Duration::from_secs(30),
                fetch_timeout: Duration::from_secs(10),
            },
            replays: None,
        }
    }

    /// Verifies the token of a request by its headers alone, so that nobody's body is read in vain.
    ///
    /// Cancel-safe: a fetch of keys that has begun goes on.
    ///
    /// # Errors
    ///
    /// [`Error::is_unauthorized`] when the token does not hold; [`Error::token_rejection`] says why, and the
    /// answer is 401. [`Error::is_keys_unavailable`] when that cannot be told for want of keys; the answer is
    /// 503, so that the service repeats the delivery.
    pub async fn verify(&self, headers: &HeaderMap) -> Result<VerifiedToken, Error> {
        let token = bearer(headers)?;
        let jws = Jws::read(token)?;
        let key = self.shared.keys.find(jws.key_id()).await?;
        let payload = jws.payload(&key.ok_or(TokenRejection::UnknownKey)?)?;
        let accepted = claims::check(&payload, &self.shared.expected, now())?;
        let identity = match &accepted.token_id {
            Some(id) => fingerprint(id.as_bytes()),
            None => fingerprint(token.as_bytes()),
        };
        Ok(VerifiedToken {
            identity,
            expires: accepted.expires,
            key_id: jws.key_id().to_owned(),
        })
    }

    /// Holds a token that was verified against the body it came with, when
    /// [replays are looked for](TokenVerifierBuilder::detect_replays); else does nothing.
    ///
    /// # Errors
    ///
    /// [`TokenRejection::Replayed`], when it came before with another body.
    pub fn verify_body(&self, token: &VerifiedToken, body: &[u8]) -> Result<(), Error> {
        let Some(replays) = &self.shared.replays else {
            return Ok(());
        };
        let until = token.expires.saturating_add(self.shared.expected.skew.as_secs());
        Ok(replays.admit(token.identity, body, until, now())?)
    }

    /// Fetches the keys unless they are there: at the start of a program, so that the first callback does not
    /// wait for them and a wrong address shows.
    ///
    /// # Errors
    ///
    /// [`Error::is_keys_unavailable`]. The verifier can be used all the same; it will try again.
    pub async fn prefetch_keys(&self) -> Result<(), Error> {
        self.shared.keys.fill().await
    }
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Result<&str, TokenRejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(TokenRejection::Missing)?;
    if values.next().is_some() {
        return Err(TokenRejection::Malformed);
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(TokenRejection::Malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim_matches(' '))
    } else {
        Err(TokenRejection::Malformed)
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    // A clock before 1970 accepts nothing: every token then begins later.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Settings of a [`TokenVerifier`].
#[derive(Debug)]
#[must_use]
pub struct TokenVerifierBuilder {
    audience: String,
    issuer: String,
    metadata_url: String,
    source: Option<Arc<dyn KeySource>>,
    skew: Duration,
    max_lifetime: Duration,
    policy: Policy,
    replays: Option<usize>,
}

impl TokenVerifierBuilder {
    /// Who has to have issued the token, when it is not [`AZURE_ISSUER`]: an emulator.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Where the OpenID Connect configuration is, when not at [`AZURE_METADATA_URL`], see
    /// [`OpenIdKeySource::from_metadata`].
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        self.metadata_url = url.into();
        self
    }

    /// Takes the keys from elsewhere; no configuration is then asked.
    pub fn key_source(mut self, source: impl KeySource + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// By how much the clocks may differ: 60 s unless set, at most 5 minutes.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// The longest validity a token may claim, from `nbf` to `exp`: 1 hour unless set. Tokens of callbacks are
    /// valid for 5 minutes; those of WebSocket connections for 24 hours (how-to guide), and have no business
    /// on a webhook.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// From which age on keys are fetched anew: 12 hours unless set.
    pub fn refresh_keys_after(mut self, age: Duration) -> Self {
        self.policy.refresh_after = age;
        self
    }

    /// How much longer keys are used while they cannot be fetched anew: 48 hours unless set.
    pub fn keep_stale_keys(mut self, time: Duration) -> Self {
        self.policy.keep_stale = time;
        self
    }

    /// The pause between two fetches, whatever tokens come: 30 s unless set. After a fetch that failed it is
    /// at most 5 s.
    pub fn fetch_cool_down(mut self, pause: Duration) -> Self {
        self.policy.cool_down = pause;
        self
    }

    /// When a fetch of keys is given up: after 10 s unless set.
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.policy.fetch_timeout = timeout;
        self
    }

    /// Refuses a token that comes again with another body, and remembers up to `capacity` tokens for that, 64
    /// bytes and some for each; the oldest make room. A token that comes again with the same body is a delivery
    /// repeated, which the hub drops. Tokens are told apart by `jti`, or as a whole when they have none.
    ///
    /// Off unless set. The service documents a new token per event, but no `jti`, and times in tokens are whole
    /// seconds: two events of one second may then carry the same token to the last bit, because RS256 has no
    /// randomness. One of them would be refused, and an event lost is worse than what this prevents: a token
    /// read on its way, within TLS, within minutes. Each process remembers for itself.
    pub fn detect_replays(mut self, capacity: usize) -> Self {
        self.replays = Some(capacity);
        self
    }

    /// The verifier. No keys are fetched yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidSetting`]: an empty audience or issuer, clocks that differ by more than 5 minutes,
    /// a capacity of 0, or an address of keys that is not allowed.
    pub fn build(self) -> Result<TokenVerifier, Error> {
        let wrong = |message: &str| Err(Error::new(ErrorKind::InvalidSetting, message));
        if self.audience.is_empty() {
            return wrong("audience: expected the immutable resource id");
        }
        if self.issuer.is_empty() {
            return wrong("issuer: expected a name");
        }
        if self.skew > MAX_SKEW {
            return wrong("clock skew: expected at most 5 minutes");
        }
        if self.replays == Some(0) {
            return wrong("capacity for replays: expected at least 1");
        }
        let source = match self.source {
            Some(source) => source,
            None => Arc::new(OpenIdKeySource::from_metadata(&self.metadata_url)?),
        };
        Ok(TokenVerifier {
            shared: Arc::new(Shared {
                expected: Expected {
                    issuer: self.issuer,
                    audience: self.audience,
                    skew: self.skew,
                    max_lifetime: self.max_lifetime,
                },
                keys: KeyCache::new(source, self.policy),
                replays: self.replays.map(ReplayGuard::new),
            }),
        })
    }
}
