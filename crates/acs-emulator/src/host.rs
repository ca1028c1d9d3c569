//! Where the pure engine meets the world: one lock around it, one task that wakes it when something is due,
//! and one place where its effects go to the journal and to the senders, in order.

mod look;
mod time;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_common::ServerCallId;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::agents::{self, Agents};
use crate::clock::Turn;
use crate::delivery::{Callbacks, Counted, Courier, EventGrid, Offered, Post};
use crate::engine::{
    Applied, CallEnded, Callback, Command, Effect, Engine, Fetch, Fetched, MediaFault, Neighbour, Note,
    NoteKind, Offer, Recorded, Reply, ServiceError, StreamOrder,
};
use crate::faults::Posts;
use crate::files::Fetcher;
use crate::identities::guid;
use crate::journal::{APPLICATION, Draft, EVENT_GRID, Journal, JournalKind, SERVICE, address};
use crate::legs::Legs;
use crate::recordings::Recordings;
use crate::streams::{self, Streams};
use look::Ended;

/// The engine with everything it acts through. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Host(Arc<Inner>);

/// What the engine acts through.
pub(crate) struct Outlets {
    pub(crate) courier: Courier,
    pub(crate) callbacks: Callbacks,
    pub(crate) event_grid: EventGrid,
    pub(crate) fetcher: Fetcher,
    pub(crate) recordings: Recordings,
    pub(crate) streams: Streams,
}

struct Inner {
    engine: Mutex<Engine>,
    /// Tells the timekeeper that something may be due earlier.
    changed: Notify,
    /// Held while the clock is stepped.
    advancing: tokio::sync::Mutex<()>,
    courier: Courier,
    callbacks: Callbacks,
    event_grid: EventGrid,
    fetcher: Fetcher,
    recordings: Recordings,
    streams: Streams,
    legs: Legs,
    ended: Mutex<Ended>,
    agents: Agents,
    /// For ids that are not the engine's: chains of failed requests, codes of handshakes.
    ids: Mutex<fastrand::Rng>,
}

