//! Arbitrary commands, and an engine that carries them out and keeps what it is told.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::super::*;
use super::agents::{Deed, command, deed};
use super::media::{media, media_end, talkative};
use super::settings::{FRANK, GRACE, place, settings};
use super::streams::{NEWS, set_up, stream};

const PARTIES: [&str; 7] = [ALICE, BOB, CAROL, DAVE, "8:acs:r_erin", FRANK, GRACE];
pub(super) const NUMBERS: [&str; 4] = [OWNED, PHONE, "+16045550124", "none"];

/// A command in which legs, offers and invitations are named by number, to be looked up among those that
/// there were.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Create {
        from: usize,
        to: Vec<usize>,
    },
    Answer(usize),
    Reject(usize),
    Redirect(usize, usize),
    Connect {
        call: usize,
        kind: u8,
    },
    HangUp(usize),
    Terminate(usize),
    Transfer {
        leg: usize,
        target: usize,
        transferee: Option<usize>,
    },
    Add {
        leg: usize,
        who: usize,
        timeout: u64,
    },
    Remove {
        leg: usize,
        who: usize,
    },
    Mute {
        leg: usize,
        who: usize,
    },
    Cancel {
        leg: usize,
        invitation: usize,
    },
    Move {
        to: usize,
        from: usize,
        who: usize,
    },
    Place {
        from: usize,
        to: usize,
    },
    Join {
        call: usize,
        kind: u8,
        who: usize,
    },
    Party {
        who: usize,
        action: u8,
    },
    Script {
        who: usize,
        script: u8,
    },
    /// Which of two Teams users sets what about its calls.
    Settings(bool, u8),
    Media {
        leg: usize,
        who: usize,
        kind: u8,
        flags: u8,
    },
    /// A stream is started, stopped or changed.
    Stream {
        leg: usize,
        kind: u8,
    },
    /// The host tells of a stream.
    News {
        stream: usize,
        news: u8,
    },
    /// A file that is asked for turns out to be good, bad or not there.
    File(u8),
    Input {
        who: usize,
        what: u8,
    },
    Record {
        leg: usize,
        form: u8,
    },
    Recording {
        recording: usize,
        action: u8,
    },
    Get(usize),
    Wait(u64),
    Agent(Deed),
    Reset,
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let n = 0usize..1000;
    prop_oneof![
        4 => (n.clone(), prop::collection::vec(n.clone(), 1..4)).prop_map(|(from, to)| Act::Create { from, to }),
        6 => n.clone().prop_map(Act::Answer),
        1 => n.clone().prop_map(Act::Reject),
        1 => (n.clone(), n.clone()).prop_map(|(offer, to)| Act::Redirect(offer, to)),
        2 => (n.clone(), 0u8..3).prop_map(|(call, kind)| Act::Connect { call, kind }),
        1 => n.clone().prop_map(Act::HangUp),
        1 => n.clone().prop_map(Act::Terminate),
        2 => (n.clone(), n.clone(), prop::option::of(n.clone()))
            .prop_map(|(leg, target, transferee)| Act::Transfer { leg, target, transferee }),
        3 => (n.clone(), n.clone(), 0u64..200)
            .prop_map(|(leg, who, timeout)| Act::Add { leg, who, timeout }),
        1 => (n.clone(), n.clone()).prop_map(|(leg, who)| Act::Remove { leg, who }),
        1 => (n.clone(), n.clone()).prop_map(|(leg, who)| Act::Mute { leg, who }),
        1 => (n.clone(), n.clone()).prop_map(|(leg, invitation)| Act::Cancel { leg, invitation }),
        2 => (n.clone(), n.clone(), n.clone()).prop_map(|(to, from, who)| Act::Move { to, from, who }),
        1 => (n.clone(), n.clone()).prop_map(|(from, to)| Act::Place { from, to }),
        3 => deed().prop_map(Act::Agent),
        1 => (n.clone(), 0u8..3, n.clone()).prop_map(|(call, kind, who)| Act::Join { call, kind, who }),
        1 => (n.clone(), 0u8..3).prop_map(|(who, action)| Act::Party { who, action }),
        1 => (n.clone(), 0u8..9).prop_map(|(who, script)| Act::Script { who, script }),
        2 => (any::<bool>(), 0u8..9).prop_map(|(who, kind)| Act::Settings(who, kind)),
        2 => (n.clone(), 0u8..4).prop_map(|(leg, form)| Act::Record { leg, form }),
        2 => (n.clone(), 0u8..4).prop_map(|(recording, action)| Act::Recording { recording, action }),
        1 => n.prop_map(Act::Get),
        6 => (0u64..3000).prop_map(Act::Wait),
        1 => (10_000u64..130_000).prop_map(Act::Wait),
        1 => Just(Act::Reset).prop_filter("seldom", |_| true),
    ]
}

