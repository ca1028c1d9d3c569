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
        /// The recording. Older events have it in their subject only; it is taken from there.
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

impl RecordingFileStatusUpdated {
    /// The files of the recording, in order; more than one when it was long.
    pub fn chunks(&self) -> &[RecordingChunk] {
        self.recording_storage_info
            .as_ref()
            .map_or(&[], |info| &info.recording_chunks)
    }

    /// Takes the id from the subject, `/recording/call/{id}/…/recordingId/{recording id}`. A server call id in
    /// between may hold slashes.
    pub(super) fn take_id_from(&mut self, subject: &str) {
        if self.recording_id.is_none() {
            self.recording_id = subject
                .rsplit_once("/recordingId/")
                .map(|(_, id)| RecordingId::from(id))
                .filter(|id| !id.as_str().is_empty());
        }
    }
}
