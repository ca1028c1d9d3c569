//! The other end of the line: call agents that sign in, place, take and transfer calls.

pub mod protocol;
