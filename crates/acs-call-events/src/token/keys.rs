//! The keys that sign, and where they come from.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

/// More keys than this in a set are not looked at. A service that rotates its keys shows two or three.
const MAX_KEYS: usize = 64;

/// Where the keys come from. Implement it to take them from a file, a proxy or a cache of your own.
///
/// It is asked by one task at a time, and given up after [a time](super::TokenVerifierBuilder::fetch_timeout).
#[async_trait]
pub trait KeySource: fmt::Debug + Send + Sync {
    /// Fetches the keys that are in use now.
    ///
    /// # Errors
    ///
    /// [`Error::keys_unavailable`], when they cannot be had. The keys of an earlier fetch then go on.
    async fn fetch(&self) -> Result<KeySet, Error>;
}

/// The public keys of whoever signs, by key id.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: HashMap<String, PublicKey>,
}

/// A public key for RS256.
#[derive(Clone)]
pub(super) struct PublicKey {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
}

#[derive(Deserialize)]
struct Jwks<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a JSON Web Key Set (RFC 7517). Of its keys, those that can have made an RS256 signature are taken:
    /// RSA of 2048 to 8192 bits with a `kid`, not marked for encryption or another algorithm. Of several
    /// keys of one id, the first counts.
    ///
    /// # Errors
    ///
    /// When the text is no key set, or none of its keys can be used.
    pub fn from_jwks(json: &[u8]) -> Result<Self, Error> {
        let jwks: Jwks<'_> = serde_json::from_slice(json)
            .map_err(|error| Error::keys_unavailable("the key set cannot be read", Some(error.into())))?;
        let mut keys = HashMap::new();
        for raw in jwks.keys.iter().take(MAX_KEYS) {
            if let Some((id, key)) = read_key(raw) {
                keys.entry(id).or_insert(key);
            }
        }
        if keys.is_empty() {
            return Err(Error::keys_unavailable("the key set has no key for RS256", None));
        }
        Ok(Self { keys })
    }

    /// The ids of the keys, in no order.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    pub(super) fn get(&self, id: &str) -> Option<&PublicKey> {
        self.keys.get(id)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.key_ids()).finish()
    }
}

fn read_key(raw: &RawValue) -> Option<(String, PublicKey)> {
    let key: Jwk = serde_json::from_str(raw.get()).ok()?;
    let fits = key.kty == "RSA"
        && key.usage.is_none_or(|usage| usage == "sig")
        && key.alg.is_none_or(|alg| alg == "RS256");
    if !fits {
        return None;
    }
    let key_parts = PublicKey {
        modulus: number(&key.n?)?,
        exponent: number(&key.e?)?,
    };
    let bits = key_parts.modulus.len().checked_mul(8)?;
    (2048..=8192).contains(&bits).then_some((key.kid?, key_parts))
}

/// A number in base64url. RFC 7518 forbids zeros in front; some write them all the same, ring refuses them.
fn number(text: &str) -> Option<Box<[u8]>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(Into::into)
}

impl PublicKey {
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let (n, e) = (&*self.modulus, &*self.exponent);
        RsaPublicKeyComponents { n, e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7515, A.2: a key, what was signed and the signature, made by nobody here.
    const JWKS: &str = r#"{"keys":[{"kty":"RSA","kid":"rfc","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}"#;
    const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    #[test]
    fn the_example_of_the_standard_holds() {
        let keys = KeySet::from_jwks(JWKS.as_bytes()).unwrap();
        let key = keys.get("rfc").unwrap();
        let signature = URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
        assert!(key.has_signed(SIGNED.as_bytes(), &signature));
        assert!(!key.has_signed(&SIGNED.as_bytes()[1..], &signature));
        assert!(!key.has_signed(SIGNED.as_bytes(), &signature[1..]));
        assert!(!key.has_signed(SIGNED.as_bytes(), &[]));
    }

    #[test]
    fn zeros_in_front_of_a_number_do_not_matter() {
        assert_eq!(number("AAEAAQ").as_deref(), Some(&[1, 0, 1][..]));
        assert_eq!(number("AAAA"), None);
        assert_eq!(number("AQAB="), None);
    }

    #[test]
    fn of_two_keys_of_one_id_the_first_counts_and_sets_are_bounded() {
        let member = &JWKS[9..JWKS.len() - 2];
        let second = member.replace("AQAB", "Aw");
        let keys = KeySet::from_jwks(format!(r#"{{"keys":[{member},{second}]}}"#).as_bytes()).unwrap();
        assert_eq!(&*keys.get("rfc").unwrap().exponent, [1, 0, 1]);
        let many: Vec<_> = (0..100)
            .map(|id| member.replace("rfc", &id.to_string()))
            .collect();
        let keys = KeySet::from_jwks(format!(r#"{{"keys":[{}]}}"#, many.join(",")).as_bytes()).unwrap();
        assert_eq!(keys.key_ids().count(), MAX_KEYS);
    }
}
