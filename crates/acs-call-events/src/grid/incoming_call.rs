//! A call that is offered to the application.

use std::collections::BTreeMap;
use std::sync::Arc;

use acs_common::{CommunicationIdentifier, CorrelationId, IncomingCallContext, ServerCallId};
use serde::{Deserialize, Serialize};

use crate::wire::wire_object;

wire_object! {
    /// The data of `Microsoft.Communication.IncomingCall`, member by member.
    IncomingCallData {
        /// Who is called.
        to: Option<CommunicationIdentifier> = "to",
        /// Who calls.
        from: Option<CommunicationIdentifier> = "from",
        /// The ringing call.
        server_call_id: Option<ServerCallId> = "serverCallId",
        /// The name that the caller shows; empty when it shows none.
        caller_display_name: Option<String> = "callerDisplayName",
        /// Headers that the caller, or whoever transferred or added, sent along.
        custom_context: Option<CustomContext> = "customContext",
        /// What the call is answered, rejected or redirected with.
        incoming_call_context: Option<IncomingCallContext> = "incomingCallContext",
        /// The signalling chain; the same on the leg that answers.
        correlation_id: Option<CorrelationId> = "correlationId",
        /// On whose behalf the callee is called, in Teams scenarios.
        on_behalf_of_callee: Option<CommunicationIdentifier> = "onBehalfOfCallee",
    }
}

wire_object! {
    /// Headers that travel with a call.
    CustomContext {
        /// SIP headers: from telephones and session border controllers. User-to-User is among them.
        sip_headers: BTreeMap<String, String> = "sipHeaders",
        /// VoIP headers: from users and applications.
        voip_headers: BTreeMap<String, String> = "voipHeaders",
    }
}

/// A call that is offered: it can be answered, rejected or redirected, once, within 30 seconds (Event Grid
/// guidance).
///
/// Cheap to clone. Its [`incoming_call_context`](Self::incoming_call_context) is a secret, which `Debug`
/// does not show; serialization gives it out.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingCall {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq)]
struct Inner {
    event_id: Option<Box<str>>,
    context: IncomingCallContext,
    data: IncomingCallData,
}

impl IncomingCall {
    /// An offer of one's own, for tests and for programs that play the service.
    pub fn new(context: impl Into<IncomingCallContext>, data: IncomingCallData) -> Self {
        let context = context.into();
        Self {
            inner: Arc::new(Inner {
                event_id: None,
                data: data.incoming_call_context(context.clone()),
                context,
            }),
        }
    }

    /// `None` when the data has no incoming call context, without which it is no offer.
    pub(super) fn from_data(event_id: Option<&str>, data: IncomingCallData) -> Option<Self> {
        Some(Self {
            inner: Arc::new(Inner {
                event_id: event_id.map(Box::from),
                context: data.incoming_call_context.clone()?,
                data,
            }),
        })
    }

    /// What the call is answered, rejected or redirected with.
    pub fn incoming_call_context(&self) -> &IncomingCallContext {
        &self.inner.context
    }

    /// Who is called.
    pub fn to(&self) -> Option<&CommunicationIdentifier> {
        self.inner.data.to.as_ref()
    }

    /// Who calls.
    pub fn from(&self) -> Option<&CommunicationIdentifier> {
        self.inner.data.from.as_ref()
    }

    /// The ringing call.
    pub fn server_call_id(&self) -> Option<&ServerCallId> {
        self.inner.data.server_call_id.as_ref()
    }

    /// The name that the caller shows; empty when it shows none.
    pub fn caller_display_name(&self) -> &str {
        self.inner.data.caller_display_name.as_deref().unwrap_or("")
    }

    /// The signalling chain; the same on the leg that answers.
    pub fn correlation_id(&self) -> Option<&CorrelationId> {
        self.inner.data.correlation_id.as_ref()
    }

    /// Headers that came along.
    pub fn custom_context(&self) -> Option<&CustomContext> {
        self.inner.data.custom_context.as_ref()
    }

    /// On whose behalf the callee is called, in Teams scenarios.
    pub fn on_behalf_of_callee(&self) -> Option<&CommunicationIdentifier> {
        self.inner.data.on_behalf_of_callee.as_ref()
    }

    /// The id of the Event Grid event; absent where only the data was delivered.
    pub fn event_id(&self) -> Option<&str> {
        self.inner.event_id.as_deref()
    }

    /// The data, member by member.
    pub fn data(&self) -> &IncomingCallData {
        &self.inner.data
    }

    /// What tells offers apart: the context is used for one offer only, and is the same in every delivery of
    /// it.
    pub(crate) fn identity(&self) -> Arc<str> {
        let server_call = self.server_call_id().map_or("", ServerCallId::as_str);
        Arc::from(format!("{server_call}\n{}", self.inner.context.expose()))
    }
}

impl Serialize for IncomingCall {
    /// Writes the data, with the context.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.inner.data.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for IncomingCall {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let data = IncomingCallData::deserialize(deserializer)?;
        Self::from_data(None, data)
            .ok_or_else(|| serde::de::Error::custom("the offer has no `incomingCallContext`"))
    }
}
