//! An event whose type is known at compile time.

use std::ops::Deref;

use crate::CallEvent;
use crate::data::EventKind;

/// An event and its data as one type; the data by dereference, the shared parts by [`event`](Self::event).
#[derive(Clone, Debug, PartialEq)]
pub struct EventOf<T> {
    event: CallEvent,
    data: T,
}

impl<T: EventKind> EventOf<T> {
    pub(crate) fn new(event: CallEvent) -> Result<Self, CallEvent> {
        match event.as_kind::<T>().cloned() {
            Some(data) => Ok(Self { event, data }),
            None => Err(event),
        }
    }

    /// The event with the parts that all events share.
    pub fn event(&self) -> &CallEvent {
        &self.event
    }

    /// The data of this type.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Gives the event back.
    pub fn into_event(self) -> CallEvent {
        self.event
    }
}

impl<T> Deref for EventOf<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}
