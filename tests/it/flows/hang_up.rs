//! Hang up: for oneself, and for everyone.

use acs_emulator::PartyScript;
use acs_tests::world::World;

use super::support::{end, roster, story, won};

#[tokio::test]
async fn hanging_up_a_1_to_1_call_ends_it_for_both() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    pair.caller.hang_up(false).await.unwrap();
    assert_eq!(end(&pair.caller).await, (200, 7000));
    assert_eq!(end(&pair.callee).await, (200, 5001));
    for leg in [&pair.caller, &pair.callee] {
        let error = leg.hang_up(false).await.unwrap_err();
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.sub_code(), Some(8522));
    }
}

#[tokio::test]
async fn hanging_up_for_everyone_ends_every_leg() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (_, third) = world.app.add(&pair.caller).await.unwrap();
    pair.caller.hang_up(true).await.unwrap();
    for leg in [&pair.caller, &pair.callee, &third] {
        assert_eq!(end(leg).await, (200, 7000));
        assert_eq!(story(leg).await.last().unwrap(), "CallDisconnected");
    }
}

#[tokio::test]
async fn leaving_a_group_call_leaves_the_others_in_it() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (user, third) = world.app.add(&pair.caller).await.unwrap();
    pair.caller.hang_up(false).await.unwrap();
    assert_eq!(end(&pair.caller).await, (200, 7000));
    roster(&third, &[&pair.user.clone().into(), &user.into()]).await;
    assert_eq!(third.properties().await.unwrap().state.as_str(), "connected");
}

#[tokio::test]
async fn the_end_that_the_other_side_makes_is_told_too() {
    let world = World::start().await;
    let user = world.user(PartyScript::answer());
    let call = world
        .client()
        .create_call(user.clone(), world.callback())
        .await
        .unwrap();
    won("CallConnected", call.connected()).await;
    world.emulator.party(user).hang_up().unwrap();
    let over = won("CallDisconnected", call.disconnected()).await;
    assert!(over.event().result_information().unwrap().is_success());
}
