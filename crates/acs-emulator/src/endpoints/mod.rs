//! Virtual users and telephones, driven by hand. What they do by themselves is the engine's business
//! ([`PartyScript`](crate::engine::PartyScript)).

mod party;

pub use party::Party;
