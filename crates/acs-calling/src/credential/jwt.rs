//! When a token ends, by what it says itself. Nothing is verified here: that is the service's business.

use std::time::{Duration, SystemTime};

use acs_common::Secret;
use acs_common::credential::AccessToken;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::Error;

/// The life of a token that does not say when it ends (`communication-common` 2.5.0).
pub(super) const UNDECODABLE: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
struct Claims {
    exp: u64,
}

fn expiry(token: &str) -> Option<SystemTime> {
    let payload = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let Claims { exp } = serde_json::from_slice(&claims).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(exp))
}

pub(super) fn access_token(token: Secret, fallback: SystemTime) -> Result<AccessToken, Error> {
    if token.expose().trim().is_empty() {
        return Err(Error::input(
            "token",
            "expected a user access token, found nothing",
        ));
    }
    let expires_on = expiry(token.expose()).unwrap_or_else(|| {
        tracing::warn!("the token does not say when it ends; a short life is assumed");
        fallback
    });
    Ok(AccessToken::new(token, expires_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_out_of_the_token() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"exp":1700000000,"skypeid":"acs:a_b"}"#);
        let fallback = SystemTime::UNIX_EPOCH;
        let token = access_token(format!("h.{payload}.s").into(), fallback).unwrap();
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(token.expires_on(), end);
        for other in ["opaque", "a.b.c", "a.e30.c"] {
            let token = access_token(other.into(), fallback).unwrap();
            assert_eq!(token.expires_on(), fallback, "{other}");
        }
        assert_eq!(
            access_token("  ".into(), fallback).unwrap_err().field(),
            Some("token")
        );
    }
}
