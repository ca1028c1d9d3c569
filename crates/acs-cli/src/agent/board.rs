//! The calls of an agent as its user knows them: by number.

use std::collections::VecDeque;

use acs_calling::{Call, CallDirection, CallState, IncomingCall, TransferRequest, TransferState};

use super::command::{Until, Which};
use super::notice::{Listed, Participant, Person};

/// How many calls that are over are remembered.
const OVER_KEPT: usize = 64;

/// A call with its number.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u32,
    /// While it rings here.
    pub(super) incoming: Option<IncomingCall>,
    pub(super) call: Option<Call>,
    /// The last state that was told.
    pub(super) state: Option<CallState>,
    pub(super) asked: Option<TransferRequest>,
    pub(super) transfer: Option<TransferState>,
}

impl Entry {
    /// Whether something can still come of it.
    fn is_live(&self) -> bool {
        self.incoming.is_some() || (self.call.is_some() && self.state != Some(CallState::Disconnected))
    }
}

/// All calls since the agent signed in, as far as they are remembered.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: VecDeque<Entry>,
    last: u32,
}

/// How far something is that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Met {
    Yes,
    NotYet,
    /// It cannot come any more, and why.
    Never(String),
}

impl Board {
    fn add(&mut self, incoming: Option<IncomingCall>, call: Option<Call>) -> u32 {
        while self.entries.len() >= OVER_KEPT {
            let Some(over) = self.entries.iter().position(|entry| !entry.is_live()) else {
                break;
            };
            self.entries.remove(over);
        }
        self.last += 1;
        self.entries.push_back(Entry {
            number: self.last,
            incoming,
            call,
            state: None,
            asked: None,
            transfer: None,
        });
        self.last
    }

