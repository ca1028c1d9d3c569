//! Reading events: one pass over the text when the type stands before the data, as it always did so far.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use acs_common::OperationContext;
#[cfg(any(test, feature = "schemars"))]
use acs_common::{CallConnectionId, CorrelationId, ServerCallId};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

use super::{CALL_SOURCE, CallEvent, CallIds, EventId, IdTexts, Inner, Unusual};
use crate::data::{EventData, UnknownEvent};
use crate::hub::LogKeyRef;
use crate::parse::ReadInto;
use crate::result::{ResultSeed, SharedResult};
use crate::wire::{FieldSeed, Key, Odd, Text, WireObject, parse_time};

/// What the data of all events share, as it is read: ids are copied only once it is known that the call has
/// no others.
#[derive(Debug, Default)]
pub(crate) struct Shared<'de> {
    ids: IdTexts<'de>,
    operation_context: Option<OperationContext>,
    result_information: Option<SharedResult>,
}

impl<'de> Shared<'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A, odd: &Odd) -> Result<bool, A::Error> {
        match key {
            "callConnectionId" => self.ids.call_connection_id = map.next_value::<Text<'de>>()?.0,
            "serverCallId" => self.ids.server_call_id = map.next_value::<Text<'de>>()?.0,
            "correlationId" => self.ids.correlation_id = map.next_value::<Text<'de>>()?.0,
            "operationContext" => self.operation_context = map.next_value_seed(FieldSeed::new(odd))?,
            "resultInformation" => self.result_information = map.next_value_seed(ResultSeed(odd))?,
            "version" => self.ids.version = map.next_value::<Text<'de>>()?.0,
            // Repeats the type; it comes with the version and is written with it.
            "publicEventType" => drop(map.next_value::<IgnoredAny>()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(any(test, feature = "schemars"))]
impl crate::wire::Described for Shared<'_> {
    fn members(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
        use crate::ResultInformation;
        use crate::wire::Value;

        vec![
            ("callConnectionId", <CallConnectionId as Value>::schema(generator)),
            ("serverCallId", <ServerCallId as Value>::schema(generator)),
            ("correlationId", <CorrelationId as Value>::schema(generator)),
            ("operationContext", <OperationContext as Value>::schema(generator)),
            (
                "resultInformation",
                <ResultInformation as Value>::schema(generator),
            ),
            ("version", <String as Value>::schema(generator)),
        ]
    }
}

/// The data of a type that is not known: no member is its own.
#[derive(Default)]
struct Nothing;

impl WireObject for Nothing {
    fn member<'de, A: MapAccess<'de>>(&mut self, _: &str, _: &mut A, _: &Odd) -> Result<bool, A::Error> {
        Ok(false)
    }

    fn write_members<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

/// Reads data: the members that all types share, into `shared`, and those of this one.
pub(crate) fn read_data<'de, D, T>(
    deserializer: D,
    shared: &mut Shared<'de>,
    odd: &Odd,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: WireObject,
{
    struct DataVisitor<'s, 'de, T>(&'s mut Shared<'de>, &'s Odd, PhantomData<T>);

    impl<'de, T: WireObject> Visitor<'de> for DataVisitor<'_, 'de, T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the data of an event, an object")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<T, E> {
            Ok(T::default())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
            let mut data = T::default();
            while let Some(Key(key)) = map.next_key()? {
                if !self.0.member(&key, &mut map, self.1)? && !data.member(&key, &mut map, self.1)? {
                    self.1.note();
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(data)
        }
    }

    deserializer.deserialize_any(DataVisitor(shared, odd, PhantomData))
}

struct DataSeed<'s, 'de> {
    event_type: &'s str,
    shared: &'s mut Shared<'de>,
    odd: &'s Odd,
}

impl<'de> DeserializeSeed<'de> for DataSeed<'_, 'de> {
    type Value = Option<EventData>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        EventData::read(self.event_type, deserializer, self.shared, self.odd)
    }
}

/// An element of a batch, read but not yet an event; the text is only known once it has been read.
#[derive(Default)]
pub(crate) struct Envelope<'de> {
    id: Option<Cow<'de, str>>,
    source: Cow<'de, str>,
    subject: Option<Cow<'de, str>>,
    time: Option<Cow<'de, str>>,
    shared: Shared<'de>,
    data: Option<EventData>,
    odd: Odd,
}

impl<'de> ReadInto<'de> for Envelope<'de> {
    fn read_into<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct EnvelopeVisitor<'e, 'de>(&'e mut Envelope<'de>);

        impl<'de> Visitor<'de> for EnvelopeVisitor<'_, 'de> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event, an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                self.0.read_members(map)
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor(self))
    }
}

