//! From an invitation to a ringing party, and from its answer or refusal to what the inviter is told.

use std::collections::BTreeMap;
use std::time::Duration;

use acs_common::CommunicationIdentifier;

use super::Engine;
use super::check::is_dialable;
use super::codes::Failure;
use super::command::CustomContext;
use super::config::UsersMode;
use super::effect::{Actor, Effect, EventKind, IncomingCall, IncomingCustomContext, Offer, Parted};
use super::forward::label;
use super::model::{Call, CallKey, Home, Invite, InviteKey, Participant, Purpose};
use super::script::{OnRing, PartyScript};
use super::settings::is_voicemail;
use super::timers::Timer;
use super::world::{FollowUp, Step, World};

impl Invite {
    pub(super) fn new(
        world: &mut World,
        target: CommunicationIdentifier,
        from: CommunicationIdentifier,
        purpose: Purpose,
    ) -> Self {
        let raw_id = target.raw_id().as_ref().into();
        Self {
            key: world.next_key(),
            target,
            raw_id,
            from,
            display_name: String::new(),
            given: CustomContext::default(),
            custom: None,
            purpose,
            offer: None,
            accepted: false,
            held: false,
            moves_muted: false,
            muted: false,
            leg: None,
            line: None,
            deadline: None,
            way: None,
            timers: Vec::new(),
        }
    }

    /// The party is to ring.
    pub(super) fn begin(&mut self, world: &mut World, call: CallKey) {
        let invite = self.key;
        let ring = world.after_step(Step::Ring, Timer::Ring { call, invite });
        self.timers.push(ring);
    }

    /// Headers reach those that they are for: SIP headers telephones, VoIP headers users (how-to guide on
    /// custom context).
    pub(super) fn with_custom(mut self, context: CustomContext) -> Self {
        self.given = context;
        self.show_headers();
        self
    }

    /// Shows the target the headers that are for it.
    pub(super) fn show_headers(&mut self) {
        let CustomContext {
            sip_headers,
            voip_headers,
        } = &self.given;
        let telephone = self.target.is_phone_number();
        let of = |headers: &BTreeMap<String, String>, shown: bool| {
            if shown { headers.clone() } else { BTreeMap::new() }
        };
        let shown = IncomingCustomContext {
            sip_headers: of(sip_headers, telephone),
            voip_headers: of(voip_headers, !telephone),
        };
        let empty = shown.sip_headers.is_empty() && shown.voip_headers.is_empty();
        self.custom = (!empty).then_some(shown);
    }
}

impl World {
    /// What a party does, by its own script, by what the resource owns, or by the settings.
    pub(super) fn script(&self, target: &CommunicationIdentifier) -> PartyScript {
        let raw_id = target.raw_id();
        if self.online.contains(raw_id.as_ref()) {
            return PartyScript::offer();
        }
        if let Some(script) = self.scripts.get(raw_id.as_ref()) {
            return script.clone();
        }
        if let Some(script) = self.voicemail_script(&raw_id) {
            return script;
        }
        match target {
            CommunicationIdentifier::PhoneNumber(phone) if self.owns(phone.number()) => PartyScript::offer(),
            CommunicationIdentifier::PhoneNumber(_) => self.config.telephone_script.clone(),
            CommunicationIdentifier::CommunicationUser(_) if self.config.users == UsersMode::Ring => {
                PartyScript::offer()
            }
            _ => self.config.user_script.clone(),
        }
    }
}

impl Call {
    /// Sends an invitation on its way. `timeout` is how long until it fails as unanswered.
    pub(super) fn invite(&mut self, world: &mut World, mut invite: Invite, timeout: Option<Duration>) {
        let (call, key) = (self.key, invite.key);
        if !invite.held {
            invite.begin(world, call);
        }
        if let Some(timeout) = timeout {
            let failure = Failure::Unanswered;
            let deadline = world.after(
                timeout,
                Timer::Fail {
                    call,
                    invite: key,
                    failure,
                },
            );
            invite.deadline = Some(deadline.0);
            invite.timers.push(deadline);
        }
        self.invites.push(invite);
    }