    pub(super) fn entry(&mut self, number: u32) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.number == number)
    }

    /// A call rings here. Returns its number.
    pub(super) fn rings(&mut self, incoming: IncomingCall) -> u32 {
        self.add(Some(incoming), None)
    }

    /// It does not ring any more.
    pub(super) fn silent(&mut self, number: u32) {
        if let Some(entry) = self.entry(number) {
            entry.incoming = None;
        }
    }

    /// The number of a call; whether it is new. One that was answered keeps the number that it rang with.
    pub(super) fn number(&mut self, call: &Call) -> (u32, bool) {
        let known = self
            .entries
            .iter()
            .find(|entry| entry.call.as_ref() == Some(call));
        if let Some(entry) = known {
            return (entry.number, false);
        }
        let id = call.id();
        let rang = self.entries.iter_mut().find(|entry| {
            entry.call.is_none()
                && entry
                    .incoming
                    .as_ref()
                    .is_some_and(|incoming| *incoming.id() == id)
        });
        if let Some(entry) = rang {
            entry.incoming = None;
            entry.call = Some(call.clone());
            return (entry.number, true);
        }
        (self.add(None, Some(call.clone())), true)
    }

    /// A call as the user named it, if it can still be dealt with.
    fn named(&self, number: u32) -> Result<&Entry, String> {
        let entry = self.entries.iter().find(|entry| entry.number == number);
        match entry {
            Some(entry) if entry.is_live() => Ok(entry),
            Some(_) => Err(format!("CALL: call {number} is over")),
            None if number <= self.last => Err(format!("CALL: call {number} is over")),
            None => Err(format!("CALL: there is no call {number}; `calls` lists them")),
        }
    }

    /// The one that is meant where none is named, of those that could be.
    fn meant<'a>(candidates: &[&'a Entry], what: &str) -> Result<&'a Entry, String> {
        match candidates {
            [entry] => Ok(entry),
            [] => Err(format!("CALL: there is no call that {what}")),
            several => {
                let numbers: Vec<String> = several.iter().map(|entry| entry.number.to_string()).collect();
                let numbers = numbers.join(", ");
                Err(format!("CALL: expected the number of one that {what}: {numbers}"))
            }
        }
    }

    fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_live())
    }

    /// A call that rings here, taken off the board once it was answered or declined.
    pub(super) fn ringing(&self, which: Which) -> Result<(u32, IncomingCall), String> {
        let what = "rings here";
        let entry = if let Some(number) = which {
            self.named(number)?
        } else {
            let ringing: Vec<&Entry> = self.live().filter(|entry| entry.incoming.is_some()).collect();
            Self::meant(&ringing, what)?
        };
        let incoming = entry.incoming.clone();
        let incoming = incoming.ok_or_else(|| format!("CALL: call {} does not ring here", entry.number))?;
        Ok((entry.number, incoming))
    }

    /// A call that goes on. Where none is named: the connected one, or else the only one.
    pub(super) fn call(&self, which: Which) -> Result<(u32, Call), String> {
        self.call_in(which, "goes on", |state| state == CallState::Connected)
    }

    /// As [`call`](Self::call), where another state says which one is meant.
    pub(super) fn call_in(
        &self,
        which: Which,
        what: &str,
        preferred: impl Fn(CallState) -> bool,
    ) -> Result<(u32, Call), String> {
        let entry = if let Some(number) = which {
            self.named(number)?
        } else {
            let calls: Vec<&Entry> = self.live().filter(|entry| entry.call.is_some()).collect();
            let mut best = calls.clone();
            best.retain(|entry| entry.state.is_some_and(&preferred));
            Self::meant(if best.is_empty() { &calls } else { &best }, what)?
        };
        let call = entry.call.clone();
        let call =
            call.ok_or_else(|| format!("CALL: call {} only rings; `answer` takes it", entry.number))?;
        Ok((entry.number, call))
    }

    /// The call that goes to the far end of another one. Where none is named: the only other one.
    pub(super) fn call_beside(&self, which: Which, other: u32) -> Result<(u32, Call), String> {
        if which.is_some() {
            return self.call(which);
        }
        let beside: Vec<&Entry> = self
            .live()
            .filter(|entry| entry.call.is_some() && entry.number != other)
            .collect();
        let number = Self::meant(&beside, "is to be transferred")?.number;
        self.call(Some(number))
    }

    /// The question whether this agent may be transferred, taken off the board.
    pub(super) fn question(&mut self, which: Which) -> Result<(u32, TransferRequest), String> {
        let what = "is to be transferred";
        let number = if let Some(number) = which {
            self.named(number)?.number
        } else {
            let asked: Vec<&Entry> = self.live().filter(|entry| entry.asked.is_some()).collect();
            Self::meant(&asked, what)?.number
        };
        let asked = self.entry(number).and_then(|entry| entry.asked.take());
        let asked = asked.ok_or_else(|| format!("CALL: nobody wants to transfer call {number}"))?;
        Ok((number, asked))
    }

    pub(super) fn is_over(&self, number: u32) -> bool {
        let mut entries = self.entries.iter();
        !entries.any(|entry| entry.number == number && entry.is_live())
    }

    /// Whether there is a call that is not over.
    pub(super) fn is_busy(&self) -> bool {
        self.live().next().is_some()
    }

    /// How far something is that is waited for. `busy` says whether there was a call when the waiting began.
    pub(super) fn met(&self, until: Until, which: Which, busy: bool) -> Met {
        let all = || {
            let entries = self.entries.iter();
            entries.filter(move |entry| which.is_none_or(|number| entry.number == number))
        };
        if let Some(number) = which
            && number > self.last
        {
            return Met::Never(format!("CALL: there is no call {number}; `calls` lists them"));
        }
        let live = |holds: &dyn Fn(&Entry) -> bool| all().any(|entry| entry.is_live() && holds(entry));
        let any_live = live(&|_| true);
        let come = match until {
            Until::Ringing => live(&|entry| entry.incoming.is_some()),
            Until::Connected => live(&|entry| entry.state == Some(CallState::Connected)),
            Until::Held => {
                live(&|entry| matches!(entry.state, Some(CallState::LocalHold | CallState::RemoteHold)))
            }
            Until::Asked => live(&|entry| entry.asked.is_some()),
            Until::Over => return if any_live { Met::NotYet } else { Met::Yes },
            Until::Transferred => {
                // The latest one that was asked for.
                let latest = all().rev().find_map(|entry| entry.transfer);
                return match latest {
                    None => Met::Never("no transfer was asked for".to_owned()),
                    Some(TransferState::Transferred) => Met::Yes,
                    Some(TransferState::Failed(error)) => Met::Never(format!("not transferred: {error}")),
                    Some(_) => Met::NotYet,
                };
            }
            Until::Time => false,
        };
        match come {
            true => Met::Yes,
            false if any_live || until == Until::Time => Met::NotYet,
            false => match which {
                Some(number) => Met::Never(format!("call {number} is over")),
                // A new call may still come where there was none before.
                None if busy && until != Until::Ringing => Met::Never("no call is left".to_owned()),
                None => Met::NotYet,
            },
        }
    }

    /// Those that are not over.
    pub(super) fn list(&self) -> Vec<Listed> {
        let listed = |entry: &Entry| match (&entry.call, &entry.incoming) {
            (Some(call), _) => Listed {
                call: entry.number,
                state: Some(call.state()),
                direction: call.direction(),
                muted: call.is_muted(),
                participants: call.remote_participants().iter().map(Participant::from).collect(),
                server_call_id: call.server_call_id().map(|id| id.as_str().to_owned()),
            },
            (None, incoming) => Listed {
                call: entry.number,
                state: None,
                direction: CallDirection::Incoming,
                muted: false,
                participants: incoming
                    .iter()
                    .map(|incoming| Participant {
                        who: Person::from(incoming.caller_info()),
                        state: acs_calling::ParticipantState::Connected,
                        muted: false,
                        reason: None,
                    })
                    .collect(),
                server_call_id: None,
            },
        };
        self.live().map(listed).collect()
    }
}
