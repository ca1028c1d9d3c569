//! A token is asked for once, kept while it is fresh, and renewed by one caller at a time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;

use super::{AccessToken, TokenCredential};
use crate::{Error, Secret};

/// From this long before its end a token is renewed.
const REFRESH_BEFORE: Duration = Duration::from_secs(5 * 60);
/// After a failed early renewal the credential is left alone this long.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Keeps the token of a credential.
///
/// Renewal starts five minutes before the end (or at half of what is left of a token that lives shorter).
/// While one caller renews, the others wait for its result instead of asking again. When an early renewal
/// fails, the old token is used as long as it is valid, and the next try waits half a minute.
#[derive(Debug)]
pub struct TokenCache {
    credential: Arc<dyn TokenCredential>,
    scopes: Vec<String>,
    state: Mutex<Option<Cached>>,
}

#[derive(Debug)]
struct Cached {
    token: AccessToken,
    refresh_at: SystemTime,
}

impl TokenCache {
    /// Puts a cache in front of a credential.
    pub fn new(credential: Arc<dyn TokenCredential>, scopes: &[&str]) -> Self {
        Self {
            credential,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            state: Mutex::new(None),
        }
    }

    /// The token, renewed when it is due.
    ///
    /// # Errors
    ///
    /// What the credential says, when there is no valid token left.
    pub async fn token(&self) -> Result<Secret, Error> {
        self.token_at(SystemTime::now()).await
    }

    async fn token_at(&self, now: SystemTime) -> Result<Secret, Error> {
        // The lock is held while the credential is asked: that is what makes it one flight. A caller that
        // gives up drops the future and with it the lock, and the next one asks in its place.
        let mut state = self.state.lock().await;
        if let Some(cached) = state.as_ref()
            && now < cached.refresh_at
        {
            return Ok(cached.token.token().clone());
        }
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        match self.credential.token(&scopes).await {
            Ok(token) => {
                let secret = token.token().clone();
                let refresh_at = refresh_at(&token, now);
                *state = Some(Cached { token, refresh_at });
                Ok(secret)
            }
            Err(error) => match state.as_mut() {
                Some(cached) if now < cached.token.expires_on() => {
                    cached.refresh_at = (now + RETRY_AFTER).min(cached.token.expires_on());
                    Ok(cached.token.token().clone())
                }
                _ => Err(error),
            },
        }
    }
}

fn refresh_at(token: &AccessToken, now: SystemTime) -> SystemTime {
    let left = token.expires_on().duration_since(now).unwrap_or_default();
    now + left.saturating_sub(REFRESH_BEFORE.min(left / 2))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;

    /// Gives `token-1`, `token-2`, … with a lifetime, and fails when told to.
    #[derive(Debug)]
    struct Counting {
        asked: AtomicUsize,
        lifetime_secs: AtomicU64,
        start: SystemTime,
    }

    impl Counting {
        fn new(start: SystemTime, lifetime_secs: u64) -> Arc<Self> {
            Arc::new(Self {
                asked: AtomicUsize::new(0),
                lifetime_secs: lifetime_secs.into(),
                start,
            })
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }
    }

    #[async_trait]
    impl TokenCredential for Counting {
        async fn token(&self, scopes: &[&str]) -> Result<AccessToken, Error> {
            assert_eq!(scopes, [super::super::SCOPE]);
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            match self.lifetime_secs.load(Ordering::SeqCst) {
                0 => Err(Error::credential("down")),
                secs => Ok(AccessToken::new(
                    format!("token-{number}"),
                    self.start + Duration::from_secs(secs * number as u64),
                )),
            }
        }
    }

    fn cache(credential: &Arc<Counting>) -> TokenCache {
        TokenCache::new(credential.clone(), &[super::super::SCOPE])
    }

    #[tokio::test]
    async fn a_fresh_token_is_kept_and_a_due_one_renewed() {
        let start = SystemTime::now();
        let credential = Counting::new(start, 3600);
        let cache = cache(&credential);
        for (secs, token) in [
            (0, "token-1"),
            (3299, "token-1"),
            (3300, "token-2"),
            (3301, "token-2"),
        ] {
            let got = cache.token_at(start + Duration::from_secs(secs)).await.unwrap();
            assert_eq!(got.expose(), token, "after {secs} s");
        }
        assert_eq!(credential.asked(), 2);
    }

    #[tokio::test]
    async fn many_callers_are_one_flight() {
        let start = SystemTime::now();
        let credential = Counting::new(start, 3600);
        let cache = Arc::new(cache(&credential));
        let waiting: Vec<_> = (0..50)
            .map(|_| {
                tokio::spawn({
                    let cache = cache.clone();
                    async move { cache.token_at(start).await }
                })
            })
            .collect();
        for task in waiting {
            assert_eq!(task.await.unwrap().unwrap().expose(), "token-1");
        }
        assert_eq!(credential.asked(), 1);
    }

    #[tokio::test]
    async fn a_failed_early_renewal_leaves_the_old_token_in_use_until_it_ends() {
        let start = SystemTime::now();
        let credential = Counting::new(start, 3600);
        let cache = cache(&credential);
        cache.token_at(start).await.unwrap();
        credential.lifetime_secs.store(0, Ordering::SeqCst);
        let at = |secs| start + Duration::from_secs(secs);
        assert_eq!(cache.token_at(at(3400)).await.unwrap().expose(), "token-1");
        assert_eq!(credential.asked(), 2);
        // Left alone for half a minute, then tried again.
        assert_eq!(cache.token_at(at(3429)).await.unwrap().expose(), "token-1");
        assert_eq!(credential.asked(), 2);
        assert_eq!(cache.token_at(at(3430)).await.unwrap().expose(), "token-1");
        assert_eq!(credential.asked(), 3);
        let error = cache.token_at(at(3600)).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Credential);
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_does_not_block_the_next() {
        let start = SystemTime::now();
        let credential = Counting::new(start, 3600);
        let cache = cache(&credential);
        {
            let first = cache.token_at(start);
            tokio::pin!(first);
            tokio::select! {
                biased;
                _ = &mut first => panic!("must not be ready"),
                () = std::future::ready(()) => {}
            }
        }
        assert_eq!(cache.token_at(start).await.unwrap().expose(), "token-2");
    }

    #[test]
    fn a_short_token_is_renewed_at_half_of_its_life() {
        let now = SystemTime::now();
        let token = AccessToken::new("t", now + Duration::from_secs(60));
        assert_eq!(refresh_at(&token, now), now + Duration::from_secs(30));
        let ended = AccessToken::new("t", now - Duration::from_secs(60));
        assert_eq!(refresh_at(&ended, now), now);
    }
}
