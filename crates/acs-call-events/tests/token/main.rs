//! The token of callbacks: what holds, what does not, and where the keys come from.
#![cfg(feature = "jwt")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "allowed in tests; the lints do not see that these are"
)]

mod anything;
mod cache;
mod claims;
mod forged;
mod key_server;
mod replayed;
#[cfg(feature = "axum")]
mod routed;
mod server;
mod signer;
mod source;
mod webhook;

use acs_call_events::Error;
use acs_call_events::token::{TokenRejection, TokenVerifier, TokenVerifierBuilder};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use signer::{AUDIENCE, ISSUER, Signer};
use source::Given;

/// A verifier that expects what the signer claims, with keys from memory.
fn expecting(source: &Given) -> TokenVerifierBuilder {
    TokenVerifier::builder(AUDIENCE)
        .issuer(ISSUER)
        .key_source(source.clone())
}

/// A verifier that knows the first key.
fn verifier() -> TokenVerifier {
    expecting(&Given::keys(&[Signer::one()])).build().unwrap()
}

fn headers(authorization: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    headers
}

async fn verify(verifier: &TokenVerifier, token: &str) -> Result<(), Error> {
    verifier
        .verify(&headers(&format!("Bearer {token}")))
        .await
        .map(drop)
}

/// What does not hold about a token; panics when it holds or cannot be told.
async fn rejection(verifier: &TokenVerifier, token: &str) -> TokenRejection {
    let error = verify(verifier, token).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    let shown = format!("{error} {error:?}");
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!shown.contains(part), "{shown}");
    }
    error.token_rejection().unwrap()
}
