//! Call control on Azure Communication Services (ACS) Call Automation, REST API version 2026-03-12:
//! create, answer and join calls; transfer, add, remove, mute and move participants; play, ask, send tones,
//! hold, transcribe and stream; record.
//!
//! ```no_run
//! # #[cfg(feature = "events")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use acs_call_automation::events::CallEventHub;
//! use acs_call_automation::{
//!     CallAutomationClient, CallInvite, CommunicationIdentifier, TransferToParticipantOptions,
//! };
//! use futures::StreamExt as _;
//!
//! // The webhook of the application feeds the hub: `hub.receive_callback(body).await`.
//! let hub = CallEventHub::new();
//! let client = CallAutomationClient::builder()
//!     .connection_string(std::env::var("ACS_CONNECTION_STRING")?)
//!     .events(hub)
//!     .build()?;
//! let callback = "https://app.contoso.com/events";
//!
//! let call = client.create_call(CallInvite::phone("+16041234567", "+16044561234"), callback).await?;
//! call.connected().await?; // CallConnected, or the failure with its codes
//!
//! let added = call.add_participant(CallInvite::user("8:acs:resource_agent").voip_header("case", "42")).await?;
//! added.outcome().await?; // AddParticipantSucceeded, or the failure
//!
//! let caller = CommunicationIdentifier::phone("+16041234567");
//! let target = CommunicationIdentifier::user("8:acs:resource_supervisor");
//! let options = TransferToParticipantOptions::new(target).transferee(caller);
//! call.transfer_call_to_participant(options).await?.outcome().await?;
//! call.hang_up(true).await?;
//!
//! let mut events = call.events()?; // every event of the call, from the first; ends with the call
//! while let Some(event) = events.next().await {
//!     println!("{}", event.event_type());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Two forms of every operation
//!
//! Each operation has an option bag: `XOptions::new(what is needed)`, then setters.
//!
//! - On [`CallConnection`], a method takes either what is needed or the bag:
//!   `call.add_participant(invite)` and `call.add_participant(AddParticipantOptions::new(invite).operation_context("x"))`.
//! - Operations that open or decide a call need two things or more, so [`CallAutomationClient`] takes just
//!   these, and the bag is sent by itself: `client.create_call(invite, callback)` and
//!   `CreateCallOptions::new(invite, callback).operation_context("x").send(&client)`. Likewise
//!   [`create_group_call`](CallAutomationClient::create_group_call),
//!   [`connect_call`](CallAutomationClient::connect_call), [`answer_call`](CallAutomationClient::answer_call),
//!   [`redirect_call`](CallAutomationClient::redirect_call) and
//!   [`reject_call`](CallAutomationClient::reject_call), which needs one thing and takes the bag as well.
//!
//! Input is checked before anything is sent; the [`Error`] then has kind
//! [`InvalidInput`](ErrorKind::InvalidInput) and names the [`field`](Error::field) like its setter.
//!
//! # What became of it
//!
//! The service accepts an operation first and reports its outcome by an event. A method returns when the
//! operation is accepted; what it returns has `outcome()`, which waits for the event. For that the client is
//! given the event hub that the application's webhook feeds (feature `events`, on by default); without one,
//! every wait ends at once with [`NoEventHub`](ErrorKind::NoEventHub).
//!
//! # Media
//!
//! [`CallConnection::media`] gives [`CallMedia`], what is heard and said in a call; the module [`media`] has its
//! option bags and a tour. What of it is settled when a call is set up, such as the Azure AI resource, is on
//! the option bags of create, answer and connect.
//!
//! # Features
//!
//! - `events` (default): event hub, outcomes, one stream of events per call.
//! - `rustls` (default): TLS, needed for every real resource.
//! - `entra`: credentials of `azure_core`.

mod answer;
mod call_invite;
mod call_locator;
mod client;
mod connect;
mod connection;
mod create;
mod custom_context;
mod error;
pub mod media;
mod models;
mod outcome;
mod pager;
mod recording;
mod setup;
mod wire;

pub use answer::{AnswerCallOptions, CallOffer, RedirectCallOptions, RejectCallOptions};
pub use call_invite::CallInvite;
pub use call_locator::CallLocator;
pub use client::{CallAutomationClient, CallAutomationClientBuilder};
pub use connect::ConnectCallOptions;
pub use connection::{
    AddParticipantOptions, AddParticipantResult, CallConnection, CancelAddParticipantOperationOptions,
    CancelAddParticipantResult, MoveParticipantsOptions, MoveParticipantsResult, MuteParticipantOptions,
    MuteParticipantResult, RemoveParticipantOptions, RemoveParticipantResult, TransferResult,
    TransferToParticipantOptions,
};
pub use create::{CreateCallOptions, CreateGroupCallOptions};
pub use custom_context::{CustomCallingContext, SipHeaderPrefix};
pub use error::{Error, ErrorKind};
pub use media::{CallIntelligenceOptions, CallMedia, MediaStreamingOptions, TranscriptionOptions};
pub use models::{
    CallConnectionProperties, CallParticipant, MediaStreamingSubscription, TranscriptionSubscription,
};
#[cfg(feature = "events")]
pub use outcome::PendingOutcome;
pub use pager::{ListParticipants, ParticipantPages};
pub use recording::{
    CallRecording, ContentLocation, DeleteLocation, DownloadProgress, DownloadRecordingOptions,
    MetadataLocation, RecordedCall, RecordedParticipant, RecordingDownload, RecordingMetadata,
    RecordingPause, RecordingProperties, RecordingStorage, StartRecordingOptions, StartRecordingResult,
};

pub use acs_call_rest::{Exchange, Observer, RetryPolicy};
pub use acs_common::credential;
pub use acs_common::enums::{self, CallConnectionState, CallRejectReason, DtmfTone};
pub use acs_common::{
    API_VERSION, CallConnectionId, CommunicationIdentifier, CommunicationUserIdentifier, CorrelationId,
    IncomingCallContext, InvitationId, MicrosoftTeamsAppIdentifier, MicrosoftTeamsUserIdentifier,
    OperationContext, PhoneNumber, PhoneNumberIdentifier, RecordingId, ServerCallId,
    TeamsExtensionUserIdentifier, Tones, UnknownIdentifier,
};

/// The crate of the events: hub, streams, outcomes, webhook (feature `events`).
#[cfg(feature = "events")]
pub use acs_call_events as events;
