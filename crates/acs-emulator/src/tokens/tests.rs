//! Tokens, checked with the keys that are published.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use super::*;

const ORIGIN: &str = "http://127.0.0.1:8080";
const RESOURCE: &str = "6d889502-3d7a-41a8-befa-d21fd80e8767";

fn tokens(options: TokenOptions) -> Arc<Tokens> {
    Arc::new(Tokens::new(options, ORIGIN, RESOURCE).unwrap())
}

fn now() -> DateTime<Utc> {
    "2026-06-20T21:29:09Z".parse().unwrap()
}

fn bytes(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// A token taken apart.
struct Parts {
    header: Value,
    claims: Value,
    signature: Vec<u8>,
    signed: String,
}

fn parts(token: &str) -> Parts {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    Parts {
        header: serde_json::from_slice(&bytes(header)).unwrap(),
        claims: serde_json::from_slice(&bytes(claims)).unwrap(),
        signature: bytes(signature),
        signed: signed.to_owned(),
    }
}

fn bearer(header: &http::HeaderValue) -> String {
    assert!(header.is_sensitive());
    header
        .to_str()
        .unwrap()
        .strip_prefix("Bearer ")
        .unwrap()
        .to_owned()
}

fn next(tokens: &Arc<Tokens>) -> Option<String> {
    tokens.stamp().unwrap().header(now()).as_ref().map(bearer)
}

/// Whether the published key of that name made the signature.
fn genuine(tokens: &Tokens, token: &Parts) -> bool {
    let keys = serde_json::to_value(tokens.key_set()).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter()
        .find(|key| key["kid"] == token.header["kid"])
        .is_some_and(|key| {
            assert_eq!((&key["kty"], &key["use"]), (&"RSA".into(), &"sig".into()));
            RsaPublicKeyComponents {
                n: bytes(key["n"].as_str().unwrap()),
                e: bytes(key["e"].as_str().unwrap()),
            }
            .verify(
                &RSA_PKCS1_2048_8192_SHA256,
                token.signed.as_bytes(),
                &token.signature,
            )
            .is_ok()
        })
}

#[test]
fn a_token_says_who_for_whom_and_how_long() {
    let tokens = tokens(TokenOptions::default());
    let token = parts(&next(&tokens).unwrap());
    assert!(genuine(&tokens, &token));
    assert_eq!(token.header["alg"], "RS256");
    assert_eq!(token.claims["iss"], ORIGIN);
    assert_eq!(token.claims["aud"], RESOURCE);
    assert_eq!(token.claims["iat"], now().timestamp());
    assert_eq!(token.claims["nbf"], now().timestamp());
    assert_eq!(token.claims["exp"], now().timestamp() + 300);
}

#[test]
fn every_event_has_its_own_and_keeps_it_until_it_would_run_out() {
    let tokens = tokens(TokenOptions::default());
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let mut stamp = tokens.stamp().unwrap();
        let first = stamp.header(now()).unwrap();
        assert!(seen.insert(bearer(&first)));
        assert_eq!(stamp.header(now() + TimeDelta::seconds(269)).unwrap(), first);
        let renewed = stamp.header(now() + TimeDelta::seconds(270)).unwrap();
        assert!(seen.insert(bearer(&renewed)));
        assert_eq!(
            parts(&bearer(&renewed)).claims["exp"],
            now().timestamp() + 270 + 300
        );
    }
}

