//! The participant view.

use proptest::prelude::*;

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
    ) {
        let hub = CallEventHub::with_config(HubConfig::default().events_per_call(3));
        let stream = hub.events(&call("a"));
        for (index, number) in numbers.iter().enumerate() {
            hub.publish(roster(&index.to_string(), *number, index));
        }
        let highest = numbers.iter().max().unwrap();
        let first = numbers.iter().position(|number| number == highest).unwrap();
        let view = hub.participants(&call("a"));
        prop_assert_eq!(view.sequence_number(), Some(*highest));
        prop_assert_eq!(view.participants().len(), first);
        drop(stream);
    }
}
