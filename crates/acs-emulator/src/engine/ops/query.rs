//! What can be asked about a call.

use acs_common::{CallConnectionId, CorrelationId};

use crate::engine::Engine;
use crate::engine::error::ServiceError;
use crate::engine::model::{Call, Leg, LegKey, LegKind};
use crate::engine::reply::{
    CallProperties, MediaStreamingSubscription, PhoneNumberModel, Reply, TranscriptionSubscription, UserModel,
};
use crate::engine::stream::{StreamContent, Track};
use crate::engine::world::World;

impl Engine {
    /// A leg as the response of the operation that made it shows it.
    pub(in crate::engine) fn describe_new(
        world: &mut World,
        call: &Call,
        leg: LegKey,
    ) -> Result<Reply, ServiceError> {
        let mut properties = describe(call, leg).ok_or_else(ServiceError::call_not_found)?;
        if properties.media_streaming_subscription.id.is_none() {
            properties.media_streaming_subscription = MediaStreamingSubscription {
                id: Some(world.guid().to_string()),
                state: "disabled",
                subscribed_content_types: Some(&["audio"]),
            };
        }
        properties.transcription_subscription = properties
            .transcription_subscription
            .filter(|subscription| subscription.id.is_some());
        match call.leg(leg).map(|leg| leg.kind) {
            Some(LegKind::Answer) | None => {}
            Some(LegKind::Create) => properties.server_call_id = None,
            Some(LegKind::Connect) => {
                properties.server_call_id = None;
                // Recorded: not the one that the leg turns out to have.
                properties.correlation_id = CorrelationId::from(world.guid().to_string());
                world.chain = Some(properties.correlation_id.clone());
            }
        }
        Ok(Reply::Call(Box::new(properties)))
    }

    pub(in crate::engine) fn get_call(
        &mut self,
        connection: &CallConnectionId,
    ) -> Result<Reply, ServiceError> {
        let (call, leg) = self.find(connection)?;
        let properties = self.calls.get(&call).and_then(|call| describe(call, leg));
        properties
            .map(|properties| Reply::Call(Box::new(properties)))
            .ok_or_else(ServiceError::call_not_found)
    }

    pub(in crate::engine) fn list_participants(
        &mut self,
        connection: &CallConnectionId,
    ) -> Result<Reply, ServiceError> {
        let (call, _) = self.established(connection)?;
        let call = self.calls.get(&call).ok_or_else(ServiceError::call_not_found)?;
        Ok(Reply::Participants(
            call.participants
                .iter()
                .map(super::super::model::Participant::shown)
                .collect(),
        ))
    }

    pub(in crate::engine) fn get_participant(
        &mut self,
        connection: &CallConnectionId,
        raw_id: &str,
    ) -> Result<Reply, ServiceError> {
        let (call, _) = self.established(connection)?;
        let call = self.calls.get(&call).ok_or_else(ServiceError::call_not_found)?;
        let participant = call
            .participant(raw_id)
            .ok_or_else(ServiceError::participant_not_found)?;
        Ok(Reply::Participant(participant.shown()))
    }
}

/// A leg as the response of get shows it.
fn describe(call: &Call, leg: LegKey) -> Option<CallProperties> {
    let leg = call.leg(leg)?;
    Some(CallProperties {
        call_connection_id: leg.id.clone(),
        server_call_id: Some(call.id.clone()),
        targets: leg.targets.clone(),
        call_connection_state: leg.state,
        callback_uri: leg.callback_uri.to_string(),
        source_caller_id_number: leg.caller_id.clone().map(|value| PhoneNumberModel { value }),
        source_display_name: leg.display_name.clone(),
        source: leg.source.clone(),
        correlation_id: call.correlation.clone(),
        answered_by: leg.answered_by.clone().map(|id| UserModel { id }),
        answered_for: leg.answered_for.clone().map(|value| PhoneNumberModel { value }),
        media_streaming_subscription: media_streaming(leg),
        transcription_subscription: Some(transcription(leg)),
    })
}

fn media_streaming(leg: &Leg) -> MediaStreamingSubscription {
    match leg.streams.get(Track::Media) {
        None => MediaStreamingSubscription {
            id: None,
            state: "disabled",
            subscribed_content_types: None,
        },
        Some(stream) => MediaStreamingSubscription {
            id: Some(stream.id.clone()),
            state: stream.state(),
            subscribed_content_types: Some(&["audio"]),
        },
    }
}

fn transcription(leg: &Leg) -> TranscriptionSubscription {
    let off = TranscriptionSubscription {
        id: None,
        state: "disabled",
        subscribed_result_types: &[],
        locale: None,
    };
    let Some(stream) = leg.streams.get(Track::Transcription) else {
        return off;
    };
    let StreamContent::Transcription {
        locale,
        intermediate_results,
        ..
    } = &stream.content
    else {
        return off;
    };
    TranscriptionSubscription {
        id: Some(stream.id.clone()),
        state: stream.state(),
        subscribed_result_types: if *intermediate_results {
            &["intermediate", "final"]
        } else {
            &["final"]
        },
        locale: Some(locale.clone()),
    }
}
