//! Journal entries as arrows: what is worth drawing of an entry, in a few words.

use std::collections::HashSet;
use std::sync::Arc;

use acs_call_rest::operation::{self, Method};
use serde_json::Value;

use super::{Diagram, Lane, LaneKind, Message, MessageKind};
use crate::journal::{APPLICATION, EVENT_GRID, SERVICE};
use crate::{JournalEntry, JournalKind};

/// An entry of the journal as one arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrow {
    /// Where it comes from: `application`, `service`, or the raw id of a party.
    pub from: String,
    /// Where it goes.
    pub to: String,
    /// What is written on it.
    pub label: String,
    /// What it is.
    pub kind: MessageKind,
    /// Whether it tells of a failure.
    pub failed: bool,
}

/// What is drawn for an entry. `None` for a delivery that went well: its event is drawn already.
pub fn arrow(entry: &JournalEntry) -> Option<Arrow> {
    let (kind, label, failed) = match entry.kind {
        JournalKind::Request => (MessageKind::Request, request(&entry.label), false),
        JournalKind::Response => response(entry),
        JournalKind::Event => event(entry),
        JournalKind::Delivery => {
            if went_well(entry) {
                return None;
            }
            (MessageKind::Response, entry.label.clone(), true)
        }
        JournalKind::Offer | JournalKind::Handshake => (MessageKind::Event, entry.label.clone(), false),
        JournalKind::Signal => (MessageKind::Signal, entry.label.clone(), false),
        JournalKind::State | JournalKind::Note => (MessageKind::Note, entry.label.clone(), false),
    };
    Some(Arrow {
        from: lane(&entry.from),
        to: lane(&entry.to),
        label,
        kind,
        failed,
    })
}

/// Whether this is a delivery that the application took.
fn went_well(entry: &JournalEntry) -> bool {
    entry.kind == JournalKind::Delivery && entry.detail.get("result").and_then(Value::as_str) == Some("taken")
}

impl Diagram {
    /// The diagram of some entries. `name` gives the parties names by their raw ids.
    pub fn from_journal(
        title: impl Into<String>,
        entries: &[Arc<JournalEntry>],
        name: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut diagram = Self::new(title);
        diagram.lane(Lane::new(APPLICATION, "application", LaneKind::Application));
        diagram.lane(Lane::new(SERVICE, "service", LaneKind::Service));
        let start = entries.first().map(|entry| entry.time);
        let taken: HashSet<u64> = entries
            .iter()
            .filter(|entry| went_well(entry))
            .filter_map(|entry| entry.reply_to)
            .collect();
        for entry in entries {
            let Some(arrow) = arrow(entry) else { continue };
            for party in [&arrow.from, &arrow.to] {
                let label = name(party).unwrap_or_else(|| party.clone());
                diagram.lane(Lane::new(party.clone(), label, LaneKind::Party));
            }
            let since = start.map_or_else(Default::default, |start| entry.time - start);
            let detail = (!entry.detail.is_null()).then(|| entry.detail.clone());
            let mut message = Message::new(
                since.to_std().unwrap_or_default(),
                arrow.from,
                arrow.to,
                arrow.label,
                arrow.kind,
            )
            .failed(arrow.failed)
            .entry(entry.number)
            .detail(detail);
            message.taken = taken.contains(&entry.number);
            diagram.message(message);
        }
        diagram
    }
}

/// Event Grid is drawn as part of the service, and an address of the application as the application.
fn lane(party: &str) -> String {
    if party == EVENT_GRID {
        SERVICE.to_owned()
    } else if party.starts_with("http:") || party.starts_with("https:") {
        APPLICATION.to_owned()
    } else {
        party.to_owned()
    }
}

/// The name of the operation instead of a path full of ids.
fn request(label: &str) -> String {
    let known = label.split_once(' ').and_then(|(method, path)| {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        operation::route(Method::parse(method)?, path)
    });
    known.map_or_else(|| label.to_owned(), |route| route.operation.id.to_owned())
}

fn response(entry: &JournalEntry) -> (MessageKind, String, bool) {
    let error = entry.detail.pointer("/body/error");
    let told = |member| error.and_then(|error| error.get(member)).and_then(Value::as_str);
    let failed = entry
        .detail
        .get("status")
        .and_then(Value::as_u64)
        .is_some_and(|status| status >= 400);
    let label = match (told("code"), told("message")) {
        (Some(code), Some(message)) if failed => format!("{} {code} {message}", entry.label),
        _ => entry.label.clone(),
    };
    (MessageKind::Response, label, failed)
}

