//! Tests of the workspace as a whole: recorded answers replayed, and flows against the emulator.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what the tests share is test code too, which clippy does not see"
)]

mod flows;
mod https;
mod recorded;
mod rest;
mod scrubbed;
mod shared;
mod tokens;
mod traffic_events;
mod traffic_http;
