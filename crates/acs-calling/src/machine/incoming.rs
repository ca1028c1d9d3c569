//! Calls that ring here. Each ends exactly once: accepted, rejected, or ended by somebody else.

use std::time::Duration;

use super::{Machine, Output, Purpose};
use crate::error::{Error, ErrorKind};
use crate::protocol::{
    CallDirection, CallEndReason, CallId, CallSnapshot, CallState, IncomingCallInfo, Request,
};

/// How a ringing call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncomingEnd {
    /// It became a call of this agent.
    Accepted,
    /// This agent declined it.
    Rejected,
    /// The caller gave up, somebody else answered, nobody did, or the connection was lost.
    Ended(CallEndReason),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Ringing,
    /// An answer is on its way.
    Answering,
}

#[derive(Debug)]
pub(super) struct IncomingEntry {
    info: IncomingCallInfo,
    phase: Phase,
}

/// What became of the notification of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncomingCallHandled {
    /// Which call.
    pub call_id: CallId,
    /// 200 when it rings here; 481 when it does not, for another call has its id.
    pub code: u16,
    /// The finer code.
    pub sub_code: Option<u32>,
}

impl Machine {
    pub(super) fn rings(&mut self, info: IncomingCallInfo) {
        let id = info.id.clone();
        if let Some(entry) = self.incoming.get_mut(&id) {
            // Known already: more may be known of who calls.
            if entry.info != info {
                entry.info = info.clone();
                self.outputs.push(Output::IncomingChanged(info));
            }
            return;
        }
        let (code, sub_code) = if self.calls.contains_key(&id) {
            (481, None)
        } else {
            self.outputs.push(Output::Incoming(info.clone()));
            let phase = Phase::Ringing;
            self.incoming.insert(id.clone(), IncomingEntry { info, phase });
            (200, Some(0))
        };
        self.outputs.push(Output::IncomingHandled(IncomingCallHandled {
            call_id: id,
            code,
            sub_code,
        }));
    }

    /// It rings no more. An answer that is on its way has lost the race; the service will say so, too.
    pub(super) fn incoming_ended(&mut self, id: &CallId, reason: CallEndReason) {
        if self.incoming.remove(id).is_some() {
            self.outputs
                .push(Output::IncomingEnded(id.clone(), IncomingEnd::Ended(reason)));
        }
    }

    pub(super) fn reconcile_incoming(&mut self, incoming: Vec<IncomingCallInfo>) {
        let gone: Vec<CallId> = self
            .incoming
            .keys()
            .filter(|id| incoming.iter().all(|info| info.id != **id))
            .cloned()
            .collect();
        for id in gone {
            self.incoming_ended(&id, CallEndReason::NETWORK_LOST);
        }
        for info in incoming {
            self.rings(info);
        }
    }

    fn ringing(&mut self, id: &CallId) -> Result<&mut IncomingEntry, Error> {
        self.linked()?;
        self.incoming
            .get_mut(id)
            .filter(|entry| entry.phase == Phase::Ringing)
            .ok_or_else(|| Error::new(ErrorKind::NoLongerRinging, "the call does not ring any more"))
    }

    pub(crate) fn accept(&mut self, now: Duration, id: &CallId, muted: bool) -> Result<u64, Error> {
        let entry = self.ringing(id)?;
        entry.phase = Phase::Answering;
        let mut snapshot = CallSnapshot::new(id.clone(), CallDirection::Incoming, CallState::Connecting);
        snapshot.caller = Some(entry.info.caller.clone());
        snapshot.transferor.clone_from(&entry.info.transferor);
        snapshot.is_muted = muted;
        self.add_call(snapshot, Some(now + crate::limits::SET_UP));
        let call = id.clone();
        Ok(self.send(now, Request::Accept { call, muted }, Purpose::Accept(id.clone())))
    }

    pub(super) fn accepted(&mut self, id: &CallId, refused: Option<CallEndReason>) {
        let Some(reason) = refused else {
            // Where the call ended while the answer was on its way, its end was told already.
            if self.incoming.remove(id).is_some() {
                let told = Output::IncomingEnded(id.clone(), IncomingEnd::Accepted);
                self.outputs.push(told);
            }
            return;
        };
        self.end_call(id, reason);
        self.incoming_ended(id, reason);
    }

    pub(crate) fn reject(&mut self, now: Duration, id: &CallId) -> Result<u64, Error> {
        let entry = self.ringing(id)?;
        entry.phase = Phase::Answering;
        let call = id.clone();
        Ok(self.send(now, Request::Reject { call }, Purpose::Reject(id.clone())))
    }

    pub(super) fn rejected(&mut self, id: &CallId, refused: Option<CallEndReason>) {
        match refused {
            None => {
                if self.incoming.remove(id).is_some() {
                    let told = Output::IncomingEnded(id.clone(), IncomingEnd::Rejected);
                    self.outputs.push(told);
                }
            }
            Some(reason) => self.incoming_ended(id, reason),
        }
    }
}
