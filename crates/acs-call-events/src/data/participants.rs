//! Who takes part: the roster, and adding, removing and moving participants.

use acs_common::{CallConnectionId, CommunicationIdentifier, InvitationId};
use serde::de::MapAccess;
use serde::ser::SerializeMap;

use crate::wire::{Field as _, FieldSeed, Odd, Out, Value, WireObject, read_object, wire_object};

/// One participant of a call, as the roster shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallParticipant {
    /// Who it is.
    pub identifier: CommunicationIdentifier,
    /// Whether it is muted.
    pub is_muted: bool,
    /// Whether it is on hold.
    pub is_on_hold: bool,
}

impl CallParticipant {
    /// A participant that is neither muted nor on hold.
    pub fn new(identifier: impl Into<CommunicationIdentifier>) -> Self {
        Self {
            identifier: identifier.into(),
            is_muted: false,
            is_on_hold: false,
        }
    }

    /// Sets `isMuted`.
    #[must_use]
    pub fn muted(mut self, value: bool) -> Self {
        self.is_muted = value;
        self
    }

    /// Sets `isOnHold`.
    #[must_use]
    pub fn on_hold(mut self, value: bool) -> Self {
        self.is_on_hold = value;
        self
    }
}

/// A participant as it is read: each member may be missing.
#[derive(Default)]
struct Draft {
    identifier: Option<CommunicationIdentifier>,
    is_muted: Option<bool>,
    is_on_hold: Option<bool>,
}

impl WireObject for Draft {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        odd: &Odd,
    ) -> Result<bool, A::Error> {
        match key {
            "identifier" => self.identifier = map.next_value_seed(FieldSeed::new(odd))?,
            "isMuted" => self.is_muted = map.next_value_seed(FieldSeed::new(odd))?,
            "isOnHold" => self.is_on_hold = map.next_value_seed(FieldSeed::new(odd))?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.identifier.write("identifier", map)?;
        self.is_muted.write("isMuted", map)?;
        self.is_on_hold.write("isOnHold", map)
    }
}

impl Value for CallParticipant {
    fn read<'de, D: serde::Deserializer<'de>>(deserializer: D, odd: &Odd) -> Result<Option<Self>, D::Error> {
        let draft: Draft = read_object(deserializer, odd)?;
        // Events of 2023 say nothing of hold; the text is then kept, because `false` was not said.
        if draft.is_muted.is_none() || draft.is_on_hold.is_none() {
            odd.note();
        }
        Ok(draft.identifier.map(|identifier| Self {
            identifier,
            is_muted: draft.is_muted.unwrap_or(false),
            is_on_hold: draft.is_on_hold.unwrap_or(false),
        }))
    }

    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("identifier", &self.identifier)?;
        map.serialize_entry("isMuted", &self.is_muted)?;
        map.serialize_entry("isOnHold", &self.is_on_hold)?;
        map.end()
    }

    #[cfg(any(test, feature = "schemars"))]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

#[cfg(any(test, feature = "schemars"))]
impl schemars::JsonSchema for CallParticipant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CallParticipant".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::wire::object_schema([
            (
                "identifier",
                <CommunicationIdentifier as Value>::schema(generator),
            ),
            ("isMuted", <bool as Value>::schema(generator)),
            ("isOnHold", <bool as Value>::schema(generator)),
        ])
    }
}

impl serde::Serialize for CallParticipant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Out(self).serialize(serializer)
    }
}

wire_object! {
    /// The roster of the call, whole, after any change of it, of mute or of hold. It carries no operation
    /// context.
    ///
    /// Numbers start at 1 (2 for a leg that joined by connect), skip, repeat and arrive out of order: only
    /// the highest counts (recorded traffic). [`CallEventHub::participants`](crate::CallEventHub::participants)
    /// keeps that rule.
    ParticipantsUpdated {
        /// Everybody in the call, the application's own identity included; recorders and legs that joined by
        /// connect are not listed.
        participants: Vec<CallParticipant> = "participants",
        /// What orders the rosters of one leg; 0 when it was not said.
        sequence_number: i32 = "sequenceNumber",
    }
}

wire_object! {
    /// The invited participant joined.
    AddParticipantSucceeded {
        /// Who joined.
        participant: Option<CommunicationIdentifier> = "participant",
    }
}

wire_object! {
    /// The invited participant did not join.
    AddParticipantFailed {
        /// Who did not.
        participant: Option<CommunicationIdentifier> = "participant",
    }
}

wire_object! {
    /// The participant was removed.
    RemoveParticipantSucceeded {
        /// Who was removed.
        participant: Option<CommunicationIdentifier> = "participant",
    }
}

wire_object! {
    /// The participant was not removed.
    RemoveParticipantFailed {
        /// Who is still there.
        participant: Option<CommunicationIdentifier> = "participant",
    }
}

wire_object! {
    /// The invitation was withdrawn; no `AddParticipantFailed` follows. Its result is 200/5300 with a
    /// message that reads like a failure (recorded traffic).
    CancelAddParticipantSucceeded {
        /// The invitation that was withdrawn.
        invitation_id: Option<InvitationId> = "invitationId",
    }
}

wire_object! {
    /// The invitation could not be withdrawn, for example because it was accepted already.
    CancelAddParticipantFailed {
        /// The invitation that stands.
        invitation_id: Option<InvitationId> = "invitationId",
    }
}

wire_object! {
    /// A participant was moved here from another call of the application.
    MoveParticipantSucceeded {
        /// Who was moved.
        participant: Option<CommunicationIdentifier> = "participant",
        /// The leg it came from.
        from_call: Option<CallConnectionId> = "fromCall",
    }
}

wire_object! {
    /// A participant was not moved here.
    MoveParticipantFailed {
        /// Who was not moved.
        participant: Option<CommunicationIdentifier> = "participant",
        /// The leg it is still in.
        from_call: Option<CallConnectionId> = "fromCall",
    }
}
