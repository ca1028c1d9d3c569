//! Values of the configuration file that are checked as they are read, so that an error knows its line.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use acs_common::{AccessKey, CommunicationIdentifier, PhoneNumber};
use acs_emulator::{AllowedHost, CallingSettings, ClockMode, ClockName, Fault, Latency, RateLimit};
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// An access key in base64.
#[derive(Clone, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Key(#[schemars(with = "String")] pub(crate) AccessKey);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The text is a secret, so it is not told.
        AccessKey::from_base64(&text)
            .map(Self)
            .map_err(|_| D::Error::custom("expected an access key in base64"))
    }
}

/// A telephone number in E.164 form.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Number(#[schemars(with = "String")] pub(crate) PhoneNumber);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            D::Error::custom(format!(
                "expected a telephone number such as +14255550100, and not `{text}`"
            ))
        })
    }
}

/// A user or a telephone: a raw id or a number.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Who(#[schemars(with = "String")] pub(crate) CommunicationIdentifier);

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let identifier = if text.starts_with('+') {
            CommunicationIdentifier::phone(&text)
        } else {
            CommunicationIdentifier::from_raw_id(&text)
        };
        if matches!(identifier, CommunicationIdentifier::Unknown(_)) {
            return Err(D::Error::custom(format!(
                "expected a raw id such as 8:acs:… or a number such as +16045550123, and not `{text}`"
            )));
        }
        Ok(Self(identifier))
    }
}

/// A fault, and where it stands in the file: errors about one of a list of tables know only where the list
/// begins, so it is checked when the file has been read.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct PlacedFault(pub(crate) toml::Spanned<Fault>);

impl JsonSchema for PlacedFault {
    fn schema_name() -> Cow<'static, str> {
        Fault::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Fault::json_schema(generator)
    }
}

/// What a Teams user has set about its calls, and where that stands in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct PlacedSettings(pub(crate) toml::Spanned<CallingSettings>);

impl JsonSchema for PlacedSettings {
    fn schema_name() -> Cow<'static, str> {
        CallingSettings::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        CallingSettings::json_schema(generator)
    }
}

/// How long the service takes: `"instant"`, `"realistic"`, or a number of milliseconds for every step.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected \"instant\", \"realistic\" or a number of milliseconds"
)]
pub(crate) enum Takes {
    /// By name.
    Named(TakesNamed),
    /// Milliseconds.
    Fixed(u64),
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TakesNamed {
    Instant,
    Realistic,
}

impl From<Takes> for Latency {
    fn from(takes: Takes) -> Self {
        match takes {
            Takes::Named(TakesNamed::Instant) => Self::Instant,
            Takes::Named(TakesNamed::Realistic) => Self::Realistic,
            Takes::Fixed(ms) => Self::Fixed(Duration::from_millis(ms)),
        }
    }
}

/// How time passes.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Time(#[schemars(with = "TimeFields")] pub(crate) TimeSet);

#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeSet {
    pub(crate) mode: ClockMode,
    pub(crate) start: Option<DateTime<Utc>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TimeFields {
    /// As on the machine, so many times as fast, or not but by hand.
    mode: ClockName,
    /// How many times as fast, with `scaled`: above 0, at most 1000000.
    scale: Option<f64>,
    /// What the clock shows at the start, RFC 3339 in quotes.
    start: Option<DateTime<Utc>>,
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let TimeFields { mode, scale, start } = TimeFields::deserialize(deserializer)?;
        let mode = ClockMode::named(mode, scale).map_err(D::Error::custom)?;
        Ok(Self(TimeSet { mode, start }))
    }
}

/// An absolute http or https URL.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Web(pub(crate) String);

impl<'de> Deserialize<'de> for Web {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parsed = url::Url::parse(&text).ok();
        if parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            return Ok(Self(text));
        }
        // Its query may hold a key, so it is not told.
        Err(D::Error::custom("expected an absolute http or https URL"))
    }
}

/// Requests per second, minute or hour.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Rate(#[schemars(with = "String")] pub(crate) RateLimit);

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            D::Error::custom(format!(
                "expected requests per unit such as 100/s, 100/m or 100/h, and not `{text}`"
            ))
        })
    }
}

/// A factor from 0.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Factor(pub(crate) f64);

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let factor = f64::deserialize(deserializer)?;
        if factor.is_finite() && factor >= 0.0 {
            Ok(Self(factor))
        } else {
            Err(D::Error::custom(format!(
                "expected a number from 0, and not {factor}"
            )))
        }
    }
}

/// A GUID.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Guid(pub(crate) String);

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match uuid::Uuid::try_parse(&text) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(D::Error::custom(format!(
                "expected a GUID such as 6d889502-3d7a-41a8-befa-d21fd80e8767, and not `{text}`"
            ))),
        }
    }
}

/// How many bytes a file of a recording has at most.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Chunk(#[schemars(range(min = 1024, max = 4_294_967_295_u64))] pub(crate) u64);

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            bytes @ 1024..=4_294_967_295 => Ok(Self(bytes)),
            other => Err(D::Error::custom(format!(
                "expected a number from 1024 to 4294967295, and not {other}"
            ))),
        }
    }
}

/// Some text.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Text(#[schemars(length(min = 1))] pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            Err(D::Error::custom("expected some text"))
        } else {
            Ok(Self(text))
        }
    }
}

/// The name of a host or an address, without a port.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Host(#[schemars(with = "String")] pub(crate) AllowedHost);

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}
