//! What a member of an object can be, and how it is read and written.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use acs_common::enums;
use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, IncomingCallContext, InvitationId,
    OperationContext, RecordingId, ServerCallId,
};
use chrono::{DateTime, Utc};
#[cfg(any(test, feature = "schemars"))]
use schemars::{Schema, SchemaGenerator};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Odd, Text, parse_time, write_time};

/// A value that is present.
pub(crate) trait Value: Sized {
    /// Reads it; `None` when the text is there but says nothing that can be used.
    fn read<'de, D: Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Option<Self>, D::Error>;

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// What it looks like on the wire.
    #[cfg(any(test, feature = "schemars"))]
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A member of an object: absent and `null` are its default.
pub(crate) trait Field: Sized + Default {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Self, D::Error>;

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;

    /// What it looks like on the wire, when it is there.
    #[cfg(any(test, feature = "schemars"))]
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// Reads a [`Field`] as the value of a map.
pub(crate) struct FieldSeed<'o, F>(pub(crate) &'o Odd, pub(crate) PhantomData<F>);

impl<'o, F> FieldSeed<'o, F> {
    pub(crate) fn new(odd: &'o Odd) -> Self {
        Self(odd, PhantomData)
    }
}

impl<'de, F: Field> DeserializeSeed<'de> for FieldSeed<'_, F> {
    type Value = F;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<F, D::Error> {
        F::read(deserializer, self.0)
    }
}

/// Writes a [`Value`] through serde.
pub(crate) struct Out<'a, V>(pub(crate) &'a V);

impl<V: Value> Serialize for Out<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

macro_rules! plain_values {
    ($schema:tt => $($type:ty),+ $(,)?) => {
        $(
            impl Value for $type {
                fn read<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    _: &Odd,
                ) -> Result<Option<Self>, D::Error> {
                    Deserialize::deserialize(deserializer).map(Some)
                }

                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.serialize(serializer)
                }

                #[cfg(any(test, feature = "schemars"))]
                fn schema(_: &mut SchemaGenerator) -> Schema {
                    schemars::json_schema!($schema)
                }
            }
        )+
    };
}

plain_values!({"type": "integer", "format": "int32"} => i32);
plain_values!({"type": "integer", "format": "int64"} => i64);
plain_values!({"type": "boolean"} => bool);
plain_values!({"type": "number", "format": "double"} => f64);

plain_values! {
    {"type": "string"} =>
    String,
    CallConnectionId,
    ServerCallId,
    CorrelationId,
    OperationContext,
    InvitationId,
    RecordingId,
    IncomingCallContext,
}

plain_values! {
    // Its own crate reads and writes it, and holds it against the description.
    {"type": "object", "title": "CommunicationIdentifierModel"} =>
    CommunicationIdentifier,
}

macro_rules! open_enums {
    ($($type:ty),+ $(,)?) => {
        $(
            impl Value for $type {
                fn read<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    _: &Odd,
                ) -> Result<Option<Self>, D::Error> {
                    Deserialize::deserialize(deserializer).map(Some)
                }

                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    self.serialize(serializer)
                }

                #[cfg(any(test, feature = "schemars"))]
                fn schema(_: &mut SchemaGenerator) -> Schema {
                    let known: Vec<&str> = Self::KNOWN.iter().map(Self::as_str).collect();
                    schemars::json_schema!({"type": "string", "enum": known})
                }
            }
        )+
    };
}

open_enums! {
    enums::DtmfTone,
    enums::RecognitionType,
    enums::RecordingState,
    enums::RecordingKind,
    enums::TranscriptionStatus,
    enums::TranscriptionStatusDetails,
    enums::MediaStreamingStatus,
    enums::MediaStreamingStatusDetails,
}

impl Value for DateTime<Utc> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Option<Self>, D::Error> {
        let time = Text::deserialize(deserializer)?
            .0
            .and_then(|text| parse_time(&text));
        if time.is_none() {
            odd.note();
        }
        Ok(time)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&write_time(self))
    }

    #[cfg(any(test, feature = "schemars"))]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

struct OptionVisitor<'o, V>(&'o Odd, PhantomData<V>);

impl<'de, V: Value> Visitor<'de> for OptionVisitor<'_, V> {
    type Value = Option<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        V::read(deserializer, self.0)
    }
}

impl<V: Value> Field for Option<V> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Self, D::Error> {
        deserializer.deserialize_option(OptionVisitor(odd, PhantomData))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(name, &Out(value)),
            None => Ok(()),
        }
    }

    #[cfg(any(test, feature = "schemars"))]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        V::schema(generator)
    }
}

macro_rules! defaulted_fields {
    ($($type:ty),+ $(,)?) => {
        $(
            impl Field for $type {
                fn read<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    odd: &Odd,
                ) -> Result<Self, D::Error> {
                    let value: Option<$type> = Field::read(deserializer, odd)?;
                    Ok(value.unwrap_or_default())
                }

                fn write<M: SerializeMap>(
                    &self,
                    name: &'static str,
                    map: &mut M,
                ) -> Result<(), M::Error> {
                    map.serialize_entry(name, self)
                }

                #[cfg(any(test, feature = "schemars"))]
                fn schema(generator: &mut SchemaGenerator) -> Schema {
                    <$type as Value>::schema(generator)
                }
            }
        )+
    };
}

defaulted_fields!(i32, bool, String);

impl Field for BTreeMap<String, String> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &Odd) -> Result<Self, D::Error> {
        let map: Option<Self> = Deserialize::deserialize(deserializer)?;
        Ok(map.unwrap_or_default())
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        if self.is_empty() {
            return Ok(());
        }
        map.serialize_entry(name, self)
    }

    #[cfg(any(test, feature = "schemars"))]
    fn schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "object", "additionalProperties": {"type": "string"}})
    }
}

impl<V: Value> Field for Vec<V> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Self, D::Error> {
        deserializer.deserialize_option(ListVisitor(odd, PhantomData))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, &OutList(self))
    }

    #[cfg(any(test, feature = "schemars"))]
    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = V::schema(generator);
        schemars::json_schema!({"type": "array", "items": items})
    }
}

struct OutList<'a, V>(&'a [V]);

impl<V: Value> Serialize for OutList<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            list.serialize_element(&Out(value))?;
        }
        list.end()
    }
}

struct ListVisitor<'o, V>(&'o Odd, PhantomData<V>);

impl<'de, V: Value> Visitor<'de> for ListVisitor<'_, V> {
    type Value = Vec<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or null")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(FieldSeed::<Option<V>>::new(self.0))? {
            match value {
                Some(value) => values.push(value),
                None => self.0.note(),
            }
        }
        // Events are kept for as long as their call; lists are short and would reserve more than they hold.
        values.shrink_to_fit();
        Ok(values)
    }
}
