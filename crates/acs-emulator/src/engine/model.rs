//! A call and what belongs to it: participants, legs, and invitations that ring.

use std::sync::Arc;

use acs_common::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, IncomingCallContext, InvitationId,
    OperationContext, ServerCallId,
};

use chrono::{DateTime, Utc};

use super::codes::ResultInformation;
use super::command::CustomContext;
use super::effect::{EventKind, IncomingCustomContext};
use super::forward::Way;
use super::media::{Media, MediaKey};
use super::recording::Recording;
use super::reply::{CallParticipant, ConnectionState};
use super::stream::Streams;
use super::timers::{Operation, TimerKey};
use super::world::World;

pub(super) type CallKey = u64;
pub(super) type LegKey = u64;
pub(super) type InviteKey = u64;

/// What a call hangs on, apart from its participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Nothing: it ends with its participants.
    Participants,
    /// A group call id.
    Group(String),
    /// A room.
    Room(String),
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    pub(super) id: ServerCallId,
    pub(super) correlation: CorrelationId,
    pub(super) home: Home,
    /// Several targets, or somebody was added; never goes back.
    pub(super) group: bool,
    /// Two parties have met; for a group call or a room, from the beginning.
    pub(super) established: bool,
    pub(super) participants: Vec<Participant>,
    pub(super) legs: Vec<Leg>,
    pub(super) invites: Vec<Invite>,
    /// The number of the latest `ParticipantsUpdated`.
    pub(super) version: u32,
    /// The end of a call without applications is scheduled.
    pub(super) unattended: bool,
    pub(super) recording: Option<Box<Recording>>,
    /// The calls that transfers tie to it. Few have any.
    pub(super) links: Option<Box<Links>>,
    roster: Option<Arc<[CallParticipant]>>,
    /// How often it changed who is in the call, and how.
    sound: u64,
    timers: Vec<TimerKey>,
}

/// How many transfers from a call are remembered.
const LINKS: usize = 32;

/// The calls that transfers tie to a call.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The call from which a transfer began this one.
    pub(super) of: Option<ServerCallId>,
    /// The latest calls that transfers began from this one, those that came to nothing included.
    pub(super) begun: Vec<ServerCallId>,
}

/// Somebody in a call.
#[derive(Debug)]
pub(super) struct Participant {
    pub(super) identity: CommunicationIdentifier,
    pub(super) raw_id: Arc<str>,
    pub(super) muted: bool,
    pub(super) on_hold: bool,
    /// The request that put it on hold, or is about to.
    pub(super) hold: Option<MediaKey>,
    /// How many playbacks it hears instead of the call.
    pub(super) parked: usize,
    /// How many times it was asked something.
    pub(super) asked: usize,
    /// The leg of the application that is this participant; `None` is a virtual party.
    pub(super) leg: Option<LegKey>,
    /// A telephone that called in, as opposed to one that was called.
    pub(super) caller: bool,
    /// The leg whose application dialled this participant.
    pub(super) dialled_by: Option<LegKey>,
    /// The call at the other end of the telephone line, where the application is at both ends.
    pub(super) line: Option<(CallKey, Arc<str>)>,
    /// When it hangs up by its script.
    pub(super) leaves_at: Option<DateTime<Utc>>,
}

impl Participant {
    pub(super) fn new(identity: CommunicationIdentifier) -> Self {
        let raw_id = Arc::from(identity.raw_id().as_ref());
        Self {
            identity,
            raw_id,
            muted: false,
            on_hold: false,
            hold: None,
            parked: 0,
            asked: 0,
            leg: None,
            caller: false,
            dialled_by: None,
            line: None,
            leaves_at: None,
        }
    }

    /// A party that the engine plays.
    pub(super) fn is_virtual(&self) -> bool {
        self.leg.is_none() && self.line.is_none()
    }

    /// Comes into another call: what its old call was about to do with it is not done any more.
    pub(super) fn moved(&mut self) {
        self.parked = 0;
        self.on_hold &= self.hold.is_some();
        if !self.on_hold {
            self.hold = None;
        }
    }

    /// Put on hold, or hearing something of its own: neither takes part in the talk.
    pub(super) fn is_on_hold(&self) -> bool {
        self.on_hold || self.parked > 0
    }

    pub(super) fn shown(&self) -> CallParticipant {
        CallParticipant {
            identifier: self.identity.clone(),
            is_muted: self.muted,
            is_on_hold: self.is_on_hold(),
        }
    }
}

/// How the application came to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegKind {
    Create,
    Answer,
    Connect,
}

