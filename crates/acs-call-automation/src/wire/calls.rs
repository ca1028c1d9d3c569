//! Requests about whole calls: create, connect, answer, reject, redirect.

use acs_call_rest::types;
use acs_common::enums::CallLocatorKind;
use acs_common::{CommunicationUserIdentifier, OperationContext};

use super::{check, context, identifiers, streams};
use crate::{
    AnswerCallOptions, CallLocator, ConnectCallOptions, CreateCallOptions, CreateGroupCallOptions, Error,
    RedirectCallOptions, RejectCallOptions,
};

type Source<'a> = Option<&'a CommunicationUserIdentifier>;

pub(crate) fn create_call(
    options: CreateCallOptions,
    source: Source<'_>,
) -> Result<types::CreateCallRequest, Error> {
    let invite = options.invite;
    check::dialled("target", &invite.target)?;
    check::caller_id(
        invite.source_caller_id.as_deref(),
        std::iter::once(&invite.target),
    )?;
    context::refuse(&invite.custom_calling_context, "creating a call")?;
    let setup = options.setup.checked()?;
    Ok(types::CreateCallRequest {
        call_intelligence_options: setup.intelligence,
        callback_uri: setup.callback_uri,
        media_streaming_options: setup.media_streaming,
        operation_context: setup.operation_context,
        source: source.map(identifiers::user),
        source_caller_id_number: invite.source_caller_id.map(identifiers::phone),
        source_display_name: invite.source_display_name,
        targets: vec![invite.target],
        teams_app_source: None,
        transcription_options: setup.transcription,
    })
}

pub(crate) fn create_group_call(
    options: CreateGroupCallOptions,
    source: Source<'_>,
) -> Result<types::CreateCallRequest, Error> {
    if options.targets.is_empty() {
        return Err(Error::invalid_input(
            "targets",
            "expected at least one, found none",
        ));
    }
    for target in &options.targets {
        check::dialled("targets", target)?;
    }
    check::caller_id(options.source_caller_id.as_deref(), options.targets.iter())?;
    let setup = options.setup.checked()?;
    Ok(types::CreateCallRequest {
        call_intelligence_options: setup.intelligence,
        callback_uri: setup.callback_uri,
        media_streaming_options: setup.media_streaming,
        operation_context: setup.operation_context,
        source: source.map(identifiers::user),
        source_caller_id_number: options.source_caller_id.map(identifiers::phone),
        source_display_name: options.source_display_name,
        targets: options.targets,
        teams_app_source: None,
        transcription_options: setup.transcription,
    })
}

pub(crate) fn connect(options: ConnectCallOptions) -> Result<types::ConnectRequest, Error> {
    let call_locator = locator(options.locator)?;
    let setup = options.setup.checked()?;
    Ok(types::ConnectRequest {
        call_intelligence_options: setup.intelligence,
        call_locator,
        callback_uri: setup.callback_uri,
        media_streaming_options: setup.media_streaming,
        operation_context: setup.operation_context,
        transcription_options: setup.transcription,
    })
}

pub(super) fn locator(locator: CallLocator) -> Result<types::CallLocator, Error> {
    let mut wire = types::CallLocator {
        group_call_id: None,
        kind: None,
        room_id: None,
        server_call_id: None,
    };
    match locator {
        CallLocator::ServerCall(id) => {
            check::non_empty("server_call_id", id.as_str())?;
            wire.kind = Some(CallLocatorKind::ServerCallLocator);
            wire.server_call_id = Some(id);
        }
        CallLocator::GroupCall(id) => {
            check::non_empty("group_call_id", &id)?;
            wire.kind = Some(CallLocatorKind::GroupCallLocator);
            wire.group_call_id = Some(id);
        }
        CallLocator::Room(id) => {
            check::non_empty("room_id", &id)?;
            wire.kind = Some(CallLocatorKind::RoomCallLocator);
            wire.room_id = Some(id);
        }
    }
    Ok(wire)
}

pub(crate) fn answer_call(
    options: AnswerCallOptions,
    source: Source<'_>,
) -> Result<types::AnswerCallRequest, Error> {
    check::incoming_call_context(&options.offer.0)?;
    let setup = options.setup.checked()?;
    Ok(types::AnswerCallRequest {
        answered_by: source.map(identifiers::user),
        call_intelligence_options: setup.intelligence,
        callback_uri: setup.callback_uri,
        incoming_call_context: options.offer.0,
        media_streaming_options: setup.media_streaming,
        operation_context: setup.operation_context,
        transcription_options: setup.transcription,
    })
}

pub(crate) fn reject_call(options: RejectCallOptions) -> Result<types::RejectCallRequest, Error> {
    check::incoming_call_context(&options.offer.0)?;
    Ok(types::RejectCallRequest {
        call_reject_reason: Some(options.reason),
        incoming_call_context: options.offer.0,
    })
}

pub(crate) fn redirect_call(options: RedirectCallOptions) -> Result<types::RedirectCallRequest, Error> {
    check::incoming_call_context(&options.offer.0)?;
    check::dialled("target", &options.target)?;
    Ok(types::RedirectCallRequest {
        incoming_call_context: options.offer.0,
        target: options.target,
    })
}

/// What create, connect and answer have in common, checked.
struct Checked {
    callback_uri: String,
    operation_context: Option<OperationContext>,
    intelligence: Option<types::CallIntelligenceOptions>,
    media_streaming: Option<types::WebSocketMediaStreamingOptions>,
    transcription: Option<types::WebSocketTranscriptionOptions>,
}

impl crate::setup::CallSetup {
    fn checked(self) -> Result<Checked, Error> {
        let callback_uri = check::service_uri("callback_uri", self.callback_uri)?;
        let operation_context = check::operation_context(self.operation_context)?;
        let intelligence = self.intelligence.map(streams::intelligence).transpose()?;
        let media_streaming = self.media_streaming.map(streams::media_streaming).transpose()?;
        let transcription = self.transcription.map(streams::transcription).transpose()?;
        Ok(Checked {
            callback_uri,
            operation_context,
            intelligence,
            media_streaming,
            transcription,
        })
    }
}
