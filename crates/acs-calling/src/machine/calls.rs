//! Calls: placed, taken, held, ended. At most one of them is connected at a time.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_common::enums::DtmfTone;

use super::{Link, Machine, Output, Purpose};
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::protocol::{
    CallDirection, CallEndReason, CallId, CallLocator, CallSnapshot, CallState, CustomContext, Request,
};

/// A call that is not over.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub(super) struct CallEntry {
    /// What the service said last.
    pub(super) said: CallSnapshot,
    /// What was told last.
    shown: CallSnapshot,
    /// This side wants it on hold, whatever the service says as yet.
    holding: bool,
    /// This side wants it back, so the service's word that it is on hold is the old one.
    resuming: bool,
    /// This side leaves it.
    pub(super) leaving: bool,
    /// This side wants to be muted, or did when it was last asked.
    wants_muted: bool,
    /// When it has to be answered.
    pub(super) set_up_by: Option<Duration>,
    /// The larger, the later it became active.
    activation: u64,
}

impl CallEntry {
    fn new(snapshot: CallSnapshot, set_up_by: Option<Duration>) -> Self {
        Self {
            wants_muted: snapshot.is_muted,
            shown: snapshot.clone(),
            said: snapshot,
            holding: false,
            resuming: false,
            leaving: false,
            set_up_by,
            activation: 0,
        }
    }

    pub(super) fn renamed(&mut self, new: &CallId, previous: &[CallId]) {
        for view in [&mut self.said, &mut self.shown] {
            view.id = new.clone();
            view.previous_ids = previous.to_vec();
        }
    }

    pub(super) fn state(&self) -> CallState {
        match self.said.state {
            CallState::Disconnected => CallState::Disconnected,
            _ if self.leaving => CallState::Disconnecting,
            CallState::Connected | CallState::RemoteHold if self.holding => CallState::LocalHold,
            state => state,
        }
    }
}

/// How a call begins.
#[derive(Clone, Debug)]
pub(crate) enum Beginning {
    Start {
        participants: Vec<CommunicationIdentifier>,
        alternate_caller_id: Option<String>,
        custom_context: Option<CustomContext>,
    },
    Join(CallLocator),
}

impl Machine {
    pub(crate) fn begin(
        &mut self,
        now: Duration,
        call: CallId,
        beginning: Beginning,
        muted: bool,
    ) -> Result<u64, Error> {
        self.linked()?;
        if self.in_use(&call) {
            return Err(Error::input("call", "expected an id that is not in use"));
        }
        let telephone = matches!(&beginning, Beginning::Start { participants, .. }
            if participants.iter().any(CommunicationIdentifier::is_phone_number));
        let limit = if telephone {
            limits::SET_UP_TELEPHONE
        } else {
            limits::SET_UP
        };
        let mut snapshot = CallSnapshot::new(call.clone(), CallDirection::Outgoing, CallState::Connecting);
        snapshot.is_muted = muted;
        self.add_call(snapshot, Some(now + limit));
        let request = match beginning {
            Beginning::Start {
                participants,
                alternate_caller_id,
                custom_context,
            } => Request::StartCall {
                call: call.clone(),
                participants,
                alternate_caller_id,
                custom_context,
                muted,
            },
            Beginning::Join(locator) => Request::Join {
                call: call.clone(),
                locator,
                muted,
            },
        };
        Ok(self.send(now, request, Purpose::Start(call)))
    }

    /// Whether there is a call of that name, or one that rings.
    pub(super) fn in_use(&self, id: &CallId) -> bool {
        self.calls.contains_key(id) || self.incoming.contains_key(id)
    }

    pub(super) fn add_call(&mut self, snapshot: CallSnapshot, set_up_by: Option<Duration>) {
        self.outputs.push(Output::CallAdded(snapshot.clone()));
        self.calls
            .insert(snapshot.id.clone(), CallEntry::new(snapshot, set_up_by));
    }

