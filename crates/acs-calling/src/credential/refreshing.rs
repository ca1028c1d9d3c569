//! A token that is made anew.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use acs_common::Secret;
use acs_common::credential::AccessToken;
use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::{CommunicationTokenCredential, WallClock, expired, jwt};
use crate::Error;
use crate::limits::{BACKOFF_FIRST, TOKEN_EXPIRING};

/// The longest wait between two proactive attempts that failed.
const RETRY_LONGEST: Duration = Duration::from_secs(60);

/// What a refresher returns.
#[derive(Clone, Debug)]
pub enum RefreshedToken {
    /// A token that says itself when it ends.
    Text(Secret),
    /// A token whose end is known.
    WithExpiry(AccessToken),
}

impl From<String> for RefreshedToken {
    fn from(token: String) -> Self {
        Self::Text(token.into())
    }
}

impl From<Secret> for RefreshedToken {
    fn from(token: Secret) -> Self {
        Self::Text(token)
    }
}

impl From<AccessToken> for RefreshedToken {
    fn from(token: AccessToken) -> Self {
        Self::WithExpiry(token)
    }
}

/// How a token is kept fresh.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct RefreshOptions {
    /// What to begin with; without, the refresher is asked at first.
    pub token: Option<RefreshedToken>,
    /// Whether the refresher is asked before the token ends: ten minutes before, and from then on after half of
    /// what is left. An attempt that fails is repeated with growing waits. Off by default.
    pub refresh_proactively: bool,
    /// How long a token lives that does not say when it ends: 10 minutes by default.
    pub undecodable_token_expiry: Duration,
}

impl Default for RefreshOptions {
    fn default() -> Self {
        Self {
            token: None,
            refresh_proactively: false,
            undecodable_token_expiry: jwt::UNDECODABLE,
        }
    }
}

