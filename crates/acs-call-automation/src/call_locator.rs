//! Where a running call is found.

use acs_common::ServerCallId;

/// A running call to connect to.
///
/// A [`ServerCallId`] converts into a locator by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallLocator {
    /// A call by the id that all of its legs share.
    ServerCall(ServerCallId),
    /// A group call by the GUID that its members joined with.
    GroupCall(String),
    /// A room by its id.
    Room(String),
}

impl CallLocator {
    /// Locates a call by its server call id.
    pub fn server_call(id: impl Into<ServerCallId>) -> Self {
        Self::ServerCall(id.into())
    }

    /// Locates a group call by its GUID.
    pub fn group_call(id: impl Into<String>) -> Self {
        Self::GroupCall(id.into())
    }

    /// Locates a room by its id.
    pub fn room(id: impl Into<String>) -> Self {
        Self::Room(id.into())
    }
}

impl From<ServerCallId> for CallLocator {
    fn from(id: ServerCallId) -> Self {
        Self::ServerCall(id)
    }
}

impl From<&ServerCallId> for CallLocator {
    fn from(id: &ServerCallId) -> Self {
        Self::ServerCall(id.clone())
    }
}
