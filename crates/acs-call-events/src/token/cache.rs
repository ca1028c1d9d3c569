//! Keys that are kept, and fetched anew by one task at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{FutureExt as _, Shared};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::keys::{KeySet, KeySource, PublicKey};
use crate::Error;

/// After a fetch that failed, the next is not before this, or the cool-down when that is shorter.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// How long keys are kept and how often they are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// From this age on, keys are fetched anew.
    pub(super) refresh_after: Duration,
    /// How much longer they are used while that fails.
    pub(super) keep_stale: Duration,
    /// The pause between fetches.
    pub(super) cool_down: Duration,
    /// When a fetch is given up.
    pub(super) fetch_timeout: Duration,
}

/// The keys at hand. Clones are one cache.
#[derive(Clone, Debug)]
pub(super) struct KeyCache {
    shared: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: Arc<dyn KeySource>,
    policy: Policy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(Arc<KeySet>, Instant)>,
    /// When the last fetch began. Noted at the start, so that nothing that ends a fetch early lifts the pause.
    begun: Option<Instant>,
    /// Whether the last fetch has brought keys.
    succeeded: bool,
    failure: Option<Arc<Error>>,
    flight: Option<Flight>,
}

/// Resolves when a fetch has ended, however it did.
type Flight = Shared<oneshot::Receiver<()>>;

enum Step {
    Found(PublicKey),
    Unknown,
    Unavailable(Option<Arc<Error>>),
    Wait(Flight),
}

impl KeyCache {
    pub(super) fn new(source: Arc<dyn KeySource>, policy: Policy) -> Self {
        Self {
            shared: Arc::new(Inner {
                source,
                policy,
                state: Mutex::default(),
            }),
        }
    }

    /// The key of that id; `None` when the keys at hand are in order and it is not among them.
    ///
    /// A key that is at hand is never waited for: keys that have aged are fetched anew beside it.
    pub(super) async fn find(&self, id: &str) -> Result<Option<PublicKey>, Error> {
        let mut waited = false;
        loop {
            match self.step(id, waited)? {
                Step::Found(key) => return Ok(Some(key)),
                Step::Unknown => return Ok(None),
                Step::Unavailable(cause) => {
                    let cause = cause.map(|error| Box::new(error) as _);
                    return Err(Error::keys_unavailable(
                        "the keys for tokens cannot be had now",
                        cause,
                    ));
                }
                Step::Wait(flight) => {
                    // An error is a fetch that broke off; the next step sees that it brought nothing.
                    let _ended = flight.await;
                    waited = true;
                }
            }
        }
    }

    /// Fetches keys unless there are some.
    pub(super) async fn fill(&self) -> Result<(), Error> {
        if self.shared.lock().keys.is_some() {
            return Ok(());
        }
        // To know whether there is a key of that name takes keys.
        self.find("").await.map(drop)
    }

    fn step(&self, id: &str, waited: bool) -> Result<Step, Error> {
        let now = Instant::now();
        let policy = &self.shared.policy;
        let mut state = self.shared.lock();
        let (usable, aged) = match &state.keys {
            Some((keys, fetched)) => {
                let age = now.saturating_duration_since(*fetched);
                let limit = policy.refresh_after.saturating_add(policy.keep_stale);
                (
                    (age < limit).then(|| Arc::clone(keys)),
                    age >= policy.refresh_after,
                )
            }
            None => (None, true),
        };
        let found = usable.as_ref().and_then(|keys| keys.get(id)).cloned();
        let mut flight = None;
        if !waited && (aged || found.is_none()) {
            flight = state.flight.clone().filter(|flight| flight.peek().is_none());
            if flight.is_none() && state.may_fetch(now, policy) {
                flight = Some(self.begin(&mut state, now)?);
            }
        }
        Ok(match (found, flight) {
            (Some(key), _) => Step::Found(key),
            (None, Some(flight)) => Step::Wait(flight),
            // While fetches fail, a key that is not known may be one that is new.
            (None, None) if usable.is_some() && state.succeeded => Step::Unknown,
            (None, None) => Step::Unavailable(state.failure.clone()),
        })
    }

    /// Fetches in a task of its own: whoever asked may go away, and a stranger who asks for an unknown key
    /// and goes away must not break off what others wait for.
    fn begin(&self, state: &mut State, now: Instant) -> Result<Flight, Error> {
        let runtime = Handle::try_current().map_err(|error| {
            Error::keys_unavailable("keys are fetched within a tokio runtime", Some(error.into()))
        })?;
        let (ended, flight) = oneshot::channel();
        let flight = flight.shared();
        state.begun = Some(now);
        state.succeeded = false;
        state.flight = Some(flight.clone());
        let shared = Arc::clone(&self.shared);
        runtime.spawn(async move {
            shared.fetch().await;
            // Nobody may be waiting any more.
            let _unheard = ended.send(());
        });
        Ok(flight)
    }
}

impl State {
    fn may_fetch(&self, now: Instant, policy: &Policy) -> bool {
        let pause = if self.succeeded {
            policy.cool_down
        } else {
            policy.cool_down.min(RETRY_PAUSE)
        };
        self.begun
            .is_none_or(|begun| now.saturating_duration_since(begun) >= pause)
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) {
        let limit = self.policy.fetch_timeout;
        let result = match tokio::time::timeout(limit, self.source.fetch()).await {
            Ok(result) => result,
            Err(elapsed) => Err(Error::keys_unavailable(
                "the keys did not come in time",
                Some(elapsed.into()),
            )),
        };
        let mut state = self.lock();
        state.flight = None;
        match result {
            Ok(keys) => {
                tracing::debug!(?keys, "keys for tokens fetched");
                state.keys = Some((Arc::new(keys), Instant::now()));
                state.succeeded = true;
                state.failure = None;
            }
            Err(error) => {
                let kept = state.keys.is_some();
                tracing::warn!(%error, cause = ?std::error::Error::source(&error), kept, "keys for tokens cannot be fetched");
                state.failure = Some(Arc::new(error));
            }
        }
    }
}
