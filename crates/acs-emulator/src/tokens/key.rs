//! One RSA key pair: how it is read, what it is called, how it is published and how it signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use serde::Serialize;

use crate::{Error, ErrorKind};

/// A key pair of 2048 to 4096 bits.
pub(super) struct KeyPair {
    pair: RsaKeyPair,
    /// Modulus and exponent as a JWK spells them.
    modulus: String,
    exponent: String,
    /// The thumbprint of RFC 7638: the same key has the same name in every run.
    thumbprint: String,
}

/// A public key as it is published.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    pub(crate) kid: String,
    n: String,
    e: String,
}

impl KeyPair {
    /// Reads PKCS#8 or PKCS#1, in DER or PEM, without a password.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let der = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN") => unwrap_pem(text)?,
            _ => bytes.to_vec(),
        };
        // The two forms cannot be mistaken for each other; what is neither is told as bad PKCS#8.
        let pair = RsaKeyPair::from_pkcs8(&der)
            .or_else(|error| RsaKeyPair::from_der(&der).map_err(|_| error))
            .map_err(|source| {
                invalid("not an RSA key of 2048 to 4096 bits").with_source(source.to_string())
            })?;
        let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        let modulus = URL_SAFE_NO_PAD.encode(public.n);
        let exponent = URL_SAFE_NO_PAD.encode(public.e);
        let canonical = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        Ok(Self {
            pair,
            modulus,
            exponent,
            thumbprint,
        })
    }

    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The public half under a name.
    pub(super) fn jwk(&self, kid: &str) -> Jwk {
        Jwk {
            kty: "RSA",
            usage: "sig",
            alg: "RS256",
            kid: kid.to_owned(),
            n: self.modulus.clone(),
            e: self.exponent.clone(),
        }
    }

    /// An RS256 signature, or nothing when the system has no random bytes for its blinding.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(signature)
    }

    /// Whether a signature is this key's.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key())
            .verify(message, signature)
            .is_ok()
    }

    /// What somebody can make who has the public key only: an HS256 tag with it as the secret.
    pub(super) fn tag(&self, message: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
        hmac::sign(&key, message).as_ref().to_vec()
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("thumbprint", &self.thumbprint)
            .finish_non_exhaustive()
    }
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("callback key: {what}"))
}

/// The bytes between the first pair of armour lines. Other blocks, such as certificates behind it, are not
/// looked at.
fn unwrap_pem(text: &str) -> Result<Vec<u8>, Error> {
    let mut lines = text
        .lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    if !matches!(
        lines.next(),
        Some("-----BEGIN PRIVATE KEY-----" | "-----BEGIN RSA PRIVATE KEY-----")
    ) {
        return Err(invalid("the PEM block is not an unencrypted private key"));
    }
    let body: String = lines.take_while(|line| !line.starts_with("-----END")).collect();
    STANDARD
        .decode(body)
        .map_err(|source| invalid("the PEM block is not base64").with_source(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DER: &[u8] = include_bytes!("keys/development-1.pk8.der");

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "comment\r\n-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----\r\n",
            lines.join("\r\n")
        )
    }

    #[test]
    fn a_key_is_the_same_in_every_form() {
        let key = KeyPair::read(DER).unwrap();
        // PKCS#8 wraps PKCS#1 in 26 bytes of header.
        let pkcs1 = &DER[26..];
        for bytes in [
            pem("PRIVATE KEY", DER).as_bytes(),
            pem("RSA PRIVATE KEY", pkcs1).as_bytes(),
            pkcs1,
        ] {
            assert_eq!(KeyPair::read(bytes).unwrap().thumbprint(), key.thumbprint());
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused_without_showing_it() {
        for bytes in [
            b"hunter2".as_slice(),
            pem("CERTIFICATE", DER).as_bytes(),
            pem("ENCRYPTED PRIVATE KEY", DER).as_bytes(),
            b"-----BEGIN PRIVATE KEY-----\n!hunter2!\n-----END PRIVATE KEY-----",
            &DER[..600],
        ] {
            let error = KeyPair::read(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(error.to_string().starts_with("callback key: "), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
