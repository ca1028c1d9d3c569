//! Access-key signatures of requests, as a pure function.
//!
//! The service wants three headers: the date, a hash of the body, and an `Authorization` header with an
//! HMAC-SHA256 over method, target, date, host and body hash, keyed with the decoded access key. Source:
//! the signing policies of the official Python and JavaScript SDKs 1.6.0.
//!
//! # Test vectors
//!
//! For whoever writes another client: six of ours stand in `testdata/signing-vectors.json`, computed with
//! other software. One of them:
//!
//! ```
//! use acs_common::AccessKey;
//! use acs_common::signing::{Parts, sign};
//!
//! let key = AccessKey::from_base64("c2VjcmV0LWtleS1mb3ItdGVzdHM=")?;
//! let signed = sign(
//!     &key,
//!     &Parts {
//!         method: "POST",
//!         target: "/calling/callConnections?api-version=2026-03-12",
//!         host: "contoso.communication.azure.com",
//!         date: "Thu, 24 Jul 2025 09:51:18 GMT",
//!         body: br#"{"callbackUri":"https://example.com/events"}"#,
//!     },
//! );
//! assert_eq!(signed.content_sha256, "9xIQVPwW0dxbxaybbYSU7Gwz24vk6nt1vQVjD+KqiSE=");
//! assert_eq!(
//!     signed.authorization,
//!     "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=BVfgOelNm/licveApC6XuX10FlMUFs/Q51eYLih0EqM=",
//! );
//! # Ok::<(), acs_common::Error>(())
//! ```

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use crate::AccessKey;

/// The header that carries the date of a signature.
pub const DATE_HEADER: &str = "x-ms-date";
/// The header that carries the hash of the body.
pub const CONTENT_HASH_HEADER: &str = "x-ms-content-sha256";
/// The scheme and the signed headers, as the `Authorization` header begins.
pub const AUTHORIZATION_PREFIX: &str =
    "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

/// What a signature covers.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The HTTP method in upper case.
    pub method: &'a str,
    /// Path and query exactly as they go over the wire, percent-encoded.
    pub target: &'a str,
    /// The `Host` header: the port is part of it when it is not the scheme's own.
    pub host: &'a str,
    /// The date as it stands in the `x-ms-date` header, see [`http_date`].
    pub date: &'a str,
    /// The body; empty when there is none.
    pub body: &'a [u8],
}

/// The values of the headers that a signed request carries, beside the date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// For `x-ms-content-sha256`.
    pub content_sha256: String,
    /// For `Authorization`. It proves one request only, but still keep it out of logs.
    pub authorization: String,
}

/// An access key made ready for signing, so that the key schedule is not computed again for each request.
#[derive(Clone, Debug)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// Prepares a key.
    pub fn new(key: &AccessKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose()))
    }

    /// Signs a request.
    pub fn sign(&self, parts: &Parts<'_>) -> Signed {
        let content_sha256 = content_hash(parts.body);
        let signature = self.signature(parts, &content_sha256);
        let mut authorization = String::with_capacity(AUTHORIZATION_PREFIX.len() + 44);
        authorization.push_str(AUTHORIZATION_PREFIX);
        STANDARD.encode_string(signature.as_ref(), &mut authorization);
        Signed {
            content_sha256,
            authorization,
        }
    }

    fn signature(&self, parts: &Parts<'_>, content_sha256: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for piece in string_to_sign(parts, content_sha256) {
            context.update(piece.as_bytes());
        }
        context.sign()
    }

    /// Whether a signature (base64) belongs to the request. Compares in constant time.
    pub(crate) fn matches(&self, parts: &Parts<'_>, content_sha256: &str, signature: &[u8]) -> bool {
        let text: String = string_to_sign(parts, content_sha256).concat();
        hmac::verify(&self.0, text.as_bytes(), signature).is_ok()
    }
}

fn string_to_sign<'a>(parts: &Parts<'a>, content_sha256: &'a str) -> [&'a str; 9] {
    [
        parts.method,
        "\n",
        parts.target,
        "\n",
        parts.date,
        ";",
        parts.host,
        ";",
        content_sha256,
    ]
}

/// Signs one request.
pub fn sign(key: &AccessKey, parts: &Parts<'_>) -> Signed {
    SigningKey::new(key).sign(parts)
}

/// The base64 SHA-256 of a body.
pub fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, body))
}

/// A moment as the `x-ms-date` header wants it: RFC 1123, always `GMT`.
pub fn http_date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_hash_of_nothing_is_the_published_one() {
        assert_eq!(content_hash(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[derive(serde::Deserialize)]
    struct Published {
        vectors: Vec<Vector>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        name: String,
        access_key: String,
        method: String,
        target: String,
        host: String,
        date: String,
        body: String,
        content_sha256: String,
        signature: String,
    }

    #[test]
    fn the_published_vectors_hold() {
        let published: Published =
            serde_json::from_str(include_str!("../testdata/signing-vectors.json")).unwrap();
        assert_eq!(published.vectors.len(), 6);
        for vector in published.vectors {
            let signed = sign(
                &AccessKey::from_base64(&vector.access_key).unwrap(),
                &Parts {
                    method: &vector.method,
                    target: &vector.target,
                    host: &vector.host,
                    date: &vector.date,
                    body: vector.body.as_bytes(),
                },
            );
            assert_eq!(signed.content_sha256, vector.content_sha256, "{}", vector.name);
            assert_eq!(
                signed.authorization,
                format!("{AUTHORIZATION_PREFIX}{}", vector.signature),
                "{}",
                vector.name
            );
        }
    }

    #[test]
    fn the_date_is_rfc_1123() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_753_350_678);
        assert_eq!(http_date(time), "Thu, 24 Jul 2025 09:51:18 GMT");
    }

    #[test]
    fn debug_of_a_signing_key_does_not_show_the_key() {
        let key = AccessKey::from_bytes("visible-if-printed");
        let text = format!("{:?}", SigningKey::new(&key));
        assert!(!text.contains("visible"), "{text}");
    }

    #[test]
    fn every_part_matters() {
        let key = AccessKey::from_bytes("key");
        let parts = Parts {
            method: "POST",
            target: "/t",
            host: "h",
            date: "d",
            body: b"b",
        };
        let reference = sign(&key, &parts).authorization;
        for other in [
            Parts {
                method: "PUT",
                ..parts
            },
            Parts {
                target: "/u",
                ..parts
            },
            Parts { host: "i", ..parts },
            Parts { date: "e", ..parts },
            Parts { body: b"c", ..parts },
        ] {
            assert_ne!(sign(&key, &other).authorization, reference, "{other:?}");
        }
        assert_ne!(
            sign(&AccessKey::from_bytes("yek"), &parts).authorization,
            reference
        );
    }
}
