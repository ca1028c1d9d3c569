//! The two spellings of a time, and the envelope of Event Grid in its two schemas.

use chrono::{DateTime, Timelike as _, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::config::EventGridSchema;

/// The resource that events come from, as Event Grid names it.
pub(crate) const RESOURCE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/emulator/providers/microsoft.communication/communicationservices/emulator";

/// A time as callbacks write it: offset `+00:00`, up to seven digits of a second, trailing zeros cut.
/// Source: recorded traffic.
pub(crate) fn callback_time(time: DateTime<Utc>) -> String {
    let ticks = time.nanosecond() % 1_000_000_000 / 100;
    let seconds = time.format("%Y-%m-%dT%H:%M:%S");
    if ticks == 0 {
        return format!("{seconds}+00:00");
    }
    let digits = format!("{ticks:07}");
    format!("{seconds}.{}+00:00", digits.trim_end_matches('0'))
}

/// A time as Event Grid writes it: `Z`, always seven digits. Source: the Event Grid schema pages.
pub(crate) fn event_grid_time(time: DateTime<Utc>) -> String {
    let ticks = time.nanosecond() % 1_000_000_000 / 100;
    format!("{}.{ticks:07}Z", time.format("%Y-%m-%dT%H:%M:%S"))
}

/// What the envelope is about; both schemas say the same.
pub(crate) struct Content<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) time: DateTime<Utc>,
    pub(crate) data: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GridEvent<'a> {
    id: &'a str,
    topic: &'a str,
    subject: &'a str,
    data: &'a RawValue,
    event_type: &'a str,
    data_version: &'a str,
    metadata_version: &'a str,
    event_time: String,
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: &'a str,
    time: String,
    specversion: &'a str,
    data: &'a RawValue,
}

/// One event in its envelope, as posted: an array for the Event Grid schema, a bare object for CloudEvents.
pub(crate) fn wrap(schema: EventGridSchema, content: &Content<'_>) -> Result<Vec<u8>, serde_json::Error> {
    match schema {
        EventGridSchema::EventGrid => serde_json::to_vec(&[GridEvent {
            id: content.id,
            topic: RESOURCE,
            subject: content.subject,
            data: content.data,
            event_type: content.kind,
            data_version: "1.0",
            metadata_version: "1",
            event_time: event_grid_time(content.time),
        }]),
        EventGridSchema::CloudEvents => serde_json::to_vec(&CloudEvent {
            id: content.id,
            source: RESOURCE,
            kind: content.kind,
            subject: content.subject,
            time: event_grid_time(content.time),
            specversion: "1.0",
            data: content.data,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn callbacks_cut_zeros_and_event_grid_keeps_them() {
        let time = at("2025-06-20T21:29:09.44939Z");
        assert_eq!(callback_time(time), "2025-06-20T21:29:09.44939+00:00");
        assert_eq!(event_grid_time(time), "2025-06-20T21:29:09.4493900Z");
        let whole = at("2025-06-20T21:29:09Z");
        assert_eq!(callback_time(whole), "2025-06-20T21:29:09+00:00");
        assert_eq!(event_grid_time(whole), "2025-06-20T21:29:09.0000000Z");
    }
}
