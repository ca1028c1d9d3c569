//! What every crate of this workspace needs and none should define twice: the identifiers of Azure
//! Communication Services (ACS) and their raw-id text form, connection strings, access keys and request
//! signatures, token credentials, and the open enums of the service.
//!
//! Nothing here does I/O. The default build is plain data; four features add more:
//!
//! | feature | adds |
//! |---|---|
//! | `signing` | [`signing`] and [`verify`]: access-key request signatures, made and checked |
//! | `token` | [`credential`]: the [`TokenCredential`](credential::TokenCredential) trait and its cache |
//! | `tls` | [`tls`]: settings for HTTP clients |
//! | `entra` | [`credential::EntraCredential`]: any `azure_core` credential as a token credential |
//!
//! ```
//! use acs_common::{CommunicationIdentifier, PhoneNumber};
//!
//! let caller: PhoneNumber = "+16041234567".parse()?;
//! let identifier = CommunicationIdentifier::from(caller);
//! assert_eq!(identifier.raw_id(), "4:+16041234567");
//! assert_eq!(CommunicationIdentifier::from_raw_id("4:+16041234567"), identifier);
//! # Ok::<(), acs_common::Error>(())
//! ```

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod cloud;
mod connection_string;
mod error;
mod generated;
mod identifier;
mod ids;
mod open_enum;
mod phone_number;
mod secret;
mod tones;

#[cfg(feature = "token")]
pub mod credential;
#[cfg(feature = "signing")]
pub mod signing;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "signing")]
pub mod verify;

/// The enums of API version 2026-03-12, every one open: a value that a newer service invents is kept.
pub mod enums {
    pub use crate::generated::enums::*;
}

pub use connection_string::{ConnectionString, Endpoint};
pub use error::{Error, ErrorKind};
pub use identifier::{
    CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier, PhoneNumberIdentifier, TeamsExtensionUserIdentifier, UnknownIdentifier,
};
pub use ids::{
    CallConnectionId, CorrelationId, IncomingCallContext, InvitationId, OperationContext, RecordingId,
    ServerCallId,
};
pub use phone_number::PhoneNumber;
pub use secret::{AccessKey, Secret};
pub use tones::Tones;

/// The version of the Call Automation REST API that this workspace speaks.
pub const API_VERSION: &str = "2026-03-12";
