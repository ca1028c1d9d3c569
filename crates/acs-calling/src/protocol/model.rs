//! Values that messages carry.

use std::collections::BTreeMap;

use acs_common::{CommunicationIdentifier, ServerCallId};
use serde::{Deserialize, Serialize};

use super::{CallEndReason, CallId, TransferId};

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CallState {
    /// Nothing was sent yet.
    None,
    /// On its way to the service.
    Connecting,
    /// The far end is alerted.
    Ringing,
    /// Something is heard before the answer.
    EarlyMedia,
    /// Waits to be let in.
    InLobby,
    /// Sound flows.
    Connected,
    /// This side put it on hold.
    LocalHold,
    /// The other side put it on hold.
    RemoteHold,
    /// This side is leaving.
    Disconnecting,
    /// Over.
    Disconnected,
}

impl CallState {
    /// Whether somebody answered and nobody hung up: connected, or on hold by either side.
    pub fn is_established(self) -> bool {
        matches!(self, Self::Connected | Self::LocalHold | Self::RemoteHold)
    }

    /// Whether a call in this state can come into another one. What is over stays over, and a call that was
    /// answered does not ring again.
    pub fn may_become(self, next: Self) -> bool {
        let early = |state| {
            matches!(
                state,
                Self::None | Self::Connecting | Self::Ringing | Self::EarlyMedia | Self::InLobby
            )
        };
        match (self, next) {
            (Self::Disconnected, _) => false,
            (_, Self::Disconnected) => true,
            (Self::Disconnecting, next) => next == Self::Disconnecting,
            (state, Self::None) => state == Self::None,
            (state, Self::Connecting) => matches!(state, Self::None | Self::Connecting),
            (state, next) if early(next) => early(state),
            _ => true,
        }
    }
}

/// Who began a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallDirection {
    /// Somebody else.
    Incoming,
    /// This endpoint, by itself or as the transferee of a transfer.
    Outgoing,
}

/// Somebody who calls or transfers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallerInfo {
    /// Who; unknown where it is withheld.
    #[serde(default, with = "raw_id_option", skip_serializing_if = "Option::is_none")]
    pub identifier: Option<CommunicationIdentifier>,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl CallerInfo {
    /// Somebody without a name.
    pub fn new(identifier: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            identifier: Some(identifier.into()),
            display_name: None,
        }
    }
}

/// Where a remote participant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ParticipantState {
    /// Nothing happened yet.
    Idle,
    /// Is being reached.
    Connecting,
    /// Is alerted.
    Ringing,
    /// Takes part.
    Connected,
    /// Takes part and is on hold.
    Hold,
    /// Waits to be let in.
    InLobby,
    /// Something is heard before the answer.
    EarlyMedia,
    /// Gone.
    Disconnected,
}

/// Another participant of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteParticipant {
    /// Who.
    #[serde(with = "raw_id")]
    pub identifier: CommunicationIdentifier,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Where it stands.
    pub state: ParticipantState,
    /// Whether it is muted.
    #[serde(default)]
    pub is_muted: bool,
    /// Why it is gone, where this endpoint had added it and that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_end_reason: Option<CallEndReason>,
}

/// What the keys of SIP headers begin with.
const SIP_PREFIX: &str = "X-MS-Custom-";
/// How many SIP headers are read.
const SIP_HEADERS: usize = 5;

/// Headers that go along with a call.
///
/// Of SIP headers the service reads the first five that are valid and drops the rest: see
/// [`sip_headers_read`](Self::sip_headers_read). VoIP headers have keys of 1 to 64 characters and values of at most
/// 256 (Calling SDK 2.0.0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct CustomContext {
    /// The User-To-User header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_to_user: Option<String>,
    /// For telephones.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sip_headers: BTreeMap<String, String>,
    /// For users.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub voip_headers: BTreeMap<String, String>,
}

impl CustomContext {
    /// Adds a header for users.
    #[must_use]
    pub fn voip_header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.voip_headers.insert(key.into(), value.into());
        self
    }

    /// Adds a header for telephones.
    #[must_use]
    pub fn sip_header(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.sip_headers.insert(key.into(), value.into());
        self
    }

    /// Sets the User-To-User header.
    #[must_use]
    pub fn user_to_user(mut self, value: impl Into<String>) -> Self {
        self.user_to_user = Some(value.into());
        self
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// The first thing that is wrong with it, in words that name the field. SIP headers are no fault: those that
    /// are not valid are dropped by the service.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        let field = "customContext.voipHeaders";
        for (key, value) in &self.voip_headers {
            if key.is_empty() || key.chars().count() > 64 {
                return Some((field, "expected keys of 1 to 64 characters".to_owned()));
            }
            if value.chars().count() > 256 {
                return Some((field, "expected values of at most 256 characters".to_owned()));
            }
        }
        None
    }

    /// The SIP headers that the service reads: the first five that are valid, in the order of their keys, each with
    /// the prefix `X-MS-Custom-`, which is added where it is missing. A valid one has a key of at most 64
    /// characters with the prefix, of letters, digits and `.!%*_+~-`, and a value of at most 256 characters of one
    /// line. The User-To-User header does not count.
    ///
    /// Source: Calling SDK 2.0.0, and its page on user-to-user information.
    pub fn sip_headers_read(&self) -> BTreeMap<String, String> {
        let mut read = BTreeMap::new();
        for (key, value) in &self.sip_headers {
            let prefixed = key
                .get(..SIP_PREFIX.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(SIP_PREFIX));
            let name = if prefixed {
                key.clone()
            } else {
                format!("{SIP_PREFIX}{key}")
            };
            let of_name = |letter: char| letter.is_ascii_alphanumeric() || ".!%*_+~-".contains(letter);
            let valid = name.len() > SIP_PREFIX.len()
                && name.len() <= 64
                && name.chars().all(of_name)
                && value.chars().count() <= 256
                && !value.chars().any(char::is_control);
            if valid && read.len() < SIP_HEADERS {
                read.entry(name).or_insert_with(|| value.clone());
            }
        }
        read
    }
}

