//! Whatever an `Authorization` header holds: no panic, and no way in.

use acs_call_events::token::TokenVerifier;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::json;

use crate::signer::{Signer, base64url, claims};
use crate::verifier;

fn passes(verifier: &TokenVerifier, value: HeaderValue) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    runtime.block_on(verifier.verify(&headers)).is_ok()
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_=-]{0,40}",
        any::<Vec<u8>>().prop_map(base64url),
        Just(base64url(Signer::one().header().to_string())),
        Just(base64url(claims().to_string())),
        ("[A-Za-z0-9]{0,5}", any::<Option<bool>>())
            .prop_map(|(alg, crit)| base64url(json!({"alg": alg, "kid": "one", "crit": crit}).to_string())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_header_of_any_bytes_passes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            prop_assert!(!passes(&verifier(), value));
        }
    }

    #[test]
    fn nothing_that_looks_like_a_token_passes(
        scheme in prop_oneof![Just("Bearer "), Just("bearer  "), Just("")],
        parts in proptest::collection::vec(part(), 0..5),
    ) {
        let value = HeaderValue::from_str(&format!("{scheme}{}", parts.join("."))).unwrap();
        prop_assert!(!passes(&verifier(), value));
    }

    #[test]
    fn a_token_with_one_character_changed_does_not_pass(place in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=-]") {
        let token = Signer::one().token();
        let at = place.index(token.len());
        let altered = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assume!(altered != token);
        let value = HeaderValue::from_str(&format!("Bearer {altered}")).unwrap();
        prop_assert!(!passes(&verifier(), value));
    }
}
