//! Agents against a service that is played by hand, over the transport in memory. Time is paused and moves only
//! when everybody waits.

mod agents;
mod calls;
mod failures;
mod incoming;
mod invariants;
mod peer;
mod transfers;
