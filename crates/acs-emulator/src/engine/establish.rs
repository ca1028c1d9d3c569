//! From an answered invitation to a participant, and what everybody is told about it.

use std::sync::Arc;

use super::Engine;
use super::codes::{self, Failure};
use super::effect::EventKind;
use super::model::{Call, CallKey, Invite, InviteKey, LegKey, Participant, Purpose};
use super::reply::ConnectionState;
use super::script::RejectReason;
use super::timers::{Operation, Timer};
use super::world::{FollowUp, Step, World};

impl Call {
    /// A leg becomes part of the call; the event is sent by [`Call::tell_connected`].
    fn connect(&mut self, world: &mut World, key: LegKey) {
        let Some(leg) = self.leg_mut(key) else { return };
        if leg.state == ConnectionState::Connecting {
            leg.state = ConnectionState::Connected;
            let id = leg.id.clone();
            world.state(self, &id, "connected");
        }
    }

    fn tell_connected(&mut self, world: &mut World, key: LegKey) {
        self.tell(world, key, EventKind::CallConnected, codes::OK);
        self.begin_streams(world, key);
    }

    /// The legs that meet when a call is established: first everybody is told who is there, then that the
    /// call is connected (the order that most recordings have), the answering side first.
    fn meet(&mut self, world: &mut World, legs: &[LegKey]) {
        self.established = true;
        self.version += 1;
        for leg in legs {
            self.connect(world, *leg);
            self.tell_roster(world, *leg);
        }
        for leg in legs {
            self.tell_connected(world, *leg);
        }
    }

    /// Whether somebody is a participant, or is to become one together with the invited party.
    pub(super) fn lists(&self, raw_id: &str, key: InviteKey) -> bool {
        let transferred = self.invites.iter().any(|invite| {
            invite.key == key
                && matches!(&invite.purpose, Purpose::Transfer { transferee, .. } if **transferee == *raw_id)
        });
        transferred || self.participant(raw_id).is_some()
    }

    /// Starts the part of a script that runs within a call.
    pub(super) fn start_script(&mut self, world: &mut World, raw_id: &Arc<str>) {
        let after = self
            .participant(raw_id)
            .filter(|party| party.is_virtual())
            .and_then(|party| world.script(&party.identity).hang_up_after);
        let Some(after) = after else { return };
        let raw_id = Arc::clone(raw_id);
        let leave = Timer::Leave {
            call: self.key,
            raw_id: Arc::clone(&raw_id),
        };
        let timer = world.after(after, leave);
        self.keep(world, timer);
        if let Some(party) = self.participants.iter_mut().find(|party| party.raw_id == raw_id) {
            party.leaves_at = Some(timer.0);
        }
    }
}

