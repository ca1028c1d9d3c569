//! Transfers, as the transferor and as the transferee see them.

use std::time::Duration;

use acs_common::CommunicationIdentifier;

use super::{Link, Machine, Output, Purpose};
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::protocol::{
    CallEndReason, CallId, CallSnapshot, CallState, CustomContext, Request, TransferError, TransferId,
    TransferProgress, TransferRequestId, TransferStatus, TransferTarget,
};

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferState {
    /// Asked for, and not sent yet.
    None,
    /// On its way.
    Transferring,
    /// The transferee was connected with the target, or with the voicemail.
    Transferred,
    /// Nothing came of it; the call goes on.
    Failed(TransferError),
}

impl TransferState {
    /// Whether it changes no more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Transferred | Self::Failed(_))
    }
}

/// What a transfer is to do.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) call: CallId,
    pub(crate) target: TransferTarget,
    pub(crate) custom_context: Option<CustomContext>,
    /// Leave the call once the far end is gone.
    pub(crate) hang_up: bool,
}

#[derive(Debug)]
pub(super) struct TransferEntry {
    pub(super) wanted: Moved,
    state: TransferState,
    pub(super) due: Duration,
}

impl Machine {
    /// Asks for a transfer. While the connection is lost it waits for that, as long as a transfer may take.
    pub(crate) fn transfer(
        &mut self,
        now: Duration,
        id: &TransferId,
        mut wanted: Moved,
    ) -> Result<(), Error> {
        if self.link == Link::Over {
            return self.linked();
        }
        if let TransferTarget::Call { call } = &mut wanted.target {
            *call = self.current_id(call);
        }
        self.established_call(&wanted.call)?;
        if let TransferTarget::Call { call } = &wanted.target {
            if *call == wanted.call {
                return Err(Error::input(
                    "target_call",
                    "expected another call than the one that is moved",
                ));
            }
            self.established_call(call)?;
        }
        if self
            .transfers
            .values()
            .any(|other| other.wanted.call == wanted.call)
        {
            return Err(Error::new(
                ErrorKind::TransferInProgress,
                "another transfer of this call is under way",
            )
            .with_reason(CallEndReason::new(409, 8607)));
        }
        let due = now + limits::TRANSFER;
        let state = TransferState::None;
        self.transfers
            .insert(id.clone(), TransferEntry { wanted, state, due });
        self.outputs.push(Output::Transfer(id.clone(), state));
        self.send_transfer(now, id);
        Ok(())
    }

    fn send_transfer(&mut self, now: Duration, id: &TransferId) {
        let Some(entry) = self.transfers.get_mut(id) else {
            return;
        };
        if self.link != Link::Up || entry.state != TransferState::None {
            return;
        }
        entry.state = TransferState::Transferring;
        let request = Request::Transfer {
            call: entry.wanted.call.clone(),
            transfer: id.clone(),
            target: entry.wanted.target.clone(),
            custom_context: entry.wanted.custom_context.clone(),
        };
        self.outputs
            .push(Output::Transfer(id.clone(), TransferState::Transferring));
        self.send(now, request, Purpose::Transfer(id.clone()));
    }

    pub(super) fn transfer_answered(
        &mut self,
        now: Duration,
        id: &TransferId,
        refused: Option<CallEndReason>,
    ) {
        match refused {
            // What became of a request that was lost is known when the connection is back.
            None | Some(CallEndReason::REQUEST_LOST) => {}
            Some(reason) => {
                self.transfer_failed(id, reason);
                if reason == CallEndReason::TIMED_OUT {
                    self.cancel_transfer(now, id.clone());
                }
            }
        }
    }

    /// Nobody is to ring any more for a transfer that was given up.
    fn cancel_transfer(&mut self, now: Duration, transfer: TransferId) {
        if self.link == Link::Up {
            self.send(now, Request::CancelTransfer { transfer }, Purpose::Plain);
        }
    }

    pub(super) fn transfer_progress(&mut self, now: Duration, status: &TransferStatus) {
        match status.progress {
            TransferProgress::Transferring => {}
            TransferProgress::Transferred => self.transferred(now, &status.id),
            TransferProgress::Failed { error } => self.transfer_failed(&status.id, error),
        }
    }

