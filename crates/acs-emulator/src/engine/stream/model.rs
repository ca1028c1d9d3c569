//! The streams of a leg, and how far each is.

use std::collections::BTreeMap;
use std::sync::Arc;

use acs_common::CallConnectionId;

use super::command::{MediaStreamingOptions, StreamContent, StreamKey, TranscriptionOptions};
use crate::engine::model::CallKey;
use crate::engine::timers::Operation;
use crate::engine::world::World;

/// Which of the two streams of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Track {
    Media,
    Transcription,
}

/// Open connections, and whose they are. In the order in which they were opened, for effects have an order.
pub(in crate::engine) type OpenStreams = BTreeMap<StreamKey, (CallConnectionId, Track)>;

/// The streams that a leg was set up with.
#[derive(Debug, Default)]
pub(in crate::engine) struct Streams {
    media: Option<Box<Stream>>,
    transcription: Option<Box<Stream>>,
}

/// One stream.
#[derive(Debug)]
pub(in crate::engine) struct Stream {
    /// Of the subscription.
    pub(in crate::engine) id: String,
    pub(super) url: Option<Arc<str>>,
    pub(in crate::engine) content: StreamContent,
    /// Whether it begins with the call.
    pub(super) with_call: bool,
    pub(in crate::engine) phase: Phase,
    /// The call that it was last told of, and how its sound was then.
    pub(super) told: Option<(CallKey, u64)>,
}

/// How far a stream is.
#[derive(Debug)]
pub(in crate::engine) enum Phase {
    Idle,
    /// A start was accepted and is not carried out yet.
    Asked,
    /// The host opens it.
    Opening {
        key: StreamKey,
        operation: Operation,
    },
    /// It is open, or being opened again.
    Open {
        key: StreamKey,
        operation: Operation,
    },
}

impl Phase {
    pub(super) fn key(&self) -> Option<StreamKey> {
        match self {
            Self::Idle | Self::Asked => None,
            Self::Opening { key, .. } | Self::Open { key, .. } => Some(*key),
        }
    }
}

impl Stream {
    fn new(world: &mut World, url: Option<String>, content: StreamContent, with_call: bool) -> Box<Self> {
        Box::new(Self {
            id: world.guid().to_string(),
            url: url.filter(|url| !url.trim().is_empty()).map(Arc::from),
            content,
            with_call,
            phase: Phase::Idle,
            told: None,
        })
    }

    /// Whether it neither runs nor is about to.
    pub(in crate::engine) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    /// `inactive` or `active`.
    pub(in crate::engine) fn state(&self) -> &'static str {
        match self.phase {
            Phase::Open { .. } => "active",
            _ => "inactive",
        }
    }
}

impl Streams {
    /// What a leg is set up with.
    pub(in crate::engine) fn new(
        world: &mut World,
        media: Option<MediaStreamingOptions>,
        transcription: Option<TranscriptionOptions>,
    ) -> Self {
        let media = media.map(|options| {
            let content = StreamContent::Media {
                channel: options.channel,
                format: options.format,
                bidirectional: options.bidirectional,
                dtmf_tones: options.dtmf_tones,
            };
            Stream::new(world, options.transport_url, content, options.start)
        });
        let transcription = transcription.map(|options| {
            let content = StreamContent::Transcription {
                locale: options.locale,
                speech_model_endpoint_id: options.speech_model_endpoint_id,
                intermediate_results: options.intermediate_results,
            };
            Stream::new(world, options.transport_url, content, options.start)
        });
        Self { media, transcription }
    }

    pub(in crate::engine) fn get(&self, track: Track) -> Option<&Stream> {
        match track {
            Track::Media => self.media.as_deref(),
            Track::Transcription => self.transcription.as_deref(),
        }
    }

    pub(in crate::engine) fn get_mut(&mut self, track: Track) -> Option<&mut Stream> {
        match track {
            Track::Media => self.media.as_deref_mut(),
            Track::Transcription => self.transcription.as_deref_mut(),
        }
    }

    /// Those that begin with the call.
    pub(super) fn with_call(&self) -> impl Iterator<Item = Track> {
        [Track::Media, Track::Transcription]
            .into_iter()
            .filter(|track| self.get(*track).is_some_and(|stream| stream.with_call))
    }

    /// The connections that are open or about to be.
    pub(super) fn keys(&self) -> impl Iterator<Item = StreamKey> {
        [Track::Media, Track::Transcription]
            .into_iter()
            .filter_map(|track| self.get(track)?.phase.key())
    }
}