/// As above, and as much about media.
pub(super) fn act_on_media() -> impl Strategy<Value = Act> {
    let n = 0usize..1000;
    prop_oneof![
        4 => act().prop_filter("calls are to live on", |act| {
            !matches!(act, Act::Reset | Act::HangUp(_) | Act::Terminate(_))
        }),
        8 => (n.clone(), n.clone(), 0u8..8, any::<u8>())
            .prop_map(|(leg, who, kind, flags)| Act::Media { leg, who, kind, flags }),
        3 => (0u8..8).prop_map(Act::File),
        2 => (n.clone(), 0u8..5).prop_map(|(leg, kind)| Act::Stream { leg, kind }),
        2 => (n.clone(), 0u8..8).prop_map(|(stream, news)| Act::News { stream, news }),
        3 => (n, any::<u8>()).prop_map(|(who, what)| Act::Input { who, what }),
    ]
}

pub(super) fn latency() -> impl Strategy<Value = Latency> {
    prop_oneof![
        Just(Latency::Instant),
        Just(Latency::Fixed(Duration::from_millis(700))),
        Just(Latency::Realistic)
    ]
}

/// An engine with what is known of it, and its effects as text.
pub(super) struct Play {
    pub(super) lab: Lab,
    legs: Vec<CallConnectionId>,
    invitations: Vec<acs_common::InvitationId>,
    recordings: Vec<acs_common::RecordingId>,
    pub(super) transcript: String,
    /// How many operations on media were asked for.
    asked: usize,
    /// Those that were accepted: their leg, and whether their end is told however they end.
    accepted: HashMap<String, (CallConnectionId, &'static str)>,
    /// Legs that were there before a reset are told nothing more.
    forgotten: HashSet<CallConnectionId>,
}

pub(super) fn pick<T: Clone>(list: &[T], n: usize) -> Option<T> {
    (!list.is_empty()).then(|| list[n % list.len()].clone())
}

pub(super) fn party(n: usize) -> CommunicationIdentifier {
    let n = n % (PARTIES.len() + NUMBERS.len());
    PARTIES.get(n).map_or_else(
        || phone(NUMBERS[n - PARTIES.len()]),
        |id| CommunicationIdentifier::from_raw_id(id),
    )
}

impl Play {
    pub(super) fn new(seed: u64, latency: Latency, users: UsersMode) -> Self {
        let mut lab = Lab::with(|config| {
            config.seed = seed;
            config.latency = latency;
            config.users = users;
            config.unattended_limit = seconds(300);
            config.playback_time_scale = 1.0;
            config.telephone_script = talkative();
        });
        lab.files = None;
        lab.sockets = None;
        Self {
            lab,
            legs: Vec::new(),
            invitations: Vec::new(),
            recordings: Vec::new(),
            transcript: String::new(),
            asked: 0,
            accepted: HashMap::new(),
            forgotten: HashSet::new(),
        }
    }

    /// The same, with two calls that are established: without, most of what follows would be refused.
    pub(super) fn in_calls(seed: u64, latency: Latency, users: UsersMode) -> Self {
        let mut play = Self::new(seed, latency, users);
        let telephones = [PARTIES.len() + 1, PARTIES.len() + 2];
        for to in [telephones[..1].to_vec(), telephones.to_vec()] {
            play.play(&Act::Create { from: to.len(), to });
        }
        play.play(&Act::Wait(10_000));
        play
    }

    fn locator(&self, call: usize, kind: u8) -> Option<CallLocator> {
        Some(match kind {
            0 => CallLocator::Group((call % 2).to_string()),
            1 => CallLocator::Room((call % 2).to_string()),
            _ => CallLocator::ServerCall(pick(&self.lab.offers, call)?.data.server_call_id),
        })
    }

    /// A leg that lives, and mostly somebody in its call: otherwise nearly everything would be refused.
    fn somebody(&mut self, leg: usize, who: usize) -> Option<(CallConnectionId, CommunicationIdentifier)> {
        let mut calls = Vec::new();
        for leg in self.legs.clone() {
            if let Ok(Reply::Participants(list)) = self.lab.try_only(Command::ListParticipants(leg.clone())) {
                calls.push((leg, list));
            }
        }
        let (leg, list) = pick(&calls, leg)?;
        let present = pick(&list, who).filter(|_| !who.is_multiple_of(7));
        Some((leg, present.map_or_else(|| party(who), |found| found.identifier)))
    }

