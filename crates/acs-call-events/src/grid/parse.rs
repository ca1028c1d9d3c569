//! Reading Event Grid deliveries: its own schema, CloudEvents, and the bare data of an offer.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{IncomingCall, IncomingCallData, RecordingFileStatusUpdated};
use crate::Error;
use crate::parse::{BadElement, Element, Elements, ReadInto, read_text};
use crate::wire::{Key, Text, parse_time, wire_object};

pub(super) const INCOMING_CALL: &str = "Microsoft.Communication.IncomingCall";
const RECORDING_FILE: &str = "Microsoft.Communication.RecordingFileStatusUpdated";
pub(super) const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// What an Event Grid delivery held. A bad element does not take the others with it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventGridBatch {
    /// The events, in the order of the body.
    pub events: Vec<EventGridEvent>,
    /// The elements that could not be read.
    pub bad_elements: Vec<BadElement>,
}

/// An event that came through Event Grid.
#[derive(Clone, Debug)]
pub struct EventGridEvent {
    id: Option<Box<str>>,
    source: Option<Box<str>>,
    subject: Option<Box<str>>,
    time: Option<DateTime<Utc>>,
    data: EventGridData,
}

impl EventGridEvent {
    /// The id of the event; absent where only the data was delivered.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The topic, called source in CloudEvents: the resource it comes from.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// What it is about, such as `/caller/{raw id}/recipient/{raw id}`.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// When it happened.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.time
    }

    /// What happened.
    pub fn data(&self) -> &EventGridData {
        &self.data
    }

    /// What happened, by value.
    pub fn into_data(self) -> EventGridData {
        self.data
    }
}

/// What an Event Grid event says, by its type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventGridData {
    /// A call is offered.
    IncomingCall(IncomingCall),
    /// The files of a recording are ready.
    RecordingFileStatusUpdated(RecordingFileStatusUpdated),
    /// The address is to be proved, see [`validation_reply`](super::validation_reply).
    SubscriptionValidation(SubscriptionValidation),
    /// Another type, kept exactly as sent.
    Unknown(UnknownGridEvent),
}

wire_object! {
    /// The request to prove an address, in the Event Grid schema.
    SubscriptionValidation {
        /// What is to be sent back.
        validation_code: String = "validationCode",
        /// What may be opened within 5 minutes instead.
        validation_url: Option<String> = "validationUrl",
    }
}

/// An Event Grid event of a type that is not typed here: its type and its data, exactly as sent.
#[derive(Clone, Debug)]
pub struct UnknownGridEvent {
    event_type: Arc<str>,
    data: Option<Arc<RawValue>>,
}

impl UnknownGridEvent {
    /// The whole type name, such as `Microsoft.Communication.CallStarted`.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The data, exactly as sent.
    pub fn data(&self) -> Option<&RawValue> {
        self.data.as_deref()
    }
}

/// Reads an Event Grid delivery: an array or a single event, in the Event Grid schema or as CloudEvents; or
/// the bare data of an `IncomingCall`, as some dispatchers forward it.
///
/// # Errors
///
/// When the body is not UTF-8, or begins with neither an array nor an object.
pub fn parse_event_grid(body: &[u8]) -> Result<EventGridBatch, Error> {
    let mut elements = Elements::new(read_text(body)?)?;
    let mut batch = EventGridBatch::default();
    let mut envelope = Envelope::default();
    for position in 0.. {
        match elements.next_into(&mut envelope) {
            Some(Element::Good(text)) => match std::mem::take(&mut envelope).into_event(text) {
                Ok(event) => batch.events.push(event),
                Err(error) => batch.bad_elements.push(BadElement::new(position, error, text)),
            },
            Some(Element::Bad(error, text)) => {
                batch.bad_elements.push(BadElement::new(position, error, text));
            }
            None => break,
        }
    }
    Ok(batch)
}

/// Whether the first element of a body is of Event Grid rather than a callback: it has the members of the
/// Event Grid schema or of a bare offer, or is a CloudEvent whose source is a resource.
pub(crate) fn looks_like_event_grid(body: &[u8]) -> bool {
    let Ok(mut elements) = read_text(body).and_then(Elements::new) else {
        return false;
    };
    let mut envelope = Envelope::default();
    match elements.next_into(&mut envelope) {
        Some(Element::Good(_)) => envelope.is_event_grid(),
        _ => false,
    }
}

/// The members of both schemas, and what tells a bare offer.
#[derive(Default)]
struct Envelope<'de> {
    id: Option<Cow<'de, str>>,
    source: Option<Cow<'de, str>>,
    subject: Option<Cow<'de, str>>,
    time: Option<Cow<'de, str>>,
    event_type: Option<Cow<'de, str>>,
    data: Option<&'de RawValue>,
    has_event_type: bool,
    has_offer: bool,
}

