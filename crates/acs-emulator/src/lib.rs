//! A local Azure Communication Services Call Automation: in a test or on a laptop, without a cloud resource.

mod clock;
mod config;
mod delivery;
pub mod engine;
mod error;
mod identities;
mod journal;
