//! The examples do what they show.
#![allow(
    clippy::duplicate_mod,
    reason = "each example is a program of its own with the same support"
)]

#[cfg(feature = "axum")]
#[allow(dead_code, reason = "the example is a program of its own")]
#[path = "../examples/axum_webhook.rs"]
mod axum_webhook;
#[allow(dead_code, reason = "the example is a program of its own")]
#[path = "../examples/hyper_webhook.rs"]
mod hyper_webhook;

#[cfg(feature = "axum")]
#[tokio::test]
async fn the_example_for_axum_takes_callbacks() {
    axum_webhook::run(true).await.unwrap();
}

#[tokio::test]
async fn the_example_for_hyper_takes_callbacks() {
    hyper_webhook::run(true).await.unwrap();
}
