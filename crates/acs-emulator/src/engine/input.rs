//! What parties do in a call besides coming and going: they press keys and speak, by hand
//! ([`PartyAction`](super::PartyAction)) or when they are asked ([`Reaction`]).
//!
//! As JSON (control interface, config file): `{"action": "press", "tones": "1#"}` or
//! `{"action": "say", "text": "sales, please", "afterMs": 300, "bargeIn": true}`.

use std::time::Duration;

use acs_common::Tones;
use serde::{Deserialize, Serialize};

use super::script::millis;

/// What a party lets be heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
#[non_exhaustive]
pub enum Input {
    /// Keys, one after the other.
    Press {
        /// Which.
        tones: Tones,
    },
    /// Words.
    Say {
        /// What is said.
        text: String,
    },
}

/// What a party does when it is asked: when a recognition listens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reaction {
    /// What it does.
    #[serde(flatten)]
    pub answer: Answer,
    /// How long after the end of the prompt. With [`barge_in`](Self::barge_in), after its beginning.
    #[serde(rename = "afterMs", with = "millis", default)]
    #[cfg_attr(feature = "schemars", schemars(with = "u64"))]
    pub after: Duration,
    /// Whether it does not wait for the end of the prompt. Where the recognition does not let prompts be
    /// interrupted, what comes during the prompt is lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub barge_in: bool,
}

/// How a party answers when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "action")]
#[non_exhaustive]
pub enum Answer {
    /// It presses keys, one after the other.
    Press {
        /// Which.
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        tones: Tones,
    },
    /// It speaks.
    Say {
        /// What it says.
        text: String,
    },
    /// It does nothing: the recognition runs into its time-out.
    Silence,
    /// It leaves the call.
    HangUp,
}

impl Reaction {
    /// Presses keys as soon as the prompt is over.
    #[must_use]
    pub fn press(tones: Tones) -> Self {
        Self::new(Answer::Press { tones })
    }

    /// Says something as soon as the prompt is over.
    #[must_use]
    pub fn say(text: impl Into<String>) -> Self {
        Self::new(Answer::Say { text: text.into() })
    }

    /// Lets the recognition wait in vain.
    #[must_use]
    pub fn silence() -> Self {
        Self::new(Answer::Silence)
    }

    /// Leaves the call as soon as the prompt is over.
    #[must_use]
    pub fn hang_up() -> Self {
        Self::new(Answer::HangUp)
    }

    fn new(answer: Answer) -> Self {
        Self {
            answer,
            after: Duration::ZERO,
            barge_in: false,
        }
    }

    /// Waits a while before.
    #[must_use]
    pub fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    /// Does not wait for the end of the prompt.
    #[must_use]
    pub fn barging_in(mut self) -> Self {
        self.barge_in = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reactions_are_read_from_json() {
        for (json, reaction) in [
            (
                json!({"action": "press", "tones": "1#"}),
                Reaction::press("1#".parse().unwrap()),
            ),
            (
                json!({"action": "say", "text": "sales", "afterMs": 20, "bargeIn": true}),
                Reaction::say("sales")
                    .after(Duration::from_millis(20))
                    .barging_in(),
            ),
            (json!({"action": "silence"}), Reaction::silence()),
            (json!({"action": "hangUp", "afterMs": 7}), {
                Reaction::hang_up().after(Duration::from_millis(7))
            }),
        ] {
            let read: Reaction = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(read, reaction, "{json}");
            let back = serde_json::to_value(&reaction).unwrap();
            assert_eq!(serde_json::from_value::<Reaction>(back).unwrap(), reaction);
        }
        let bad = json!({"action": "press", "tones": "one"});
        assert!(serde_json::from_value::<Reaction>(bad).is_err());
    }
}
