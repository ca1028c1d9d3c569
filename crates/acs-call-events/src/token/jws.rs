//! A signed token taken apart: what it says about its signature, and what was signed.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::TokenRejection;
use super::keys::PublicKey;

/// The longest token that is looked at. The service's are below 2 KiB; a header may hardly be longer.
const MAX_LEN: usize = 16 * 1024;

/// A token in compact form whose header was read. Nothing it claims has been read yet.
pub(super) struct Jws<'t> {
    key_id: String,
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

/// What is read of the header. A key that the token brings along is not.
#[derive(Deserialize)]
struct Header<'t> {
    #[serde(borrow)]
    alg: Cow<'t, str>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'t> Jws<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, TokenRejection> {
        if token.len() > MAX_LEN {
            return Err(TokenRejection::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenRejection::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenRejection::Malformed)?;
        if payload.contains('.') {
            return Err(TokenRejection::Malformed);
        }
        let header = decode(header)?;
        let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| TokenRejection::Malformed)?;
        if header.alg != "RS256" || header.crit.is_some() {
            return Err(TokenRejection::Algorithm);
        }
        Ok(Self {
            key_id: header.kid.ok_or(TokenRejection::UnknownKey)?,
            signed,
            payload,
            signature,
        })
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What was signed, if it was by this key.
    pub(super) fn payload(&self, key: &PublicKey) -> Result<Vec<u8>, TokenRejection> {
        let signature = decode(self.signature)?;
        if key.has_signed(self.signed.as_bytes(), &signature) {
            decode(self.payload)
        } else {
            Err(TokenRejection::Signature)
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenRejection> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenRejection::Malformed)
}
