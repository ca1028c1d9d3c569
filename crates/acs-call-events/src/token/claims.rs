//! What a token claims, held against what is expected.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Number;

use super::TokenRejection;

/// What a token has to claim.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) skew: Duration,
    pub(super) max_lifetime: Duration,
}

/// What is left of the claims once they hold.
#[derive(Debug, PartialEq)]
pub(super) struct Accepted {
    /// Seconds since 1970.
    pub(super) expires: u64,
    /// `jti`. The service is not documented to send it.
    pub(super) token_id: Option<String>,
}

/// A claim that comes twice makes the token unreadable.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<Number>,
    nbf: Option<Number>,
    jti: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    /// The resource id is a GUID, which some tools show in capital letters.
    fn holds(&self, expected: &str) -> bool {
        match self {
            Self::One(audience) => audience.eq_ignore_ascii_case(expected),
            Self::Many(audiences) => audiences
                .iter()
                .any(|audience| audience.eq_ignore_ascii_case(expected)),
        }
    }
}

/// Looks at the claims of a token whose signature holds. `now` is in seconds since 1970.
pub(super) fn check(payload: &[u8], expected: &Expected, now: u64) -> Result<Accepted, TokenRejection> {
    let claims: Claims = serde_json::from_slice(payload).map_err(|_| TokenRejection::Malformed)?;
    if claims.iss.as_deref() != Some(&expected.issuer) {
        return Err(TokenRejection::Issuer);
    }
    if !claims
        .aud
        .is_some_and(|audience| audience.holds(&expected.audience))
    {
        return Err(TokenRejection::Audience);
    }
    let (Some(expires), Some(begins)) = (seconds(claims.exp.as_ref()), seconds(claims.nbf.as_ref())) else {
        return Err(TokenRejection::Lifetime);
    };
    let skew = expected.skew.as_secs();
    if now >= expires.saturating_add(skew) {
        return Err(TokenRejection::Expired);
    }
    if now.saturating_add(skew) < begins {
        return Err(TokenRejection::NotYetValid);
    }
    match expires.checked_sub(begins) {
        Some(lifetime) if lifetime <= expected.max_lifetime.as_secs() => Ok(Accepted {
            expires,
            token_id: claims.jti,
        }),
        _ => Err(TokenRejection::Lifetime),
    }
}

/// A point in time as RFC 7519 writes it: a number of seconds, which may have a fraction.
fn seconds(number: Option<&Number>) -> Option<u64> {
    let number = number?;
    number.as_u64().or_else(|| {
        let duration = Duration::try_from_secs_f64(number.as_f64()?).ok()?;
        Some(duration.as_secs())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn checked(claims: &Value) -> Result<Accepted, TokenRejection> {
        let expected = Expected {
            issuer: "https://issuer".to_owned(),
            audience: "00000000-0000-0000-0000-00000000000a".to_owned(),
            skew: Duration::from_secs(60),
            max_lifetime: Duration::from_secs(3600),
        };
        check(claims.to_string().as_bytes(), &expected, NOW)
    }

    fn with(member: &str, value: Value) -> Value {
        let mut claims = json!({
            "iss": "https://issuer", "aud": "00000000-0000-0000-0000-00000000000a",
            "nbf": NOW, "exp": NOW + 300, "jti": "one",
        });
        claims[member] = value;
        claims
    }

    #[test]
    fn good_claims_hold() {
        for claims in [
            with("x", json!(1)),
            with("aud", json!(["other", "00000000-0000-0000-0000-00000000000A"])),
            with("exp", json!(1_700_000_300.75)),
        ] {
            let accepted = checked(&claims).unwrap();
            assert_eq!(accepted.expires, NOW + 300);
            assert_eq!(accepted.token_id.as_deref(), Some("one"));
        }
    }

    #[test]
    fn the_skew_is_allowed_to_the_second() {
        for (member, value, result) in [
            ("exp", NOW - 59, Ok(())),
            ("exp", NOW - 60, Err(TokenRejection::Expired)),
            ("nbf", NOW + 60, Ok(())),
            ("nbf", NOW + 61, Err(TokenRejection::NotYetValid)),
        ] {
            let mut claims = with(member, json!(value));
            if member == "exp" {
                claims["nbf"] = json!(NOW - 400);
            }
            assert_eq!(checked(&claims).map(drop), result, "{member} {value}");
        }
    }

    #[test]
    fn each_claim_is_needed_and_has_to_be_what_it_is() {
        use TokenRejection::{Audience, Issuer, Lifetime, Malformed};
        for (member, value, rejection) in [
            ("iss", Value::Null, Issuer),
            ("iss", json!("https://issuer/"), Issuer),
            ("iss", json!(["https://issuer"]), Malformed),
            ("aud", Value::Null, Audience),
            ("aud", json!("other"), Audience),
            ("aud", json!([]), Audience),
            ("aud", json!({"a": 1}), Malformed),
            ("exp", Value::Null, Lifetime),
            ("exp", json!("1700000300"), Malformed),
            ("exp", json!(-1), Lifetime),
            ("exp", json!(1e300), Lifetime),
            ("exp", json!(u64::MAX), Lifetime),
            ("exp", json!(NOW + 3601), Lifetime),
            ("exp", json!(NOW - 1), Lifetime),
            ("nbf", Value::Null, Lifetime),
        ] {
            assert_eq!(
                checked(&with(member, value.clone())),
                Err(rejection),
                "{member}: {value}"
            );
        }
    }

    #[test]
    fn claims_that_come_twice_or_are_no_object_are_not_read() {
        let expected = Expected {
            issuer: "i".to_owned(),
            audience: "a".to_owned(),
            skew: Duration::ZERO,
            max_lifetime: Duration::from_secs(3600),
        };
        let once = r#""aud":"a","nbf":0,"exp":9"#;
        for (payload, good) in [
            (format!(r#"{{"iss":"i",{once}}}"#), true),
            (format!(r#"{{"iss":"x","iss":"i",{once}}}"#), false),
            ("[]".to_owned(), false),
            ("7".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(check(payload.as_bytes(), &expected, 5).is_ok(), good, "{payload}");
        }
    }
}
