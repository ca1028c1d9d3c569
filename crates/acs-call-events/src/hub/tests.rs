//! Guarantees of the hub.
