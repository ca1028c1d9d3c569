//! The other side of [`signing`](crate::signing): whether a request was signed with a key.
//!
//! The clients in use do not agree on the host and the target that they sign (a port twice, a slash behind
//! the host, a query put together anew), so a verifier is given every candidate that it is ready to take.
//! An error says which part does not hold: a local service wants to help, where the cloud only says 401.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;
use crate::signing::{
    AUTHORIZATION_PREFIX, CONTENT_HASH_HEADER, DATE_HEADER, Parts, SigningKey, content_hash,
};

/// How far the date of a request may be from now when nothing else is asked for. The service publishes no
/// figure; 15 minutes is what Azure services of the same scheme use.
pub const DEFAULT_CLOCK_SKEW: Duration = Duration::from_secs(15 * 60);

/// A request as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The HTTP method in upper case.
    pub method: &'a str,
    /// The targets the client may have signed, most likely first.
    pub targets: &'a [&'a str],
    /// The hosts the client may have signed, most likely first.
    pub hosts: &'a [&'a str],
    /// The `x-ms-date` header.
    pub date: Option<&'a str>,
    /// The `x-ms-content-sha256` header.
    pub content_sha256: Option<&'a str>,
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// Checks the signature of a request against a key.
///
/// # Errors
///
/// [`ErrorKind::Signature`](crate::ErrorKind::Signature) with the part that does not hold: a header is
/// missing or malformed, the date is further from `now` than `clock_skew`, the hash is not that of the
/// body, or the signature is not of this key for any of the targets and hosts.
pub fn verify(
    key: &SigningKey,
    request: &Received<'_>,
    now: SystemTime,
    clock_skew: Duration,
) -> Result<(), Error> {
    let authorization = header(request.authorization, "Authorization")?;
    let date = header(request.date, DATE_HEADER)?;
    let content_sha256 = header(request.content_sha256, CONTENT_HASH_HEADER)?;

    let signature = authorization.strip_prefix(AUTHORIZATION_PREFIX).ok_or_else(|| {
        Error::signature(format!(
            "the Authorization header does not begin with `{AUTHORIZATION_PREFIX}`"
        ))
    })?;
    let signature = STANDARD
        .decode(signature)
        .map_err(|_| Error::signature("the signature in the Authorization header is not base64"))?;

    check_date(date, now, clock_skew)?;

    if content_hash(request.body) != content_sha256 {
        return Err(Error::signature(format!(
            "{CONTENT_HASH_HEADER} is not the SHA-256 of the body"
        )));
    }

    let matches = request.targets.iter().any(|target| {
        request.hosts.iter().any(|host| {
            let parts = Parts {
                method: request.method,
                target,
                host,
                date,
                body: request.body,
            };
            key.matches(&parts, content_sha256, &signature)
        })
    });
    if matches {
        Ok(())
    } else {
        Err(Error::signature(
            "the signature is not of this access key for this method, target, date, host and body",
        ))
    }
}

fn header<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Error> {
    value.ok_or_else(|| Error::signature(format!("the {name} header is missing")))
}

fn check_date(date: &str, now: SystemTime, clock_skew: Duration) -> Result<(), Error> {
    let time = httpdate::parse_http_date(date).map_err(|source| {
        Error::signature(format!("{DATE_HEADER} is not an RFC 1123 date")).with_source(source)
    })?;
    let distance = match now.duration_since(time) {
        Ok(past) => past,
        Err(future) => future.duration(),
    };
    if distance > clock_skew {
        return Err(Error::signature(format!(
            "{DATE_HEADER} is {} s away from now, more than the {} s allowed",
            distance.as_secs(),
            clock_skew.as_secs()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::AccessKey;
    use crate::signing::{Signed, http_date};

    const TARGETS: [&str; 1] = ["/calling/callConnections?api-version=2026-03-12"];

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_753_350_678)
    }

    fn signed(key: &SigningKey, host: &str, date: &str, body: &[u8]) -> Signed {
        key.sign(&Parts {
            method: "POST",
            target: TARGETS[0],
            host,
            date,
            body,
        })
    }

    fn check(request: &Received<'_>) -> Result<(), String> {
        let key = SigningKey::new(&AccessKey::from_bytes("key"));
        verify(&key, request, now(), DEFAULT_CLOCK_SKEW).map_err(|error| error.to_string())
    }

    #[test]
    fn each_part_that_does_not_hold_is_named() {
        let key = SigningKey::new(&AccessKey::from_bytes("key"));
        let date = http_date(now());
        let Signed {
            content_sha256,
            authorization,
        } = signed(&key, "h:1", &date, b"body");
        let good = Received {
            method: "POST",
            targets: &TARGETS,
            hosts: &["h", "h:1"],
            date: Some(&date),
            content_sha256: Some(&content_sha256),
            authorization: Some(&authorization),
            body: b"body",
        };
        assert_eq!(check(&good), Ok(()));

        let stale = http_date(now() - Duration::from_secs(16 * 60));
        let early = http_date(now() + Duration::from_secs(16 * 60));
        for (request, part) in [
            (
                Received {
                    authorization: None,
                    ..good
                },
                "Authorization header is missing",
            ),
            (
                Received {
                    authorization: Some("Bearer x"),
                    ..good
                },
                "does not begin",
            ),
            (Received { date: None, ..good }, "x-ms-date header is missing"),
            (
                Received {
                    date: Some("today"),
                    ..good
                },
                "RFC 1123",
            ),
            (
                Received {
                    date: Some(&stale),
                    ..good
                },
                "960 s away",
            ),
            (
                Received {
                    date: Some(&early),
                    ..good
                },
                "960 s away",
            ),
            (
                Received {
                    content_sha256: None,
                    ..good
                },
                "x-ms-content-sha256 header is missing",
            ),
            (
                Received {
                    body: b"Body",
                    ..good
                },
                "not the SHA-256",
            ),
            (
                Received {
                    hosts: &["h:2"],
                    ..good
                },
                "not of this access key",
            ),
            (
                Received {
                    method: "PUT",
                    ..good
                },
                "not of this access key",
            ),
            (
                Received {
                    targets: &["/other"],
                    ..good
                },
                "not of this access key",
            ),
        ] {
            let message = check(&request).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        let garbled = format!("{AUTHORIZATION_PREFIX}***");
        let message = check(&Received {
            authorization: Some(&garbled),
            ..good
        })
        .unwrap_err();
        assert!(message.contains("not base64"), "{message}");
    }

    proptest! {
        #[test]
        fn what_is_signed_is_accepted_and_another_key_is_not(
            key in prop::collection::vec(any::<u8>(), 1..64),
            body in prop::collection::vec(any::<u8>(), 0..256),
            host in "[a-z]{1,9}(:[0-9]{1,5})?",
        ) {
            let signer = SigningKey::new(&AccessKey::from_bytes(&key));
            let date = http_date(now());
            let Signed { content_sha256, authorization } = signed(&signer, &host, &date, &body);
            let request = Received {
                method: "POST",
                targets: &TARGETS,
                hosts: &[&host],
                date: Some(&date),
                content_sha256: Some(&content_sha256),
                authorization: Some(&authorization),
                body: &body,
            };
            prop_assert!(verify(&signer, &request, now(), DEFAULT_CLOCK_SKEW).is_ok());
            let mut other = key;
            other.push(1);
            let stranger = SigningKey::new(&AccessKey::from_bytes(&other));
            prop_assert!(verify(&stranger, &request, now(), DEFAULT_CLOCK_SKEW).is_err());
        }
    }
}
