//! How long the six usual events take. The ratio to `serde_json_minimal` in the same run is the figure; see
//! `docs/performance.md`.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "a benchmark that cannot run should stop; what it shares with others is not all used by each"
)]

#[path = "support/six.rs"]
mod six;
mod support;

fn main() {
    divan::main();
}