    /// Offers a ringing invitation to the application.
    fn offer(&mut self, world: &mut World, key: InviteKey) {
        let context = world.incoming_call_context();
        let id = world.guid();
        let (call, timeout) = (self.key, world.config.offer_timeout);
        let lapse = world.after(timeout, Timer::OfferLapses { call, invite: key });
        let (server_call_id, correlation_id) = (self.id.clone(), self.correlation.clone());
        let Some(invite) = self.invite_mut(key) else {
            return;
        };
        invite.timers.push(lapse);
        invite.offer = Some(context.clone());
        world.offers.insert(context.clone(), (call, key));
        let data = IncomingCall {
            to: invite.target.clone(),
            from: invite.from.clone(),
            server_call_id,
            caller_display_name: invite.display_name.clone(),
            custom_context: invite.custom.clone(),
            incoming_call_context: context,
            on_behalf_of_callee: invite.on_behalf_of().cloned(),
            correlation_id,
        };
        let subject = format!("/caller/{}/recipient/{}", invite.from.raw_id(), invite.raw_id);
        world.effects.push(Effect::Offer(Box::new(Offer {
            id,
            time: world.now,
            subject,
            data,
        })));
    }
}

impl Engine {
    /// The party begins to ring.
    pub(super) fn ring(&mut self, call_key: CallKey, key: InviteKey) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(invite) = call.invite_mut(key) else {
            return;
        };
        let party = Actor::Party(invite.raw_id.clone());
        let outbound = match &invite.purpose {
            Purpose::Create { .. }
            | Purpose::Add { .. }
            | Purpose::Transfer { .. }
            | Purpose::Asked { .. } => true,
            // A caller who shows a number comes by the telephone network; others are on its outside.
            Purpose::Placed { by } => **by != *invite.from.raw_id(),
            Purpose::Line { .. } => false,
        };
        let through_line = invite.target.is_phone_number() && outbound;
        let dialable = is_dialable(&invite.target);
        let script = world.script(&invite.target);
        if !dialable {
            self.fail_after(call_key, key, Duration::ZERO, Failure::BadNumber);
            return;
        }
        if !self.stays(call_key, key, &script) {
            return;
        }
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        world.signal(call, Actor::Service, party, "rings");
        match script.on_ring {
            OnRing::Answer { after } => {
                let timer = world.after(
                    after,
                    Timer::Accept {
                        call: call_key,
                        invite: key,
                    },
                );
                if let Some(invite) = call.invite_mut(key) {
                    invite.timers.push(timer);
                }
            }
            OnRing::Reject { after, reason } => {
                self.fail_after(call_key, key, after, Failure::Rejected(reason));
            }
            OnRing::NoAnswer => {}
            OnRing::Offline => self.fail_after(call_key, key, Duration::ZERO, Failure::Offline),
            OnRing::NotFound => self.fail_after(call_key, key, Duration::ZERO, Failure::NotFound),
            OnRing::Offer if through_line => self.open_line(call_key, key),
            OnRing::Offer => call.offer(world, key),
        }
    }

    /// The invitation fails after a while and the time that refusals take.
    pub(super) fn fail_after(
        &mut self,
        call_key: CallKey,
        key: InviteKey,
        after: Duration,
        failure: Failure,
    ) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let delay = after.saturating_add(world.delay(Step::Reject));
        let timer = world.after(
            delay,
            Timer::Fail {
                call: call_key,
                invite: key,
                failure,
            },
        );
        if let Some(invite) = call.invite_mut(key) {
            invite.timers.push(timer);
        }
    }

    /// A number of the resource is called: the telephone network brings the call back in as a call of its
    /// own, with a caller and a signalling chain of its own (recorded traffic).
    fn open_line(&mut self, near: CallKey, key: InviteKey) {
        let Some((world, call)) = self.split(near) else {
            return;
        };
        let mut far = Call::new(world, Home::Participants);
        let Some(invite) = call.invite_mut(key) else {
            return;
        };
        invite.line = Some(far.key);
        let mut caller = Participant::new(invite.from.clone());
        caller.caller = true;
        let mut arriving = Invite::new(
            world,
            invite.target.clone(),
            invite.from.clone(),
            Purpose::Line {
                call: near,
                invite: key,
            },
        );
        arriving.custom.clone_from(&invite.custom);
        let arriving_key = arriving.key;
        far.join(caller);
        far.invites.push(arriving);
        far.offer(world, arriving_key);
        self.calls.insert(far.key, Box::new(far));
    }

    /// A virtual party answers.
    pub(super) fn accept(&mut self, call_key: CallKey, key: InviteKey) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(invite) = call.invite_mut(key).filter(|invite| !invite.accepted) else {
            return;
        };
        invite.silence(world);
        invite.accepted = true;
        if let Some(line) = invite.line.take() {
            world.follow_ups.push(FollowUp::Discard(line));
        }
        let party = Actor::Party(invite.raw_id.clone());
        let timer = world.after_step(
            Step::Connect,
            Timer::Establish {
                call: call_key,
                invite: key,
            },
        );
        invite.timers.push(timer);
        let label = if is_voicemail(&invite.raw_id) {
            "voicemail answers"
        } else {
            "answers"
        };
        world.signal(call, party, Actor::Service, label);
    }

    /// Whoever was rung does not take the call. Unless that is because the caller waits no longer, the calling settings
    /// may have somebody else rung.
    pub(super) fn fail(&mut self, call_key: CallKey, key: InviteKey, failure: Failure) {
        if failure == Failure::Unanswered || !self.passes_on(call_key, key, failure) {
            self.come_to_nothing(call_key, key, failure);
        }
    }

    /// An invitation comes to nothing.
    pub(super) fn come_to_nothing(&mut self, call_key: CallKey, key: InviteKey, failure: Failure) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        if call.invite_mut(key).is_none_or(|invite| invite.accepted) {
            return;
        }
        let Some(invite) = call.take_invite(world, key) else {
            return;
        };
        if let Some(line) = invite.line {
            world.follow_ups.push(FollowUp::Discard(line));
        }
        let party = Actor::Party(invite.raw_id.clone());
        world.signal(call, party, Actor::Service, label(failure));
        let telephone = invite.target.is_phone_number();
        let called = invite.called().clone();
        match invite.purpose {
            Purpose::Create { leg } => {
                let ringing = call
                    .invites
                    .iter()
                    .any(|other| matches!(other.purpose, Purpose::Create { .. }));
                let connected = call.leg(leg).is_none_or(super::model::Leg::was_connected);
                if connected {
                    self.check_alone(call_key);
                } else if !ringing {
                    self.end(
                        call_key,
                        None,
                        &failure.of_call(telephone),
                        &failure.of_call(telephone),
                    );
                }
            }
            Purpose::Add { operation, .. } => {
                let result = failure.of_invitation(telephone, &called.raw_id());
                let kind = EventKind::AddParticipantFailed { participant: called };
                self.report(&operation, kind, result);
                self.check_alone(call_key);
            }
            Purpose::Transfer { operation, .. } => {
                let result = failure.of_call(telephone);
                self.transfer_failed(&operation, result.clone());
                self.end(call_key, None, &result, &result);
            }
            Purpose::Placed { by } | Purpose::Asked { by } => {
                let result = failure.of_call(telephone);
                if !call.established && call.invites.is_empty() {
                    self.end(call_key, None, &result, &result);
                    return;
                }
                world.effects.push(Effect::Parted(Parted {
                    server_call_id: call.id.clone(),
                    party: invite.raw_id,
                    invited_by: Some(by),
                    result,
                }));
                self.check_alone(call_key);
            }
            Purpose::Line { call, invite } => {
                self.world.follow_ups.push(FollowUp::LineFailed {
                    line: call_key,
                    call,
                    invite,
                    failure,
                });
                self.discard(call_key);
            }
        }
    }

    /// The offer cannot be answered any more. The party rings on until the caller gives up.
    pub(super) fn offer_lapses(&mut self, call_key: CallKey, key: InviteKey) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        if let Some(offer) = call.invite_mut(key).and_then(|invite| invite.offer.take()) {
            world.offers.remove(&offer);
        }
    }
}
