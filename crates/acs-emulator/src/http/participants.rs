//! Participants: add, cancel, remove, mute, move; and lists in pages.

use std::time::Duration;

use acs_call_rest::types;
use acs_common::CallConnectionId;
use http::StatusCode;
use serde::Serialize;

use super::Service;
use super::body::{in_range, invalid, not_empty, not_empty_list, parse};
use super::calls::{caller_id_for, context_length, custom_context, override_uri, telephone};
use super::context;
use super::paging::page;
use super::reply::{Refusal, Reply};
use super::request::Incoming;
use crate::engine::{
    AddParticipant, CallParticipant, CancelAddParticipant, Command, MoveParticipants, MuteParticipant,
    RemoveParticipant, Reply as Done,
};

/// The answer of the engine as an answer over HTTP; lists are cut into pages.
pub(super) fn written(service: &Service, request: &Incoming, status: StatusCode, done: &Done) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Listed {
        value: Vec<CallParticipant>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_link: Option<String>,
    }
    match done {
        Done::Done => Reply::empty(status),
        Done::Participants(participants) => match page(service, request, participants.clone()) {
            Ok(page) => Reply::wire(
                status,
                &Listed {
                    value: page.items,
                    next_link: page.next,
                },
            ),
            Err(refusal) => refusal.into_reply(),
        },
        done => Reply::wire(status, done),
    }
}

/// `POST …/participants:add`.
pub(super) fn add(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::AddParticipantRequest = parse(request)?;
    in_range(
        "invitationTimeoutInSeconds",
        body.invitation_timeout_in_seconds,
        0,
        180,
    )?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    context::check(body.custom_calling_context.as_ref())?;
    let caller_id = body.source_caller_id_number.map(telephone);
    caller_id_for(&body.participant_to_add, caller_id.as_ref())?;
    let timeout = body
        .invitation_timeout_in_seconds
        .and_then(|seconds| u64::try_from(seconds).ok());
    Ok(Command::AddParticipant(AddParticipant {
        connection,
        participant: body.participant_to_add,
        source_caller_id_number: caller_id,
        source_display_name: body.source_display_name,
        invitation_timeout: timeout.map(Duration::from_secs),
        custom_context: custom_context(body.custom_calling_context),
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …/participants:remove`.
pub(super) fn remove(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::RemoveParticipantRequest = parse(request)?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::RemoveParticipant(RemoveParticipant {
        connection,
        participant: body.participant_to_remove,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …/participants:mute`. The service takes one participant at a time.
pub(super) fn mute(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::MuteParticipantsRequest = parse(request)?;
    not_empty_list("targetParticipants", &body.target_participants)?;
    context_length(body.operation_context.as_ref())?;
    let count = body.target_participants.len();
    let mut targets = body.target_participants.into_iter();
    match (targets.next(), targets.next()) {
        (Some(participant), None) => Ok(Command::MuteParticipant(MuteParticipant {
            connection,
            participant,
            operation_context: body.operation_context,
        })),
        _ => Err(invalid(&format!(
            "the field targetParticipants takes one participant, and has {count}."
        ))),
    }
}

/// `POST …/participants:cancelAddParticipant`.
pub(super) fn cancel_add(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::CancelAddParticipantRequest = parse(request)?;
    not_empty("invitationId", body.invitation_id.as_str())?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::CancelAddParticipant(CancelAddParticipant {
        connection,
        invitation_id: body.invitation_id,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}

/// `POST …/participants:moveHere`, on the call that the participants come to.
pub(super) fn move_here(request: &Incoming, connection: CallConnectionId) -> Result<Command, Refusal> {
    let body: types::MoveParticipantsRequest = parse(request)?;
    not_empty_list("targetParticipants", &body.target_participants)?;
    not_empty("fromCall", body.from_call.as_str())?;
    context_length(body.operation_context.as_ref())?;
    override_uri(body.operation_callback_uri.as_deref())?;
    Ok(Command::MoveParticipants(MoveParticipants {
        connection,
        from_call: body.from_call,
        participants: body.target_participants,
        operation_context: body.operation_context,
        operation_callback_uri: body.operation_callback_uri,
    }))
}
