//! Notices as lines of text.

use std::fmt::Write as _;

use acs_calling::{CallDirection, CallEndReason, CallState, ParticipantState};

use super::command::USAGE;
use super::notice::{Headers, Listed, Notice, Participant, Person, Progress};
use crate::terminal::Paint;

/// The line, or lines, of a notice. Nothing for what need not be said to people.
pub(crate) fn text(notice: &Notice, paint: Paint) -> Option<String> {
    let at = |call: &u32| paint.bold(&format!("call {call}"));
    Some(match notice {
        Notice::SignedIn { id, name, endpoint } => {
            let who = named(id, name.as_deref());
            format!(
                "signed in as {} at {endpoint}; `help` lists the commands",
                paint.bold(&who)
            )
        }
        Notice::Connection { connected: true, .. } => paint.green("connected again"),
        Notice::Connection {
            invalid_token: true, ..
        } => paint.red("signed out: the token is not valid any more"),
        Notice::Connection { .. } => paint.red("disconnected; trying to come back"),
        Notice::Ringing {
            call,
            caller,
            transferor,
            headers,
        } => {
            let mut line = format!("{} {} from {}", at(call), paint.magenta("rings,"), person(caller));
            if let Some(transferor) = transferor {
                let _ = write!(line, ", sent by {}", person(transferor));
            }
            if let Some(names) = headers.as_ref().and_then(header_names) {
                line.push_str(&paint.dim(&format!("; headers {names}")));
            }
            line
        }
        Notice::RingingEnded { call, reason } => {
            format!("{} rings no more: {}", at(call), because(*reason))
        }
        Notice::Call {
            call,
            state,
            direction,
            reason,
        } => {
            let word = match (*state, *direction) {
                (CallState::Connected, _) => paint.green(state_word(*state, *direction)),
                (state, direction) => state_word(state, direction).to_owned(),
            };
            let mut line = format!("{} {word}", at(call));
            if let Some(reason) = reason {
                let _ = write!(line, ": {}", because(*reason));
            }
            line
        }
        Notice::Participant { call, participant } => format!("{} {}", at(call), described(participant)),
        Notice::ParticipantGone { call, who } => format!("{} {} is gone", at(call), person(who)),
        Notice::Muted { call, muted: true } => format!("{} muted", at(call)),
        Notice::Muted { call, .. } => format!("{} not muted", at(call)),
        Notice::Transfer { call, state, reason } => {
            let word = match state {
                Progress::Transferring => "transferring".to_owned(),
                Progress::Transferred => paint.green("transferred"),
                Progress::Failed => paint.red("not transferred"),
            };
            let reason = reason.map(|reason| format!(": {}", because(reason)));
            format!("{} {word}{}", at(call), reason.unwrap_or_default())
        }
        Notice::TransferredTo { call, to_call } => {
            format!("{} was transferred: it goes on as {}", at(call), at(to_call))
        }
        Notice::TransferAsked { call, target } => {
            let target = target
                .as_ref()
                .map_or_else(|| "the far end of another call".to_owned(), person);
            format!(
                "{} {} to {target}: `accept` or `refuse`",
                at(call),
                paint.magenta("is to be transferred")
            )
        }
        Notice::Calls { calls } if calls.is_empty() => "no calls".to_owned(),
        Notice::Calls { calls } => {
            let lines: Vec<String> = calls.iter().map(|call| listed(call, paint)).collect();
            lines.join("\n")
        }
        Notice::Who { id, name, connected } => {
            let state = if *connected { "connected" } else { "disconnected" };
            format!("{}, {state}", named(id, name.as_deref()))
        }
        Notice::Help => help(),
        Notice::Pressed { call, keys } => format!("{} pressed {keys}", at(call)),
        Notice::Done { .. } => return None,
        Notice::Refused { message, .. } => format!("{} {message}", paint.red("refused:")),
        Notice::SignedOut => "signed out".to_owned(),
    })
}

fn named(id: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{id} ({})", shown(name)),
        None => id.to_owned(),
    }
}

fn person(person: &Person) -> String {
    let id = person.id.as_deref().unwrap_or("somebody unknown");
    named(&shown(id), person.name.as_deref())
}

