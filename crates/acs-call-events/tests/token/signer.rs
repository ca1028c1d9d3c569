//! Signs tokens with keys that are worth nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://issuer.test";
pub(crate) const AUDIENCE: &str = "00000000-0000-0000-0000-00000000000a";

pub(crate) struct Signer {
    pub(crate) key_id: &'static str,
    pair: RsaKeyPair,
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What the service claims, five minutes from now.
pub(crate) fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "nbf": now(), "exp": now() + 300 })
}

impl Signer {
    pub(crate) fn one() -> Self {
        Self::new("one", include_bytes!("../keys/worthless-test-key-one.pk8"))
    }

    pub(crate) fn two() -> Self {
        Self::new("two", include_bytes!("../keys/worthless-test-key-two.pk8"))
    }

    fn new(key_id: &'static str, pkcs8: &[u8]) -> Self {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).unwrap();
        Self { key_id, pair }
    }

    /// The public key as a member of a key set.
    pub(crate) fn jwk(&self) -> Value {
        let public: PublicKeyComponents<Vec<u8>> = self.pair.public().into();
        json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id,
            "n": base64url(public.n), "e": base64url(public.e),
        })
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id })
    }

    pub(crate) fn token(&self) -> String {
        self.sign(&self.header(), &claims())
    }

    pub(crate) fn claiming(&self, member: &str, value: Value) -> String {
        let mut claims = claims();
        claims[member] = value;
        self.sign(&self.header(), &claims)
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, claims)
    }

    pub(crate) fn sign_with(
        &self,
        padding: &'static dyn RsaEncoding,
        header: &Value,
        claims: &Value,
    ) -> String {
        let signed = unsigned(header, claims);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .unwrap();
        format!("{signed}.{}", base64url(signature))
    }
}

/// Header and claims, without a signature or the dot before it.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        base64url(header.to_string()),
        base64url(claims.to_string())
    )
}

/// A key set of these keys.
pub(crate) fn jwks(signers: &[Signer]) -> String {
    json!({ "keys": signers.iter().map(Signer::jwk).collect::<Vec<_>>() }).to_string()
}
