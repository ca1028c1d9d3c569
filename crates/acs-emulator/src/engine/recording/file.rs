//! A recording that is over: what is told about it, and what its files are made from.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use acs_common::{CorrelationId, RecordingId, ServerCallId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::tape::RATE;
use super::{Finished, RecordingForm};
use crate::audio::{Score, WavFile};
use crate::engine::world::World;

/// The smallest file that a recording is cut into, so that a setting does not make millions.
const SMALLEST_CHUNK: u64 = 1024;

/// A recording whose files can be fetched: the matter of a `RecordingFileStatusUpdated` event of Event Grid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The id of the event.
    pub id: Uuid,
    /// When the files were ready.
    pub time: DateTime<Utc>,
    /// The recording.
    pub recording_id: RecordingId,
    /// The call.
    pub server_call_id: ServerCallId,
    /// Its signalling chain.
    pub correlation_id: CorrelationId,
    /// When it began.
    pub began: DateTime<Utc>,
    /// How long it is, without its pauses.
    pub duration: Duration,
    /// Why it ended: `CallEnded`, or `RecordingStopped`.
    pub session_end_reason: &'static str,
    /// What was asked for.
    pub form: RecordingForm,
    /// The container that the files were meant for, if the application named one.
    pub external_storage: Option<String>,
    /// Its files, in order; at least one.
    pub chunks: Vec<RecordedChunk>,
    /// The pauses: when they began, and how long they were.
    pub pauses: Vec<(DateTime<Utc>, Duration)>,
    /// Everybody who was in the call meanwhile.
    pub participants: Vec<RecordedParticipant>,
    pub(crate) score: Arc<Score>,
}

/// One file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedChunk {
    /// The id that it is fetched by.
    pub document_id: String,
    /// When it begins.
    pub began: DateTime<Utc>,
    /// How long it is.
    pub duration: Duration,
    /// Why it ended: `SessionEnded`, or `ChunkMaximumSizeExceeded`.
    pub end_reason: &'static str,
    pub(crate) frames: Range<u64>,
}

/// Somebody in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedParticipant {
    /// Who, by raw id.
    pub raw_id: Arc<str>,
    /// On which channel; `None` where an unmixed recording had none left.
    pub channel: Option<u16>,
}

impl Recorded {
    /// The type of the event.
    pub const EVENT_TYPE: &'static str = "Microsoft.Communication.RecordingFileStatusUpdated";

    /// The subject of the event; the only place where the signalling chain stands.
    pub fn subject(&self) -> String {
        format!(
            "/recording/call/{}/serverCallId/{}/recordingId/{}",
            self.correlation_id, self.server_call_id, self.recording_id
        )
    }

    /// How many channels the files have.
    pub fn channels(&self) -> u16 {
        self.score.channels()
    }

    /// Samples per second of a channel.
    pub fn sample_rate(&self) -> u32 {
        self.score.rate().hertz()
    }
}

impl Finished {
    /// Cuts the recording into files.
    pub(in crate::engine) fn publish(self, world: &mut World) -> Recorded {
        let channels = self.tape.channels(&self.form);
        let score = Arc::new(self.tape.score(&channels));
        let began = self.tape.began().unwrap_or(world.now);
        let limit = world.config.recording_chunk_limit;
        let limit = limit.clamp(SMALLEST_CHUNK, u64::from(u32::MAX));
        let (total, most) = (score.frames(), WavFile::frames_in(limit, score.channels()).max(1));
        let mut chunks = Vec::new();
        let mut start = 0;
        loop {
            let end = total.min(start + most);
            let last = end == total;
            chunks.push(RecordedChunk {
                document_id: world.document_id(),
                began: began + time_of(score.time_of(start)),
                duration: time_of(end - start),
                end_reason: if last {
                    "SessionEnded"
                } else {
                    "ChunkMaximumSizeExceeded"
                },
                frames: start..end,
            });
            if last {
                break;
            }
            start = end;
        }
        Recorded {
            id: world.guid(),
            time: world.now,
            recording_id: self.label.id,
            server_call_id: self.label.server_call_id,
            correlation_id: self.label.correlation,
            began,
            duration: time_of(total),
            session_end_reason: self.reason,
            external_storage: self.external,
            chunks,
            pauses: self
                .tape
                .pauses()
                .into_iter()
                .map(|pause| {
                    (
                        pause.start,
                        (pause.end - pause.start).to_std().unwrap_or_default(),
                    )
                })
                .collect(),
            participants: channels
                .into_iter()
                .map(|(raw_id, channel)| RecordedParticipant { raw_id, channel })
                .collect(),
            form: self.form,
            score,
        }
    }
}

/// The time that some samples take.
fn time_of(samples: u64) -> Duration {
    let hertz = u64::from(RATE.hertz());
    Duration::from_secs(samples / hertz) + Duration::from_micros(samples % hertz * 1_000_000 / hertz)
}
