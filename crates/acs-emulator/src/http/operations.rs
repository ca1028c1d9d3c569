//! Which operation a request means, and who answers it.

use acs_call_rest::operation::{self, Method, Operation, Route};
use acs_common::{CallConnectionId, CorrelationId, RecordingId};
use http::StatusCode;

use super::repeatability::Answered;
use super::reply::{Refusal, Reply};
use super::request::Incoming;
use super::{
    Service, calls, content, identities, media, method_not_allowed, no_such_path, participants, recordings,
    response, streaming, version,
};
use crate::engine::{Command, ServiceError};

const REPEATABILITY_REQUEST_ID: &str = "repeatability-request-id";

/// Answers a request that may be answered.
pub(super) async fn answer(service: &Service, request: &Incoming, entry: u64) -> Reply {
    let other = |prefix: &str| {
        request
            .path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let answered = if other("/identities") {
        version::check_any(service, request).and_then(|()| identities::identities(service, request))
    } else if other("/phoneNumbers") {
        version::check_any(service, request).and_then(|()| identities::phone_numbers(service, request))
    } else if content::is_meant(request) {
        content::answer(service, request)
    } else {
        match find(request) {
            Ok(route) => match version::check(service, request, route.operation.id) {
                Ok(()) => return once(service, request, &route, entry).await,
                Err(refusal) => Err(refusal),
            },
            Err(refusal) => Err(refusal),
        }
    };
    answered.unwrap_or_else(Refusal::into_reply)
}

/// The operation of a request. Where the path belongs to an operation with another method, that is told.
fn find(request: &Incoming) -> Result<Route, Refusal> {
    // `{id}` alone would take `{id}:play` for an id; the template with more literal text is meant.
    let best = |method: Method| operation::route(method, &request.path);
    let routes: Vec<Route> = operation::methods_at(&request.path)
        .into_iter()
        .filter_map(best)
        .filter(|route| !has_unknown_verb(route))
        .collect();
    let most = routes.iter().map(|route| literal(route.operation)).max();
    let meant: Vec<Route> = routes
        .into_iter()
        .filter(|route| Some(literal(route.operation)) == most)
        .collect();
    if meant.is_empty() {
        return Err(no_such_path(request));
    }
    let methods: Vec<&str> = meant
        .iter()
        .map(|route| route.operation.method.as_str())
        .collect();
    let allowed = methods.join(", ");
    meant
        .into_iter()
        .find(|route| route.operation.method.as_str() == request.method.as_str())
        .ok_or_else(|| method_not_allowed(&allowed))
}

/// Ids have no colon: what looks like one is a verb that no operation has (`…/{id}:dance`).
fn has_unknown_verb(route: &Route) -> bool {
    ["callConnectionId", "recordingId"]
        .into_iter()
        .any(|name| route.parameter(name).is_some_and(|id| id.contains(':')))
}

fn literal(operation: &Operation) -> usize {
    let mut length = 0;
    let mut inside = false;
    for letter in operation.path.chars() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            _ if !inside => length += 1,
            _ => {}
        }
    }
    length
}

/// The call connection that a path names, for the journal.
pub(super) fn connection(request: &Incoming) -> Option<String> {
    let method = Method::parse(request.method.as_str())?;
    let route = operation::route(method, &request.path)?;
    route.parameter("callConnectionId").map(str::to_owned)
}

/// The id of the operation that a request is for.
pub(super) fn id(request: &Incoming) -> Option<&'static str> {
    find(request).ok().map(|route| route.operation.id)
}

/// Carries an operation out, or answers as before when the request repeats one.
async fn once(service: &Service, request: &Incoming, route: &Route, entry: u64) -> Reply {
    let id = request
        .header(REPEATABILITY_REQUEST_ID)
        .filter(|id| route.operation.repeatable && !id.is_empty());
    let Some(id) = id else {
        return carry_out(service, request, route, entry);
    };
    let (mut reply, answered) = service
        .repeatability
        .once(request, id, service.host.now(), async || {
            carry_out(service, request, route, entry)
        })
        .await;
    if answered == Answered::Before {
        reply.written = false;
    }
    // Recorded on operations of a call and on recordings, not on those that make or take a call.
    if reply.status.is_success() && route.operation.tag != "CallAutomation" {
        reply.repeatability = Some("accepted");
    }
    reply
}