    fn command(&mut self, act: &Act) -> Option<Command> {
        Some(match act {
            Act::Create { from, to } => {
                let to: Vec<_> = to.iter().map(|n| party(*n)).collect();
                let mut command = creation(PARTIES[from % 5], &to);
                command.cognitive_services_endpoint = Some("https://ai.example".to_owned());
                (command.media_streaming, command.transcription) = set_up(*from);
                Command::CreateCall(command)
            }
            Act::Answer(n) => answer(pick(&self.lab.offers, *n)?.data.incoming_call_context, "answer"),
            Act::Reject(n) => Command::RejectCall(RejectCall {
                incoming_call_context: pick(&self.lab.offers, *n)?.data.incoming_call_context,
                reason: RejectReason::Busy,
            }),
            Act::Redirect(n, to) => Command::RedirectCall(RedirectCall {
                incoming_call_context: pick(&self.lab.offers, *n)?.data.incoming_call_context,
                target: party(*to),
            }),
            Act::Connect { call, kind } => Command::ConnectCall(ConnectCall {
                locator: self.locator(*call, *kind)?,
                callback_uri: "https://app.example".to_owned(),
                cognitive_services_endpoint: None,
                media_streaming: None,
                transcription: None,
                operation_context: None,
            }),
            Act::HangUp(n) => Command::HangUp(pick(&self.legs, *n)?),
            Act::Terminate(n) => Command::Terminate(pick(&self.legs, *n)?),
            Act::Transfer {
                leg,
                target,
                transferee,
            } => {
                let mut command = transfer(&pick(&self.legs, *leg)?, party(*target));
                command.transferee = transferee.map(party);
                Command::TransferToParticipant(command)
            }
            Act::Add { leg, who, timeout } => {
                let mut command = addition(&pick(&self.legs, *leg)?, party(*who));
                command.invitation_timeout = Some(seconds(*timeout));
                Command::AddParticipant(command)
            }
            Act::Remove { leg, who } => removal(&pick(&self.legs, *leg)?, party(*who)),
            Act::Mute { leg, who } => Command::MuteParticipant(MuteParticipant {
                connection: pick(&self.legs, *leg)?,
                participant: party(*who),
                operation_context: None,
            }),
            Act::Cancel { leg, invitation } => Command::CancelAddParticipant(CancelAddParticipant {
                connection: pick(&self.legs, *leg)?,
                invitation_id: pick(&self.invitations, *invitation)?,
                operation_context: None,
                operation_callback_uri: None,
            }),
            Act::Move { to, from, who } => Command::MoveParticipants(MoveParticipants {
                connection: pick(&self.legs, *to)?,
                from_call: pick(&self.legs, *from)?,
                participants: vec![party(*who), party(who + 1)],
                operation_context: None,
                operation_callback_uri: None,
            }),
            Act::Place { from, to } => place(party(*from), party(*to), from + to),
            Act::Settings(who, kind) => settings(*who, *kind),
            Act::Agent(deed) => command(&self.lab.engine, *deed)?,
            Act::Join { call, kind, who } => Command::JoinCall {
                locator: self.locator(*call, *kind)?,
                party: party(*who),
                muted: false,
            },
            Act::Party { who, action } => Command::PartyAction {
                raw_id: party(*who).raw_id().into_owned(),
                action: match action {
                    0 => PartyAction::Answer,
                    1 => PartyAction::Reject(RejectReason::Declined),
                    _ => PartyAction::HangUp,
                },
            },
            Act::Script { who, script } => Command::SetScript {
                raw_id: party(*who).raw_id().into_owned(),
                script: match script {
                    0 => None,
                    1 => Some(PartyScript::answer_after(seconds(1)).hang_up_after(seconds(2))),
                    2 => Some(PartyScript::reject(RejectReason::Forbidden)),
                    3 => Some(PartyScript::no_answer()),
                    4 => Some(PartyScript::offline()),
                    5 => Some(PartyScript::not_found()),
                    6 => Some(talkative()),
                    _ => Some(PartyScript::offer()),
                },
            },
            Act::Media {
                leg,
                who,
                kind,
                flags,
            } => {
                let (leg, who) = self.somebody(*leg, *who)?;
                self.asked += 1;
                media(leg, who, *kind, *flags, self.asked)
            }
            Act::Stream { leg, kind } => {
                let (leg, _) = self.somebody(*leg, 0)?;
                self.asked += 1;
                stream(leg, *kind, self.asked)
            }
            Act::News { stream, news } => {
                let open: Vec<StreamKey> = self.lab.connections.iter().copied().collect();
                Command::StreamNews {
                    key: pick(&open, *stream)?,
                    news: NEWS[usize::from(*news) % NEWS.len()],
                }
            }
            Act::File(verdict) => {
                let fetch = self.lab.fetches.pop()?;
                Command::Fetched(Fetched {
                    id: fetch.id,
                    outcome: match verdict {
                        0 => Err(FetchFailure::Format),
                        1 => Err(FetchFailure::Download),
                        length => Ok(seconds(u64::from(*length))),
                    },
                })
            }
            Act::Input { who, what } => Command::PartyAction {
                raw_id: party(*who).raw_id().into_owned(),
                action: PartyAction::Input(match what % 4 {
                    0 => Input::Say {
                        text: "sales".to_owned(),
                    },
                    1 => Input::Press {
                        tones: "12#".parse().unwrap(),
                    },
                    _ => Input::Press {
                        tones: "1".parse().unwrap(),
                    },
                }),
            },
            Act::Record { leg, form } => {
                let call = RecordedCall::Connection(pick(&self.legs, *leg)?);
                let unmixed = call_recording::unmixed();
                let form_of = if form % 2 == 0 {
                    unmixed
                } else {
                    RecordingForm::default()
                };
                let mut command = call_recording::of(call, form_of);
                command.pause_on_start = *form > 1;
                Command::StartRecording(command)
            }
            Act::Recording { recording, action } => {
                let recording = pick(&self.recordings, *recording)?;
                match action {
                    0 => Command::PauseRecording(recording),
                    1 => Command::ResumeRecording(recording),
                    2 => Command::GetRecording(recording),
                    _ => Command::StopRecording(recording),
                }
            }
            Act::Get(n) => Command::GetCall(pick(&self.legs, *n)?),
            Act::Wait(_) => Command::Tick,
            Act::Reset => Command::Reset,
        })
    }

