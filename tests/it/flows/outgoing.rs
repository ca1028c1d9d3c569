//! Make an outgoing call: to a user, to a telephone, to several.

use std::time::Duration;

use acs_call_automation::enums::CallConnectionState;
use acs_call_automation::{
    CallInvite, CommunicationIdentifier, CreateCallOptions, CreateGroupCallOptions, ErrorKind,
};
use acs_call_events::data::CreateCallFailed;
use acs_emulator::{Emulator, PartyScript, RejectReason};
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};

use super::support::{codes, end, failure, lost, raw_ids, roster, told, won};

#[tokio::test]
async fn a_user_that_answers_is_connected() {
    let world = World::start().await;
    let user = world.user(PartyScript::answer());
    let options = CreateCallOptions::new(user.clone(), world.callback()).operation_context("guide");
    let call = options.send(world.client()).await.unwrap();
    let opened = call.initial_properties().unwrap();
    assert_eq!(opened.state, CallConnectionState::Connecting);
    assert_eq!(opened.server_call_id, None, "a created call has none yet");

    let connected = won("CallConnected", call.connected()).await;
    assert_eq!(codes(connected.event()), (200, 0));
    assert_eq!(connected.event().operation_context().unwrap(), &"guide");
    let properties = call.properties().await.unwrap();
    assert_eq!(properties.state, CallConnectionState::Connected);
    assert_eq!(properties.correlation_id, opened.correlation_id);
    assert_eq!(
        properties.server_call_id.as_ref(),
        connected.event().server_call_id()
    );
    let source = properties.source.unwrap();
    roster(&call, &[&source, &user.into()]).await;
}

#[tokio::test]
async fn a_telephone_is_called_with_a_caller_id() {
    let world = World::start().await;
    let invite = CallInvite::phone(TELEPHONE, OWN_NUMBER);
    let call = world
        .client()
        .create_call(invite, world.callback())
        .await
        .unwrap();
    won("CallConnected", call.connected()).await;
    let properties = call.properties().await.unwrap();
    assert_eq!(
        raw_ids(properties.targets.iter()),
        [format!("4:{TELEPHONE}")],
        "{properties:?}"
    );
    assert_eq!(properties.source_caller_id.unwrap().number(), OWN_NUMBER);
}

#[tokio::test]
async fn each_way_of_not_answering_has_its_codes() {
    let world = World::with(Emulator::builder().ring_timeout(Duration::from_millis(50)), None).await;
    for (script, expected) in [
        (PartyScript::reject(RejectReason::Declined), (603, 0)),
        (PartyScript::reject(RejectReason::Busy), (486, 0)),
        (PartyScript::reject(RejectReason::Forbidden), (403, 0)),
        (PartyScript::offline(), (480, 10037)),
        (PartyScript::no_answer(), (487, 10004)),
    ] {
        let user = world.user(script.clone());
        let call = world.client().create_call(user, world.callback()).await.unwrap();
        let error = lost("CreateCallFailed", call.connected()).await;
        assert_eq!(error.kind(), ErrorKind::OperationFailed, "{script:?}");
        assert_eq!(failure(&error), expected, "{script:?}");
        assert_eq!(error.sub_code(), Some(expected.1), "{script:?}");
        // Both halves of the recorded pair come, and the call is gone.
        assert_eq!(end(&call).await, expected, "{script:?}");
        let failed = told::<CreateCallFailed>(&call).await;
        assert_eq!(codes(failed.event()), expected, "{script:?}");
        assert_eq!(failed.event().operation_context(), None, "recorded without");
        assert!(call.properties().await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn each_way_of_a_telephone_not_answering_has_six_digits() {
    let world = World::start().await;
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    for (script, expected) in [
        (PartyScript::reject(RejectReason::Busy), (486, 560_486)),
        (PartyScript::reject(RejectReason::Declined), (603, 560_603)),
        (PartyScript::not_found(), (404, 560_404)),
        (PartyScript::offline(), (480, 560_480)),
    ] {
        world.emulator.set_script(telephone.clone(), script.clone());
        let invite = CallInvite::phone(TELEPHONE, OWN_NUMBER);
        let call = world
            .client()
            .create_call(invite, world.callback())
            .await
            .unwrap();
        let error = lost("CreateCallFailed", call.connected()).await;
        assert_eq!(failure(&error), expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_group_call_is_connected_by_the_first_and_joined_by_the_others() {
    let world = World::start().await;
    let first = world.user(PartyScript::answer());
    let second = world.offered_user();
    let third = CommunicationIdentifier::phone(TELEPHONE);
    let targets: [CommunicationIdentifier; 3] = [first.clone().into(), second.clone().into(), third.clone()];
    let options = CreateGroupCallOptions::new(targets, world.callback()).source_caller_id(OWN_NUMBER);
    let call = options.send(world.client()).await.unwrap();
    won("CallConnected", call.connected()).await;
    let source = call.properties().await.unwrap().source.unwrap();
    roster(&call, &[&source, &first.clone().into(), &third]).await;

    let leg = world.app.answer(&second).await.unwrap();
    let all = [&source, &first.into(), &second.into(), &third];
    roster(&call, &all).await;
    roster(&leg, &all).await;
    let ids = |leg: &acs_call_automation::CallConnectionProperties| leg.server_call_id.clone();
    assert_eq!(
        ids(&call.properties().await.unwrap()),
        ids(&leg.properties().await.unwrap()),
        "both legs are of one call"
    );
}