#[test]
fn each_fault_is_wrong_in_one_way() {
    let tokens = tokens(TokenOptions::default());
    for fault in TokenFault::ALL {
        tokens.set_fault(fault);
        let Some(text) = next(&tokens) else {
            assert_eq!(fault, TokenFault::Missing);
            continue;
        };
        let token = parts(&text);
        let alg = token.header["alg"].as_str().unwrap();
        let (nbf, exp) = (
            token.claims["nbf"].as_i64().unwrap(),
            token.claims["exp"].as_i64().unwrap(),
        );
        assert_eq!(exp - nbf, 300);
        let wrong = [
            (exp < now().timestamp(), TokenFault::Expired),
            (nbf > now().timestamp(), TokenFault::NotYetValid),
            (token.claims["aud"] != RESOURCE, TokenFault::WrongAudience),
            (token.claims["iss"] != ORIGIN, TokenFault::WrongIssuer),
            (alg == "none", TokenFault::AlgNone),
            (alg == "HS256", TokenFault::KeyConfusion),
            (alg == "RS256" && token.signature.is_empty(), TokenFault::Unsigned),
            (
                alg == "RS256" && !token.signature.is_empty() && !genuine(&tokens, &token),
                TokenFault::WrongKey,
            ),
        ];
        let wrong: Vec<TokenFault> = wrong
            .into_iter()
            .filter_map(|(wrong, fault)| wrong.then_some(fault))
            .collect();
        if matches!(fault, TokenFault::None | TokenFault::Replayed) {
            assert_eq!(wrong, [], "{fault}");
        } else {
            assert_eq!(wrong, [fault]);
        }
    }
}

#[test]
fn a_replayed_token_is_that_of_the_last_good_event() {
    let tokens = tokens(TokenOptions {
        fault: TokenFault::Replayed,
        ..TokenOptions::default()
    });
    let first = next(&tokens);
    assert_eq!(next(&tokens), first);
    tokens.set_fault(TokenFault::None);
    let second = next(&tokens);
    assert_ne!(second, first);
    tokens.set_fault(TokenFault::Expired);
    assert_ne!(next(&tokens), second);
    tokens.set_fault(TokenFault::Replayed);
    assert_eq!(next(&tokens), second);
}

#[test]
fn an_event_keeps_its_fault() {
    let tokens = tokens(TokenOptions::default());
    tokens.set_fault(TokenFault::Expired);
    let mut stamp = tokens.stamp().unwrap();
    assert_eq!(stamp.fault(), None, "nothing was posted yet");
    let header = stamp.header(now());
    tokens.set_fault(TokenFault::None);
    assert_eq!(stamp.header(now()), header);
    assert_eq!(stamp.fault(), Some(TokenFault::Expired));
}

#[test]
fn what_was_signed_before_a_rotation_holds_until_the_key_is_withdrawn() {
    let tokens = tokens(TokenOptions::default());
    let before = parts(&next(&tokens).unwrap());
    let kid = tokens.rotate();
    let after = parts(&next(&tokens).unwrap());
    assert_eq!(after.header["kid"], kid);
    assert!(genuine(&tokens, &before) && genuine(&tokens, &after));
    assert_eq!(tokens.withdraw(), 1);
    assert!(!genuine(&tokens, &before) && genuine(&tokens, &after));
    assert_eq!(tokens.key_ids(), [kid]);
}

#[test]
fn settings_are_taken_or_refused() {
    let set = tokens(TokenOptions {
        enabled: false,
        issuer: Some("https://issuer.example".to_owned()),
        resource_id: Some("6D889502-3D7A-41A8-BEFA-D21FD80E8768".to_owned()),
        ..TokenOptions::default()
    });
    assert!(set.stamp().is_none());
    assert_eq!(set.issuer(), "https://issuer.example");
    assert_eq!(set.resource_id(), "6d889502-3d7a-41a8-befa-d21fd80e8768");
    let bad = TokenOptions {
        resource_id: Some("/subscriptions/1".to_owned()),
        ..TokenOptions::default()
    };
    let error = Tokens::new(bad, ORIGIN, RESOURCE).unwrap_err();
    assert_eq!(error.to_string(), "resource id: expected a GUID");
}

#[test]
fn faults_are_spelt_as_they_are_read() {
    for fault in TokenFault::ALL {
        let text = serde_json::to_string(&fault).unwrap();
        assert_eq!(text, format!("\"{fault}\""));
        assert_eq!(serde_json::from_str::<TokenFault>(&text).unwrap(), fault);
    }
}
