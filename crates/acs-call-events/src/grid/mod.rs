//! Event Grid: calls that are offered, recordings that are ready, and the handshakes that prove an address.
//!
//! Event Grid delivers in two schemas, its own and CloudEvents; both are read here, also mixed and single.

mod handshake;
mod incoming_call;
mod parse;
mod recording_file;

pub use handshake::{HandshakeReply, options_reply, validation_reply};
pub use incoming_call::{CustomContext, IncomingCall, IncomingCallData};
pub use parse::{
    EventGridBatch, EventGridData, EventGridEvent, SubscriptionValidation, UnknownGridEvent, parse_event_grid,
};
pub use recording_file::{RecordingChunk, RecordingFileStatusUpdated, RecordingStorageInfo};

/// Whether a body is of Event Grid rather than a callback.
pub(crate) use parse::looks_like_event_grid;
