//! The engine as an application sees it: commands in, replies and events out.

mod adding;
mod answering;
mod call_recording;
mod creating;
mod forwarding;
mod joining;
mod leaving;
mod lines;
mod media;
mod moving;
mod properties;
mod recorded_sound;
mod recordings;
mod refusals;
mod streaming;
mod transcribing;
mod transferring;
mod wire;

use std::collections::BTreeSet;
use std::time::Duration;

use acs_common::{CallConnectionId, CommunicationIdentifier, IncomingCallContext, Tones};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::*;

pub(super) const ALICE: &str = "8:acs:r_alice";
pub(super) const BOB: &str = "8:acs:r_bob";
pub(super) const CAROL: &str = "8:acs:r_carol";
pub(super) const DAVE: &str = "8:acs:r_dave";
pub(super) const APP: &str = "8:acs:r_app";
/// A number of the resource.
pub(super) const OWNED: &str = "+18005550100";
/// A number of somebody else.
pub(super) const PHONE: &str = "+16045550123";

pub(super) fn user(id: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::user(id)
}

pub(super) fn phone(number: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::phone(number)
}

/// An engine with a clock, and everything that came out of it.
pub(super) struct Lab {
    pub(super) engine: Engine,
    pub(super) now: DateTime<Utc>,
    pub(super) events: Vec<Callback>,
    pub(super) offers: Vec<Offer>,
    pub(super) inputs: Vec<PartyInput>,
    /// Files that are asked for and not answered yet.
    pub(super) fetches: Vec<Fetch>,
    /// What becomes of the next files; nothing leaves them unanswered.
    pub(super) files: Option<Result<Duration, FetchFailure>>,
    pub(super) recorded: Vec<Recorded>,
    /// What the host was told about streams.
    pub(super) streams: Vec<StreamOrder>,
    /// The connections that are open or being opened.
    pub(super) connections: BTreeSet<StreamKey>,
    /// What becomes of the next streams at once; nothing leaves them opening.
    pub(super) sockets: Option<StreamNews>,
    pub(super) ended: usize,
    /// What parties were seen to do, and what reached them.
    pub(super) signals: Vec<String>,
}

/// Which connections of streams are over by a command.
#[derive(Clone, Copy)]
pub(super) enum Over {
    None,
    One(StreamKey),
    All,
}

impl Lab {
    /// Users ring, one number is owned.
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut config = EngineConfig {
            application: Some(user(APP)),
            users: UsersMode::Ring,
            phone_numbers: vec![OWNED.parse().unwrap()],
            ..EngineConfig::default()
        };
        change(&mut config);
        Self {
            engine: Engine::new(config),
            now: "2026-03-12T10:00:00Z".parse().unwrap(),
            events: Vec::new(),
            offers: Vec::new(),
            inputs: Vec::new(),
            fetches: Vec::new(),
            files: Some(Ok(seconds(4))),
            recorded: Vec::new(),
            streams: Vec::new(),
            connections: BTreeSet::new(),
            sockets: Some(StreamNews::Opened),
            ended: 0,
            signals: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, effects: Vec<Effect>) {
        let mut opened = Vec::new();
        for effect in effects {
            match effect {
                Effect::Callback(callback) => self.events.push(*callback),
                Effect::Offer(offer) => self.offers.push(*offer),
                Effect::Recorded(recorded) => self.recorded.push(*recorded),
                Effect::CallEnded(_) => self.ended += 1,
                Effect::Parted(_) => {}
                Effect::Fetch(fetch) => self.fetches.push(*fetch),
                Effect::PartyInput(input) => self.inputs.push(*input),
                Effect::Stream(order) => {
                    self.ordered(&order);
                    if let StreamOrder::Open(open) = &order {
                        opened.push(open.key);
                    }
                    self.streams.push(order);
                }
                Effect::Note(note) => {
                    let party = if note.from == Actor::Service {
                        &note.to
                    } else {
                        &note.from
                    };
                    self.signals.push(format!("{} {}", party.name(), note.label));
                }
            }
        }
        if let Some(news) = self.sockets {
            for key in opened {
                self.try_only(Command::StreamNews { key, news }).unwrap();
            }
        }
    }

    /// Whose end a command tells of.
    pub(super) fn ends(command: &Command) -> Over {
        match command {
            Command::StreamNews {
                key,
                news: StreamNews::Unreachable | StreamNews::Lost | StreamNews::Broken,
            } => Over::One(*key),
            Command::Reset => Over::All,
            _ => Over::None,
        }
    }

