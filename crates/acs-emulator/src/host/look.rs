//! A look at calls and parties, those that are over included.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{MutexGuard, PoisonError};

use acs_common::{CallConnectionId, PhoneNumber, ServerCallId};

use super::Host;
use crate::engine::{CallView, CallingSettings, PartyKnown};

/// How many calls are remembered that are over.
const REMEMBERED: usize = 1000;

/// The calls that are over, the latest last.
pub(super) type Ended = VecDeque<CallView>;

impl Host {
    fn ended_calls(&self) -> MutexGuard<'_, Ended> {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep_ended(&self, call: &CallView) {
        let mut ended = self.ended_calls();
        if ended.len() >= REMEMBERED {
            ended.pop_front();
        }
        ended.push_back(call.clone());
    }

    pub(super) fn forget_ended(&self) {
        self.ended_calls().clear();
    }

    /// The calls that go on and, behind them, those that are over, both with the latest first; how many go on,
    /// and how many are remembered.
    pub(crate) fn calls(&self, most: usize) -> (usize, usize, Vec<CallView>) {
        let (open, mut calls) = self.engine().calls(most);
        let ended = self.ended_calls();
        let rest = most.saturating_sub(calls.len());
        calls.extend(ended.iter().rev().take(rest).cloned());
        (open, ended.len(), calls)
    }

    /// One call, of those that go on and those that are remembered.
    pub(crate) fn call(&self, id: &ServerCallId) -> Option<CallView> {
        let open = self.engine().call(id);
        open.or_else(|| {
            let ended = self.ended_calls();
            ended
                .iter()
                .rev()
                .find(|call| call.server_call_id == *id)
                .cloned()
        })
    }

    /// The call of a leg, and where the events of the leg go.
    pub(crate) fn leg_home(&self, leg: &CallConnectionId) -> Option<(CallView, String)> {
        self.engine().leg_home(leg)
    }

    pub(crate) fn parties(&self) -> BTreeMap<String, PartyKnown> {
        self.engine().parties()
    }

    /// What a Teams user has set about its calls.
    pub(crate) fn calling_settings(&self, raw_id: &str) -> Option<CallingSettings> {
        self.engine().calling_settings(raw_id).cloned()
    }

    /// The numbers of the resource, those included that came later.
    pub(crate) fn phone_numbers(&self) -> Vec<PhoneNumber> {
        self.engine().phone_numbers().to_vec()
    }
}
