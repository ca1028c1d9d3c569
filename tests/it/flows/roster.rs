//! Remove, mute, read and list participants.

use std::collections::BTreeSet;

use acs_call_automation::{
    CommunicationIdentifier, ErrorKind, MuteParticipantOptions, RemoveParticipantOptions,
};
use acs_call_rest::types::MuteParticipantsRequest;
use acs_emulator::{Emulator, PartyScript};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::TryStreamExt as _;

use super::support::{codes, end, raw_ids, roster, won};

#[tokio::test]
async fn a_participant_is_removed_from_a_group_call() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (user, leg) = world.app.add(&pair.caller).await.unwrap();
    let options = RemoveParticipantOptions::new(user.clone()).operation_context("out");
    let removing = pair.caller.remove_participant(options).await.unwrap();
    let removed = won("RemoveParticipantSucceeded", removing.outcome()).await;
    assert_eq!(codes(removed.event()), (200, 0));
    assert_eq!(removed.participant, Some(user.clone().into()));
    assert_eq!(removed.event().operation_context().unwrap(), &"out");
    assert_eq!(end(&leg).await, (200, 5300));

    let source = pair.caller.properties().await.unwrap().source.unwrap();
    let left = [&source, &pair.user.clone().into()];
    soon("the others to be told", async {
        let told = || pair.callee.participants_view().unwrap();
        let expected = raw_ids(left.into_iter());
        let mut updates = pair.callee.events().unwrap();
        while raw_ids(told().participants().iter().map(|who| &who.identifier)) != expected {
            futures::StreamExt::next(&mut updates).await.unwrap();
        }
    })
    .await;
    let again = pair.caller.remove_participant(user).await.unwrap_err();
    assert_eq!((again.status(), again.sub_code()), (Some(404), Some(8522)));
}

#[tokio::test]
async fn removing_the_only_other_participant_ends_the_call() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let removing = pair.caller.remove_participant(pair.user.clone()).await.unwrap();
    won("RemoveParticipantSucceeded", removing.outcome()).await;
    assert_eq!(end(&pair.callee).await, (200, 5300));
    assert_eq!(end(&pair.caller).await, (200, 5002));
}

#[tokio::test]
async fn a_muted_participant_is_shown_so_on_every_leg() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let (user, leg) = world.app.add(&pair.caller).await.unwrap();
    let options = MuteParticipantOptions::new(user.clone()).operation_context("hush");
    let muting = pair.caller.mute_participant(options).await.unwrap();
    assert_eq!(muting.operation_context().unwrap(), &"hush");
    won("the muted roster", muting.outcome()).await;
    assert!(pair.caller.get_participant(user.clone()).await.unwrap().is_muted);
    assert!(leg.get_participant(user.clone()).await.unwrap().is_muted);
    let other = pair.caller.get_participant(pair.user.clone()).await.unwrap();
    assert!(!other.is_muted);
}

#[tokio::test]
async fn a_telephone_cannot_be_muted() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let invite = acs_call_automation::CallInvite::phone(TELEPHONE, OWN_NUMBER);
    let adding = pair.caller.add_participant(invite).await.unwrap();
    won("AddParticipantSucceeded", adding.outcome()).await;
    let telephone = CommunicationIdentifier::phone(TELEPHONE);
    // The client knows, and does not ask.
    let error = pair.caller.mute_participant(telephone.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.field()),
        (ErrorKind::InvalidInput, Some("participant"))
    );
    // Who asks by the client below is told by the service.
    let request = MuteParticipantsRequest {
        operation_context: None,
        target_participants: vec![telephone.clone()],
    };
    let asked = world
        .client()
        .rest()
        .mute_participants(pair.caller.id(), &request)
        .await;
    let error = acs_call_rest::Error::from(asked.unwrap_err());
    assert_eq!(error.status().unwrap(), 400, "{error:?}");
    let found = pair.caller.get_participant(telephone.clone()).await.unwrap();
    assert_eq!(found.identifier, telephone);
}

#[tokio::test]
async fn a_list_over_pages_names_everybody_once() {
    let world = World::with(Emulator::builder().page_size(2), None).await;
    let pair = world.app.pair().await.unwrap();
    let mut expected: Vec<CommunicationIdentifier> = vec![
        pair.caller.properties().await.unwrap().source.unwrap(),
        pair.user.clone().into(),
    ];
    for _ in 0..3 {
        let user = world.user(PartyScript::answer());
        let adding = pair.caller.add_participant(user.clone()).await.unwrap();
        won("AddParticipantSucceeded", adding.outcome()).await;
        expected.push(user.into());
    }
    let listed = pair.caller.list_participants().try_collect::<Vec<_>>();
    let listed = soon("the list", listed).await.unwrap();
    let ids = raw_ids(listed.iter().map(|participant| &participant.identifier));
    assert_eq!(ids, raw_ids(expected.iter()));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 5);
    let pages = pair.caller.list_participants().pages().try_collect::<Vec<_>>();
    let sizes: Vec<usize> = soon("the pages", pages)
        .await
        .unwrap()
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [2, 2, 1]);
    roster(&pair.callee, &expected.iter().collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_stranger_is_not_found_in_the_call() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let stranger = world.offered_user();
    for error in [
        pair.caller.get_participant(stranger.clone()).await.unwrap_err(),
        pair.caller.mute_participant(stranger.clone()).await.unwrap_err(),
        pair.caller.remove_participant(stranger).await.unwrap_err(),
    ] {
        assert!(error.is_not_found(), "{error:?}");
        assert_eq!(error.sub_code(), Some(8522));
    }
}
