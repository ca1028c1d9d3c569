//! Writing Event Grid deliveries, for programs that play the service.

use acs_common::CommunicationIdentifier;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::IncomingCall;
use super::parse::{INCOMING_CALL, SubscriptionValidation, VALIDATION};

/// How Event Grid words its deliveries; a setting of the subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventGridSchema {
    /// Its own schema, in an array.
    #[default]
    EventGrid,
    /// CloudEvents 1.0, one object.
    CloudEvents,
}

/// The envelope of a delivery: what is the same for all types of events.
#[derive(Clone, Debug)]
#[must_use]
pub struct Delivered<'a> {
    id: &'a str,
    topic: &'a str,
    time: DateTime<Utc>,
    schema: EventGridSchema,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GridEnvelope<'a, T> {
    id: &'a str,
    topic: &'a str,
    subject: &'a str,
    data: &'a T,
    event_type: &'a str,
    data_version: &'a str,
    metadata_version: &'a str,
    event_time: &'a str,
}

#[derive(Serialize)]
struct CloudEnvelope<'a, T> {
    id: &'a str,
    source: &'a str,
    subject: &'a str,
    data: &'a T,
    r#type: &'a str,
    time: &'a str,
    specversion: &'a str,
}

impl<'a> Delivered<'a> {
    /// An envelope. `topic` is the path of the resource, `/subscriptions/…`.
    pub fn new(id: &'a str, topic: &'a str, time: DateTime<Utc>, schema: EventGridSchema) -> Self {
        Self {
            id,
            topic,
            time,
            schema,
        }
    }

    /// The body that offers a call. It holds the incoming call context, a secret.
    pub fn incoming_call(&self, call: &IncomingCall) -> String {
        let raw_id = |who: Option<&CommunicationIdentifier>| {
            who.map_or_else(String::new, |who| who.raw_id().into_owned())
        };
        let subject = format!("/caller/{}/recipient/{}", raw_id(call.from()), raw_id(call.to()));
        self.write(INCOMING_CALL, &subject, "1.0", call)
    }

    /// The body that asks an address to prove itself; there is such a thing in the Event Grid schema only.
    pub fn subscription_validation(&self, validation: &SubscriptionValidation) -> String {
        self.write(VALIDATION, "", "2", validation)
    }

    fn write<T: Serialize>(&self, event_type: &str, subject: &str, version: &str, data: &T) -> String {
        // Seven digits as the service has them, of which a clock of nanoseconds knows nine.
        let mut time = self.time.to_rfc3339_opts(SecondsFormat::Nanos, true);
        if let Some(length) = time.len().checked_sub(3) {
            time.truncate(length);
            time.push('Z');
        }
        let (id, topic, time) = (self.id, self.topic, &*time);
        let written = match self.schema {
            EventGridSchema::EventGrid => serde_json::to_string(&[GridEnvelope {
                id,
                topic,
                subject,
                data,
                event_type,
                data_version: version,
                metadata_version: "1",
                event_time: time,
            }]),
            EventGridSchema::CloudEvents => serde_json::to_string(&CloudEnvelope {
                id,
                source: topic,
                subject,
                data,
                r#type: event_type,
                time,
                specversion: "1.0",
            }),
        };
        // Texts and maps of texts can always be written.
        written.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{EventGridData, IncomingCallData, parse_event_grid};

    #[test]
    fn what_is_written_is_read_in_both_schemas() {
        let call = IncomingCall::new(
            "the context",
            IncomingCallData::new()
                .from(CommunicationIdentifier::phone("+16041234567"))
                .to(CommunicationIdentifier::user("8:acs:a")),
        );
        let time = "2025-03-05T08:58:50.123456789Z".parse().unwrap();
        for (schema, time_member) in [
            (
                EventGridSchema::EventGrid,
                r#""eventTime":"2025-03-05T08:58:50.1234567Z""#,
            ),
            (
                EventGridSchema::CloudEvents,
                r#""time":"2025-03-05T08:58:50.1234567Z""#,
            ),
        ] {
            let body = Delivered::new("1", "/subscriptions/s", time, schema).incoming_call(&call);
            assert!(body.contains(time_member), "{body}");
            let event = parse_event_grid(body.as_bytes()).unwrap().events.remove(0);
            assert_eq!(
                (event.id(), event.source()),
                (Some("1"), Some("/subscriptions/s"))
            );
            assert_eq!(event.subject(), Some("/caller/4:+16041234567/recipient/8:acs:a"));
            let EventGridData::IncomingCall(read) = event.into_data() else {
                panic!("{body}");
            };
            assert_eq!(read.data(), call.data());
            assert_eq!(read.event_id(), Some("1"));
        }
    }

    #[test]
    fn a_validation_is_read_as_one() {
        let validation = SubscriptionValidation::new().validation_code("512d38b6".to_owned());
        let body = Delivered::new("1", "t", Utc::now(), EventGridSchema::EventGrid)
            .subscription_validation(&validation);
        let event = parse_event_grid(body.as_bytes()).unwrap().events.remove(0);
        let EventGridData::SubscriptionValidation(read) = event.into_data() else {
            panic!("{body}");
        };
        assert_eq!(read.validation_code, "512d38b6");
    }
}
