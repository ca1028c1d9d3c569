//! Bodies in: read, counted, handed to the bus.

use super::bus::{BusMessage, Delivery};
use super::{CallEventHub, EventSink};
use crate::grid::{EventGridData, parse_event_grid};
use crate::parse::{BadElement, read_callback};
use crate::{Error, parse_callback};

/// What became of the elements of a callback.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ingested {
    /// Events that were put into a log.
    pub accepted: usize,
    /// Events that had been delivered before.
    pub duplicates: usize,
    /// Events of calls that were released already.
    pub late: usize,
    /// Events without a call connection id.
    pub unroutable: usize,
    /// Events that a broker has taken over.
    pub forwarded: usize,
    /// Elements that could not be read, with their texts.
    pub bad_elements: Vec<BadElement>,
}

impl Ingested {
    fn count(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Accepted => self.accepted += 1,
            Delivery::Duplicate => self.duplicates += 1,
            Delivery::Late => self.late += 1,
            Delivery::Unroutable => self.unroutable += 1,
            Delivery::Forwarded => self.forwarded += 1,
        }
    }
}

/// What became of the elements of an Event Grid delivery.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IncomingIngested {
    /// Offered calls that were taken in.
    pub offers: usize,
    /// Recordings that are ready and were taken in.
    pub recording_files: usize,
    /// Offered calls and recordings that had been delivered before.
    pub duplicates: usize,
    /// Events of other types, which the hub has no use for.
    pub others: usize,
    /// The code that a subscription validation wants back, see
    /// [`validation_reply`](crate::grid::validation_reply).
    pub validation_code: Option<String>,
    /// Elements that could not be read, with their texts.
    pub bad_elements: Vec<BadElement>,
}

impl CallEventHub {
    async fn send(&self, message: BusMessage) -> Result<Delivery, Error> {
        match &self.shared.bus {
            Some(bus) => bus.publish(message).await,
            None => Ok(match message {
                BusMessage::Event(event) => self.publish(event),
                BusMessage::IncomingCall(call) => self.publish_incoming_call(call),
                BusMessage::RecordingFile(file) => self.publish_recording_file(file),
            }),
        }
    }

    /// Takes in the body of a callback. The caller has authenticated it.
    ///
    /// Not cancel-safe towards a broker: dropped half-way, it is not known which events were taken over;
    /// the sender repeats them, and duplicates are dropped.
    ///
    /// # Errors
    ///
    /// When the body as a whole cannot be read ([`Error::is_unreadable_body`]), or when the bus refused
    /// ([`Error::is_bus`]). Elements that cannot be read are no error but part of the result.
    pub async fn receive_callback(&self, body: &[u8]) -> Result<Ingested, Error> {
        let mut ingested = Ingested::default();
        if self.shared.bus.is_some() {
            let batch = parse_callback(body)?;
            for event in batch.events {
                ingested.count(self.send(BusMessage::Event(event)).await?);
            }
            ingested.bad_elements = batch.bad_elements;
        } else {
            ingested.bad_elements = read_callback(body, |envelope, text| {
                ingested.count(self.registry().receive(envelope, text));
            })?;
        }
        self.note_bad(&ingested.bad_elements);
        Ok(ingested)
    }

    /// Takes in the body of an Event Grid delivery, of either schema, or the bare data of an `IncomingCall`.
    /// Offered calls go to [`incoming_calls`](Self::incoming_calls), recordings that are ready to
    /// [`recording_files`](Self::recording_files).
    ///
    /// Not cancel-safe towards a broker, as [`receive_callback`](Self::receive_callback).
    ///
    /// # Errors
    ///
    /// As [`receive_callback`](Self::receive_callback).
    pub async fn receive_event_grid(&self, body: &[u8]) -> Result<IncomingIngested, Error> {
        let batch = parse_event_grid(body)?;
        let mut ingested = IncomingIngested::default();
        for event in batch.events {
            match event.into_data() {
                EventGridData::IncomingCall(call) => match self.send(BusMessage::IncomingCall(call)).await? {
                    Delivery::Duplicate => ingested.duplicates += 1,
                    _ => ingested.offers += 1,
                },
                EventGridData::SubscriptionValidation(validation) => {
                    ingested.validation_code = Some(validation.validation_code);
                }
                EventGridData::RecordingFileStatusUpdated(file) => {
                    match self.send(BusMessage::RecordingFile(file)).await? {
                        Delivery::Duplicate => ingested.duplicates += 1,
                        _ => ingested.recording_files += 1,
                    }
                }
                EventGridData::Unknown(_) => ingested.others += 1,
            }
        }
        self.note_bad(&batch.bad_elements);
        ingested.bad_elements = batch.bad_elements;
        Ok(ingested)
    }

    fn note_bad(&self, bad_elements: &[BadElement]) {
        self.registry().counters.bad_elements.add(bad_elements.len());
        for bad in bad_elements {
            tracing::warn!(position = bad.position, error = %bad.error, "element of a batch cannot be read");
        }
    }

    /// Where a bus delivers to, for one that is made after the hub.
    pub fn sink(&self) -> EventSink {
        EventSink::new(&self.shared.registry, &self.shared.offers, &self.shared.files)
    }

    pub(crate) fn note_unauthorized(&self) {
        self.registry().counters.unauthorized.add(1);
    }
}