impl Engine {
    /// The answered invitation becomes a participant.
    pub(super) fn establish(&mut self, call_key: CallKey, key: InviteKey, line: Option<(CallKey, Arc<str>)>) {
        let Some(call) = self.calls.get_mut(&call_key) else {
            return;
        };
        let Some(invite) = call.invite_mut(key) else {
            return;
        };
        let (leg, target) = (invite.leg, invite.target.clone());
        let own = leg
            .and_then(|leg| call.leg(leg))
            .and_then(|leg| leg.targets.first().cloned());
        let mut joining = Participant::new(own.unwrap_or(target));
        if call.lists(&joining.raw_id, key) {
            self.came_twice(call_key, key, leg);
            return;
        }
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(invite) = call.take_invite(world, key) else {
            return;
        };
        joining.leg = invite.leg;
        joining.line = line;
        joining.muted = invite.muted;
        let raw_id = Arc::clone(&joining.raw_id);
        match &invite.purpose {
            Purpose::Create { leg } => {
                joining.dialled_by = Some(*leg);
                let first = call.leg(*leg).is_some_and(|leg| !leg.was_connected());
                call.join(joining);
                if first {
                    let legs: Vec<LegKey> = invite.leg.into_iter().chain([*leg]).collect();
                    call.meet(world, &legs);
                } else {
                    Self::welcome(world, call, invite.leg);
                    call.tell_everyone(world);
                }
                call.start_script(world, &raw_id);
            }
            Purpose::Add { operation, .. } => {
                let inviter = call.legs.iter().find(|leg| leg.id == operation.connection);
                joining.dialled_by = inviter.map(|leg| leg.key);
                call.join(joining);
                Self::added(world, call, &invite, operation);
                call.start_script(world, &raw_id);
                self.check_unattended(call_key);
            }
            Purpose::Transfer {
                from,
                transferee,
                operation,
            } => {
                let (from, transferee) = (*from, Arc::clone(transferee));
                let operation = operation.clone();
                call.join(joining);
                self.transferred(call_key, from, &transferee, &invite, &operation);
            }
            Purpose::Placed { .. } if call.established => {
                call.join(joining);
                Self::welcome(world, call, invite.leg);
                call.tell_everyone(world);
                call.start_script(world, &raw_id);
                self.check_alone(call_key);
            }
            Purpose::Asked { .. } => {
                call.join(joining);
                Self::welcome(world, call, invite.leg);
                call.version += 1;
                call.tell_others(world, None);
                let timer = world.after_step(Step::Settle, Timer::Roster { call: call_key });
                call.keep(world, timer);
                call.start_script(world, &raw_id);
                self.check_alone(call_key);
            }
            Purpose::Placed { .. } => {
                call.join(joining);
                let callers: Vec<Arc<str>> = call
                    .participants
                    .iter()
                    .map(|party| Arc::clone(&party.raw_id))
                    .collect();
                let legs: Vec<LegKey> = invite.leg.into_iter().collect();
                call.meet(world, &legs);
                for party in callers {
                    call.start_script(world, &party);
                }
                self.check_unattended(call_key);
            }
            Purpose::Line {
                call: near,
                invite: near_invite,
            } => {
                call.join(joining);
                let legs: Vec<LegKey> = invite.leg.into_iter().collect();
                call.meet(world, &legs);
                world.follow_ups.push(FollowUp::LineAnswered {
                    call: *near,
                    invite: *near_invite,
                });
                self.check_unattended(call_key);
            }
        }
    }

    /// Whoever answered is in the call already, because it was moved or redirected to in the meantime.
    fn came_twice(&mut self, call_key: CallKey, key: InviteKey, leg: Option<LegKey>) {
        if let Some(leg) = leg {
            self.disconnect(call_key, leg, &codes::CALL_GONE);
        }
        let Some(invite) = self
            .calls
            .get_mut(&call_key)
            .and_then(|call| call.invite_mut(key))
        else {
            return;
        };
        invite.accepted = false;
        invite.leg = None;
        self.come_to_nothing(call_key, key, Failure::Rejected(RejectReason::None));
    }

    /// A leg comes into a call that runs: it is connected before it is told who is there (recorded).
    fn welcome(world: &mut World, call: &mut Call, leg: Option<LegKey>) {
        if let Some(leg) = leg {
            call.connect(world, leg);
            call.tell_connected(world, leg);
        }
    }

    /// The recorded order: the new leg is connected, the inviter sees the list and then the success, the
    /// others see the list, and after a while everybody sees it once more.
    fn added(world: &mut World, call: &mut Call, invite: &Invite, operation: &Operation) {
        Self::welcome(world, call, invite.leg);
        call.version += 1;
        let inviter = call
            .legs
            .iter()
            .find(|leg| leg.id == operation.connection)
            .map(|leg| leg.key);
        if let Some(inviter) = inviter {
            call.tell_roster(world, inviter);
        }
        Self::report_in(
            world,
            call,
            operation,
            EventKind::AddParticipantSucceeded {
                participant: invite.called().clone(),
            },
            codes::OK,
        );
        call.tell_others(world, inviter);
        let timer = world.after_step(Step::Settle, Timer::Roster { call: call.key });
        call.keep(world, timer);
    }

    /// The far end of a telephone line answered: its near end does.
    pub(super) fn line_answered(&mut self, near: CallKey, key: InviteKey) {
        let Some((world, call)) = self.split(near) else {
            return;
        };
        let Some(invite) = call.invite_mut(key) else {
            return;
        };
        invite.silence(world);
        invite.accepted = true;
        let raw_id = Arc::clone(&invite.raw_id);
        let far = invite.line.take();
        let Some(far) = far else { return };
        let Some(far_call) = self.calls.get_mut(&far) else {
            return;
        };
        let Some(caller) = far_call.participants.iter_mut().find(|party| party.caller) else {
            return;
        };
        caller.line = Some((near, raw_id));
        let caller = Arc::clone(&caller.raw_id);
        self.establish(near, key, Some((far, caller)));
    }

