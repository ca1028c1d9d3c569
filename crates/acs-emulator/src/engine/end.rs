//! How legs and calls end, who is told, and what is forgotten.

use std::sync::Arc;

use acs_common::CallConnectionId;

use super::Engine;
use super::codes::{self, Failure, ResultInformation};
use super::effect::{Actor, CallEnded, Effect, EventKind};
use super::media;
use super::model::{Call, CallKey, Home, Leg, LegKey, LegKind, Participant, Purpose, id_key};
use super::reply::ConnectionState;
use super::stream;
use super::timers::{Operation, Timer};
use super::view::CallView;
use super::world::{FollowUp, World};

impl Engine {
    /// Ends a call: `first` is told first and with a result of its own, then the other legs are.
    pub(super) fn end(
        &mut self,
        call_key: CallKey,
        first: Option<LegKey>,
        own: &ResultInformation,
        others: &ResultInformation,
    ) {
        let Some(mut call) = self.calls.remove(&call_key) else {
            return;
        };
        let world = &mut self.world;
        let last = world.config.describe_ended.then(|| {
            let ended = Some(world.now);
            Box::new(CallView {
                ended,
                ..call.view(&world.online)
            })
        });
        call.cancel_timers(world);
        if let Some(recording) = call.recording.take() {
            Self::recorded_call_over(world, *recording);
        }
        let mut legs = std::mem::take(&mut call.legs);
        legs.sort_by_key(|leg| Some(leg.key) != first);
        for leg in &legs {
            let result = if Some(leg.key) == first { own } else { others };
            close(world, &call, leg, result);
        }
        for party in &call.participants {
            hang_up_line(world, party);
        }
        let mut reports = Vec::new();
        for mut invite in std::mem::take(&mut call.invites) {
            invite.silence(world);
            if let Some(line) = invite.line {
                world.follow_ups.push(FollowUp::Discard(line));
            }
            let called = invite.called().clone();
            match invite.purpose {
                Purpose::Line { call, invite } => {
                    let failure = Failure::Unanswered;
                    world.follow_ups.push(FollowUp::LineFailed {
                        line: call_key,
                        call,
                        invite,
                        failure,
                    });
                }
                Purpose::Transfer { operation, .. } => reports.push((operation, None)),
                Purpose::Add { operation, .. } => reports.push((operation, Some(called))),
                Purpose::Create { .. } | Purpose::Placed { .. } | Purpose::Asked { .. } => {}
            }
        }
        world.calls_by_id.remove(id_key(call.id.as_str()));
        match &call.home {
            Home::Participants => {}
            Home::Group(id) => drop(world.groups.remove(id)),
            Home::Room(id) => drop(world.room_calls.remove(id)),
        }
        world.effects.push(Effect::CallEnded(CallEnded {
            server_call_id: call.id,
            correlation_id: call.correlation,
            time: world.now,
            last,
            result: others.clone(),
        }));
        // The legs that asked may live on in another call.
        for (operation, invited) in reports {
            match invited {
                None => self.transfer_failed(&operation, codes::CONFLICT),
                Some(participant) => {
                    self.report(
                        &operation,
                        EventKind::AddParticipantFailed { participant },
                        codes::CALL_GONE,
                    );
                }
            }
        }
    }

    /// Ends a call that never came about, or that nobody is to be told about.
    pub(super) fn discard(&mut self, call_key: CallKey) {
        self.end(call_key, None, &codes::CALL_GONE, &codes::CALL_GONE);
    }

    /// Takes a leg out of its call, and its participant with it. The others are not told.
    /// Returns whether somebody left the list.
    pub(super) fn disconnect(&mut self, call_key: CallKey, leg: LegKey, result: &ResultInformation) -> bool {
        let Some((world, call)) = self.split(call_key) else {
            return false;
        };
        let Some(index) = call.legs.iter().position(|known| known.key == leg) else {
            return false;
        };
        let leg = call.legs.remove(index);
        let before = call.participants.len();
        call.participants.retain(|party| party.leg != Some(leg.key));
        call.changed();
        close(world, call, &leg, result);
        world.follow_ups.push(FollowUp::Left(call_key));
        call.park(world, &media::parked_by(&leg), false);
        // What it had asked for is not wanted any more.
        let mut index = 0;
        while let Some(invite) = call.invites.get(index) {
            let asked = match &invite.purpose {
                Purpose::Create { leg: creator } => *creator == leg.key,
                Purpose::Add { operation, .. } => operation.connection == leg.id,
                Purpose::Transfer { .. }
                | Purpose::Placed { .. }
                | Purpose::Asked { .. }
                | Purpose::Line { .. } => false,
            };
            if !asked {
                index += 1;
                continue;
            }
            let key = invite.key;
            if let Some(invite) = call.take_invite(world, key) {
                if let Some(line) = invite.line {
                    world.follow_ups.push(FollowUp::Discard(line));
                }
                if let Some(answering) = invite.leg {
                    // An application that was about to join at that invitation.
                    if let Some(index) = call.legs.iter().position(|known| known.key == answering) {
                        let answering = call.legs.remove(index);
                        close(world, call, &answering, &codes::CALL_GONE);
                    }
                }
            }
        }
        call.participants.len() != before
    }

