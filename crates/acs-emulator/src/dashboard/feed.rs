//! `GET /emulator/feed`: the journal as server-sent events.
//!
//! | event | data | id |
//! |---|---|---|
//! | `hello` | which journal this is, and where it begins and ends | |
//! | `entry` | one entry | its number |
//! | `entries` | with `brief=true`, instead of `entry`: up to 500 entries without what is behind them | the last number |
//! | `missed` | `from`, `to` and `count` of entries that the journal no longer holds | the last number |
//!
//! `Last-Event-ID` goes on behind an entry, `since` begins with one. Nothing is queued for a reader: it is
//! given the next piece when it has taken the one before, and a reader that is slower than the journal is
//! long is told what it missed.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::body::Body;
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream, StreamExt as _};
use http::request::Parts;
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{parameter, refuse};
use crate::diagram::arrow;
use crate::http::Service;
use crate::journal::{Journal, JournalEntry, JournalKind};

/// How many entries a reader is given at once.
const PIECE: usize = 500;

/// How long a brief feed gathers entries before it sends them, so that a busy journal makes few events.
const GATHER: Duration = Duration::from_millis(25);

/// Comments that keep a quiet connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn answer(service: &Service, parts: &Parts) -> Response<Body> {
    let since = match parameter(parts, "since").map(|since| since.parse::<u64>()) {
        None => 0,
        Some(Ok(since)) => since,
        Some(Err(_)) => {
            return refuse(
                StatusCode::BAD_REQUEST,
                "since: the number of an entry is expected",
            );
        }
    };
    // A browser sends the header by itself when it comes back, with the address that it first had.
    let from = match parts.headers.get("last-event-id") {
        None => since,
        Some(last) => match last
            .to_str()
            .ok()
            .and_then(|last| last.trim().parse::<u64>().ok())
        {
            Some(last) => last.saturating_add(1),
            None => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "Last-Event-ID: the number of an entry is expected",
                );
            }
        },
    };
    let brief = parameter(parts, "brief").is_some_and(|brief| brief != "false");
    let stop = service.stop.clone();
    let events = events(service.host.journal(), from, brief)
        .map(Ok::<_, Infallible>)
        .take_until(async move { stop.cancelled().await });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    super::page::guard(response.headers_mut());
    response
}

/// Where a reader is.
struct Reader {
    /// The reader must not keep the journal alive.
    journal: Weak<Journal>,
    written: watch::Receiver<u64>,
    next: u64,
    brief: bool,
}

fn events(journal: &Arc<Journal>, from: u64, brief: bool) -> impl Stream<Item = Event> + Send + use<> {
    let edge = journal.piece(0, 0);
    let hello = json!({ "instance": journal.instance().to_string(), "first": edge.first, "next": edge.next });
    let reader = Reader {
        journal: Arc::downgrade(journal),
        written: journal.written(),
        // What comes behind the end was said by another emulator; this one is told from its beginning.
        next: if from > edge.next { 0 } else { from },
        brief,
    };
    let pieces = stream::unfold(reader, |mut reader| async {
        let events = reader.more().await?;
        Some((stream::iter(events), reader))
    });
    stream::iter([event("hello", &hello)]).chain(pieces.flatten())
}

