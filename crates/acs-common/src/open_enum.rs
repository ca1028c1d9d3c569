//! Enums that a newer service may extend.

/// Declares an open string enum: the values we know as variants, and `Other` for all that we do not.
///
/// An unknown value is kept and written back exactly as it was read. Equality, order and hash go by the
/// text, so `Other("zero".into())` and the variant that stands for `"zero"` are the same value.
///
/// ```
/// acs_common::open_enum! {
///     /// Why a call was rejected.
///     pub enum Reason {
///         /// The party is in another call.
///         Busy = "busy",
///     }
/// }
/// assert_eq!(Reason::from("busy"), Reason::Busy);
/// assert_eq!(Reason::from("asleep").as_str(), "asleep");
/// assert!(!Reason::from("asleep").is_known());
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A value that this version of the crate does not know, kept as it was sent.
            Other(::std::string::String),
        }

        impl $name {
            /// Every value that this version of the crate knows, in the order of the API description.
            pub const KNOWN: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The value as the service writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text,
                }
            }

            /// Whether this version of the crate knows the value.
            pub fn is_known(&self) -> bool {
                match self {
                    Self::Other(text) => Self::known(text).is_some(),
                    _ => true,
                }
            }

            fn known(text: &str) -> ::std::option::Option<Self> {
                match text {
                    $( $text => ::std::option::Option::Some(Self::$variant), )+
                    _ => ::std::option::Option::None,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Other(text.to_owned()))
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                Self::known(&text).unwrap_or(Self::Other(text))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(text))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::cmp::PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_str() == other.as_str()
            }
        }

        impl ::std::cmp::Eq for $name {}

        impl ::std::cmp::PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> ::std::option::Option<::std::cmp::Ordering> {
                ::std::option::Option::Some(self.cmp(other))
            }
        }

        impl ::std::cmp::Ord for $name {
            fn cmp(&self, other: &Self) -> ::std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl ::std::hash::Hash for $name {
            fn hash<H: ::std::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error>
            where
                S: $crate::__private::serde::Serializer,
            {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: $crate::__private::serde::Deserializer<'de>,
            {
                $crate::__private::deserialize_text(deserializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use crate::enums::{CallConnectionState, CallRejectReason, DtmfTone};

    #[test]
    fn known_values_map_to_their_variants_and_back() {
        for tone in DtmfTone::KNOWN {
            assert_eq!(&DtmfTone::from(tone.as_str()), tone);
            assert!(tone.is_known());
        }
        assert_eq!(DtmfTone::KNOWN.len(), 16);
    }

    #[test]
    fn the_value_called_unknown_is_not_the_fallback() {
        assert!(CallConnectionState::from("unknown").is_known());
        assert!(!CallConnectionState::from("Unknown").is_known());
    }

    #[test]
    fn equality_and_hash_go_by_the_text() {
        let spelled = CallRejectReason::Other("busy".into());
        assert_eq!(spelled, CallRejectReason::Busy);
        assert!(spelled.is_known());
        let set: HashSet<_> = [spelled, CallRejectReason::Busy].into();
        assert_eq!(set.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_round_trips_through_json(text in ".*") {
            let json = serde_json::to_string(&text).unwrap();
            let value: DtmfTone = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(value.as_str(), &text);
            prop_assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
    }
}
