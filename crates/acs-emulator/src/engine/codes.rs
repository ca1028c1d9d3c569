//! Result codes and the sentences that go with them, as recorded or documented.

use std::borrow::Cow;

use serde::Serialize;

use super::script::RejectReason;

/// How something went: the `resultInformation` of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResultInformation {
    /// An HTTP or SIP status.
    pub code: u16,
    /// The cause more exactly.
    pub sub_code: u32,
    /// A sentence; compare codes, not sentences.
    pub message: Cow<'static, str>,
}

/// Success of call control (recorded): no sentence.
pub(super) const OK: ResultInformation = fixed(200, 0, "");
/// The application hung up, for itself or for everyone (recorded).
pub(super) const ENDED_BY_API: ResultInformation = fixed(
    200,
    7000,
    "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
);
/// The other side of a 1:1 call ended it (recorded, with its two full stops).
pub(super) const ENDED_BY_OTHER: ResultInformation =
    fixed(200, 5001, "This conversation has ended.. DiagCode: 0#5001.@");
/// Nobody else is left after a removal (recorded).
pub(super) const ALONE_AFTER_REMOVAL: ResultInformation =
    fixed(200, 5002, "The conversation has ended. DiagCode: 0#5002.@");
/// Only one participant is left (documented code; the sentence follows the recorded form).
pub(super) const ALONE: ResultInformation =
    fixed(200, 5010, "The conversation has ended. DiagCode: 0#5010.@");
/// Removed from the call (recorded).
pub(super) const REMOVED: ResultInformation =
    fixed(200, 5300, "The conversation has ended. DiagCode: 0#5300.@");
/// The call went on without the transferor (documented code; the sentence is that of an older transfer).
pub(super) const TRANSFERRED: ResultInformation = fixed(
    200,
    7015,
    "The transfer operation completed successfully. DiagCode: 0#7015.@",
);
/// A telephone that had called hung up (recorded).
pub(super) const CALLER_HUNG_UP: ResultInformation =
    fixed(200, 540_000, "Call ended successfully by local PSTN caller.");
/// A telephone that was called hung up (documented).
pub(super) const CALLEE_HUNG_UP: ResultInformation = fixed(
    200,
    560_000,
    "Call ended successfully by remote PSTN participant.",
);
/// The caller gave up before anybody answered (documented code).
pub(super) const CANCELLED: ResultInformation = fixed(487, 0, "Request Terminated. DiagCode: 487#0.@");
/// The call is not there, or no longer (documented code).
pub(super) const CALL_GONE: ResultInformation = fixed(404, 8522, "Call not found.");
/// The participant is not in the call (documented code).
pub(super) const PARTICIPANT_GONE: ResultInformation = fixed(404, 8522, "Participant not found.");
/// The invitation is not open, or never was (code inferred).
pub(super) const INVITATION_GONE: ResultInformation = fixed(404, 8522, "Invitation not found.");
/// The application cannot remove or move itself (documented code).
pub(super) const OWN_PARTICIPANT: ResultInformation =
    fixed(400, 8552, "Cannot remove the organizer of the call.");
/// Something else is going on with the participant (documented code).
pub(super) const CONFLICT: ResultInformation = fixed(409, 8519, "Conflict.");
/// The room may not be joined now (documented code).
pub(super) const ROOM_CLOSED: ResultInformation = fixed(
    403,
    5829,
    "The room is outside of its validity. DiagCode: 403#5829.@",
);

/// Success of playback (recorded).
pub(super) const PLAYED: ResultInformation = fixed(200, 0, "Action completed successfully.");
/// A prompt of a recognition begins (recorded).
pub(super) const PROMPT_STARTED: ResultInformation = fixed(200, 0, "Success Result");
/// Put an end to by the application (recorded, with its spelling).
pub(super) const MEDIA_CANCELLED: ResultInformation =
    fixed(400, 8508, "Action falied, the operation was cancelled.");
/// Nothing was heard (recorded).
pub(super) const INITIAL_SILENCE: ResultInformation =
    fixed(400, 8510, "Action failed, initial silence timeout reached.");
/// A prompt could not be played (recorded).
pub(super) const PROMPT_FAILED: ResultInformation = fixed(
    500,
    8511,
    "Action failed, encountered failure while trying to play the prompt.",
);
/// A stop tone was pressed (documented).
pub(super) const STOP_TONE: ResultInformation =
    fixed(200, 8514, "Action completed as stop tone was detected.");
/// As many tones as were asked for (documented).
pub(super) const MAX_DIGITS: ResultInformation = fixed(200, 8531, "Action completed, max digits received.");
/// No further tone (documented).
pub(super) const INTER_DIGIT: ResultInformation =
    fixed(400, 8532, "Action failed, inter-digit silence timeout reached.");
/// The key of a choice (sentence of a unit test of an official client).
pub(super) const TONE_MATCHED: ResultInformation = fixed(200, 8533, "Action completed, DTMF option matched.");
/// A key that no choice has (documented code).
pub(super) const WRONG_TONE: ResultInformation = fixed(400, 8534, "Action failed, incorrect tone detected.");
/// The file is of another format (recorded).
pub(super) const FILE_FORMAT: ResultInformation = fixed(400, 8535, "Action failed, file format is invalid.");
/// The file cannot be had (documented).
pub(super) const FILE_DOWNLOAD: ResultInformation =
    fixed(400, 8536, "Action failed, file could not be downloaded.");