    /// To be told after what had become due before the command.
    pub(super) fn tells(&mut self, over: Over) {
        match over {
            Over::One(key) => {
                self.connections.remove(&key);
            }
            Over::All => self.connections.clear(),
            Over::None => {}
        }
    }

    /// What is ordered must make sense for connections, one order after the other.
    fn ordered(&mut self, order: &StreamOrder) {
        match order {
            StreamOrder::Open(open) => assert!(self.connections.insert(open.key), "opened twice"),
            StreamOrder::Close(key) => assert!(self.connections.remove(key), "closed, but not open"),
            StreamOrder::Voices { key, .. } | StreamOrder::Retune { key, .. } => {
                assert!(self.connections.contains(key), "told, but not open");
            }
        }
    }

    /// A command without what follows from it.
    pub(super) fn try_only(&mut self, command: Command) -> Result<Reply, ServiceError> {
        let over = Self::ends(&command);
        let applied = self.engine.apply(command, self.now);
        self.take(applied.effects);
        self.tells(over);
        if let Some(outcome) = self.files {
            self.answer_fetches(outcome);
        }
        applied.reply
    }

    /// Says what became of the files that are asked for.
    pub(super) fn answer_fetches(&mut self, outcome: Result<Duration, FetchFailure>) {
        for fetch in std::mem::take(&mut self.fetches) {
            let fetched = Command::Fetched(Fetched {
                id: fetch.id,
                outcome,
            });
            self.try_only(fetched).unwrap();
        }
    }

    /// A command and what follows from it at once.
    pub(super) fn try_send(&mut self, command: Command) -> Result<Reply, ServiceError> {
        let reply = self.try_only(command);
        self.wait(Duration::ZERO);
        reply
    }

    pub(super) fn send(&mut self, command: Command) -> Reply {
        self.try_send(command).unwrap()
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now += TimeDelta::from_std(time).unwrap();
        self.try_only(Command::Tick).unwrap();
    }

    pub(super) fn body(reply: &Reply) -> Value {
        serde_json::to_value(reply).unwrap()
    }

    fn connection(reply: &Reply) -> CallConnectionId {
        CallConnectionId::from(Self::body(reply)["callConnectionId"].as_str().unwrap())
    }

    pub(super) fn create(&mut self, from: &str, to: &[CommunicationIdentifier]) -> CallConnectionId {
        let reply = self.send(Command::CreateCall(creation(from, to)));
        Self::connection(&reply)
    }

    pub(super) fn context(&self) -> IncomingCallContext {
        self.offers.last().unwrap().data.incoming_call_context.clone()
    }

    /// Answers the latest offer.
    pub(super) fn answer(&mut self, context: &str) -> CallConnectionId {
        let command = answer(self.context(), context);
        let reply = self.send(command);
        Self::connection(&reply)
    }

    pub(super) fn connect(&mut self, locator: CallLocator) -> CallConnectionId {
        let reply = self.send(Command::ConnectCall(ConnectCall {
            locator,
            callback_uri: "https://app.example/connect".to_owned(),
            cognitive_services_endpoint: None,
            media_streaming: None,
            transcription: None,
            operation_context: Some("connect".into()),
        }));
        Self::connection(&reply)
    }

    /// Two applications in a 1:1 call: the creating leg and the answering one.
    pub(super) fn pair(&mut self) -> (CallConnectionId, CallConnectionId) {
        let a = self.create(ALICE, &[user(BOB)]);
        let b = self.answer("answer");
        (a, b)
    }

    /// What was told since the last time, in order: which leg, what, code and sub code.
    pub(super) fn told(&mut self) -> Vec<(CallConnectionId, &'static str, u16, u32)> {
        self.events
            .drain(..)
            .map(|callback| {
                let event = callback.event;
                (
                    event.call_connection_id,
                    event.kind.name(),
                    event.result.code,
                    event.result.sub_code,
                )
            })
            .collect()
    }

    /// What one leg was told since the last time, in order; forgets what the others were told.
    pub(super) fn told_to(&mut self, leg: &CallConnectionId) -> Vec<String> {
        self.told()
            .into_iter()
            .filter(|(told, ..)| told == leg)
            .map(|(_, name, code, sub_code)| line(name, code, sub_code))
            .collect()
    }

