//! Arbitrary commands, messages, losses of the connection and moments: what has to hold, holds throughout.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::protocol::{
    CallDirection, CallState, CallerInfo, ParticipantState, RemoteParticipant, SessionId, TransferProgress,
    TransferStatus, TransferTarget,
};

/// One thing that can happen. Ids come out of a few, so that what happens meets what is there.
#[derive(Clone, Debug)]
enum Step {
    Begin(u8),
    Says(u8, CallState),
    Renamed(u8, u8, CallState),
    Rings(u8),
    StopsRinging(u8),
    Accept(u8),
    Reject(u8),
    Hold(u8),
    Resume(u8),
    HangUp(u8, bool),
    Transfer(u8, u8, bool, bool),
    Progress(u8, u8),
    Accepted(u8, u8),
    Asked(u8, u8),
    Answer(u8, bool),
    Reply(u8, bool),
    Lost,
    Attempt,
    SignedIn(Vec<(u8, CallState)>, Vec<u8>, Vec<(u8, u8)>),
    Wait(u64),
    TokenInvalid,
    Dispose,
}

fn state() -> impl Strategy<Value = CallState> {
    prop::sample::select(vec![
        CallState::Connecting,
        CallState::Ringing,
        CallState::EarlyMedia,
        CallState::InLobby,
        CallState::Connected,
        CallState::Connected,
        CallState::LocalHold,
        CallState::RemoteHold,
        CallState::Disconnecting,
        CallState::Disconnected,
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..4_u8;
    prop_oneof![
        3 => id.clone().prop_map(Step::Begin),
        8 => (id.clone(), state()).prop_map(|(id, state)| Step::Says(id, state)),
        2 => (id.clone(), id.clone(), state()).prop_map(|(old, new, state)| Step::Renamed(old, new, state)),
        3 => id.clone().prop_map(Step::Rings),
        1 => id.clone().prop_map(Step::StopsRinging),
        3 => id.clone().prop_map(Step::Accept),
        1 => id.clone().prop_map(Step::Reject),
        2 => id.clone().prop_map(Step::Hold),
        2 => id.clone().prop_map(Step::Resume),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, all)| Step::HangUp(id, all)),
        4 => (id.clone(), id.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(call, other, to_call, hang_up)| Step::Transfer(call, other, to_call, hang_up)),
        2 => (id.clone(), 0..3_u8).prop_map(|(id, how)| Step::Progress(id, how)),
        2 => (id.clone(), id.clone()).prop_map(|(call, target)| Step::Accepted(call, target)),
        1 => (id.clone(), id.clone()).prop_map(|(question, call)| Step::Asked(question, call)),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, accept)| Step::Answer(id, accept)),
        8 => (any::<u8>(), any::<bool>()).prop_map(|(which, fine)| Step::Reply(which, fine)),
        2 => Just(Step::Lost),
        1 => Just(Step::Attempt),
        3 => (
            prop::collection::vec((id.clone(), state()), 0..4),
            prop::collection::vec(id.clone(), 0..2),
            prop::collection::vec((id, 0..3_u8), 0..3),
        )
            .prop_map(|(calls, incoming, transfers)| Step::SignedIn(calls, incoming, transfers)),
        3 => (1..70_u64).prop_map(Step::Wait),
        1 => Just(Step::TokenInvalid).prop_filter("rare", |_| true),
        1 => Just(Step::Dispose),
    ]
}

fn call(id: u8) -> CallId {
    CallId::new(format!("c{id}"))
}

fn snapshot(id: u8, state: CallState) -> CallSnapshot {
    let mut snapshot = CallSnapshot::new(call(id), CallDirection::Outgoing, state);
    snapshot.participants.push(RemoteParticipant {
        identifier: CommunicationIdentifier::user("8:acs:r_peer"),
        display_name: None,
        state: ParticipantState::Connected,
        is_muted: false,
        call_end_reason: None,
    });
    snapshot
}

fn incoming(id: u8) -> IncomingCallInfo {
    IncomingCallInfo {
        id: call(id),
        caller: CallerInfo::new(CommunicationIdentifier::user("8:acs:r_peer")),
        transferor: None,
        custom_context: None,
    }
}

