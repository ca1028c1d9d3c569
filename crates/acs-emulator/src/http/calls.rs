//! Calls: create, answer, redirect, reject, connect, transfer. Bodies become commands of the engine; what
//! the wire alone can tell is checked here, what depends on a call is checked there.

use acs_call_rest::types;
use acs_common::enums::{CallLocatorKind, CallRejectReason};
use acs_common::{CallConnectionId, CommunicationIdentifier, OperationContext};

use super::body::{callback_uri, invalid, not_empty, not_empty_list, operation_context, parse, required};
use super::context;
use super::reply::Refusal;
use super::request::Incoming;
use super::streaming;
use crate::engine::{
    AnswerCall, CallLocator, Command, ConnectCall, CreateCall, CustomContext, RedirectCall, RejectCall,
    RejectReason, TransferToParticipant,
};

/// `POST /calling/callConnections`.
pub(super) fn create(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::CreateCallRequest = parse(request)?;
    not_empty_list("targets", &body.targets)?;
    callback_uri("callbackUri", &body.callback_uri)?;
    context_length(body.operation_context.as_ref())?;
    let caller_id = body.source_caller_id_number.map(telephone);
    for target in &body.targets {
        caller_id_for(target, caller_id.as_ref())?;
    }
    let mut call = CreateCall::new(body.targets, body.callback_uri);
    call.source = body.source.map(user);
    call.source_caller_id_number = caller_id;
    call.source_display_name = body.source_display_name;
    call.cognitive_services_endpoint = cognitive(body.call_intelligence_options);
    call.media_streaming = streaming::media(body.media_streaming_options)?;
    call.transcription = streaming::transcription(body.transcription_options)?;
    call.operation_context = body.operation_context;
    Ok(Command::CreateCall(call))
}

/// `POST /calling/callConnections:answer`.
pub(super) fn answer(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::AnswerCallRequest = parse(request)?;
    not_empty("incomingCallContext", body.incoming_call_context.expose())?;
    callback_uri("callbackUri", &body.callback_uri)?;
    context_length(body.operation_context.as_ref())?;
    Ok(Command::AnswerCall(AnswerCall {
        incoming_call_context: body.incoming_call_context,
        callback_uri: body.callback_uri,
        answered_by: body.answered_by.map(user),
        cognitive_services_endpoint: cognitive(body.call_intelligence_options),
        media_streaming: streaming::media(body.media_streaming_options)?,
        transcription: streaming::transcription(body.transcription_options)?,
        operation_context: body.operation_context,
    }))
}

/// `POST /calling/callConnections:redirect`.
pub(super) fn redirect(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::RedirectCallRequest = parse(request)?;
    not_empty("incomingCallContext", body.incoming_call_context.expose())?;
    Ok(Command::RedirectCall(RedirectCall {
        incoming_call_context: body.incoming_call_context,
        target: body.target,
    }))
}

/// `POST /calling/callConnections:reject`.
pub(super) fn reject(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::RejectCallRequest = parse(request)?;
    not_empty("incomingCallContext", body.incoming_call_context.expose())?;
    let reason = match body.call_reject_reason {
        None | Some(CallRejectReason::None) => RejectReason::None,
        Some(CallRejectReason::Busy) => RejectReason::Busy,
        Some(CallRejectReason::Forbidden) => RejectReason::Forbidden,
        Some(other) => {
            return Err(invalid(&format!(
                "the field callRejectReason is none, busy or forbidden, and is {}.",
                other.as_str()
            )));
        }
    };
    Ok(Command::RejectCall(RejectCall {
        incoming_call_context: body.incoming_call_context,
        reason,
    }))
}

/// `POST /calling/callConnections:connect`.
pub(super) fn connect(request: &Incoming) -> Result<Command, Refusal> {
    let body: types::ConnectRequest = parse(request)?;
    callback_uri("callbackUri", &body.callback_uri)?;
    context_length(body.operation_context.as_ref())?;
    Ok(Command::ConnectCall(ConnectCall {
        locator: locator(body.call_locator)?,
        callback_uri: body.callback_uri,
        cognitive_services_endpoint: cognitive(body.call_intelligence_options),
        media_streaming: streaming::media(body.media_streaming_options)?,
        transcription: streaming::transcription(body.transcription_options)?,
        operation_context: body.operation_context,
    }))
}

/// The AI services of a leg. Nothing of theirs is asked; that there are any is what counts.
fn cognitive(options: Option<types::CallIntelligenceOptions>) -> Option<String> {
    options?
        .cognitive_services_endpoint
        .filter(|endpoint| !endpoint.is_empty())
}

/// The locator, with the id that its kind asks for. Without a kind, the id that is there decides.
pub(super) fn locator(locator: types::CallLocator) -> Result<CallLocator, Refusal> {
    let missing = |field: &str| required(&format!("callLocator.{field}"));
    let types::CallLocator {
        kind,
        server_call_id,
        group_call_id,
        room_id,
    } = locator;
    match kind {
        Some(CallLocatorKind::ServerCallLocator) => server_call_id
            .map(CallLocator::ServerCall)
            .ok_or_else(|| missing("serverCallId")),
        Some(CallLocatorKind::GroupCallLocator) => group_call_id
            .map(CallLocator::Group)
            .ok_or_else(|| missing("groupCallId")),
        Some(CallLocatorKind::RoomCallLocator) => {
            room_id.map(CallLocator::Room).ok_or_else(|| missing("roomId"))
        }
        Some(other) => Err(invalid(&format!(
            "the field callLocator.kind is {}, which is no known kind.",
            other.as_str()
        ))),
        None => server_call_id
            .map(CallLocator::ServerCall)
            .or(group_call_id.map(CallLocator::Group))
            .or(room_id.map(CallLocator::Room))
            .ok_or_else(|| missing("kind")),
    }
}

/// `POST /calling/callConnections/{id}:transferToParticipant`.
pub(super) fn transfer(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::TransferToParticipantRequest = parse(request)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    context::check(body.custom_calling_context.as_ref())?;
    Ok(Command::TransferToParticipant(TransferToParticipant {
        connection,
        target: body.target_participant,
        transferee: body.transferee,
        source_caller_id_number: body.source_caller_id_number.map(telephone),
        custom_context: custom_context(body.custom_calling_context),
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// A telephone is only called with a number of ours for it to see.
pub(super) fn caller_id_for(
    target: &CommunicationIdentifier,
    caller_id: Option<&CommunicationIdentifier>,
) -> Result<(), Refusal> {
    if target.is_phone_number() && caller_id.is_none() {
        return Err(invalid(
            "the field sourceCallerIdNumber is required to call a telephone number.",
        ));
    }
    Ok(())
}

pub(super) fn context_length(context: Option<&OperationContext>) -> Result<(), Refusal> {
    operation_context(context.map(OperationContext::as_str))
}

pub(super) fn override_uri(uri: Option<&str>) -> Result<(), Refusal> {
    uri.map_or(Ok(()), |uri| callback_uri("operationCallbackUri", uri))
}

pub(super) fn custom_context(context: Option<types::CustomCallingContext>) -> CustomContext {
    let mut headers = CustomContext::default();
    if let Some(context) = context {
        headers.sip_headers = context.sip_headers.unwrap_or_default();
        headers.voip_headers = context.voip_headers.unwrap_or_default();
    }
    headers
}

pub(super) fn telephone(number: types::PhoneNumberIdentifierModel) -> CommunicationIdentifier {
    CommunicationIdentifier::phone(number.value)
}

fn user(user: types::CommunicationUserIdentifierModel) -> CommunicationIdentifier {
    CommunicationIdentifier::user(user.id)
}
