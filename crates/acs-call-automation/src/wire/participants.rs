//! Requests about the participants of a call.

use acs_call_rest::types;
use acs_common::CommunicationIdentifier;

use super::{check, context, identifiers};
use crate::{
    AddParticipantOptions, CancelAddParticipantOperationOptions, Error, MoveParticipantsOptions,
    MuteParticipantOptions, RemoveParticipantOptions, TransferToParticipantOptions,
};

pub(crate) fn transfer_to_participant(
    options: TransferToParticipantOptions,
) -> Result<types::TransferToParticipantRequest, Error> {
    check::dialled("target", &options.target)?;
    if let Some(transferee) = &options.transferee {
        check::identifier("transferee", transferee)?;
    }
    // The target sees the transferee's number, so none is required (how-to guide), not even for a telephone.
    if let Some(number) = &options.source_caller_id {
        check::e164("source_caller_id", number)?;
    }
    Ok(types::TransferToParticipantRequest {
        custom_calling_context: context::custom_calling_context(options.custom_calling_context)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
        source_caller_id_number: options.source_caller_id.map(identifiers::phone),
        target_participant: options.target,
        transferee: options.transferee,
    })
}

pub(crate) fn add_participant(options: AddParticipantOptions) -> Result<types::AddParticipantRequest, Error> {
    let invite = options.invite;
    check::dialled("target", &invite.target)?;
    check::caller_id(
        invite.source_caller_id.as_deref(),
        std::iter::once(&invite.target),
    )?;
    Ok(types::AddParticipantRequest {
        custom_calling_context: context::custom_calling_context(invite.custom_calling_context)?,
        invitation_timeout_in_seconds: check::invitation_timeout(options.invitation_timeout)?,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
        participant_to_add: invite.target,
        source_caller_id_number: invite.source_caller_id.map(identifiers::phone),
        source_display_name: invite.source_display_name,
    })
}

pub(crate) fn cancel_add_participant(
    options: CancelAddParticipantOperationOptions,
) -> Result<types::CancelAddParticipantRequest, Error> {
    check::invitation_id(&options.invitation_id)?;
    Ok(types::CancelAddParticipantRequest {
        invitation_id: options.invitation_id,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
    })
}

pub(crate) fn remove_participant(
    options: RemoveParticipantOptions,
) -> Result<types::RemoveParticipantRequest, Error> {
    check::identifier("participant", &options.participant)?;
    Ok(types::RemoveParticipantRequest {
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
        participant_to_remove: options.participant,
    })
}

pub(crate) fn mute_participant(
    options: MuteParticipantOptions,
) -> Result<types::MuteParticipantsRequest, Error> {
    check::identifier("participant", &options.participant)?;
    if !matches!(options.participant, CommunicationIdentifier::CommunicationUser(_)) {
        return Err(Error::invalid_input(
            "participant",
            format_args!(
                "expected an ACS user, the only kind the service mutes, found kind `{}`",
                options.participant.kind()
            ),
        ));
    }
    Ok(types::MuteParticipantsRequest {
        operation_context: check::operation_context(options.operation_context)?,
        target_participants: vec![options.participant],
    })
}

pub(crate) fn move_participants(
    options: MoveParticipantsOptions,
) -> Result<types::MoveParticipantsRequest, Error> {
    if options.participants.is_empty() {
        return Err(Error::invalid_input(
            "participants",
            "expected at least one, found none",
        ));
    }
    for participant in &options.participants {
        check::identifier("participants", participant)?;
    }
    check::call_connection_id("from_call", &options.from_call)?;
    Ok(types::MoveParticipantsRequest {
        from_call: options.from_call,
        operation_callback_uri: check::operation_callback_uri(options.operation_callback_uri)?,
        operation_context: check::operation_context(options.operation_context)?,
        target_participants: options.participants,
    })
}
