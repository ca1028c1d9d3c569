//! The calls that go on and those that are over.

use acs_common::ServerCallId;
use serde::Deserialize;
use serde_json::json;

use super::parties::outside;
use super::{Answer, Asked, Refused, ok, who};
use crate::engine::{Command, CustomContext, PlaceCall};

/// How many calls are listed unless asked for more or fewer.
const USUAL: u64 = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Place {
    from: String,
    to: String,
    #[serde(default)]
    display_name: Option<String>,
}

pub(super) fn list(asked: &Asked<'_>) -> Answer {
    let most = asked.number("limit")?.unwrap_or(USUAL);
    let (open, ended, calls) = asked
        .service
        .host
        .calls(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(ok(json!({ "open": open, "ended": ended, "calls": calls })))
}

pub(super) fn one(asked: &Asked<'_>) -> Answer {
    match asked.service.host.call(&id(asked)) {
        Some(call) => Ok(ok(call)),
        None => Err(unknown()),
    }
}

/// What stands in the journal about a call; calls that are forgotten may still have entries.
pub(super) fn journal(asked: &Asked<'_>) -> Answer {
    let id = id(asked);
    let journal = asked.service.host.journal();
    let mut entries = journal.snapshot();
    entries.retain(|entry| entry.call.as_deref() == Some(id.as_str()));
    if entries.is_empty() && asked.service.host.call(&id).is_none() {
        return Err(unknown());
    }
    Ok(ok(json!({ "dropped": journal.dropped(), "entries": entries })))
}

/// A call from one party to another, without the application unless it is called.
pub(super) fn place(asked: &Asked<'_>) -> Answer {
    let call: Place = asked.read()?;
    let command = Command::PlaceCall(PlaceCall {
        from: who(&call.from, "from")?,
        to: who(&call.to, "to")?,
        display_name: call.display_name,
        custom_context: CustomContext::default(),
    });
    outside(asked, command)
}

fn id(asked: &Asked<'_>) -> ServerCallId {
    ServerCallId::from(asked.param(0))
}

fn unknown() -> Refused {
    Refused::not_found("serverCallId: there is no such call, or it ended too long ago")
}