impl RefreshOptions {
    /// Begins with a token.
    pub fn token(mut self, token: impl Into<RefreshedToken>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Asks before the token ends.
    pub fn refresh_proactively(mut self, proactively: bool) -> Self {
        self.refresh_proactively = proactively;
        self
    }

    /// Sets the life of a token that does not say when it ends.
    #[doc(alias = "undecodableTokenExpiryIntervalInSeconds")]
    pub fn undecodable_token_expiry(mut self, life: Duration) -> Self {
        self.undecodable_token_expiry = life;
        self
    }
}

type Refresher = dyn Fn() -> BoxFuture<'static, Result<RefreshedToken, Error>> + Send + Sync;

/// Asks a refresher for a token when there is none that is valid. However many ask at the same time, the
/// refresher is asked once, and whoever gives up waiting does not spoil it for the others.
///
/// The rules are those of `communication-common` 2.5.0, but for one: a proactive attempt that fails is repeated.
#[derive(Debug)]
pub struct RefreshingTokenCredential {
    inner: Arc<Inner>,
    proactive: Option<AbortHandle>,
}

struct Inner {
    refresher: Box<Refresher>,
    undecodable: Duration,
    clock: WallClock,
    /// Held while the refresher is asked: that is what makes it one flight.
    token: Mutex<Option<AccessToken>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl RefreshingTokenCredential {
    /// Takes a refresher. Proactive refreshing begins at once and needs a tokio runtime; it ends when the
    /// credential is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the first token is blank or the
    /// assumed life is nothing.
    #[doc(alias = "tokenRefresher")]
    pub fn new<F, R, T>(refresher: F, options: RefreshOptions) -> Result<Self, Error>
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, Error>> + Send + 'static,
        T: Into<RefreshedToken>,
    {
        if options.undecodable_token_expiry.is_zero() {
            return Err(Error::input(
                "undecodable_token_expiry",
                "expected more than nothing",
            ));
        }
        let clock = WallClock::new();
        let undecodable = options.undecodable_token_expiry;
        let token = match options.token {
            Some(token) => Some(read(token, &clock, undecodable)?),
            None => None,
        };
        let inner = Arc::new(Inner {
            refresher: Box::new(move || refresher().map(|token| token.map(Into::into)).boxed()),
            undecodable,
            clock,
            token: Mutex::new(token),
        });
        let proactive = options
            .refresh_proactively
            .then(|| tokio::spawn(keep_fresh(Arc::downgrade(&inner))).abort_handle());
        Ok(Self { inner, proactive })
    }
}

impl Drop for RefreshingTokenCredential {
    fn drop(&mut self) {
        if let Some(proactive) = &self.proactive {
            proactive.abort();
        }
    }
}

fn read(token: RefreshedToken, clock: &WallClock, undecodable: Duration) -> Result<AccessToken, Error> {
    match token {
        RefreshedToken::Text(text) => jwt::access_token(text, clock.now() + undecodable),
        RefreshedToken::WithExpiry(token) => Ok(token),
    }
}

impl Inner {
    /// Asks the refresher and keeps what it says.
    async fn refresh(&self, kept: &mut Option<AccessToken>) -> Result<AccessToken, Error> {
        let token = read((self.refresher)().await?, &self.clock, self.undecodable)?;
        if self.clock.left(&token).is_zero() {
            return Err(expired());
        }
        *kept = Some(token.clone());
        Ok(token)
    }
}

#[async_trait]
impl CommunicationTokenCredential for RefreshingTokenCredential {
    async fn get_token(&self) -> Result<AccessToken, Error> {
        let mut kept = self.inner.token.lock().await;
        if let Some(token) = kept.as_ref()
            && !self.inner.clock.left(token).is_zero()
        {
            return Ok(token.clone());
        }
        self.inner.refresh(&mut kept).await
    }
}

/// When the next proactive refresh is due: ten minutes before the end, and inside of these after half of what is
/// left.
fn wait(left: Duration) -> Duration {
    if left > TOKEN_EXPIRING {
        left.saturating_sub(TOKEN_EXPIRING)
    } else {
        left / 2
    }
}

async fn keep_fresh(inner: Weak<Inner>) {
    let mut failed = 0_u32;
    let mut pause = match inner.upgrade() {
        Some(inner) => match inner.token.lock().await.as_ref() {
            Some(token) => wait(inner.clock.left(token)),
            None => Duration::ZERO,
        },
        None => return,
    };
    loop {
        tokio::time::sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        let mut kept = inner.token.lock().await;
        match inner.refresh(&mut kept).await {
            Ok(token) => {
                failed = 0;
                // A refresher whose tokens hardly live is not asked without end.
                pause = wait(inner.clock.left(&token)).max(BACKOFF_FIRST);
            }
            Err(error) => {
                failed = failed.saturating_add(1);
                pause = (BACKOFF_FIRST * 2_u32.saturating_pow(failed.min(10))).min(RETRY_LONGEST);
                tracing::warn!(%error, failed, "the token could not be refreshed ahead of time");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::SystemTime;

    use super::*;
    use crate::ErrorKind;

    fn token(number: usize, secs: u64) -> AccessToken {
        AccessToken::new(
            format!("t{number}"),
            SystemTime::now() + Duration::from_secs(secs),
        )
    }

    fn counting(
        lives: &'static [u64],
        clock: WallClock,
        options: RefreshOptions,
    ) -> (RefreshingTokenCredential, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let credential = RefreshingTokenCredential::new(
            move || {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::task::yield_now().await;
                    match lives.get(number).copied() {
                        Some(0) | None => Err(Error::new(ErrorKind::Credential, "down")),
                        Some(secs) => Ok(AccessToken::new(
                            format!("t{number}"),
                            clock.now() + Duration::from_secs(secs),
                        )),
                    }
                }
            },
            options,
        )
        .unwrap();
        (credential, asked)
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_are_one_flight_and_a_valid_token_is_not_asked_for() {
        let (credential, asked) = counting(&[60, 60], WallClock::new(), RefreshOptions::default());
        let results = futures::future::join_all((0..50).map(|_| credential.get_token())).await;
        for token in results {
            assert_eq!(token.unwrap().token().expose(), "t0");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(59)).await;
        // Under ten minutes are left, and still nobody asks without need.
        assert_eq!(credential.get_token().await.unwrap().token().expose(), "t0");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(credential.get_token().await.unwrap().token().expose(), "t1");
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(
            credential.get_token().await.unwrap_err().kind(),
            ErrorKind::Credential
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_does_not_block_the_next() {
        let (credential, _) = counting(&[60, 60], WallClock::new(), RefreshOptions::default());
        assert!(credential.get_token().now_or_never().is_none());
        assert_eq!(credential.get_token().await.unwrap().token().expose(), "t1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_proactive_refresh_comes_ten_minutes_before_the_end_and_is_repeated_when_it_fails() {
        let options = RefreshOptions::default()
            .token(token(9, 3600))
            .refresh_proactively(true);
        let (credential, asked) = counting(&[0, 0, 3600], WallClock::new(), options);
        tokio::time::sleep(Duration::from_secs(2995)).await;
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        tokio::time::sleep(Duration::from_secs(60)).await;
        // Two attempts failed, the third did not, and the token in use was never missing.
        assert_eq!(asked.load(Ordering::SeqCst), 3);
        assert_eq!(credential.get_token().await.unwrap().token().expose(), "t2");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_token_a_proactive_credential_asks_at_once_and_then_ever_more_often() {
        let options = RefreshOptions::default().refresh_proactively(true);
        let (_credential, asked) = counting(&[600, 600, 600], WallClock::new(), options);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::sleep(Duration::from_secs(300)).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_or_blank_token_is_an_error_and_no_token_is_shown() {
        let clock = WallClock::new();
        let stale = AccessToken::new("hunter2", clock.now());
        let credential = RefreshingTokenCredential::new(
            move || {
                let stale = stale.clone();
                async move { Ok(stale) }
            },
            RefreshOptions::default().token("hunter3".to_owned()),
        )
        .unwrap();
        assert!(!format!("{credential:?}").contains("hunter"));
        tokio::time::advance(Duration::from_secs(601)).await;
        assert_eq!(
            credential.get_token().await.unwrap_err().kind(),
            ErrorKind::Credential
        );
        let blank = RefreshingTokenCredential::new(
            || async { Ok(String::new()) },
            RefreshOptions::default().token(String::new()),
        );
        assert_eq!(blank.unwrap_err().field(), Some("token"));
    }
}
