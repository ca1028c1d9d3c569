//! Calling settings as JSON.

use std::fmt;

use acs_common::CommunicationIdentifier;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ForwardTo;

const OFF: &str = "off";
const VOICEMAIL: &str = "voicemail";

/// What a target looks like, for the schema.
#[cfg(feature = "schemars")]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, rename = "ForwardTo")]
#[expect(dead_code, reason = "it is read by the schema alone")]
pub(super) enum Target {
    /// `off`, `voicemail`, a telephone number or a raw id.
    One(String),
    /// Telephone numbers and raw ids, rung one after the other.
    Several(Vec<String>),
}

fn party(text: &str) -> CommunicationIdentifier {
    if text.starts_with('+') {
        CommunicationIdentifier::phone(text)
    } else {
        CommunicationIdentifier::from_raw_id(text)
    }
}

impl Serialize for ForwardTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str(OFF),
            Self::Voicemail => serializer.serialize_str(VOICEMAIL),
            Self::Party(party) => serializer.serialize_str(&party.raw_id()),
            Self::Group(members) => {
                serializer.collect_seq(members.iter().map(CommunicationIdentifier::raw_id))
            }
        }
    }
}

impl<'de> Deserialize<'de> for ForwardTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = ForwardTo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("off, voicemail, a telephone number, a raw id or a list of those last two")
            }

            fn visit_str<E>(self, text: &str) -> Result<ForwardTo, E> {
                Ok(match text {
                    OFF => ForwardTo::Off,
                    VOICEMAIL => ForwardTo::Voicemail,
                    text => ForwardTo::Party(party(text)),
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ForwardTo, A::Error> {
                let mut members = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    members.push(party(&text));
                }
                Ok(ForwardTo::Group(members))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

pub(super) mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::engine::settings) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(in crate::engine::settings) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}
