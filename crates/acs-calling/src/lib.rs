//! The other end of the line: call agents that sign in, place, take and transfer calls, with the vocabulary of the
//! Azure Communication Services (ACS) Calling SDK.
//!
//! **It does not reach the cloud service.** How the vendor's Calling SDK talks to the cloud is not public. Agents
//! speak a small protocol of ours ([`protocol`], `docs/calling-protocol.md`) with the emulator of this workspace, to
//! test both ends of a call flow, to drive demonstrations by hand and to put an application under load. No sound is
//! carried.
//!
//! ```no_run
//! use acs_calling::credential::StaticTokenCredential;
//! use acs_calling::{CallClient, CallClientOptions, WebSocketTransport};
//! use acs_common::CommunicationIdentifier;
//! use futures::StreamExt;
//!
//! # async fn run(token: String, boss: CommunicationIdentifier) -> Result<(), Box<dyn std::error::Error>> {
//! let client = CallClient::new(CallClientOptions::new(WebSocketTransport::new("http://127.0.0.1:8080/")?));
//! let agent = client.create_call_agent(StaticTokenCredential::new(token)?, "Alice").await?;
//! let mut incoming = agent.incoming_calls();
//! while let Some(ringing) = incoming.next().await {
//!     let call = ringing.accept(()).await?;
//!     let transfer = call.transfer_to_participant(boss.clone(), ())?;
//!     match transfer.outcome().await {
//!         Ok(()) => call.hang_up().await?,
//!         Err(error) => println!("not transferred: {error}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | to | see |
//! |---|---|
//! | sign in | [`CallClient`], [`credential`], [`CallAgent::connection_state_changes`] |
//! | place and take calls | [`CallAgent::start_call`], [`CallAgent::join`], [`IncomingCall`], [`Call`] |
//! | transfer | [`Call::transfer_to_participant`], [`Call::transfer_to_call`], [`Call::transfer_to_voicemail`] |
//! | be transferred | [`Call::transfers_accepted`], [`TransferPolicy`], [`Call::transfer_requests`] |
//! | follow changes | [`CallAgent::events`], [`Call::events`]; [`Changes`] and what it promises |
//! | test without a network | [`transport::MemoryTransport`] |
//!
//! | feature | adds |
//! |---|---|
//! | `client` (default) | agents; without it, this is [`protocol`] and plain data |
//! | `websocket` (default) | the transport to the emulator |

#[cfg(feature = "client")]
mod agent;
#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod changes;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
pub mod credential;
#[cfg(feature = "client")]
pub mod devices;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod events;
#[cfg(feature = "client")]
mod incoming;
pub mod limits;
#[cfg(feature = "client")]
mod machine;
pub mod protocol;
#[cfg(feature = "client")]
pub mod transport;

#[cfg(feature = "client")]
pub use agent::{CallAgent, CallAgentOptions, CallsUpdates, IncomingCalls, JoinCallOptions, TransferPolicy};
#[cfg(feature = "client")]
pub use call::{
    AcceptTransferOptions, AddParticipantOptions, Call, StartCallOptions, Transfer, TransferAccepted,
    TransferRequest, TransferRequests, TransferToCallOptions, TransferToParticipantOptions,
    TransferToVoicemailOptions, TransfersAccepted,
};
#[cfg(feature = "client")]
pub use changes::{Changes, CollectionUpdate};
#[cfg(feature = "client")]
pub use client::{CallClient, CallClientOptions};
#[cfg(feature = "client")]
pub use error::{Error, ErrorKind};
#[cfg(feature = "client")]
pub use events::{CallAgentEvent, CallAgentEvents, CallEvent, CallEvents};
#[cfg(feature = "client")]
pub use incoming::{AcceptCallOptions, IncomingCall};
#[cfg(feature = "client")]
pub use machine::{
    ConnectionState, ConnectionStateChanged, ConnectionStateChangedReason, IncomingCallHandled, IncomingEnd,
    TransferState,
};
pub use protocol::{
    CallDirection, CallEndReason, CallId, CallLocator, CallState, CallerInfo, CustomContext,
    ParticipantState, RemoteParticipant, ResultCategory, TransferError,
};
#[cfg(feature = "websocket")]
pub use transport::WebSocketTransport;