impl Host {
    pub(crate) fn new(engine: Engine, outlets: Outlets, seed: u64) -> Self {
        let Outlets {
            courier,
            callbacks,
            event_grid,
            fetcher,
            recordings,
            streams,
        } = outlets;
        Self(Arc::new(Inner {
            engine: Mutex::new(engine),
            changed: Notify::new(),
            advancing: tokio::sync::Mutex::default(),
            courier,
            callbacks,
            event_grid,
            fetcher,
            recordings,
            streams,
            legs: Legs::default(),
            ended: Mutex::default(),
            agents: Agents::default(),
            // Another sequence than the engine's, or the ids would be the same.
            ids: Mutex::new(fastrand::Rng::with_seed(!seed)),
        }))
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> &Arc<Journal> {
        &self.0.courier.journal
    }

    pub(crate) fn event_grid(&self) -> &EventGrid {
        &self.0.event_grid
    }

    pub(crate) fn recordings(&self) -> &Recordings {
        &self.0.recordings
    }

    /// How many events are queued or on their way.
    pub(crate) fn pending(&self) -> usize {
        self.0.courier.pending.get()
    }

    /// What is wrong with media.
    pub(crate) fn media_fault(&self) -> MediaFault {
        self.engine().media_fault()
    }

    /// A fresh GUID.
    pub(crate) fn guid(&self) -> String {
        let mut ids = self.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        guid(&mut ids).to_string()
    }

    /// Writes into the journal. What is about a leg is filed under its call.
    pub(crate) fn write(&self, draft: Draft) -> u64 {
        self.write_at(self.now(), draft)
    }

    fn write_at(&self, time: DateTime<Utc>, mut draft: Draft) -> u64 {
        if let Some(leg) = draft.leg_without_call() {
            let call = self.0.legs.call(leg);
            draft = draft.call(call);
        }
        self.journal().write(time, draft)
    }

    /// Carries a command out.
    ///
    /// `answer` makes of its outcome what the caller wants, and the journal entry of the answer: it is
    /// written ahead of the effects, so that the journal shows the response before the events.
    pub(crate) fn apply<T>(
        &self,
        command: Command,
        answer: impl FnOnce(&Applied) -> (T, Option<Draft>),
    ) -> T {
        // The lock is held until the effects are in their queues: their order is that of the commands.
        let mut engine = self.engine();
        // Where turns are taken in order, nothing is posted before everything is queued.
        let turn = self.clock().turns().take();
        let now = self.now();
        let mut applied = engine.apply(command, now);
        let (value, draft) = answer(&applied);
        if let Ok(Reply::Call(leg)) = &applied.reply
            && leg.server_call_id.is_none()
        {
            // The answers of create and connect do not say which call the leg is of; reading it does. What
            // has become due meanwhile comes along.
            let read = engine.apply(Command::GetCall(leg.call_connection_id.clone()), now);
            if let Ok(Reply::Call(leg)) = &read.reply
                && let Some(call) = &leg.server_call_id
            {
                self.0.legs.learn(leg.call_connection_id.as_str(), call.as_str());
            }
            applied.effects.extend(read.effects);
        }
        for effect in &applied.effects {
            self.learn(effect);
        }
        if let Some(draft) = draft {
            self.write_at(now, draft);
        }
        let mut ended = HashMap::new();
        for effect in applied.effects {
            if let Effect::CallEnded(over) = &effect {
                ended.insert(over.server_call_id.clone(), agents::reason(&over.result));
            }
            self.act(effect);
        }
        let follows = self.0.agents.refresh(&mut engine, &ended);
        drop(engine);
        drop(turn);
        self.0.changed.notify_one();
        for command in follows {
            // It may be done already.
            let _ = self.command(command);
        }
        value
    }

    /// Agents that are signed in.
    pub(crate) fn agents(&self) -> &Agents {
        &self.0.agents
    }

    /// Who is in a call besides a party that somebody waits for.
    pub(crate) fn neighbours(&self, raw_id: &str, call: &ServerCallId) -> Option<Vec<Neighbour>> {
        let found = self.engine().outlook(raw_id, call);
        found.map(|outlook| outlook.others)
    }

    /// Is cancelled when the emulator ends.
    pub(crate) fn stopped(&self) -> CancellationToken {
        self.0.courier.cancel.clone()
    }

    /// Ends after a while by the emulator's clock, with a turn for what is to be done then.
    pub(crate) async fn after(&self, duration: Duration) -> Turn {
        self.0.courier.clock.rest(duration).await
    }

    /// Carries a command out for the emulator's own API.
    pub(crate) fn command(&self, command: Command) -> Result<Reply, ServiceError> {
        self.apply(command, |applied| (applied.reply.clone(), None))
    }

    /// Forgets calls, subscriptions and what is queued.
    pub(crate) fn reset(&self) {
        self.0.event_grid.clear();
        self.0.streams.clear();
        self.apply(Command::Reset, |_| {
            let draft = Draft::new(JournalKind::Note, "reset").between(SERVICE, SERVICE);
            ((), Some(draft))
        });
        self.0.recordings.clear();
        self.0.callbacks.clear();
        self.0.legs.clear();
        self.forget_ended();
    }

    /// Takes notice of the legs that effects speak of.
    fn learn(&self, effect: &Effect) {
        match effect {
            // The recorder's endpoint is no leg, and its last event comes behind the end of the call.
            Effect::Callback(callback) if callback.event.kind.recording().is_none() => {
                let event = &callback.event;
                self.0
                    .legs
                    .learn(event.call_connection_id.as_str(), event.server_call_id.as_str());
            }
            Effect::Note(Note {
                call: Some(call),
                connection: Some(connection),
                ..
            }) => self.0.legs.learn(connection.as_str(), call.as_str()),
            _ => {}
        }
    }

    fn act(&self, effect: Effect) {
        match effect {
            Effect::Callback(callback) => self.call_back(&callback),
            Effect::Offer(offer) => self.offer(*offer),
            Effect::Recorded(recorded) => self.recorded(*recorded),
            Effect::CallEnded(ended) => self.ended(&ended),
            Effect::Parted(parted) => self.0.agents.parted(&parted),
            Effect::Fetch(fetch) => self.fetch(*fetch),
            Effect::PartyInput(input) => self.0.streams.hear(&input),
            Effect::Stream(order) => self.stream(order),
            Effect::Note(note) => self.note(note),
        }
    }

    fn call_back(&self, callback: &Callback) {
        let event = &callback.event;
        let body = match serde_json::to_vec(&[event]) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "an event cannot be written");
                return;
            }
        };
        let label = event.kind.name();
        let call = event.server_call_id.to_string();
        let connection = event.call_connection_id.to_string();
        let entry = self.journal().write(
            event.time,
            Draft::new(JournalKind::Event, label)
                .between(SERVICE, APPLICATION)
                .call(Some(call.as_str()))
                .connection(Some(connection.as_str()))
                .detail(json!({ "callbackUri": &*callback.uri, "event": event })),
        );
        match Url::parse(&callback.uri) {
            Ok(url) => self.0.callbacks.send(Post {
                posts: Posts::Callbacks,
                url,
                headers: HeaderMap::new(),
                body: Bytes::from(body),
                label: label.to_owned(),
                entry,
                call: Some(call),
                connection: Some(connection),
            }),
            // The address was checked when the request came, so this is for the journal only.
            Err(error) => {
                let detail = json!({ "result": "given up", "attempt": 0, "status": error.to_string() });
                let draft = Draft::new(JournalKind::Delivery, format!("{label} given up"))
                    .reply_to(entry)
                    .detail(detail);
                self.write(draft);
            }
        }
    }

    /// Posts an event that the engine knows nothing of. Returns the journal entry that announces it.
    pub(crate) fn inject(&self, url: Url, event: &serde_json::Value, leg: Option<(String, String)>) -> u64 {
        let label = event
            .get("type")
            .and_then(serde_json::Value::as_str)
            .and_then(|kind| kind.rsplit('.').next())
            .unwrap_or("event")
            .to_owned();
        let (connection, call) = leg.unzip();
        let _turn = self.clock().turns().take();
        let entry = self.write(
            Draft::new(JournalKind::Event, label.as_str())
                .between(SERVICE, APPLICATION)
                .call(call.as_deref())
                .connection(connection.as_deref())
                .detail(json!({ "callbackUri": url.as_str(), "event": event, "injected": true })),
        );
        self.0.callbacks.send(Post {
            posts: Posts::Callbacks,
            url,
            headers: HeaderMap::new(),
            body: Bytes::from(json!([event]).to_string()),
            label,
            entry,
            call,
            connection,
        });
        entry
    }

    fn offer(&self, offer: Offer) {
        let data = &offer.data;
        let call = data.server_call_id.to_string();
        let entry = self.journal().write(
            offer.time,
            Draft::new(JournalKind::Offer, "IncomingCall")
                .between(EVENT_GRID, APPLICATION)
                .call(Some(call.as_str()))
                .detail(json!({
                    "id": offer.id.to_string(),
                    "subject": offer.subject,
                    "data": data,
                    "subscribed": self.0.event_grid.is_subscribed(),
                })),
        );
        match serde_json::value::to_raw_value(data) {
            Ok(data) => self.0.event_grid.publish(&Offered {
                id: offer.id.to_string(),
                kind: Offer::EVENT_TYPE,
                subject: offer.subject,
                time: offer.time,
                data: Arc::from(data),
                entry,
                call: Some(call),
            }),
            Err(error) => tracing::error!(%error, "an offer cannot be written"),
        }
    }

    /// The streams of calls.
    pub(crate) fn streams(&self) -> &Streams {
        &self.0.streams
    }

    /// Something that a wait for the emulator to settle waits for, as long as it lives.
    pub(crate) fn count(&self) -> Counted {
        self.0.courier.pending.count()
    }

    /// Opens a stream in the background, or tells one that is open.
    fn stream(&self, order: StreamOrder) {
        if let Some(opening) = self.0.streams.order(order) {
            let task = streams::run(self.clone(), self.0.streams.clone(), opening, self.count());
            self.0.courier.spawn(task);
        }
    }

    /// Fetches a file in the background and tells the engine what came of it.
    fn fetch(&self, fetch: Fetch) {
        let host = self.clone();
        let counted = self.0.courier.pending.count();
        let turn = self.clock().turns().take();
        self.0.courier.spawn(async move {
            turn.comes().await;
            let fetched = host.0.fetcher.length(&fetch.uri).await;
            let uri = address(&fetch.uri);
            let (label, detail) = match &fetched {
                Ok(length) => (
                    "file fetched",
                    json!({ "uri": uri, "durationMs": length.as_millis() }),
                ),
                Err(unplayable) => (
                    "file cannot be played",
                    json!({ "uri": uri, "reason": unplayable.reason }),
                ),
            };
            host.write(
                Draft::new(JournalKind::Note, label)
                    .between(SERVICE, SERVICE)
                    .call(Some(fetch.server_call_id.as_str()))
                    .connection(Some(fetch.connection.as_str()))
                    .detail(detail),
            );
            let fetched = Fetched {
                id: fetch.id,
                outcome: fetched.map_err(|unplayable| unplayable.failure),
            };
            // The engine has nothing against it, even when the call is over.
            let _ = host.command(Command::Fetched(fetched));
            drop((counted, turn));
        });
    }

    fn recorded(&self, recorded: Recorded) {
        let (id, time, call) = (recorded.id, recorded.time, recorded.server_call_id.to_string());
        let subject = recorded.subject();
        let asked = json!({
            "content": recorded.form.content,
            "channel": recorded.form.channel,
            "format": recorded.form.format,
            "container": recorded.external_storage,
        });
        let data = self.0.recordings.keep(recorded, self.now());
        let kind = Recorded::EVENT_TYPE;
        let entry = self.journal().write(
            time,
            Draft::new(JournalKind::Event, "RecordingFileStatusUpdated")
                .between(EVENT_GRID, APPLICATION)
                .call(Some(call.as_str()))
                .detail(json!({
                    "id": id.to_string(),
                    "subject": subject,
                    "data": data,
                    "asked": asked,
                    "served": "wav",
                    "subscribed": self.0.event_grid.is_subscribed(),
                })),
        );
        match serde_json::value::to_raw_value(&data) {
            Ok(data) => self.0.event_grid.publish(&Offered {
                id: id.to_string(),
                kind,
                subject,
                time,
                data: Arc::from(data),
                entry,
                call: Some(call),
            }),
            Err(error) => tracing::error!(%error, "an event cannot be written"),
        }
    }

    fn ended(&self, ended: &CallEnded) {
        if let Some(last) = &ended.last {
            self.keep_ended(last);
        }
        self.0.legs.forget(ended.server_call_id.as_str());
        self.journal().write(
            ended.time,
            Draft::new(JournalKind::State, "the call is over")
                .between(SERVICE, SERVICE)
                .call(Some(ended.server_call_id.as_str()))
                .detail(json!({ "correlationId": ended.correlation_id })),
        );
    }

    fn note(&self, note: Note) {
        let kind = match note.kind {
            NoteKind::State => JournalKind::State,
            NoteKind::Signal => JournalKind::Signal,
        };
        self.journal().write(
            note.time,
            Draft::new(kind, note.label)
                .between(note.from.name(), note.to.name())
                .call(note.call.as_ref().map(acs_common::ServerCallId::as_str))
                .connection(note.connection.as_ref().map(acs_common::CallConnectionId::as_str))
                .detail(note.detail),
        );
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("courier", &self.0.courier)
            .finish_non_exhaustive()
    }
}
