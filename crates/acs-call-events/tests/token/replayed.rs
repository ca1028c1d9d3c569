//! Tokens that come again.

use acs_call_events::token::{TokenRejection, TokenVerifier};
use serde_json::json;

use crate::signer::Signer;
use crate::source::Given;
use crate::{expecting, headers, verifier};

async fn comes(verifier: &TokenVerifier, token: &str, body: &str) -> Option<TokenRejection> {
    let verified = verifier
        .verify(&headers(&format!("Bearer {token}")))
        .await
        .unwrap();
    let result = verifier.verify_body(&verified, body.as_bytes());
    result.err().map(|error| error.token_rejection().unwrap())
}

fn watching() -> TokenVerifier {
    let source = Given::keys(&[Signer::one()]);
    expecting(&source).detect_replays(100).build().unwrap()
}

#[tokio::test]
async fn a_token_goes_with_one_body() {
    let verifier = watching();
    let token = Signer::one().token();
    assert_eq!(comes(&verifier, &token, "one").await, None);
    assert_eq!(comes(&verifier, &token, "one").await, None, "a delivery repeated");
    assert_eq!(
        comes(&verifier.clone(), &token, "two").await,
        Some(TokenRejection::Replayed)
    );
    let next = Signer::one().claiming("jti", json!("next"));
    assert_eq!(comes(&verifier, &next, "two").await, None);
}

#[tokio::test]
async fn tokens_are_told_apart_by_their_id_where_they_have_one() {
    let verifier = watching();
    let signer = Signer::one();
    let first = signer.claiming("jti", json!("same"));
    let mut header = signer.header();
    header["x"] = json!("makes the text another");
    let mut claims = crate::signer::claims();
    claims["jti"] = json!("same");
    let second = signer.sign(&header, &claims);
    assert_ne!(first, second);
    assert_eq!(comes(&verifier, &first, "one").await, None);
    assert_eq!(
        comes(&verifier, &second, "two").await,
        Some(TokenRejection::Replayed)
    );
}

#[tokio::test]
async fn unless_asked_for_a_token_may_come_with_several_bodies() {
    let verifier = verifier();
    let token = Signer::one().token();
    for body in ["one", "two"] {
        assert_eq!(comes(&verifier, &token, body).await, None);
    }
}
