//! Answer, reject and redirect an incoming call.

use acs_call_automation::{CallRejectReason, CommunicationIdentifier, ErrorKind, RejectCallOptions};
use acs_emulator::PartyScript;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};

use super::support::{codes, end, failure, lost, roster, won};

#[tokio::test]
async fn a_telephone_calls_and_is_answered() {
    let world = World::start().await;
    let telephone = world.emulator.party(CommunicationIdentifier::phone(TELEPHONE));
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    let server_call = telephone.call(own.clone()).unwrap();

    let offer = world.app.offer_to(own).await;
    assert_eq!(offer.from(), Some(telephone.identity()));
    assert_eq!(offer.server_call_id(), Some(&server_call));
    let call = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    let opened = call.initial_properties().unwrap();
    assert_eq!(
        opened.server_call_id,
        Some(server_call),
        "an answered call has it at once"
    );
    assert_eq!(opened.source.as_ref(), Some(telephone.identity()));
    assert_eq!(opened.answered_for.as_ref().unwrap().number(), OWN_NUMBER);
    let connected = won("CallConnected", call.connected()).await;
    assert_eq!(codes(connected.event()), (200, 0));
    assert_eq!(
        connected.event().correlation_id(),
        offer.correlation_id(),
        "the offer names the later leg"
    );

    telephone.hang_up().unwrap();
    assert_eq!(end(&call).await, (200, 540_000));
}

#[tokio::test]
async fn the_caller_sees_why_it_was_rejected() {
    let world = World::start().await;
    for (reason, expected) in [
        (None, (603, 0)),
        (Some(CallRejectReason::None), (603, 0)),
        (Some(CallRejectReason::Busy), (486, 0)),
        (Some(CallRejectReason::Forbidden), (403, 0)),
    ] {
        let (caller, offer) = world.app.ringing().await.unwrap();
        let options = RejectCallOptions::new(&offer);
        let options = match &reason {
            Some(reason) => options.reason(reason.clone()),
            None => options,
        };
        world.client().reject_call(options).await.unwrap();
        let error = lost("the rejection", caller.connected()).await;
        assert_eq!(failure(&error), expected, "{reason:?}");
        assert_eq!(end(&caller).await, expected, "{reason:?}");
    }
}

#[tokio::test]
async fn an_offer_is_used_once() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (caller, offer) = world.app.ringing().await.unwrap();
    let answered = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    won("CallConnected", answered.connected()).await;
    for error in [
        world
            .client()
            .answer_call(&offer, world.callback())
            .await
            .unwrap_err(),
        world.client().reject_call(&offer).await.unwrap_err(),
        world
            .client()
            .redirect_call(&offer, pair.user.clone())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.status(), error.service_code()),
            (ErrorKind::NotFound, Some(404), Some("8522"))
        );
    }
    assert!(caller.properties().await.is_ok(), "the call itself goes on");
}

#[tokio::test]
async fn a_redirected_call_is_offered_to_somebody_else() {
    let world = World::start().await;
    let (caller, offer) = world.app.ringing().await.unwrap();
    let second = world.offered_user();
    world
        .client()
        .redirect_call(&offer, second.clone())
        .await
        .unwrap();
    let redirected = world.app.offer_to(second.clone()).await;
    assert_eq!(redirected.server_call_id(), offer.server_call_id());
    assert_ne!(redirected.incoming_call_context(), offer.incoming_call_context());
    let call = world
        .client()
        .answer_call(&redirected, world.callback())
        .await
        .unwrap();
    won("the caller's CallConnected", caller.connected()).await;
    won("the callee's CallConnected", call.connected()).await;
    let source = caller.properties().await.unwrap().source.unwrap();
    roster(&caller, &[&source, &second.into()]).await;
}

#[tokio::test]
async fn a_call_is_redirected_to_a_telephone_and_to_a_user_that_answers() {
    let world = World::start().await;
    let user = world.user(PartyScript::answer());
    for target in [CommunicationIdentifier::phone(TELEPHONE), user.into()] {
        let (caller, offer) = world.app.ringing().await.unwrap();
        world
            .client()
            .redirect_call(&offer, target.clone())
            .await
            .unwrap();
        won("the caller's CallConnected", caller.connected()).await;
        let source = caller.properties().await.unwrap().source.unwrap();
        roster(&caller, &[&source, &target]).await;
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_takes_the_offer_with_it() {
    let world = World::start().await;
    let telephone = world.emulator.party(CommunicationIdentifier::phone(TELEPHONE));
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    telephone.call(own.clone()).unwrap();
    let offer = world.app.offer_to(own).await;
    telephone.hang_up().unwrap();
    let error = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap_err();
    assert_eq!(error.sub_code(), Some(8522));
}
