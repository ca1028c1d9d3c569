//! Playing and recognizing: what is refused, and what is taken in.

use std::sync::Arc;
use std::time::Duration;

use acs_common::{CallConnectionId, CommunicationIdentifier};

use super::command::{Expect, Play, PlaySource, Recognize, ToneRules};
use super::files::check_uri;
use super::length;
use super::model::{Job, Op, Recognition};
use crate::engine::Engine;
use crate::engine::check;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, CallKey, Leg, LegKey};
use crate::engine::reply::Reply;
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::Step;

/// The longest text that is spoken (concept page on recognition).
const LONGEST_TEXT: usize = 4000;
/// The longest wait for the first key, and for the first word or choice (documented).
const LONGEST_SILENCE: [Duration; 2] = [Duration::from_secs(300), Duration::from_secs(20)];

/// What can be played on a leg.
pub(super) fn check_sources(leg: &Leg, sources: &[PlaySource]) -> Result<(), ServiceError> {
    let empty = || ServiceError::fixed(400, "8582", "Play Source Text Or Ssml Empty.");
    for source in sources {
        match source {
            PlaySource::File { uri, .. } => check_uri(uri)?,
            _ if !leg.cognitive => return Err(ServiceError::no_cognitive_services()),
            PlaySource::Text(text) if text.trim().is_empty() => return Err(empty()),
            PlaySource::Text(text) if text.chars().count() > LONGEST_TEXT => {
                return Err(ServiceError::invalid(format!(
                    "the field text.text is longer than {LONGEST_TEXT} characters."
                )));
            }
            PlaySource::Ssml(ssml) if length::text_of_ssml(ssml).is_empty() => return Err(empty()),
            PlaySource::Text(_) | PlaySource::Ssml(_) => {}
        }
    }
    Ok(())
}

/// Somebody in the call, by the id that the call knows.
pub(super) fn present(call: &Call, who: &CommunicationIdentifier) -> Result<Arc<str>, ServiceError> {
    call.participant(&who.raw_id())
        .map(|party| Arc::clone(&party.raw_id))
        .ok_or_else(ServiceError::participant_not_found)
}

/// Whether an operation for some participants can begin on a leg: its sub lane takes one, and no participant
/// takes part in two.
pub(super) fn check_free(call: &Call, leg: LegKey, targets: &[Arc<str>]) -> Result<(), ServiceError> {
    let mut occupied = call
        .legs
        .iter()
        .filter(|leg| targets.iter().any(|target| leg.media.occupies(target)));
    if occupied.next().is_some() {
        return Err(ServiceError::invalid_media_mode());
    }
    match call.leg(leg) {
        Some(leg) if leg.media.sub.is_some() => Err(ServiceError::media_precondition()),
        _ => Ok(()),
    }
}

fn check_expectation(leg: &Leg, command: &Recognize) -> Result<(), ServiceError> {
    let [keys, words] = LONGEST_SILENCE;
    let (rules, speaks, longest) = match &command.expect {
        Expect::Tones(rules) => (Some(rules), false, keys),
        Expect::SpeechOrTones { tones, .. } => (Some(tones), true, words),
        Expect::Speech { .. } => (None, true, words),
        Expect::Choices(choices) => {
            if choices.is_empty() {
                return Err(ServiceError::invalid(
                    "the field choices needs at least one entry.",
                ));
            }
            (None, true, words)
        }
    };
    if speaks && !leg.cognitive {
        return Err(ServiceError::no_cognitive_services());
    }
    if command.initial_silence > longest {
        return Err(ServiceError::invalid(format!(
            "the field initialSilenceTimeoutInSeconds must be between 0 and {}.",
            longest.as_secs()
        )));
    }
    let Some(ToneRules {
        inter_tone,
        max,
        stop,
    }) = rules
    else {
        return Ok(());
    };
    if !(Duration::from_secs(1)..=Duration::from_secs(60)).contains(inter_tone) {
        return Err(ServiceError::invalid(
            "the field interToneTimeoutInSeconds must be between 1 and 60.",
        ));
    }
    if *max == Some(0) {
        return Err(ServiceError::invalid(
            "the field maxTonesToCollect must be at least 1.",
        ));
    }
    match stop.iter().find(|tone| !tone.is_known()) {
        Some(tone) => Err(ServiceError::invalid(format!(
            "the field stopTones has {tone}, which is no tone."
        ))),
        None => Ok(()),
    }
}