impl<'de> ReadInto<'de> for Envelope<'de> {
    fn read_into<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct EnvelopeVisitor<'e, 'de>(&'e mut Envelope<'de>);

        impl<'de> Visitor<'de> for EnvelopeVisitor<'_, 'de> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event, an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                let envelope = self.0;
                while let Some(Key(key)) = map.next_key()? {
                    match &*key {
                        "id" => envelope.id = map.next_value::<Text<'de>>()?.0,
                        "topic" | "source" => envelope.source = map.next_value::<Text<'de>>()?.0,
                        "subject" => envelope.subject = map.next_value::<Text<'de>>()?.0,
                        "eventTime" | "time" => envelope.time = map.next_value::<Text<'de>>()?.0,
                        "type" => envelope.event_type = map.next_value::<Text<'de>>()?.0,
                        "eventType" => {
                            envelope.has_event_type = true;
                            envelope.event_type = map.next_value::<Text<'de>>()?.0;
                        }
                        "data" => envelope.data = Some(map.next_value()?),
                        "incomingCallContext" => {
                            envelope.has_offer = true;
                            map.next_value::<IgnoredAny>()?;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(())
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor(self))
    }
}

impl Envelope<'_> {
    fn is_event_grid(&self) -> bool {
        if self.has_event_type {
            return true;
        }
        match &self.event_type {
            Some(event_type) => {
                matches!(&**event_type, INCOMING_CALL | RECORDING_FILE | VALIDATION)
                    || self
                        .source
                        .as_deref()
                        .is_some_and(|source| source.starts_with("/subscriptions/"))
            }
            None => self.has_offer,
        }
    }

    fn into_event(self, text: &str) -> Result<EventGridEvent, serde_json::Error> {
        let id = self.id.as_deref();
        let mut data = match (&self.event_type, self.data) {
            (Some(event_type), data) => read_data(id, event_type, data)?,
            (None, _) if self.has_offer => EventGridData::IncomingCall(read_offer(None, text)?),
            (None, _) => return Err(serde_json::Error::custom("the event has no type")),
        };
        if let EventGridData::RecordingFileStatusUpdated(file) = &mut data {
            file.take_id_from(self.subject.as_deref().unwrap_or_default());
        }
        Ok(EventGridEvent {
            id: self.id.map(Into::into),
            source: self.source.map(Into::into),
            subject: self.subject.map(Into::into),
            time: self.time.as_deref().and_then(parse_time),
            data,
        })
    }
}

fn read_data(
    id: Option<&str>,
    event_type: &str,
    data: Option<&RawValue>,
) -> Result<EventGridData, serde_json::Error> {
    let text = data.map_or("{}", RawValue::get);
    Ok(match event_type {
        INCOMING_CALL => EventGridData::IncomingCall(read_offer(id, text)?),
        RECORDING_FILE => EventGridData::RecordingFileStatusUpdated(serde_json::from_str(text)?),
        VALIDATION => EventGridData::SubscriptionValidation(serde_json::from_str(text)?),
        _ => EventGridData::Unknown(UnknownGridEvent {
            event_type: Arc::from(event_type),
            data: data.map(|data| Arc::from(data.to_owned())),
        }),
    })
}

fn read_offer(id: Option<&str>, text: &str) -> Result<IncomingCall, serde_json::Error> {
    let data: IncomingCallData = serde_json::from_str(text)?;
    IncomingCall::from_data(id, data)
        .ok_or_else(|| serde_json::Error::custom("the offer has no `incomingCallContext`"))
}

#[cfg(test)]
mod tests {
    use acs_common::CommunicationIdentifier;
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> EventGridEvent {
        parse_event_grid(body.to_string().as_bytes())
            .unwrap()
            .events
            .remove(0)
    }

    #[test]
    fn an_offer_is_read_in_both_schemas() {
        let (caller, called) = (
            CommunicationIdentifier::phone("+16041234567"),
            CommunicationIdentifier::user("8:acs:a"),
        );
        let data = json!({"from": caller, "to": called, "incomingCallContext": "the context"});
        let subject = "/caller/4:+16041234567/recipient/8:acs:a";
        let grid = json!([{
            "id": "1", "topic": "/subscriptions/s", "subject": subject, "data": data,
            "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1",
            "eventTime": "2025-03-05T08:58:50.1234567Z",
        }]);
        let cloud = json!({
            "id": "1", "source": "/subscriptions/s", "subject": subject, "data": data,
            "type": "Microsoft.Communication.IncomingCall", "specversion": "1.0",
            "time": "2025-03-05T08:58:50.1234567Z",
        });
        for body in [grid, cloud.clone(), json!([cloud])] {
            let event = read(&body);
            assert_eq!(
                (event.id(), event.source()),
                (Some("1"), Some("/subscriptions/s"))
            );
            assert_eq!(event.subject(), Some(subject));
            assert_eq!(event.time().unwrap().timestamp_subsec_nanos(), 123_456_700);
            let EventGridData::IncomingCall(call) = event.into_data() else {
                panic!("{body}");
            };
            assert_eq!((call.from(), call.to()), (Some(&caller), Some(&called)));
            assert_eq!(call.incoming_call_context().expose(), "the context");
            assert_eq!(call.event_id(), Some("1"));
        }
    }

    #[test]
    fn a_validation_is_read_as_one() {
        let body = json!([{
            "id": "1", "topic": "t", "subject": "", "data": {"validationCode": "512d38b6"},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "dataVersion": "1",
            "metadataVersion": "1", "eventTime": "2025-03-05T08:58:50.1234567Z",
        }]);
        let EventGridData::SubscriptionValidation(validation) = read(&body).into_data() else {
            panic!("{body}");
        };
        assert_eq!(validation.validation_code, "512d38b6");
    }
}
