//! What follows from a command: events to post, calls to offer, and what to write into the journal.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, IncomingCallContext, ServerCallId,
};
use chrono::{DateTime, Utc};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use super::codes::ResultInformation;
pub use super::event::{CallbackEvent, EventKind, Recognized};
use super::input::Input;
use super::media::FetchId;
use super::recording::Recorded;
use super::stream::StreamOrder;
use super::view::CallView;
use crate::journal::address;

/// One thing to do, in the order in which they stand.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Post an event to a callback address.
    Callback(Box<Callback>),
    /// Offer a call to the application over Event Grid.
    Offer(Box<Offer>),
    /// The files of a recording can be fetched; the application is told over Event Grid.
    Recorded(Box<Recorded>),
    /// A call is gone with everything that belonged to it.
    CallEnded(CallEnded),
    /// Somebody was taken out of a call, or did not come into it.
    Parted(Parted),
    /// Fetch a file that is to be played, and answer with [`Command::Fetched`](super::Command::Fetched).
    Fetch(Box<Fetch>),
    /// A party pressed keys or spoke.
    PartyInput(Box<PartyInput>),
    /// Open, change or close a connection to a WebSocket of the application.
    Stream(StreamOrder),
    /// Something for the journal.
    Note(Note),
}

/// A file that is to be played.
#[derive(Clone)]
#[non_exhaustive]
pub struct Fetch {
    /// Names it in the answer.
    pub id: FetchId,
    /// Where it is. Its query may hold a key.
    pub uri: Arc<str>,
    /// The call.
    pub server_call_id: ServerCallId,
    /// The leg that plays it.
    pub connection: CallConnectionId,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("id", &self.id)
            .field("uri", &address(&self.uri))
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// A party in a call pressed keys or spoke: for whoever listens to the sound of the call. Recognitions of the
/// engine have heard it already.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PartyInput {
    /// The call; there is one effect for each call that the party is in.
    pub server_call_id: ServerCallId,
    /// Who.
    pub participant: CommunicationIdentifier,
    /// When it began.
    pub time: DateTime<Utc>,
    /// How long it takes, by the length of what is said; nothing for keys.
    pub duration: Duration,
    /// What.
    pub input: Input,
}

/// An event and where it goes. One event per post (recorded traffic).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Callback {
    /// The address.
    pub uri: Arc<str>,
    /// The event; serializes to the CloudEvent.
    pub event: CallbackEvent,
}

/// An `IncomingCall` event of Event Grid, without the envelope that depends on the schema.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Offer {
    /// The id of the event.
    pub id: Uuid,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// `/caller/{rawId}/recipient/{rawId}`.
    pub subject: String,
    /// The `data` of the event.
    pub data: IncomingCall,
}

impl Offer {
    /// The type of the event.
    pub const EVENT_TYPE: &'static str = "Microsoft.Communication.IncomingCall";
}

/// The data of an `IncomingCall` event; serializes in the order of recorded traffic.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IncomingCall {
    /// Who is called.
    #[serde(serialize_with = "kind_first")]
    pub to: CommunicationIdentifier,
    /// Who calls.
    #[serde(serialize_with = "kind_first")]
    pub from: CommunicationIdentifier,
    /// The call.
    pub server_call_id: ServerCallId,
    /// Empty where none is known.
    pub caller_display_name: String,
    /// Only where headers were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_context: Option<IncomingCustomContext>,
    /// What the offer is answered with. A secret.
    pub incoming_call_context: IncomingCallContext,
    /// Who was called in the first place, where the call was forwarded.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "kind_first_or_none"
    )]
    pub on_behalf_of_callee: Option<CommunicationIdentifier>,
    /// The signalling chain.
    pub correlation_id: CorrelationId,
}

/// The headers of an offered call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IncomingCustomContext {
    /// Those for telephones.
    pub sip_headers: BTreeMap<String, String>,
    /// Those for users.
    pub voip_headers: BTreeMap<String, String>,
}

/// A call is gone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallEnded {
    /// The call.
    pub server_call_id: ServerCallId,
    /// Its signalling chain.
    pub correlation_id: CorrelationId,
    /// When.
    pub time: DateTime<Utc>,
    /// What it was like right before, with [`EngineConfig::describe_ended`](super::EngineConfig::describe_ended).
    pub last: Option<Box<CallView>>,
    /// How, as those who were in it are told.
    pub result: ResultInformation,
}

/// Somebody is in a call no more, or did not come into it, and did not leave by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parted {
    /// The call.
    pub server_call_id: ServerCallId,
    /// Who.
    pub party: Arc<str>,
    /// The party whose invitation failed, where it was one; a raw id.
    pub invited_by: Option<Arc<str>>,
    /// Why.
    pub result: ResultInformation,
}

/// An arrow or a remark for a sequence diagram: what the parties do, and how states change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Note {
    /// When.
    pub time: DateTime<Utc>,
    /// The call.
    pub call: Option<ServerCallId>,
    /// The leg, where it is about one.
    pub connection: Option<CallConnectionId>,
    /// What it is.
    pub kind: NoteKind,
    /// Who acts.
    pub from: Actor,
    /// Whom it reaches.
    pub to: Actor,
    /// A few words.
    pub label: Cow<'static, str>,
    /// More, as JSON; often nothing.
    pub detail: Value,
}

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// Between the service and a party: ringing, answering, rejecting, hanging up.
    Signal,
    /// A call, a leg or a participant changed its state.
    State,
}

/// Who acts in a note.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Actor {
    /// The application.
    Application,
    /// The service.
    Service,
    /// A user or telephone, by raw id.
    Party(Arc<str>),
}

impl Actor {
    /// Its name in a diagram.
    pub fn name(&self) -> &str {
        match self {
            Self::Application => "application",
            Self::Service => "service",
            Self::Party(raw_id) => raw_id,
        }
    }
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn kind_first_or_none<S: Serializer>(
    identifier: &Option<CommunicationIdentifier>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match identifier {
        Some(identifier) => kind_first(identifier, serializer),
        None => serializer.serialize_none(),
    }
}

/// Event Grid writes `kind` before `rawId`; everything else writes it behind.
fn kind_first<S: Serializer>(identifier: &CommunicationIdentifier, serializer: S) -> Result<S::Ok, S::Error> {
    let value = serde_json::to_value(identifier).map_err(serde::ser::Error::custom)?;
    let mut map = serializer.serialize_map(None)?;
    for name in ["kind", "rawId"] {
        if let Some(member) = value.get(name) {
            map.serialize_entry(name, member)?;
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        if name != "kind" && name != "rawId" {
            map.serialize_entry(name, member)?;
        }
    }
    map.end()
}
