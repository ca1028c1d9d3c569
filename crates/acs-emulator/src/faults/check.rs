//! Whether a fault makes sense: what is wrong is named, and what was expected.

use acs_call_rest::operation;

use super::model::{Fault, FaultOutcome, Posts};
use crate::tokens::TokenFault;
use crate::{Error, ErrorKind};

/// The longest delay of a fault: a day. What is to take longer is not a fault but a configuration.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

/// The names of the callback events of the API.
const EVENTS: [&str; 38] = [
    "CallConnected",
    "CallDisconnected",
    "CreateCallFailed",
    "AnswerFailed",
    "ConnectFailed",
    "ParticipantsUpdated",
    "AddParticipantSucceeded",
    "AddParticipantFailed",
    "RemoveParticipantSucceeded",
    "RemoveParticipantFailed",
    "CancelAddParticipantSucceeded",
    "CancelAddParticipantFailed",
    "MoveParticipantSucceeded",
    "MoveParticipantFailed",
    "CallTransferAccepted",
    "CallTransferFailed",
    "PlayStarted",
    "PlayCompleted",
    "PlayFailed",
    "PlayCanceled",
    "RecognizeCompleted",
    "RecognizeFailed",
    "RecognizeCanceled",
    "ContinuousDtmfRecognitionToneReceived",
    "ContinuousDtmfRecognitionToneFailed",
    "ContinuousDtmfRecognitionStopped",
    "SendDtmfTonesCompleted",
    "SendDtmfTonesFailed",
    "HoldFailed",
    "RecordingStateChanged",
    "StartRecordingFailed",
    "TranscriptionStarted",
    "TranscriptionStopped",
    "TranscriptionUpdated",
    "TranscriptionFailed",
    "MediaStreamingStarted",
    "MediaStreamingStopped",
    "MediaStreamingFailed",
];

/// The names of the Event Grid events of the resource.
const GRID_EVENTS: [&str; 2] = ["IncomingCall", "RecordingFileStatusUpdated"];

fn wrong(field: &str, expected: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("fault: {field}: expected {expected}"),
    )
}

/// Checks a fault.
pub(super) fn check(fault: &Fault) -> Result<(), Error> {
    if fault.id.as_deref().is_some_and(|id| {
        id.is_empty() || id.len() > 100 || id.contains(|letter: char| letter == '/' || letter.is_control())
    }) {
        return Err(wrong("id", "1 to 100 characters without `/`"));
    }
    let when = &fault.when;
    let requests = fault.outcome.is_of_attempts() && when.posts.is_none();
    for (field, given, fits) in [
        ("when.operation", &when.operation, requests),
        ("when.method", &when.method, requests),
        ("when.path", &when.path, requests),
        ("when.event", &when.event, !requests),
        ("when.address", &when.address, !requests),
    ] {
        if given.is_some() && !fits {
            let whose = if requests {
                "posts have it, and this outcome is for requests unless when.posts says whose posts"
            } else {
                "requests have it, and this fault is for posts"
            };
            return Err(wrong(field, &format!("nothing: {whose}")));
        }
    }
    if let Some(id) = &when.operation
        && operation::find(id).is_none()
    {
        return Err(wrong(
            "when.operation",
            &format!("the id of an operation such as createCall, and not `{id}`"),
        ));
    }
    let forges = matches!(fault.outcome, FaultOutcome::Forge { .. });
    if forges && when.posts == Some(Posts::EventGrid) {
        let expected = "callbacks: posts of Event Grid carry no token of the service";
        return Err(wrong("when.posts", expected));
    }
    if let Some(name) = &when.event {
        let of = |posts, names: &[&str]| {
            when.posts.is_none_or(|wanted| wanted == posts) && names.contains(&name.as_str())
        };
        if !of(Posts::Callbacks, &EVENTS) && (forges || !of(Posts::EventGrid, &GRID_EVENTS)) {
            let such = match when.posts {
                Some(Posts::EventGrid) => "of Event Grid: IncomingCall or RecordingFileStatusUpdated",
                _ => "such as CallConnected",
            };
            return Err(wrong(
                "when.event",
                &format!("the short name of an event {such}, and not `{name}`"),
            ));
        }
    }
    if when.posts.is_some()
        && let FaultOutcome::Status {
            retry_after_seconds,
            code,
            message,
            ..
        } = &fault.outcome
    {
        for (field, given) in [
            ("outcome.retryAfterSeconds", retry_after_seconds.is_some()),
            ("outcome.code", code.is_some()),
            ("outcome.message", message.is_some()),
        ] {
            if given {
                return Err(wrong(
                    field,
                    "nothing: of an answer to a post, the status alone counts",
                ));
            }
        }
    }
    if let Some(method) = &when.method
        && operation::Method::parse(method).is_none()
    {
        return Err(wrong("when.method", "GET, POST, PUT, PATCH or DELETE"));
    }
    check_outcome(&fault.outcome)?;
    if !(0.0..=1.0).contains(&fault.limit.rate) {
        return Err(wrong("limit.rate", "a number from 0 to 1"));
    }
    if fault.limit.count == Some(0) {
        return Err(wrong("limit.count", "a number from 1"));
    }
    Ok(())
}

fn check_outcome(outcome: &FaultOutcome) -> Result<(), Error> {
    match outcome {
        FaultOutcome::Status { status, .. } if !(400..=599).contains(status) => {
            Err(wrong("outcome.status", "a number from 400 to 599"))
        }
        FaultOutcome::Latency { ms } | FaultOutcome::Delay { ms } if *ms > LONGEST => {
            Err(wrong("outcome.ms", &format!("a number from 0 to {LONGEST}")))
        }
        FaultOutcome::Reorder { within_ms } if *within_ms > LONGEST => Err(wrong(
            "outcome.withinMs",
            &format!("a number from 0 to {LONGEST}"),
        )),
        FaultOutcome::Duplicate { copies } if !(1..=100).contains(copies) => {
            Err(wrong("outcome.copies", "a number from 1 to 100"))
        }
        FaultOutcome::Forge {
            token: TokenFault::None,
        } => Err(wrong("outcome.token", "a fault of tokens other than none")),
        _ => Ok(()),
    }
}
