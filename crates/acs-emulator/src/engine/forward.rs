//! A call that does not stay where it was sent: the calling settings of Teams users are obeyed.
//!
//! An invitation keeps its purpose, its caller and its caller's patience and gets another target. So it is all the
//! same who called and why, and whoever answers in the end is in the call.

use std::collections::VecDeque;
use std::time::Duration;

use acs_common::CommunicationIdentifier;

use super::Engine;
use super::codes::Failure;
use super::effect::Actor;
use super::error::ServiceError;
use super::model::{Call, CallKey, Invite, InviteKey};
use super::reply::Reply;
use super::script::{OnRing, PartyScript, RejectReason};
use super::settings::{CallingSettings, MAX_HOPS, Stop, owners_of_voicemail};
use super::timers::Timer;
use super::world::{FollowUp, Step, World};

/// How an invitation came to its target, and where it goes next.
#[derive(Debug, Default)]
pub(super) struct Way {
    heed: Heed,
    /// Who was called in the first place, where it was forwarded.
    called: Option<CommunicationIdentifier>,
    /// Who forwarded it last.
    forwarder: Option<CommunicationIdentifier>,
    /// Whose settings say what comes next.
    owner: Option<CommunicationIdentifier>,
    stops: VecDeque<Stop>,
    /// How long the target is rung, where somebody comes after it.
    rings: Option<Duration>,
    /// How many users' settings were obeyed.
    hops: u32,
}

/// Whether the settings of whoever is rung count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Heed {
    #[default]
    Settings,
    /// The members of a group are rung themselves.
    Member,
    /// The caller wants this one and nobody else.
    Disabled,
}

impl Invite {
    /// Who was called in the first place.
    pub(super) fn called(&self) -> &CommunicationIdentifier {
        let called = self.way.as_ref().and_then(|way| way.called.as_ref());
        called.unwrap_or(&self.target)
    }

    /// Who was called in the first place, where somebody else is called now.
    pub(super) fn on_behalf_of(&self) -> Option<&CommunicationIdentifier> {
        self.way.as_ref()?.called.as_ref()
    }

    /// Who forwarded the call here.
    pub(super) fn forwarder(&self) -> Option<&CommunicationIdentifier> {
        self.way.as_ref()?.forwarder.as_ref()
    }

    /// Rings its target and nobody else.
    pub(super) fn direct(mut self) -> Self {
        self.way.get_or_insert_default().heed = Heed::Disabled;
        self
    }

    /// Goes to somebody else, who begins to ring in a while. The caller's patience goes on as it was.
    pub(super) fn send_to(&mut self, world: &mut World, call: CallKey, target: CommunicationIdentifier) {
        self.silence(world);
        if let Some(line) = self.line.take() {
            world.follow_ups.push(FollowUp::Discard(line));
        }
        self.raw_id = target.raw_id().as_ref().into();
        self.target = target;
        self.show_headers();
        let invite = self.key;
        if let Some(deadline) = self.deadline {
            let failure = Failure::Unanswered;
            let timer = Timer::Fail {
                call,
                invite,
                failure,
            };
            self.timers.push(world.timers.schedule(deadline, timer));
        }
        self.timers
            .push(world.after_step(Step::Ring, Timer::Ring { call, invite }));
    }

    /// The application sent it to somebody else: what was to come next does not any more.
    pub(super) fn redirected(&mut self) {
        if let Some(way) = &mut self.way {
            way.heed = Heed::Settings;
            way.owner = None;
            way.stops.clear();
            way.rings = None;
        }
    }
}

impl World {
    /// The settings of somebody who is called. Whoever does not exist has none.
    fn settings_of(&self, raw_id: &str, script: &PartyScript) -> Option<&CallingSettings> {
        if self.calling_settings.is_empty() || script.on_ring == OnRing::NotFound {
            return None;
        }
        self.calling_settings.get(raw_id)
    }

    /// What the voicemail of somebody does, where this is one.
    pub(super) fn voicemail_script(&self, raw_id: &str) -> Option<PartyScript> {
        let owners = owners_of_voicemail(raw_id)?;
        let gone = |owner: &String| {
            let script = self.scripts.get(owner);
            script.is_some_and(|script| script.on_ring == OnRing::NotFound)
        };
        if owners.iter().any(gone) {
            return Some(PartyScript::not_found());
        }
        let mut settings = owners.iter().filter_map(|owner| self.calling_settings.get(owner));
        Some(match settings.next() {
            Some(settings) if !settings.voicemail => PartyScript::not_found(),
            Some(settings) => PartyScript::answer_after(settings.voicemail_after),
            None => PartyScript::answer(),
        })
    }
}

impl Call {
    /// Who is to be rung next. Who is in the call, or is called there, is passed over.
    fn next_stop(&mut self, key: InviteKey) -> Option<Stop> {
        loop {
            let invite = self.invite_mut(key).filter(|invite| !invite.accepted)?;
            let stop = invite.way.as_mut()?.stops.pop_front()?;
            let raw_id = stop.target.raw_id();
            let called = |other: &Invite| other.key != key && *other.raw_id == *raw_id;
            if !self.lists(&raw_id, key) && !self.invites.iter().any(called) {
                return Some(stop);
            }
        }
    }

