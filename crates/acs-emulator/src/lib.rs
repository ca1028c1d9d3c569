//! A local Azure Communication Services Call Automation: in a test or on a laptop, without a cloud resource.
//!
//! [`Emulator::start`] opens a resource on a loopback address: its connection string goes to a client of any
//! language, its callbacks and `IncomingCall` events come to the application, and everything that happens
//! stands in its journal. Nothing beyond loopback is needed.
//!
//! | module | does |
//! |---|---|
//! | `control` | a client of the control API, for emulators in other processes |
//! | [`engine`] | every rule of the service about calls; pure, no I/O |
//! | `host` | puts the engine's effects into the world, in order |
//! | `http` | the REST face: signatures, bodies, errors, repeatability, paging |
//! | `https` | TLS with an authority of its own |
//! | `delivery` | callbacks and Event Grid: order, repetition, handshakes |
//! | `agents` | agents of `acs-calling`, signed in over a WebSocket, as parties of the engine |
//! | `endpoints` | users and telephones driven by hand |
//! | `faults` | what goes wrong on purpose |
//! | `clock` | real time, scaled time, time stepped by hand |
//! | `files` | what is played, fetched and checked |
//! | [`audio`] | what virtual parties sound like |
//! | `recordings` | the files of recordings, until they are deleted or a day old |
//! | `streams` | media streaming and transcription: the WebSockets of the application |
//! | `tokens` | what callbacks are signed with |
//! | `journal` | what happened |
//! | `dashboard` | the page at `/`, and the feed that it lives on |
//! | [`diagram`] | what happened, drawn |
//!
//! Facts about the service are of API version 2026-03-12.

mod agents;
pub mod audio;
mod clock;
mod config;
#[cfg(feature = "control")]
pub mod control;
mod dashboard;
mod delivery;
pub mod diagram;
mod emulator;
mod endpoints;
pub mod engine;
mod error;
mod faults;
mod files;
mod host;
mod http;
mod https;
mod identities;
mod journal;
mod legs;
mod recordings;
mod streams;
mod tokens;

pub use acs_common::Tones;
pub use agents::{AgentDevice, AgentState, AgentView};
pub use clock::{ClockMode, ClockName, ClockState};
pub use config::{EmulatorBuilder, EventGridSchema};
pub use emulator::{Emulator, Subscription};
pub use endpoints::Party;
pub use engine::{
    Answer, CallLocator, CallView, CallingSettings, CustomContext, Doing, ForwardTo, Input, Latency, LegView,
    MediaFault, OnRing, ParticipantView, PartyCallView, PartyScript, Reaction, RejectReason, RingingView,
    UsersMode,
};
pub use error::{Error, ErrorKind};
pub use faults::{CountBy, Fault, FaultCondition, FaultLimit, FaultOutcome, FaultShown, FaultState, Posts};
pub use files::FetchPolicy;
pub use http::{AllowedHost, RateLimit};
pub use journal::{JournalEntry, JournalKind, JournalStream};
pub use streams::{HeardAudio, StreamStatus};
pub use tokens::{BearerTokenOptions, TokenFault};
