//! How a stream opens, breaks and closes, and who is heard in it.

use std::sync::Arc;

use acs_common::CallConnectionId;

use super::command::{OpenStream, StreamContent, StreamKey, StreamNews, StreamOrder};
use super::model::{Phase, Stream, Track};
use super::update::{MediaStreamingUpdate, StreamDetails, TranscriptionUpdate};
use crate::engine::Engine;
use crate::engine::codes::{self, ResultInformation};
use crate::engine::effect::{Effect, EventKind};
use crate::engine::model::{Call, Leg, LegKey};
use crate::engine::timers::{Operation, Task, Timer};
use crate::engine::world::{Step, World};

impl Call {
    /// The streams of a leg that begin with the call.
    pub(in crate::engine) fn begin_streams(&mut self, world: &mut World, leg: LegKey) {
        let Some(leg) = self.leg_mut(leg) else { return };
        let tracks: Vec<Track> = leg.streams.with_call().collect();
        for track in tracks {
            let operation = Operation {
                connection: leg.id.clone(),
                context: leg.context.clone(),
                uri: None,
            };
            ask(world, leg, track, operation);
        }
    }
}

/// A start was accepted; it is carried out a little later.
pub(in crate::engine) fn ask(world: &mut World, leg: &mut Leg, track: Track, operation: Operation) {
    let Some(stream) = leg.streams.get_mut(track) else {
        return;
    };
    stream.phase = Phase::Asked;
    let task = Task::StartStream { operation, track };
    let timer = world.after_step(Step::Operate, Timer::Operate(Box::new(task)));
    leg.keep(world, timer);
}

/// A leg is gone: so are its streams, and nobody is told.
pub(in crate::engine) fn close(world: &mut World, leg: &Leg) {
    for key in leg.streams.keys() {
        shut(world, key);
    }
}

fn shut(world: &mut World, key: StreamKey) {
    if world.streams.remove(&key).is_some() {
        world.effects.push(Effect::Stream(StreamOrder::Close(key)));
    }
}

impl Engine {
    /// A leg with one of its streams.
    pub(in crate::engine) fn stream_at(
        &mut self,
        connection: &CallConnectionId,
        track: Track,
    ) -> Option<(&mut World, &mut Stream)> {
        let (call, leg) = self.world.legs_by_id.get(connection).copied()?;
        let (world, call) = self.split(call)?;
        Some((world, call.leg_mut(leg)?.streams.get_mut(track)?))
    }

    /// A start is carried out.
    pub(in crate::engine) fn start_stream(&mut self, operation: Operation, track: Track) {
        let connection = operation.connection.clone();
        let Some((call, leg)) = self.world.legs_by_id.get(&connection).copied() else {
            return;
        };
        let Some((world, call)) = self.split(call) else {
            return;
        };
        let (server_call_id, correlation_id) = (call.id.clone(), call.correlation.clone());
        let Some(leg) = call.leg_mut(leg) else { return };
        let cognitive = leg.cognitive;
        let Some(stream) = leg.streams.get_mut(track) else {
            return;
        };
        if !matches!(stream.phase, Phase::Asked) {
            // A stop came before it.
            self.stream_cancelled(&operation, track);
            return;
        }
        stream.phase = Phase::Idle;
        if track == Track::Transcription && !cognitive {
            let details = StreamDetails::SpeechServicesConnectionError;
            self.stream_failed(&operation, track, details, codes::NO_SPEECH_SERVICES);
            return;
        }
        let Some(url) = stream.url.clone() else {
            self.stream_failed(
                &operation,
                track,
                StreamDetails::StreamUrlMissing,
                codes::STREAM_URL,
            );
            return;
        };
        let key = StreamKey(world.next_key());
        stream.phase = Phase::Opening { key, operation };
        stream.told = None;
        let open = OpenStream {
            key,
            subscription_id: stream.id.clone(),
            url,
            connection: connection.clone(),
            server_call_id,
            correlation_id,
            content: stream.content.clone(),
        };
        world.streams.insert(key, (connection, track));
        world
            .effects
            .push(Effect::Stream(StreamOrder::Open(Box::new(open))));
    }

    /// A stop is carried out.
    pub(in crate::engine) fn stop_stream(&mut self, operation: &Operation, track: Track) {
        let Some((world, stream)) = self.stream_at(&operation.connection, track) else {
            return;
        };
        let phase = std::mem::replace(&mut stream.phase, Phase::Idle);
        if let Some(key) = phase.key() {
            shut(world, key);
        }
        if let Phase::Opening { operation, .. } = &phase {
            self.stream_cancelled(operation, track);
        }
        let details = StreamDetails::SubscriptionStopped;
        let kind = match track {
            Track::Media => {
                EventKind::MediaStreamingStopped(MediaStreamingUpdate::new("mediaStreamingStopped", details))
            }
            Track::Transcription => {
                EventKind::TranscriptionStopped(TranscriptionUpdate::new("transcriptionStopped", details))
            }
        };
        self.report(operation, kind, codes::PLAYED);
    }

