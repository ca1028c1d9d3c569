//! Calls between agents.

use acs_calling::{
    CallAgentOptions, CallDirection, CallEndReason, CallLocator, CallState, IncomingEnd, StartCallOptions,
};
use acs_emulator::PartyScript;
use futures::StreamExt as _;

use super::{Office, becomes, rings};
use crate::harness::soon;

#[tokio::test]
async fn an_agent_calls_another_holds_and_hangs_up() {
    let office = Office::open().await;
    let alice = office.agent("Alice").await;
    let bob = office.agent("Bob").await;
    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    let ringing = rings(&bob).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(alice.identity()));
    assert_eq!(ringing.caller_info().display_name.as_deref(), Some("Alice"));
    becomes(&call, CallState::Ringing).await;
    let answered = ringing.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    // Each is called as she signed in.
    let names = [&call, &answered].map(|call| call.remote_participants()[0].display_name.clone());
    assert_eq!(names.map(Option::unwrap), ["Bob", "Alice"]);
    assert_eq!(answered.direction(), CallDirection::Incoming);
    assert_eq!(call.server_call_id(), answered.server_call_id());
    call.hold().await.unwrap();
    becomes(&call, CallState::LocalHold).await;
    becomes(&answered, CallState::RemoteHold).await;
    call.resume().await.unwrap();
    becomes(&answered, CallState::Connected).await;
    call.mute().await.unwrap();
    assert!(call.is_muted());
    call.hang_up().await.unwrap();
    becomes(&answered, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
}

#[tokio::test]
async fn a_call_that_is_declined_or_given_up_says_so_at_the_other_end() {
    let office = Office::open().await;
    let alice = office.agent("Alice").await;
    let bob = office.agent("Bob").await;
    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    rings(&bob).await.reject().await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::DECLINED));

    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    let ringing = rings(&bob).await;
    call.hang_up().await.unwrap();
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));

    let offline = office.create_user();
    office.set_script(offline.clone(), PartyScript::offline());
    let call = alice
        .start_call([offline], StartCallOptions::default())
        .await
        .unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::OFFLINE));
}

/// Invariant 6, over real sockets.
#[tokio::test]
async fn of_two_devices_one_connects() {
    let office = Office::open().await;
    let alice = office.agent("Alice").await;
    let carol = office.somebody(&["voip"]).await;
    let plain = CallAgentOptions::default;
    let desk = office.sign_in(&carol, "desk", plain()).await.unwrap();
    let mobile = office.sign_in(&carol, "mobile", plain()).await.unwrap();
    let call = alice.start_call([carol.id], ()).await.unwrap();
    let (at_desk, at_mobile) = (rings(&desk).await, rings(&mobile).await);
    let answered = at_desk.accept(()).await.unwrap();
    becomes(&answered, CallState::Connected).await;
    becomes(&call, CallState::Connected).await;
    let end = soon("the end", at_mobile.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::ANSWERED_ELSEWHERE)));
    assert!(mobile.calls().is_empty());
}

#[tokio::test]
async fn a_call_is_ended_for_everyone() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let group_id = "29228d3e-040e-4656-a70e-890ab4e173e5".to_owned();
    let locator = CallLocator::Group { group_id };
    let at_a = a.join(locator.clone(), ()).await.unwrap();
    let at_b = b.join(locator, ()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    let mut updates = at_a.remote_participants_updates();
    while at_a.remote_participants().is_empty() {
        soon("a participant", updates.next()).await.unwrap();
    }
    at_a.hang_up_for_everyone().await.unwrap();
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
}
