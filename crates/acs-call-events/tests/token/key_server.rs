//! Keys by HTTP, from a server on loopback.

use std::error::Error as _;
use std::time::Duration;

use acs_call_events::token::{KeySource as _, OpenIdKeySource, TokenVerifier};
use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

use crate::server::{KEYS, KeyServer, METADATA};
use crate::signer::{AUDIENCE, ISSUER, Signer, jwks};
use crate::verify;

fn verifier(server: &KeyServer) -> TokenVerifier {
    TokenVerifier::builder(AUDIENCE)
        .issuer(ISSUER)
        .metadata_url(server.metadata_url())
        .fetch_cool_down(Duration::ZERO)
        .build()
        .unwrap()
}

/// Why keys cannot be had from there.
async fn failure(server: &KeyServer) -> String {
    let source = OpenIdKeySource::from_metadata(&server.metadata_url()).unwrap();
    let error = source.fetch().await.unwrap_err();
    assert!(error.is_keys_unavailable(), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn keys_are_found_through_the_configuration() {
    let server = KeyServer::start(&[Signer::one()]).await;
    let verifier = verifier(&server);
    verifier.prefetch_keys().await.unwrap();
    let token = Signer::one().token();
    let results = join_all((0..50).map(|_| verify(&verifier, &token))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(server.asked(), [METADATA, KEYS]);
}

#[tokio::test]
async fn rotation_and_the_loss_of_the_server_are_survived() {
    let server = KeyServer::start(&[Signer::one()]).await;
    let verifier = verifier(&server);
    let (old, new) = (Signer::one().token(), Signer::two().token());
    verify(&verifier, &old).await.unwrap();
    assert!(verify(&verifier, &new).await.unwrap_err().is_unauthorized());
    server.show(KEYS, &jwks(&[Signer::two()]));
    verify(&verifier, &new).await.unwrap();
    assert!(verify(&verifier, &old).await.unwrap_err().is_unauthorized());
    drop(server);
    verify(&verifier, &new).await.unwrap();
    assert!(verify(&verifier, &old).await.unwrap_err().is_keys_unavailable());
    verify(&verifier, &new).await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_never_there_is_no_reason_to_let_anybody_in() {
    let server = KeyServer::start(&[Signer::one()]).await;
    let verifier = verifier(&server);
    drop(server);
    let error = verify(&verifier, &Signer::one().token()).await.unwrap_err();
    assert!(
        error.is_keys_unavailable() && error.source().is_some(),
        "{error:?}"
    );
}

#[tokio::test]
async fn keys_on_another_host_are_not_fetched() {
    let (server, other) = (
        KeyServer::start(&[Signer::one()]).await,
        KeyServer::start(&[Signer::two()]).await,
    );
    server.show_metadata(&format!("{}{KEYS}", other.origin));
    assert!(failure(&server).await.contains("another host"));
    // Nor by a redirect, at either step.
    server.show_metadata(&format!("{}{KEYS}", server.origin));
    for path in [KEYS, METADATA] {
        let target = format!("{}{path}", other.origin);
        server.answer(path, StatusCode::FOUND, &[("location", &target)], "");
        assert!(failure(&server).await.contains("302"), "{path}");
    }
    assert_eq!(other.asked(), Vec::<String>::new());
    // Whoever wants them from there says so.
    let source = OpenIdKeySource::at(&format!("{}{KEYS}", other.origin)).unwrap();
    let keys = source.fetch().await.unwrap();
    assert_eq!(keys.key_ids().collect::<Vec<_>>(), ["two"]);
}

#[tokio::test]
async fn what_cannot_be_keys_is_refused() {
    let server = KeyServer::start(&[]).await;
    assert!(failure(&server).await.contains("no key for RS256"));
    for (body, says) in [
        ("{}", "cannot be read"),
        ("no json", "cannot be read"),
        ("", "cannot be read"),
    ] {
        server.show(KEYS, body);
        assert!(failure(&server).await.contains(says), "{body}");
        server.show(METADATA, body);
        assert!(failure(&server).await.contains(says), "{body}");
        server.show_metadata(&format!("{}{KEYS}", server.origin));
    }
    server.show(KEYS, &" ".repeat(256 * 1024 + 1));
    assert!(failure(&server).await.contains("more than"));
    server.answer(KEYS, StatusCode::INTERNAL_SERVER_ERROR, &[], "");
    assert!(failure(&server).await.contains("500"));
}

#[tokio::test]
async fn of_a_set_only_keys_that_can_have_signed_are_taken() {
    let server = KeyServer::start(&[]).await;
    let with = |id: &str, member: &str, value: serde_json::Value| {
        let mut jwk = Signer::one().jwk();
        jwk["kid"] = json!(id);
        jwk[member] = value;
        jwk
    };
    let keys = json!({ "keys": [
        with("encrypts", "use", json!("enc")),
        with("another algorithm", "alg", json!("RS512")),
        with("another kind", "kty", json!("EC")),
        with("short", "n", json!("AQAB")),
        with("broken", "n", json!("!")),
        with("no exponent", "e", json!(null)),
        7,
        {"kty": "oct", "k": "AAAA", "kid": "shared secret"},
        with("plain", "use", json!(null)),
        with("good", "x5c", json!(["ignored"])),
    ]});
    server.show(KEYS, &keys.to_string());
    let source = OpenIdKeySource::from_metadata(&server.metadata_url()).unwrap();
    let keys = source.fetch().await.unwrap();
    let mut ids: Vec<_> = keys.key_ids().collect();
    ids.sort_unstable();
    assert_eq!(ids, ["good", "plain"]);
    assert_eq!(format!("{keys:?}").matches("good").count(), 1);
}