/// The phrase of a choice (sentence of a unit test of an official client).
pub(super) const PHRASE_MATCHED: ResultInformation = fixed(
    200,
    8545,
    "Action completed, Recognized phrase matches a valid option.",
);
/// A phrase that no choice has (documented code).
pub(super) const PHRASE_NOT_MATCHED: ResultInformation = fixed(
    400,
    8547,
    "Action failed, recognized phrase does not match a valid option.",
);
/// The participant that the operation is about left (documented code).
pub(super) const TARGET_LEFT: ResultInformation =
    fixed(400, 8558, "Action failed, the participant is not in the call.");
/// Speech without words (documented code).
pub(super) const NO_SPEECH: ResultInformation =
    fixed(400, 8563, "Action failed, speech could not be recognized.");
/// Words (documented code).
pub(super) const SPEECH: ResultInformation = fixed(200, 8569, "Action completed, speech was recognized.");
/// The recognition of tones was stopped (recorded).
pub(super) const TONES_STOPPED: ResultInformation =
    fixed(200, 7000, "The conversation has ended. DiagCode: 0#7000.@");

/// The application's WebSocket cannot be reached (public traffic).
pub(super) const STREAM_URL: ResultInformation = fixed(
    400,
    8581,
    "Action failed, Transport url is not valid or web socket server is not operational.",
);
/// Audio can be streamed no longer (sentence of a unit test of an official client).
pub(super) const STREAM_LOST: ResultInformation = fixed(
    500,
    8603,
    "Action failed, not able to establish websocket connection.",
);
/// Text can be streamed no longer (documented code; the sentence is that of audio).
pub(super) const TRANSCRIPTION_LOST: ResultInformation = fixed(
    500,
    8578,
    "Action failed, not able to establish websocket connection.",
);
/// A start of streaming that was stopped before (documented code).
pub(super) const STREAM_CANCELLED: ResultInformation =
    fixed(500, 8604, "Action failed, the operation was cancelled.");
/// A start of transcription that was stopped before (documented code).
pub(super) const TRANSCRIPTION_CANCELLED: ResultInformation =
    fixed(500, 8579, "Action failed, the operation was cancelled.");
/// There are no AI services that could transcribe (documented code).
pub(super) const NO_SPEECH_SERVICES: ResultInformation = fixed(
    400,
    8565,
    "Action failed, cognitive services could not be reached.",
);

const fn fixed(code: u16, sub_code: u32, message: &'static str) -> ResultInformation {
    ResultInformation {
        code,
        sub_code,
        message: Cow::Borrowed(message),
    }
}

/// Why a ringing party did not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Rejected(RejectReason),
    /// Nobody answered in the time of the create operation, or of a transfer.
    Unanswered,
    Offline,
    NotFound,
    BadNumber,
}

impl Failure {
    /// Phrase, code and sub code; telephones have the six-digit sub codes of outbound calls.
    fn parts(self, telephone: bool) -> (&'static str, u16, u32) {
        let (phrase, code, sub_code) = match self {
            Self::Rejected(RejectReason::None | RejectReason::Declined) => ("Decline", 603, 0),
            Self::Rejected(RejectReason::Busy) => ("Busy Here", 486, 0),
            Self::Rejected(RejectReason::Forbidden) => ("Forbidden", 403, 0),
            Self::Unanswered => return ("Request Terminated", 487, 10004),
            // Users that do not exist look like users that are not there.
            Self::Offline | Self::NotFound if !telephone => return ("Temporarily Unavailable", 480, 10037),
            Self::Offline => ("Temporarily Unavailable", 480, 0),
            Self::NotFound => ("Not Found", 404, 0),
            Self::BadNumber => ("Address Incomplete", 484, 0),
        };
        (
            phrase,
            code,
            if telephone {
                560_000 + u32::from(code)
            } else {
                sub_code
            },
        )
    }

    /// As the caller of a created or transferred call is told.
    pub(super) fn of_call(self, telephone: bool) -> ResultInformation {
        let (phrase, code, sub_code) = self.parts(telephone);
        ResultInformation {
            code,
            sub_code,
            message: Cow::Owned(format!("{phrase}. DiagCode: {code}#{sub_code}.@")),
        }
    }

    /// As the inviter is told: a timeout has a code of its own there (documented), and the sentence names
    /// the participant (form recorded).
    pub(super) fn of_invitation(self, telephone: bool, raw_id: &str) -> ResultInformation {
        let (phrase, code, sub_code) = match self {
            Self::Unanswered => ("Request Timeout", 408, 10057),
            other => other.parts(telephone),
        };
        ResultInformation {
            code,
            sub_code,
            message: invitation(raw_id, phrase, code, sub_code),
        }
    }
}

/// An invitation that a party in the call took back; the form is that of refusals.
pub(super) fn invitation_cancelled(raw_id: &str) -> ResultInformation {
    ResultInformation {
        code: 487,
        sub_code: 0,
        message: invitation(raw_id, "Request Terminated", 487, 0),
    }
}

/// An invitation that was withdrawn: a success that reads like a failure (recorded).
pub(super) fn withdrawn(raw_id: &str) -> ResultInformation {
    ResultInformation {
        code: 200,
        sub_code: 5300,
        message: invitation(raw_id, "The conversation has ended", 0, 5300),
    }
}

fn invitation(raw_id: &str, phrase: &str, code: u16, sub_code: u32) -> Cow<'static, str> {
    Cow::Owned(format!(
        "addParticipants failed for participant {raw_id}. Underlying reason: {phrase}. DiagCode: {code}#{sub_code}.@"
    ))
}
