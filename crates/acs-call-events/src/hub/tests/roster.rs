//! The participant view.

use proptest::prelude::*;

use super::super::ParticipantChanges;
use super::*;
use crate::data::{CallParticipant, ParticipantsUpdated};

fn roster(id: &str, number: i32, participants: usize) -> CallEvent {
    let participants: Vec<_> = (0..participants)
        .map(|who| CallParticipant::new(acs_common::CommunicationIdentifier::user(format!("8:acs:{who}"))))
        .collect();
    event(
        "a",
        id,
        ParticipantsUpdated::new()
            .sequence_number(number)
            .participants(participants),
    )
}

#[test]
fn nothing_is_known_before_the_first_roster_and_looking_counts_as_listening() {
    let hub = CallEventHub::new();
    hub.publish(connected("a"));
    let view = hub.participants(&call("a"));
    assert_eq!((view.participants().len(), view.sequence_number()), (0, None));
    assert_eq!(hub.participants(&call("b")).sequence_number(), None);
    let stats = hub.stats();
    assert_eq!((stats.unclaimed_logs, stats.open_logs), (0, 1));
}

#[test]
fn the_highest_number_wins_and_equal_ones_do_not_replace_it() {
    let hub = CallEventHub::new();
    for (id, number, participants) in [("1", 3, 3), ("2", 1, 1), ("3", 3, 2), ("4", -1, 0)] {
        hub.publish(roster(id, number, participants));
        let view = hub.participants(&call("a"));
        assert_eq!((view.sequence_number(), view.participants().len()), (Some(3), 3));
    }
    let who = acs_common::CommunicationIdentifier::user("8:acs:2");
    assert!(hub.participants(&call("a")).get(&who).is_some());
    hub.publish(roster("5", 9, 0));
    assert!(hub.participants(&call("a")).get(&who).is_none());
}

proptest! {
    #[test]
    fn the_view_is_the_first_roster_of_the_highest_number_in_any_order(
        numbers in prop::collection::vec(0_i32..12, 1..40),
        packing in Packing::any(),
        reads in any::<bool>(),
    ) {
        let hub = CallEventHub::with_config(packing.config().events_per_call(3));
        let mut stream = listen(&hub, "a");
        for (index, number) in numbers.iter().enumerate() {
            hub.publish(roster(&index.to_string(), *number, index));
            if reads {
                prop_assert_eq!(drain(&mut stream).0, [index.to_string()]);
            }
        }
        let highest = numbers.iter().max().unwrap();
        let first = numbers.iter().position(|number| number == highest).unwrap();
        let view = hub.participants(&call("a"));
        prop_assert_eq!(view.sequence_number(), Some(*highest));
        prop_assert_eq!(view.participants().len(), first);
        drop(stream);
    }
}

fn listen_to_rosters(hub: &CallEventHub) -> Spawn<ParticipantChanges> {
    spawn(hub.participant_changes(&call("a")))
}

/// The numbers that a live view has ready, and whether it ended behind them.
fn numbers(view: &mut Spawn<ParticipantChanges>) -> (Vec<Option<i32>>, bool) {
    let mut numbers = Vec::new();
    loop {
        match view.poll_next() {
            std::task::Poll::Ready(Some(view)) => numbers.push(view.sequence_number()),
            std::task::Poll::Ready(None) => return (numbers, true),
            std::task::Poll::Pending => return (numbers, false),
        }
    }
}

#[test]
fn a_live_view_shows_the_snapshot_first_and_then_each_higher_number() {
    let hub = CallEventHub::new();
    let mut early = listen_to_rosters(&hub);
    assert_eq!(numbers(&mut early), (vec![None], false), "nothing was said yet");
    hub.publish(connected("a"));
    assert!(early.is_woken());
    assert_eq!(numbers(&mut early), (vec![], false), "not a roster");
    hub.publish(roster("1", 2, 1));
    hub.publish(roster("2", 1, 5));
    hub.publish(roster("3", 2, 5));
    hub.publish(roster("1", 9, 5));
    let mut late = listen_to_rosters(&hub);
    hub.publish(roster("4", 4, 2));
    assert_eq!(numbers(&mut early), (vec![Some(2), Some(4)], false));
    assert_eq!(
        numbers(&mut late),
        (vec![Some(2), Some(4)], false),
        "as of its making, then what came"
    );
    hub.publish(roster("4", 4, 2));
    assert!(!early.is_woken(), "a duplicate is no news");
    hub.publish(disconnected("a", 200, 7000));
    hub.publish(roster("5", 7, 0));
    assert_eq!(numbers(&mut early), (vec![], true), "ends with the call");
    assert_eq!(numbers(&mut late), (vec![], true));
    assert_eq!(numbers(&mut late), (vec![], true), "an ended view stays ended");
}

#[test]
fn dropping_a_live_view_loses_nothing_for_others_and_the_hub_ends_it() {
    let hub = CallEventHub::new();
    let dropped = listen_to_rosters(&hub);
    let mut kept = listen_to_rosters(&hub);
    hub.publish(roster("1", 1, 1));
    drop(dropped);
    hub.publish(roster("2", 2, 2));
    drop(hub);
    assert_eq!(numbers(&mut kept), (vec![None, Some(1), Some(2)], true));
}

proptest! {
    #[test]
    fn a_live_view_shows_strictly_rising_numbers_up_to_the_highest_whenever_it_is_made(
        sequence in prop::collection::vec(0_i32..12, 1..40),
        made_after in 0_usize..40,
        packing in Packing::any(),
    ) {
        let hub = CallEventHub::with_config(packing.config().events_per_call(2));
        let mut reader = listen(&hub, "a");
        let mut view = None;
        let mut expected: Vec<Option<i32>> = Vec::new();
        let mut newest: Option<i32> = None;
        for (index, number) in sequence.iter().enumerate() {
            if index == made_after {
                view = Some(listen_to_rosters(&hub));
                expected.push(newest);
            }
            hub.publish(roster(&index.to_string(), *number, 1));
            drain(&mut reader);
            if newest.is_none_or(|newest| *number > newest) {
                newest = Some(*number);
                if view.is_some() {
                    expected.push(newest);
                }
            }
        }
        let mut view = view.unwrap_or_else(|| {
            expected.push(newest);
            listen_to_rosters(&hub)
        });
        prop_assert_eq!(numbers(&mut view), (expected, false));
    }
}
