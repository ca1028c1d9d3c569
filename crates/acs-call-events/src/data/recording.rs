//! The state of recordings. Files that are ready come through Event Grid, see
//! [`RecordingFileStatusUpdated`](crate::grid::RecordingFileStatusUpdated).

use acs_common::RecordingId;
use acs_common::enums::{RecordingKind, RecordingState};
use chrono::{DateTime, Utc};

use crate::wire::wire_object;

wire_object! {
    /// A recording became active or inactive; a paused one is inactive, too.
    ///
    /// Its call connection id is that of the recorder, not of any leg of the application; the server call id
    /// and the correlation id are those of the call (recorded traffic). The hub therefore keeps it with the
    /// recording, see [`CallEventHub::recording_events`](crate::CallEventHub::recording_events).
    RecordingStateChanged {
        /// The recording.
        recording_id: Option<RecordingId> = "recordingId",
        /// Its state.
        state: Option<RecordingState> = "state",
        /// When it began; the year 1 before it did (recorded traffic).
        start_date_time: Option<DateTime<Utc>> = "startDateTime",
        /// Where it is made.
        recording_kind: Option<RecordingKind> = "recordingKind",
    }
}

wire_object! {
    /// A recording could not be started.
    StartRecordingFailed {
        /// The recording.
        recording_id: Option<RecordingId> = "recordingId",
    }
}
