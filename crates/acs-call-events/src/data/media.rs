//! Play and hold.

use crate::wire::wire_object;

wire_object! {
    /// The first prompt plays. Sent by API versions from 2024-09 on.
    PlayStarted {}
}

wire_object! {
    /// The last prompt has ended.
    PlayCompleted {}
}

wire_object! {
    /// A prompt could not be played.
    PlayFailed {
        /// Which of the prompts failed, counted from 0.
        failed_play_source_index: Option<i32> = "failedPlaySourceIndex",
    }
}

wire_object! {
    /// Playing was canceled, by the application or by an operation that interrupts. Also how playing in a
    /// loop ends.
    PlayCanceled {}
}

wire_object! {
    /// A participant could not be put on hold, for example because the hold music is no good; the hold is
    /// rolled back. There is no event for success, [`ParticipantsUpdated`](crate::data::ParticipantsUpdated)
    /// shows it (recorded traffic).
    HoldFailed {}
}
