//! Transfer: the far end of a 1:1 call, and a named participant of a group call.

use std::time::Duration;

use acs_call_automation::{
    CallInvite, CommunicationIdentifier, CustomCallingContext, ErrorKind, TransferToParticipantOptions,
};
use acs_call_events::IncomingCall;
use acs_emulator::{Emulator, PartyScript, RejectReason};
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};

use super::support::{codes, end, failure, lost, roster, won};

#[tokio::test]
async fn the_far_end_of_a_1_to_1_call_goes_to_the_target() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let target = world.offered_user();
    let options = TransferToParticipantOptions::new(target.clone())
        .custom_calling_context(CustomCallingContext::new().add_voip("case", "4711"))
        .operation_context("to the supervisor");
    let transfer = pair.caller.transfer_call_to_participant(options).await.unwrap();
    assert_eq!(transfer.operation_context(), &"to the supervisor");

    let offer = world.app.offer_to(target.clone()).await;
    assert_eq!(
        offer.from(),
        Some(&pair.user.clone().into()),
        "the target sees the transferee"
    );
    let context = offer.custom_context().unwrap();
    assert_eq!(context.voip_headers["case"], "4711");
    let call = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    won("the target's CallConnected", call.connected()).await;

    let accepted = won("CallTransferAccepted", transfer.outcome()).await;
    assert_eq!(codes(accepted.event()).0, 200);
    assert_eq!(accepted.transfer_target, Some(target.clone().into()));
    assert_eq!(accepted.transferee, Some(pair.user.clone().into()));
    assert_eq!(
        accepted.event().operation_context().unwrap(),
        &"to the supervisor"
    );
    assert_eq!(end(&pair.caller).await, (200, 7015), "the transferor is out");
    assert!(pair.caller.properties().await.unwrap_err().is_not_found());

    let both = [&pair.user.clone().into(), &target.into()];
    roster(&pair.callee, &both).await;
    roster(&call, &both).await;
}

#[tokio::test]
async fn a_transfer_that_is_refused_leaves_the_call_as_it_was() {
    let world = World::with(Emulator::builder().ring_timeout(Duration::from_millis(50)), None).await;
    let user = world.user(PartyScript::answer());
    let call = world.client().create_call(user, world.callback()).await.unwrap();
    won("CallConnected", call.connected()).await;
    for (script, expected) in [
        (PartyScript::reject(RejectReason::Declined), (603, 0)),
        (PartyScript::reject(RejectReason::Busy), (486, 0)),
        (PartyScript::offline(), (480, 10037)),
        (PartyScript::no_answer(), (487, 10004)),
    ] {
        let target = world.user(script.clone());
        let transfer = call.transfer_call_to_participant(target).await.unwrap();
        let error = lost("CallTransferFailed", transfer.outcome()).await;
        assert_eq!(error.kind(), ErrorKind::OperationFailed, "{script:?}");
        assert_eq!(failure(&error), expected, "{script:?}");
        assert_eq!(call.properties().await.unwrap().state.as_str(), "connected");
    }
    let target = world.user(PartyScript::answer());
    let transfer = call.transfer_call_to_participant(target).await.unwrap();
    won("CallTransferAccepted, after all", transfer.outcome()).await;
}

#[tokio::test]
async fn a_telephone_is_the_target_with_a_caller_id() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    let options = TransferToParticipantOptions::new(telephone.clone()).source_caller_id(OWN_NUMBER);
    let transfer = pair.caller.transfer_call_to_participant(options).await.unwrap();
    let accepted = won("CallTransferAccepted", transfer.outcome()).await;
    assert_eq!(accepted.transfer_target, Some(telephone.clone()));
    assert_eq!(end(&pair.caller).await, (200, 7015));
    roster(&pair.callee, &[&pair.user.into(), &telephone]).await;
}

#[tokio::test]
async fn one_participant_of_a_group_call_is_transferred() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let invite = CallInvite::phone(TELEPHONE, OWN_NUMBER);
    let adding = pair.caller.add_participant(invite).await.unwrap();
    won("AddParticipantSucceeded", adding.outcome()).await;
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    let target = world.offered_user();

    let nobody = pair
        .caller
        .transfer_call_to_participant(target.clone())
        .await
        .unwrap_err();
    assert_eq!(
        (nobody.kind(), nobody.sub_code()),
        (ErrorKind::Rejected, Some(8523)),
        "in a group call the transferee has to be named"
    );

    let options = TransferToParticipantOptions::new(target.clone()).transferee(telephone.clone());
    let transfer = pair.caller.transfer_call_to_participant(options).await.unwrap();
    let offer: IncomingCall = world.app.offer_to(target.clone()).await;
    assert_eq!(offer.from(), Some(&telephone));
    let call = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    won("the target's CallConnected", call.connected()).await;
    let accepted = won("CallTransferAccepted", transfer.outcome()).await;
    assert_eq!(accepted.transferee, Some(telephone.clone()));

    roster(&call, &[&telephone, &target.into()]).await;
    let properties = pair.caller.properties().await.unwrap();
    assert_eq!(properties.state.as_str(), "connected", "the transferor stays");
    let gone = pair.caller.get_participant(telephone).await.unwrap_err();
    assert!(gone.is_not_found());
    assert_ne!(
        call.properties().await.unwrap().server_call_id,
        properties.server_call_id,
        "it is another call now"
    );
}