    /// What several legs were told since the last time.
    pub(super) fn told_all<const N: usize>(&mut self, legs: [&CallConnectionId; N]) -> [Vec<String>; N] {
        let told = self.told();
        legs.map(|leg| {
            told.iter()
                .filter(|(to, ..)| to == leg)
                .map(|(_, name, code, sub_code)| line(name, *code, *sub_code))
                .collect()
        })
    }

    pub(super) fn participants(&mut self, leg: &CallConnectionId) -> Vec<String> {
        let Reply::Participants(list) = self.send(Command::ListParticipants(leg.clone())) else {
            panic!()
        };
        list.iter()
            .map(|participant| participant.identifier.raw_id().into_owned())
            .collect()
    }

    pub(super) fn state(&mut self, leg: &CallConnectionId) -> String {
        match self.try_only(Command::GetCall(leg.clone())) {
            Ok(reply) => Self::body(&reply)["callConnectionState"]
                .as_str()
                .unwrap()
                .to_owned(),
            Err(error) => error.code.into_owned(),
        }
    }

    pub(super) fn server_call_id(&mut self, leg: &CallConnectionId) -> acs_common::ServerCallId {
        let reply = self.try_only(Command::GetCall(leg.clone())).unwrap();
        acs_common::ServerCallId::from(Self::body(&reply)["serverCallId"].as_str().unwrap())
    }

    /// Nothing is left once everything has ended.
    #[track_caller]
    pub(super) fn assert_empty(&mut self) {
        assert_eq!(self.engine.call_count(), 0, "calls are left");
        assert_eq!(self.engine.timer_count(), 0, "timers are left");
        assert!(self.engine.world.legs_by_id.is_empty(), "legs are left");
        assert!(self.engine.world.files.pending.is_empty(), "files are left");
        assert!(self.engine.world.streams.is_empty(), "streams are left");
        assert!(self.connections.is_empty(), "connections are left");
        assert!(self.engine.world.calls_by_id.is_empty(), "call ids are left");
        assert!(self.engine.world.offers.is_empty(), "offers are left");
        assert!(self.engine.world.recordings.is_empty(), "recordings are left");
        assert!(self.engine.world.finished.is_empty(), "recordings wait");
        assert!(self.engine.world.groups.is_empty() && self.engine.world.room_calls.is_empty());
    }
}

/// `Name` for a plain success, `Name code/subCode` for everything else.
fn line(name: &str, code: u16, sub_code: u32) -> String {
    if (code, sub_code) == (200, 0) {
        name.to_owned()
    } else {
        format!("{name} {code}/{sub_code}")
    }
}

pub(super) fn creation(from: &str, to: &[CommunicationIdentifier]) -> CreateCall {
    CreateCall {
        source: Some(user(from)),
        source_caller_id_number: Some(phone(OWNED)),
        operation_context: Some("create".into()),
        ..CreateCall::new(to.to_vec(), "https://app.example/events?q=1")
    }
}

pub(super) fn answer(incoming_call_context: IncomingCallContext, context: &str) -> Command {
    Command::AnswerCall(AnswerCall {
        incoming_call_context,
        callback_uri: "https://app.example/answered".to_owned(),
        answered_by: None,
        cognitive_services_endpoint: None,
        media_streaming: None,
        transcription: None,
        operation_context: Some(context.into()),
    })
}

pub(super) fn addition(leg: &CallConnectionId, who: CommunicationIdentifier) -> AddParticipant {
    AddParticipant {
        connection: leg.clone(),
        participant: who,
        source_caller_id_number: Some(phone(OWNED)),
        source_display_name: None,
        invitation_timeout: None,
        custom_context: CustomContext::default(),
        operation_context: Some("add".into()),
        operation_callback_uri: None,
    }
}

pub(super) fn removal(leg: &CallConnectionId, who: CommunicationIdentifier) -> Command {
    Command::RemoveParticipant(RemoveParticipant {
        connection: leg.clone(),
        participant: who,
        operation_context: Some("remove".into()),
        operation_callback_uri: None,
    })
}

pub(super) fn transfer(leg: &CallConnectionId, to: CommunicationIdentifier) -> TransferToParticipant {
    TransferToParticipant {
        connection: leg.clone(),
        target: to,
        transferee: None,
        source_caller_id_number: Some(phone(OWNED)),
        custom_context: CustomContext::default(),
        operation_context: Some("transfer".into()),
        operation_callback_uri: None,
    }
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
