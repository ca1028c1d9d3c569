//! Events of a type that this version of the crate does not know.

use std::sync::Arc;

use serde_json::value::RawValue;

/// An event of a type that this version of the crate does not know: its type and its data, exactly as sent.
#[derive(Clone, Debug)]
pub struct UnknownEvent {
    event_type: Arc<str>,
    data: Option<Arc<RawValue>>,
}

impl UnknownEvent {
    pub(crate) fn new(event_type: &str, data: Option<Box<RawValue>>) -> Self {
        Self {
            event_type: Arc::from(event_type),
            data: data.map(Arc::from),
        }
    }

    /// The whole type name, such as `Microsoft.Communication.HoldAudioStarted`.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The data, exactly as sent.
    pub fn data(&self) -> Option<&RawValue> {
        self.data.as_deref()
    }
}

impl PartialEq for UnknownEvent {
    fn eq(&self, other: &Self) -> bool {
        self.event_type == other.event_type
            && self.data().map(RawValue::get) == other.data().map(RawValue::get)
    }
}
