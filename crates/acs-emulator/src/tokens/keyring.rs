//! Which key signs, and which are published: the signing one, and for a time the one before it, so that what
//! was signed before a rotation can still be checked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::key::{Jwk, KeyPair};
use super::options::KeyBytes;
use crate::Error;
use crate::clock::later;

/// Public on purpose, see `keys/README.md`.
pub(super) const DEVELOPMENT_KEYS: [&[u8]; 2] = [
    include_bytes!("keys/development-1.pk8.der"),
    include_bytes!("keys/development-2.pk8.der"),
];
/// Never published, so that what it signs should not be believed.
const STRANGER: &[u8] = include_bytes!("keys/stranger.pk8.der");

/// The keys, in the order in which they come into use.
#[derive(Debug)]
pub(super) struct Keyring {
    keys: Vec<Arc<KeyPair>>,
    stranger: Arc<KeyPair>,
    grace: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How often the keys were rotated.
    rotations: usize,
    signing: Signer,
    /// The one before, and until when it is published.
    previous: Option<(Signer, DateTime<Utc>)>,
}

/// A key under the name that it has in this turn.
#[derive(Clone, Debug)]
pub(super) struct Signer {
    pub(super) kid: String,
    pub(super) key: Arc<KeyPair>,
}

impl Keyring {
    /// The keys given, or the development keys.
    pub(super) fn new(keys: &[KeyBytes], grace: Duration) -> Result<Self, Error> {
        let given: Vec<&[u8]> = if keys.is_empty() {
            DEVELOPMENT_KEYS.to_vec()
        } else {
            keys.iter().map(KeyBytes::expose).collect()
        };
        let keys = given
            .into_iter()
            .map(|bytes| KeyPair::read(bytes).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let stranger = Arc::new(KeyPair::read(STRANGER)?);
        // There is a first one: either a key was given or the development keys are in use.
        let first = keys.first().unwrap_or(&stranger);
        Ok(Self {
            state: Mutex::new(State {
                rotations: 0,
                signing: Signer::new(first, 0),
                previous: None,
            }),
            stranger,
            keys,
            grace,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What signs now.
    pub(super) fn signer(&self) -> Signer {
        self.state().signing.clone()
    }

    /// What signs in the name of the signing key, with a key of its own.
    pub(super) fn stranger(&self) -> Signer {
        Signer {
            kid: self.state().signing.kid.clone(),
            key: Arc::clone(&self.stranger),
        }
    }

    /// Takes the next key into use, or the only one under a new name. The one before stays published until
    /// its grace is over; what came before that is withdrawn.
    pub(super) fn rotate(&self, now: DateTime<Utc>) -> String {
        let mut state = self.state();
        state.rotations += 1;
        let turn = state.rotations;
        let key = self
            .keys
            .get(turn % self.keys.len().max(1))
            .unwrap_or(&state.signing.key);
        let next = Signer::new(key, turn);
        let kid = next.kid.clone();
        let before = std::mem::replace(&mut state.signing, next);
        state.previous = Some((before, later(now, self.grace)));
        kid
    }

    /// Withdraws everything that does not sign. Returns how many keys that were.
    pub(super) fn withdraw(&self, now: DateTime<Utc>) -> usize {
        let withdrawn = self.state().previous.take();
        usize::from(withdrawn.is_some_and(|(_, until)| now < until))
    }

    /// What is published, the signing key first.
    fn valid(&self, now: DateTime<Utc>) -> Vec<Signer> {
        let state = self.state();
        let previous = state.previous.iter().filter(|(_, until)| now < *until);
        std::iter::once(&state.signing)
            .chain(previous.map(|(signer, _)| signer))
            .cloned()
            .collect()
    }

    pub(super) fn published(&self, now: DateTime<Utc>) -> Vec<Jwk> {
        self.valid(now)
            .iter()
            .map(|signer| signer.key.jwk(&signer.kid))
            .collect()
    }

    pub(super) fn ids(&self, now: DateTime<Utc>) -> Vec<String> {
        self.valid(now).into_iter().map(|signer| signer.kid).collect()
    }
}

impl Signer {
    /// The thumbprint is name enough until a key comes back, which must look like a new one.
    fn new(key: &Arc<KeyPair>, turn: usize) -> Self {
        let thumbprint = key.thumbprint();
        Self {
            kid: if turn == 0 {
                thumbprint.to_owned()
            } else {
                format!("{thumbprint}.{turn}")
            },
            key: Arc::clone(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(600);

    fn at(seconds: u64) -> DateTime<Utc> {
        later(DateTime::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    #[test]
    fn a_rotated_key_stays_published_for_its_grace() {
        let ring = Keyring::new(&[], GRACE).unwrap();
        let first = ring.signer().kid;
        assert_eq!(ring.ids(at(0)), std::slice::from_ref(&first));
        let second = ring.rotate(at(0));
        assert_eq!(ring.signer().kid, second);
        assert_ne!(first, second);
        assert_eq!(ring.ids(at(599)), [second.clone(), first]);
        assert_eq!(ring.ids(at(600)), [second]);
        assert_eq!(ring.withdraw(at(600)), 0, "its grace had ended by itself");
    }

    #[test]
    fn withdrawing_and_rotating_again_end_the_grace() {
        let ring = Keyring::new(&[], GRACE).unwrap();
        let second = ring.rotate(at(0));
        assert_eq!(ring.withdraw(at(1)), 1);
        assert_eq!(ring.withdraw(at(1)), 0);
        assert_eq!(ring.ids(at(1)), std::slice::from_ref(&second));
        let third = ring.rotate(at(2));
        let fourth = ring.rotate(at(3));
        assert_eq!(ring.ids(at(3)), [fourth, third], "two at a time");
    }

    #[test]
    fn a_key_that_comes_back_has_a_new_name() {
        for keys in [Vec::new(), vec![KeyBytes::new(DEVELOPMENT_KEYS[1])]] {
            let ring = Keyring::new(&keys, GRACE).unwrap();
            let mut names = vec![ring.signer().kid];
            for _ in 0..4 {
                names.push(ring.rotate(at(0)));
            }
            names.sort();
            names.dedup();
            assert_eq!(names.len(), 5);
        }
    }

    #[test]
    fn the_stranger_has_the_name_of_the_signing_key_and_is_not_published() {
        let ring = Keyring::new(&[], GRACE).unwrap();
        for _ in 0..3 {
            let stranger = ring.stranger();
            assert_eq!(stranger.kid, ring.signer().kid);
            let published = ring.valid(at(0));
            assert!(
                published
                    .iter()
                    .all(|signer| signer.key.thumbprint() != stranger.key.thumbprint())
            );
            ring.rotate(at(0));
        }
    }
}
