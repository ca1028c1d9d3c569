//! Outcomes as JSON: what a client's caller can see of a result, in a form that is kept and compared.

use acs_call_automation::enums::{
    MediaStreamingContentType, MediaStreamingSubscriptionState, TranscriptionResultType,
    TranscriptionSubscriptionState,
};
use acs_call_automation::{
    CallConnection, CallConnectionProperties, CallParticipant, CorrelationId, Error,
    MediaStreamingSubscription, OperationContext, ServerCallId, TranscriptionSubscription,
};
use serde_json::{Value, json};

/// A result, described.
pub(super) fn outcome<T>(result: Result<T, Error>, describe: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(value) => json!({ "ok": describe(value) }),
        Err(error) => json!({ "error": {
            "kind": format!("{:?}", error.kind()),
            "status": error.status(),
            "serviceCode": error.service_code(),
            "subCode": error.sub_code(),
            "serviceMessage": error.service_message(),
            "isNotFound": error.is_not_found(),
            "isRetryable": error.is_retryable(),
        } }),
    }
}

/// Nothing but success.
pub(super) fn done((): ()) -> Value {
    Value::Null
}

/// A leg as an operation opened it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "has the form that `outcome` asks for"
)]
pub(super) fn opened(leg: CallConnection) -> Value {
    json!({
        "callConnectionId": leg.id().as_str(),
        "operationContext": leg.operation_context().map(OperationContext::as_str),
        "properties": leg.initial_properties().cloned().map(properties),
    })
}

/// The properties of a leg.
#[expect(
    clippy::needless_pass_by_value,
    reason = "has the form that `outcome` asks for"
)]
pub(super) fn properties(of: CallConnectionProperties) -> Value {
    json!({
        "callConnectionId": of.call_connection_id.as_str(),
        "serverCallId": of.server_call_id.as_ref().map(ServerCallId::as_str),
        "correlationId": of.correlation_id.as_ref().map(CorrelationId::as_str),
        "state": of.state.as_str(),
        "targets": of.targets.iter().map(|target| target.raw_id()).collect::<Vec<_>>(),
        "callbackUri": of.callback_uri,
        "source": of.source.as_ref().map(|source| source.raw_id()),
        "sourceCallerId": of.source_caller_id.as_ref().map(|number| number.raw_id()),
        "sourceDisplayName": of.source_display_name,
        "answeredBy": of.answered_by.as_ref().map(|user| user.raw_id()),
        "answeredFor": of.answered_for.as_ref().map(|number| number.raw_id()),
        "mediaStreaming": of.media_streaming.as_ref().map(media_streaming),
        "transcription": of.transcription.as_ref().map(transcription),
    })
}

fn media_streaming(of: &MediaStreamingSubscription) -> Value {
    json!({
        "id": of.id,
        "state": of.state.as_ref().map(MediaStreamingSubscriptionState::as_str),
        "contentTypes": of.content_types.iter().map(MediaStreamingContentType::as_str).collect::<Vec<_>>(),
    })
}

fn transcription(of: &TranscriptionSubscription) -> Value {
    json!({
        "id": of.id,
        "state": of.state.as_ref().map(TranscriptionSubscriptionState::as_str),
        "locale": of.locale,
        "resultTypes": of.result_types.iter().map(TranscriptionResultType::as_str).collect::<Vec<_>>(),
    })
}

/// A participant.
pub(super) fn participant(of: &CallParticipant) -> Value {
    json!({
        "rawId": of.identifier.raw_id(),
        "isMuted": of.is_muted,
        "isOnHold": of.is_on_hold,
    })
}
