//! Agents against a service that is played by hand, over the transport in memory. Time is paused and moves only
//! when everybody waits.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what its cases share"
)]

mod agents;
mod calls;
mod events;
mod failures;
mod incoming;
mod invariants;
mod losses;
mod peer;
mod transfers;
