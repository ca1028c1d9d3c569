//! What is refused before anything happens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acs_common::{CallConnectionId, CommunicationIdentifier, PhoneNumber};
use url::{Host, Url};

use super::Engine;
use super::command::CustomContext;
use super::config::EngineConfig;
use super::error::ServiceError;
use super::model::{CallKey, LegKey};
use super::reply::ConnectionState;
use super::world::World;

/// A callback address: absolute and `https`, or on this machine where that courtesy is allowed.
pub(super) fn callback_uri(config: &EngineConfig, field: &str, text: &str) -> Result<Arc<str>, ServiceError> {
    let url = Url::parse(text).map_err(|_| ServiceError::callback_uri(field))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(ServiceError::callback_uri(field)),
    };
    match url.scheme() {
        "https" => Ok(Arc::from(text)),
        "http" if loopback && config.allow_loopback_http => Ok(Arc::from(text)),
        _ => Err(ServiceError::callback_uri(field)),
    }
}

/// The address that an operation's events go to, if it has one of its own.
pub(super) fn operation_uri(
    config: &EngineConfig,
    text: Option<&str>,
) -> Result<Option<Arc<str>>, ServiceError> {
    text.map(|text| callback_uri(config, "OperationCallbackUri", text))
        .transpose()
}

/// A caller id for a telephone: there, a number, and where that is asked for, one of the resource's.
pub(super) fn caller_id(
    world: &World,
    caller_id: Option<&CommunicationIdentifier>,
) -> Result<CommunicationIdentifier, ServiceError> {
    let Some(caller_id) = caller_id else {
        return Err(ServiceError::invalid(
            "SourceCallerIdNumber is required when a phone number is called.",
        ));
    };
    let Some(number) = caller_id.as_phone_number() else {
        return Err(ServiceError::invalid(
            "SourceCallerIdNumber is not a phone number.",
        ));
    };
    if world.config.require_owned_caller_id && !world.owns(number.number()) {
        return Err(ServiceError::fixed(403, "7507", "Call source identity invalid."));
    }
    Ok(caller_id.clone())
}

/// Whether a telephone can be dialled at all.
pub(super) fn is_dialable(target: &CommunicationIdentifier) -> bool {
    target
        .as_phone_number()
        .is_none_or(|phone| PhoneNumber::new(phone.number()).is_ok())
}

/// The limits of custom calling context (how-to guide on custom context).
pub(super) fn custom_context(context: &CustomContext) -> Result<(), ServiceError> {
    const USER_TO_USER: &str = "User-To-User";
    let sip = context
        .sip_headers
        .keys()
        .filter(|key| !key.eq_ignore_ascii_case(USER_TO_USER))
        .count();
    if sip > 5 {
        return Err(ServiceError::invalid(
            "customCallingContext has more than 5 SIP headers.",
        ));
    }
    if context.voip_headers.len() > 1000 {
        return Err(ServiceError::invalid(
            "customCallingContext has more than 1000 VoIP headers.",
        ));
    }
    for (key, value) in &context.sip_headers {
        if key.eq_ignore_ascii_case(USER_TO_USER) {
            continue;
        }
        if !key.to_ascii_uppercase().starts_with("X-") {
            return Err(ServiceError::invalid(format!(
                "the SIP header {key} begins neither with X- nor with X-MS-Custom-."
            )));
        }
        if value.chars().count() > 256 {
            return Err(ServiceError::invalid(format!(
                "the value of the SIP header {key} is longer than 256 characters."
            )));
        }
    }
    names(&context.sip_headers, "SIP")?;
    names(&context.voip_headers, "VoIP")?;
    for (key, value) in &context.voip_headers {
        if value.chars().count() > 1024 {
            return Err(ServiceError::invalid(format!(
                "the value of the VoIP header {key} is longer than 1024 characters."
            )));
        }
    }
    Ok(())
}

fn names(headers: &BTreeMap<String, String>, kind: &str) -> Result<(), ServiceError> {
    match headers.keys().find(|key| key.chars().count() > 64) {
        Some(key) => Err(ServiceError::invalid(format!(
            "the name of the {kind} header {key} is longer than 64 characters."
        ))),
        None => Ok(()),
    }
}

/// How long an invitation rings.
pub(super) fn invitation_timeout(
    config: &EngineConfig,
    given: Option<Duration>,
) -> Result<Duration, ServiceError> {
    let timeout = given.unwrap_or(config.invitation_timeout);
    if given.is_some() && timeout > Duration::from_secs(180) {
        return Err(ServiceError::invalid(
            "InvitationTimeoutInSeconds must be between 0 and 180.",
        ));
    }
    Ok(timeout)
}

impl Engine {
    /// A leg in any state.
    pub(super) fn find(&mut self, connection: &CallConnectionId) -> Result<(CallKey, LegKey), ServiceError> {
        let found = self
            .world
            .legs_by_id
            .get(connection)
            .copied()
            .ok_or_else(ServiceError::call_not_found)?;
        self.world.chain = self.calls.get(&found.0).map(|call| call.correlation.clone());
        Ok(found)
    }

    /// A leg that operations can be carried out on.
    pub(super) fn established(
        &mut self,
        connection: &CallConnectionId,
    ) -> Result<(CallKey, LegKey), ServiceError> {
        let (call, leg) = self.find(connection)?;
        let found = self.calls.get(&call).and_then(|call| call.leg(leg));
        match found.ok_or_else(ServiceError::call_not_found)?.state {
            ConnectionState::Connecting => Err(ServiceError::not_established()),
            ConnectionState::Disconnecting => Err(ServiceError::terminated()),
            ConnectionState::Connected | ConnectionState::Transferring => Ok((call, leg)),
        }
    }
}
