//! The two spellings of a time, and the envelope of Event Grid in its two schemas.

use chrono::{DateTime, Timelike as _, Utc};
use serde_json::{Value, json};

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

/// One event in its envelope, as posted: an array for the Event Grid schema, a bare object for CloudEvents.
pub(crate) fn wrap(
    schema: EventGridSchema,
    id: &str,
    kind: &str,
    subject: &str,
    time: DateTime<Utc>,
    data: &Value,
) -> Value {
    match schema {
        EventGridSchema::EventGrid => json!([{
            "id": id,
            "topic": RESOURCE,
            "subject": subject,
            "data": data,
            "eventType": kind,
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "eventTime": event_grid_time(time),
        }]),
        EventGridSchema::CloudEvents => json!({
            "id": id,
            "source": RESOURCE,
            "type": kind,
            "subject": subject,
            "time": event_grid_time(time),
            "specversion": "1.0",
            "data": data,
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
