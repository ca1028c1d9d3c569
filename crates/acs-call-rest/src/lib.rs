//! The REST API of Azure Communication Services Call Automation, version 2026-03-12: wire types and one
//! method per operation, generated from this workspace's description of it, on a hand-written request
//! pipeline that signs, retries and traces.
//!
//! This is the layer for whoever has a client of their own and wants the wire. For call flows take
//! `acs-call-automation`, which stands on this crate.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use acs_call_rest::{Client, ClientOptions, Error, types};
//! use acs_common::{CommunicationIdentifier, ConnectionString};
//!
//! let string: ConnectionString = std::env::var("ACS_CONNECTION_STRING")?.parse()?;
//! let client = Client::open(string.endpoint(), string.access_key().into(), ClientOptions::default())?;
//! let properties = client
//!     .get_call(&"03009180-465d-4342-b871-4e02e2474f93".into())
//!     .await
//!     .map_err(Error::from)?;
//! println!("{:?}", properties.call_connection_state);
//! # Ok(())
//! # }
//! ```
//!
//! The files of recordings are no operations of the API: [`Client::content_url`] decides whether credentials may go
//! to the address of one, [`Client::get_content`] and [`Client::delete_content`] sign and send.
//!
//! # Features
//!
//! - `client` (default): the client. Without it only [`types`] and [`operation`] remain, and no HTTP
//!   stack is built.
//! - `rustls` (default): TLS, needed for every real resource.
//! - `entra`: credentials of `azure_core`.

mod generated;
pub mod operation;

#[cfg(feature = "client")]
mod auth;
#[cfg(feature = "client")]
mod connect;
#[cfg(feature = "client")]
mod content;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod observe;
#[cfg(feature = "client")]
mod pipeline;
#[cfg(feature = "client")]
mod retry;

/// The models of the API description, as they go over the wire.
pub mod types {
    pub use crate::generated::types::*;
}

#[cfg(feature = "client")]
pub use auth::Auth;
#[cfg(feature = "client")]
pub use connect::ClientOptions;
#[cfg(feature = "client")]
pub use content::{ByteRange, Content, ContentUrl};
#[cfg(feature = "client")]
pub use error::{Error, ErrorKind};
#[cfg(feature = "client")]
pub use generated::client::Client;
#[cfg(feature = "client")]
pub use observe::{Exchange, Observer};
#[cfg(feature = "client")]
pub use progenitor_client::ResponseValue;
#[cfg(feature = "client")]
pub use retry::RetryPolicy;

/// What a generated method returns when it does not succeed. Converts into [`Error`], which says more.
#[cfg(feature = "client")]
pub type CallError = progenitor_client::Error<types::CommunicationErrorResponse>;
