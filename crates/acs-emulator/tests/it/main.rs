//! The emulator over HTTP, as an application sees it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what its cases share"
)]

mod agents;
mod auth;
mod clock;
mod control;
mod dashboard;
mod errors;
mod event_grid;
mod faults;
mod forwarding;
mod harness;
mod https;
mod identities;
mod lifecycle;
mod limits;
mod many_calls;
mod media;
mod participants;
mod parties;
mod recorded;
mod recordings;
mod repeatability;
mod streaming;
mod struck_posts;
mod tokens;
mod transcribing;
mod whole_call;
