//! Claims that hold and claims that do not, on tokens that are signed well.

use std::time::Duration;

use acs_call_events::ErrorKind;
use acs_call_events::token::{TokenRejection, TokenVerifier};
use serde_json::{Value, json};

use crate::signer::{AUDIENCE, Signer, claims, now};
use crate::source::Given;
use crate::{expecting, headers, rejection, verifier, verify};

#[tokio::test]
async fn a_token_of_the_service_holds() {
    let verifier = verifier();
    let token = Signer::one().token();
    for authorization in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER  {token}"),
    ] {
        let verified = verifier.verify(&headers(&authorization)).await.unwrap();
        assert_eq!(verified.key_id(), "one");
        let left = verified
            .expires_at()
            .duration_since(std::time::SystemTime::now())
            .unwrap();
        assert!(left <= Duration::from_secs(300), "{left:?}");
    }
}

#[tokio::test]
async fn each_claim_is_looked_at() {
    use TokenRejection::{Audience, Expired, Issuer, Lifetime, NotYetValid};
    let verifier = verifier();
    for (member, value, expected) in [
        ("exp", json!(now() - 120), Expired),
        ("nbf", json!(now() + 120), NotYetValid),
        ("aud", json!("00000000-0000-0000-0000-00000000000b"), Audience),
        ("aud", json!(format!("{AUDIENCE} ")), Audience),
        ("iss", json!("https://issuer.test.evil"), Issuer),
        ("iss", json!("HTTPS://ISSUER.TEST"), Issuer),
        ("exp", Value::Null, Lifetime),
        ("nbf", Value::Null, Lifetime),
        ("exp", json!(now() + 24 * 3600), Lifetime),
    ] {
        let mut claims = claims();
        if value.as_u64().is_some_and(|seconds| seconds < now()) {
            claims["nbf"] = json!(now() - 600);
        }
        claims[member] = value.clone();
        let signer = Signer::one();
        let token = signer.sign(&signer.header(), &claims);
        assert_eq!(rejection(&verifier, &token).await, expected, "{member}: {value}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_the_skew_and_no_more() {
    let source = Given::keys(&[Signer::one()]);
    let signer = Signer::one();
    let aged = |seconds: u64| {
        let mut claims = claims();
        claims["nbf"] = json!(now() - 900);
        claims["exp"] = json!(now() - seconds);
        signer.sign(&signer.header(), &claims)
    };
    let default = expecting(&source).build().unwrap();
    let widest = expecting(&source)
        .clock_skew(Duration::from_secs(300))
        .build()
        .unwrap();
    let none = expecting(&source).clock_skew(Duration::ZERO).build().unwrap();
    assert!(verify(&default, &aged(10)).await.is_ok());
    assert!(
        verify(&default, &signer.claiming("nbf", json!(now() + 50)))
            .await
            .is_ok()
    );
    assert_eq!(rejection(&default, &aged(61)).await, TokenRejection::Expired);
    assert!(verify(&widest, &aged(200)).await.is_ok());
    assert_eq!(rejection(&widest, &aged(301)).await, TokenRejection::Expired);
    assert_eq!(rejection(&none, &aged(0)).await, TokenRejection::Expired);
}

#[test]
fn settings_that_would_weaken_or_break_it_are_refused() {
    let second = Duration::from_secs(1);
    for builder in [
        TokenVerifier::builder(""),
        TokenVerifier::builder(AUDIENCE).issuer(""),
        TokenVerifier::builder(AUDIENCE).clock_skew(Duration::from_secs(300) + second),
        TokenVerifier::builder(AUDIENCE).detect_replays(0),
        TokenVerifier::builder(AUDIENCE).metadata_url("http://issuer.test/configuration"),
        TokenVerifier::builder(AUDIENCE).metadata_url("configuration"),
    ] {
        let settings = format!("{builder:?}");
        assert_eq!(
            builder.build().unwrap_err().kind(),
            ErrorKind::InvalidSetting,
            "{settings}"
        );
    }
}
