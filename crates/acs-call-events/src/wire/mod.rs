//! Reading and writing the wire form, so that nothing is lost and nothing optional can fail.
//!
//! The derive macros of serde are not used for events, because three things are needed that they do not
//! give together: members that come twice (the last one counts), members that are unknown (they are passed
//! over, but remembered, see [`Odd`]), and one pass over the text for the members that all events share and
//! those of the type at hand.

mod key;
mod object;
mod time;
mod value;

pub(crate) use key::{Key, Text};
#[cfg(any(test, feature = "schemars"))]
pub(crate) use object::{Described, object_schema};
pub(crate) use object::{WireObject, read_object, wire_object};
pub(crate) use time::{parse_time, write_time};
pub(crate) use value::{Field, FieldSeed, Out, Value};

use std::cell::Cell;

/// Whether the text held anything that the typed form does not keep. If so, the text itself is kept.
#[derive(Debug, Default)]
pub(crate) struct Odd(Cell<bool>);

impl Odd {
    pub(crate) fn note(&self) {
        self.0.set(true);
    }

    pub(crate) fn is_noted(&self) -> bool {
        self.0.get()
    }
}
