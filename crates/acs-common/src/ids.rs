//! Opaque identifiers. They share a form and must never be mixed up, so each is a type of its own.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares an id newtype. Ids are cloned into every event and every handle, hence the shared text.
macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the id as the service wrote it; nothing is checked, for ids are opaque.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The id as the service wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(Self::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::__private::deserialize_text(deserializer)
            }
        }
    };
}

id_type! {
    /// One leg: one application's view of a call. A GUID in lower case (recorded traffic); both sides of
    /// an automated call have different ones.
    CallConnectionId
}

id_type! {
    /// The whole call, the same on all of its legs. Standard base64 of a URL, so it may hold `/` and `+`
    /// and is percent-encoded wherever it becomes part of a path (recorded traffic).
    ServerCallId
}

id_type! {
    /// One signalling chain: shared by the legs of a VoIP call, different on the two legs of a telephone
    /// loop (recorded traffic). Equals the response header `X-Microsoft-Skype-Chain-ID`.
    CorrelationId
}

id_type! {
    /// One recording.
    RecordingId
}

id_type! {
    /// One attempt to add a participant; what `cancel_add_participant` takes.
    InvitationId
}

id_type! {
    /// Text that the application gives an operation and finds again in the operation's events. At most
    /// 5,000 characters (limit of an older official client).
    OperationContext
}

/// What an offered call is answered, rejected or redirected with: opaque and usable once.
///
/// Whoever holds it can take the call, so it is a secret: `Debug` does not show it, there is no
/// `Display`, and the text is only given out by [`expose`](Self::expose) and by serialization.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IncomingCallContext(Arc<str>);

impl IncomingCallContext {
    /// Takes the context as the `IncomingCall` event carried it.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// The text itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IncomingCallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IncomingCallContext(redacted)")
    }
}

impl From<&str> for IncomingCallContext {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

impl From<String> for IncomingCallContext {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}

impl Serialize for IncomingCallContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IncomingCallContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::__private::deserialize_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_text_through_json() {
        let id: ServerCallId = serde_json::from_str(r#""aHR0cHM6Ly9h/+==""#).unwrap();
        assert_eq!(id, "aHR0cHM6Ly9h/+==");
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""aHR0cHM6Ly9h/+==""#);
    }

    #[test]
    fn ids_are_not_read_from_other_json_types() {
        let error = serde_json::from_str::<CallConnectionId>("7").unwrap_err();
        assert!(error.to_string().contains("expected a string"), "{error}");
    }

    #[test]
    fn an_incoming_call_context_does_not_show_in_debug() {
        let context = IncomingCallContext::from("eyJhbGciOiJub25lIn0.secret");
        assert_eq!(format!("{context:?}"), "IncomingCallContext(redacted)");
        assert_eq!(
            serde_json::to_string(&context).unwrap(),
            r#""eyJhbGciOiJub25lIn0.secret""#
        );
    }
}
