//! Rosters in few bytes: each participant is its raw id.

use acs_common::CommunicationIdentifier;

use super::bytes::{Reader, Writer};
use crate::data::{CallParticipant, ParticipantsUpdated};

const MUTED: u8 = 1;
const ON_HOLD: u8 = 2;

/// Whether every participant is a user or telephone that its raw id says all of.
pub(super) fn is_plain(update: &ParticipantsUpdated) -> bool {
    u16::try_from(update.participants.len()).is_ok()
        && update
            .participants
            .iter()
            .all(|participant| is_plain_identifier(&participant.identifier))
}

fn is_plain_identifier(identifier: &CommunicationIdentifier) -> bool {
    use CommunicationIdentifier::{CommunicationUser, PhoneNumber};

    match (
        identifier,
        &CommunicationIdentifier::from_raw_id(&identifier.raw_id()),
    ) {
        (CommunicationUser(one), CommunicationUser(other)) => one.id() == other.id(),
        (PhoneNumber(one), PhoneNumber(other)) => {
            one.number() == other.number()
                && one.is_anonymous() == other.is_anonymous()
                && one.asserted_id() == other.asserted_id()
        }
        _ => false,
    }
}

pub(super) fn write(writer: &mut Writer, update: &ParticipantsUpdated) {
    writer.bytes(&update.sequence_number.to_le_bytes());
    // The length was looked at in `is_plain`.
    let count = u16::try_from(update.participants.len()).unwrap_or(u16::MAX);
    writer.bytes(&count.to_le_bytes());
    for participant in &update.participants {
        let muted = if participant.is_muted { MUTED } else { 0 };
        let on_hold = if participant.is_on_hold { ON_HOLD } else { 0 };
        writer.byte(muted | on_hold);
        writer.text(&participant.identifier.raw_id());
    }
}

pub(super) fn read(record: &mut Reader<'_>) -> Option<ParticipantsUpdated> {
    let sequence_number = i32::from_le_bytes(record.array()?);
    let count = usize::from(u16::from_le_bytes(record.array()?));
    let mut participants = Vec::with_capacity(count);
    for _ in 0..count {
        let flags = record.byte()?;
        let identifier = CommunicationIdentifier::from_raw_id(record.text()?.as_str());
        participants.push(
            CallParticipant::new(identifier)
                .muted(flags & MUTED != 0)
                .on_hold(flags & ON_HOLD != 0),
        );
    }
    Some(
        ParticipantsUpdated::new()
            .participants(participants)
            .sequence_number(sequence_number),
    )
}
