//! The call engine: every rule of the service about calls, and nothing else.
//!
//! It is pure: no clock, no socket, no task, and no randomness but the seed it is given, so the same seed and
//! the same commands at the same times give the same effects, byte for byte.
//!
//! | module | holds |
//! |---|---|
//! | `command`, `reply`, `error`, `effect`, `event` | what goes in and what comes out |
//! | `config`, `script`, `input` | settings, and what virtual parties do |
//! | `model`, `calls` | calls, participants, legs, invitations; which calls were touched |
//! | `world`, `timers` | time, ids, indexes, what is due when |
//! | `check`, `codes` | what is refused, and how things that went are told |
//! | `ring`, `establish`, `end` | the life of an invitation and of a call |
//! | `settings`, `forward` | what Teams users set about their calls, and how it is obeyed |
//! | `media` | what is played and heard in a call |
//! | `recording` | what is kept of a recorded call |
//! | `stream` | what goes to the application's WebSockets |
//! | `view`, `outlook` | a look at the calls from outside, and with the eyes of a party |
//! | `ops` | one module for each family of operations |
//!
//! A leg is one application's view of a call. Whoever rings has an invitation; once it is answered and the
//! time for that has passed, the invitation becomes a participant. A call to a number of the resource comes
//! back in over the telephone network: it is two calls, joined by a line. A transfer sets up a call of its own
//! for the transferee and the target; nothing changes in the transferor's call until the target answers.

mod calls;
mod check;
mod codes;
mod command;
mod config;
mod effect;
mod end;
mod error;
mod establish;
mod event;
mod forward;
mod input;
mod media;
mod model;
mod ops;
mod outlook;
mod recording;
mod reply;
mod ring;
mod script;
mod settings;
mod stream;
mod timers;
mod view;
mod world;

#[cfg(test)]
mod tests;

use acs_common::CorrelationId;
use chrono::{DateTime, Utc};

use calls::Calls;
use model::{Call, CallKey};
use recording::RecordingStep;
use timers::{Task, Timer};
use world::{FollowUp, Room, World};

pub use codes::ResultInformation;
pub use command::{
    AddParticipant, AnswerCall, CallLocator, CancelAddParticipant, Command, ConnectCall, CreateCall,
    CustomContext, MoveParticipants, MuteParticipant, PartyAction, PlaceCall, PlaceTransfer, RedirectCall,
    RejectCall, RemoveParticipant, TransferToParticipant,
};
pub use command::{CallAction, InCall, Invitation, StartCall};
pub use config::{EngineConfig, Latency, UsersMode};
pub use effect::{
    Actor, CallEnded, Callback, CallbackEvent, Effect, EventKind, Fetch, IncomingCall, IncomingCustomContext,
    Note, NoteKind, Offer, Parted, PartyInput, Recognized,
};
pub use error::ServiceError;
pub use input::{Answer, Input, Reaction};
pub use media::{
    Choice, ContinuousDtmf, Expect, FetchFailure, FetchId, Fetched, Hold, MediaFault, Play, PlaySource,
    Recognize, SendDtmfTones, ToneRules, Unhold,
};
pub use outlook::{CallNews, Neighbour, Outlook, Place, Ringing};
pub use recording::{
    Recorded, RecordedCall, RecordedChunk, RecordedParticipant, RecordingForm, StartRecording,
};
pub use reply::{
    Accepted, CallParticipant, CallProperties, CancelRequested, ConnectionState, Invited,
    MediaStreamingSubscription, Moving, PhoneNumberModel, RecordingStatus, Reply, TranscriptionSubscription,
    UserModel,
};
pub use script::{OnRing, PartyScript, RejectReason};
pub(crate) use settings::voicemail_of;
pub use settings::{CallingSettings, ForwardTo};
pub use stream::{
    ControlStream, MediaStreamingOptions, MediaStreamingUpdate, OpenStream, StartTranscription,
    StreamContent, StreamDetails, StreamKey, StreamNews, StreamOrder, TranscriptionOptions,
    TranscriptionUpdate, UpdateTranscription,
};
pub use view::{CallView, Doing, LegView, ParticipantView, PartyCallView, PartyKnown, RingingView};

/// What came of a command.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the effects are what the engine does"]
pub struct Applied {
    /// What the service answers.
    pub reply: Result<Reply, ServiceError>,
    /// The signalling chain of the call concerned, for the response header `X-Microsoft-Skype-Chain-ID`.
    pub correlation_id: Option<CorrelationId>,
    /// What is to be done, in this order. Effects of an operation mostly come with a later command, when
    /// [`Engine::next_due`] has passed: the response goes out first.
    pub effects: Vec<Effect>,
}

/// All calls of one resource.
#[derive(Debug)]
pub struct Engine {
    world: World,
    calls: Calls,
}

impl Engine {
    /// An engine without calls.
    pub fn new(config: EngineConfig) -> Self {
        Self {
            world: World::new(config),
            calls: Calls::default(),
        }
    }

