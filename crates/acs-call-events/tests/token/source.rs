//! Keys from memory, counted and held up as a test wants it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use acs_call_events::Error;
use acs_call_events::token::{KeySet, KeySource};
use async_trait::async_trait;
use futures::channel::oneshot;

use crate::signer::{Signer, jwks};

#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// `None` while the source is away.
    keys: Mutex<Option<KeySet>>,
    hold: Mutex<Option<oneshot::Receiver<()>>>,
    fetches: AtomicUsize,
}

impl Given {
    pub(crate) fn keys(signers: &[Signer]) -> Self {
        let given = Self::default();
        given.set(signers);
        given
    }

    pub(crate) fn set(&self, signers: &[Signer]) {
        *self.0.keys.lock().unwrap() = Some(KeySet::from_jwks(jwks(signers).as_bytes()).unwrap());
    }

    pub(crate) fn go_away(&self) {
        *self.0.keys.lock().unwrap() = None;
    }

    /// Holds the next fetch up until the sender is used or dropped.
    pub(crate) fn hold(&self) -> oneshot::Sender<()> {
        let (release, hold) = oneshot::channel();
        *self.0.hold.lock().unwrap() = Some(hold);
        release
    }

    pub(crate) fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl KeySource for Given {
    async fn fetch(&self) -> Result<KeySet, Error> {
        self.0.fetches.fetch_add(1, Ordering::SeqCst);
        let hold = self.0.hold.lock().unwrap().take();
        if let Some(hold) = hold {
            let _released = hold.await;
        }
        let keys = self.0.keys.lock().unwrap().clone();
        keys.ok_or_else(|| Error::keys_unavailable("away", None))
    }
}