/// What others have chosen does not steer the terminal.
fn shown(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

fn header_names(headers: &Headers) -> Option<String> {
    let list = |kind: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{} ({kind})", shown(&names.join(", "))))
    };
    let user_to_user = headers.user_to_user.then(|| "User-To-User".to_owned());
    let all = [
        list("voip", &headers.voip),
        list("sip", &headers.sip),
        user_to_user,
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn state_word(state: CallState, direction: CallDirection) -> &'static str {
    match state {
        CallState::None => "begins",
        CallState::Connecting if direction == CallDirection::Incoming => "is being answered",
        CallState::Connecting => "is being set up",
        CallState::Ringing => "rings there",
        CallState::EarlyMedia => "is heard before the answer",
        CallState::InLobby => "waits to be let in",
        CallState::Connected => "connected",
        CallState::LocalHold => "on hold",
        CallState::RemoteHold => "on hold by the other side",
        CallState::Disconnecting => "is being left",
        CallState::Disconnected => "over",
        _ => "in a state that is not known here",
    }
}

fn participant_word(state: ParticipantState) -> &'static str {
    match state {
        ParticipantState::Idle | ParticipantState::Connecting => "is being reached",
        ParticipantState::Ringing => "is rung",
        ParticipantState::Connected => "is in",
        ParticipantState::Hold => "is on hold",
        ParticipantState::InLobby => "waits to be let in",
        ParticipantState::EarlyMedia => "is heard before the answer",
        ParticipantState::Disconnected => "is out",
        _ => "is in a state that is not known here",
    }
}

fn described(participant: &Participant) -> String {
    let mut line = format!(
        "{} {}",
        person(&participant.who),
        participant_word(participant.state)
    );
    if participant.muted {
        line += ", muted";
    }
    if let Some(reason) = participant.reason {
        let _ = write!(line, ": {}", because(reason));
    }
    line
}

/// A reason with its codes, and in words where those are known.
fn because(reason: CallEndReason) -> String {
    let words = match reason {
        CallEndReason::HUNG_UP => "hung up",
        _ if reason == CallEndReason::new(0, 5001) => "ended by the other side",
        CallEndReason::ENDED_FOR_EVERYONE => "ended for everyone",
        CallEndReason::REMOVED => "removed",
        CallEndReason::ENDED_BY_AUTOMATION => "ended by the application",
        CallEndReason::ENDED_BY_TELEPHONE => "ended by the telephone",
        CallEndReason::CANCELED => "given up",
        CallEndReason::ANSWERED_ELSEWHERE => "answered elsewhere",
        CallEndReason::UNANSWERED => "not answered",
        CallEndReason::DECLINED | CallEndReason::DECLINED_EVERYWHERE => "declined",
        CallEndReason::BUSY => "busy",
        CallEndReason::OFFLINE => "not reachable",
        CallEndReason::TIMED_OUT | CallEndReason::SETUP_TIMED_OUT => "timed out",
        CallEndReason::REPLACED_CALL_NOT_FOUND => "the other call is gone",
        CallEndReason::INVALID_TOKEN => "the token is not valid",
        CallEndReason::NETWORK_LOST | CallEndReason::REQUEST_LOST => "the connection was lost",
        _ => return reason.to_string(),
    };
    format!("{words} ({reason})")
}

fn listed(call: &Listed, paint: Paint) -> String {
    let state = call
        .state
        .map_or("rings", |state| state_word(state, call.direction));
    let mut line = format!("{} {state}", paint.bold(&format!("call {}", call.call)));
    if call.muted {
        line += ", muted";
    }
    for participant in &call.participants {
        let _ = write!(line, "\n    {}", described(participant));
    }
    if let Some(id) = &call.server_call_id {
        line.push_str(&paint.dim(&format!("\n    server call id {id}")));
    }
    line
}

fn help() -> String {
    let lines: Vec<String> = USAGE
        .iter()
        .map(|(_, usage, about)| format!("{usage}\n    {about}"))
        .collect();
    format!(
        "{}\nWHO is a raw id or a telephone number. CALL is a number as shown here; where it is left out, the \
         call that is meant anyway.\nCommands may be shortened.",
        lines.join("\n")
    )
}
