//! What parties do in a call besides coming and going: they press keys and speak, by hand
//! ([`PartyAction`](super::PartyAction)) or when they are asked ([`Reaction`]).
//!
//! As JSON (control interface, config file): `{"action": "press", "tones": "1#"}` or
//! `{"action": "say", "text": "sales, please", "afterMs": 300, "bargeIn": true}`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use acs_common::enums::DtmfTone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::script::millis;

/// Keys of a telephone, one or more: `"12#".parse()`. Letters are the tones A to D; spaces are skipped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tones(Vec<DtmfTone>);

/// A text that names no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TonesError {
    /// No key at all.
    #[error("tones: expected at least one of 0-9, *, #, A-D")]
    Empty,
    /// Something that is no key.
    #[error("tones: expected 0-9, *, #, A-D, and not `{0}`")]
    NoKey(String),
}

impl Tones {
    /// One tone after the other.
    pub fn as_slice(&self) -> &[DtmfTone] {
        &self.0
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn new(tones: Vec<DtmfTone>) -> Result<Self, TonesError> {
        if tones.is_empty() {
            return Err(TonesError::Empty);
        }
        Ok(Self(tones))
    }
}

/// The key of a tone, if it has one.
fn key(tone: &DtmfTone) -> Option<char> {
    Some(match tone {
        DtmfTone::Zero => '0',
        DtmfTone::One => '1',
        DtmfTone::Two => '2',
        DtmfTone::Three => '3',
        DtmfTone::Four => '4',
        DtmfTone::Five => '5',
        DtmfTone::Six => '6',
        DtmfTone::Seven => '7',
        DtmfTone::Eight => '8',
        DtmfTone::Nine => '9',
        DtmfTone::A => 'A',
        DtmfTone::B => 'B',
        DtmfTone::C => 'C',
        DtmfTone::D => 'D',
        DtmfTone::Pound => '#',
        DtmfTone::Asterisk => '*',
        _ => return None,
    })
}

impl FromStr for Tones {
    type Err = TonesError;

    fn from_str(text: &str) -> Result<Self, TonesError> {
        let tone = |letter: char| {
            let letter = letter.to_ascii_uppercase();
            let known = DtmfTone::KNOWN.iter().find(|tone| key(tone) == Some(letter));
            known
                .cloned()
                .ok_or_else(|| TonesError::NoKey(letter.to_string()))
        };
        let letters = text.chars().filter(|letter| !letter.is_whitespace());
        Self::new(letters.map(tone).collect::<Result<_, _>>()?)
    }
}

impl TryFrom<Vec<DtmfTone>> for Tones {
    type Error = TonesError;

    fn try_from(tones: Vec<DtmfTone>) -> Result<Self, TonesError> {
        match tones.iter().find(|tone| key(tone).is_none()) {
            Some(unknown) => Err(TonesError::NoKey(unknown.to_string())),
            None => Self::new(tones),
        }
    }
}

impl From<DtmfTone> for Tones {
    /// One key. A tone that no key has is pressed all the same, and heard by nobody.
    fn from(tone: DtmfTone) -> Self {
        Self(vec![tone])
    }
}

impl fmt::Display for Tones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tone in &self.0 {
            match key(tone) {
                Some(key) => write!(f, "{key}")?,
                None => write!(f, "({tone})")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Tones {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

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
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reaction {
    /// What it does.
    #[serde(flatten)]
    pub answer: Answer,
    /// How long after the end of the prompt. With [`barge_in`](Self::barge_in), after its beginning.
    #[serde(rename = "afterMs", with = "millis", default)]
    pub after: Duration,
    /// Whether it does not wait for the end of the prompt. Where the recognition does not let prompts be
    /// interrupted, what comes during the prompt is lost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub barge_in: bool,
}

/// How a party answers when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
#[non_exhaustive]
pub enum Answer {
    /// It presses keys, one after the other.
    Press {
        /// Which.
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
    pub fn press(tones: impl Into<Tones>) -> Self {
        Self::new(Answer::Press { tones: tones.into() })
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
    fn keys_are_read_and_written() {
        let tones: Tones = "09 *#ad".parse().unwrap();
        assert_eq!(
            tones.as_slice(),
            [
                DtmfTone::Zero,
                DtmfTone::Nine,
                DtmfTone::Asterisk,
                DtmfTone::Pound,
                DtmfTone::A,
                DtmfTone::D
            ]
        );
        assert_eq!(tones.to_string(), "09*#AD");
        for tone in DtmfTone::KNOWN {
            let text = Tones::from(tone.clone()).to_string();
            assert_eq!(
                text.parse::<Tones>().unwrap(),
                Tones::from(tone.clone()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        assert_eq!(" ".parse::<Tones>(), Err(TonesError::Empty));
        let error = "1x".parse::<Tones>().unwrap_err();
        assert!(error.to_string().contains("`X`"), "{error}");
        assert!(Tones::try_from(vec![DtmfTone::from("flash")]).is_err());
        assert!(Tones::try_from(Vec::new()).is_err());
    }

    #[test]
    fn reactions_are_read_from_json() {
        for (json, reaction) in [
            (
                json!({"action": "press", "tones": "1#"}),
                Reaction::press("1#".parse::<Tones>().unwrap()),
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
