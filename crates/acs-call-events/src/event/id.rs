//! The id of an event, kept in the event itself.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Long enough for a GUID, which is what the service sends.
const SHORT: usize = 38;

/// A text that is kept in place where it is short: every event has an id, and an allocation of its own would
/// cost more than the id.
#[derive(Clone)]
pub(crate) enum EventId {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Box<str>),
}

impl EventId {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (u8::try_from(text.len()), bytes.get_mut(..text.len())) {
            (Ok(len), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { len, bytes }
            }
            _ => Self::Long(text.into()),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        // Copied whole from a text, so it is one.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for EventId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for EventId {}

impl Hash for EventId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_length_come_back_and_compare_by_their_text() {
        for length in [0, 1, 36, 37, 38, 39, 300] {
            let text: String = ('a'..='z').cycle().take(length).collect();
            let id = EventId::new(&text);
            assert_eq!(id.as_str(), text);
            assert_eq!(id, EventId::new(&text));
            assert_ne!(id, EventId::new(&format!("{text}.")));
            assert_eq!(matches!(id, EventId::Short { .. }), length <= 38);
        }
    }

    #[test]
    fn letters_of_many_bytes_are_not_cut() {
        let text = "é".repeat(20);
        assert_eq!(EventId::new(&text).as_str(), text);
        let text = "é".repeat(19);
        assert_eq!(EventId::new(&text).as_str(), text);
    }

    #[test]
    fn an_id_takes_no_more_than_its_place() {
        assert_eq!(size_of::<EventId>(), 40);
    }
}