impl Reader {
    /// The next piece as events. `None` when there will be no more.
    async fn more(&mut self) -> Option<Vec<Event>> {
        loop {
            // Looked at before the journal is, so that what is written meanwhile wakes.
            self.written.borrow_and_update();
            let piece = self.journal.upgrade()?.piece(self.next, PIECE);
            let mut events = Vec::new();
            if piece.first > self.next {
                let (from, to) = (self.next, piece.first - 1);
                let missed = json!({ "from": from, "to": to, "count": piece.first - from });
                events.push(event("missed", &missed).id(to.to_string()));
                self.next = piece.first;
            }
            if let Some(last) = piece.entries.last() {
                self.next = last.number + 1;
                if self.brief {
                    let entries: Vec<Brief<'_>> =
                        piece.entries.iter().map(|entry| Brief::of(entry)).collect();
                    events.push(event("entries", &entries).id(last.number.to_string()));
                } else {
                    let whole = piece.entries.iter();
                    events.extend(whole.map(|entry| event("entry", entry).id(entry.number.to_string())));
                }
            }
            if !events.is_empty() {
                return Some(events);
            }
            self.written.changed().await.ok()?;
            if self.brief {
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

fn event(name: &str, data: &impl Serialize) -> Event {
    Event::default()
        .event(name)
        .json_data(data)
        .unwrap_or_else(|error| {
            // Cannot happen: what is sent has keys that are strings.
            tracing::error!(%error, "an event of the feed cannot be written");
            Event::default().comment("an entry cannot be written")
        })
}

/// An entry without what is behind it, worded as in a diagram.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Brief<'a> {
    number: u64,
    /// Milliseconds of Unix time: short, and quick to read for a browser.
    time: i64,
    kind: JournalKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
    from: &'a str,
    to: &'a str,
    label: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    failed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<u64>,
    /// Who calls whom, of an offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<[&'a str; 2]>,
    /// Whom a call comes from, of an answer that tells so.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    /// Who is in the call, of an event that tells so.
    #[serde(skip_serializing_if = "Option::is_none")]
    roster: Option<Vec<Member<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member<'a> {
    raw_id: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    muted: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    on_hold: bool,
}

impl<'a> Brief<'a> {
    fn of(entry: &'a JournalEntry) -> Self {
        let (label, failed) = arrow(entry).map_or_else(
            || (entry.label.clone(), false),
            |arrow| (arrow.label, arrow.failed),
        );
        Self {
            number: entry.number,
            time: entry.time.timestamp_millis(),
            kind: entry.kind,
            call: entry.call.as_deref(),
            connection: entry.connection.as_deref(),
            from: &entry.from,
            to: &entry.to,
            label,
            failed,
            reply_to: entry.reply_to,
            offer: offer(entry),
            source: source(entry),
            roster: roster(entry),
        }
    }
}

fn offer(entry: &JournalEntry) -> Option<[&str; 2]> {
    let raw_id = |path| entry.detail.pointer(path).and_then(Value::as_str);
    (entry.kind == JournalKind::Offer)
        .then(|| Some([raw_id("/data/from/rawId")?, raw_id("/data/to/rawId")?]))
        .flatten()
}

fn source(entry: &JournalEntry) -> Option<&str> {
    (entry.kind == JournalKind::Response)
        .then(|| entry.detail.pointer("/body/source/rawId")?.as_str())
        .flatten()
}

fn roster(entry: &JournalEntry) -> Option<Vec<Member<'_>>> {
    if entry.kind != JournalKind::Event || entry.label != "ParticipantsUpdated" {
        return None;
    }
    let members = entry.detail.pointer("/event/data/participants")?.as_array()?;
    let flag = |member: &Value, name| member.get(name).and_then(Value::as_bool).unwrap_or(false);
    let member = |member| {
        Some(Member {
            raw_id: Value::pointer(member, "/identifier/rawId")?.as_str()?,
            muted: flag(member, "isMuted"),
            on_hold: flag(member, "isOnHold"),
        })
    };
    Some(members.iter().filter_map(member).collect())
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use futures::FutureExt as _;

    use super::*;
    use crate::journal::Draft;

    fn journal(capacity: usize, labels: &[&str]) -> Arc<Journal> {
        let journal = Arc::new(Journal::new(capacity));
        for label in labels {
            journal.write(Utc::now(), Draft::new(JournalKind::Note, *label));
        }
        journal
    }

    /// The text of an event as a reader gets it.
    async fn sent(event: Event) -> String {
        let body = Sse::new(stream::iter([Ok::<_, Infallible>(event)]))
            .into_response()
            .into_body();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    async fn ready(events: &mut (impl Stream<Item = Event> + Unpin)) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(event) = events.next().now_or_never().flatten() {
            texts.push(sent(event).await);
        }
        texts
    }

    #[tokio::test]
    async fn a_reader_is_given_the_past_then_the_present() {
        let journal = journal(10, &["a", "b"]);
        let mut events = Box::pin(events(&journal, 1, false));
        let texts = ready(&mut events).await;
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].contains("event: hello"), "{texts:?}");
        assert!(texts[0].contains(&journal.instance().to_string()), "{texts:?}");
        assert!(
            texts[1].contains("event: entry")
                && texts[1].contains("id: 1")
                && texts[1].contains("\"label\":\"b\""),
            "{texts:?}"
        );
        journal.write(Utc::now(), Draft::new(JournalKind::Note, "c\nd"));
        let texts = ready(&mut events).await;
        assert!(texts.len() == 1 && texts[0].contains("id: 2"), "{texts:?}");
        drop(journal);
        assert!(events.next().await.is_none(), "the feed ends with the journal");
    }

    #[tokio::test]
    async fn a_reader_that_lags_is_told_what_it_missed_and_goes_on() {
        let journal = journal(2, &["a"]);
        let mut events = Box::pin(events(&journal, 0, false));
        assert_eq!(ready(&mut events).await.len(), 2);
        for label in ["b", "c", "d", "e"] {
            journal.write(Utc::now(), Draft::new(JournalKind::Note, label));
        }
        let texts = ready(&mut events).await;
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(
            texts[0].contains("event: missed")
                && texts[0].contains(r#""count":2,"from":1,"to":2"#)
                && texts[0].contains("id: 2"),
            "{texts:?}"
        );
        assert!(
            texts[1].contains("id: 3") && texts[2].contains("id: 4"),
            "{texts:?}"
        );
    }

    #[tokio::test]
    async fn a_brief_feed_comes_in_pieces_and_without_what_is_behind() {
        let journal = Arc::new(Journal::new(2000));
        for _ in 0..1100 {
            let draft = Draft::new(JournalKind::Note, "x").detail(json!({"much": "more"}));
            journal.write(Utc::now(), draft);
        }
        let texts = ready(&mut Box::pin(events(&journal, 0, true))).await;
        assert_eq!(texts.len(), 4, "hello and three pieces");
        assert!(texts[1].contains("id: 499") && texts[3].contains("id: 1099"));
        assert!(!texts.iter().any(|text| text.contains("much")));
    }

    #[tokio::test]
    async fn a_reader_of_another_emulator_begins_at_the_beginning() {
        let journal = journal(10, &["a"]);
        let texts = ready(&mut Box::pin(events(&journal, 700, false))).await;
        assert!(texts.len() == 2 && texts[1].contains("id: 0"), "{texts:?}");
        let texts = ready(&mut Box::pin(events(&journal, 1, false))).await;
        assert_eq!(texts.len(), 1, "nothing new: {texts:?}");
    }

    #[test]
    fn an_event_of_the_roster_tells_who_is_in_the_call() {
        let journal = Journal::new(1);
        let detail = json!({"event": {"data": {"sequenceNumber": 1, "participants": [
            {"identifier": {"rawId": "4:+1604"}, "isMuted": true, "isOnHold": false},
        ]}}});
        journal.write(
            Utc::now(),
            Draft::new(JournalKind::Event, "ParticipantsUpdated").detail(detail),
        );
        let entry = &journal.snapshot()[0];
        let brief = serde_json::to_value(Brief::of(entry)).unwrap();
        assert_eq!(brief["roster"], json!([{"rawId": "4:+1604", "muted": true}]));
        assert_eq!(brief["label"], "ParticipantsUpdated #1, 1 participants");
    }
}
