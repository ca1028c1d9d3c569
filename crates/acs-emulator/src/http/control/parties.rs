//! Users and telephones: what they are doing, and what they are made to do.

use std::collections::{BTreeMap, HashSet};

use acs_common::{ServerCallId, Tones};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Asked, Refused, done, made, ok, who};
use crate::engine::{
    CallLocator, Command, CustomContext, Input, OnRing, PartyAction, PartyKnown, PartyScript, PlaceCall,
    RejectReason, Reply,
};

/// What a party is made to do, in one body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
enum Act {
    Answer,
    Reject {
        #[serde(default)]
        reason: RejectReason,
    },
    HangUp,
    Press {
        tones: Tones,
    },
    Say {
        text: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Reject {
    reason: RejectReason,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    tones: Tones,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Call {
    to: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    sip_headers: BTreeMap<String, String>,
    #[serde(default)]
    voip_headers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "they are the names of the API")]
struct Join {
    server_call_id: Option<String>,
    group_call_id: Option<String>,
    room_id: Option<String>,
}

/// Everybody who was made, has a script, owns a number, or is in a call.
pub(super) fn list(asked: &Asked<'_>) -> Answer {
    let mut parties = asked.service.host.parties();
    for user in asked.service.identities.list() {
        parties.entry(user).or_default();
    }
    let numbers = asked.service.host.phone_numbers();
    let owned = |raw_id: &str| {
        numbers
            .iter()
            .any(|number| raw_id.strip_prefix("4:") == Some(number.as_str()))
    };
    let agents = asked.service.host.agents().views();
    let agents: HashSet<String> = agents.into_iter().map(|agent| agent.raw_id).collect();
    for agent in &agents {
        parties.entry(agent.clone()).or_default();
    }
    let shown: Vec<Value> = parties
        .iter()
        .map(|(raw_id, known)| show(raw_id, known, owned(raw_id), agents.contains(raw_id)))
        .collect();
    Ok(ok(json!({ "parties": shown })))
}

/// One of them; who was never heard of does what all do that have no script.
pub(super) fn one(asked: &Asked<'_>) -> Answer {
    let raw_id = raw_id(asked)?;
    let known = asked.service.host.parties().remove(&raw_id).unwrap_or_default();
    let numbers = asked.service.host.phone_numbers();
    let owned = numbers
        .iter()
        .any(|number| raw_id.strip_prefix("4:") == Some(number.as_str()));
    let agent = asked.service.host.agents().has(&raw_id);
    Ok(ok(show(&raw_id, &known, owned, agent)))
}

/// The call agents that are signed in.
pub(super) fn agents(asked: &Asked<'_>) -> Answer {
    Ok(ok(json!({ "agents": asked.service.host.agents().views() })))
}

fn show(raw_id: &str, known: &PartyKnown, owned: bool, agent: bool) -> Value {
    let kind = if owned {
        "number"
    } else if raw_id.starts_with("4:") {
        "telephone"
    } else if raw_id.starts_with("8:acs:") {
        "user"
    } else {
        "other"
    };
    let mut shown = json!({ "rawId": raw_id, "kind": kind, "agent": agent, "script": known.script, "calls": known.calls });
    if let (Some(settings), Value::Object(shown)) = (&known.calling_settings, &mut shown) {
        shown.insert("callingSettings".to_owned(), json!(settings));
    }
    shown
}

fn raw_id(asked: &Asked<'_>) -> Result<String, Refused> {
    Ok(who(asked.param(0), "rawId")?.raw_id().into_owned())
}

fn make(asked: &Asked<'_>, action: PartyAction) -> Answer {
    let raw_id = raw_id(asked)?;
    asked.command(Command::PartyAction { raw_id, action })?;
    Ok(done())
}

pub(super) fn act(asked: &Asked<'_>) -> Answer {
    let action = match asked.read()? {
        Act::Answer => PartyAction::Answer,
        Act::Reject { reason } => PartyAction::Reject(reason),
        Act::HangUp => PartyAction::HangUp,
        Act::Press { tones } => PartyAction::Input(Input::Press { tones }),
        Act::Say { text } => PartyAction::Input(Input::Say { text }),
    };
    make(asked, action)
}

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    make(asked, PartyAction::Answer)
}

pub(super) fn reject(asked: &Asked<'_>) -> Answer {
    let Reject { reason } = asked.read_or_default()?;
    make(asked, PartyAction::Reject(reason))
}

pub(super) fn hang_up(asked: &Asked<'_>) -> Answer {
    make(asked, PartyAction::HangUp)
}

pub(super) fn press(asked: &Asked<'_>) -> Answer {
    let Press { tones } = asked.read()?;
    make(asked, PartyAction::Input(Input::Press { tones }))
}

pub(super) fn say(asked: &Asked<'_>) -> Answer {
    let Say { text } = asked.read()?;
    make(asked, PartyAction::Input(Input::Say { text }))
}

fn set(asked: &Asked<'_>, script: Option<PartyScript>) -> Answer {
    let raw_id = raw_id(asked)?;
    asked.command(Command::SetScript { raw_id, script })?;
    Ok(done())
}

/// What a party does by itself from now on; `null` takes its script away.
pub(super) fn script(asked: &Asked<'_>) -> Answer {
    let script = asked.read()?;
    set(asked, script)
}

pub(super) fn no_script(asked: &Asked<'_>) -> Answer {
    set(asked, None)
}

/// What a Teams user has set about its calls; `null` where it was given nothing.
pub(super) fn calling_settings(asked: &Asked<'_>) -> Answer {
    let raw_id = raw_id(asked)?;
    Ok(ok(asked.service.host.calling_settings(&raw_id)))
}

/// What it sets from now on; `null` takes its settings away.
pub(super) fn set_calling_settings(asked: &Asked<'_>) -> Answer {
    let (raw_id, settings) = (raw_id(asked)?, asked.read()?);
    asked.command(Command::SetCallingSettings { raw_id, settings })?;
    Ok(done())
}

pub(super) fn remove_calling_settings(asked: &Asked<'_>) -> Answer {
    let (raw_id, settings) = (raw_id(asked)?, None);
    asked.command(Command::SetCallingSettings { raw_id, settings })?;
    Ok(done())
}

/// It rings from now on when it is called, until it is made to answer.
pub(super) fn ring(asked: &Asked<'_>) -> Answer {
    set(asked, Some(PartyScript::on_ring(OnRing::NoAnswer)))
}

/// It leaves its calls and cannot be reached from now on.
pub(super) fn offline(asked: &Asked<'_>) -> Answer {
    let gone = set(asked, Some(PartyScript::offline()))?;
    let raw_id = raw_id(asked)?;
    let action = PartyAction::HangUp;
    // Whoever is in no call has nothing to leave.
    let _ = asked.command(Command::PartyAction { raw_id, action });
    Ok(gone)
}

pub(super) fn call(asked: &Asked<'_>) -> Answer {
    let call: Call = asked.read()?;
    let from = who(asked.param(0), "rawId")?;
    let custom_context = CustomContext {
        sip_headers: call.sip_headers,
        voip_headers: call.voip_headers,
    };
    outside(
        asked,
        Command::PlaceCall(PlaceCall {
            from,
            to: who(&call.to, "to")?,
            display_name: call.display_name,
            custom_context,
        }),
    )
}

pub(super) fn join(asked: &Asked<'_>) -> Answer {
    let locator = match asked.read()? {
        Join {
            server_call_id: Some(id),
            group_call_id: None,
            room_id: None,
        } => CallLocator::ServerCall(ServerCallId::from(id)),
        Join {
            server_call_id: None,
            group_call_id: Some(id),
            room_id: None,
        } => CallLocator::Group(id),
        Join {
            server_call_id: None,
            group_call_id: None,
            room_id: Some(id),
        } => CallLocator::Room(id),
        _ => {
            return Err(Refused::invalid(
                "body: expected one of serverCallId, groupCallId and roomId",
            ));
        }
    };
    let party = who(asked.param(0), "rawId")?;
    outside(
        asked,
        Command::JoinCall {
            locator,
            party,
            muted: false,
        },
    )
}

/// A command that answers with a call.
pub(super) fn outside(asked: &Asked<'_>, command: Command) -> Answer {
    match asked.command(command)? {
        Reply::Outside { server_call_id } => Ok(made(json!({ "serverCallId": server_call_id }))),
        _ => Ok(done()),
    }
}
