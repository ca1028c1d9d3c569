//! The users of the resource and their access tokens, as far as the identity SDKs make them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_common::{AccessKey, CommunicationUserIdentifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::later;

/// The users that were made here.
pub(crate) struct Identities {
    resource: Uuid,
    key: hmac::Key,
    state: Mutex<State>,
}

struct State {
    rng: fastrand::Rng,
    users: HashMap<String, User>,
}

#[derive(Default)]
struct User {
    last_token: Option<DateTime<Utc>>,
}

/// An access token of a user.
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) expires: DateTime<Utc>,
}

/// A GUID out of a seeded generator, so that the same seed gives the same ids.
pub(crate) fn guid(rng: &mut fastrand::Rng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

impl Identities {
    /// Tokens are signed with a key made from the access key, so they hold as long as that does.
    pub(crate) fn new(access_key: &AccessKey, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        Self {
            resource: guid(&mut rng),
            key: hmac::Key::new(hmac::HMAC_SHA256, access_key.expose()),
            state: Mutex::new(State {
                rng,
                users: HashMap::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a user of this resource: `8:acs:<resource>_<user>`.
    pub(crate) fn create(&self) -> CommunicationUserIdentifier {
        let mut state = self.state();
        let user = guid(&mut state.rng);
        let id = format!("8:acs:{}_{user}", self.resource);
        state.users.insert(id.clone(), User::default());
        CommunicationUserIdentifier::new(id)
    }

    /// Whether the user was made here and not deleted.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.state().users.contains_key(id)
    }

    /// When the user last got a token, if the user is known.
    pub(crate) fn last_token(&self, id: &str) -> Option<Option<DateTime<Utc>>> {
        self.state().users.get(id).map(|user| user.last_token)
    }

    /// Takes a user away. Returns whether there was one.
    pub(crate) fn delete(&self, id: &str) -> bool {
        self.state().users.remove(id).is_some()
    }

    /// Forgets every user.
    pub(crate) fn clear(&self) {
        self.state().users.clear();
    }

    /// Issues a token, if the user is known.
    pub(crate) fn issue(
        &self,
        id: &str,
        scopes: &[String],
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Option<Token> {
        self.state().users.get_mut(id)?.last_token = Some(now);
        let expires = later(now, lifetime);
        let claims = json!({
            "skypeid": id.strip_prefix("8:").unwrap_or(id),
            "acsScope": scopes.join(","),
            "resourceId": self.resource.to_string(),
            "resourceLocation": "emulator",
            "iat": now.timestamp(),
            "exp": expires.timestamp(),
        });
        Some(Token {
            text: self.sign(&claims),
            expires,
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let body = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let tag = hmac::sign(&self.key, body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag))
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities")
            .field("resource", &self.resource)
            .field("users", &self.state().users.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_users() {
        let key = AccessKey::from_bytes("key");
        let (one, two) = (Identities::new(&key, 7), Identities::new(&key, 7));
        let user = one.create();
        assert_eq!(user, two.create());
        assert_ne!(user, one.create());
        assert!(user.id().starts_with("8:acs:"), "{user:?}");
        assert_eq!(user.id().matches('_').count(), 1);
    }

    #[test]
    fn tokens_are_for_users_that_exist() {
        let identities = Identities::new(&AccessKey::from_bytes("key"), 7);
        let user = identities.create();
        let now = Utc::now();
        let token = identities
            .issue(user.id(), &["voip".to_owned()], now, Duration::from_secs(3600))
            .unwrap();
        assert_eq!(token.expires.timestamp(), now.timestamp() + 3600);
        let claims = token.text.split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["acsScope"], "voip");
        assert!(identities.delete(user.id()));
        assert!(identities.issue(user.id(), &[], now, Duration::ZERO).is_none());
    }
}