    /// The transfer target answered: the transferee comes over, and the transferor is told.
    fn transferred(
        &mut self,
        call_key: CallKey,
        from: CallKey,
        transferee: &Arc<str>,
        invite: &Invite,
        operation: &Operation,
    ) {
        let Some(moved) = self.carry(from, call_key, transferee) else {
            self.transfer_failed(operation, codes::PARTICIPANT_GONE);
            self.discard(call_key);
            return;
        };
        let kind = EventKind::CallTransferAccepted {
            transfer_target: invite.called().clone(),
            transferee: moved.clone(),
        };
        self.report(operation, kind, codes::OK);
        let transferor = self.transfer_over(operation);
        if self.calls.get(&from).is_some_and(|call| call.group) {
            if let Some((world, call)) = self.split(from) {
                call.tell_everyone(world);
            }
            self.check_alone(from);
        } else {
            self.end(from, transferor, &codes::TRANSFERRED, &codes::ENDED_BY_OTHER);
        }
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        call.established = true;
        if invite.moves_muted
            && let Some(party) = call
                .participants
                .iter_mut()
                .find(|party| party.raw_id == *transferee)
        {
            party.muted = true;
        }
        Self::welcome(world, call, invite.leg);
        call.tell_everyone(world);
        call.start_script(world, &invite.raw_id);
        self.check_unattended(call_key);
    }

    /// Takes a participant, with its leg if it has one, from one call to another. Nobody is told.
    pub(super) fn carry(
        &mut self,
        from: CallKey,
        to: CallKey,
        raw_id: &str,
    ) -> Option<acs_common::CommunicationIdentifier> {
        if !self.calls.contains_key(&to) {
            return None;
        }
        let source = self.calls.get_mut(&from)?;
        let mut participant = source.take_participant(raw_id)?;
        participant.moved();
        let leg = participant.leg.and_then(|key| {
            let index = source.legs.iter().position(|leg| leg.key == key)?;
            Some(source.legs.remove(index))
        });
        if let Some((far, caller)) = &participant.line {
            let far_end = self
                .calls
                .get_mut(far)
                .and_then(|call| call.participants.iter_mut().find(|party| party.raw_id == *caller));
            if let Some(far_end) = far_end {
                far_end.line = Some((to, Arc::clone(&participant.raw_id)));
            }
        }
        let identity = participant.identity.clone();
        let (world, call) = self.split(to)?;
        world
            .follow_ups
            .extend([FollowUp::Left(from), FollowUp::Left(to)]);
        if let Some(mut leg) = leg {
            world.legs_by_id.insert(leg.id.clone(), (to, leg.key));
            if let Some(setting_up) = leg.transfer.take() {
                world.follow_ups.push(FollowUp::Discard(setting_up));
            }
            if leg.state == ConnectionState::Transferring {
                leg.state = ConnectionState::Connected;
            }
            call.legs.push(leg);
        }
        if let Some(at) = participant.leaves_at {
            let raw_id = Arc::clone(&participant.raw_id);
            let timer = world.timers.schedule(at, Timer::Leave { call: to, raw_id });
            call.keep(world, timer);
        }
        call.join(participant);
        Some(identity)
    }

    /// The leg that connects becomes part of the call. Its first list has the number 2 at least (recorded).
    pub(super) fn connected(&mut self, connection: &acs_common::CallConnectionId) {
        let Some((call_key, leg)) = self.world.legs_by_id.get(connection).copied() else {
            return;
        };
        let room_closed = self.room_closed(call_key);
        if room_closed {
            self.disconnect(call_key, leg, &codes::ROOM_CLOSED);
            self.check_alone(call_key);
            return;
        }
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        call.version = (call.version + 1).max(2);
        call.connect(world, leg);
        call.tell_roster(world, leg);
        call.tell_connected(world, leg);
        let timer = world.after_step(
            Step::Settle,
            Timer::LegRoster {
                connection: connection.clone(),
            },
        );
        call.keep_for(world, leg, timer);
    }
}