    /// Carries out a command at a time. What became due until then happens before it. A time before that of
    /// an earlier command counts as that one.
    pub fn apply(&mut self, command: Command, now: DateTime<Utc>) -> Applied {
        let now = now.max(self.world.now);
        self.run_until(now);
        self.world.now = now;
        self.world.chain = None;
        let reply = self.carry_out(command);
        self.follow_up();
        Applied {
            reply,
            correlation_id: self.world.chain.take(),
            effects: std::mem::take(&mut self.world.effects),
        }
    }

    /// When something is due next without a command; [`Command::Tick`] is to be applied then.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.world.timers.next_due()
    }

    /// What is wrong with media.
    pub fn media_fault(&self) -> MediaFault {
        self.world.media_fault
    }

    /// How many calls there are, those that ring included.
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// How many things wait for their time.
    pub fn timer_count(&self) -> usize {
        self.world.timers.len()
    }

    fn carry_out(&mut self, command: Command) -> Result<Reply, ServiceError> {
        match command {
            Command::CreateCall(command) => self.create_call(command),
            Command::AnswerCall(command) => self.answer_call(command),
            Command::RejectCall(command) => self.reject_call(&command),
            Command::RedirectCall(command) => self.redirect_call(command),
            Command::ConnectCall(command) => self.connect_call(command),
            Command::GetCall(connection) => self.get_call(&connection),
            Command::HangUp(connection) => self.hang_up(connection, false),
            Command::Terminate(connection) => self.hang_up(connection, true),
            Command::TransferToParticipant(command) => self.transfer(command),
            Command::ListParticipants(connection) => self.list_participants(&connection),
            Command::GetParticipant { connection, raw_id } => self.get_participant(&connection, &raw_id),
            Command::AddParticipant(command) => self.add_participant(command),
            Command::RemoveParticipant(command) => self.remove_participant(command),
            Command::MuteParticipant(command) => self.mute_participant(command),
            Command::CancelAddParticipant(command) => self.cancel_add_participant(command),
            Command::MoveParticipants(command) => self.move_participants(command),
            Command::Play(command) => self.play(command),
            Command::Recognize(command) => self.recognize(*command),
            Command::CancelAllMedia(connection) => self.cancel_all_media(connection),
            Command::StartContinuousDtmf(command) => self.start_continuous_dtmf(command),
            Command::StopContinuousDtmf(command) => self.stop_continuous_dtmf(command),
            Command::SendDtmfTones(command) => self.send_dtmf_tones(command),
            Command::Hold(command) => self.hold(command),
            Command::Unhold(command) => self.unhold(&command),
            Command::StartMediaStreaming(command) => self.start_media_streaming(command),
            Command::StopMediaStreaming(command) => self.stop_media_streaming(command),
            Command::StartTranscription(command) => self.start_transcription(command),
            Command::UpdateTranscription(command) => self.update_transcription(command),
            Command::StopTranscription(command) => self.stop_transcription(command),
            Command::StreamNews { key, news } => {
                self.stream_news(key, news);
                Ok(Reply::Done)
            }
            Command::Fetched(fetched) => Ok(self.fetched(&fetched)),
            Command::StartRecording(command) => self.start_recording(command),
            Command::GetRecording(recording) => self.recording_state(&recording),
            Command::PauseRecording(recording) => self.change_recording(&recording, RecordingStep::Pause),
            Command::ResumeRecording(recording) => self.change_recording(&recording, RecordingStep::Resume),
            Command::StopRecording(recording) => self.stop_recording(&recording),
            Command::PlaceCall(command) => self.place_call(command),
            Command::StartCall(command) => self.start_call(command, None),
            Command::PlaceTransfer(transfer) => {
                let PlaceTransfer { of, by, call } = *transfer;
                self.start_call(call, Some((&of, &by)))
            }
            Command::JoinCall {
                locator,
                party,
                muted,
            } => self.join_call(locator, party, muted),
            Command::PartyAction { raw_id, action } => self.party_action(&raw_id, action),
            Command::SetScript { raw_id, script } => {
                match script {
                    Some(script) => self.world.scripts.insert(raw_id, script),
                    None => self.world.scripts.remove(&raw_id),
                };
                Ok(Reply::Done)
            }
            Command::SetCallingSettings { raw_id, settings } => self.set_calling_settings(raw_id, settings),
            Command::SetMediaFault(fault) => {
                self.world.media_fault = fault;
                Ok(Reply::Done)
            }
            Command::InCall(command) => self.in_call(command),
            Command::SetOnline { raw_id, online } => {
                self.set_online(raw_id, online);
                Ok(Reply::Done)
            }
            Command::SetAsking { raw_id, asking } => {
                if asking {
                    self.world.asking.insert(raw_id);
                } else {
                    self.world.asking.remove(&raw_id);
                }
                Ok(Reply::Done)
            }
            Command::CreateIdentity => Ok(Reply::Identity(self.world.user())),
            Command::AddPhoneNumber(number) => {
                self.world.add_number(number);
                Ok(Reply::Done)
            }
            Command::CreateRoom {
                room_id,
                valid_from,
                valid_until,
                participants,
            } => {
                let participants = participants.map(|who| {
                    let raw_ids = who.iter().map(|party| party.raw_id().into_owned());
                    raw_ids.collect()
                });
                let room = Room {
                    valid_from,
                    valid_until,
                    participants,
                };
                self.world.rooms.insert(room_id, room);
                Ok(Reply::Done)
            }
            Command::Tick => Ok(Reply::Done),
            Command::Reset => {
                self.calls.clear();
                self.world.reset();
                Ok(Reply::Done)
            }
        }
    }

    /// Runs what is due, each thing at its own time, so that coarse and fine steps of the clock give the
    /// same effects.
    fn run_until(&mut self, now: DateTime<Utc>) {
        while let Some((at, timer)) = self.world.timers.pop(now) {
            self.world.now = at.max(self.world.now);
            self.fire(timer);
            self.follow_up();
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Ring { call, invite } => self.ring(call, invite),
            Timer::Accept { call, invite } => self.accept(call, invite),
            Timer::Fail {
                call,
                invite,
                failure,
            } => self.fail(call, invite, failure),
            Timer::GoesOn { call, invite } => self.goes_on(call, invite),
            Timer::OfferLapses { call, invite } => self.offer_lapses(call, invite),
            Timer::Establish { call, invite } => self.establish(call, invite, None),
            Timer::Connected { connection } => self.connected(&connection),
            Timer::Roster { call } => {
                if let Some((world, call)) = self.split(call) {
                    call.tell_everyone(world);
                }
            }
            Timer::LegRoster { connection } => {
                let Some((call, leg)) = self.world.legs_by_id.get(&connection).copied() else {
                    return;
                };
                if let Some((world, call)) = self.split(call) {
                    call.version += 1;
                    call.tell_roster(world, leg);
                }
            }
            Timer::HangUp { connection } => self.hung_up(&connection),
            Timer::Terminate { connection } => self.terminated(&connection),
            Timer::Operate(task) => match *task {
                Task::Remove {
                    operation,
                    participant,
                } => self.remove(&operation, participant),
                Task::Withdraw {
                    operation,
                    invitation,
                } => self.withdraw(&operation, invitation),
                Task::Move {
                    operation,
                    from,
                    participants,
                } => self.moved(&operation, &from, participants),
                Task::CancelMedia { connection, before } => self.media_cancelled(&connection, before),
                Task::StopTones { connection, target } => self.tones_stopped(&connection, &target),
                Task::Hold {
                    call,
                    operation,
                    key,
                    target,
                    source,
                } => self.held(call, operation, key, &target, source),
                Task::Unhold { call, target } => self.unheld(call, &target),
                Task::StartStream { operation, track } => self.start_stream(operation, track),
                Task::StopStream { operation, track } => self.stop_stream(&operation, track),
                Task::RetuneTranscription {
                    operation,
                    locale,
                    speech_model_endpoint_id,
                } => self.retune(&operation, locale, speech_model_endpoint_id),
            },
            Timer::Media(timer) => self.media_step(&timer),
            Timer::Leave { call, raw_id } => self.script_leaves(call, &raw_id),
            Timer::Recording { recording, step } => self.recording_step(&recording, step),
            Timer::Unattended { call } => self.unattended(call),
        }
    }

    /// What one call caused in others. First in, first out.
    fn follow_up(&mut self) {
        while !self.world.follow_ups.is_empty() {
            for follow_up in std::mem::take(&mut self.world.follow_ups) {
                match follow_up {
                    FollowUp::Discard(call) => self.discard(call),
                    FollowUp::LineClosed { call, raw_id } => self.line_closed(call, &raw_id),
                    FollowUp::LineAnswered { call, invite } => self.line_answered(call, invite),
                    FollowUp::Left(call) => self.check_targets(call),
                    FollowUp::Tones { call, raw_id, tones } => {
                        self.hear(call, &raw_id, &Input::Press { tones });
                    }
                    FollowUp::LineFailed {
                        line,
                        call,
                        invite,
                        failure,
                    } => {
                        let near = self.calls.get_mut(&call);
                        let invitation = near.and_then(|call| call.invite_mut(invite));
                        if invitation.is_some_and(|invitation| invitation.line == Some(line)) {
                            self.fail(call, invite, failure);
                        }
                    }
                }
            }
        }
        self.keep_tapes();
        self.tell_voices();
    }

    /// A call, and what all calls share.
    fn split(&mut self, call: CallKey) -> Option<(&mut World, &mut Call)> {
        Some((&mut self.world, self.calls.get_mut(&call)?))
    }
}
