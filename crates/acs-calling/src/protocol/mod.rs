//! The messages between a call agent and the emulator: JSON texts over a WebSocket, one message each.
//!
//! The vendor's signalling between its Calling SDK and the cloud is not public; this protocol is ours and does
//! not reach the cloud. `docs/calling-protocol.md` describes it.
//!
//! ```
//! use acs_calling::protocol::{CallId, ClientMessage, Request, decode, encode};
//!
//! let message = ClientMessage { id: 7, request: Request::Hold { call: CallId::new("c1") } };
//! let text = encode(&message)?;
//! assert_eq!(text, r#"{"id":7,"request":{"type":"hold","call":"c1"}}"#);
//! assert_eq!(decode::<ClientMessage>(&text)?, message);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod ids;
mod message;
mod model;
mod reason;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use ids::{CallId, SessionId, TransferId, TransferRequestId};
pub use message::{ClientMessage, Refusal, Request, ServerMessage, SignIn, SignedIn};
pub use model::{
    CallDirection, CallLocator, CallSnapshot, CallState, CallerInfo, CustomContext, IncomingCallInfo,
    ParticipantState, RemoteParticipant, TransferProgress, TransferStatus, TransferTarget,
};
pub use reason::{CallEndReason, ResultCategory, TransferError};

/// The version of this protocol.
pub const VERSION: u32 = 1;
/// Where a service takes the WebSocket, below its endpoint.
pub const PATH: &str = "/calling/agents";
/// The name of the protocol in the WebSocket's handshake.
pub const SUBPROTOCOL: &str = "acs-calling.v1";
/// The largest message that either side takes, in bytes.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// Writes a message.
///
/// # Errors
///
/// Never for the messages of this module.
pub fn encode<T: Serialize>(message: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(message)
}

/// Reads a message. Members that it does not know are passed over.
///
/// # Errors
///
/// When the text is no such message.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}
