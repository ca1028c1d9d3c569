//! What the tests of the whole workspace share: an application with its webhook, a world of emulator and
//! application, scenarios that are recorded once and replayed for ever, and the recorder.
//!
//! | module | does |
//! |---|---|
//! | [`app`] | client, event hub and webhook server of one application |
//! | [`world`] | an emulator and an application that use each other |
//! | [`scenario`] | one prepared request per operation and outcome |
//! | [`recording`] | the files of `tests/recordings`: captured, scrubbed, guarded |
//! | [`replay`] | a server that answers as it was recorded |
//!
//! This crate is not published; a failure of its own is the failure of a test, so it panics where a library
//! would return an error.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a harness of tests: what cannot go on ends the test, with a message"
)]

pub mod app;
pub mod identities;
pub mod recording;
pub mod replay;
pub mod scenario;
mod sockets;
pub mod world;

use std::future::Future;
use std::time::Duration;

/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Waits, but not for ever: a test that would hang fails instead, and says what it waited for.
///
/// # Panics
///
/// After [`PATIENCE`].
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for {what}"))
}

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The code of the page on media compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/media.md")]
#[derive(Debug)]
pub struct MediaPage;

/// The code of the emulator's manual compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator.md")]
#[derive(Debug)]
pub struct EmulatorManual;

/// The code of the page on webhook security compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/webhook-security.md")]
#[derive(Debug)]
pub struct WebhookSecurityPage;

/// The code of the page on control compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/emulator-control.md")]
#[derive(Debug)]
pub struct EmulatorControlPage;

/// The code of the guide to streamed media compiles, with what two crates have to be put together for.
#[cfg(doctest)]
#[doc = include_str!("../../docs/streaming.md")]
#[derive(Debug)]
pub struct StreamingGuide;

/// The code of the tour of call agents compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/calling.md")]
#[derive(Debug)]
pub struct CallingTour;

/// The code of the page about recordings compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/recording.md")]
#[derive(Debug)]
pub struct RecordingPage;

/// The code of the index of the examples compiles.
#[cfg(doctest)]
#[doc = include_str!("../../examples/README.md")]
#[derive(Debug)]
pub struct ExamplesIndex;
