//! Answers into models.

use acs_call_rest::types;
use acs_common::InvitationId;
use acs_common::enums::CallConnectionState;

use super::identifiers::{read_phone, read_user};
use crate::Error;
use crate::models::{
    CallConnectionProperties, CallParticipant, MediaStreamingSubscription, TranscriptionSubscription,
};

pub(crate) fn properties(
    operation: &'static str,
    reply: types::CallConnectionProperties,
) -> Result<CallConnectionProperties, Error> {
    let call_connection_id = reply
        .call_connection_id
        .filter(|id| !id.as_str().is_empty())
        .ok_or_else(|| Error::unexpected(operation, "the service's answer has no `callConnectionId`"))?;
    Ok(CallConnectionProperties {
        call_connection_id,
        server_call_id: reply.server_call_id,
        correlation_id: reply.correlation_id,
        state: reply
            .call_connection_state
            .unwrap_or(CallConnectionState::Unknown),
        targets: reply.targets.unwrap_or_default(),
        callback_uri: reply.callback_uri,
        source: reply.source,
        source_caller_id: reply.source_caller_id_number.map(read_phone),
        // The service writes "" for a name that was not given (recorded traffic).
        source_display_name: reply.source_display_name.filter(|name| !name.is_empty()),
        answered_by: reply.answered_by.map(read_user),
        answered_for: reply.answered_for.map(read_phone),
        media_streaming: reply
            .media_streaming_subscription
            .map(|subscription| MediaStreamingSubscription {
                id: subscription.id,
                state: subscription.state,
                content_types: subscription.subscribed_content_types.unwrap_or_default(),
            }),
        transcription: reply
            .transcription_subscription
            .map(|subscription| TranscriptionSubscription {
                id: subscription.id,
                state: subscription.state,
                locale: subscription.locale,
                result_types: subscription.subscribed_result_types.unwrap_or_default(),
            }),
    })
}

pub(crate) fn participant(
    operation: &'static str,
    reply: types::CallParticipant,
) -> Result<CallParticipant, Error> {
    let identifier = reply.identifier.ok_or_else(|| {
        Error::unexpected(
            operation,
            "the service's answer has a participant without `identifier`",
        )
    })?;
    Ok(CallParticipant {
        identifier,
        is_muted: reply.is_muted.unwrap_or(false),
        is_on_hold: reply.is_on_hold.unwrap_or(false),
    })
}

/// The participants of one page, and the link to the next.
pub(crate) fn participants_page(
    operation: &'static str,
    reply: types::GetParticipantsResponse,
) -> Result<(Vec<CallParticipant>, Option<String>), Error> {
    let participants = reply
        .value
        .into_iter()
        .map(|entry| participant(operation, entry))
        .collect::<Result<_, _>>()?;
    Ok((participants, reply.next_link.filter(|link| !link.is_empty())))
}

/// Who was invited, and the id that the invitation is cancelled by.
pub(crate) fn added(
    operation: &'static str,
    reply: types::AddParticipantResponse,
) -> Result<(CallParticipant, InvitationId), Error> {
    let invited = reply
        .participant
        .ok_or_else(|| Error::unexpected(operation, "the service's answer has no `participant`"))?;
    let invitation_id = reply
        .invitation_id
        .ok_or_else(|| Error::unexpected(operation, "the service's answer has no `invitationId`"))?;
    Ok((participant(operation, invited)?, invitation_id))
}

/// The participants that the answer to a move lists.
pub(crate) fn moved(
    operation: &'static str,
    reply: types::MoveParticipantsResponse,
) -> Result<Vec<CallParticipant>, Error> {
    reply
        .participants
        .unwrap_or_default()
        .into_iter()
        .map(|entry| participant(operation, entry))
        .collect()
}