    /// A start or a join was answered.
    pub(super) fn started(&mut self, call: &CallId, refused: Option<CallEndReason>) {
        if let Some(reason) = refused {
            self.end_call(call, reason);
        }
    }

    /// The service says how a call is.
    pub(super) fn call_changed(&mut self, now: Duration, snapshot: CallSnapshot) {
        let id = snapshot.id.clone();
        self.rename(&id, &snapshot.previous_ids);
        let Some(entry) = self.calls.get_mut(&id) else {
            return;
        };
        if !entry.said.state.may_become(snapshot.state) {
            tracing::debug!(call = %id, from = ?entry.said.state, to = ?snapshot.state, "passed over");
            return;
        }
        if snapshot.state == CallState::Disconnected {
            let reason = snapshot.end_reason.unwrap_or(CallEndReason::HUNG_UP);
            entry.said = CallSnapshot {
                state: entry.said.state,
                ..snapshot
            };
            self.end_call(&id, reason);
            return;
        }
        if snapshot.state.is_established() || snapshot.state == CallState::InLobby {
            entry.set_up_by = None;
        }
        let was_active = entry.shown.state == CallState::Connected;
        let muted_by_others = snapshot.is_muted && !entry.said.is_muted && !entry.wants_muted;
        entry.said = snapshot;
        if entry.said.state == CallState::LocalHold {
            entry.holding = false;
        }
        if entry.state() == CallState::Connected && !was_active {
            self.activate(now, &id);
        }
        self.show(&id);
        if muted_by_others {
            self.outputs.push(Output::MutedByOthers(id));
        }
    }

    /// A call becomes the active one: every other is put on hold first.
    fn activate(&mut self, now: Duration, id: &CallId) {
        self.activations += 1;
        let activation = self.activations;
        if let Some(entry) = self.calls.get_mut(id) {
            entry.activation = activation;
        }
        self.hold_others(now, id);
    }

