//! Creating a call.

use std::sync::Arc;

use acs_common::{CallConnectionId, CommunicationIdentifier, OperationContext};

use crate::engine::Engine;
use crate::engine::check;
use crate::engine::command::CreateCall;
use crate::engine::error::ServiceError;
use crate::engine::media::Media;
use crate::engine::model::{Call, Home, Invite, Leg, LegKind, Participant, Purpose};
use crate::engine::ops::transcription::check_locale;
use crate::engine::reply::{ConnectionState, Reply};
use crate::engine::stream::Streams;
use crate::engine::world::World;

impl Leg {
    /// A leg that begins.
    pub(in crate::engine) fn new(
        world: &mut World,
        kind: LegKind,
        callback_uri: Arc<str>,
        context: Option<OperationContext>,
    ) -> Self {
        Self {
            key: world.next_key(),
            id: CallConnectionId::from(world.guid().to_string()),
            kind,
            state: ConnectionState::Connecting,
            callback_uri,
            context,
            targets: Vec::new(),
            source: None,
            display_name: None,
            caller_id: None,
            answered_by: None,
            answered_for: None,
            sequence: 0,
            transfer: None,
            cognitive: false,
            media: Media::default(),
            streams: Streams::default(),
            timers: Vec::new(),
        }
    }
}

impl Call {
    /// Takes in a leg.
    pub(in crate::engine) fn attach(&mut self, world: &mut World, leg: Leg) {
        world.legs_by_id.insert(leg.id.clone(), (self.key, leg.key));
        world.chain = Some(self.correlation.clone());
        self.legs.push(leg);
    }
}

/// The number in an identifier, where it is one.
pub(in crate::engine) fn number(identifier: &CommunicationIdentifier) -> Option<String> {
    identifier
        .as_phone_number()
        .map(|phone| phone.number().to_owned())
}

impl Engine {
    pub(in crate::engine) fn create_call(&mut self, command: CreateCall) -> Result<Reply, ServiceError> {
        let CreateCall {
            targets,
            callback_uri,
            source,
            source_caller_id_number,
            source_display_name,
            cognitive_services_endpoint,
            media_streaming,
            transcription,
            operation_context,
        } = command;
        let world = &mut self.world;
        let uri = check::callback_uri(&world.config, "CallbackUri", &callback_uri)?;
        if targets.is_empty() {
            return Err(ServiceError::invalid("targets needs at least one entry."));
        }
        let source = source.unwrap_or_else(|| world.application.clone());
        for (index, target) in targets.iter().enumerate() {
            if targets.iter().skip(index + 1).any(|other| other == target) {
                return Err(ServiceError::invalid("targets names somebody twice."));
            }
            if *target == source {
                return Err(ServiceError::invalid("targets names the source of the call."));
            }
        }
        if targets.iter().any(CommunicationIdentifier::is_phone_number) {
            check::caller_id(world, source_caller_id_number.as_ref())?;
        }
        if let Some(options) = &transcription {
            check_locale("transcriptionOptions.locale", &options.locale)?;
        }

        let mut call = Call::new(world, Home::Participants);
        call.group = targets.len() > 1;
        let mut leg = Leg::new(world, LegKind::Create, uri, operation_context);
        leg.cognitive = cognitive_services_endpoint.is_some();
        leg.streams = Streams::new(world, media_streaming, transcription);
        let mut caller = Participant::new(source.clone());
        caller.leg = Some(leg.key);
        call.join(caller);
        leg.source = Some(source.clone());
        leg.caller_id = source_caller_id_number.as_ref().and_then(number);
        let display_name = source_display_name.unwrap_or_default();
        let timeout = world.config.create_timeout;
        let leg_key = leg.key;
        for target in &targets {
            let shown = if target.is_phone_number() {
                source_caller_id_number.as_ref()
            } else {
                None
            };
            let shown = shown.unwrap_or(&source).clone();
            let mut invite = Invite::new(world, target.clone(), shown, Purpose::Create { leg: leg_key });
            invite.display_name.clone_from(&display_name);
            call.invite(world, invite, Some(timeout));
        }
        leg.display_name = Some(display_name);
        leg.targets = targets;
        call.attach(world, leg);
        let reply = Self::describe_new(world, &call, leg_key);
        self.calls.insert(call.key, Box::new(call));
        reply
    }
}
