//! What a request is made of.

use acs_call_automation::{CallConnection, CallConnectionId, CommunicationIdentifier};
use acs_call_events::IncomingCall;
use serde_json::{Map, Value};

/// Named texts. The names are those of the API, so that the scrubber knows what they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input(Map<String, Value>);

impl Input {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// As it was recorded.
    pub fn from_json(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// As it is recorded.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// Adds a text.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl AsRef<str>) -> Self {
        self.0.insert(name.to_owned(), text.as_ref().into());
        self
    }

    /// Adds the leg that the request is about.
    #[must_use]
    pub fn leg(self, leg: &CallConnection) -> Self {
        self.with("callConnectionId", leg.id().as_str())
    }

    /// Adds somebody.
    #[must_use]
    pub fn party(self, name: &str, party: impl Into<CommunicationIdentifier>) -> Self {
        self.with(name, party.into().raw_id())
    }

    /// Adds the offer that the request is about.
    #[must_use]
    pub fn offer(self, offer: &IncomingCall) -> Self {
        self.with("incomingCallContext", offer.incoming_call_context().expose())
    }

    /// A text.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub fn text(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("the input has no {name}"))
    }

    /// Somebody.
    ///
    /// # Panics
    ///
    /// When there is nobody of that name.
    pub fn who(&self, name: &str) -> CommunicationIdentifier {
        CommunicationIdentifier::from_raw_id(self.text(name))
    }

    /// The id of the leg.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn call_connection_id(&self) -> CallConnectionId {
        self.text("callConnectionId").into()
    }
}
