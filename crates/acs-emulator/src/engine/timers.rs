//! What is to happen later: a queue by time, and by order of entry within one time.

use std::collections::BTreeMap;
use std::sync::Arc;

use acs_common::{CallConnectionId, CommunicationIdentifier, InvitationId, OperationContext, RecordingId};
use chrono::{DateTime, Utc};

use super::codes::Failure;
use super::media::{MediaKey, MediaTimer, PlaySource};
use super::model::{CallKey, InviteKey};
use super::recording::RecordingStep;
use super::stream::Track;

/// Where an operation tells how it went.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) connection: CallConnectionId,
    pub(super) context: Option<OperationContext>,
    /// Overrides the callback address of the leg.
    pub(super) uri: Option<Arc<str>>,
}

/// One thing that happens later.
#[derive(Clone, Debug)]
pub(super) enum Timer {
    /// The invited party begins to ring.
    Ring { call: CallKey, invite: InviteKey },
    /// It answers by itself.
    Accept { call: CallKey, invite: InviteKey },
    /// It turns the call down, or cannot be reached, or nobody answered.
    Fail {
        call: CallKey,
        invite: InviteKey,
        failure: Failure,
    },
    /// Nobody answered in the time that a Teams user has set: the call goes on to somebody else.
    GoesOn { call: CallKey, invite: InviteKey },
    /// The offer to the application lapses; the party rings on.
    OfferLapses { call: CallKey, invite: InviteKey },
    /// The answered invitation becomes a participant.
    Establish { call: CallKey, invite: InviteKey },
    /// The leg that connects becomes part of the call.
    Connected { connection: CallConnectionId },
    /// Everybody is told who is in the call.
    Roster { call: CallKey },
    /// One leg is told who is in the call.
    LegRoster { connection: CallConnectionId },
    /// The application leaves.
    HangUp { connection: CallConnectionId },
    /// The application ends the call for everyone.
    Terminate { connection: CallConnectionId },
    /// An operation on participants is carried out. Boxed, for the queue moves its entries about.
    Operate(Box<Task>),
    /// A step of an operation on media.
    Media(Box<MediaTimer>),
    /// A party leaves by itself.
    Leave { call: CallKey, raw_id: Arc<str> },
    /// A recording goes on to its next step.
    Recording {
        recording: RecordingId,
        step: RecordingStep,
    },
    /// A call that no application is connected to ends.
    Unattended { call: CallKey },
}

/// An operation on participants that was accepted.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// A participant is taken out.
    Remove {
        operation: Operation,
        participant: CommunicationIdentifier,
    },
    /// An invitation is withdrawn.
    Withdraw {
        operation: Operation,
        invitation: InvitationId,
    },
    /// Participants come over from another call.
    Move {
        operation: Operation,
        from: CallConnectionId,
        participants: Vec<CommunicationIdentifier>,
    },
    /// Operations on media are cancelled.
    CancelMedia {
        connection: CallConnectionId,
        /// Those with lower keys.
        before: MediaKey,
    },
    /// Keys are not reported any more.
    StopTones {
        connection: CallConnectionId,
        target: Arc<str>,
    },
    /// A participant is put on hold. That is the call's matter, whatever becomes of the leg.
    Hold {
        call: CallKey,
        operation: Operation,
        key: MediaKey,
        target: Arc<str>,
        source: Option<PlaySource>,
    },
    /// A stream is opened.
    StartStream { operation: Operation, track: Track },
    /// A stream is closed.
    StopStream { operation: Operation, track: Track },
    /// The language of a transcription is changed.
    RetuneTranscription {
        operation: Operation,
        locale: Option<String>,
        speech_model_endpoint_id: Option<String>,
    },
    /// A participant comes off hold.
    Unhold { call: CallKey, target: Arc<str> },
}

/// Names one entry of the queue.
pub(super) type TimerKey = (DateTime<Utc>, u64);

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Timers {
    queue: BTreeMap<TimerKey, Timer>,
    next: u64,
}

impl Timers {
    pub(super) fn schedule(&mut self, at: DateTime<Utc>, timer: Timer) -> TimerKey {
        let key = (at, self.next);
        self.next += 1;
        self.queue.insert(key, timer);
        key
    }

    pub(super) fn cancel(&mut self, key: TimerKey) {
        self.queue.remove(&key);
    }

    pub(super) fn holds(&self, key: TimerKey) -> bool {
        self.queue.contains_key(&key)
    }

    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first entry that is due.
    pub(super) fn pop(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Timer)> {
        let entry = self.queue.first_entry()?;
        if entry.key().0 > now {
            return None;
        }
        let ((at, _), timer) = entry.remove_entry();
        Some((at, timer))
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }
}