/// One application's view of a call.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) key: LegKey,
    pub(super) id: CallConnectionId,
    pub(super) kind: LegKind,
    pub(super) state: ConnectionState,
    pub(super) callback_uri: Arc<str>,
    pub(super) context: Option<OperationContext>,
    pub(super) targets: Vec<CommunicationIdentifier>,
    pub(super) source: Option<CommunicationIdentifier>,
    pub(super) display_name: Option<String>,
    pub(super) caller_id: Option<String>,
    pub(super) answered_by: Option<String>,
    pub(super) answered_for: Option<String>,
    /// The number of the leg's latest `ParticipantsUpdated`.
    pub(super) sequence: u32,
    /// The call that is being set up for a transfer from here.
    pub(super) transfer: Option<CallKey>,
    /// Set up with an endpoint of AI services: speech can be played and recognized.
    pub(super) cognitive: bool,
    /// What is streamed to the application; goes with the leg into another call.
    pub(super) streams: Streams,
    /// What it plays and listens for; goes with the leg into another call.
    pub(super) media: Media,
    /// What it asked for and is not done yet; goes with the leg into another call.
    pub(super) timers: Vec<TimerKey>,
}

impl Leg {
    /// Keeps a timer, to be cancelled with the leg.
    pub(super) fn keep(&mut self, world: &World, timer: TimerKey) {
        keep(&mut self.timers, world, timer);
    }

    /// Whether `CallConnected` was sent.
    pub(super) fn was_connected(&self) -> bool {
        self.state != ConnectionState::Connecting
    }
}

/// Why somebody is invited.
#[derive(Debug)]
pub(super) enum Purpose {
    /// A call was created by this leg.
    Create { leg: LegKey },
    /// Somebody is added.
    Add {
        invitation: InvitationId,
        operation: Operation,
    },
    /// A call is set up for a participant that comes over from another one.
    Transfer {
        from: CallKey,
        transferee: Arc<str>,
        operation: Operation,
    },
    /// Somebody outside calls.
    Placed { by: Arc<str> },
    /// A party in the call adds somebody.
    Asked { by: Arc<str> },
    /// The far end of a telephone line: the invitation at the near end.
    Line { call: CallKey, invite: InviteKey },
}

/// A party that rings, or is about to.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
pub(super) struct Invite {
    pub(super) key: InviteKey,
    pub(super) target: CommunicationIdentifier,
    pub(super) raw_id: Arc<str>,
    /// Who calls, as the target sees it.
    pub(super) from: CommunicationIdentifier,
    pub(super) display_name: String,
    /// Headers as they were given, and as the target sees them.
    pub(super) given: CustomContext,
    pub(super) custom: Option<IncomingCustomContext>,
    pub(super) purpose: Purpose,
    /// What the application may answer with.
    pub(super) offer: Option<IncomingCallContext>,
    /// Somebody answered; the invitation cannot fail any more.
    pub(super) accepted: bool,
    /// The transferee is asked first; nobody rings yet.
    pub(super) held: bool,
    /// The transferee wants to be muted where it is transferred to.
    pub(super) moves_muted: bool,
    /// Whoever answered is to be muted from the moment it is in.
    pub(super) muted: bool,
    /// The leg of the application that answered.
    pub(super) leg: Option<LegKey>,
    /// The call at the far end of the telephone line.
    pub(super) line: Option<CallKey>,
    /// When the caller loses patience.
    pub(super) deadline: Option<DateTime<Utc>>,
    /// How it is forwarded, where calling settings have a say.
    pub(super) way: Option<Box<Way>>,
    pub(super) timers: Vec<TimerKey>,
}

impl Call {
    pub(super) fn new(world: &mut World, home: Home) -> Self {
        let key = world.next_key();
        let id = world.server_call_id();
        let correlation = CorrelationId::from(world.guid().to_string());
        world.calls_by_id.insert(id_key(id.as_str()).to_owned(), key);
        let open = home != Home::Participants;
        Self {
            key,
            id,
            correlation,
            home,
            group: open,
            established: open,
            participants: Vec::new(),
            legs: Vec::new(),
            invites: Vec::new(),
            version: 0,
            unattended: false,
            recording: None,
            links: None,
            roster: None,
            sound: 0,
            timers: Vec::new(),
        }
    }

    /// Ties this call to another one that a transfer begins from it.
    pub(super) fn begins(&mut self, next: &mut Self) {
        next.links.get_or_insert_default().of = Some(self.id.clone());
        let begun = &mut self.links.get_or_insert_default().begun;
        if begun.len() == LINKS {
            begun.remove(0);
        }
        begun.push(next.id.clone());
    }

