//! Bodies of callbacks: a batch of CloudEvents, or one.

mod elements;

pub(crate) use elements::{Element, Elements, ReadInto, read_text};

use std::fmt;

use crate::event::Envelope;
use crate::{CallEvent, Error, ErrorKind};

/// What a callback body held. A bad element does not take the others with it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The events, in the order of the body.
    pub events: Vec<CallEvent>,
    /// The elements that could not be read.
    pub bad_elements: Vec<BadElement>,
}

/// An element of a batch that could not be read.
#[derive(Clone)]
#[non_exhaustive]
pub struct BadElement {
    /// Where it stands in the batch, counted from 0.
    pub position: usize,
    /// Why it could not be read.
    pub error: std::sync::Arc<Error>,
    /// Its text. Treat it as a secret: it may hold an incoming call context.
    pub raw: Box<str>,
}

impl fmt::Debug for BadElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BadElement")
            .field("position", &self.position)
            .field("error", &self.error)
            .field("raw_len", &self.raw.len())
            .finish()
    }
}

impl BadElement {
    pub(crate) fn new(position: usize, error: serde_json::Error, raw: &str) -> Self {
        let message = format!("element {position} is not an event that can be read");
        Self {
            position,
            error: std::sync::Arc::new(Error::new(ErrorKind::InvalidEvent, message).with_source(error)),
            raw: raw.into(),
        }
    }
}

/// Reads the body of a callback: an array of CloudEvents, as the service posts it, or a single one.
///
/// Each element is read alone. A byte order mark, white space and members that come twice are tolerated.
/// When the text breaks off, the elements before the break are still read.
///
/// ```
/// let body = br#"[
///     {"id": "1", "type": "Microsoft.Communication.CallConnected", "data": {"callConnectionId": "a"}},
///     {"id": "2"}
/// ]"#;
/// let batch = acs_call_events::parse_callback(body)?;
/// assert_eq!(batch.events[0].call_connection_id().unwrap(), &"a");
/// assert_eq!(batch.bad_elements[0].position, 1);
/// # Ok::<(), acs_call_events::Error>(())
/// ```
///
/// # Errors
///
/// When the body is not UTF-8, or begins with neither an array nor an object.
pub fn parse_callback(body: &[u8]) -> Result<Batch, Error> {
    let mut events: Vec<CallEvent> = Vec::new();
    let bad_elements = read_callback(body, |envelope, text| {
        let event = envelope.take_event(text, events.last().map(CallEvent::ids));
        events.push(event);
    })?;
    Ok(Batch { events, bad_elements })
}

/// Reads the body of a callback, and gives each good element, with its text, to `take`.
pub(crate) fn read_callback<'de>(
    body: &'de [u8],
    mut take: impl FnMut(&mut Envelope<'de>, &'de str),
) -> Result<Vec<BadElement>, Error> {
    let mut elements = Elements::new(read_text(body)?)?;
    let mut bad_elements = Vec::new();
    let mut envelope = Envelope::default();
    for position in 0.. {
        match elements.next_into(&mut envelope) {
            Some(Element::Good(text)) => take(&mut envelope, text),
            Some(Element::Bad(error, text)) => bad_elements.push(BadElement::new(position, error, text)),
            None => break,
        }
    }
    Ok(bad_elements)
}

#[cfg(test)]
mod tests;
