//! What an application hears: in order, without gaps, without repetition, whenever it begins to listen.

use std::collections::BTreeSet;

use acs_call_events::data::{CallConnected, ParticipantsUpdated};
use acs_call_events::{CallEvent, CallEventStreamExt as _};
use acs_emulator::PartyScript;
use acs_tests::soon;
use acs_tests::world::World;
use futures::StreamExt as _;

use super::support::{name, plain_http, story, won};

#[tokio::test]
async fn a_reader_that_comes_late_hears_everything_from_the_beginning() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    world.app.add(&pair.caller).await.unwrap();
    pair.caller.hang_up(true).await.unwrap();
    won("CallDisconnected", pair.caller.disconnected()).await;
    let told = story(&pair.caller).await;
    assert_eq!(told.first().unwrap(), "ParticipantsUpdated", "{told:?}");
    assert_eq!(told[1], "CallConnected", "{told:?}");
    assert_eq!(told.last().unwrap(), "CallDisconnected", "{told:?}");
    assert_eq!(story(&pair.caller).await, told, "and so does the next one");
}

#[tokio::test]
async fn rosters_are_numbered_upwards_and_every_event_is_of_its_own_leg() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    for _ in 0..3 {
        let user = world.user(PartyScript::answer());
        let adding = pair.caller.add_participant(user).await.unwrap();
        won("AddParticipantSucceeded", adding.outcome()).await;
    }
    pair.caller.hang_up(true).await.unwrap();
    for leg in [&pair.caller, &pair.callee] {
        let events = leg.events().unwrap().until_disconnected();
        let events = soon("the end of the call", events.collect::<Vec<_>>()).await;
        let ids: BTreeSet<&str> = events.iter().map(CallEvent::id).collect();
        assert_eq!(ids.len(), events.len(), "an event came twice");
        for event in &events {
            assert_eq!(event.call_connection_id(), Some(leg.id()), "{}", name(event));
            assert_eq!(
                event.source(),
                format!("calling/callConnections/{}", leg.id()),
                "{}",
                name(event)
            );
        }
        let numbers: Vec<i32> = events
            .iter()
            .filter_map(|event| event.as_kind::<ParticipantsUpdated>())
            .map(|update| update.sequence_number)
            .collect();
        assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1]), "{numbers:?}");
        assert_eq!(numbers.first(), Some(&1), "{numbers:?}");
    }
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_is_heard_once() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let mut events = pair.caller.events().unwrap().of_kind::<CallConnected>();
    let first = soon("CallConnected", events.next()).await.unwrap();
    let again = format!("[{}]", first.event().raw());
    let http = plain_http();
    let before = world.hub().stats();
    let response = http.post(world.callback()).body(again).send().await.unwrap();
    assert_eq!(response.status(), 200, "a repetition is no mistake of the sender");
    let after = world.hub().stats();
    assert_eq!(after.duplicates, before.duplicates + 1);
    assert_eq!(after.accepted, before.accepted);
    pair.caller.hang_up(true).await.unwrap();
    let told = story(&pair.caller).await;
    assert_eq!(
        told.iter().filter(|name| *name == "CallConnected").count(),
        1,
        "{told:?}"
    );
}

#[tokio::test]
async fn calls_do_not_hear_of_each_other() {
    let world = World::start().await;
    let calls = 20;
    let mut pairs = Vec::new();
    for _ in 0..calls {
        pairs.push(world.app.pair().await.unwrap());
    }
    for pair in &pairs {
        pair.caller.hang_up(true).await.unwrap();
    }
    for pair in &pairs {
        let told = story(&pair.caller).await;
        assert_eq!(told, ["ParticipantsUpdated", "CallConnected", "CallDisconnected"]);
    }
    let stats = world.hub().stats();
    assert_eq!((stats.duplicates, stats.bad_elements), (0, 0), "{stats:?}");
}
