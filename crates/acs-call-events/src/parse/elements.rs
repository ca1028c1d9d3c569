//! Walking over the elements of a batch, so that a bad one fails alone.

use serde::de::{Deserialize, Deserializer, IgnoredAny};

use crate::{Error, ErrorKind};

/// The body as text, without a byte order mark.
pub(crate) fn read_text(body: &[u8]) -> Result<&str, Error> {
    let text = simdutf8::basic::from_utf8(body)
        // It says only that it is no text; where not, is told by the library of the language.
        .or_else(|_| std::str::from_utf8(body))
        .map_err(|error| {
            Error::new(ErrorKind::UnreadableBody, "the body is not text in UTF-8").with_source(error)
        })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// How many bad elements of one body are reported one by one. What stands behind so many is reported as one,
/// so that a small body of rubbish does not become a large report.
const MAX_BAD: usize = 100;

/// Something that is read into its place, because it is too large to be handed about.
pub(crate) trait ReadInto<'de>: Default {
    fn read_into<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// What became of an element, with its text.
pub(crate) enum Element<'de> {
    Good(&'de str),
    Bad(serde_json::Error, &'de str),
}

/// The elements of an array, or the one object that the text is.
pub(crate) struct Elements<'de> {
    rest: &'de str,
    state: State,
    bad: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before an element of an array.
    Element {
        first: bool,
    },
    /// Before the one object.
    Single,
    Done,
}

impl<'de> Elements<'de> {
    pub(crate) fn new(text: &'de str) -> Result<Self, Error> {
        let text = skip_space(text);
        let (rest, state) = match text.as_bytes().first() {
            Some(b'[') => (text.get(1..).unwrap_or(""), State::Element { first: true }),
            Some(b'{') => (text, State::Single),
            found => {
                let found = match found {
                    Some(byte) => format!("begins with {:?}", char::from(*byte)),
                    None => "is empty".to_owned(),
                };
                return Err(Error::new(
                    ErrorKind::UnreadableBody,
                    format!("expected a JSON array or object, the body {found}"),
                ));
            }
        };
        Ok(Self { rest, state, bad: 0 })
    }

    /// Reads the value that the rest begins with, and steps over it.
    fn take<T: ReadInto<'de>>(&mut self, place: &mut T) -> Element<'de> {
        if self.bad >= MAX_BAD {
            return self.syntax("too many bad elements, the rest of the batch is given up");
        }
        *place = T::default();
        let mut deserializer = serde_json::Deserializer::from_str(self.rest);
        match place.read_into(&mut deserializer) {
            Ok(()) => Element::Good(self.step(offset(deserializer))),
            Err(error) => {
                self.bad += 1;
                self.skip(error)
            }
        }
    }

    /// Steps over a value that is not what it should be.
    fn skip(&mut self, error: serde_json::Error) -> Element<'de> {
        let rest = self.rest;
        let mut deserializer = serde_json::Deserializer::from_str(rest);
        match IgnoredAny::deserialize(&mut deserializer) {
            Ok(_) => Element::Bad(error, self.step(offset(deserializer))),
            // Not even JSON: where the element ends cannot be told, so the rest is given up with it.
            Err(error) => {
                self.state = State::Done;
                Element::Bad(error, rest)
            }
        }
    }

    fn step(&mut self, length: usize) -> &'de str {
        let (text, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        text
    }

    fn syntax(&mut self, message: &str) -> Element<'de> {
        self.state = State::Done;
        Element::Bad(serde::de::Error::custom(message), self.rest)
    }

    /// Reads the next element into a place.
    pub(crate) fn next_into<T: ReadInto<'de>>(&mut self, place: &mut T) -> Option<Element<'de>> {
        let State::Element { first } = self.state else {
            if self.state == State::Done {
                return None;
            }
            self.state = State::Done;
            let element = self.take(place);
            self.rest = skip_space(self.rest);
            if matches!(element, Element::Good(..)) && !self.rest.is_empty() {
                // An object with something behind it is no JSON text; the object is still worth having.
                self.state = State::Element { first: false };
            }
            return Some(element);
        };
        self.rest = skip_space(self.rest);
        match self.rest.as_bytes().first() {
            Some(b']') => {
                self.state = State::Done;
                self.rest = skip_space(self.rest.get(1..).unwrap_or(""));
                if self.rest.is_empty() {
                    None
                } else {
                    Some(self.syntax("text behind the end of the batch"))
                }
            }
            None => Some(self.syntax("the batch breaks off")),
            Some(_) if first => {
                self.state = State::Element { first: false };
                Some(self.take(place))
            }
            Some(b',') => {
                self.rest = skip_space(self.rest.get(1..).unwrap_or(""));
                Some(self.take(place))
            }
            Some(_) => Some(self.syntax("expected `,` or `]` behind an element")),
        }
    }
}

/// How much a deserializer has read.
fn offset(deserializer: serde_json::Deserializer<serde_json::de::StrRead<'_>>) -> usize {
    deserializer.into_iter::<IgnoredAny>().byte_offset()
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
}
