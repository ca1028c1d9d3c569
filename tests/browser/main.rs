//! The page of the emulator in a real browser: what is seen, what is clicked, what the application is told.
//!
//! `cargo xtask browser` runs these and nothing else. Without a Chromium they say that they were skipped, and
//! with `ACS_BROWSER_REQUIRED=1` they fail. Pictures of the page are left in `test-output/browser`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "what the tests share is test code too, which clippy does not see"
)]

mod access;
mod agents;
mod call;
mod cdp;
mod hostile;
mod many;
mod restart;
mod told;
