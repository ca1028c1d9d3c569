//! Tokens that came before.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};

use super::TokenRejection;

/// SHA-256 of a token id, a token or a body.
pub(super) type Fingerprint = [u8; 32];

pub(super) fn fingerprint(bytes: &[u8]) -> Fingerprint {
    let mut result = [0; 32];
    result.copy_from_slice(digest(&SHA256, bytes).as_ref());
    result
}

/// Which body each token came with. Only tokens that hold are entered, so strangers cannot fill it.
#[derive(Debug)]
pub(super) struct ReplayGuard {
    capacity: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    bodies: HashMap<Fingerprint, Fingerprint>,
    /// In the order of arrival, with the second after which a token no longer holds anyway.
    order: VecDeque<(u64, Fingerprint)>,
}

impl ReplayGuard {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            seen: Mutex::default(),
        }
    }

    /// Enters a token with its body. The same body again is a delivery repeated, which the hub drops.
    pub(super) fn admit(
        &self,
        token: Fingerprint,
        body: &[u8],
        until: u64,
        now: u64,
    ) -> Result<(), TokenRejection> {
        let body = fingerprint(body);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen.bodies.get(&token) {
            return if *known == body {
                Ok(())
            } else {
                Err(TokenRejection::Replayed)
            };
        }
        while let Some((end, oldest)) = seen.order.front().copied() {
            if end > now && seen.order.len() < self.capacity {
                break;
            }
            seen.order.pop_front();
            seen.bodies.remove(&oldest);
        }
        seen.bodies.insert(token, body);
        seen.order.push_back((until, token));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stays_with_its_body() {
        let guard = ReplayGuard::new(8);
        let token = fingerprint(b"token");
        assert_eq!(guard.admit(token, b"one", 100, 0), Ok(()));
        assert_eq!(guard.admit(token, b"one", 100, 1), Ok(()));
        assert_eq!(guard.admit(token, b"two", 100, 2), Err(TokenRejection::Replayed));
        assert_eq!(guard.admit(fingerprint(b"next"), b"two", 100, 3), Ok(()));
    }

    #[test]
    fn what_is_kept_is_bounded_by_number_and_time() {
        let guard = ReplayGuard::new(2);
        let tokens = [b"a", b"b", b"c"].map(|token| fingerprint(token));
        for token in tokens {
            assert_eq!(guard.admit(token, b"body", 100, 0), Ok(()));
        }
        let kept = |guard: &ReplayGuard| guard.seen.lock().unwrap().bodies.len();
        assert_eq!(kept(&guard), 2, "the oldest made room");
        assert_eq!(
            guard.admit(tokens[2], b"x", 100, 99),
            Err(TokenRejection::Replayed)
        );
        assert_eq!(guard.admit(fingerprint(b"d"), b"body", 200, 100), Ok(()));
        assert_eq!(kept(&guard), 1, "those that cannot be used any more are gone");
    }
}
