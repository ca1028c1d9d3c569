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

/// How many files are kept at most. A clock that stands still lets none of them run out.
const MOST: usize = 10_000;

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
        while store.ends.len() > MOST
            && let Some((_, id)) = store.ends.pop_front()
        {
            store.documents.remove(&id);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;
    use crate::engine::{
        Command, CreateCall, Effect, Engine, EngineConfig, RecordedCall, RecordingForm, Reply,
    };

    fn at(seconds: u64) -> DateTime<Utc> {
        later(
            "2026-03-12T10:00:00Z".parse().unwrap(),
            Duration::from_secs(seconds),
        )
    }

    /// An unmixed recording of ten seconds with a pause of five between, at second 15.
    fn recorded() -> Recorded {
        let mut engine = Engine::new(EngineConfig::default());
        let telephone = acs_common::CommunicationIdentifier::phone("+16045550123");
        let mut call = CreateCall::new([telephone], "https://app.example/events");
        call.source_caller_id_number = Some(acs_common::CommunicationIdentifier::phone("+16045550100"));
        let Reply::Call(leg) = engine.apply(Command::CreateCall(call), at(0)).reply.unwrap() else {
            panic!()
        };
        drop(engine.apply(Command::Tick, at(0)));
        let start = crate::engine::StartRecording {
            call: RecordedCall::Connection(leg.call_connection_id),
            form: RecordingForm {
                channel: Some(RecordingChannel::Unmixed),
                ..RecordingForm::default()
            },
            pause_on_start: false,
            state_callback_uri: None,
            external_storage: None,
        };
        let Reply::Recording(status) = engine.apply(Command::StartRecording(start), at(0)).reply.unwrap()
        else {
            panic!()
        };
        let id = status.recording_id;
        drop(engine.apply(Command::Tick, at(0)));
        drop(engine.apply(Command::PauseRecording(id.clone()), at(5)));
        drop(engine.apply(Command::ResumeRecording(id.clone()), at(10)));
        drop(engine.apply(Command::Tick, at(10)));
        drop(engine.apply(Command::StopRecording(id), at(15)));
        let effects = engine.apply(Command::Tick, at(15)).effects;
        let recorded = effects.into_iter().find_map(|effect| match effect {
            Effect::Recorded(recorded) => Some(*recorded),
            _ => None,
        });
        recorded.unwrap()
    }

    #[test]
    fn files_are_kept_for_a_day() {
        let recordings = Recordings::new("http://127.0.0.1:1/", "resource");
        let (one, two) = (recorded(), recorded());
        let id = one.chunks[0].document_id.clone();
        recordings.keep(one, at(0));
        assert!(recordings.find(&id, at(86_399)).is_some());
        assert!(recordings.find(&id, at(86_400)).is_none());
        assert!(!recordings.delete(&id, at(86_400)));

        // Deleted earlier, and the day passes without it.
        let id = two.chunks[0].document_id.clone();
        recordings.keep(two, at(0));
        assert!(recordings.delete(&id, at(1)));
        assert!(recordings.find(&id, at(1)).is_none());
        assert!(recordings.find(&id, at(90_000)).is_none());
        let store = recordings.store(at(90_000));
        assert!(store.documents.is_empty() && store.ends.is_empty());
    }

    #[test]
    fn the_oldest_files_make_room_while_the_clock_stands_still() {
        let recordings = Recordings::new("http://127.0.0.1:1/", "resource");
        let one = recorded();
        let per_recording = one.chunks.len();
        for number in 0..=MOST / per_recording {
            let mut copy = one.clone();
            for (index, chunk) in copy.chunks.iter_mut().enumerate() {
                chunk.document_id = format!("{number}-{index}");
            }
            recordings.keep(copy, at(0));
        }
        assert_eq!(recordings.store(at(0)).documents.len(), MOST);
        assert!(recordings.find("0-0", at(0)).is_none());
        assert!(recordings.find("1-0", at(0)).is_some());
    }

    #[test]
    fn the_metadata_says_what_the_file_is() {
        let recordings = Recordings::new("http://127.0.0.1:1/", "resource");
        let recorded = recorded();
        let (id, call) = (
            recorded.chunks[0].document_id.clone(),
            recorded.server_call_id.clone(),
        );
        let application = recorded.participants[0].raw_id.to_string();
        recordings.keep(recorded, at(0));
        assert_eq!(
            recordings.find(&id, at(0)).unwrap().metadata().unwrap(),
            json!({
                "resourceId": "resource",
                "callId": call,
                "chunkDocumentId": id,
                "chunkIndex": 0,
                "chunkStartTime": "2026-03-12T10:00:00.0000000Z",
                "chunkDuration": 10_000,
                "pauseResumeIntervals": [{ "startTime": "2026-03-12T10:00:05.0000000Z", "duration": 5000 }],
                "recordingInfo": {
                    "contentType": "audio",
                    "channelType": "unmixed",
                    "format": "wav",
                    "audioConfiguration": { "sampleRate": "16000", "bitRate": 512_000, "channels": 2 },
                },
                "participants": [
                    { "participantId": application, "channel": 0 },
                    { "participantId": "4:+16045550123", "channel": 1 },
                ],
            })
        );
    }

    /// The names of the members at every depth, without the places in lists.
    fn members(value: &Value, prefix: &str, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (name, member) in object {
                    let name = format!("{prefix}.{name}");
                    members(member, &name, names);
                    names.insert(name);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| members(item, prefix, names)),
            _ => {}
        }
    }

    #[test]
    fn the_event_has_the_documented_members_and_three_newer_ones() {
        let recordings = Recordings::new("http://127.0.0.1:1/", "resource");
        let ours = recordings.keep(recorded(), at(0));
        let location = ours
            .pointer("/recordingStorageInfo/recordingChunks/0/contentLocation")
            .unwrap();
        let location = location.as_str().unwrap();
        assert!(
            location.starts_with("http://127.0.0.1:1/v1/objects/0-emu-d1-"),
            "{location}"
        );
        let folder = std::env::var_os("ACS_RECORDINGS").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/recordings")),
            PathBuf::from,
        );
        let path = folder.join("events/RecordingFileStatusUpdated.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            let required = std::env::var_os("ACS_RECORDINGS_REQUIRED").is_some_and(|value| value == "1");
            assert!(!required, "no recording at {}", path.display());
            eprintln!("SKIPPED: no recording at {}", path.display());
            return;
        };
        let documented: Value = serde_json::from_str(&text).unwrap();
        let mut expected = BTreeSet::new();
        members(documented.pointer("/body/0/data").unwrap(), "", &mut expected);
        let newer = [
            ".recordingStorageInfo.recordingChunks.deleteLocation",
            ".recordingId",
            ".storageType",
        ];
        expected.extend(newer.map(str::to_owned));
        let mut found = BTreeSet::new();
        members(&ours, "", &mut found);
        assert_eq!(found, expected);
    }
}