/// All that an endpoint knows of one of its calls. The service sends it whole whenever anything changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallSnapshot {
    /// The endpoint's part in the call.
    pub id: CallId,
    /// What it was called before, the latest last; nothing where the id is the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_ids: Vec<CallId>,
    /// Where it stands.
    pub state: CallState,
    /// Who began it.
    pub direction: CallDirection,
    /// The original caller; after a transfer, the transferee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<CallerInfo>,
    /// Who transferred the call here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferor: Option<CallerInfo>,
    /// The call at the service, for Call Automation; known once it is set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<ServerCallId>,
    /// Whether this endpoint is muted.
    #[serde(default)]
    pub is_muted: bool,
    /// The others.
    #[serde(default)]
    pub participants: Vec<RemoteParticipant>,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<CallEndReason>,
}

impl CallSnapshot {
    /// A call of which nothing is known but its state.
    pub fn new(id: CallId, direction: CallDirection, state: CallState) -> Self {
        Self {
            id,
            previous_ids: Vec::new(),
            state,
            direction,
            caller: None,
            transferor: None,
            server_call_id: None,
            is_muted: false,
            participants: Vec::new(),
            end_reason: None,
        }
    }
}

/// A call that rings at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncomingCallInfo {
    /// What the call will be called when it is accepted.
    pub id: CallId,
    /// The original caller; after a transfer, the transferee.
    pub caller: CallerInfo,
    /// Who transferred or forwarded the call here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transferor: Option<CallerInfo>,
    /// Headers that came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_context: Option<CustomContext>,
}

/// Where a transfer stands, as the service tells the transferor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferStatus {
    /// Which.
    pub id: TransferId,
    /// How far it is.
    #[serde(flatten)]
    pub progress: TransferProgress,
}

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum TransferProgress {
    /// Under way.
    Transferring,
    /// The transferee is connected with the target.
    Transferred,
    /// Nothing came of it.
    Failed {
        /// Why.
        error: CallEndReason,
    },
}

/// Whom a transferee is moved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TransferTarget {
    /// Somebody, who is rung.
    Participant {
        /// Who.
        #[serde(with = "raw_id")]
        identifier: CommunicationIdentifier,
        /// Ring exactly this one, and fail if it does not answer.
        #[serde(default)]
        disable_forwarding_and_unanswered: bool,
    },
    /// The far end of another call of the transferor's.
    Call {
        /// Which.
        call: CallId,
    },
    /// The voicemail of a Teams user, who is not rung.
    Voicemail {
        /// Whose.
        #[serde(with = "raw_id")]
        identifier: CommunicationIdentifier,
    },
}

/// A call that exists without anybody calling anybody.
#[doc(alias = "GroupCallLocator")]
#[doc(alias = "RoomCallLocator")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum CallLocator {
    /// A group call, by a GUID that its parties agreed on.
    Group {
        /// The GUID.
        group_id: String,
    },
    /// A room.
    Room {
        /// Its id.
        room_id: String,
    },
}

/// Identifiers are their raw ids on this wire.
pub(super) mod raw_id {
    use super::{CommunicationIdentifier, Deserialize};
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        identifier: &CommunicationIdentifier,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&identifier.raw_id())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<CommunicationIdentifier, D::Error> {
        String::deserialize(deserializer).map(|text| CommunicationIdentifier::from_raw_id(&text))
    }
}

#[allow(clippy::ref_option, reason = "the form that serde asks for")]
pub(super) mod raw_id_option {
    use super::{CommunicationIdentifier, Deserialize, Serialize};
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        identifier: &Option<CommunicationIdentifier>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        identifier
            .as_ref()
            .map(CommunicationIdentifier::raw_id)
            .serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<CommunicationIdentifier>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|text| CommunicationIdentifier::from_raw_id(&text)))
    }
}

/// Lists of identifiers, as raw ids.
pub(super) mod raw_ids {
    use super::{CommunicationIdentifier, Deserialize};
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        identifiers: &[CommunicationIdentifier],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(identifiers.iter().map(|identifier| identifier.raw_id()))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<CommunicationIdentifier>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(texts
            .iter()
            .map(|text| CommunicationIdentifier::from_raw_id(text))
            .collect())
    }
}
