//! Tests of the workspace as a whole: recorded answers replayed, and flows against the emulator.

mod flows;
mod recorded;
mod rest;
mod scrubbed;
mod shared;
mod traffic_events;
mod traffic_http;
