//! Keys of a telephone, as text and as the service names them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;
use crate::enums::DtmfTone;

const FIELD: &str = "tones";

impl DtmfTone {
    /// The tone of a key: `0` to `9`, `*`, `#`, and `A` to `D`, small or capital.
    pub fn from_key(key: char) -> Option<Self> {
        Some(match key {
            '0' => Self::Zero,
            '1' => Self::One,
            '2' => Self::Two,
            '3' => Self::Three,
            '4' => Self::Four,
            '5' => Self::Five,
            '6' => Self::Six,
            '7' => Self::Seven,
            '8' => Self::Eight,
            '9' => Self::Nine,
            'A' | 'a' => Self::A,
            'B' | 'b' => Self::B,
            'C' | 'c' => Self::C,
            'D' | 'd' => Self::D,
            '#' => Self::Pound,
            '*' => Self::Asterisk,
            _ => return None,
        })
    }

    /// The key of the tone; `None` for a tone that this version of the crate does not know.
    pub fn key(&self) -> Option<char> {
        Some(match Self::from(self.as_str()) {
            Self::Zero => '0',
            Self::One => '1',
            Self::Two => '2',
            Self::Three => '3',
            Self::Four => '4',
            Self::Five => '5',
            Self::Six => '6',
            Self::Seven => '7',
            Self::Eight => '8',
            Self::Nine => '9',
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::Pound => '#',
            Self::Asterisk => '*',
            Self::Other(_) => return None,
        })
    }
}

/// A sequence of 1 to 18 telephone keys, as many as the service sends at once (how-to guide).
///
/// The text form has one character per key: `0` to `9`, `*`, `#`, and the rare `A` to `D`.
///
/// ```
/// use acs_common::Tones;
/// use acs_common::enums::DtmfTone;
///
/// let tones: Tones = "1234#".parse()?;
/// assert_eq!(tones.as_slice().last(), Some(&DtmfTone::Pound));
/// assert_eq!(tones.to_string(), "1234#");
/// assert!("12 34".parse::<Tones>().is_err());
/// # Ok::<(), acs_common::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tones(Vec<DtmfTone>);

impl Tones {
    /// How many tones the service sends at once (how-to guide).
    pub const MAX: usize = 18;

    /// Takes tones one by one.
    ///
    /// # Errors
    ///
    /// When there is none, when there are more than [`MAX`](Self::MAX), or when one has no key.
    pub fn new(tones: impl IntoIterator<Item = DtmfTone>) -> Result<Self, Error> {
        // One more than is allowed is enough to know that there are too many.
        let tones: Vec<DtmfTone> = tones.into_iter().take(Self::MAX + 1).collect();
        if tones.len() > Self::MAX {
            return Err(Error::invalid_input(
                FIELD,
                format!("expected 1 to {} tones, found more", Self::MAX),
            ));
        }
        if let Some((index, tone)) = tones.iter().enumerate().find(|(_, tone)| tone.key().is_none()) {
            return Err(Error::invalid_input(
                FIELD,
                format!(
                    "expected tones that have a key, found `{}` at position {}",
                    tone.as_str().escape_debug(),
                    index + 1
                ),
            ));
        }
        Self::counted(tones)
    }

    fn counted(tones: Vec<DtmfTone>) -> Result<Self, Error> {
        if (1..=Self::MAX).contains(&tones.len()) {
            return Ok(Self(tones));
        }
        let found = tones.len();
        Err(Error::invalid_input(
            FIELD,
            format!("expected 1 to {} tones, found {found}", Self::MAX),
        ))
    }

    /// The tones in their order.
    pub fn as_slice(&self) -> &[DtmfTone] {
        &self.0
    }

    /// The tones in their order.
    pub fn into_vec(self) -> Vec<DtmfTone> {
        self.0
    }
}

impl FromStr for Tones {
    type Err = Error;

    /// Reads one tone per character; the error names the first that is none, and its position from 1.
    fn from_str(text: &str) -> Result<Self, Error> {
        let tones = text
            .chars()
            .enumerate()
            .map(|(index, key)| {
                DtmfTone::from_key(key).ok_or_else(|| {
                    let (key, position) = (key.escape_debug(), index + 1);
                    Error::invalid_input(
                        FIELD,
                        format!("expected 0 to 9, *, # or A to D, found `{key}` at position {position}"),
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        Self::counted(tones)
    }
}

impl TryFrom<&str> for Tones {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Display for Tones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        // Every tone in here has a key.
        self.0
            .iter()
            .filter_map(DtmfTone::key)
            .try_for_each(|key| f.write_char(key))
    }
}

impl AsRef<[DtmfTone]> for Tones {
    fn as_ref(&self) -> &[DtmfTone] {
        &self.0
    }
}

impl From<Tones> for Vec<DtmfTone> {
    fn from(tones: Tones) -> Self {
        tones.0
    }
}

impl Serialize for Tones {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tones {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_known_tone_has_a_key_of_its_own() {
        for tone in DtmfTone::KNOWN {
            let key = tone.key().unwrap();
            assert_eq!(DtmfTone::from_key(key).as_ref(), Some(tone));
            // The same value in its open form is the same key.
            assert_eq!(DtmfTone::Other(tone.as_str().to_owned()).key(), Some(key));
        }
        assert_eq!(DtmfTone::from_key('d'), Some(DtmfTone::D));
        assert_eq!(DtmfTone::from_key('٣'), None);
        assert_eq!(DtmfTone::from("flash").key(), None);
    }

    #[test]
    fn what_is_no_key_is_named_with_its_position() {
        for (text, expected) in [
            ("12x4", "found `x` at position 3"),
            ("1 2", "found ` ` at position 2"),
            ("ää", "found `ä` at position 1"),
            ("1\n", "found `\\n` at position 2"),
            ("", "expected 1 to 18 tones, found 0"),
            ("1234567890123456789", "expected 1 to 18 tones, found 19"),
        ] {
            let error = text.parse::<Tones>().unwrap_err();
            assert_eq!(error.field(), Some("tones"));
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
        let error = Tones::new([DtmfTone::One, DtmfTone::from("flash")]).unwrap_err();
        assert!(error.to_string().contains("`flash` at position 2"), "{error}");
        assert!(Tones::new(std::iter::repeat(DtmfTone::One)).is_err());
        assert!(Tones::new([]).is_err());
    }

    #[test]
    fn small_letters_are_the_same_tones() {
        assert_eq!("aBcD".parse::<Tones>().unwrap().to_string(), "ABCD");
    }

    proptest! {
        #[test]
        fn texts_of_keys_come_back_as_they_were(text in "[0-9*#A-D]{1,18}") {
            let tones: Tones = text.parse().unwrap();
            prop_assert_eq!(tones.to_string(), text.clone());
            let json = serde_json::to_string(&tones).unwrap();
            prop_assert_eq!(&json, &format!("\"{text}\""));
            prop_assert_eq!(&serde_json::from_str::<Tones>(&json).unwrap(), &tones);
            prop_assert_eq!(Tones::new(tones.clone().into_vec()).unwrap(), tones);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Err(error) = text.parse::<Tones>() {
                prop_assert_eq!(error.field(), Some("tones"));
            }
        }
    }
}
