//! Reading objects member by member, leniently and with errors that name the field.

use bytes::Bytes;
use serde_json_borrow::{ObjectAsVec, Value};

use crate::{AudioChunk, Error};

/// Base64 of the standard alphabet, padded or not.
const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// The members of one object and where in the frame it is.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    object: &'a ObjectAsVec<'a>,
    /// Empty for the frame itself, else with a dot at its end.
    path: &'static str,
}

/// Reads a message into a tree that borrows from it.
pub(super) fn read(message: &[u8]) -> Result<Value<'_>, Error> {
    serde_json::from_slice(message).map_err(|error| {
        // The text of the error may repeat the message; the position does not.
        Error::field(
            "frame",
            &format!("a JSON object, reading stopped at column {}", error.column()),
        )
    })
}

impl<'a> Members<'a> {
    pub(super) fn of_frame(frame: &'a Value<'a>) -> Result<Self, Error> {
        Self::of(frame, "").ok_or_else(|| Error::field("frame", "a JSON object"))
    }

    pub(super) fn of(value: &'a Value<'a>, path: &'static str) -> Option<Self> {
        value.as_object().map(|object| Self { object, path })
    }

    /// A member that is there and not null. Of several with one name the last counts, as usual in JSON.
    fn find(self, name: &str) -> Option<&'a Value<'a>> {
        self.object
            .as_vec()
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    fn wrong(self, name: &str, expected: &str) -> Error {
        Error::field(&format!("{}{name}", self.path), expected)
    }

    fn read<T>(
        self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.find(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| self.wrong(name, expected)),
        }
    }

    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Error> {
        self.read(name, "a text", Value::as_str)
    }

    pub(super) fn owned(self, name: &str) -> Result<Option<String>, Error> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    pub(super) fn required_text(self, name: &str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "a text"))
    }

    pub(super) fn boolean(self, name: &str) -> Result<Option<bool>, Error> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(super) fn unsigned(self, name: &str) -> Result<Option<u32>, Error> {
        self.read(name, "a whole number from 0 to 4294967295", |value| {
            value.as_u64().and_then(|number| number.try_into().ok())
        })
    }

    pub(super) fn integer(self, name: &str) -> Result<Option<i64>, Error> {
        self.read(name, "a whole number of 64 bits", Value::as_i64)
    }

    pub(super) fn number(self, name: &str) -> Result<Option<f64>, Error> {
        self.read(name, "a number", Value::as_f64)
    }

    /// The object by this name, whose members are called by `path`.
    pub(super) fn object(self, name: &str, path: &'static str) -> Result<Self, Error> {
        self.find(name)
            .and_then(|value| Members::of(value, path))
            .ok_or_else(|| self.wrong(name, "an object"))
    }

    /// The elements by this name; none when the member is missing.
    pub(super) fn array(self, name: &str) -> Result<&'a [Value<'a>], Error> {
        Ok(self.read(name, "an array", Value::as_array)?.unwrap_or_default())
    }

    /// The audio by this name, decoded.
    pub(super) fn audio(self, name: &str) -> Result<AudioChunk, Error> {
        use base64::Engine as _;
        let text = self.required_text(name)?;
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
        BASE64
            .decode_vec(text, &mut bytes)
            .map_err(|_| self.wrong(name, "base64"))?;
        AudioChunk::from_bytes(Bytes::from(bytes))
            .map_err(|_| self.wrong(name, "whole 16-bit samples in base64"))
    }
}

/// Appends audio as base64.
pub(super) fn encode(audio: &AudioChunk, text: &mut String) {
    use base64::Engine as _;
    BASE64.encode_string(audio.as_bytes(), text);
}

/// How many characters audio takes as base64.
pub(super) fn encoded_len(audio: &AudioChunk) -> usize {
    audio.as_bytes().len().div_ceil(3).saturating_mul(4)
}
