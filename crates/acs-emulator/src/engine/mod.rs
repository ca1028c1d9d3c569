//! The call engine: every rule of the service about calls, and nothing else. It is pure: no clock, no
//! socket, no task, and no randomness but the seed it is given, so the same seed and the same commands at
//! the same times give the same effects, byte for byte.

mod codes;
mod command;
mod config;
mod effect;
mod error;
mod event;
mod reply;
mod script;

use acs_common::CorrelationId;
use chrono::{DateTime, Utc};

pub use codes::ResultInformation;
pub use command::{
    AddParticipant, AnswerCall, CallLocator, CancelAddParticipant, Command, ConnectCall, CreateCall,
    CustomContext, MoveParticipants, MuteParticipant, PartyAction, PlaceCall, RedirectCall, RejectCall,
    RemoveParticipant, TransferToParticipant,
};
pub use config::{EngineConfig, Latency, UsersMode};
pub use effect::{
    Actor, CallEnded, Callback, CallbackEvent, Effect, EventKind, IncomingCall, IncomingCustomContext, Note,
    NoteKind, Offer,
};
pub use error::ServiceError;
pub use reply::{
    Accepted, CallParticipant, CallProperties, CancelRequested, ConnectionState, Invited,
    MediaStreamingSubscription, Moving, PhoneNumberModel, Reply, TranscriptionSubscription, UserModel,
};
pub use script::{OnRing, PartyScript, RejectReason};

/// What came of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the effects are what the engine does"]
pub struct Applied {
    /// What the service answers.
    pub reply: Result<Reply, ServiceError>,
    /// The signalling chain of the call concerned, for the response header `X-Microsoft-Skype-Chain-ID`.
    pub correlation_id: Option<CorrelationId>,
    /// What is to be done, in this order. Effects of an operation mostly come with a later command, when
    /// [`Engine::next_due`] has passed: the response goes out first.
    pub effects: Vec<Effect>,
}

/// All calls of one resource.
#[derive(Debug)]
pub struct Engine {
    _config: EngineConfig,
}

impl Engine {
    /// An engine without calls.
    pub fn new(config: EngineConfig) -> Self {
        Self { _config: config }
    }

    /// Carries out a command at a time. What became due until then happens before it. A time before that of
    /// an earlier command counts as that one.
    pub fn apply(&mut self, _command: Command, _now: DateTime<Utc>) -> Applied {
        Applied {
            reply: Ok(Reply::Done),
            correlation_id: None,
            effects: Vec::new(),
        }
    }

    /// When something is due next without a command; [`Command::Tick`] is to be applied then.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        None
    }
}
