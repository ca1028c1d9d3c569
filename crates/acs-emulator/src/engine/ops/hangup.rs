//! Hanging up, for oneself and for everyone.

use acs_common::CallConnectionId;

use crate::engine::Engine;
use crate::engine::codes;
use crate::engine::end::hang_up_line;
use crate::engine::error::ServiceError;
use crate::engine::model::LegKind;
use crate::engine::reply::{ConnectionState, Reply};
use crate::engine::timers::Timer;
use crate::engine::world::{FollowUp, Step};

impl Engine {
    pub(in crate::engine) fn hang_up(
        &mut self,
        connection: CallConnectionId,
        everyone: bool,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key) = self.find(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg_mut(leg_key).ok_or_else(ServiceError::call_not_found)?;
        match leg.state {
            // A second request finds the call gone.
            ConnectionState::Disconnecting => return Err(ServiceError::call_not_found()),
            ConnectionState::Connecting if leg.kind != LegKind::Create => {
                return Err(ServiceError::not_established());
            }
            // A created call that rings is cancelled; its leg was never connected, so it stays as it is.
            ConnectionState::Connecting => {}
            ConnectionState::Connected | ConnectionState::Transferring => {
                leg.state = ConnectionState::Disconnecting;
            }
        }
        let timer = if everyone {
            Timer::Terminate { connection }
        } else {
            Timer::HangUp { connection }
        };
        let timer = world.after_step(Step::HangUp, timer);
        call.keep_for(world, leg_key, timer);
        Ok(Reply::Done)
    }

    /// The application is gone.
    pub(in crate::engine) fn hung_up(&mut self, connection: &CallConnectionId) {
        let Some((call_key, leg_key)) = self.world.legs_by_id.get(connection).copied() else {
            return;
        };
        let Some((world, call)) = self.split(call_key) else {
            return;
        };
        let Some(leg) = call.leg(leg_key) else { return };
        let kind = leg.kind;
        if !leg.was_connected() {
            self.end(call_key, Some(leg_key), &codes::CANCELLED, &codes::CANCELLED);
            return;
        }
        // In a 1:1 call either side ends it for both; an application that connected is no side.
        if !call.group && kind != LegKind::Connect {
            self.end(
                call_key,
                Some(leg_key),
                &codes::ENDED_BY_API,
                &codes::ENDED_BY_OTHER,
            );
            return;
        }
        // Known issue of the service: two and more telephones drop with the application that dialled them.
        let mut dropped = false;
        let dialled = call.participants.iter().filter(|party| {
            kind == LegKind::Create && party.dialled_by == Some(leg_key) && party.identity.is_phone_number()
        });
        if dialled.count() >= 2 {
            dropped = true;
            world.follow_ups.push(FollowUp::Left(call_key));
            call.participants.retain(|party| {
                let stays = party.dialled_by != Some(leg_key) || !party.identity.is_phone_number();
                if !stays {
                    hang_up_line(world, party);
                }
                stays
            });
            call.changed();
        }
        let left = self.disconnect(call_key, leg_key, &codes::ENDED_BY_API);
        if (left || dropped)
            && let Some((world, call)) = self.split(call_key)
        {
            call.tell_everyone(world);
        }
        self.check_alone(call_key);
    }

    /// The application ended the call for everyone.
    pub(in crate::engine) fn terminated(&mut self, connection: &CallConnectionId) {
        let Some((call_key, leg_key)) = self.world.legs_by_id.get(connection).copied() else {
            return;
        };
        let Some(leg) = self.calls.get(&call_key).and_then(|call| call.leg(leg_key)) else {
            return;
        };
        let result = if leg.was_connected() {
            &codes::ENDED_BY_API
        } else {
            &codes::CANCELLED
        };
        self.end(call_key, Some(leg_key), result, result);
    }
}