    fn transferred(&mut self, now: Duration, id: &TransferId) {
        let Some(entry) = self.transfers.remove(id) else {
            return;
        };
        let state = TransferState::Transferred;
        self.outputs.push(Output::Transfer(id.clone(), state));
        if entry.wanted.hang_up {
            let mut left = vec![entry.wanted.call];
            if let TransferTarget::Call { call } = entry.wanted.target {
                left.push(call);
            }
            for call in left {
                // What is over already needs no goodbye.
                let _ = self.hang_up(now, &call, false);
            }
        }
    }

    pub(super) fn transfer_failed(&mut self, id: &TransferId, error: TransferError) {
        if self.transfers.remove(id).is_some() {
            let state = TransferState::Failed(error);
            self.outputs.push(Output::Transfer(id.clone(), state));
        }
    }

    /// The time is up. The service is told, lest the target rings on; what answers all the same finds the
    /// transferee with one active call, for the other is put on hold there.
    pub(super) fn tick_transfers(&mut self, now: Duration) {
        let late: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, entry)| entry.due <= now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            let sent = self
                .transfers
                .get(&id)
                .is_some_and(|entry| entry.state == TransferState::Transferring);
            self.transfer_failed(&id, CallEndReason::TIMED_OUT);
            if sent {
                self.cancel_transfer(now, id);
            }
        }
    }

    /// A call that was being transferred is over. Where its transferor left it, the transfer goes on; where
    /// the transferee did, or the target's call is gone, nothing can come of it.
    pub(super) fn transfers_of_ended_call(&mut self, id: &CallId, reason: CallEndReason, left: bool) {
        if left {
            return;
        }
        let failed: Vec<TransferId> = self
            .transfers
            .iter()
            .filter(|(_, entry)| entry.wanted.call == *id)
            .map(|(transfer, _)| transfer.clone())
            .collect();
        for transfer in failed {
            self.transfer_failed(&transfer, reason);
        }
    }

    pub(super) fn reconcile_transfers(&mut self, now: Duration, statuses: &[TransferStatus]) {
        for id in self.transfers.keys().cloned().collect::<Vec<_>>() {
            let unsent = self
                .transfers
                .get(&id)
                .is_some_and(|entry| entry.state == TransferState::None);
            if unsent {
                self.send_transfer(now, &id);
            } else if statuses.iter().all(|status| status.id != id) {
                self.transfer_failed(&id, CallEndReason::REQUEST_LOST);
            }
        }
        for status in statuses {
            self.transfer_progress(now, status);
        }
    }

    /// This endpoint is transferred: the service has begun a call to the target for it.
    pub(super) fn transfer_accepted(&mut self, now: Duration, call: CallId, target: CallSnapshot) {
        let id = target.id.clone();
        if self.in_use(&id) || target.state == CallState::Disconnected {
            return;
        }
        let early = CallSnapshot {
            state: CallState::Connecting,
            ..target.clone()
        };
        // Whether the target is a telephone is not known here.
        self.add_call(early, Some(now + limits::SET_UP_TELEPHONE));
        if self.calls.contains_key(&call) {
            self.outputs.push(Output::TransferAccepted { call, target: id });
        }
        self.call_changed(now, target);
    }

    /// This endpoint is to be transferred and may say no.
    pub(super) fn asked(
        &mut self,
        now: Duration,
        request: TransferRequestId,
        call: CallId,
        target: Option<CommunicationIdentifier>,
    ) {
        if !self.calls.contains_key(&call) {
            let _ = self.answer(now, request, false, false);
            return;
        }
        self.questions.insert(request.clone(), call.clone());
        self.outputs.push(Output::TransferRequested {
            request,
            call,
            target,
        });
    }

    fn answer(&mut self, now: Duration, question: TransferRequestId, accept: bool, muted: bool) -> u64 {
        let request = Request::AnswerTransfer {
            transfer_request: question,
            accept,
            muted,
        };
        self.send(now, request, Purpose::Plain)
    }

    pub(crate) fn answer_transfer(
        &mut self,
        now: Duration,
        question: &TransferRequestId,
        accept: bool,
        muted: bool,
    ) -> Result<u64, Error> {
        self.linked()?;
        if self.questions.remove(question).is_none() {
            return Err(Error::new(
                ErrorKind::NoLongerRequested,
                "the transfer is not asked for any more",
            ));
        }
        Ok(self.answer(now, question.clone(), accept, muted))
    }
}
