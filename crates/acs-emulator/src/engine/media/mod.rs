//! What is played and heard in a call.

mod hear;
mod length;