    /// A participant leaves by itself, or because its telephone line was closed. `one_to_one` is what the
    /// other side of a 1:1 call is told.
    pub(super) fn depart(&mut self, call_key: CallKey, raw_id: &str, one_to_one: &ResultInformation) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(index) = call
            .participants
            .iter()
            .position(|party| &*party.raw_id == raw_id)
        else {
            return;
        };
        if let Some(party) = call.participants.get(index) {
            let actor = Actor::Party(Arc::clone(&party.raw_id));
            world.signal(call, actor, Actor::Service, "hangs up");
        }
        if !call.group || !call.established {
            self.end(call_key, None, one_to_one, one_to_one);
            return;
        }
        if let Some(party) = call.take_participant(raw_id) {
            hang_up_line(world, &party);
        }
        world.follow_ups.push(FollowUp::Left(call_key));
        call.tell_everyone(world);
        self.withdraw_of(call_key, raw_id);
        self.check_alone(call_key);
    }

    /// A call with one participant and nobody ringing ends; a group call by id and a room go on as long as
    /// somebody or some application is there.
    pub(super) fn check_alone(&mut self, call_key: CallKey) {
        self.check_alone_with(call_key, &codes::ALONE);
    }

    pub(super) fn check_alone_with(&mut self, call_key: CallKey, result: &ResultInformation) {
        let Some(call) = self.calls.get(&call_key) else {
            return;
        };
        let over = call.established
            && call.invites.is_empty()
            && match call.home {
                Home::Participants => call.participants.len() <= 1,
                Home::Group(_) | Home::Room(_) => call.participants.is_empty() && call.legs.is_empty(),
            };
        if over {
            self.end(call_key, None, result, result);
        } else {
            self.check_unattended(call_key);
        }
    }

    /// A call without an application does not go on for ever.
    pub(super) fn check_unattended(&mut self, call_key: CallKey) {
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        if call.legs.is_empty() && call.established && !call.unattended {
            call.unattended = true;
            let limit = world.config.unattended_limit;
            let timer = world.after(limit, Timer::Unattended { call: call_key });
            call.keep(world, timer);
        }
    }

    pub(super) fn unattended(&mut self, call_key: CallKey) {
        let Some(call) = self.calls.get_mut(&call_key) else {
            return;
        };
        call.unattended = false;
        let online = &self.world.online;
        if call
            .participants
            .iter()
            .any(|party| online.contains(&*party.raw_id))
        {
            // Agents talk as long as they like.
            self.check_unattended(call_key);
        } else if call.legs.is_empty() {
            self.discard(call_key);
        }
    }

    /// An event about an operation, to where the operation wanted it and with the operation's context. A
    /// leg that is gone is told nothing.
    pub(super) fn report(&mut self, operation: &Operation, kind: EventKind, result: ResultInformation) {
        let Some((call, _)) = self.world.legs_by_id.get(&operation.connection).copied() else {
            return;
        };
        let Some((world, call)) = self.split(call) else {
            return;
        };
        Self::report_in(world, call, operation, kind, result);
    }

    pub(super) fn report_in(
        world: &mut World,
        call: &Call,
        operation: &Operation,
        kind: EventKind,
        result: ResultInformation,
    ) {
        let leg = call.legs.iter().find(|leg| leg.id == operation.connection);
        if let Some(leg) = leg.filter(|leg| leg.was_connected()) {
            let uri = Arc::clone(operation.uri.as_ref().unwrap_or(&leg.callback_uri));
            world.emit(call, leg.id.clone(), uri, operation.context.clone(), kind, result);
        }
    }

    /// A transfer came to nothing: the transferor stays in its call.
    pub(super) fn transfer_failed(&mut self, operation: &Operation, result: ResultInformation) {
        self.transfer_over(operation);
        self.report(operation, EventKind::CallTransferFailed, result);
    }

    /// The transferor's leg does not wait for a transfer any more.
    pub(super) fn transfer_over(&mut self, operation: &Operation) -> Option<LegKey> {
        let (call, key) = self.world.legs_by_id.get(&operation.connection).copied()?;
        let leg = self.calls.get_mut(&call)?.leg_mut(key)?;
        leg.transfer = None;
        if leg.state == ConnectionState::Transferring {
            leg.state = ConnectionState::Connected;
        }
        Some(key)
    }
}

/// The last events of a leg.
fn close(world: &mut World, call: &Call, leg: &Leg, result: &ResultInformation) {
    world.legs_by_id.remove(&leg.id);
    media::close(world, call, leg);
    stream::close(world, leg);
    for timer in &leg.timers {
        world.timers.cancel(*timer);
    }
    if let Some(setting_up) = leg.transfer {
        world.follow_ups.push(FollowUp::Discard(setting_up));
    }
    let mut tell = |kind, with_context: bool, result: &ResultInformation| {
        let context = leg.context.clone().filter(|_| with_context);
        let id: CallConnectionId = leg.id.clone();
        world.emit(
            call,
            id,
            Arc::clone(&leg.callback_uri),
            context,
            kind,
            result.clone(),
        );
    };
    match leg.kind {
        _ if leg.was_connected() => tell(EventKind::CallDisconnected, true, result),
        // Recorded: in this order, and the second without a context.
        LegKind::Create => {
            tell(EventKind::CallDisconnected, true, result);
            tell(EventKind::CreateCallFailed, false, result);
        }
        LegKind::Answer => tell(EventKind::AnswerFailed, true, &codes::CALL_GONE),
        LegKind::Connect => {
            let failed = if result.code == 200 {
                &codes::CALL_GONE
            } else {
                result
            };
            tell(EventKind::ConnectFailed, true, failed);
        }
    }
    world.state(call, &leg.id, "disconnected");
}

/// Tells the other end of a telephone line that this end is gone.
pub(super) fn hang_up_line(world: &mut World, party: &Participant) {
    if let Some((call, raw_id)) = &party.line {
        world.follow_ups.push(FollowUp::LineClosed {
            call: *call,
            raw_id: Arc::clone(raw_id),
        });
    }
}
