//! Add a participant, and take the invitation back.

use std::time::Duration;

use acs_call_automation::{
    AddParticipantOptions, CallInvite, CancelAddParticipantOperationOptions, CommunicationIdentifier,
    ErrorKind,
};
use acs_call_events::data::AddParticipantFailed;
use acs_call_events::{CallEventStreamExt as _, EventData};
use acs_emulator::{Emulator, PartyScript, RejectReason};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::StreamExt as _;

use super::support::{codes, failure, lost, roster, told, won};

#[tokio::test]
async fn a_user_and_a_telephone_are_added() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let user = world.user(PartyScript::answer());
    let options = AddParticipantOptions::new(user.clone()).operation_context("add the expert");
    let adding = pair.caller.add_participant(options).await.unwrap();
    assert_eq!(adding.participant().identifier, user.clone().into());
    assert!(!adding.participant().is_muted && !adding.participant().is_on_hold);
    let added = won("AddParticipantSucceeded", adding.outcome()).await;
    assert_eq!(codes(added.event()), (200, 0));
    assert_eq!(added.participant, Some(user.clone().into()));
    assert_eq!(added.event().operation_context().unwrap(), &"add the expert");

    let adding = pair
        .caller
        .add_participant(CallInvite::phone(TELEPHONE, OWN_NUMBER))
        .await
        .unwrap();
    won("AddParticipantSucceeded", adding.outcome()).await;
    let source = pair.caller.properties().await.unwrap().source.unwrap();
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    let all = [&source, &pair.user.into(), &user.into(), &telephone];
    roster(&pair.caller, &all).await;
    roster(&pair.callee, &all).await;
}

#[tokio::test]
async fn an_added_user_that_the_application_answers_for_has_a_leg_of_its_own() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (user, leg) = world.app.add(&pair.caller).await.unwrap();
    let source = pair.caller.properties().await.unwrap().source.unwrap();
    let all = [&source, &pair.user.clone().into(), &user.into()];
    for leg in [&pair.caller, &pair.callee, &leg] {
        roster(leg, &all).await;
    }
    assert_eq!(
        leg.properties().await.unwrap().server_call_id,
        pair.caller.properties().await.unwrap().server_call_id
    );
}

#[tokio::test]
async fn each_way_of_not_joining_has_its_codes() {
    let world = World::with(Emulator::builder().ring_timeout(Duration::from_millis(50)), None).await;
    let call = world
        .client()
        .create_call(world.user(PartyScript::answer()), world.callback())
        .await
        .unwrap();
    won("CallConnected", call.connected()).await;
    for (script, expected) in [
        (PartyScript::reject(RejectReason::Declined), (603, 0)),
        (PartyScript::reject(RejectReason::Busy), (486, 0)),
        (PartyScript::offline(), (480, 10037)),
        (PartyScript::no_answer(), (408, 10057)),
    ] {
        let user = world.user(script.clone());
        let adding = call.add_participant(user.clone()).await.unwrap();
        let error = lost("AddParticipantFailed", adding.outcome()).await;
        assert_eq!(error.kind(), ErrorKind::OperationFailed, "{script:?}");
        assert_eq!(failure(&error), expected, "{script:?}");
        let event = error.outcome_failure().unwrap().event().unwrap();
        let data = event.as_kind::<AddParticipantFailed>().unwrap();
        assert_eq!(data.participant, Some(user.clone().into()), "{script:?}");
        assert_eq!(event.operation_context(), Some(adding.operation_context()));
        let message = &event.result_information().unwrap().message;
        let start = format!("addParticipants failed for participant {}.", user.id());
        assert!(message.starts_with(&start), "{message}");
        assert!(call.properties().await.is_ok(), "the call goes on");
    }
}

#[tokio::test]
async fn an_invitation_runs_out_after_its_own_time() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let user = world.user(PartyScript::no_answer());
    let options = AddParticipantOptions::new(user).invitation_timeout(Duration::from_secs(1));
    let adding = pair.caller.add_participant(options).await.unwrap();
    let error = lost("AddParticipantFailed", adding.outcome()).await;
    assert_eq!(failure(&error), (408, 10057));
}

#[tokio::test]
async fn a_withdrawn_invitation_is_canceled_and_nothing_else() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let user = world.offered_user();
    let adding = pair.caller.add_participant(user.clone()).await.unwrap();
    let offer = world.app.offer_to(user).await;
    let options = CancelAddParticipantOperationOptions::new(adding.invitation_id().clone())
        .operation_context("never mind");
    let canceling = pair
        .caller
        .cancel_add_participant_operation(options)
        .await
        .unwrap();
    assert_eq!(canceling.invitation_id(), adding.invitation_id());
    let canceled = won("CancelAddParticipantSucceeded", canceling.outcome()).await;
    assert_eq!(
        codes(canceled.event()),
        (200, 5300),
        "recorded: reads like a failure"
    );
    assert_eq!(canceled.invitation_id.as_ref(), Some(adding.invitation_id()));
    assert_eq!(canceled.event().operation_context().unwrap(), &"never mind");

    let error = lost("the addition", adding.outcome()).await;
    assert_eq!(error.kind(), ErrorKind::Canceled);
    let late = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap_err();
    assert_eq!(late.sub_code(), Some(8522), "the offer is gone");

    // No AddParticipantFailed follows (recorded): the call is ended to see all that came.
    pair.caller.hang_up(true).await.unwrap();
    let mut events = pair.caller.events().unwrap().until_disconnected();
    while let Some(event) = soon("the end of the call", events.next()).await {
        assert!(!matches!(event.data(), EventData::AddParticipantFailed(_)));
    }
}

#[tokio::test]
async fn an_invitation_that_was_taken_cannot_be_withdrawn() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let user = world.user(PartyScript::answer());
    let adding = pair.caller.add_participant(user.clone()).await.unwrap();
    won("AddParticipantSucceeded", adding.outcome()).await;
    let canceling = pair
        .caller
        .cancel_add_participant_operation(&adding)
        .await
        .unwrap();
    let error = lost("CancelAddParticipantFailed", canceling.outcome()).await;
    assert_eq!(error.kind(), ErrorKind::OperationFailed);
    let event = error.outcome_failure().unwrap().event().unwrap();
    assert_eq!(super::support::name(event), "CancelAddParticipantFailed");
    assert!(
        pair.caller.get_participant(user).await.is_ok(),
        "it stays in the call"
    );
    told::<acs_call_events::data::AddParticipantSucceeded>(&pair.caller).await;
}
