//! How virtual parties behave: what a user or a telephone does when it rings, and later.
//!
//! As JSON (control interface, config file): `{"onRing": {"action": "reject", "reason": "busy", "afterMs": 500}}`
//! or `{"onRing": {"action": "answer"}, "whenAsked": [{"action": "press", "tones": "1"}], "hangUpAfterMs": 2000}`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::input::Reaction;

/// What one party does. The default answers at once and stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PartyScript {
    /// What it does when it rings.
    pub on_ring: OnRing,
    /// How long after it joined a call it hangs up; `None` stays.
    #[serde(
        rename = "hangUpAfterMs",
        with = "millis_opt",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<u64>"))]
    pub hang_up_after: Option<Duration>,
    /// What it does when a recognition listens to it: the first time in a call, the second time, and so on.
    /// After the last one it does nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when_asked: Vec<Reaction>,
}

/// What a party does when it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "action", deny_unknown_fields)]
#[non_exhaustive]
pub enum OnRing {
    /// It answers.
    Answer {
        /// How long it rings before.
        #[serde(rename = "afterMs", with = "millis", default)]
        #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
        after: Duration,
    },
    /// It rejects.
    Reject {
        /// How long it rings before.
        #[serde(rename = "afterMs", with = "millis", default)]
        #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
        after: Duration,
        /// Why.
        #[serde(default)]
        reason: RejectReason,
    },
    /// It rings until the caller gives up, or until it is answered by hand
    /// ([`PartyAction`](super::PartyAction)).
    NoAnswer,
    /// Nothing is there to ring.
    Offline,
    /// There is no such party.
    NotFound,
    /// The application is offered the call.
    Offer,
}

impl Default for OnRing {
    fn default() -> Self {
        Self::Answer {
            after: Duration::ZERO,
        }
    }
}

/// Why a call is rejected: the reasons of the reject operation, and `declined` for a person who presses the
/// red button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RejectReason {
    /// No reason given: the caller sees 603.
    #[default]
    None,
    /// Busy: the caller sees 486.
    Busy,
    /// Forbidden: the caller sees 403.
    Forbidden,
    /// Declined by a person: the caller sees 603.
    Declined,
}

impl PartyScript {
    /// Answers at once.
    #[must_use]
    pub fn answer() -> Self {
        Self::on_ring(OnRing::default())
    }

    /// Answers after a while.
    #[must_use]
    pub fn answer_after(after: Duration) -> Self {
        Self::on_ring(OnRing::Answer { after })
    }

    /// Rejects at once.
    #[must_use]
    pub fn reject(reason: RejectReason) -> Self {
        Self::on_ring(OnRing::Reject {
            after: Duration::ZERO,
            reason,
        })
    }

    /// Rings without end.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::on_ring(OnRing::NoAnswer)
    }

    /// Is not reachable.
    #[must_use]
    pub fn offline() -> Self {
        Self::on_ring(OnRing::Offline)
    }

    /// Does not exist.
    #[must_use]
    pub fn not_found() -> Self {
        Self::on_ring(OnRing::NotFound)
    }

    /// Is the application: it is offered the call.
    #[must_use]
    pub fn offer() -> Self {
        Self::on_ring(OnRing::Offer)
    }

    /// A script by what is done when it rings.
    #[must_use]
    pub fn on_ring(on_ring: OnRing) -> Self {
        Self {
            on_ring,
            ..Self::default()
        }
    }

    /// Hangs up some time after joining.
    #[must_use]
    pub fn hang_up_after(mut self, after: Duration) -> Self {
        self.hang_up_after = Some(after);
        self
    }

    /// Does this the next time that it is asked: once more for each recognition in turn.
    #[must_use]
    pub fn when_asked(mut self, reaction: Reaction) -> Self {
        self.when_asked.push(reaction);
        self
    }
}

pub(super) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::engine) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(in crate::engine) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

mod millis_opt {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => super::millis::serialize(duration, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_are_read_from_json() {
        for (json, script) in [
            (json!({}), PartyScript::answer()),
            (
                json!({"onRing": {"action": "answer", "afterMs": 1500}}),
                PartyScript::answer_after(Duration::from_millis(1500)),
            ),
            (
                json!({"onRing": {"action": "reject", "reason": "busy"}}),
                PartyScript::reject(RejectReason::Busy),
            ),
            (
                json!({"onRing": {"action": "noAnswer"}}),
                PartyScript::no_answer(),
            ),
            (
                json!({"hangUpAfterMs": 20}),
                PartyScript::answer().hang_up_after(Duration::from_millis(20)),
            ),
            (
                json!({"whenAsked": [{"action": "say", "text": "sales"}, {"action": "silence"}]}),
                PartyScript::answer()
                    .when_asked(Reaction::say("sales"))
                    .when_asked(Reaction::silence()),
            ),
        ] {
            assert_eq!(
                serde_json::from_value::<PartyScript>(json.clone()).unwrap(),
                script,
                "{json}"
            );
            let back = serde_json::to_value(&script).unwrap();
            assert_eq!(serde_json::from_value::<PartyScript>(back).unwrap(), script);
        }
    }
}
