//! Tones: sent, and recognized continuously.

use acs_common::enums::DtmfTone;

use crate::wire::wire_object;

wire_object! {
    /// The tones were sent.
    SendDtmfTonesCompleted {}
}

wire_object! {
    /// The tones were not sent.
    SendDtmfTonesFailed {}
}

wire_object! {
    /// A participant pressed a key.
    ContinuousDtmfRecognitionToneReceived {
        /// What orders the tones of one participant.
        sequence_id: Option<i32> = "sequenceId",
        /// The key.
        tone: Option<DtmfTone> = "tone",
    }
}

wire_object! {
    /// A tone could not be recognized.
    ContinuousDtmfRecognitionToneFailed {}
}

wire_object! {
    /// Continuous recognition stopped, by request (then with that request's operation context) or because
    /// the call ended.
    ContinuousDtmfRecognitionStopped {}
}
