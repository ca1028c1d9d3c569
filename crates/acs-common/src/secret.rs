//! Values that must not be seen.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// Text that `Debug` does not show and that compares in a time independent of where it differs.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        same_bytes(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Secret {}

/// Compares without stopping at the first difference; only the lengths may leak.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// The access key of a resource: the bytes behind its base64 text.
#[derive(Clone)]
pub struct AccessKey(Arc<[u8]>);

impl AccessKey {
    /// Reads a key from base64 as the portal shows it.
    ///
    /// # Errors
    ///
    /// When the text is empty or not standard base64 with padding. The message does not repeat it.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| Error::invalid_input("accesskey", "expected standard base64 with padding"))?;
        if bytes.is_empty() {
            return Err(Error::invalid_input(
                "accesskey",
                "expected a key, found no bytes",
            ));
        }
        Ok(Self(Arc::from(bytes)))
    }

    /// Takes the raw bytes of a key.
    pub fn from_bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self(Arc::from(bytes.as_ref()))
    }

    /// The raw bytes. Keep them out of logs.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The key as base64, as it stands in a connection string. Keep it out of logs.
    pub fn expose_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(redacted)")
    }
}

impl PartialEq for AccessKey {
    fn eq(&self, other: &Self) -> bool {
        same_bytes(&self.0, &other.0)
    }
}

impl Eq for AccessKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(redacted)");
        assert_eq!(
            format!("{:?}", AccessKey::from_bytes("hunter2")),
            "AccessKey(redacted)"
        );
    }

    #[test]
    fn equality_is_by_content() {
        assert_eq!(Secret::new("a"), Secret::from("a"));
        assert_ne!(Secret::new("a"), Secret::new("b"));
        assert_ne!(Secret::new("a"), Secret::new("aa"));
    }

    #[test]
    fn a_key_that_is_not_base64_is_refused_without_showing_it() {
        for text in ["", "hunter2!", "aGVsbG8"] {
            let error = AccessKey::from_base64(text).unwrap_err();
            assert_eq!(error.field(), Some("accesskey"), "{text}");
            assert!(text.is_empty() || !error.to_string().contains(text), "{error}");
        }
        assert_eq!(AccessKey::from_base64("aGVsbG8=").unwrap().expose(), b"hello");
    }
}