    pub(super) fn leg(&self, key: LegKey) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.key == key)
    }

    pub(super) fn leg_mut(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.key == key)
    }

    pub(super) fn participant(&self, raw_id: &str) -> Option<&Participant> {
        self.participants
            .iter()
            .find(|participant| &*participant.raw_id == raw_id)
    }

    pub(super) fn invite_mut(&mut self, key: InviteKey) -> Option<&mut Invite> {
        self.invites.iter_mut().find(|invite| invite.key == key)
    }

    /// Takes an invitation out and forgets its timers and its offer.
    pub(super) fn take_invite(&mut self, world: &mut World, key: InviteKey) -> Option<Invite> {
        let index = self.invites.iter().position(|invite| invite.key == key)?;
        let mut invite = self.invites.remove(index);
        invite.silence(world);
        Some(invite)
    }

    /// The own identity of a leg is not its far end.
    pub(super) fn far_end(&self, leg: LegKey) -> Option<&Participant> {
        self.participants
            .iter()
            .find(|participant| participant.leg != Some(leg))
    }

    /// Keeps a timer, to be cancelled with the call.
    pub(super) fn keep(&mut self, world: &World, timer: TimerKey) {
        keep(&mut self.timers, world, timer);
    }

    /// Keeps a timer for one of the legs.
    pub(super) fn keep_for(&mut self, world: &World, leg: LegKey, timer: TimerKey) {
        if let Some(leg) = self.leg_mut(leg) {
            leg.keep(world, timer);
        }
    }

    pub(super) fn cancel_timers(&mut self, world: &mut World) {
        for timer in self.timers.drain(..) {
            world.timers.cancel(timer);
        }
    }

    pub(super) fn join(&mut self, participant: Participant) {
        self.participants.push(participant);
        self.changed();
    }

    pub(super) fn take_participant(&mut self, raw_id: &str) -> Option<Participant> {
        let index = self
            .participants
            .iter()
            .position(|participant| &*participant.raw_id == raw_id)?;
        self.changed();
        Some(self.participants.remove(index))
    }

    /// The list of participants is to be made anew, and a recording is to be told.
    pub(super) fn changed(&mut self) {
        self.roster = None;
        if let Some(recording) = &mut self.recording {
            recording.stale = true;
        }
        self.sound += 1;
    }

    /// Another number whenever somebody may be heard who was not, or the other way round.
    pub(super) fn sound(&self) -> u64 {
        self.sound
    }

    fn roster(&mut self) -> Arc<[CallParticipant]> {
        let participants = &self.participants;
        Arc::clone(
            self.roster
                .get_or_insert_with(|| participants.iter().map(Participant::shown).collect()),
        )
    }

    /// Tells one leg who is in the call. The number is that of the call, unless the leg knows a higher one
    /// from a call that it came from.
    pub(super) fn tell_roster(&mut self, world: &mut World, leg: LegKey) {
        let participants = self.roster();
        let version = self.version;
        let Some(leg) = self.leg_mut(leg) else { return };
        leg.sequence = version.max(leg.sequence + 1);
        let kind = EventKind::ParticipantsUpdated {
            participants,
            sequence_number: leg.sequence,
        };
        let (uri, id) = (Arc::clone(&leg.callback_uri), leg.id.clone());
        world.emit(self, id, uri, None, kind, super::codes::OK);
    }

    /// Tells every established leg who is in the call, under a new number.
    pub(super) fn tell_everyone(&mut self, world: &mut World) {
        self.version += 1;
        self.tell_others(world, None);
    }

    /// Tells every established leg but one, under the number of the day.
    pub(super) fn tell_others(&mut self, world: &mut World, skipped: Option<LegKey>) {
        for index in 0..self.legs.len() {
            let told = self
                .legs
                .get(index)
                .filter(|leg| leg.was_connected() && Some(leg.key) != skipped);
            if let Some(key) = told.map(|leg| leg.key) {
                self.tell_roster(world, key);
            }
        }
    }

    /// An event about the leg itself, to its callback address and with its own context.
    pub(super) fn tell(&self, world: &mut World, leg: LegKey, kind: EventKind, result: ResultInformation) {
        if let Some(leg) = self.leg(leg) {
            let context = leg.context.clone();
            world.emit(
                self,
                leg.id.clone(),
                Arc::clone(&leg.callback_uri),
                context,
                kind,
                result,
            );
        }
    }
}

impl Invite {
    /// Forgets the timers and the offer.
    pub(super) fn silence(&mut self, world: &mut World) {
        for timer in self.timers.drain(..) {
            world.timers.cancel(timer);
        }
        if let Some(offer) = self.offer.take() {
            world.offers.remove(&offer);
        }
    }
}

/// Adds to a list of timers, and drops from it what has fired before it grows long.
fn keep(timers: &mut Vec<TimerKey>, world: &World, timer: TimerKey) {
    if timers.len() >= 8 {
        timers.retain(|key| world.timers.holds(*key));
    }
    timers.push(timer);
}

/// A server call id as a key: its padding is sometimes lost on the way.
pub(super) fn id_key(id: &str) -> &str {
    id.trim_end_matches('=')
}
