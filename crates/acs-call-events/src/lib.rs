//! Callback events of Azure Communication Services Call Automation (API version 2026-03-12): typed events, and
//! one stream per call that does not lose, repeat or hang.
//!
//! The service answers an operation with 202 and tells what became of it by webhook: early, late, twice, out
//! of order. This crate turns that into code that reads like a straight line. It needs no HTTP stack and no
//! client: give it the bodies that arrive, and ask it for what you wait for.
//!
//! ```
//! use acs_call_events::data::{AddParticipantSucceeded, CallConnected, CallDisconnected};
//! use acs_call_events::outcome::AddParticipant;
//! use acs_call_events::{CallEvent, CallEventHub, CallEventStreamExt as _, EventData};
//! use acs_common::{CallConnectionId, OperationContext};
//! use futures::StreamExt as _;
//!
//! # fn post(hub: &CallEventHub, id: &str, data: impl Into<EventData>) {
//! #     hub.publish(CallEvent::builder(id, data).call_connection_id("19002280")
//! #         .operation_context(OperationContext::from("add")).build());
//! # }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = CallEventHub::new(); // cheap to clone; one for the whole program
//! # post(&hub, "1", CallConnected::new());
//! # post(&hub, "2", AddParticipantSucceeded::new());
//! # post(&hub, "3", CallDisconnected::new());
//!
//! // In the web server: `webhook::router(hub.clone())`, `webhook::handle(&hub, request)`, or just the bytes.
//! let body = br#"[{"id":"4","type":"Microsoft.Communication.PlayCompleted",
//!                  "data":{"callConnectionId":"19002280"}}]"#;
//! let taken = hub.receive_callback(body).await?;
//! assert_eq!((taken.accepted, taken.bad_elements.len()), (1, 0));
//!
//! // In the call flow, after create, answer or connect gave the id of the leg:
//! let call = CallConnectionId::from("19002280");
//! hub.connected(&call).await?;
//!
//! // An operation: its typed success, or the failure with the service's codes.
//! let adding = AddParticipant::new(&call).operation_context(OperationContext::from("add"));
//! let added = hub.outcome(adding).await?;
//! println!("{:?} joined", added.participant);
//!
//! // Everything that happens in the call, from the first event on, also what came before anybody listened.
//! let mut events = hub.events(&call).until_disconnected();
//! while let Some(event) = events.next().await {
//!     match event.data() {
//!         EventData::ParticipantsUpdated(update) => println!("{} are here", update.participants.len()),
//!         EventData::Unknown(unknown) => println!("news: {}", unknown.event_type()),
//!         _ => println!("{}", event.event_type()),
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! | to | see |
//! |---|---|
//! | read events without a hub | [`parse_callback`], [`parse_event_grid`], [`CallEvent`], [`data`] |
//! | take offered calls | [`CallEventHub::incoming_calls`], [`IncomingCall`], [`grid`] for the handshakes |
//! | wait for an operation | [`CallEventHub::outcome`], [`outcome`] for the table of operations and events |
//! | see who is in the call | [`CallEventHub::participants`], live: [`CallEventHub::participant_changes`] |
//! | follow the keys that somebody presses | [`CallEventHub::received_tones`] |
//! | receive by HTTP | [`webhook`] |
//! | know that a callback is from the service | `token` (feature `jwt`), [`webhook::WebhookConfig`] |
//! | know what was dropped | [`CallEventHub::stats`]; bounds in [`HubConfig`] |
//! | put a broker in between | [`EventBus`] |
//! | make events, as an emulator does | [`CallEvent::builder`]; writing keeps the service's order of members |
//!
//! Features: none by default; `axum` adds the router and the extractor of [`webhook`], `jwt` the verification of
//! the service's token and the HTTP client for its keys. Time-outs and lingering use the clock of
//! the tokio runtime; everything else runs on any executor.
//!
//! `metrics` tells the counts of [`HubStats`] to the `metrics` facade, `schemars` gives the JSON schemas of the
//! events (`EventData::json_schema`), `conformance` the suite that holds an [`EventBus`] to its contract. The
//! guarantees, their limits and proofs stand in `docs/event-guarantees.md`, figures in `docs/performance.md`.

pub mod data;
mod error;
mod event;
pub mod grid;
mod hub;
pub mod outcome;
mod parse;
mod result;
#[cfg(feature = "jwt")]
pub mod token;
pub mod webhook;
mod wire;

pub use data::{EventData, EventKind};
pub use error::{Error, ErrorKind};
pub use event::{CallEvent, CallEventBuilder, EventOf};
pub use grid::{IncomingCall, parse_event_grid};
#[cfg(any(test, feature = "conformance"))]
pub use hub::bus_conformance;
pub use hub::{
    BusMessage, CallEventHub, CallEventStreamExt, CallEvents, Delivery, EventBus, EventSink, HubConfig,
    HubStats, InProcessBus, IncomingCalls, IncomingIngested, Ingested, LogPosition, OfKind,
    ParticipantChanges, ParticipantsView, ReceivedTones, RecordingFiles, UntilDisconnected,
};
pub use outcome::{Outcome, OutcomeFailure};
pub use parse::{BadElement, Batch, parse_callback};
pub use result::{DiagnosticInfo, Reason, ResultInformation};
