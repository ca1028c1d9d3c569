//! What all calls share: time, timers, ids, indexes, and the effects that are being collected.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, IncomingCallContext, OperationContext,
    PhoneNumber, RecordingId, ServerCallId, Tones,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::codes::ResultInformation;
use super::config::{EngineConfig, Latency};
use super::effect::{Actor, Callback, CallbackEvent, Effect, EventKind, Note, NoteKind};
use super::media::{Files, MediaFault};
use super::model::{Call, CallKey, InviteKey, LegKey};
use super::recording::Finished;
use super::script::PartyScript;
use super::settings::CallingSettings;
use super::stream::OpenStreams;
use super::timers::{Timer, TimerKey, Timers};

/// A step of the service that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// From the request until the party rings.
    Ring,
    /// From the answer until the call is established.
    Connect,
    /// From the rejection until the caller knows.
    Reject,
    /// From the request until the leg is gone.
    HangUp,
    /// From one end of a call to the other.
    Spread,
    /// Until the second round of participant lists.
    Settle,
    /// Until something is played or listened to.
    Media,
    /// Until tones were sent.
    Tones,
    /// Any other operation.
    Operate,
    /// From the end of a recording until its files can be fetched.
    Publish,
}

impl Step {
    /// Milliseconds from and to, rounded from recorded traffic.
    fn range(self) -> (u64, u64) {
        match self {
            Self::Ring => (1000, 3000),
            Self::Connect => (500, 3000),
            Self::Reject => (1000, 2000),
            Self::HangUp | Self::Media => (500, 2000),
            Self::Spread => (20, 110),
            Self::Settle => (300, 1000),
            Self::Tones => (2000, 4000),
            Self::Operate => (500, 1500),
            // Chosen; the service takes minutes.
            Self::Publish => (2000, 5000),
        }
    }
}

/// What is to happen to another call right after this one was dealt with.
#[derive(Debug)]
pub(super) enum FollowUp {
    /// A call that is being set up is not wanted any more.
    Discard(CallKey),
    /// The other end of a telephone line hung up.
    LineClosed { call: CallKey, raw_id: Arc<str> },
    /// The far end of a telephone line answered.
    LineAnswered { call: CallKey, invite: InviteKey },
    /// Somebody left a call.
    Left(CallKey),
    /// Tones come in at the other end of a telephone line.
    Tones {
        call: CallKey,
        raw_id: Arc<str>,
        tones: Tones,
    },
    /// The far end of a telephone line did not answer.
    LineFailed {
        /// The call at that end. The invitation may have gone on to somebody else meanwhile.
        line: CallKey,
        call: CallKey,
        invite: InviteKey,
        failure: super::codes::Failure,
    },
}

/// A room that was made.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) valid_from: Option<DateTime<Utc>>,
    pub(super) valid_until: Option<DateTime<Utc>>,
    /// Who may join, by raw id; `None` is anybody.
    pub(super) participants: Option<HashSet<String>>,
}

/// A map whose keys the engine makes itself, so that nobody can choose them to collide.
pub(super) type QuickMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

#[derive(Debug)]
pub(super) struct World {
    pub(super) config: EngineConfig,
    pub(super) now: DateTime<Utc>,
    pub(super) timers: Timers,
    pub(super) application: CommunicationIdentifier,
    pub(super) scripts: HashMap<String, PartyScript>,
    /// Of Teams users, by raw id.
    pub(super) calling_settings: HashMap<String, CallingSettings>,
    /// Parties whose calls somebody waits for.
    pub(super) online: std::collections::HashSet<String>,
    /// Of those, who is asked before it is transferred.
    pub(super) asking: std::collections::HashSet<String>,
    pub(super) legs_by_id: QuickMap<CallConnectionId, (CallKey, LegKey)>,
    pub(super) calls_by_id: QuickMap<String, CallKey>,
    pub(super) groups: HashMap<String, CallKey>,
    pub(super) room_calls: HashMap<String, CallKey>,
    pub(super) rooms: HashMap<String, Room>,
    pub(super) offers: HashMap<IncomingCallContext, (CallKey, InviteKey)>,
    pub(super) files: Files,
    /// The calls of the recordings that run.
    pub(super) recordings: HashMap<RecordingId, CallKey>,
    /// Recordings that are over and whose files are not out yet.
    pub(super) finished: HashMap<RecordingId, Box<Finished>>,
    pub(super) media_fault: MediaFault,
    pub(super) streams: OpenStreams,
    pub(super) follow_ups: Vec<FollowUp>,
    pub(super) effects: Vec<Effect>,
    /// The signalling chain of the call that the command is about.
    pub(super) chain: Option<CorrelationId>,
    rng: fastrand::Rng,
    next_key: u64,
    resource: Uuid,
}

impl World {
    pub(super) fn new(config: EngineConfig) -> Self {
        let mut rng = fastrand::Rng::with_seed(config.seed);
        let resource = guid(&mut rng);
        let made = user(&mut rng, resource);
        Self {
            application: config.application.clone().unwrap_or(made),
            scripts: config.scripts.clone(),
            calling_settings: config.calling_settings.clone(),
            online: std::collections::HashSet::new(),
            asking: std::collections::HashSet::new(),
            media_fault: config.media_fault,
            config,
            now: DateTime::<Utc>::MIN_UTC,
            timers: Timers::default(),
            legs_by_id: QuickMap::default(),
            calls_by_id: QuickMap::default(),
            groups: HashMap::new(),
            room_calls: HashMap::new(),
            rooms: HashMap::new(),
            offers: HashMap::new(),
            files: Files::default(),
            recordings: HashMap::new(),
            finished: HashMap::new(),
            streams: OpenStreams::new(),
            follow_ups: Vec::new(),
            effects: Vec::new(),
            chain: None,
            rng,
            next_key: 0,
            resource,
        }
    }

