//! A recording whose files are ready.

use acs_common::RecordingId;
use chrono::{DateTime, Utc};

use crate::wire::wire_object;

wire_object! {
    /// The files of a recording are ready; published some minutes after it stopped (Event Grid
    /// documentation). The correlation id of the call stands in the subject of the event only.
    RecordingFileStatusUpdated {
        /// Where the files are.
        recording_storage_info: Option<RecordingStorageInfo> = "recordingStorageInfo",
        /// When the recording began.
        recording_start_time: Option<DateTime<Utc>> = "recordingStartTime",
        /// How long it is, in milliseconds.
        recording_duration_ms: Option<i64> = "recordingDurationMs",
        /// Why it ended, such as `CallEnded`.
        session_end_reason: Option<String> = "sessionEndReason",
        /// The recording; newer events only.
        recording_id: Option<RecordingId> = "recordingId",
        /// Where it is stored; newer events only.
        storage_type: Option<String> = "storageType",
    }
}

wire_object! {
    /// Where the files of a recording are.
    RecordingStorageInfo {
        /// The files, in order.
        recording_chunks: Vec<RecordingChunk> = "recordingChunks",
    }
}

wire_object! {
    /// One file of a recording.
    RecordingChunk {
        /// Its id.
        document_id: Option<String> = "documentId",
        /// Its place, counted from 0.
        index: Option<i32> = "index",
        /// Why it ended, such as `SessionEnded`.
        end_reason: Option<String> = "endReason",
        /// Where to download it.
        content_location: Option<String> = "contentLocation",
        /// Where to download what is known about it.
        metadata_location: Option<String> = "metadataLocation",
        /// Where to delete it.
        delete_location: Option<String> = "deleteLocation",
    }
}