    fn forward(&mut self, world: &mut World, key: InviteKey, stop: Stop) {
        let call = self.key;
        let Some(invite) = self.invite_mut(key) else {
            return;
        };
        let from = invite.target.clone();
        let way = invite.way.get_or_insert_default();
        let owner = way.owner.clone().unwrap_or_else(|| from.clone());
        way.called.get_or_insert(from);
        way.heed = if stop.heeds { Heed::Settings } else { Heed::Member };
        way.rings = stop.rings;
        way.forwarder = Some(owner.clone());
        let label = format!("forwards to {}", stop.target.raw_id());
        invite.send_to(world, call, stop.target);
        let owner = Actor::Party(owner.raw_id().as_ref().into());
        world.signal(self, owner, Actor::Service, label);
    }
}

/// What a party that does not take a call is seen to do.
pub(super) fn label(failure: Failure) -> &'static str {
    match failure {
        Failure::Rejected(RejectReason::Busy) => "busy",
        Failure::Rejected(_) => "declines",
        Failure::Unanswered => "does not answer",
        Failure::Offline => "is offline",
        Failure::NotFound | Failure::BadNumber => "does not exist",
    }
}

impl Engine {
    /// Sets or forgets the settings of a Teams user.
    pub(super) fn set_calling_settings(
        &mut self,
        raw_id: String,
        settings: Option<CallingSettings>,
    ) -> Result<Reply, ServiceError> {
        match settings {
            Some(settings) => {
                settings
                    .sensible(&CommunicationIdentifier::from_raw_id(&raw_id))
                    .map_err(|message| ServiceError {
                        status: 400,
                        code: "8523".into(),
                        message: message.into(),
                    })?;
                self.world.calling_settings.insert(raw_id, settings);
            }
            None => drop(self.world.calling_settings.remove(&raw_id)),
        }
        Ok(Reply::Done)
    }

    /// The settings that a Teams user was given.
    pub fn calling_settings(&self, raw_id: &str) -> Option<&CallingSettings> {
        self.world.calling_settings.get(raw_id)
    }

    /// What the settings of whoever is about to ring make of the call. Returns whether it rings there.
    pub(super) fn stays(&mut self, call_key: CallKey, key: InviteKey, script: &PartyScript) -> bool {
        let Some((world, call)) = self.split(call_key) else {
            return false;
        };
        let Some(invite) = call.invite_mut(key) else {
            return false;
        };
        let settings = world.settings_of(&invite.raw_id, script);
        if settings.is_none() && invite.way.is_none() {
            return true;
        }
        let way = invite.way.get_or_insert_default();
        let mut goes_on_after = way.rings.take();
        let mut refused_after = None;
        let mut elsewhere = false;
        match (way.heed, settings) {
            (Heed::Disabled, Some(settings)) => refused_after = settings.patience(),
            (Heed::Settings, Some(settings)) => {
                let route = settings.route(&invite.target);
                elsewhere = route.own.is_none();
                goes_on_after = route.own;
                way.stops.clear();
                if way.hops < MAX_HOPS {
                    way.hops += 1;
                    way.owner = Some(invite.target.clone());
                    way.stops = route.stops;
                }
            }
            _ => {}
        }
        if elsewhere {
            match call.next_stop(key) {
                Some(stop) => call.forward(world, key, stop),
                // Round in circles, or to nobody but those who are in the call.
                None => self.fail_after(call_key, key, Duration::ZERO, Failure::Offline),
            }
            return false;
        }
        let goes_on_after = goes_on_after.filter(|_| !way.stops.is_empty());
        let timer = match (goes_on_after, refused_after) {
            (Some(after), _) => {
                let call = call_key;
                Some((after, Timer::GoesOn { call, invite: key }))
            }
            (None, Some(after)) => {
                let (call, failure) = (call_key, Failure::Unanswered);
                Some((
                    after,
                    Timer::Fail {
                        call,
                        invite: key,
                        failure,
                    },
                ))
            }
            (None, None) => None,
        };
        if let Some((after, timer)) = timer {
            invite.timers.push(world.after(after, timer));
        }
        true
    }

    /// Nobody answered in the time of the settings. Where nobody else can be rung, it rings on.
    pub(super) fn goes_on(&mut self, call_key: CallKey, key: InviteKey) {
        self.passes_on(call_key, key, Failure::Unanswered);
    }

    /// Whoever was rung does not take the call: it goes to whom the settings name next. Returns whether there is
    /// somebody.
    pub(super) fn passes_on(&mut self, call_key: CallKey, key: InviteKey, failure: Failure) -> bool {
        let Some((world, call)) = self.split(call_key) else {
            return false;
        };
        let Some(stop) = call.next_stop(key) else {
            return false;
        };
        if let Some(invite) = call.invite_mut(key) {
            let party = Actor::Party(invite.raw_id.clone());
            world.signal(call, party, Actor::Service, label(failure));
        }
        call.forward(world, key, stop);
        true
    }
}
