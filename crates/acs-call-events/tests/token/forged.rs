//! Tokens that somebody else has made.

use acs_call_events::token::TokenRejection::{Algorithm, Malformed, Signature, UnknownKey};
use ring::hmac;
use ring::signature::{RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use serde_json::{Value, json};

use crate::signer::{Signer, base64url, claims, unsigned};
use crate::{headers, rejection, verifier};

fn header(alg: &str) -> Value {
    json!({ "alg": alg, "typ": "JWT", "kid": "one" })
}

#[tokio::test]
async fn without_a_signature_nothing_is_believed() {
    let verifier = verifier();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let body = unsigned(&header(alg), &claims());
        assert_eq!(
            rejection(&verifier, &format!("{body}.")).await,
            Algorithm,
            "{alg}"
        );
        assert_eq!(
            rejection(&verifier, &format!("{body}.AAAA")).await,
            Algorithm,
            "{alg}"
        );
    }
    let body = unsigned(&header("RS256"), &claims());
    assert_eq!(rejection(&verifier, &format!("{body}.")).await, Signature);
    assert_eq!(rejection(&verifier, &body).await, Malformed);
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let verifier = verifier();
    let jwk = Signer::one().jwk();
    let body = unsigned(&header("HS256"), &claims());
    for secret in [jwk["n"].as_str().unwrap().to_owned(), jwk.to_string()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        let token = format!("{body}.{}", base64url(tag));
        assert_eq!(rejection(&verifier, &token).await, Algorithm);
    }
}

#[tokio::test]
async fn only_rs256_is_taken_even_from_the_right_key() {
    let verifier = verifier();
    let signer = Signer::one();
    for (alg, padding) in [
        (
            "RS512",
            &RSA_PKCS1_SHA512 as &'static dyn ring::signature::RsaEncoding,
        ),
        ("PS256", &RSA_PSS_SHA256),
    ] {
        let honest = signer.sign_with(padding, &header(alg), &claims());
        assert_eq!(rejection(&verifier, &honest).await, Algorithm, "{alg}");
        let lying = signer.sign_with(padding, &header("RS256"), &claims());
        assert_eq!(rejection(&verifier, &lying).await, Signature, "{alg}");
    }
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_read() {
    let verifier = verifier();
    let stranger = Signer::two();
    for (member, value) in [
        ("jwk", stranger.jwk()),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/certificate")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = header("RS256");
        header[member] = value;
        let forged = stranger.sign(&header, &claims());
        assert_eq!(rejection(&verifier, &forged).await, Signature, "{member}");
        let genuine = Signer::one().sign(&header, &claims());
        assert!(
            crate::verify(&verifier, &genuine).await.is_ok(),
            "{member} is harmless"
        );
    }
}

#[tokio::test]
async fn another_key_is_not_taken_for_ours() {
    let verifier = verifier();
    let stranger = Signer::two();
    assert_eq!(rejection(&verifier, &stranger.token()).await, UnknownKey);
    let forged = stranger.sign(&header("RS256"), &claims());
    assert_eq!(rejection(&verifier, &forged).await, Signature);
    let nameless = Signer::one().sign(&json!({ "alg": "RS256" }), &claims());
    assert_eq!(rejection(&verifier, &nameless).await, UnknownKey);
}

#[tokio::test]
async fn an_extension_that_must_be_understood_is_refused() {
    let mut header = header("RS256");
    header["crit"] = json!(["b64"]);
    header["b64"] = json!(false);
    let token = Signer::one().sign(&header, &claims());
    assert_eq!(rejection(&verifier(), &token).await, Algorithm);
}

#[tokio::test]
async fn a_signature_is_for_every_bit_of_what_was_signed() {
    let verifier = verifier();
    let token = Signer::one().token();
    let parts: Vec<&str> = token.split('.').collect();
    let mut altered = claims();
    altered["exp"] = json!(claims()["exp"].as_u64().unwrap() + 1);
    let swapped = format!("{}.{}.{}", parts[0], base64url(altered.to_string()), parts[2]);
    assert_eq!(rejection(&verifier, &swapped).await, Signature);
    for length in 0..token.len() {
        assert!(
            crate::verify(&verifier, &token[..length]).await.is_err(),
            "the first {length}"
        );
    }
    for (text, why) in [
        (format!("{token}.AAAA"), "a part too many"),
        (format!("{token}="), "padding"),
        (format!("{token}!"), "a stranger to the alphabet"),
        (token.replace('.', ".."), "empty parts"),
        ("A".repeat(20_000), "too long"),
    ] {
        assert_eq!(rejection(&verifier, &text).await, Malformed, "{why}");
    }
}

#[tokio::test]
async fn there_is_one_authorization_and_it_is_a_bearer() {
    let verifier = verifier();
    let token = Signer::one().token();
    let mut twice = headers(&format!("Bearer {token}"));
    twice.append("authorization", format!("Bearer {token}").parse().unwrap());
    for headers in [
        twice,
        headers(&token),
        headers(&format!("Basic {token}")),
        headers(&format!("Bearer{token}")),
        headers(&format!("Bearer\t{token}")),
        headers(&format!("Bearer {token} {token}")),
        headers("Bearer "),
        headers(""),
    ] {
        let error = verifier.verify(&headers).await.unwrap_err();
        assert_eq!(error.token_rejection(), Some(Malformed), "{:?}", headers.len());
    }
}
