//! Objects of the wire form, declared once: the struct, how it is read, how it is written.

use std::fmt;
use std::marker::PhantomData;

#[cfg(any(test, feature = "schemars"))]
use schemars::{Schema, SchemaGenerator};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;

use super::{Key, Odd};

/// An object whose members are read one by one, in any order.
pub(crate) trait WireObject: Default {
    /// Takes the value that follows `key`; `false`, with the value untouched, when the key is not its own.
    fn member<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A, odd: &Odd)
    -> Result<bool, A::Error>;

    /// Writes the members in the order of recorded traffic; absent ones are left out.
    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// An object that can say what it looks like. No member is ever required.
#[cfg(any(test, feature = "schemars"))]
pub(crate) trait Described {
    fn members(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)>;
}

/// The schema of an object with those members.
#[cfg(any(test, feature = "schemars"))]
pub(crate) fn object_schema(members: impl IntoIterator<Item = (&'static str, Schema)>) -> Schema {
    let properties: serde_json::Map<String, serde_json::Value> = members
        .into_iter()
        .map(|(name, schema)| (name.to_owned(), schema.to_value()))
        .collect();
    schemars::json_schema!({"type": "object", "properties": properties})
}

/// Reads an object. Members that are not its own are passed over and noted.
pub(crate) fn read_object<'de, D, T>(deserializer: D, odd: &Odd) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: WireObject,
{
    struct ObjectVisitor<'o, T>(&'o Odd, PhantomData<T>);

    impl<'de, T: WireObject> Visitor<'de> for ObjectVisitor<'_, T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
            let mut object = T::default();
            while let Some(Key(key)) = map.next_key()? {
                if !object.member(&key, &mut map, self.0)? {
                    self.0.note();
                    map.next_value::<serde::de::IgnoredAny>()?;
                }
            }
            Ok(object)
        }
    }

    deserializer.deserialize_map(ObjectVisitor(odd, PhantomData))
}

/// Declares an object of the wire form with public fields and a bare setter for each.
macro_rules! wire_object {
    (
        $(#[$meta:meta])*
        $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $type:ty = $wire:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $name {
            /// Nothing but defaults; to be filled by the setters.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                #[doc = concat!("Sets `", $wire, "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$type>) -> Self {
                    self.$field = value.into();
                    self
                }
            )*
        }

        impl $crate::wire::WireObject for $name {
            #[allow(unused_variables, reason = "objects without members of their own")]
            fn member<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
                odd: &$crate::wire::Odd,
            ) -> Result<bool, A::Error> {
                match key {
                    $(
                        $wire => {
                            let seed = $crate::wire::FieldSeed::<$type>::new(odd);
                            self.$field = map.next_value_seed(seed)?;
                            Ok(true)
                        }
                    )*
                    _ => Ok(false),
                }
            }

            #[allow(unused_variables, reason = "objects without members of their own")]
            fn write_members<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $( $crate::wire::Field::write(&self.$field, $wire, map)?; )*
                Ok(())
            }
        }

        #[cfg(any(test, feature = "schemars"))]
        impl $crate::wire::Described for $name {
            #[allow(unused_variables, reason = "objects without members of their own")]
            fn members(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema)> {
                vec![ $( ($wire, <$type as $crate::wire::Field>::schema(generator)), )* ]
            }
        }

        #[cfg(any(test, feature = "schemars"))]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::wire::object_schema(<Self as $crate::wire::Described>::members(generator))
            }
        }

        impl $crate::wire::Value for $name {
            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                odd: &$crate::wire::Odd,
            ) -> Result<Option<Self>, D::Error> {
                $crate::wire::read_object(deserializer, odd).map(Some)
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            #[cfg(any(test, feature = "schemars"))]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $crate::wire::WireObject::write_members(self, &mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::read_object(deserializer, &$crate::wire::Odd::default())
            }
        }
    };
}

pub(crate) use wire_object;
