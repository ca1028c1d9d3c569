//! What happened, in order: the requests of the application, the answers, the events posted and how the
//! application took them, the offers, and what the parties did. Read by tests, by the timeline of the demo
//! and by sequence diagrams.
//!
//! The journal is a ring of bounded length; what falls out is counted. Secrets (incoming call contexts,
//! tokens, the query values of callback addresses) never enter it.

mod scrub;
mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

pub(crate) use scrub::{address, scrub, without_query};
pub use stream::JournalStream;

/// What an entry of the journal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum JournalKind {
    /// The application asked for something over HTTP.
    Request,
    /// The service answered; [`JournalEntry::reply_to`] is the request.
    Response,
    /// A callback event was put in the queue of its callback address.
    Event,
    /// An event or an offer was posted, and taken, refused or given up; [`JournalEntry::reply_to`] is it.
    Delivery,
    /// A call was offered to the application (`IncomingCall`).
    Offer,
    /// Between the service and a party: ringing, answering, rejecting, hanging up.
    Signal,
    /// An Event Grid subscription shook hands, or could not yet.
    Handshake,
    /// A call, a leg or a participant changed its state.
    State,
    /// Anything else worth knowing.
    Note,
}

/// One line of the journal: an arrow of a sequence diagram, or a note beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// Its place in the journal, counted from 0 and without gaps.
    pub number: u64,
    /// When it happened, by the clock of the emulator.
    pub time: DateTime<Utc>,
    /// What it is.
    pub kind: JournalKind,
    /// The server call id of the call, where one is concerned and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The call connection id of the leg, where one is concerned and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// Who acts: `application`, `service`, `event grid` or the raw id of a party.
    pub from: String,
    /// Whom it reaches, in the same words; callback addresses without the values of their query.
    pub to: String,
    /// A few words for a diagram, such as `POST /calling/callConnections` or `CallConnected`.
    pub label: String,
    /// The entry that this one answers: the request of a response, the event of a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// Everything else as JSON: bodies, status codes, attempts.
    pub detail: Value,
}

/// An entry as it is handed in; the journal adds number and time, and takes the secrets out of the detail.
#[derive(Debug)]
pub(crate) struct Draft {
    kind: JournalKind,
    call: Option<String>,
    connection: Option<String>,
    from: String,
    to: String,
    label: String,
    reply_to: Option<u64>,
    detail: Value,
}

impl Draft {
    pub(crate) fn new(kind: JournalKind, label: impl Into<String>) -> Self {
        Self {
            kind,
            call: None,
            connection: None,
            from: SERVICE.to_owned(),
            to: APPLICATION.to_owned(),
            label: label.into(),
            reply_to: None,
            detail: Value::Null,
        }
    }

    pub(crate) fn between(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.from = from.into();
        self.to = to.into();
        self
    }

    pub(crate) fn call(mut self, call: Option<impl Into<String>>) -> Self {
        self.call = call.map(Into::into);
        self
    }

    pub(crate) fn connection(mut self, connection: Option<impl Into<String>>) -> Self {
        self.connection = connection.map(Into::into);
        self
    }

    /// The leg, as long as its call is not known.
    pub(crate) fn leg_without_call(&self) -> Option<&str> {
        self.connection.as_deref().filter(|_| self.call.is_none())
    }

    pub(crate) fn reply_to(mut self, number: u64) -> Self {
        self.reply_to = Some(number);
        self
    }