fn progress(how: u8) -> TransferProgress {
    match how {
        0 => TransferProgress::Transferring,
        1 => TransferProgress::Transferred,
        _ => TransferProgress::Failed {
            error: CallEndReason::DECLINED,
        },
    }
}

/// The machine, and what was seen of it.
struct Watched {
    machine: Machine,
    now: Duration,
    calls: BTreeMap<CallId, CallState>,
    incoming: BTreeSet<CallId>,
    transfers: BTreeMap<TransferId, (TransferState, Duration)>,
    open: BTreeSet<u64>,
    connection: ConnectionState,
    over: bool,
    begun: u32,
}

impl Watched {
    fn new() -> Self {
        Self {
            machine: Machine::new(),
            now: Duration::ZERO,
            calls: BTreeMap::new(),
            incoming: BTreeSet::new(),
            transfers: BTreeMap::new(),
            open: BTreeSet::new(),
            connection: ConnectionState::Connected,
            over: false,
            begun: 0,
        }
    }

    fn says(&mut self, message: ServerMessage) {
        self.machine.message(self.now, message);
    }

    fn take(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Begin(id) => {
                let beginning = Beginning::Start {
                    participants: vec![CommunicationIdentifier::user("8:acs:r_peer")],
                    alternate_caller_id: None,
                    custom_context: None,
                };
                drop(self.machine.begin(now, call(id), beginning, false));
            }
            Step::Says(id, state) => self.says(ServerMessage::Call {
                call: snapshot(id, state),
            }),
            Step::Renamed(old, new, state) => self.says(ServerMessage::Call {
                call: CallSnapshot {
                    previous_ids: vec![call(old)],
                    ..snapshot(new, state)
                },
            }),
            Step::Rings(id) => self.says(ServerMessage::IncomingCall {
                incoming: incoming(id),
            }),
            Step::StopsRinging(id) => self.says(ServerMessage::IncomingCallEnded {
                call: call(id),
                reason: CallEndReason::ANSWERED_ELSEWHERE,
            }),
            Step::Accept(id) => drop(self.machine.accept(now, &call(id), false)),
            Step::Reject(id) => drop(self.machine.reject(now, &call(id))),
            Step::Hold(id) => drop(self.machine.hold(now, &call(id))),
            Step::Resume(id) => drop(self.machine.resume(now, &call(id))),
            Step::HangUp(id, all) => drop(self.machine.hang_up(now, &call(id), all)),
            Step::Transfer(id, other, to_call, hang_up) => {
                self.begun += 1;
                let target = if to_call {
                    TransferTarget::Call { call: call(other) }
                } else {
                    TransferTarget::Voicemail {
                        identifier: CommunicationIdentifier::user("8:orgid:x"),
                    }
                };
                let wanted = Moved {
                    call: call(id),
                    target,
                    custom_context: None,
                    hang_up,
                };
                let name = TransferId::new(format!("t{}", self.begun));
                drop(self.machine.transfer(now, &name, wanted));
            }
            Step::Progress(which, how) => {
                if let Some(id) = self.transfer(which) {
                    let progress = progress(how);
                    self.says(ServerMessage::Transfer {
                        transfer: TransferStatus { id, progress },
                    });
                }
            }
            Step::Accepted(id, target) => self.says(ServerMessage::TransferAccepted {
                call: call(id),
                target_call: snapshot(target, CallState::Connecting),
            }),
            Step::Asked(question, id) => self.says(ServerMessage::TransferRequested {
                transfer_request: TransferRequestId::new(format!("q{question}")),
                call: call(id),
                target: None,
            }),
            Step::Answer(question, accept) => {
                let question = TransferRequestId::new(format!("q{question}"));
                drop(self.machine.answer_transfer(now, &question, accept, false));
            }
            Step::Reply(which, fine) => {
                let which = usize::from(which) % self.open.len().max(1);
                if let Some(id) = self.open.iter().nth(which).copied() {
                    let error = (!fine).then(|| Refusal::new(500, 1, "no"));
                    self.says(ServerMessage::Reply { id, error });
                }
            }
            Step::Lost => self.machine.lost(now),
            Step::Attempt => self.machine.attempt_failed(),
            Step::SignedIn(calls, ringing, transfers) => {
                let transfers = transfers
                    .into_iter()
                    .filter_map(|(which, how)| {
                        let (id, progress) = (self.transfer(which)?, progress(how));
                        Some(TransferStatus { id, progress })
                    })
                    .collect();
                let signed_in = SignedIn {
                    session: SessionId::new("s"),
                    resumed: true,
                    identity: CommunicationIdentifier::user("8:acs:r_me"),
                    calls: calls.into_iter().map(|(id, state)| snapshot(id, state)).collect(),
                    incoming: ringing.into_iter().map(incoming).collect(),
                    transfers,
                };
                self.machine.signed_in(now, signed_in);
            }
            Step::Wait(secs) => self.wait(Duration::from_secs(secs)),
            Step::TokenInvalid => self.machine.token_invalid(),
            Step::Dispose => self.machine.dispose(),
        }
        self.watch();
    }

    fn transfer(&self, which: u8) -> Option<TransferId> {
        self.transfers.keys().nth(usize::from(which)).cloned()
    }

    /// Time passes, and each thing happens when it is due.
    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.machine.next_due().filter(|due| *due <= until) {
            assert!(due >= self.now, "due in the past: it would never be done");
            self.now = due;
            self.machine.tick(due);
            self.watch();
            assert!(
                self.machine.next_due().is_none_or(|next| next > due),
                "what was due is done"
            );
        }
        self.now = until;
    }

    fn active(&self) -> usize {
        self.calls
            .values()
            .filter(|state| **state == CallState::Connected)
            .count()
    }

    fn watch(&mut self) {
        for output in self.machine.drain() {
            assert!(!self.over, "{output:?} after the end");
            match output {
                Output::Send(message) => {
                    // The farewell waits for no answer.
                    if message.request != Request::SignOut {
                        assert!(self.open.insert(message.id), "a number is used once");
                    }
                }
                Output::Done(id, _) => assert!(self.open.remove(&id), "answered once"),
                Output::CallAdded(view) => {
                    assert_eq!(self.calls.insert(view.id, view.state), None);
                }
                Output::Call(view) => {
                    let known = self.calls.get_mut(&view.id).expect("a call that was added");
                    // A call that was on hold by this side's wish alone may be anything that is established.
                    assert!(known.may_become(view.state), "{known:?} to {:?}", view.state);
                    assert_eq!(
                        view.state == CallState::Disconnected,
                        view.end_reason.is_some(),
                        "the end has a reason"
                    );
                    *known = view.state;
                    assert!(self.active() <= 1, "at most one call is active");
                }
                Output::CallRenamed(old, new) => {
                    let state = self.calls.remove(&old).expect("a call that was there");
                    assert_eq!(self.calls.insert(new.clone(), state), None);
                    if self.incoming.remove(&old) {
                        assert!(self.incoming.insert(new));
                    }
                }
                Output::MutedByOthers(id) => assert!(self.calls.contains_key(&id)),
                Output::IncomingChanged(info) => assert!(self.incoming.contains(&info.id)),
                Output::IncomingHandled(handled) => {
                    let rings = handled.code == 200;
                    assert!(!rings || self.incoming.contains(&handled.call_id));
                }
                Output::CallRemoved(id) => {
                    assert_eq!(self.calls.remove(&id), Some(CallState::Disconnected));
                }
                Output::Incoming(info) => {
                    assert_eq!(self.connection, ConnectionState::Connected);
                    assert!(self.incoming.insert(info.id));
                }
                Output::IncomingEnded(id, _) => {
                    assert!(self.incoming.remove(&id), "it ends exactly once");
                }
                Output::Transfer(id, state) => {
                    let before = self.transfers.get(&id).map(|(state, _)| *state);
                    let legal = match before {
                        None => state == TransferState::None,
                        Some(TransferState::None) => {
                            matches!(state, TransferState::Transferring | TransferState::Failed(_))
                        }
                        Some(TransferState::Transferring) => state.is_final(),
                        Some(_) => false,
                    };
                    assert!(legal, "{before:?} to {state:?}");
                    if state.is_final() {
                        self.transfers.remove(&id);
                    } else {
                        let began = self.transfers.get(&id).map_or(self.now, |(_, began)| *began);
                        self.transfers.insert(id, (state, began));
                    }
                }
                Output::TransferAccepted { call, target } => {
                    assert!(self.calls.contains_key(&call) && self.calls.contains_key(&target));
                }
                Output::TransferRequested { call, .. } => assert!(self.calls.contains_key(&call)),
                Output::Connection(changed) => {
                    assert_eq!(changed.old_value, self.connection);
                    self.connection = changed.new_value;
                }
                Output::Over => self.over = true,
            }
        }
        for (state, began) in self.transfers.values() {
            assert!(self.now <= *began + limits::TRANSFER, "{state:?} for too long");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_has_to_hold_holds_whatever_happens(steps in prop::collection::vec(step(), 1..60)) {
        let mut watched = Watched::new();
        for step in steps {
            watched.take(step);
        }
        // And when the connection goes and does not come back, nothing is left in the air.
        watched.take(Step::Lost);
        watched.take(Step::Wait(200));
        prop_assert!(watched.calls.is_empty(), "{:?}", watched.calls);
        prop_assert!(watched.incoming.is_empty());
        prop_assert!(watched.transfers.is_empty());
        prop_assert!(watched.open.is_empty());
        prop_assert_eq!(watched.machine.next_due(), None);
    }
}

/// Invariant 5, and with it why it holds: the older call is held before the newer one is active.
#[test]
fn the_older_call_is_held_before_the_newer_one_is_active() {
    let mut machine = Machine::new();
    let now = Duration::ZERO;
    for id in [0, 1] {
        let beginning = Beginning::Join(crate::protocol::CallLocator::Room {
            room_id: "r".to_owned(),
        });
        machine.begin(now, call(id), beginning, false).unwrap();
    }
    machine.message(
        now,
        ServerMessage::Call {
            call: snapshot(0, CallState::Connected),
        },
    );
    machine.drain();
    machine.message(
        now,
        ServerMessage::Call {
            call: snapshot(1, CallState::Connected),
        },
    );
    let outputs = machine.drain();
    let [Output::Call(held), Output::Send(message), Output::Call(active)] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!((&held.id, held.state), (&call(0), CallState::LocalHold));
    assert_eq!(message.request, Request::Hold { call: call(0) });
    assert_eq!((&active.id, active.state), (&call(1), CallState::Connected));
    // A hold that is refused while another call is active ends the older call instead.
    let error = Some(Refusal::new(500, 41_033, "no"));
    machine.message(
        now,
        ServerMessage::Reply {
            id: message.id,
            error,
        },
    );
    let outputs = machine.drain();
    assert!(
        matches!(&outputs[0], Output::Call(view) if view.state == CallState::Disconnecting),
        "{outputs:?}"
    );
}

/// Connection loss in every state of a call: it comes back as it is, or ends after 120 s.
#[test]
fn a_call_survives_a_lost_connection_in_every_state_and_ends_when_it_lasts() {
    for state in [
        CallState::Connecting,
        CallState::Ringing,
        CallState::EarlyMedia,
        CallState::InLobby,
        CallState::Connected,
        CallState::LocalHold,
        CallState::RemoteHold,
    ] {
        for back in [true, false] {
            let mut watched = Watched::new();
            watched.take(Step::Begin(0));
            watched.take(Step::Reply(0, true));
            watched.take(Step::Says(0, state));
            watched.take(Step::Lost);
            assert_eq!(watched.calls.get(&call(0)), Some(&state));
            if back {
                watched.take(Step::Wait(60));
                watched.take(Step::SignedIn(vec![(0, state)], Vec::new(), Vec::new()));
                assert_eq!(watched.calls.get(&call(0)), Some(&state));
            } else {
                watched.take(Step::Wait(121));
                assert!(watched.calls.is_empty(), "{state:?}");
            }
        }
    }
}
