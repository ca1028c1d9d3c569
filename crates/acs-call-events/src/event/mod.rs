//! One event: what all events share, and the data of its type.

mod builder;
mod id;
mod ids;
mod pack;
mod read;
mod typed;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

use acs_common::{CallConnectionId, CorrelationId, OperationContext, ServerCallId};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

pub use builder::CallEventBuilder;
pub(crate) use id::EventId;
pub(crate) use ids::{CallIds, IdTexts};
pub(crate) use pack::Packed;
pub(crate) use read::{Envelope, Shared, read_data};
pub use typed::EventOf;

use crate::data::{EventData, EventKind};
use crate::parse::ReadInto as _;
use crate::result::SharedResult;
use crate::{Error, ErrorKind, ResultInformation};

/// What the source of a leg's events begins with.
const CALL_SOURCE: &str = "calling/callConnections/";

/// An event of a call, as a webhook received it. Cheap to clone: the parts are shared.
///
/// [`data`](Self::data) says what happened, by type; [`as_kind`](Self::as_kind) asks for one type. What the
/// typed form does not keep (unknown members, an odd time) is still there, see [`raw`](Self::raw) and
/// [`member`](Self::member).
#[derive(Clone, Debug, PartialEq)]
pub struct CallEvent {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq)]
struct Inner {
    id: EventId,
    time: Option<DateTime<Utc>>,
    ids: Arc<CallIds>,
    operation_context: Option<OperationContext>,
    result_information: Option<SharedResult>,
    data: EventData,
    /// What most events do not need; a million calls should not pay for it.
    unusual: Option<Box<Unusual>>,
}

#[derive(Debug, Default, PartialEq)]
struct Unusual {
    /// `None` where it is the one that follows from the call connection id.
    source: Option<Box<str>>,
    /// `None` where it equals the source, which is the rule.
    subject: Option<Box<str>>,
    /// The text, where it holds more than the rest of the event.
    raw: Option<Box<str>>,
}

impl Unusual {
    fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

impl Inner {
    fn source(&self) -> Option<&str> {
        self.unusual.as_ref()?.source.as_deref()
    }

    fn subject(&self) -> Option<&str> {
        self.unusual.as_ref()?.subject.as_deref()
    }

    fn raw(&self) -> Option<&str> {
        self.unusual.as_ref()?.raw.as_deref()
    }
}

impl CallEvent {
    /// Starts an event of one's own, for tests and for programs that play the service. `id` must be unique
    /// per event; see [`CallEventBuilder`] for the rest.
    pub fn builder(id: impl AsRef<str>, data: impl Into<EventData>) -> CallEventBuilder {
        CallEventBuilder::new(id.as_ref(), data.into())
    }

    /// The id of the event, the same in every delivery of it.
    pub fn id(&self) -> &str {
        self.inner.id.as_str()
    }

    /// Reads one event from JSON, as [`raw`](Self::raw) gives it.
    ///
    /// # Errors
    ///
    /// When the text is not an event.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let mut envelope = Envelope::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        envelope
            .read_into(&mut deserializer)
            .and_then(|()| deserializer.end())
            .map_err(|error| {
                Error::new(ErrorKind::InvalidEvent, "the text is not an event").with_source(error)
            })?;
        Ok(envelope.take_event(text, None))
    }

    /// Lets go of ids of its own where another event has the same ones. Does nothing once the event was
    /// shared.
    pub(crate) fn share_ids(&mut self, known: &Arc<CallIds>) {
        if Arc::ptr_eq(&self.inner.ids, known) || *self.inner.ids != **known {
            return;
        }
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.ids = Arc::clone(known);
        }
    }

    pub(crate) fn event_id(&self) -> &EventId {
        &self.inner.id
    }

    pub(crate) fn ids(&self) -> &Arc<CallIds> {
        &self.inner.ids
    }

    /// Where it comes from: `calling/callConnections/{call connection id}`, or
    /// `calling/recordings/{server call id}/{recording id}/RecordingStateChanged`.
    pub fn source(&self) -> Cow<'_, str> {
        match self.inner.source() {
            Some(source) => Cow::Borrowed(source),
            None => Cow::Owned(format!(
                "{CALL_SOURCE}{}",
                self.call_connection_id().map_or("", CallConnectionId::as_str)
            )),
        }
    }

    /// The subject; the same as the source in all recorded traffic.
    pub fn subject(&self) -> Cow<'_, str> {
        match self.inner.subject() {
            Some(subject) => Cow::Borrowed(subject),
            None => self.source(),
        }
    }

    /// When it happened; `None` when the event has no time or none that can be read. The order of delivery
    /// differs from the order of times by up to about a second (recorded traffic).
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.inner.time
    }

    /// The whole type name, such as `Microsoft.Communication.CallConnected`.
    pub fn event_type(&self) -> &str {
        self.inner.data.event_type()
    }

    /// The leg that the event belongs to: from the data or, where that has none, from the source.
    pub fn call_connection_id(&self) -> Option<&CallConnectionId> {
        self.inner.ids.call_connection_id.as_ref()
    }

    /// The call, the same for all of its legs.
    pub fn server_call_id(&self) -> Option<&ServerCallId> {
        self.inner.ids.server_call_id.as_ref()
    }

    /// The signalling chain.
    pub fn correlation_id(&self) -> Option<&CorrelationId> {
        self.inner.ids.correlation_id.as_ref()
    }

    /// The context that the application gave the operation; absent when it gave none, and on the types that
    /// never carry one.
    pub fn operation_context(&self) -> Option<&OperationContext> {
        self.inner.operation_context.as_ref()
    }

    /// How the operation went; absent in events of 2022 and 2023.
    pub fn result_information(&self) -> Option<&ResultInformation> {
        self.inner.result_information.as_deref()
    }

    /// The version of the event's form, such as `2026-03-12`; not always the API version of the request.
    pub fn version(&self) -> Option<&str> {
        self.inner.ids.version.as_deref()
    }

    /// What happened, by type.
    pub fn data(&self) -> &EventData {
        &self.inner.data
    }

    /// The data as one type, if the event is of that type.
    pub fn as_kind<T: EventKind>(&self) -> Option<&T> {
        T::from_data(&self.inner.data)
    }

    /// Whether the event is of that type.
    pub fn is_kind<T: EventKind>(&self) -> bool {
        self.as_kind::<T>().is_some()
    }

    /// The event together with its data as one type.
    ///
    /// # Errors
    ///
    /// The event itself, when it is of another type.
    pub fn into_kind<T: EventKind>(self) -> Result<EventOf<T>, Self> {
        EventOf::new(self)
    }

    /// The event as JSON: exactly as received where that holds more than the typed form (unknown type,
    /// unknown members, members of an odd form), else written anew from the typed form.
    pub fn raw(&self) -> Cow<'_, str> {
        match self.inner.raw() {
            Some(raw) => Cow::Borrowed(raw),
            // The typed form is made of texts, numbers and lists; writing it to memory does not fail.
            None => Cow::Owned(serde_json::to_string(self).unwrap_or_default()),
        }
    }

    /// A member of the event's `data` by its name on the wire, known here or not; `None` when it is absent
    /// or `null`.
    ///
    /// # Errors
    ///
    /// When the member is there and is not a `T`.
    pub fn member<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        read::member(&self.raw(), name).map_err(|error| {
            Error::new(
                ErrorKind::InvalidMember,
                format!("the member `{name}` is of another type"),
            )
            .with_source(error)
        })
    }
}
