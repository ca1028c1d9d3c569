//! Events of the user's own, posted as if the service had sent them.

use acs_common::CallConnectionId;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{Answer, Asked, Refused, made};
use crate::delivery::callback_time;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Inject {
    /// A leg, whose ids the event gets, and to whose callback address it goes.
    #[serde(default)]
    call_connection_id: Option<String>,
    /// The type of the event, whole or its last part.
    #[serde(default, rename = "type")]
    kind: Option<String>,
    /// What `data` has beside the ids of the leg.
    #[serde(default)]
    data: Map<String, Value>,
    /// Another address.
    #[serde(default)]
    callback_uri: Option<String>,
    /// A whole event, posted as it is.
    #[serde(default)]
    event: Option<Value>,
}

const PREFIX: &str = "Microsoft.Communication.";

/// Posts an event to an application: a whole one to an address, or one of a leg, made of a type and data. It
/// goes the way of all callbacks, with a token, repetitions and faults.
pub(super) fn inject(asked: &Asked<'_>) -> Answer {
    let inject: Inject = asked.read()?;
    let leg = inject
        .call_connection_id
        .as_deref()
        .map(|id| {
            let leg = CallConnectionId::from(id);
            let home = asked.service.host.leg_home(&leg);
            home.map(|home| (leg, home))
                .ok_or_else(|| Refused::not_found("callConnectionId: there is no such leg"))
        })
        .transpose()?;
    let address = match (&inject.callback_uri, &leg) {
        (Some(uri), _) | (None, Some((_, (_, uri)))) => uri.clone(),
        (None, None) => {
            return Err(Refused::invalid(
                "callbackUri: expected an address, or a callConnectionId whose address is taken",
            ));
        }
    };
    let url = Url::parse(&address)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| Refused::invalid("callbackUri: expected an absolute http or https URL"))?;
    let event = match (inject.event, inject.kind) {
        (Some(event @ Value::Object(_)), None) => event,
        (Some(_), None) => return Err(Refused::invalid("event: expected an object")),
        (None, Some(kind)) => {
            let kind = kind.strip_prefix(PREFIX).unwrap_or(&kind).to_owned();
            if kind.is_empty() {
                return Err(Refused::invalid("type: expected the name of an event"));
            }
            build(
                asked,
                &kind,
                leg.as_ref().map(|(leg, (call, _))| (leg, call)),
                inject.data,
            )
        }
        _ => return Err(Refused::invalid("type: expected either a type or a whole event")),
    };
    let call = leg.map(|(leg, (call, _))| (leg.to_string(), call.server_call_id.to_string()));
    let id = event.get("id").cloned();
    let entry = asked.service.host.inject(url, &event, call);
    Ok(made(json!({ "id": id, "journalEntry": entry })))
}

/// An event of a leg.
fn build(
    asked: &Asked<'_>,
    kind: &str,
    leg: Option<(&CallConnectionId, &crate::engine::CallView)>,
    given: Map<String, Value>,
) -> Value {
    let host = &asked.service.host;
    let kind = format!("{PREFIX}{kind}");
    let source = format!(
        "calling/callConnections/{}",
        leg.map_or("", |(leg, _)| leg.as_str())
    );
    let mut data = Map::new();
    if let Some((leg, call)) = leg {
        data.insert("callConnectionId".to_owned(), json!(leg));
        data.insert("serverCallId".to_owned(), json!(call.server_call_id));
        data.insert("correlationId".to_owned(), json!(call.correlation_id));
    }
    data.insert("version".to_owned(), json!(acs_common::API_VERSION));
    data.insert("publicEventType".to_owned(), json!(kind));
    // What is given comes last: it may contradict what the leg says.
    data.extend(given);
    json!({
        "id": host.guid(),
        "source": source,
        "type": kind,
        "data": data,
        "time": callback_time(host.now()),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": source,
    })
}