impl Engine {
    /// The leg of an operation on media, and where its events go.
    pub(super) fn media_leg(
        &mut self,
        connection: &CallConnectionId,
        callback_uri: Option<&str>,
    ) -> Result<(CallKey, LegKey, Option<Arc<str>>), ServiceError> {
        let (call, leg) = self.established(connection)?;
        let uri = check::operation_uri(&self.world.config, callback_uri)?;
        Ok((call, leg, uri))
    }

    pub(in crate::engine) fn play(&mut self, command: Play) -> Result<Reply, ServiceError> {
        let Play {
            connection,
            sources,
            to,
            repeat,
            interrupt,
            operation_context,
            operation_callback_uri,
        } = command;
        let (call_key, leg_key, uri) = self.media_leg(&connection, operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg(leg_key).ok_or_else(ServiceError::call_not_found)?;
        if sources.is_empty() {
            return Err(ServiceError::invalid(
                "the field playSources needs at least one entry.",
            ));
        }
        check_sources(leg, &sources)?;
        let mut targets: Vec<Arc<str>> = Vec::with_capacity(to.len());
        for who in &to {
            let target = present(call, who)?;
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        let main = targets.is_empty();
        if !main {
            check_free(call, leg_key, &targets)?;
        }
        let operation = Operation {
            connection,
            context: operation_context,
            uri,
        };
        let job = Job::Play { to: targets, repeat };
        let mut op = Op::new(world.next_key(), operation, job, sources);
        op.interrupts = interrupt && main;
        self.accept_media(call_key, leg_key, op, main);
        Ok(Reply::Done)
    }

    pub(in crate::engine) fn recognize(&mut self, command: Recognize) -> Result<Reply, ServiceError> {
        let (call_key, leg_key, uri) =
            self.media_leg(&command.connection, command.operation_callback_uri.as_deref())?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        let leg = call.leg(leg_key).ok_or_else(ServiceError::call_not_found)?;
        check_sources(leg, &command.prompts)?;
        check_expectation(leg, &command)?;
        let target = present(call, &command.target)?;
        let main = !call.group;
        if !main {
            check_free(call, leg_key, std::slice::from_ref(&target))?;
        }
        let operation = Operation {
            connection: command.connection,
            context: command.operation_context,
            uri,
        };
        let job = Job::Recognize(Box::new(Recognition {
            target,
            expect: command.expect,
            interrupt_prompt: command.interrupt_prompt,
            initial_silence: command.initial_silence,
            reaction: None,
            tones: Vec::new(),
            speech: None,
        }));
        let mut op = Op::new(world.next_key(), operation, job, command.prompts);
        op.interrupts = command.interrupt;
        self.accept_media(call_key, leg_key, op, main);
        Ok(Reply::Done)
    }

    pub(in crate::engine) fn cancel_all_media(
        &mut self,
        connection: CallConnectionId,
    ) -> Result<Reply, ServiceError> {
        let (call_key, leg_key) = self.established(&connection)?;
        let (world, call) = self.split(call_key).ok_or_else(ServiceError::call_not_found)?;
        // What is asked for from now on is not meant.
        let before = world.next_key();
        let task = Task::CancelMedia { connection, before };
        let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
        call.keep_for(world, leg_key, timer);
        Ok(Reply::Done)
    }

    /// The operations that were asked for before are cancelled.
    pub(in crate::engine) fn media_cancelled(&mut self, connection: &CallConnectionId, before: u64) {
        self.cancel_before(connection, before, false);
        self.advance(connection);
    }
}