fn carry_out(service: &Service, request: &Incoming, route: &Route, entry: u64) -> Reply {
    let operation = route.operation;
    let command = match command(request, route) {
        Ok(Some(command)) => command,
        Ok(None) => return not_built(operation),
        Err(refusal) => return refusal.into_reply(),
    };
    let status = operation
        .success
        .first()
        .and_then(|status| StatusCode::from_u16(*status).ok())
        .unwrap_or(StatusCode::OK);
    service.host.apply(command, |applied| {
        let reply = match &applied.reply {
            Ok(done) => participants::written(service, request, status, done),
            Err(refusal) => refused(refusal),
        };
        let reply = Reply {
            written: true,
            ..reply
                .chain(applied.correlation_id.as_ref().map(CorrelationId::as_str))
                .about(&request.path)
        };
        let draft = response(request, &reply, entry);
        (reply, Some(draft))
    })
}

fn refused(refusal: &ServiceError) -> Reply {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::error(status, &refusal.code, &refusal.message)
}

/// What the engine is told, or nothing when it does not know the operation.
fn command(request: &Incoming, route: &Route) -> Result<Option<Command>, Refusal> {
    let recording = |command: fn(RecordingId) -> Command| {
        recordings::on(route.parameter("recordingId").unwrap_or_default(), command)
    };
    let id = || CallConnectionId::from(route.parameter("callConnectionId").unwrap_or_default());
    Ok(Some(match route.operation.id {
        "createCall" => calls::create(request)?,
        "answerCall" => calls::answer(request)?,
        "redirectCall" => calls::redirect(request)?,
        "rejectCall" => calls::reject(request)?,
        "connect" => calls::connect(request)?,
        "getCall" => Command::GetCall(id()),
        "hangupCall" => Command::HangUp(id()),
        "terminateCall" => Command::Terminate(id()),
        "transferToParticipant" => calls::transfer(request, id())?,
        "getParticipants" => Command::ListParticipants(id()),
        "getParticipant" => Command::GetParticipant {
            connection: id(),
            raw_id: route.parameter("participantRawId").unwrap_or_default().to_owned(),
        },
        "addParticipant" => participants::add(request, id())?,
        "removeParticipant" => participants::remove(request, id())?,
        "muteParticipants" => participants::mute(request, id())?,
        "cancelAddParticipant" => participants::cancel_add(request, id())?,
        "play" => media::play(request, id())?,
        "recognize" => media::recognize(request, id())?,
        "cancelAllMediaOperations" => Command::CancelAllMedia(id()),
        "startContinuousDtmfRecognition" => {
            Command::StartContinuousDtmf(media::continuous_dtmf(request, id())?)
        }
        "stopContinuousDtmfRecognition" => {
            Command::StopContinuousDtmf(media::continuous_dtmf(request, id())?)
        }
        "sendDtmfTones" => media::send_dtmf_tones(request, id())?,
        "hold" => media::hold(request, id())?,
        "unhold" => media::unhold(request, id())?,
        "startMediaStreaming" => streaming::start_media(request, id())?,
        "stopMediaStreaming" => streaming::stop_media(request, id())?,
        "startTranscription" => streaming::start_transcription(request, id())?,
        "updateTranscription" => streaming::update_transcription(request, id())?,
        "stopTranscription" => streaming::stop_transcription(request, id())?,
        "moveParticipants" => participants::move_here(request, id())?,
        "startRecording" => recordings::start(request)?,
        "getRecordingProperties" => recording(Command::GetRecording),
        "stopRecording" => recording(Command::StopRecording),
        "pauseRecording" => recording(Command::PauseRecording),
        "resumeRecording" => recording(Command::ResumeRecording),
        _ => return Ok(None),
    }))
}

fn not_built(operation: &Operation) -> Reply {
    Reply::error(
        StatusCode::NOT_IMPLEMENTED,
        "501",
        &format!(
            "This emulator does not carry out {} ({} {}) yet. Nothing was done; the service would.",
            operation.id, operation.method, operation.path
        ),
    )
}
