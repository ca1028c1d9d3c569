//! Telephone numbers in E.164 form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// A telephone number in E.164 form: `+`, then 2 to 15 digits of which the first is not zero.
///
/// ```
/// use acs_common::PhoneNumber;
///
/// let number: PhoneNumber = "+16041234567".parse()?;
/// assert_eq!(number.as_str(), "+16041234567");
/// assert!("604-123-4567".parse::<PhoneNumber>().is_err());
/// # Ok::<(), acs_common::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number.
    ///
    /// # Errors
    ///
    /// When the text is not of E.164 form.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if is_e164(&text) {
            Ok(Self(text))
        } else {
            Err(Error::invalid_input(
                "phone number",
                format!("expected E.164 (`+`, then 2 to 15 digits, the first not 0), found `{text}`"),
            ))
        }
    }

    /// The number with its leading `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (2..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for PhoneNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<&str> for PhoneNumber {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for PhoneNumber {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164_numbers_are_taken_and_others_are_not() {
        for text in ["+16041234567", "+493012345678", "+12", "+123456789012345"] {
            assert_eq!(PhoneNumber::new(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "+",
            "+1",
            "16041234567",
            "+0604",
            "+1604 123",
            "+1234567890123456",
            "+１２３",
            "+1a",
        ] {
            let error = PhoneNumber::new(text).unwrap_err();
            assert!(error.to_string().contains("E.164"), "{error}");
        }
    }
}
