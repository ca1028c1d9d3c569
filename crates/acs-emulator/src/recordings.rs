//! The files of recordings that are over: where they are fetched, what is known about them, and how long they
//! are kept. The files are not stored; they are rendered when they are read.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_common::enums::RecordingChannel;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::audio::WavFile;
use crate::clock::later;
use crate::delivery::event_grid_time;
use crate::engine::{Recorded, RecordedChunk};

/// How long files are kept (guide on recording).
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// The path of all files; the service has it on hosts of its own.
pub(crate) const OBJECTS: &str = "/v1/objects/";
/// What follows the id of a file in the path of its content.
pub(crate) const CONTENT: &str = "/content/video";
/// What follows the id of a file in the path of its metadata.
pub(crate) const METADATA: &str = "/content/acsmetadata";

/// The files that can be fetched.
#[derive(Debug)]
pub(crate) struct Recordings {
    /// The origin of the emulator, without a slash behind it.
    origin: String,
    resource_id: Arc<str>,
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    documents: HashMap<String, Document>,
    /// When which is forgotten, the next first.
    ends: VecDeque<(DateTime<Utc>, String)>,
}

/// One file of a recording.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    recorded: Arc<Recorded>,
    index: usize,
    resource_id: Arc<str>,
}

impl Recordings {
    pub(crate) fn new(origin: &str, resource_id: &str) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            resource_id: Arc::from(resource_id),
            store: Mutex::default(),
        }
    }

    fn store(&self, now: DateTime<Utc>) -> MutexGuard<'_, Store> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        while store.ends.front().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, id)) = store.ends.pop_front() {
                store.documents.remove(&id);
            }
        }
        store
    }

    /// Takes the files of a recording in. Returns the data of the `RecordingFileStatusUpdated` event, in the
    /// form of its documentation.
    pub(crate) fn keep(&self, recorded: Recorded, now: DateTime<Utc>) -> Value {
        let recorded = Arc::new(recorded);
        let mut store = self.store(now);
        for (index, chunk) in recorded.chunks.iter().enumerate() {
            let document = Document {
                recorded: Arc::clone(&recorded),
                index,
                resource_id: Arc::clone(&self.resource_id),
            };
            store.documents.insert(chunk.document_id.clone(), document);
            store
                .ends
                .push_back((later(now, RETENTION), chunk.document_id.clone()));
        }
        drop(store);
        let chunks: Vec<Value> = recorded
            .chunks
            .iter()
            .enumerate()
            .map(|(index, chunk)| self.described(index, chunk))
            .collect();
        json!({
            "recordingStorageInfo": { "recordingChunks": chunks },
            "recordingStartTime": event_grid_time(recorded.began),
            "recordingDurationMs": millis(recorded.duration),
            "sessionEndReason": recorded.session_end_reason,
            "recordingId": recorded.recording_id,
            "storageType": if recorded.external_storage.is_some() { "AzureBlob" } else { "ACS" },
        })
    }

    fn described(&self, index: usize, chunk: &RecordedChunk) -> Value {
        let location = format!("{}{OBJECTS}{}", self.origin, chunk.document_id);
        json!({
            "documentId": chunk.document_id,
            "index": index,
            "endReason": chunk.end_reason,
            "contentLocation": format!("{location}{CONTENT}"),
            "metadataLocation": format!("{location}{METADATA}"),
            "deleteLocation": location,
        })
    }

    /// A file that was neither deleted nor kept too long.
    pub(crate) fn find(&self, id: &str, now: DateTime<Utc>) -> Option<Document> {
        self.store(now).documents.get(id).cloned()
    }

    /// Deletes a file. Returns whether there was one.
    pub(crate) fn delete(&self, id: &str, now: DateTime<Utc>) -> bool {
        self.store(now).documents.remove(id).is_some()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Store::default();
    }
}

impl Document {
    /// The file itself. Whatever format was asked for, it is WAV.
    pub(crate) fn file(&self) -> Option<WavFile> {
        let chunk = self.recorded.chunks.get(self.index)?;
        WavFile::new(Arc::clone(&self.recorded.score), chunk.frames.clone()).ok()
    }

    /// The metadata document, with the members of its documentation; what it says of the file is what the
    /// file is, not what was asked for.
    pub(crate) fn metadata(&self) -> Option<Value> {
        let recorded = &self.recorded;
        let chunk = recorded.chunks.get(self.index)?;
        let channel_type = if recorded.form.is_unmixed() {
            RecordingChannel::Unmixed
        } else {
            RecordingChannel::Mixed
        };
        let (rate, channels) = (recorded.sample_rate(), recorded.channels());
        let pauses: Vec<Value> = recorded
            .pauses
            .iter()
            .map(|(start, length)| json!({ "startTime": event_grid_time(*start), "duration": millis(*length) }))
            .collect();
        let participants: Vec<Value> = recorded
            .participants
            .iter()
            .map(
                |party| match party.channel.filter(|_| recorded.form.is_unmixed()) {
                    Some(channel) => json!({ "participantId": &*party.raw_id, "channel": channel }),
                    None => json!({ "participantId": &*party.raw_id }),
                },
            )
            .collect();
        Some(json!({
            "resourceId": &*self.resource_id,
            "callId": recorded.server_call_id,
            "chunkDocumentId": chunk.document_id,
            "chunkIndex": self.index,
            "chunkStartTime": event_grid_time(chunk.began),
            "chunkDuration": millis(chunk.duration),
            "pauseResumeIntervals": pauses,
            "recordingInfo": {
                "contentType": "audio",
                "channelType": channel_type,
                "format": "wav",
                "audioConfiguration": {
                    "sampleRate": rate.to_string(),
                    "bitRate": rate * 16 * u32::from(channels),
                    "channels": channels,
                },
            },
            "participants": participants,
        }))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