    /// The language of a transcription is changed. The event has the context of the start (recorded).
    pub(in crate::engine) fn retune(
        &mut self,
        operation: &Operation,
        new_locale: Option<String>,
        new_model: Option<String>,
    ) {
        let Some((world, stream)) = self.stream_at(&operation.connection, Track::Transcription) else {
            return;
        };
        let StreamContent::Transcription {
            locale,
            speech_model_endpoint_id,
            ..
        } = &mut stream.content
        else {
            return;
        };
        if let Some(new) = new_locale {
            *locale = new;
        }
        if let Some(new) = new_model {
            *speech_model_endpoint_id = Some(new);
        }
        let (locale, model) = (locale.clone(), speech_model_endpoint_id.clone());
        let mut told = operation.clone();
        match &stream.phase {
            Phase::Idle => {
                // It has failed in the meantime.
                let details = StreamDetails::StreamConnectionInterrupted;
                self.stream_failed(
                    operation,
                    Track::Transcription,
                    details,
                    codes::TRANSCRIPTION_LOST,
                );
                return;
            }
            Phase::Asked => {}
            Phase::Opening {
                key,
                operation: start,
            }
            | Phase::Open {
                key,
                operation: start,
            } => {
                told.context.clone_from(&start.context);
                world.effects.push(Effect::Stream(StreamOrder::Retune {
                    key: *key,
                    locale,
                    speech_model_endpoint_id: model,
                }));
            }
        }
        let details = StreamDetails::TranscriptionLocaleUpdated;
        let kind = EventKind::TranscriptionUpdated(TranscriptionUpdate::new("transcriptionUpdated", details));
        self.report(&told, kind, codes::PLAYED);
    }

    /// The host tells what became of a stream. What is not open any more is nobody's.
    pub(in crate::engine) fn stream_news(&mut self, key: StreamKey, news: StreamNews) {
        let Some((connection, track)) = self.world.streams.get(&key).cloned() else {
            return;
        };
        let Some((world, stream)) = self.stream_at(&connection, track) else {
            return;
        };
        let (Phase::Opening { operation, .. } | Phase::Open { operation, .. }) = &stream.phase else {
            return;
        };
        let operation = operation.clone();
        let failure = match news {
            StreamNews::Opened => {
                stream.phase = Phase::Open {
                    key,
                    operation: operation.clone(),
                };
                self.stream_started(&operation, track, StreamDetails::SubscriptionStarted);
                return;
            }
            StreamNews::Reestablished => {
                self.stream_started(&operation, track, StreamDetails::StreamConnectionReestablished);
                return;
            }
            // The application hears of it when it is known how it ends.
            StreamNews::Interrupted => return,
            StreamNews::Unreachable => StreamDetails::InitialWebSocketConnectionFailed,
            StreamNews::Lost => StreamDetails::StreamConnectionUnsuccessful,
            StreamNews::Broken => StreamDetails::StreamConnectionInterrupted,
        };
        stream.phase = Phase::Idle;
        world.streams.remove(&key);
        let result = match (news, track) {
            (StreamNews::Unreachable, _) => codes::STREAM_URL,
            (_, Track::Media) => codes::STREAM_LOST,
            (_, Track::Transcription) => codes::TRANSCRIPTION_LOST,
        };
        self.stream_failed(&operation, track, failure, result);
    }

    /// A start came to nothing, because the application did not want it any more.
    fn stream_cancelled(&mut self, operation: &Operation, track: Track) {
        let result = match track {
            Track::Media => codes::STREAM_CANCELLED,
            Track::Transcription => codes::TRANSCRIPTION_CANCELLED,
        };
        self.stream_failed(operation, track, StreamDetails::SubscriptionStopped, result);
    }

    fn stream_started(&mut self, operation: &Operation, track: Track, details: StreamDetails) {
        let resumed = details == StreamDetails::StreamConnectionReestablished;
        let kind = match track {
            Track::Media => {
                EventKind::MediaStreamingStarted(MediaStreamingUpdate::new("mediaStreamingStarted", details))
            }
            Track::Transcription => {
                let status = if resumed {
                    "transcriptionResumed"
                } else {
                    "transcriptionStarted"
                };
                EventKind::TranscriptionStarted(TranscriptionUpdate::new(status, details))
            }
        };
        self.report(operation, kind, codes::PLAYED);
    }

    fn stream_failed(
        &mut self,
        operation: &Operation,
        track: Track,
        details: StreamDetails,
        result: ResultInformation,
    ) {
        let kind = match track {
            Track::Media => {
                EventKind::MediaStreamingFailed(MediaStreamingUpdate::new("mediaStreamingFailed", details))
            }
            Track::Transcription => {
                // The first failure has no value of its own there.
                let details = match details {
                    StreamDetails::InitialWebSocketConnectionFailed => {
                        StreamDetails::StreamConnectionUnsuccessful
                    }
                    other => other,
                };
                EventKind::TranscriptionFailed(TranscriptionUpdate::new("transcriptionFailed", details))
            }
        };
        self.report(operation, kind, result);
    }

    /// Tells the host who is heard in streams, where that has changed.
    pub(in crate::engine) fn tell_voices(&mut self) {
        if self.world.streams.is_empty() {
            return;
        }
        let open: Vec<_> = self
            .world
            .streams
            .iter()
            .map(|(key, (connection, track))| (*key, connection.clone(), *track))
            .collect();
        for (stream_key, connection, track) in open {
            let Some((call_key, leg_key)) = self.world.legs_by_id.get(&connection).copied() else {
                continue;
            };
            let Some((world, call)) = self.split(call_key) else {
                continue;
            };
            let now = (call_key, call.sound());
            let Some(stream) = call.leg_mut(leg_key).and_then(|leg| leg.streams.get_mut(track)) else {
                continue;
            };
            if stream.told == Some(now) {
                continue;
            }
            stream.told = Some(now);
            let voices = call
                .participants
                .iter()
                .filter(|party| party.is_virtual() && !party.muted && !party.on_hold && party.parked == 0)
                .map(|party| Arc::clone(&party.raw_id))
                .collect();
            world.effects.push(Effect::Stream(StreamOrder::Voices {
                key: stream_key,
                server_call_id: call.id.clone(),
                voices,
            }));
        }
    }
}
