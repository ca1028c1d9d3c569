//! What stands in a token, and its compact form.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;
use serde::Serialize;
use uuid::Uuid;

use super::TokenFault;
use super::keyring::Signer;
use crate::clock::later;

/// How long the token of a callback is good. Source: how-to guide on securing webhook endpoints.
pub(super) const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long the token of a WebSocket connection is good. Source: as above.
pub(super) const CONNECTION_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How far off the times of a faulty token are: beyond any difference of clocks that is let pass.
const FAR: TimeDelta = TimeDelta::hours(1);
/// An issuer that is none (the name is reserved by RFC 2606).
const OTHER_ISSUER: &str = "https://issuer.invalid";

/// A token that is ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// `Bearer …`, marked so that it is not shown.
    pub(super) header: HeaderValue,
    pub(super) expires: DateTime<Utc>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    nbf: i64,
    iat: i64,
    exp: i64,
    jti: String,
}

/// A new token. `None` when it cannot be signed, which is logged.
pub(super) fn token(
    issuer: &str,
    audience: &str,
    signer: &Signer,
    fault: TokenFault,
    lifetime: Duration,
    now: DateTime<Utc>,
) -> Option<Token> {
    let from = match fault {
        TokenFault::Expired => now - FAR - TimeDelta::from_std(lifetime).unwrap_or_default(),
        TokenFault::NotYetValid => now + FAR,
        _ => now,
    };
    let expires = later(from, lifetime);
    let other = Uuid::new_v4().to_string();
    let claims = Claims {
        iss: match fault {
            TokenFault::WrongIssuer => OTHER_ISSUER,
            _ => issuer,
        },
        aud: match fault {
            TokenFault::WrongAudience => &other,
            _ => audience,
        },
        nbf: from.timestamp(),
        iat: from.timestamp(),
        exp: expires.timestamp(),
        jti: Uuid::new_v4().to_string(),
    };
    let header = Header {
        alg: match fault {
            TokenFault::AlgNone => "none",
            TokenFault::KeyConfusion => "HS256",
            _ => "RS256",
        },
        kid: &signer.kid,
        typ: "JWT",
    };
    let mut text = format!("{}.{}", part(&header)?, part(&claims)?);
    let signature = match fault {
        TokenFault::Unsigned | TokenFault::AlgNone => Vec::new(),
        TokenFault::KeyConfusion => signer.key.tag(text.as_bytes()),
        _ => {
            let signature = signer.key.sign(text.as_bytes());
            if signature.is_none() {
                tracing::error!("a callback cannot be signed: the system gives no random bytes");
            }
            signature?
        }
    };
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    // Base64url and dots make a header, always.
    let mut header = HeaderValue::try_from(format!("Bearer {text}")).ok()?;
    header.set_sensitive(true);
    Some(Token { header, expires })
}

/// One part of the compact form.
pub(super) fn part(value: &impl Serialize) -> Option<String> {
    serde_json::to_vec(value)
        .ok()
        .map(|json| URL_SAFE_NO_PAD.encode(json))
}
