//! Events in few bytes, for logs that nobody is reading.
//!
//! An event that all its readers have seen is only kept for whoever may come later. Written down without
//! what all events of its call say alike, it takes 30 to 200 bytes in place of several hundred.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | the length of the record behind them |
//! | 1 | the form: the parts below, or the whole text of an event that is unusual |
//! | text | the id |
//! | 1 + 8 | whether there is a time, and the nanoseconds since 1970 |
//! | 1 + text | whether there is an operation context, and it |
//! | 1 | the result: none, or which of the usual ones |
//! | 1 | the type, by its place among the known ones |
//! | 1 + … | the data: none of its own, a roster, or JSON |
//!
//! A text is a GUID of 16 bytes, or its length and itself.

mod bytes;
mod roster;

use std::sync::Arc;

use acs_common::OperationContext;
use chrono::DateTime;

use super::{CallEvent, CallIds, EventId, Inner, Shared};
use crate::data::EventData;
use crate::result::SharedResult;
use crate::wire::Odd;
use bytes::{Reader, Writer};

const PARTS: u8 = 0;
const WHOLE: u8 = 1;

const EMPTY: u8 = 0;
const ROSTER: u8 = 1;
const JSON: u8 = 2;

/// Events one behind the other, all of one call.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    records: Box<[u8]>,
    count: usize,
}

impl Packed {
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Adds events, which are those of the call with these ids; `false`, with none added, when one of them
    /// could not be read back, such as one without an id that this process made itself.
    pub(crate) fn extend<'a>(
        &mut self,
        ids: &Arc<CallIds>,
        events: impl Iterator<Item = &'a CallEvent>,
    ) -> bool {
        let mut writer = Writer::behind(std::mem::take(&mut self.records));
        let begin = writer.len();
        let mut added = 0;
        let mut whole = true;
        for event in events {
            whole = whole && write(&mut writer, ids, event);
            added += 1;
        }
        if whole {
            self.count += added;
        } else {
            writer.truncate(begin);
        }
        self.records = writer.finish();
        whole
    }

    /// The events from the first one on.
    pub(crate) fn iter<'a>(&'a self, ids: &'a Arc<CallIds>) -> impl Iterator<Item = CallEvent> + 'a {
        self.records().filter_map(|record| read(record, ids))
    }

    /// Whether there is an event of that id.
    pub(crate) fn has(&self, id: &EventId) -> bool {
        self.ids().any(|known| known == *id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = EventId> + '_ {
        self.records().filter_map(|mut record| match record.byte()? {
            PARTS => Some(record.text()?.into_id()),
            _ => Some(CallEvent::from_json(record.rest()?).ok()?.event_id().clone()),
        })
    }

    fn records(&self) -> impl Iterator<Item = Reader<'_>> {
        let mut rest = Reader::new(&self.records);
        std::iter::from_fn(move || rest.record())
    }
}

/// Writes a record; `false` when it does not come back.
fn write(writer: &mut Writer, ids: &Arc<CallIds>, event: &CallEvent) -> bool {
    let record = writer.begin();
    let parts = write_parts(writer, ids, &event.inner);
    if !parts {
        writer.restart(record);
        writer.byte(WHOLE);
        writer.bytes(event.raw().as_bytes());
    }
    writer.end(record);
    let back = || read(writer.record_at(record), ids);
    debug_assert!(
        back().is_none_or(|back| back.raw() == event.raw()),
        "what is packed must come back as it was"
    );
    parts || back().is_some()
}

/// Writes the parts of an event; `false`, with any part of it written, when it has others.
fn write_parts(writer: &mut Writer, ids: &Arc<CallIds>, inner: &Inner) -> bool {
    let result = match &inner.result_information {
        None => Some(0),
        Some(result) => result.usual_number().map(|number| number + 1),
    };
    let time = inner.time.map(|time| time.timestamp_nanos_opt());
    let (Some(result), None | Some(Some(_))) = (result, time) else {
        return false;
    };
    let event_type = inner.data.type_number();
    let (Some(event_type), None) = (event_type, &inner.unusual) else {
        return false;
    };
    if inner.ids != *ids {
        return false;
    }
    writer.byte(PARTS);
    writer.text(inner.id.as_str());
    match time.flatten() {
        Some(nanoseconds) => {
            writer.byte(1);
            writer.bytes(&nanoseconds.to_le_bytes());
        }
        None => writer.byte(0),
    }
    match &inner.operation_context {
        Some(context) => {
            writer.byte(1);
            writer.text(context.as_str());
        }
        None => writer.byte(0),
    }
    writer.byte(result);
    writer.byte(event_type);
    write_data(writer, &inner.data)
}

fn write_data(writer: &mut Writer, data: &EventData) -> bool {
    if EventData::empty(data.event_type()).as_ref() == Some(data) {
        writer.byte(EMPTY);
        return true;
    }
    if let EventData::ParticipantsUpdated(update) = data
        && roster::is_plain(update)
    {
        writer.byte(ROSTER);
        roster::write(writer, update);
        return true;
    }
    writer.byte(JSON);
    writer.json(data)
}

fn read(mut record: Reader<'_>, ids: &Arc<CallIds>) -> Option<CallEvent> {
    if record.byte()? == WHOLE {
        let mut event = CallEvent::from_json(record.rest()?).ok()?;
        event.share_ids(ids);
        return Some(event);
    }
    let id = record.text()?.into_id();
    let time = match record.byte()? {
        0 => None,
        _ => Some(DateTime::from_timestamp_nanos(i64::from_le_bytes(
            record.array()?,
        ))),
    };
    let operation_context = match record.byte()? {
        0 => None,
        _ => Some(OperationContext::from(record.text()?.as_str())),
    };
    let result_information = match record.byte()?.checked_sub(1) {
        None => None,
        Some(number) => Some(SharedResult::of_number(number)?),
    };
    let event_type = EventData::KNOWN_TYPES.get(usize::from(record.byte()?))?;
    let data = match record.byte()? {
        EMPTY => EventData::empty(event_type)?,
        ROSTER => roster::read(&mut record)?.into(),
        _ => {
            let mut json = serde_json::Deserializer::from_str(record.rest()?);
            let (mut shared, odd) = (Shared::default(), Odd::default());
            EventData::read(event_type, &mut json, &mut shared, &odd).ok()??
        }
    };
    Some(CallEvent {
        inner: Arc::new(Inner {
            id,
            time,
            ids: Arc::clone(ids),
            operation_context,
            result_information,
            data,
            unusual: None,
        }),
    })
}

/// The members of data that are its own, as JSON.
struct Own<'a>(&'a EventData);

impl serde::Serialize for Own<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;

        let mut map = serializer.serialize_map(None)?;
        self.0.write_members(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests;
