//! The users of the resource and their access tokens, as far as the identity SDKs make them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_common::AccessKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::later;

/// The users that were made here.
pub(crate) struct Identities {
    key: hmac::Key,
    users: Mutex<HashMap<String, User>>,
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
    /// Tokens are signed with the access key, so they hold as long as that does.
    pub(crate) fn new(access_key: &AccessKey) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, access_key.expose()),
            users: Mutex::default(),
        }
    }

    fn users(&self) -> MutexGuard<'_, HashMap<String, User>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up a user that was made.
    pub(crate) fn add(&self, id: &str) {
        self.users().insert(id.to_owned(), User::default());
    }

    /// Whether the user was made here and not deleted.
    pub(crate) fn contains(&self, id: &str) -> bool {
        self.users().contains_key(id)
    }

    /// When the user last got a token, if that happened.
    pub(crate) fn last_token(&self, id: &str) -> Option<DateTime<Utc>> {
        self.users().get(id).and_then(|user| user.last_token)
    }

    /// Takes a user away. Returns whether there was one.
    pub(crate) fn delete(&self, id: &str) -> bool {
        self.users().remove(id).is_some()
    }

    /// The users that were made.
    pub(crate) fn list(&self) -> Vec<String> {
        self.users().keys().cloned().collect()
    }

    /// Forgets every user.
    pub(crate) fn clear(&self) {
        self.users().clear();
    }

    /// Issues a token, if the user is known.
    pub(crate) fn issue(
        &self,
        id: &str,
        scopes: &[String],
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Option<Token> {
        self.users().get_mut(id)?.last_token = Some(now);
        let expires = later(now, lifetime);
        // `8:acs:<resource>_<user>`
        let resource = id
            .rsplit(':')
            .next()
            .and_then(|rest| rest.split_once('_'))
            .map(|(resource, _)| resource);
        let claims = json!({
            "skypeid": id.strip_prefix("8:").unwrap_or(id),
            "acsScope": scopes.join(","),
            "resourceId": resource,
            "resourceLocation": "emulator",
            "iat": now.timestamp(),
            "exp": expires.timestamp(),
        });
        Some(Token {
            text: self.sign(&claims),
            expires,
        })
    }

    /// Whose token it is and when it ends, if it was issued here for calls, is in its time, and its user was not
    /// deleted.
    pub(crate) fn holder(&self, token: &str, now: DateTime<Utc>) -> Option<(String, DateTime<Utc>)> {
        let (body, tag) = token.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.key, body.as_bytes(), &tag).ok()?;
        let (_, claims) = body.split_once('.')?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let scopes = claims.get("acsScope")?.as_str()?;
        let for_calls = scopes
            .split(',')
            .any(|scope| scope == "voip" || scope.starts_with("voip."));
        let id = format!("8:{}", claims.get("skypeid")?.as_str()?);
        let ends = DateTime::from_timestamp(claims.get("exp")?.as_i64()?, 0)?;
        (for_calls && ends > now && self.contains(&id)).then_some((id, ends))
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
            .field("users", &self.users().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_for_users_that_exist() {
        let identities = Identities::new(&AccessKey::from_bytes("key"));
        let id = "8:acs:resource_user";
        identities.add(id);
        let now = Utc::now();
        let token = identities
            .issue(id, &["voip".to_owned()], now, Duration::from_secs(3600))
            .unwrap();
        assert_eq!(token.expires.timestamp(), now.timestamp() + 3600);
        let claims = token.text.split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["acsScope"], "voip");
        assert_eq!(claims["resourceId"], "resource");
        let (holder, ends) = identities.holder(&token.text, now).unwrap();
        assert_eq!(
            (holder.as_str(), ends.timestamp()),
            (id, token.expires.timestamp())
        );
        let late = now + chrono::TimeDelta::seconds(3601);
        assert_eq!(identities.holder(&token.text, late), None, "it has expired");
        let other = Identities::new(&AccessKey::from_bytes("other"));
        other.add(id);
        assert_eq!(other.holder(&token.text, now), None, "it is signed by another");
        let chat = identities.issue(id, &["chat".to_owned()], now, Duration::from_secs(3600));
        assert_eq!(
            identities.holder(&chat.unwrap().text, now),
            None,
            "it is not for calls"
        );
        assert!(identities.delete(id));
        assert_eq!(identities.holder(&token.text, now), None, "its user is gone");
        assert!(identities.issue(id, &[], now, Duration::ZERO).is_none());
    }
}
