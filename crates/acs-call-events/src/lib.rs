//! Callback events of Azure Communication Services Call Automation (API version 2026-03-12): typed events,
//! and one stream per call that does not lose, repeat or hang.

pub mod data;
mod error;
mod event;
pub mod grid;
mod hub;
pub mod outcome;
mod parse;
mod result;
pub mod webhook;
mod wire;

pub use data::{EventData, EventKind};
pub use error::{Error, ErrorKind};
pub use event::{CallEvent, CallEventBuilder, EventOf};
pub use grid::{IncomingCall, parse_event_grid};
pub use hub::{
    BusMessage, CallEventHub, CallEventStreamExt, CallEvents, Delivery, EventBus, EventSink, HubConfig,
    HubStats, InProcessBus, IncomingCalls, IncomingIngested, Ingested, LogPosition, OfKind, ParticipantsView,
    UntilDisconnected,
};
pub use outcome::{Outcome, OutcomeFailure};
pub use parse::{BadElement, Batch, parse_callback};
pub use result::{DiagnosticInfo, Reason, ResultInformation};