    pub(crate) fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// The application under test, as a name in the journal.
pub(crate) const APPLICATION: &str = "application";
/// The Call Automation service, as a name in the journal.
pub(crate) const SERVICE: &str = "service";
/// Event Grid, as a name in the journal.
pub(crate) const EVENT_GRID: &str = "event grid";

/// The journal itself, shared by everything that writes to it.
pub(crate) struct Journal {
    ring: Mutex<Ring>,
    /// The number of the next entry, for streams to wait on.
    written: watch::Sender<u64>,
    capacity: usize,
    /// Tells this journal from that of an emulator that listened on the same address before.
    instance: Uuid,
}

/// A piece of the journal, for a reader that comes back for more.
pub(crate) struct Piece {
    /// The number of the oldest entry that is held. More than was asked for: what lies between is gone.
    pub(crate) first: u64,
    /// The number that the next entry to be written will have.
    pub(crate) next: u64,
    pub(crate) entries: Vec<Arc<JournalEntry>>,
}

#[derive(Default)]
struct Ring {
    first: u64,
    entries: VecDeque<Arc<JournalEntry>>,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            ring: Mutex::default(),
            written: watch::Sender::new(0),
            capacity: capacity.max(1),
            instance: Uuid::new_v4(),
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // Nothing that runs under this lock can leave the ring half written.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an entry and returns its number.
    pub(crate) fn write(&self, time: DateTime<Utc>, draft: Draft) -> u64 {
        let mut detail = draft.detail;
        scrub(&mut detail);
        let mut ring = self.ring();
        let number = ring.first + ring.entries.len() as u64;
        ring.entries.push_back(Arc::new(JournalEntry {
            number,
            time,
            kind: draft.kind,
            call: draft.call,
            connection: draft.connection,
            from: draft.from,
            to: draft.to,
            label: draft.label,
            reply_to: draft.reply_to,
            detail,
        }));
        if ring.entries.len() > self.capacity {
            ring.entries.pop_front();
            ring.first += 1;
        }
        // Inside the lock, so that the number never goes backwards.
        self.written.send_replace(number + 1);
        number
    }

    /// What the journal holds now.
    pub(crate) fn snapshot(&self) -> Vec<Arc<JournalEntry>> {
        self.ring().entries.iter().cloned().collect()
    }

    /// How many entries fell out of the ring.
    pub(crate) fn dropped(&self) -> u64 {
        self.ring().first
    }

    /// The entry with this number, or the oldest one after it.
    fn at_or_after(&self, number: u64) -> Option<Arc<JournalEntry>> {
        let ring = self.ring();
        let index = usize::try_from(number.saturating_sub(ring.first)).ok()?;
        ring.entries.get(index).cloned()
    }

    /// Up to `limit` entries from this number on.
    pub(crate) fn piece(&self, number: u64, limit: usize) -> Piece {
        let ring = self.ring();
        let next = ring.first + ring.entries.len() as u64;
        let skip = usize::try_from(number.saturating_sub(ring.first)).unwrap_or(usize::MAX);
        Piece {
            first: ring.first,
            next,
            entries: ring.entries.iter().skip(skip).take(limit).cloned().collect(),
        }
    }

    /// The number of the next entry, to wait on.
    pub(crate) fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Tells this journal from others.
    pub(crate) fn instance(&self) -> Uuid {
        self.instance
    }

    /// Entries from the oldest one still held, then those to come.
    pub(crate) fn stream(self: &Arc<Self>) -> JournalStream {
        JournalStream::new(self, self.written.subscribe())
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring();
        f.debug_struct("Journal")
            .field("first", &ring.first)
            .field("entries", &ring.entries.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use serde_json::json;

    use super::*;

    fn note(text: &str) -> Draft {
        Draft::new(JournalKind::Note, text)
    }

    #[test]
    fn the_ring_forgets_the_oldest_and_says_how_many() {
        let journal = Journal::new(2);
        for text in ["a", "b", "c"] {
            journal.write(Utc::now(), note(text));
        }
        let entries = journal.snapshot();
        assert_eq!(
            entries
                .iter()
                .map(|entry| (entry.number, entry.label.as_str()))
                .collect::<Vec<_>>(),
            [(1, "b"), (2, "c")]
        );
        assert_eq!(journal.dropped(), 1);
    }

    #[tokio::test]
    async fn a_stream_gives_the_past_then_the_present_and_ends_with_the_journal() {
        let journal = Arc::new(Journal::new(10));
        journal.write(Utc::now(), note("past"));
        let mut stream = journal.stream();
        assert_eq!(stream.next().await.unwrap().label, "past");
        let mut next = tokio_test_poll(&mut stream);
        assert!(next.is_none(), "nothing is written yet");
        journal.write(Utc::now(), note("present"));
        next = tokio_test_poll(&mut stream);
        assert_eq!(next.unwrap().label, "present");
    }

    fn tokio_test_poll(stream: &mut JournalStream) -> Option<Arc<JournalEntry>> {
        use futures::FutureExt as _;
        stream.next().now_or_never().flatten()
    }

    #[test]
    fn secrets_are_taken_out_before_anything_is_kept() {
        let journal = Journal::new(10);
        journal.write(
            Utc::now(),
            note("x").detail(json!({"body": {"incomingCallContext": "secret", "other": 1}})),
        );
        let text = serde_json::to_string(&*journal.snapshot()[0]).unwrap();
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("\"other\":1"), "{text}");
    }
}
