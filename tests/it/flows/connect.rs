//! Connect to a running call, to a group call, to a room.

use acs_call_automation::{CallLocator, CommunicationIdentifier};
use acs_call_events::data::ParticipantsUpdated;
use acs_emulator::CallLocator as Place;
use acs_tests::world::{TELEPHONE, World};

use super::support::{codes, end, failure, lost, roster, told, won};

const GROUP: &str = "29228d3e-040e-4656-a70e-890ab4e173e5";

#[tokio::test]
async fn a_leg_that_connects_to_a_call_is_not_listed() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let running = pair.caller.properties().await.unwrap();
    let call = world
        .client()
        .connect_call(running.server_call_id.clone().unwrap(), world.callback())
        .await
        .unwrap();
    let opened = call.initial_properties().unwrap();
    assert_eq!((opened.targets.len(), &opened.source), (0, &None));
    let connected = won("CallConnected", call.connected()).await;
    assert_eq!(codes(connected.event()), (200, 0));
    assert_eq!(
        connected.event().server_call_id(),
        running.server_call_id.as_ref()
    );
    let first = told::<ParticipantsUpdated>(&call).await;
    assert!(first.sequence_number >= 2, "recorded: the first number is 2");
    roster(&call, &[&running.source.unwrap(), &pair.user.into()]).await;

    // It leaves by itself, and the two others go on.
    call.hang_up(false).await.unwrap();
    assert_eq!(end(&call).await, (200, 7000));
    assert!(pair.callee.properties().await.is_ok());
}

#[tokio::test]
async fn a_group_call_is_joined_by_its_id() {
    let world = World::start().await;
    let telephone = world.emulator.party(CommunicationIdentifier::phone(TELEPHONE));
    let server_call = telephone.join(Place::Group(GROUP.to_owned())).unwrap();
    let call = world
        .client()
        .connect_call(CallLocator::group_call(GROUP), world.callback())
        .await
        .unwrap();
    let connected = won("CallConnected", call.connected()).await;
    assert_eq!(connected.event().server_call_id(), Some(&server_call));
    roster(&call, &[telephone.identity()]).await;
}

#[tokio::test]
async fn a_room_is_joined_in_its_time_only() {
    let world = World::start().await;
    world
        .emulator
        .create_room("99400000000000001", None, None)
        .unwrap();
    let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
    world
        .emulator
        .create_room("99400000000000002", None, Some(long_ago))
        .unwrap();
    let join = async |room: &str| {
        world
            .client()
            .connect_call(CallLocator::room(room), world.callback())
            .await
            .unwrap()
    };
    let call = join("99400000000000001").await;
    won("CallConnected", call.connected()).await;
    let late = join("99400000000000002").await;
    let error = lost("ConnectFailed", late.connected()).await;
    assert_eq!(failure(&error), (403, 5829));
}

#[tokio::test]
async fn a_call_that_nobody_has_is_not_found() {
    let world = World::start().await;
    let nowhere = CallLocator::server_call("bm93aGVyZQ==");
    let error = world
        .client()
        .connect_call(nowhere, world.callback())
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(error.sub_code(), Some(8522));
}
