//! Every operation of the REST client, called by the operation's id with JSON in and JSON out.

use acs_call_rest::operation::Route;
use acs_call_rest::{CallError, Client, Error, ResponseValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What a typed method made of an answer, written back as JSON.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// The typed value, or nothing where the operation has none.
    Value(Value),
    /// Status, code and message of the service's refusal.
    Refused(Value),
}

/// Sends a request by the typed method of its operation.
pub(crate) async fn send(client: &Client, route: &Route, body: &Value) -> Answer {
    let leg = || route.parameter("callConnectionId").unwrap().into();
    let recording = || route.parameter("recordingId").unwrap().into();
    macro_rules! plain {
        ($method:ident) => {
            answer(client.$method(&typed(body)).await)
        };
    }
    macro_rules! of_leg {
        ($method:ident) => {{
            assert!(body.is_null(), "{} has no body", route.operation.id);
            answer(client.$method(&leg()).await)
        }};
        ($method:ident, body) => {
            answer(client.$method(&leg(), &typed(body)).await)
        };
    }
    macro_rules! of_recording {
        ($method:ident) => {
            answer(client.$method(&recording()).await)
        };
    }
    match route.operation.id {
        "createCall" => plain!(create_call),
        "answerCall" => plain!(answer_call),
        "redirectCall" => plain!(redirect_call),
        "rejectCall" => plain!(reject_call),
        "connect" => plain!(connect),
        "startRecording" => plain!(start_recording),
        "getCall" => of_leg!(get_call),
        "hangupCall" => of_leg!(hangup_call),
        "terminateCall" => of_leg!(terminate_call),
        "getParticipants" => of_leg!(get_participants),
        "cancelAllMediaOperations" => of_leg!(cancel_all_media_operations),
        "transferToParticipant" => of_leg!(transfer_to_participant, body),
        "addParticipant" => of_leg!(add_participant, body),
        "removeParticipant" => of_leg!(remove_participant, body),
        "muteParticipants" => of_leg!(mute_participants, body),
        "cancelAddParticipant" => of_leg!(cancel_add_participant, body),
        "moveParticipants" => of_leg!(move_participants, body),
        "play" => of_leg!(play, body),
        "recognize" => of_leg!(recognize, body),
        "startTranscription" => of_leg!(start_transcription, body),
        "stopTranscription" => of_leg!(stop_transcription, body),
        "updateTranscription" => of_leg!(update_transcription, body),
        "startContinuousDtmfRecognition" => of_leg!(start_continuous_dtmf_recognition, body),
        "stopContinuousDtmfRecognition" => of_leg!(stop_continuous_dtmf_recognition, body),
        "sendDtmfTones" => of_leg!(send_dtmf_tones, body),
        "hold" => of_leg!(hold, body),
        "unhold" => of_leg!(unhold, body),
        "startMediaStreaming" => of_leg!(start_media_streaming, body),
        "stopMediaStreaming" => of_leg!(stop_media_streaming, body),
        "getParticipant" => {
            let participant = route.parameter("participantRawId").unwrap();
            answer(client.get_participant(&leg(), participant).await)
        }
        "getRecordingProperties" => of_recording!(get_recording_properties),
        "stopRecording" => of_recording!(stop_recording),
        "pauseRecording" => of_recording!(pause_recording),
        "resumeRecording" => of_recording!(resume_recording),
        other => panic!("the operation {other} is not in this table"),
    }
}

fn typed<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error} in {body}"))
}

fn answer<T: Serialize>(result: Result<ResponseValue<T>, CallError>) -> Answer {
    match result {
        Ok(value) => Answer::Value(serde_json::to_value(value.into_inner()).unwrap()),
        Err(error) => {
            let error = Error::from(error);
            Answer::Refused(json!({
                "status": error.status().map(|status| status.as_u16()),
                "code": error.service_code(),
                "message": error.service_message(),
                "target": error.target(),
            }))
        }
    }
}
