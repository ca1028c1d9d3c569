//! Starting and stopping media streaming.

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::error::ServiceError;
use crate::engine::model::{CallKey, LegKey};
use crate::engine::reply::Reply;
use crate::engine::stream::{ControlStream, Stream, Track};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

impl Engine {
    /// The leg of an operation on streams, and where its event goes.
    pub(super) fn stream_leg(
        &mut self,
        control: ControlStream,
    ) -> Result<(CallKey, LegKey, Operation), ServiceError> {
        let (call, leg) = self.established(&control.connection)?;
        let uri = check::operation_uri(&self.world.config, control.operation_callback_uri.as_deref())?;
        let operation = Operation {
            connection: control.connection,
            context: control.operation_context,
            uri,
        };
        Ok((call, leg, operation))
    }

    /// Accepts a start, unless the stream runs.
    pub(super) fn begin_stream(
        &mut self,
        call: CallKey,
        leg: LegKey,
        operation: Operation,
        track: Track,
    ) -> Result<Reply, ServiceError> {
        let (world, call) = self.split(call).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg_mut(leg).ok_or_else(ServiceError::call_not_found)?;
        if leg.streams.get(track).is_none_or(|stream| !stream.is_idle()) {
            return Err(ServiceError::wrong_state());
        }
        crate::engine::stream::ask(world, leg, track, operation);
        Ok(Reply::Done)
    }

    /// Accepts a stop, if there is something to stop.
    pub(super) fn end_stream(
        &mut self,
        call: CallKey,
        leg: LegKey,
        operation: Operation,
        track: Track,
    ) -> Result<Reply, ServiceError> {
        let (world, call) = self.split(call).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg_mut(leg).ok_or_else(ServiceError::call_not_found)?;
        if leg.streams.get(track).is_none_or(Stream::is_idle) {
            return Err(ServiceError::wrong_state());
        }
        let task = Task::StopStream { operation, track };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        leg.keep(world, timer);
        Ok(Reply::Done)
    }

    /// Refuses a leg that was set up without media streaming.
    fn streaming_leg(
        &mut self,
        control: ControlStream,
    ) -> Result<(CallKey, LegKey, Operation), ServiceError> {
        let (call_key, leg_key, operation) = self.stream_leg(control)?;
        let leg = self.calls.get(&call_key).and_then(|call| call.leg(leg_key));
        if leg.is_none_or(|leg| leg.streams.get(Track::Media).is_none()) {
            return Err(ServiceError::no_streaming());
        }
        Ok((call_key, leg_key, operation))
    }

    pub(in crate::engine) fn start_media_streaming(
        &mut self,
        command: ControlStream,
    ) -> Result<Reply, ServiceError> {
        let (call, leg, operation) = self.streaming_leg(command)?;
        self.begin_stream(call, leg, operation, Track::Media)
    }

    pub(in crate::engine) fn stop_media_streaming(
        &mut self,
        command: ControlStream,
    ) -> Result<Reply, ServiceError> {
        let (call, leg, operation) = self.streaming_leg(command)?;
        self.end_stream(call, leg, operation, Track::Media)
    }
}
