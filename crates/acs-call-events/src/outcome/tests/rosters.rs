//! Hold and mute, which only the roster shows.

use acs_common::CommunicationIdentifier;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok};

use super::*;
use crate::data::{CallParticipant, HoldFailed, ParticipantsUpdated};
use crate::outcome::{Hold, MuteParticipant, Unhold};

fn target() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+16041234567")
}

fn roster(number: i32, muted: bool, on_hold: bool) -> CallEvent {
    let participants = [
        CallParticipant::new(CommunicationIdentifier::user("8:acs:app")),
        CallParticipant::new(target()).muted(muted).on_hold(on_hold),
    ];
    event(
        ParticipantsUpdated::new()
            .sequence_number(number)
            .participants(participants),
        "",
    )
}

#[test]
fn holding_is_shown_by_a_later_roster() {
    let hub = hub([connected(), roster(1, false, false)]);
    let mut hold = spawn(hub.outcome(Hold::new(&call(), target())));
    assert_pending!(hold.poll());
    hub.publish(roster(3, false, true));
    let shown = assert_ready_ok!(hold.poll());
    assert_eq!(shown.sequence_number, 3);
}

#[test]
fn a_roster_that_is_older_than_the_newest_shows_nothing() {
    let hub = hub([roster(1, false, true), roster(4, false, false)]);
    let mut hold = spawn(hub.outcome(Hold::new(&call(), target())));
    assert_pending!(hold.poll());
    hub.publish(roster(3, false, true));
    hub.publish(roster(4, false, true));
    assert_pending!(hold.poll());
    hub.publish(roster(5, false, true));
    assert_ready_ok!(hold.poll());
}

#[test]
fn hold_fails_by_its_event_and_unhold_looks_behind_a_position() {
    let hub = hub([roster(1, false, false)]);
    let mut hold = spawn(hub.outcome(Hold::new(&call(), target()).operation_context(context("mine"))));
    hub.publish(event(HoldFailed::new(), "other"));
    assert_pending!(hold.poll());
    hub.publish(event(HoldFailed::new(), "mine"));
    assert_ready_err!(hold.poll());

    let position = hub.position(&call());
    let mut unhold = spawn(hub.outcome(Unhold::new(&call(), target())).since(position));
    assert_pending!(unhold.poll());
    hub.publish(roster(2, false, false));
    assert_ready_ok!(unhold.poll());
    assert_ready_ok!(spawn(hub.outcome(Unhold::new(&call(), target()))).poll());
}

#[test]
fn muting_is_shown_for_the_right_participant_only() {
    let hub = hub([roster(1, false, false)]);
    let mut mute = spawn(hub.outcome(MuteParticipant::new(&call(), target())));
    let mut other = spawn(hub.outcome(MuteParticipant::new(
        &call(),
        CommunicationIdentifier::user("8:acs:app"),
    )));
    assert_pending!(mute.poll());
    hub.publish(roster(2, true, false));
    assert_ready_ok!(mute.poll());
    assert_pending!(other.poll());
}
