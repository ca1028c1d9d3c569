//! The addresses that the service gives the files of a recording.

use std::fmt;

use acs_call_rest::ContentUrl;

use crate::{CallAutomationClient, Error};

/// Declares a newtype for one of the addresses of a chunk.
macro_rules! location {
    ($(#[$meta:meta])* $name:ident, $field:literal, $member:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes the address as the service wrote it. It is checked where it is used.
            pub fn new(location: impl Into<String>) -> Self {
                Self(location.into())
            }

            /// The address as the service wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The address, if credentials may go there.
            pub(super) fn checked(&self, client: &CallAutomationClient) -> Result<ContentUrl, Error> {
                client
                    .rest()
                    .content_url(&self.0)
                    .map_err(|error| Error::invalid_input($field, error))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(location: &str) -> Self {
                Self::new(location)
            }
        }

        impl From<String> for $name {
            fn from(location: String) -> Self {
                Self(location)
            }
        }

        impl From<&String> for $name {
            fn from(location: &String) -> Self {
                Self::new(location)
            }
        }

        /// A chunk without the address gives an empty one, which is refused where it is used.
        #[cfg(feature = "events")]
        impl From<&acs_call_events::grid::RecordingChunk> for $name {
            fn from(chunk: &acs_call_events::grid::RecordingChunk) -> Self {
                Self(chunk.$member.clone().unwrap_or_default())
            }
        }
    };
}

location! {
    /// Where a file of a recording is: `contentLocation` of a chunk in `RecordingFileStatusUpdated`.
    ContentLocation, "content_location", content_location
}

location! {
    /// Where the description of a file is: `metadataLocation` of a chunk in `RecordingFileStatusUpdated`.
    MetadataLocation, "metadata_location", metadata_location
}

location! {
    /// Where a file is deleted: `deleteLocation` of a chunk in `RecordingFileStatusUpdated`.
    DeleteLocation, "delete_location", delete_location
}
