//! Keys that were pressed.

use acs_common::enums::DtmfTone;
use serde::Serialize;

use super::members::Members;
use crate::Error;

/// A key that somebody in the call pressed, one per frame. Sent when `enableDtmfTones` was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DtmfData {
    /// The key as the service writes it: `0` to `9`, `*`, `#`, `A` to `D`.
    pub data: String,
}

impl DtmfData {
    /// A key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { data: key.into() }
    }

    /// The key as the tone that recognition and its events speak of, if it is one that is known.
    pub fn tone(&self) -> Option<DtmfTone> {
        Some(match self.data.trim() {
            "0" => DtmfTone::Zero,
            "1" => DtmfTone::One,
            "2" => DtmfTone::Two,
            "3" => DtmfTone::Three,
            "4" => DtmfTone::Four,
            "5" => DtmfTone::Five,
            "6" => DtmfTone::Six,
            "7" => DtmfTone::Seven,
            "8" => DtmfTone::Eight,
            "9" => DtmfTone::Nine,
            "A" | "a" => DtmfTone::A,
            "B" | "b" => DtmfTone::B,
            "C" | "c" => DtmfTone::C,
            "D" | "d" => DtmfTone::D,
            "#" => DtmfTone::Pound,
            "*" => DtmfTone::Asterisk,
            _ => return None,
        })
    }

    pub(super) fn read(members: Members<'_>) -> Result<Self, Error> {
        Ok(Self::new(members.required_text("data")?))
    }
}
