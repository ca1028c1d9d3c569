//! Reading events: one pass over the text when the type stands before the data, as it always did so far.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use acs_common::{CallConnectionId, CorrelationId, OperationContext, ServerCallId};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

use super::{CALL_SOURCE, CallEvent, Inner, Unusual};
use crate::ResultInformation;
use crate::data::{EventData, UnknownEvent};
use crate::wire::{FieldSeed, Key, Odd, Text, WireObject, parse_time};

/// What the data of all events share.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shared {
    pub(crate) call_connection_id: Option<CallConnectionId>,
    pub(crate) server_call_id: Option<ServerCallId>,
    pub(crate) correlation_id: Option<CorrelationId>,
    pub(crate) operation_context: Option<OperationContext>,
    /// Shared between the events of a call, which mostly say the same.
    pub(crate) result_information: Option<Arc<ResultInformation>>,
    pub(crate) version: Option<Cow<'static, str>>,
}

impl Shared {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        odd: &Odd,
    ) -> Result<bool, A::Error> {
        match key {
            "callConnectionId" => self.call_connection_id = map.next_value_seed(FieldSeed::new(odd))?,
            "serverCallId" => self.server_call_id = map.next_value_seed(FieldSeed::new(odd))?,
            "correlationId" => self.correlation_id = map.next_value_seed(FieldSeed::new(odd))?,
            "operationContext" => self.operation_context = map.next_value_seed(FieldSeed::new(odd))?,
            "resultInformation" => {
                let result: Option<ResultInformation> = map.next_value_seed(FieldSeed::new(odd))?;
                self.result_information = result.map(Arc::new);
            }
            "version" => self.version = map.next_value_seed(FieldSeed::new(odd))?,
            // Repeats the type; it comes with the version and is written with it.
            "publicEventType" => drop(map.next_value::<IgnoredAny>()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(any(test, feature = "schemars"))]
impl crate::wire::Described for Shared {
    fn members(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {
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
            ("version", <Cow<'static, str> as Value>::schema(generator)),
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

/// Reads data: the members that all types share, and those of this one.
pub(crate) fn read_data<'de, D, T>(deserializer: D, odd: &Odd) -> Result<(Shared, T), D::Error>
where
    D: Deserializer<'de>,
    T: WireObject,
{
    struct DataVisitor<'o, T>(&'o Odd, PhantomData<T>);

    impl<'de, T: WireObject> Visitor<'de> for DataVisitor<'_, T> {
        type Value = (Shared, T);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the data of an event, an object")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok((Shared::default(), T::default()))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut shared, mut data) = (Shared::default(), T::default());
            while let Some(Key(key)) = map.next_key()? {
                if !shared.member(&key, &mut map, self.0)? && !data.member(&key, &mut map, self.0)? {
                    self.0.note();
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok((shared, data))
        }
    }

    deserializer.deserialize_any(DataVisitor(odd, PhantomData))
}

struct DataSeed<'o> {
    event_type: &'o str,
    odd: &'o Odd,
}

impl<'de> DeserializeSeed<'de> for DataSeed<'_> {
    type Value = Option<(Shared, EventData)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        EventData::read(self.event_type, deserializer, self.odd)
    }
}

/// An element of a batch, read but not yet an event; the text is only known once it has been read.
pub(crate) struct Envelope<'de> {
    id: Cow<'de, str>,
    source: Cow<'de, str>,
    subject: Option<Cow<'de, str>>,
    time: Option<Cow<'de, str>>,
    shared: Shared,
    data: EventData,
    odd: Odd,
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnvelopeVisitor;

        impl<'de> Visitor<'de> for EnvelopeVisitor {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event, an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Envelope<'de>, A::Error> {
                read_envelope(map)
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

fn read_envelope<'de, A: MapAccess<'de>>(mut map: A) -> Result<Envelope<'de>, A::Error> {
    let odd = Odd::default();
    let (mut id, mut source, mut subject, mut time, mut event_type) = (None, None, None, None, None);
    let mut typed: Option<(Shared, EventData)> = None;
    let mut later: Option<&'de RawValue> = None;
    while let Some(Key(key)) = map.next_key()? {
        match &*key {
            "id" => id = map.next_value::<Text<'de>>()?.0,
            "source" => source = map.next_value::<Text<'de>>()?.0,
            "type" => event_type = map.next_value::<Text<'de>>()?.0,
            "subject" => subject = map.next_value::<Text<'de>>()?.0,
            "time" => time = map.next_value::<Text<'de>>()?.0,
            "data" => match &event_type {
                Some(event_type) if EventData::is_known_type(event_type) => {
                    typed = map.next_value_seed(DataSeed {
                        event_type,
                        odd: &odd,
                    })?;
                }
                _ => later = Some(map.next_value()?),
            },
            "specversion" | "datacontenttype" => drop(map.next_value::<IgnoredAny>()?),
            _ => {
                odd.note();
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    let missing = |name| A::Error::custom(format_args!("the event has no `{name}`"));
    let event_type = event_type.ok_or_else(|| missing("type"))?;
    let (mut shared, data) = match (typed, later) {
        (Some(typed), _) if typed.1.event_type() == event_type => typed,
        (_, Some(raw)) => read_late(&event_type, raw, &odd).map_err(A::Error::custom)?,
        _ => {
            odd.note();
            let data = EventData::empty(&event_type)
                .unwrap_or_else(|| EventData::Unknown(UnknownEvent::new(&event_type, None)));
            (Shared::default(), data)
        }
    };
    // An empty id would make all such events duplicates of one another.
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| missing("id"))?;
    let source = source.unwrap_or_default();
    if shared.call_connection_id.is_none() {
        shared.call_connection_id = call_in(&source).or_else(|| subject.as_deref().and_then(call_in));
        odd.note();
    }
    Ok(Envelope {
        id,
        source,
        subject,
        time,
        shared,
        data,
        odd,
    })
}

/// Reads data that stood before its type, or whose type is not known.
fn read_late(event_type: &str, raw: &RawValue, odd: &Odd) -> Result<(Shared, EventData), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    if let Some(typed) = EventData::read(event_type, &mut deserializer, odd)? {
        return Ok(typed);
    }
    odd.note();
    // The data of an unknown type may be anything; ids are taken from it where they are.
    let shared = read_data::<_, Nothing>(&mut serde_json::Deserializer::from_str(raw.get()), odd)
        .map(|(shared, _)| shared)
        .unwrap_or_default();
    let unknown = UnknownEvent::new(event_type, Some(raw.to_owned()));
    Ok((shared, EventData::Unknown(unknown)))
}

/// The call connection id in a source or subject.
fn call_in(source: &str) -> Option<CallConnectionId> {
    let rest = source.trim_start_matches('/').strip_prefix(CALL_SOURCE)?;
    let id = rest.split('/').next().filter(|id| !id.is_empty())?;
    Some(CallConnectionId::from(id))
}

/// Whether a source is the one that follows from the call connection id, which need not be kept.
fn is_usual_source(source: &str, shared: &Shared) -> bool {
    shared
        .call_connection_id
        .as_ref()
        .is_some_and(|id| source.strip_prefix(CALL_SOURCE) == Some(id.as_str()))
}

impl Envelope<'_> {
    /// The event; `text` is what the envelope was read from.
    pub(crate) fn into_event(self, text: &str) -> CallEvent {
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
            .filter(|subject| *subject != self.source)
            .map(Into::into);
        let usual = is_usual_source(&self.source, &self.shared);
        let unusual = Unusual {
            source: (!usual).then(|| self.source.into()),
            subject,
            raw: self.odd.is_noted().then(|| text.into()),
        };
        CallEvent {
            inner: Arc::new(Inner {
                id: Arc::from(&*self.id),
                time,
                shared: self.shared,
                data: self.data,
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