    pub(super) fn play(&mut self, act: &Act) {
        if let Act::Wait(millis) = act {
            self.lab.now += TimeDelta::milliseconds(i64::try_from(*millis).unwrap());
        }
        let Some(command) = self.command(act) else { return };
        let asked = media_end(&command);
        let over = Lab::ends(&command);
        let applied = self.lab.engine.apply(command, self.lab.now);
        if let (Some((leg, context, end)), Ok(_)) = (asked, &applied.reply) {
            self.accepted.insert(context, (leg, end));
        }
        match &applied.reply {
            Ok(Reply::Call(call)) if !self.legs.contains(&call.call_connection_id) => {
                self.legs.push(call.call_connection_id.clone());
            }
            Ok(Reply::Recording(status)) => self.recordings.push(status.recording_id.clone()),
            Ok(Reply::Invited(invited)) => self.invitations.push(invited.invitation_id.clone()),
            _ => {}
        }
        if matches!(act, Act::Reset) {
            self.lab.fetches.clear();
            self.forgotten.extend(self.legs.iter().cloned());
        }
        let reply = applied.reply.as_ref();
        let reply = reply.map_or_else(ToString::to_string, |reply| serde_json::to_string(reply).unwrap());
        self.transcript.push_str(&reply);
        for effect in &applied.effects {
            let text = match effect {
                Effect::Callback(callback) => serde_json::to_string(&callback.event).unwrap(),
                Effect::Offer(offer) => serde_json::to_string(&offer.data).unwrap(),
                Effect::Recorded(recorded) => format!("{recorded:?}"),
                Effect::CallEnded(ended) => format!("{ended:?}"),
                Effect::Parted(parted) => format!("{parted:?}"),
                Effect::Fetch(fetch) => format!("{fetch:?}"),
                Effect::PartyInput(input) => format!("{input:?}"),
                Effect::Stream(order) => format!("{order:?}"),
                Effect::Note(note) => format!("{note:?}"),
            };
            self.transcript.push_str(&text);
            self.transcript.push('\n');
        }
        self.lab.take(applied.effects);
        self.lab.tells(over);
        if let Some(due) = self.lab.engine.next_due() {
            assert!(
                due >= self.lab.now || matches!(act, Act::Reset),
                "something was left undone"
            );
        }
    }

