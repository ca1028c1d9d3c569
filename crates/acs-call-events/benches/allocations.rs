//! What the six usual events allocate. Counting takes time for each allocation, so the times of this program
//! say nothing; `parsing` measures them without.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "a benchmark that cannot run should stop; what it shares with others is not all used by each"
)]

#[path = "support/six.rs"]
mod six;
mod support;

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}
