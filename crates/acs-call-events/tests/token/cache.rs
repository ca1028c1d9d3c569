//! Keys: kept, rotated, fetched by one at a time and not too often.

use std::time::Duration;

use acs_call_events::token::{KeySource, TokenRejection, TokenVerifier};
use async_trait::async_trait;
use futures::future::join_all;
use tokio::time::advance;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok};

use crate::signer::{Signer, claims};
use crate::source::Given;
use crate::{expecting, headers, rejection, verify};

fn unknown(number: usize) -> String {
    let mut header = Signer::two().header();
    header["kid"] = format!("unknown {number}").into();
    Signer::two().sign(&header, &claims())
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source).build().unwrap();
    verify(&verifier, &Signer::one().token()).await.unwrap();
    source.set(&[Signer::one(), Signer::two()]);
    advance(Duration::from_secs(30)).await;
    verify(&verifier, &Signer::two().token()).await.unwrap();
    verify(&verifier, &Signer::one().token()).await.unwrap();
    assert_eq!(source.fetches(), 2);
    // What was taken out of the set is gone with the next fetch.
    source.set(&[Signer::two()]);
    advance(Duration::from_secs(30)).await;
    assert_eq!(
        rejection(&verifier, &unknown(0)).await,
        TokenRejection::UnknownKey
    );
    assert_eq!(
        rejection(&verifier, &Signer::one().token()).await,
        TokenRejection::UnknownKey
    );
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_keys_does_not_reach_the_key_server() {
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source).build().unwrap();
    for round in 1..=3 {
        for number in 0..20 {
            assert_eq!(
                rejection(&verifier, &unknown(number)).await,
                TokenRejection::UnknownKey
            );
        }
        assert_eq!(source.fetches(), round);
        advance(Duration::from_secs(30)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_at_once_are_one_fetch() {
    let source = Given::keys(&[Signer::one()]);
    let release = source.hold();
    // Without a pause, so that nothing else keeps the fetches from being fifty.
    let verifier = expecting(&source)
        .fetch_cool_down(Duration::ZERO)
        .build()
        .unwrap();
    let token = Signer::one().token();
    let mut all = spawn(join_all((0..50).map(|_| verify(&verifier, &token))));
    assert_pending!(all.poll());
    tokio::task::yield_now().await;
    assert_pending!(all.poll());
    assert_eq!(source.fetches(), 1);
    release.send(()).unwrap();
    assert!(all.await.iter().all(Result::is_ok));
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_does_not_break_off_the_fetch_or_lift_the_pause() {
    let source = Given::keys(&[Signer::one()]);
    let release = source.hold();
    let verifier = expecting(&source).build().unwrap();
    let token = Signer::one().token();
    let mut impatient = spawn(verify(&verifier, &token));
    assert_pending!(impatient.poll());
    tokio::task::yield_now().await;
    drop(impatient);
    let patient = verify(&verifier, &token);
    release.send(()).unwrap();
    patient.await.unwrap();
    assert_eq!(source.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_at_hand_are_not_waited_for_when_they_age() {
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source)
        .refresh_keys_after(Duration::from_secs(3600))
        .build()
        .unwrap();
    let token = Signer::one().token();
    verify(&verifier, &token).await.unwrap();
    advance(Duration::from_secs(3600)).await;
    let _held = source.hold();
    let known = headers(&format!("Bearer {token}"));
    assert_ready_ok!(spawn(verifier.verify(&known)).poll());
    tokio::task::yield_now().await;
    assert_eq!(source.fetches(), 2, "it is under way");
    assert_ready_ok!(spawn(verifier.verify(&known)).poll());
}

#[tokio::test(start_paused = true)]
async fn while_the_source_is_away_the_keys_at_hand_go_on_for_a_time() {
    let source = Given::keys(&[Signer::one()]);
    let verifier = expecting(&source)
        .refresh_keys_after(Duration::from_secs(3600))
        .keep_stale_keys(Duration::from_secs(3600))
        .build()
        .unwrap();
    let known = Signer::one().token();
    verify(&verifier, &known).await.unwrap();
    source.go_away();
    advance(Duration::from_secs(3600)).await;
    verify(&verifier, &known).await.unwrap();
    // A key that is not known may be new; that cannot be told now.
    let error = verify(&verifier, &unknown(1)).await.unwrap_err();
    assert!(
        error.is_keys_unavailable() && !error.is_unauthorized(),
        "{error:?}"
    );
    advance(Duration::from_secs(3599)).await;
    verify(&verifier, &known).await.unwrap();
    advance(Duration::from_secs(1)).await;
    assert!(verify(&verifier, &known).await.unwrap_err().is_keys_unavailable());
    source.set(&[Signer::one()]);
    advance(Duration::from_secs(5)).await;
    verify(&verifier, &known).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_away_is_left_in_peace() {
    let source = Given::default();
    let verifier = expecting(&source).build().unwrap();
    let token = Signer::one().token();
    for round in 1..=3 {
        for _ in 0..10 {
            assert!(verify(&verifier, &token).await.unwrap_err().is_keys_unavailable());
        }
        assert_eq!(source.fetches(), round);
        advance(Duration::from_secs(5)).await;
    }
    assert!(verifier.prefetch_keys().await.unwrap_err().is_keys_unavailable());
    source.set(&[Signer::one()]);
    advance(Duration::from_secs(5)).await;
    verifier.prefetch_keys().await.unwrap();
    let fetches = source.fetches();
    verifier.prefetch_keys().await.unwrap();
    verify(&verifier, &token).await.unwrap();
    assert_eq!(source.fetches(), fetches);
}

#[derive(Debug)]
struct Panicking;

#[async_trait]
impl KeySource for Panicking {
    async fn fetch(&self) -> Result<acs_call_events::token::KeySet, acs_call_events::Error> {
        panic!("a source with a mistake")
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_or_panics_hangs_nobody() {
    let token = Signer::one().token();
    let panicking = TokenVerifier::builder("a").key_source(Panicking).build().unwrap();
    for _ in 0..2 {
        assert!(
            verify(&panicking, &token)
                .await
                .unwrap_err()
                .is_keys_unavailable()
        );
        advance(Duration::from_secs(5)).await;
    }
    let source = Given::keys(&[Signer::one()]);
    let _never_used = source.hold();
    let hanging = expecting(&source).build().unwrap();
    assert!(verify(&hanging, &token).await.unwrap_err().is_keys_unavailable());
    advance(Duration::from_secs(5)).await;
    verify(&hanging, &token).await.unwrap();
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    let verifier = expecting(&Given::keys(&[Signer::one()])).build().unwrap();
    let token = Signer::one().token();
    let error = assert_ready_err!(spawn(verify(&verifier, &token)).poll());
    assert!(
        error.is_keys_unavailable() && error.to_string().contains("runtime"),
        "{error}"
    );
}