    /// Ends what is still there and lets time pass until nothing is due.
    pub(super) fn finish(&mut self) {
        for leg in self.legs.clone() {
            let _ = self.lab.try_only(Command::Terminate(leg));
        }
        for _ in 0..10_000 {
            // A file that never comes would keep its place.
            let late = self.lab.fetches.pop();
            if let Some(fetch) = late {
                let outcome = Err(FetchFailure::Download);
                self.lab
                    .try_only(Command::Fetched(Fetched {
                        id: fetch.id,
                        outcome,
                    }))
                    .unwrap();
                continue;
            }
            let Some(due) = self.lab.engine.next_due() else {
                return;
            };
            self.lab.now = due;
            self.lab.try_only(Command::Tick).unwrap();
            for leg in self.legs.clone() {
                let _ = self.lab.try_only(Command::Terminate(leg));
            }
        }
        panic!("it never comes to rest");
    }

    /// The story of each leg.
    pub(super) fn check(&self) {
        #[derive(Default)]
        struct Story {
            connected: bool,
            over: bool,
            failed: bool,
            sequence: u32,
        }
        let mut stories: HashMap<&CallConnectionId, Story> = HashMap::new();
        let mut ids = HashSet::new();
        let mut ends: HashMap<&str, Vec<&str>> = HashMap::new();
        for callback in &self.lab.events {
            let event = &callback.event;
            assert!(ids.insert(event.id), "an event id was used twice");
            if event.kind.recording().is_some() {
                continue;
            }
            let story = stories.entry(&event.call_connection_id).or_default();
            let name = event.kind.name();
            if story.over {
                assert!(
                    name == "CreateCallFailed" && !story.connected && !story.failed,
                    "{name} after the end of {}",
                    event.call_connection_id
                );
            }
            match &event.kind {
                EventKind::CallConnected => {
                    assert!(!story.connected, "connected twice");
                    story.connected = true;
                }
                EventKind::CallDisconnected => story.over = true,
                EventKind::CreateCallFailed => story.failed = true,
                EventKind::AnswerFailed | EventKind::ConnectFailed => {
                    assert!(!story.connected);
                    story.over = true;
                    story.failed = true;
                }
                EventKind::ParticipantsUpdated {
                    sequence_number,
                    participants,
                } => {
                    assert!(*sequence_number > story.sequence, "numbers rise");
                    story.sequence = *sequence_number;
                    let mut named = HashSet::new();
                    assert!(
                        participants
                            .iter()
                            .all(|who| named.insert(who.identifier.raw_id().into_owned())),
                        "somebody is listed twice"
                    );
                }
                _ => assert!(story.connected, "{name} before the beginning"),
            }
            if let Some(context) = &event.operation_context
                && context.as_str().starts_with("media")
            {
                let told = ends.entry(context.as_str()).or_default();
                assert!(told.is_empty(), "{name} after {told:?}");
                if name != "PlayStarted" && name != "ContinuousDtmfRecognitionToneReceived" {
                    told.push(name);
                }
            }
        }
        for (context, (leg, end)) in &self.accepted {
            let told = ends.get(context.as_str()).and_then(|told| told.first());
            match told {
                Some(told) => assert!(told.starts_with(end), "{context}: {told}, not {end}"),
                // Tones that are being sent when the call ends are told by that end alone.
                None => assert!(
                    *end == "SendDtmfTones" || self.forgotten.contains(leg),
                    "{context} ({end}) was never ended"
                ),
            }
        }
        // Every recording that began is over in the end, and then it has its files, in one piece.
        for recorded in &self.lab.recorded {
            let pieces: Duration = recorded.chunks.iter().map(|chunk| chunk.duration).sum();
            assert_eq!(pieces, recorded.duration);
            let of = |callback: &&Callback| callback.event.kind.recording() == Some(&recorded.recording_id);
            let last = self.lab.events.iter().rfind(of).unwrap();
            assert!(
                matches!(&last.event.kind, EventKind::RecordingStateChanged { state, .. } if state.as_str() == "inactive")
            );
            let again = self
                .lab
                .recorded
                .iter()
                .filter(|other| other.recording_id == recorded.recording_id);
            assert_eq!(again.count(), 1);
        }
        for leg in self.legs.iter().filter(|leg| !self.forgotten.contains(*leg)) {
            let story = stories
                .get(leg)
                .unwrap_or_else(|| panic!("{leg} was told nothing"));
            assert!(story.over, "{leg} never ended");
        }
    }
}
