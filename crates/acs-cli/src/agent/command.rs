//! What can be said to an agent, and how lines of text are read. Nothing happens here.

use std::time::Duration;

use acs_calling::CallLocator;
use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier, PhoneNumber};

use super::words::Words;

/// How long `wait` waits unless it is told.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// A call as the user names it; the one that is meant anyway where it is not named.
pub(crate) type Which = Option<u32>;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Call {
        to: Vec<CommunicationIdentifier>,
        from: Option<PhoneNumber>,
    },
    Join(CallLocator),
    Answer(Which),
    Reject(Which),
    HangUp {
        call: Which,
        for_everyone: bool,
    },
    Press {
        tones: Vec<DtmfTone>,
        call: Which,
    },
    Mute {
        call: Which,
        muted: bool,
    },
    Hold {
        call: Which,
        held: bool,
    },
    Add {
        who: CommunicationIdentifier,
        from: Option<PhoneNumber>,
        call: Which,
    },
    Remove {
        who: CommunicationIdentifier,
        call: Which,
    },
    Transfer {
        call: Which,
        target: Target,
        hang_up: bool,
    },
    /// Goes along with a transfer that somebody wants, or does not.
    Decide {
        call: Which,
        accept: bool,
    },
    Wait {
        until: Until,
        call: Which,
        limit: Duration,
    },
    Calls,
    Who,
    Help,
    Quit,
}

/// Whither a call is transferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Participant {
        who: CommunicationIdentifier,
        forwarding: bool,
    },
    Call(u32),
    Voicemail(MicrosoftTeamsUserIdentifier),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// A call rings here.
    Ringing,
    Connected,
    /// On hold by either side.
    Held,
    /// No call is left, or the one that is named is over.
    Over,
    /// Somebody wants to transfer this agent.
    Asked,
    /// The transfer that this agent asked for has succeeded.
    Transferred,
    /// The time is up.
    Time,
}

/// Commands, how they are used, and what they do: the order of `help`.
pub(crate) const USAGE: &[(&str, &str, &str)] = &[
    ("call", "call WHO... [from NUMBER]", "call one or several"),
    (
        "join",
        "join group GUID | join room ID",
        "go into a group call or a room",
    ),
    ("answer", "answer [CALL]", "take a call that rings"),
    ("reject", "reject [CALL]", "decline a call that rings"),
    (
        "hang up",
        "hang up [CALL] [for everyone]",
        "leave a call, or end it",
    ),
    (
        "press",
        "press KEYS [in CALL]",
        "press telephone keys, such as 12#",
    ),
    ("mute", "mute [CALL]", "be heard no more"),
    ("unmute", "unmute [CALL]", "be heard again"),
    ("hold", "hold [CALL]", "put a call on hold"),
    ("resume", "resume [CALL]", "take a call back"),
    (
        "add",
        "add WHO [from NUMBER] [in CALL]",
        "invite somebody into a call",
    ),
    ("remove", "remove WHO [in CALL]", "take somebody out of a call"),
    (
        "transfer",
        "transfer [CALL] to WHO [without forwarding] | to call CALL | to voicemail TEAMS-USER",
        "send the far end elsewhere; with `and hang up`, leave when that has worked",
    ),
    (
        "accept",
        "accept [CALL]",
        "go along with a transfer that somebody wants (--ask)",
    ),
    (
        "refuse",
        "refuse [CALL]",
        "do not go along with a transfer that somebody wants (--ask)",
    ),
    ("calls", "calls", "list the calls"),
    ("who", "who", "say who this is, and whether it is connected"),
    (
        "wait",
        "wait SECONDS | wait ringing|connected|held|over|asked|transferred [in CALL] [for SECONDS]",
        "let nothing be done until then",
    ),
    ("help", "help", "list the commands"),
    ("quit", "quit", "leave the calls and sign out"),
];

/// Why a line is no command: which part of it, and what was expected there.
pub(crate) type Unclear = String;

/// Reads a line. An empty one, or one that begins with `#`, asks for nothing.
///
/// Commands may be shortened as long as no other begins in the same way.
///
/// # Errors
///
/// When it cannot be understood.
pub(crate) fn read(line: &str) -> Result<Option<Command>, Unclear> {
    let mut words = Words::of(line);
    let Some(first) = words.next() else {
        return Ok(None);
    };
    if first.starts_with('#') {
        return Ok(None);
    }
    let name = command(first, &mut words)?;
    let command = match name {
        "call" => call(&mut words)?,
        "join" => join(&mut words)?,
        "answer" => Command::Answer(words.call()?),
        "reject" => Command::Reject(words.call()?),
        "hang up" => {
            let for_everyone = words.ends_with(&["for", "everyone"]);
            let call = words.call()?;
            Command::HangUp { call, for_everyone }
        }
        "press" => {
            let call = words.in_call()?;
            let tones = tones(&mut words)?;
            Command::Press { tones, call }
        }
        "mute" | "unmute" => Command::Mute {
            call: words.call()?,
            muted: name == "mute",
        },
        "hold" | "resume" => Command::Hold {
            call: words.call()?,
            held: name == "hold",
        },
        "add" => {
            let call = words.in_call()?;
            let from = words.from()?;
            let who = words.who("WHO")?;
            needs_caller_id(&who, from.as_ref())?;
            Command::Add { who, from, call }
        }
        "remove" => {
            let call = words.in_call()?;
            let who = words.who("WHO")?;
            Command::Remove { who, call }
        }
        "transfer" => transfer(&mut words)?,
        "accept" | "refuse" => Command::Decide {
            call: words.call()?,
            accept: name == "accept",
        },
        "wait" => wait(&mut words)?,
        "calls" => Command::Calls,
        "who" => Command::Who,
        "quit" => Command::Quit,
        _ => Command::Help,
    };
    words.end(usage(name))?;
    Ok(Some(command))
}

