//! What the service refuses, with its status and codes.

use std::borrow::Cow;

/// A refusal: becomes a `CommunicationErrorResponse`. The HTTP face adds `target`, the path of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The sub code as decimal text, such as `8522`.
    pub code: Cow<'static, str>,
    /// The sentence of the service where one is known (recorded traffic or documentation), ours elsewhere.
    pub message: Cow<'static, str>,
}

impl ServiceError {
    pub(crate) const fn fixed(status: u16, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: Cow::Borrowed(message),
        }
    }

    /// Recorded: any operation on an ended or unknown call.
    pub(crate) const fn call_not_found() -> Self {
        Self::fixed(404, "8522", "Call not found.")
    }

    /// The code is documented, the sentence is ours.
    pub(crate) const fn participant_not_found() -> Self {
        Self::fixed(404, "8522", "Participant not found.")
    }

    /// Recorded: any operation on a recording that is over or unknown.
    pub(crate) const fn recording_not_found() -> Self {
        Self::fixed(404, "8522", "Recording not found.")
    }

    /// Recorded: an action before `CallConnected`.
    pub(crate) const fn not_established() -> Self {
        Self::fixed(
            400,
            "8501",
            "Action is invalid when call is not in Established state.",
        )
    }

    /// Documented: an action that races with the end of the call.
    pub(crate) const fn terminated() -> Self {
        Self::fixed(400, "8528", "Action is invalid, call already terminated.")
    }

    /// Public logs: a callback address that is not absolute https.
    pub(crate) fn callback_uri(field: &str) -> Self {
        Self {
            status: 400,
            code: "400".into(),
            message: format!("The field {field} is invalid").into(),
        }
    }

    /// Documented: speech in one direction or the other, on a leg that was set up without AI services.
    pub(crate) const fn no_cognitive_services() -> Self {
        Self::fixed(
            405,
            "8522",
            "Request not allowed when Cognitive Service Configuration not set during call setup.",
        )
    }

    /// Documented: transcription on a leg that was set up without.
    pub(crate) const fn no_transcription() -> Self {
        Self::fixed(
            405,
            "8522",
            "Request not allowed when Transcription url not set during call setup.",
        )
    }

    /// Inferred from the sentence for transcription.
    pub(crate) const fn no_streaming() -> Self {
        Self::fixed(
            405,
            "8522",
            "Request not allowed when MediaStreaming url not set during call setup.",
        )
    }

    /// Documented.
    pub(crate) const fn no_update_when_connected() -> Self {
        Self::fixed(
            405,
            "8520",
            "UpdateTranscription is not supported for connection created with Connect interface.",
        )
    }

    /// The title of the code is documented: a start of what runs, a stop of what does not.
    pub(crate) const fn wrong_state() -> Self {
        Self::fixed(400, "8585", "Action Not Valid In Current Call State")
    }

    /// The title of the code is documented: the participant is in another operation, or in none.
    pub(crate) const fn invalid_media_mode() -> Self {
        Self::fixed(
            400,
            "8500",
            "Invalid Media Mode: operation active or target already in a media operation.",
        )
    }

    /// The title of the code is documented: operations that do not go together.
    pub(crate) const fn media_precondition() -> Self {
        Self::fixed(
            412,
            "8583",
            "Precondition Failed: another media operation for a participant is active.",
        )
    }

    /// Documented code, and the sentence is ours: the room has a list of participants.
    pub(crate) const fn not_invited() -> Self {
        Self::fixed(
            403,
            "5828",
            "The room has a list of participants, and this one is not in it.",
        )
    }

    /// Documented code, and the sentence is ours.
    pub(crate) const fn room_closed() -> Self {
        Self::fixed(403, "5829", "The room is outside of its validity.")
    }

    /// A field that cannot be used, for whoever is no application: names it and says what was expected.
    pub(crate) fn field(status: u16, code: &'static str, field: &str, expected: &str) -> Self {
        Self {
            status,
            code: code.into(),
            message: format!("{field}: {expected}").into(),
        }
    }

    /// An argument that cannot be used; the code is documented, the sentence is ours.
    pub(crate) fn invalid(what: impl Into<Cow<'static, str>>) -> Self {
        let what = what.into();
        Self {
            status: 400,
            code: "8523".into(),
            message: format!("Invalid request: {what}").into(),
        }
    }
}
