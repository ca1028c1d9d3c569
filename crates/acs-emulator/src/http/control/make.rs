//! Users, numbers, rooms and group calls.

use acs_common::{CommunicationIdentifier, PhoneNumber};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Asked, Refused, made, ok, who};
use crate::engine::{CallLocator, Command, PartyScript, Reply};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MakeUser {
    script: Option<PartyScript>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddNumber {
    number: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct MakeRoom {
    room_id: Option<String>,
    valid_from: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
    participants: Option<Vec<String>>,
    parties: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MakeGroupCall {
    #[serde(default)]
    group_call_id: Option<String>,
    parties: Vec<String>,
}

pub(super) fn user(asked: &Asked<'_>) -> Answer {
    let MakeUser { script } = asked.read_or_default()?;
    let raw_id = asked.service.create_user();
    if let Some(script) = script {
        asked.command(Command::SetScript {
            raw_id: raw_id.clone(),
            script: Some(script),
        })?;
    }
    Ok(made(json!({ "rawId": raw_id })))
}

pub(super) fn numbers(asked: &Asked<'_>) -> Answer {
    Ok(ok(json!({ "numbers": asked.service.host.phone_numbers() })))
}

pub(super) fn number(asked: &Asked<'_>) -> Answer {
    let AddNumber { number } = asked.read()?;
    let number: PhoneNumber = number
        .parse()
        .map_err(|error: acs_common::Error| Refused::invalid(format!("number: {error}")))?;
    asked.command(Command::AddPhoneNumber(number.clone()))?;
    Ok(made(json!({ "number": number })))
}

/// Makes a room, with parties that are in it from the beginning.
pub(super) fn room(asked: &Asked<'_>) -> Answer {
    let room: MakeRoom = asked.read_or_default()?;
    let parties = all(&room.parties, "parties")?;
    let participants = room.participants.map(|listed| all(&listed, "participants"));
    let participants = participants.transpose()?;
    if let Some(listed) = &participants
        && let Some(stranger) = parties.iter().find(|party| !listed.contains(party))
    {
        return Err(Refused::invalid(format!(
            "parties: expected somebody of participants, found {}",
            stranger.raw_id()
        )));
    }
    let room_id = named(room.room_id, "roomId", asked)?;
    if let (Some(from), Some(until)) = (room.valid_from, room.valid_until)
        && until <= from
    {
        return Err(Refused::invalid("validUntil: expected a time after validFrom"));
    }
    asked.command(Command::CreateRoom {
        room_id: room_id.clone(),
        valid_from: room.valid_from,
        valid_until: room.valid_until,
        participants,
    })?;
    let call = join_all(asked, &CallLocator::Room(room_id.clone()), parties)?;
    Ok(made(json!({ "roomId": room_id, "serverCallId": call })))
}

/// Begins a group call of parties alone, for the application to connect to.
pub(super) fn group_call(asked: &Asked<'_>) -> Answer {
    let group: MakeGroupCall = asked.read()?;
    let parties = all(&group.parties, "parties")?;
    if parties.is_empty() {
        return Err(Refused::invalid(
            "parties: expected at least one; a group call begins with its first party",
        ));
    }
    let id = named(group.group_call_id, "groupCallId", asked)?;
    let call = join_all(asked, &CallLocator::Group(id.clone()), parties)?;
    Ok(made(json!({ "groupCallId": id, "serverCallId": call })))
}

fn all(parties: &[String], field: &str) -> Result<Vec<CommunicationIdentifier>, Refused> {
    parties
        .iter()
        .enumerate()
        .map(|(index, party)| who(party, &format!("{field}[{index}]")))
        .collect()
}

/// An id that is given, or a fresh one.
fn named(id: Option<String>, field: &str, asked: &Asked<'_>) -> Result<String, Refused> {
    match id {
        Some(id) if id.is_empty() => Err(Refused::invalid(format!("{field}: expected some text"))),
        Some(id) => Ok(id),
        None => Ok(asked.service.host.guid()),
    }
}

fn join_all(
    asked: &Asked<'_>,
    locator: &CallLocator,
    parties: Vec<CommunicationIdentifier>,
) -> Result<Option<String>, Refused> {
    let mut call = None;
    for party in parties {
        let joined = asked.command(Command::JoinCall {
            locator: locator.clone(),
            party,
            muted: false,
        })?;
        if let Reply::Outside { server_call_id } = joined {
            call = Some(server_call_id.to_string());
        }
    }
    Ok(call)
}
