//! Move participants from one call to another: the lobby.

use acs_call_automation::{CommunicationIdentifier, ErrorKind, MoveParticipantsOptions};
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};

use super::support::{codes, end, roster, won};

#[tokio::test]
async fn a_caller_waits_in_the_lobby_and_is_moved_to_the_agent() {
    let world = World::start().await;
    let telephone = world.emulator.party(CommunicationIdentifier::phone(TELEPHONE));
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    telephone.call(own.clone()).unwrap();
    let offer = world.app.offer_to(own).await;
    let lobby = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    won("the lobby's CallConnected", lobby.connected()).await;
    let agent = world.app.pair().await.unwrap();

    let options = MoveParticipantsOptions::new([telephone.identity().clone()], lobby.id().clone())
        .operation_context("next, please");
    let moving = agent.caller.move_participants(options).await.unwrap();
    assert_eq!(moving.from_call(), lobby.id());
    let moved = won("MoveParticipantSucceeded", moving.outcome()).await;
    let [moved] = moved.as_slice() else {
        panic!("{moved:?}")
    };
    assert_eq!(codes(moved.event()), (200, 0));
    assert_eq!(moved.participant.as_ref(), Some(telephone.identity()));
    assert_eq!(moved.from_call.as_ref(), Some(lobby.id()));
    assert_eq!(moved.event().operation_context().unwrap(), &"next, please");

    let source = agent.caller.properties().await.unwrap().source.unwrap();
    let all = [&source, &agent.user.clone().into(), telephone.identity()];
    roster(&agent.caller, &all).await;
    roster(&agent.callee, &all).await;
    assert_eq!(end(&lobby).await.0, 200, "nobody is left in the lobby");
}

#[tokio::test]
async fn both_calls_must_be_established_and_there() {
    let world = World::start().await;
    let there = world.app.pair().await.unwrap();
    let (ringing, _) = world.app.ringing().await.unwrap();
    let error = ringing
        .move_participants((there.user.clone(), &there.caller))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::Rejected, Some(8501))
    );
    let options = MoveParticipantsOptions::new([there.user.clone()], "29228d3e-040e-4656-a70e-890ab4e173e5");
    let error = there.callee.move_participants(options).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::NotFound, Some(8522))
    );
}