    fn hold_others(&mut self, now: Duration, id: &CallId) {
        let others: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(other, entry)| *other != id && entry.state() == CallState::Connected)
            .map(|(other, _)| other.clone())
            .collect();
        for other in others {
            self.put_on_hold(now, &other);
        }
    }

    fn put_on_hold(&mut self, now: Duration, id: &CallId) -> Option<u64> {
        let entry = self.calls.get_mut(id)?;
        entry.holding = true;
        entry.resuming = false;
        self.show(id);
        let request = Request::Hold { call: id.clone() };
        (self.link == Link::Up).then(|| self.send(now, request, Purpose::Hold(id.clone())))
    }

    /// Tells how a call is now, if that is not how it was.
    pub(super) fn show(&mut self, id: &CallId) {
        let Some(entry) = self.calls.get_mut(id) else {
            return;
        };
        let mut view = entry.said.clone();
        view.state = entry.state();
        if view != entry.shown {
            entry.shown = view.clone();
            self.outputs.push(Output::Call(view));
        }
    }

    /// A call is over.
    pub(super) fn end_call(&mut self, id: &CallId, reason: CallEndReason) {
        let Some(mut entry) = self.calls.remove(id) else {
            return;
        };
        let left = entry.leaving;
        entry.said.state = CallState::Disconnected;
        entry.said.end_reason = Some(reason);
        for participant in &mut entry.said.participants {
            participant.state = crate::protocol::ParticipantState::Disconnected;
        }
        self.outputs.push(Output::Call(entry.said));
        self.outputs.push(Output::CallRemoved(id.clone()));
        self.transfers_of_ended_call(id, reason, left);
        self.questions.retain(|_, call| call != id);
    }

    pub(super) fn tick_calls(&mut self, now: Duration) {
        let late: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, entry)| entry.set_up_by.is_some_and(|due| due <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if self.link == Link::Up {
                let call = id.clone();
                self.send(
                    now,
                    Request::HangUp {
                        call,
                        for_everyone: false,
                    },
                    Purpose::Plain,
                );
            }
            self.end_call(&id, CallEndReason::SETUP_TIMED_OUT);
        }
    }

    pub(super) fn reconcile_calls(&mut self, now: Duration, calls: Vec<CallSnapshot>) {
        for call in &calls {
            self.rename(&call.id, &call.previous_ids);
        }
        let gone: Vec<CallId> = self
            .calls
            .keys()
            .filter(|id| calls.iter().all(|call| call.id != **id))
            .cloned()
            .collect();
        for id in gone {
            // What this side was leaving has been left.
            let left = self.calls.get(&id).is_some_and(|entry| entry.leaving);
            let reason = if left {
                CallEndReason::HUNG_UP
            } else {
                CallEndReason::NETWORK_LOST
            };
            self.end_call(&id, reason);
        }
        for call in calls {
            let id = call.id.clone();
            let Some(entry) = self.calls.get(&id) else {
                // Its beginning was given up when the connection was lost.
                if call.state != CallState::Disconnected {
                    let request = Request::HangUp {
                        call: id,
                        for_everyone: false,
                    };
                    self.send(now, request, Purpose::Plain);
                }
                continue;
            };
            let (holding, leaving) = (entry.holding, entry.leaving);
            self.call_changed(now, call);
            if leaving && self.calls.contains_key(&id) {
                let request = Request::HangUp {
                    call: id.clone(),
                    for_everyone: false,
                };
                self.send(now, request, Purpose::HangUp(id));
            } else if holding && self.calls.get(&id).is_some_and(|entry| entry.holding) {
                self.send(now, Request::Hold { call: id.clone() }, Purpose::Hold(id));
            }
        }
    }

    pub(super) fn call(&self, id: &CallId) -> Result<&CallEntry, Error> {
        self.calls
            .get(id)
            .ok_or_else(|| Error::new(ErrorKind::CallNotFound, "the call is over"))
    }

    pub(super) fn established_call(&self, id: &CallId) -> Result<&CallEntry, Error> {
        let entry = self.call(id)?;
        if entry.state().is_established() {
            return Ok(entry);
        }
        let state = entry.state();
        Err(Error::new(
            ErrorKind::WrongState,
            format!("the call is not connected, but {state:?}"),
        ))
    }

    /// Leaves a call. Nothing is to be waited for where it is over already, or while the connection is lost:
    /// then it is left when that is back.
    pub(crate) fn hang_up(
        &mut self,
        now: Duration,
        id: &CallId,
        for_everyone: bool,
    ) -> Result<Option<u64>, Error> {
        if self.link == Link::Over || !self.calls.contains_key(id) {
            return Ok(None);
        }
        if for_everyone {
            self.linked()?;
            let call = id.clone();
            let request = Request::HangUp { call, for_everyone };
            return Ok(Some(self.send(now, request, Purpose::Plain)));
        }
        let again = match self.calls.get_mut(id) {
            Some(entry) => std::mem::replace(&mut entry.leaving, true),
            None => true,
        };
        self.show(id);
        if again || self.link != Link::Up {
            return Ok(None);
        }
        let request = Request::HangUp {
            call: id.clone(),
            for_everyone,
        };
        Ok(Some(self.send(now, request, Purpose::HangUp(id.clone()))))
    }

    /// A call that the service does not let go is left all the same.
    pub(super) fn hung_up(&mut self, id: &CallId, refused: Option<CallEndReason>) {
        if refused != Some(CallEndReason::REQUEST_LOST) {
            self.end_call(id, CallEndReason::HUNG_UP);
        }
    }

    pub(crate) fn hold(&mut self, now: Duration, id: &CallId) -> Result<Option<u64>, Error> {
        self.linked()?;
        let entry = self.established_call(id)?;
        if entry.state() == CallState::LocalHold && !entry.resuming {
            return Ok(None);
        }
        Ok(self.put_on_hold(now, id))
    }

    /// A hold was answered. A call that cannot be held while another is active cannot go on.
    pub(super) fn held(&mut self, now: Duration, id: &CallId, refused: Option<CallEndReason>) {
        let Some(entry) = self.calls.get_mut(id) else {
            return;
        };
        match refused {
            None => {
                if entry.holding && entry.said.state.is_established() {
                    entry.said.state = CallState::LocalHold;
                    entry.holding = false;
                }
                self.show(id);
            }
            // It is held as far as this side is concerned, and said again when the connection is back.
            Some(CallEndReason::REQUEST_LOST) => {}
            Some(_) => {
                let other_active = self
                    .calls
                    .iter()
                    .any(|(other, entry)| other != id && entry.state() == CallState::Connected);
                if other_active {
                    let _ = self.hang_up(now, id, false);
                } else if let Some(entry) = self.calls.get_mut(id) {
                    entry.holding = false;
                    if entry.state() == CallState::Connected {
                        self.activate(now, id);
                    }
                    self.show(id);
                }
            }
        }
    }

    pub(crate) fn resume(&mut self, now: Duration, id: &CallId) -> Result<Option<u64>, Error> {
        self.linked()?;
        let entry = self.established_call(id)?;
        if entry.state() != CallState::LocalHold {
            return Ok(None);
        }
        self.hold_others(now, id);
        if let Some(entry) = self.calls.get_mut(id) {
            entry.resuming = true;
        }
        let request = Request::Resume { call: id.clone() };
        Ok(Some(self.send(now, request, Purpose::Resume(id.clone()))))
    }

    pub(super) fn resumed(&mut self, now: Duration, id: &CallId, refused: Option<CallEndReason>) {
        let Some(entry) = self.calls.get_mut(id) else {
            return;
        };
        let wanted = std::mem::replace(&mut entry.resuming, false);
        if refused.is_none() && wanted {
            entry.holding = false;
            if entry.said.state == CallState::LocalHold {
                entry.said.state = CallState::Connected;
            }
            if entry.state() == CallState::Connected && entry.shown.state != CallState::Connected {
                self.activate(now, id);
            }
            self.show(id);
        }
    }

    pub(crate) fn mute(&mut self, now: Duration, id: &CallId, muted: bool) -> Result<u64, Error> {
        self.linked()?;
        self.call(id)?;
        if let Some(entry) = self.calls.get_mut(id) {
            entry.wants_muted = muted;
        }
        let call = id.clone();
        Ok(self.send(now, Request::Mute { call, muted }, Purpose::Mute(id.clone())))
    }

    pub(super) fn mute_answered(&mut self, id: &CallId, refused: Option<CallEndReason>) {
        if refused.is_some()
            && let Some(entry) = self.calls.get_mut(id)
        {
            entry.wants_muted = entry.said.is_muted;
        }
    }

    pub(crate) fn send_dtmf(&mut self, now: Duration, id: &CallId, tone: DtmfTone) -> Result<u64, Error> {
        self.linked()?;
        self.established_call(id)?;
        let call = id.clone();
        Ok(self.send(now, Request::SendDtmf { call, tone }, Purpose::Plain))
    }

    pub(crate) fn add_participant(
        &mut self,
        now: Duration,
        id: &CallId,
        participant: CommunicationIdentifier,
        alternate_caller_id: Option<String>,
    ) -> Result<u64, Error> {
        self.linked()?;
        self.established_call(id)?;
        let request = Request::AddParticipant {
            call: id.clone(),
            participant,
            alternate_caller_id,
        };
        Ok(self.send(now, request, Purpose::Plain))
    }

    pub(crate) fn remove_participant(
        &mut self,
        now: Duration,
        id: &CallId,
        participant: CommunicationIdentifier,
    ) -> Result<u64, Error> {
        self.linked()?;
        self.established_call(id)?;
        let request = Request::RemoveParticipant {
            call: id.clone(),
            participant,
        };
        Ok(self.send(now, request, Purpose::Plain))
    }
}