impl<'de> Envelope<'de> {
    fn read_members<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let mut event_type: Option<Cow<'de, str>> = None;
        let mut later: Option<&'de RawValue> = None;
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "id" => self.id = map.next_value::<Text<'de>>()?.0,
                "source" => self.source = map.next_value::<Text<'de>>()?.0.unwrap_or_default(),
                "type" => event_type = map.next_value::<Text<'de>>()?.0,
                "subject" => self.subject = map.next_value::<Text<'de>>()?.0,
                "time" => self.time = map.next_value::<Text<'de>>()?.0,
                "data" => match &event_type {
                    Some(event_type) if EventData::is_known_type(event_type) => {
                        // Data that came before in the same event does not count.
                        self.shared = Shared::default();
                        self.data = map.next_value_seed(DataSeed {
                            event_type,
                            shared: &mut self.shared,
                            odd: &self.odd,
                        })?;
                    }
                    _ => later = Some(map.next_value()?),
                },
                "specversion" | "datacontenttype" => drop(map.next_value::<IgnoredAny>()?),
                _ => {
                    self.odd.note();
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = |name| A::Error::custom(format_args!("the event has no `{name}`"));
        let event_type = event_type.ok_or_else(|| missing("type"))?;
        if self
            .data
            .as_ref()
            .is_none_or(|data| data.event_type() != event_type)
        {
            self.shared = Shared::default();
            self.data = Some(if let Some(raw) = later {
                read_late(&event_type, raw, &mut self.shared, &self.odd).map_err(A::Error::custom)?
            } else {
                self.odd.note();
                no_data(&event_type)
            });
        }
        // An empty id would make all such events duplicates of one another.
        if self.id.as_ref().is_none_or(|id| id.is_empty()) {
            return Err(missing("id"));
        }
        if self.shared.ids.call_connection_id.is_none() {
            self.shared.ids.call_connection_id = call_in(&self.source)
                .or_else(|| self.subject.as_deref().and_then(call_in))
                .map(|id| Cow::Owned(id.to_owned()));
            self.odd.note();
        }
        Ok(())
    }
}

/// An event of that type without any data.
fn no_data(event_type: &str) -> EventData {
    EventData::empty(event_type).unwrap_or_else(|| EventData::Unknown(UnknownEvent::new(event_type, None)))
}

/// Reads data that stood before its type, or whose type is not known.
fn read_late<'de>(
    event_type: &str,
    raw: &'de RawValue,
    shared: &mut Shared<'de>,
    odd: &Odd,
) -> Result<EventData, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    if let Some(typed) = EventData::read(event_type, &mut deserializer, shared, odd)? {
        return Ok(typed);
    }
    odd.note();
    // The data of an unknown type may be anything; ids are taken from it where they are.
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    if read_data::<_, Nothing>(&mut deserializer, shared, odd).is_err() {
        *shared = Shared::default();
    }
    let unknown = UnknownEvent::new(event_type, Some(raw.to_owned()));
    Ok(EventData::Unknown(unknown))
}

/// The call connection id in a source or subject.
fn call_in(source: &str) -> Option<&str> {
    let rest = source.trim_start_matches('/').strip_prefix(CALL_SOURCE)?;
    rest.split('/').next().filter(|id| !id.is_empty())
}

/// Whether a source is the one that follows from the call connection id, which need not be kept.
fn is_usual_source(source: &str, ids: &IdTexts<'_>) -> bool {
    ids.call_connection_id
        .as_ref()
        .is_some_and(|id| source.strip_prefix(CALL_SOURCE) == Some(id))
}

impl Envelope<'_> {
    /// The log that the event belongs to.
    pub(crate) fn log_key(&self) -> Option<LogKeyRef<'_>> {
        LogKeyRef::of(self.data.as_ref()?, self.shared.ids.call_connection_id.as_deref())
    }

    /// The event, taken out of the envelope. `text` is what the envelope was read from; `known` are the ids
    /// of an earlier event of the call, which are shared where they are the same.
    pub(crate) fn take_event(&mut self, text: &str, known: Option<&Arc<CallIds>>) -> CallEvent {
        let time = self.time.as_deref().and_then(parse_time);
        if time.is_none() && self.time.is_some() {
            self.odd.note();
        }
        // Without source or time, writing the event anew would put in what was not there.
        if self.subject.is_none() || self.time.is_none() || self.source.is_empty() {
            self.odd.note();
        }
        let subject = self
            .subject
            .as_deref()
            .filter(|subject| *subject != self.source)
            .map(Into::into);
        let usual = is_usual_source(&self.source, &self.shared.ids);
        let unusual = Unusual {
            source: (!usual).then(|| self.source.as_ref().into()),
            subject,
            raw: self.odd.is_noted().then(|| text.into()),
        };
        CallEvent {
            inner: Arc::new(Inner {
                id: EventId::new(self.id.as_deref().unwrap_or_default()),
                time,
                ids: self.shared.ids.share(known),
                operation_context: self.shared.operation_context.take(),
                result_information: self.shared.result_information.take(),
                data: self.data.take().unwrap_or_else(|| no_data("")),
                unusual: unusual.boxed(),
            }),
        }
    }
}

/// Reads one member of the data of an event.
pub(super) fn member<T: DeserializeOwned>(event: &str, name: &str) -> Result<Option<T>, serde_json::Error> {
    Ok(
        match find(event, "data")?.and_then(|data| find(data.get(), name).transpose()) {
            Some(raw) => serde_json::from_str(raw?.get())?,
            None => None,
        },
    )
}

fn find<'de>(object: &'de str, name: &str) -> Result<Option<&'de RawValue>, serde_json::Error> {
    struct Find<'n>(&'n str);

    impl<'de> Visitor<'de> for Find<'_> {
        type Value = Option<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(Key(key)) = map.next_key()? {
                if key == self.0 {
                    found = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(object);
    Deserializer::deserialize_map(&mut deserializer, Find(name))
}
