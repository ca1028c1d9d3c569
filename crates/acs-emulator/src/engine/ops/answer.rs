//! What the application does with a call that it is offered: answer, reject, redirect. Each spends the offer.

use std::time::Duration;

use acs_common::IncomingCallContext;

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::codes::Failure;
use crate::engine::command::{AnswerCall, RedirectCall, RejectCall};
use crate::engine::error::ServiceError;
use crate::engine::model::{CallKey, InviteKey, Leg, LegKind, Purpose};
use crate::engine::reply::Reply;
use crate::engine::stream::Streams;
use crate::engine::timers::Timer;
use crate::engine::world::Step;

use super::create::number;
use super::transcription::check_locale;

impl Engine {
    /// The call and the invitation of an offer that is open.
    fn offered(&self, context: &IncomingCallContext) -> Result<(CallKey, InviteKey), ServiceError> {
        self.world
            .offers
            .get(context)
            .copied()
            .ok_or_else(ServiceError::call_not_found)
    }

    pub(in crate::engine) fn answer_call(&mut self, command: AnswerCall) -> Result<Reply, ServiceError> {
        let AnswerCall {
            incoming_call_context,
            callback_uri,
            answered_by,
            cognitive_services_endpoint,
            media_streaming,
            transcription,
            operation_context,
        } = command;
        let uri = check::callback_uri(&self.world.config, "CallbackUri", &callback_uri)?;
        if let Some(options) = &transcription {
            check_locale("transcriptionOptions.locale", &options.locale)?;
        }
        let (call_key, key) = self.offered(&incoming_call_context)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let mut leg = Leg::new(world, LegKind::Answer, uri, operation_context);
        leg.streams = Streams::new(world, media_streaming, transcription);
        let application = world.application.clone();
        let invite = call.invite_mut(key).ok_or_else(ServiceError::call_not_found)?;
        let for_number = number(&invite.target);
        // Whoever answers for a number takes part as a user; a user takes part as itself.
        let own = match &for_number {
            Some(_) => answered_by.clone().unwrap_or(application),
            None => invite.target.clone(),
        };
        invite.silence(world);
        invite.accepted = true;
        invite.leg = Some(leg.key);
        let near = match &invite.purpose {
            Purpose::Line { call, invite } => Some((*call, *invite)),
            _ => None,
        };
        leg.source = Some(invite.from.clone());
        leg.targets = vec![own];
        leg.cognitive = cognitive_services_endpoint.is_some();
        leg.answered_by = answered_by.map(|identity| identity.raw_id().into_owned());
        leg.answered_for = for_number;
        let timer = world.after_step(
            Step::Connect,
            Timer::Establish {
                call: call_key,
                invite: key,
            },
        );
        invite.timers.push(timer);
        let leg_key = leg.key;
        call.attach(world, leg);
        let reply = Self::describe_new(world, call, leg_key);
        // The near end of a telephone line cannot give up any more.
        if let Some((near, near_invite)) = near
            && let Some((world, call)) = self.split(near)
            && let Some(invite) = call.invite_mut(near_invite)
        {
            invite.silence(world);
            invite.accepted = true;
        }
        reply
    }

    pub(in crate::engine) fn reject_call(&mut self, command: &RejectCall) -> Result<Reply, ServiceError> {
        let (call_key, key) = self.offered(&command.incoming_call_context)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        world.chain = Some(call.correlation.clone());
        call.invite_mut(key)
            .ok_or_else(ServiceError::call_not_found)?
            .silence(world);
        self.fail_after(call_key, key, Duration::ZERO, Failure::Rejected(command.reason));
        Ok(Reply::Done)
    }

    pub(in crate::engine) fn redirect_call(&mut self, command: RedirectCall) -> Result<Reply, ServiceError> {
        let (call_key, key) = self.offered(&command.incoming_call_context)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        world.chain = Some(call.correlation.clone());
        let taken = call.participant(&command.target.raw_id()).is_some()
            || call
                .invites
                .iter()
                .any(|other| other.key != key && other.target == command.target);
        if taken {
            return Err(ServiceError::invalid(
                "the target of the redirection is in the call already.",
            ));
        }
        let invite = call.invite_mut(key).ok_or_else(ServiceError::call_not_found)?;
        invite.redirected();
        invite.send_to(world, call_key, command.target);
        Ok(Reply::Done)
    }
}