    /// Forgets everything but the settings and where the ids are.
    pub(super) fn reset(&mut self) {
        self.timers.clear();
        self.scripts.clone_from(&self.config.scripts);
        self.calling_settings.clone_from(&self.config.calling_settings);
        self.legs_by_id.clear();
        self.calls_by_id.clear();
        self.groups.clear();
        self.room_calls.clear();
        self.rooms.clear();
        self.offers.clear();
        self.files.clear();
        self.recordings.clear();
        self.finished.clear();
        self.media_fault = MediaFault::None;
        self.streams.clear();
        self.follow_ups.clear();
    }

    pub(super) fn next_key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }

    pub(super) fn guid(&mut self) -> Uuid {
        guid(&mut self.rng)
    }

    pub(super) fn user(&mut self) -> CommunicationIdentifier {
        user(&mut self.rng, self.resource)
    }

    /// The id of a file, of the form in the documentation; a region that does not exist.
    pub(super) fn document_id(&mut self) -> String {
        format!("0-emu-d1-{:032x}", self.rng.u128(..))
    }

    /// Standard base64 of an address, as recorded; the host is one that cannot exist.
    pub(super) fn server_call_id(&mut self) -> ServerCallId {
        let conversation = URL_SAFE_NO_PAD.encode(self.rng.u128(..).to_be_bytes());
        // The service counts in ticks of 100 ns since the year 1.
        let ticks = 621_355_968_000_000_000_i64.wrapping_add(self.now.timestamp_micros().wrapping_mul(10));
        ServerCallId::from(STANDARD.encode(format!(
            "https://api.flightproxy.emulator.invalid/api/v2/cp/conv-emulator-01.conv.emulator.invalid/conv/{conversation}?i=127-0-0-1&e={ticks}"
        )))
    }

    /// An unsigned JWT, as recorded, though shorter.
    pub(super) fn incoming_call_context(&mut self) -> IncomingCallContext {
        let mut secret = [0; 48];
        self.rng.fill(&mut secret);
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"cc":"{}"}}"#, STANDARD.encode(secret)));
        IncomingCallContext::from(format!("{header}.{payload}."))
    }

    /// How long a step takes.
    pub(super) fn delay(&mut self, step: Step) -> Duration {
        match self.config.latency {
            Latency::Instant => Duration::ZERO,
            // The ends of a call are told together, as the name says.
            Latency::Fixed(_) if step == Step::Spread => Duration::ZERO,
            Latency::Fixed(delay) => delay,
            Latency::Realistic => {
                let (from, to) = step.range();
                Duration::from_millis(self.rng.u64(from..=to))
            }
        }
    }

    pub(super) fn after(&mut self, delay: Duration, timer: Timer) -> TimerKey {
        let at = TimeDelta::from_std(delay)
            .ok()
            .and_then(|delta| self.now.checked_add_signed(delta))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.timers.schedule(at, timer)
    }

    pub(super) fn after_step(&mut self, step: Step, timer: Timer) -> TimerKey {
        let delay = self.delay(step);
        self.after(delay, timer)
    }

    /// Whether the resource has this number.
    pub(super) fn owns(&self, number: &str) -> bool {
        self.config
            .phone_numbers
            .iter()
            .any(|owned| owned.as_str() == number)
    }

    pub(super) fn add_number(&mut self, number: PhoneNumber) {
        if !self.owns(number.as_str()) {
            self.config.phone_numbers.push(number);
        }
    }

    pub(super) fn emit(
        &mut self,
        call: &Call,
        connection: CallConnectionId,
        uri: Arc<str>,
        operation_context: Option<OperationContext>,
        kind: EventKind,
        result: ResultInformation,
    ) {
        let event = CallbackEvent {
            id: self.guid(),
            time: self.now,
            kind,
            call_connection_id: connection,
            server_call_id: call.id.clone(),
            correlation_id: call.correlation.clone(),
            operation_context,
            result,
        };
        self.effects
            .push(Effect::Callback(Box::new(Callback { uri, event })));
    }

    /// What passes between the service and a party.
    pub(super) fn signal(
        &mut self,
        call: &Call,
        from: Actor,
        to: Actor,
        label: impl Into<Cow<'static, str>>,
    ) {
        self.note(call, None, NoteKind::Signal, from, to, label.into());
    }

    /// A leg changed its state.
    pub(super) fn state(&mut self, call: &Call, connection: &CallConnectionId, label: &'static str) {
        let connection = Some(connection.clone());
        self.note(
            call,
            connection,
            NoteKind::State,
            Actor::Service,
            Actor::Service,
            label.into(),
        );
    }

    fn note(
        &mut self,
        call: &Call,
        connection: Option<CallConnectionId>,
        kind: NoteKind,
        from: Actor,
        to: Actor,
        label: Cow<'static, str>,
    ) {
        let call = Some(call.id.clone());
        let detail = Value::Null;
        self.effects.push(Effect::Note(Note {
            time: self.now,
            call,
            connection,
            kind,
            from,
            to,
            label,
            detail,
        }));
    }
}

fn guid(rng: &mut fastrand::Rng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

/// A user id of the form that the service makes.
fn user(rng: &mut fastrand::Rng, resource: Uuid) -> CommunicationIdentifier {
    CommunicationIdentifier::user(format!(
        "8:acs:{resource}_{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        rng.u32(..),
        rng.u16(..),
        rng.u16(..),
        rng.u16(..),
        rng.u64(..) & 0xffff_ffff_ffff
    ))
}
