//! Events that this process makes itself.

use std::borrow::Cow;
use std::sync::Arc;

use acs_common::{API_VERSION, CallConnectionId, CorrelationId, OperationContext, ServerCallId};
use chrono::{DateTime, Utc};

use super::{CallEvent, CallIds, EventId, Inner, Unusual};
use crate::ResultInformation;
use crate::data::EventData;
use crate::result::SharedResult;

/// Puts an event together, as the service words it: the source follows from the ids, the version is that of
/// this crate.
///
/// ```
/// use acs_call_events::{CallEvent, ResultInformation, data::CallConnected};
///
/// let event = CallEvent::builder("1b4737e0", CallConnected::new())
///     .call_connection_id("19002280-d4e0")
///     .result_information(ResultInformation::of(200, 0, ""))
///     .build();
/// assert_eq!(event.source(), "calling/callConnections/19002280-d4e0");
/// assert!(event.raw().starts_with(r#"{"id":"1b4737e0","source":"calling/callConnections/19002280-d4e0","#));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CallEventBuilder {
    id: EventId,
    source: Option<String>,
    time: Option<DateTime<Utc>>,
    ids: CallIds,
    operation_context: Option<OperationContext>,
    result_information: Option<SharedResult>,
    data: EventData,
}

impl CallEventBuilder {
    pub(super) fn new(id: &str, data: EventData) -> Self {
        Self {
            id: EventId::new(id),
            source: None,
            time: None,
            ids: CallIds {
                version: Some(Cow::Borrowed(API_VERSION)),
                ..CallIds::default()
            },
            operation_context: None,
            result_information: None,
            data,
        }
    }

    /// The leg.
    pub fn call_connection_id(mut self, id: impl Into<CallConnectionId>) -> Self {
        self.ids.call_connection_id = Some(id.into());
        self
    }

    /// The call.
    pub fn server_call_id(mut self, id: impl Into<ServerCallId>) -> Self {
        self.ids.server_call_id = Some(id.into());
        self
    }

    /// The signalling chain.
    pub fn correlation_id(mut self, id: impl Into<CorrelationId>) -> Self {
        self.ids.correlation_id = Some(id.into());
        self
    }

    /// The context of the operation that the event belongs to, if it was given one.
    pub fn operation_context(mut self, context: impl Into<Option<OperationContext>>) -> Self {
        self.operation_context = context.into();
        self
    }

    /// How the operation went.
    pub fn result_information(mut self, result: ResultInformation) -> Self {
        self.result_information = Some(result.into());
        self
    }

    /// When it happened. Without it, the event has no time.
    pub fn time(mut self, time: DateTime<Utc>) -> Self {
        self.time = Some(time);
        self
    }

    /// The version of the event's form, in place of that of this crate.
    pub fn version(mut self, version: impl Into<Cow<'static, str>>) -> Self {
        self.ids.version = Some(version.into());
        self
    }

    /// A source, and subject, other than the one that follows from the ids.
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The event.
    pub fn build(self) -> CallEvent {
        let source = self.source.or_else(|| recording_source(&self.ids, &self.data));
        let unusual = Unusual {
            source: source.map(String::into_boxed_str),
            ..Unusual::default()
        };
        CallEvent {
            inner: Arc::new(Inner {
                id: self.id,
                time: self.time,
                ids: Arc::new(self.ids),
                operation_context: self.operation_context,
                result_information: self.result_information,
                data: self.data,
                unusual: unusual.boxed(),
            }),
        }
    }
}

/// The source of the events of recordings (recorded traffic).
fn recording_source(ids: &CallIds, data: &EventData) -> Option<String> {
    let recording = match data {
        EventData::RecordingStateChanged(data) => data.recording_id.as_ref(),
        EventData::StartRecordingFailed(data) => data.recording_id.as_ref(),
        _ => None,
    }?;
    let server_call = ids.server_call_id.as_ref()?;
    let name = data.event_type().strip_prefix(crate::data::PREFIX)?;
    Some(format!("calling/recordings/{server_call}/{recording}/{name}"))
}
