//! Writing events as the service does: the order of members is that of recorded traffic.

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use super::{CallEvent, Inner};
use crate::data::EventData;
use crate::wire::{Field as _, write_time};

impl Serialize for CallEvent {
    /// Writes the event as a CloudEvent. What was received and not wholly understood is written as it was.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = &*self.inner;
        if let Some(raw) = inner.raw() {
            let raw: &RawValue = serde_json::from_str(raw).map_err(S::Error::custom)?;
            return raw.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", inner.id.as_str())?;
        map.serialize_entry("source", &self.source())?;
        map.serialize_entry("type", self.event_type())?;
        match &inner.data {
            EventData::Unknown(event) => map.serialize_entry("data", &event.data())?,
            _ => map.serialize_entry("data", &Data(inner))?,
        }
        if let Some(time) = &inner.time {
            map.serialize_entry("time", &write_time(time))?;
        }
        map.serialize_entry("specversion", "1.0")?;
        map.serialize_entry("datacontenttype", "application/json")?;
        map.serialize_entry("subject", &self.subject())?;
        map.end()
    }
}

struct Data<'a>(&'a Inner);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inner { ids, data, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        data.write_members(&mut map)?;
        self.0.operation_context.write("operationContext", &mut map)?;
        if let Some(result) = &self.0.result_information {
            map.serialize_entry("resultInformation", &**result)?;
        }
        if let Some(version) = &ids.version {
            map.serialize_entry("version", version)?;
        }
        ids.call_connection_id.write("callConnectionId", &mut map)?;
        ids.server_call_id.write("serverCallId", &mut map)?;
        ids.correlation_id.write("correlationId", &mut map)?;
        // The two came together: events of 2022 have neither (recorded traffic).
        if ids.version.is_some() {
            map.serialize_entry("publicEventType", data.event_type())?;
        }
        map.end()
    }
}
