//! The client as an application sees it, against a small HTTP server on a loopback address.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; the exception of the lints covers only test functions"
)]

mod builder;
mod media;
#[cfg(feature = "events")]
mod media_outcomes;
mod operations;
#[cfg(feature = "events")]
mod outcomes;
mod paging;
mod recording;
mod send;
mod server;
