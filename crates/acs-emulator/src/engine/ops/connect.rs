//! Connecting to a call that runs, by server call id, group call id or room.

use acs_common::CommunicationIdentifier;

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::command::{CallLocator, ConnectCall};
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, CallKey, Home, Leg, LegKind, id_key};
use crate::engine::reply::Reply;
use crate::engine::stream::Streams;
use crate::engine::timers::Timer;
use crate::engine::world::Step;

use super::transcription::check_locale;

impl Engine {
    /// The call that a locator names; group calls and rooms begin when they are first named.
    pub(in crate::engine) fn locate(&mut self, locator: CallLocator) -> Result<CallKey, ServiceError> {
        let world = &mut self.world;
        let (found, home) = match locator {
            CallLocator::ServerCall(id) => {
                let found = world.calls_by_id.get(id_key(id.as_str())).copied();
                return found.ok_or_else(ServiceError::call_not_found);
            }
            CallLocator::Group(id) => (world.groups.get(&id).copied(), Home::Group(id)),
            CallLocator::Room(id) => (world.room_calls.get(&id).copied(), Home::Room(id)),
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let call = Call::new(world, home);
        match &call.home {
            Home::Group(id) => drop(world.groups.insert(id.clone(), call.key)),
            Home::Room(id) => drop(world.room_calls.insert(id.clone(), call.key)),
            Home::Participants => {}
        }
        let key = call.key;
        self.calls.insert(key, Box::new(call));
        Ok(key)
    }

    pub(in crate::engine) fn connect_call(&mut self, command: ConnectCall) -> Result<Reply, ServiceError> {
        let uri = check::callback_uri(&self.world.config, "CallbackUri", &command.callback_uri)?;
        if let Some(options) = &command.transcription {
            check_locale("transcriptionOptions.locale", &options.locale)?;
        }
        let call_key = self.locate(command.locator)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        if !call.established {
            return Err(ServiceError::not_established());
        }
        let mut leg = Leg::new(world, LegKind::Connect, uri, command.operation_context);
        leg.cognitive = command.cognitive_services_endpoint.is_some();
        leg.streams = Streams::new(world, command.media_streaming, command.transcription);
        let (leg_key, connection) = (leg.key, leg.id.clone());
        call.attach(world, leg);
        let timer = world.after_step(Step::Connect, Timer::Connected { connection });
        call.keep_for(world, leg_key, timer);
        Self::describe_new(world, call, leg_key)
    }

    /// Whether the call is a room that is not for this party.
    pub(in crate::engine) fn room_forbids(&self, call: CallKey, party: &CommunicationIdentifier) -> bool {
        let Some(Home::Room(id)) = self.calls.get(&call).map(|call| &call.home) else {
            return false;
        };
        let invited = self
            .world
            .rooms
            .get(id)
            .and_then(|room| room.participants.as_ref());
        invited.is_some_and(|invited| !invited.contains(&*party.raw_id()))
    }

    /// Whether the call is a room that may not be joined now.
    pub(in crate::engine) fn room_closed(&self, call: CallKey) -> bool {
        let Some(Home::Room(id)) = self.calls.get(&call).map(|call| &call.home) else {
            return false;
        };
        let Some(room) = self.world.rooms.get(id) else {
            return false;
        };
        room.valid_from.is_some_and(|from| self.world.now < from)
            || room.valid_until.is_some_and(|until| self.world.now > until)
    }
}