/// How a command is used.
fn usage(name: &str) -> &'static str {
    let mut all = USAGE.iter();
    all.find(|(known, ..)| *known == name)
        .map_or("", |(_, usage, _)| usage)
}

/// The command that a line begins with.
fn command(first: &str, words: &mut Words<'_>) -> Result<&'static str, Unclear> {
    let said = first.to_lowercase();
    let spoken = match said.as_str() {
        "exit" | "bye" => "quit",
        "?" => "help",
        "decline" => "reject",
        "unhold" => "resume",
        "hangup" => "hang up",
        other => other,
    };
    let names = || USAGE.iter().map(|(name, ..)| *name);
    let exact = names().find(|name| *name == spoken);
    let meant: Vec<&'static str> = names().filter(|name| name.starts_with(spoken)).collect();
    let name = match (exact, &meant[..]) {
        (Some(name), _) => name,
        (None, [name]) => *name,
        (None, []) => {
            let first = first.escape_debug();
            return Err(format!("command: `{first}` is none; `help` lists them"));
        }
        (None, several) => {
            let first = first.escape_debug();
            return Err(format!(
                "command: `{first}` may be {}; write more of it",
                several.join(" or ")
            ));
        }
    };
    if name == "hang up" && said != "hangup" {
        words.skip("up");
    }
    Ok(name)
}

fn call(words: &mut Words<'_>) -> Result<Command, Unclear> {
    let from = words.from()?;
    let mut to = vec![words.who("WHO")?];
    while !words.is_empty() {
        to.push(words.who("WHO")?);
    }
    for who in &to {
        needs_caller_id(who, from.as_ref())?;
    }
    Ok(Command::Call { to, from })
}

fn needs_caller_id(who: &CommunicationIdentifier, from: Option<&PhoneNumber>) -> Result<(), Unclear> {
    if who.is_phone_number() && from.is_none() {
        return Err(
            "from: expected `from NUMBER`, a number of the resource, for a telephone is called".to_owned(),
        );
    }
    Ok(())
}

fn join(words: &mut Words<'_>) -> Result<Command, Unclear> {
    let expected = "expected `group GUID` or `room ID`";
    let kind = words.next().ok_or_else(|| format!("join: {expected}"))?;
    let id = || format!("{}: expected its id", kind.to_lowercase());
    let locator = match kind.to_lowercase().as_str() {
        "group" => CallLocator::Group {
            group_id: words.next().ok_or_else(id)?.to_owned(),
        },
        "room" => CallLocator::Room {
            room_id: words.next().ok_or_else(id)?.to_owned(),
        },
        _ => return Err(format!("join: {expected}, found `{}`", kind.escape_debug())),
    };
    Ok(Command::Join(locator))
}

fn tones(words: &mut Words<'_>) -> Result<Vec<DtmfTone>, Unclear> {
    let keys: String = std::iter::from_fn(|| words.next()).collect();
    if keys.is_empty() {
        return Err("KEYS: expected keys such as 12#".to_owned());
    }
    let tone = |key: char| {
        DtmfTone::from_key(key.to_ascii_uppercase()).ok_or_else(|| {
            let key = key.escape_debug();
            format!("KEYS: expected 0 to 9, *, #, or A to D, found `{key}`")
        })
    };
    keys.chars().map(tone).collect()
}

fn transfer(words: &mut Words<'_>) -> Result<Command, Unclear> {
    let hang_up = words.ends_with(&["and", "hang", "up"]);
    let without = words.ends_with(&["without", "forwarding"]);
    let call = match words.peek() {
        Some(next) if next.eq_ignore_ascii_case("to") => None,
        _ => words.call()?,
    };
    if !words.skip("to") {
        return Err("transfer: expected `to WHO`, `to call CALL` or `to voicemail TEAMS-USER`".to_owned());
    }
    let target = if words.skip("call") {
        let other = words.call()?;
        Target::Call(other.ok_or("call: expected the number of the call that takes the far end")?)
    } else if words.skip("voicemail") {
        match words.who("voicemail")? {
            CommunicationIdentifier::MicrosoftTeamsUser(user) => Target::Voicemail(user),
            other => {
                let found = other.raw_id().into_owned();
                return Err(format!(
                    "voicemail: expected a Teams user such as 8:orgid:GUID, found `{found}`"
                ));
            }
        }
    } else {
        Target::Participant {
            who: words.who("to")?,
            forwarding: !without,
        }
    };
    if without && !matches!(target, Target::Participant { .. }) {
        return Err("without forwarding: expected only with `to WHO`".to_owned());
    }
    Ok(Command::Transfer {
        call,
        target,
        hang_up,
    })
}

fn wait(words: &mut Words<'_>) -> Result<Command, Unclear> {
    let limit = words.limit()?.unwrap_or(USUAL_WAIT);
    let call = words.in_call()?;
    let expected = "wait: expected seconds, ringing, connected, held, over, asked or transferred";
    let until = words.next().ok_or(expected)?;
    let until = match until.to_lowercase().as_str() {
        "ringing" => Until::Ringing,
        "connected" => Until::Connected,
        "held" => Until::Held,
        "over" => Until::Over,
        "asked" => Until::Asked,
        "transferred" => Until::Transferred,
        seconds => {
            let limit = super::words::seconds(seconds)
                .ok_or_else(|| format!("{expected}, found `{}`", until.escape_debug()))?;
            let until = Until::Time;
            return Ok(Command::Wait { until, call, limit });
        }
    };
    Ok(Command::Wait { until, call, limit })
}