fn event(entry: &JournalEntry) -> (MessageKind, String, bool) {
    let data = entry.detail.pointer("/event/data");
    let number = |path| data.and_then(|data| data.pointer(path)).and_then(Value::as_i64);
    let code = number("/resultInformation/code").unwrap_or(200);
    let sub_code = number("/resultInformation/subCode").unwrap_or_default();
    let mut label = entry.label.clone();
    if let Some(sequence) = number("/sequenceNumber") {
        let count = data
            .and_then(|data| data.get("participants"))
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        label = format!("{label} #{sequence}, {count} participants");
    }
    if code != 200 || sub_code != 0 {
        label = format!("{label} {code}/{sub_code}");
    }
    (MessageKind::Event, label, code >= 400)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::json;

    use super::*;

    fn entry(kind: JournalKind, from: &str, to: &str, label: &str, detail: Value) -> Arc<JournalEntry> {
        Arc::new(JournalEntry {
            number: 0,
            time: Utc::now(),
            kind,
            call: None,
            connection: None,
            from: from.to_owned(),
            to: to.to_owned(),
            label: label.to_owned(),
            reply_to: None,
            detail,
        })
    }

    fn label(kind: JournalKind, label: &str, detail: Value) -> Option<(String, bool)> {
        arrow(&entry(kind, SERVICE, APPLICATION, label, detail)).map(|arrow| (arrow.label, arrow.failed))
    }

    #[test]
    fn a_request_is_named_for_its_operation() {
        let id = "03009180-465d-4342-b871-4e02e2474f93";
        for (text, name) in [
            (
                format!("POST /calling/callConnections/{id}/participants:add"),
                "addParticipant",
            ),
            (
                format!("DELETE /calling/callConnections/{id}?api-version=x"),
                "hangupCall",
            ),
            ("GET /elsewhere".to_owned(), "GET /elsewhere"),
        ] {
            assert_eq!(
                label(JournalKind::Request, &text, Value::Null),
                Some((name.to_owned(), false))
            );
        }
    }

    #[test]
    fn failures_say_their_codes() {
        let body = json!({"status": 404, "body": {"error": {"code": "8522", "message": "Call not found."}}});
        assert_eq!(
            label(JournalKind::Response, "404", body),
            Some(("404 8522 Call not found.".to_owned(), true))
        );
        let data = json!({"event": {"data": {"resultInformation": {"code": 486, "subCode": 560_486}}}});
        assert_eq!(
            label(JournalKind::Event, "CreateCallFailed", data),
            Some(("CreateCallFailed 486/560486".to_owned(), true))
        );
        let data = json!({"event": {"data": {"sequenceNumber": 3, "participants": [1, 2]}}});
        assert_eq!(
            label(JournalKind::Event, "ParticipantsUpdated", data),
            Some(("ParticipantsUpdated #3, 2 participants".to_owned(), false))
        );
    }

    #[test]
    fn a_delivery_is_drawn_only_when_it_failed() {
        assert_eq!(
            label(
                JournalKind::Delivery,
                "CallConnected taken",
                json!({"result": "taken"})
            ),
            None
        );
        let failed = label(
            JournalKind::Delivery,
            "CallConnected given up",
            json!({"result": "given up"}),
        );
        assert_eq!(failed, Some(("CallConnected given up".to_owned(), true)));
    }

    #[test]
    fn a_diagram_has_the_application_the_service_and_named_parties() {
        let entries = [
            entry(
                JournalKind::Offer,
                EVENT_GRID,
                "http://127.0.0.1/events",
                "IncomingCall",
                Value::Null,
            ),
            entry(JournalKind::Signal, SERVICE, "4:+1604", "rings", Value::Null),
        ];
        let diagram = Diagram::from_journal("t", &entries, |raw_id| {
            (raw_id == "4:+1604").then(|| "Ann".to_owned())
        });
        let lanes: Vec<&str> = diagram.lanes.iter().map(|lane| lane.label.as_str()).collect();
        assert_eq!(lanes, ["application", "service", "Ann"]);
        assert_eq!(
            (diagram.messages[0].from.as_str(), diagram.messages[0].to.as_str()),
            (SERVICE, APPLICATION)
        );
    }
}
