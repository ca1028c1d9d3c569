//! Operation context, operation callback URI, custom calling context, and requests that are repeated.

use std::collections::BTreeMap;

use acs_call_automation::{
    AddParticipantOptions, CallInvite, CommunicationIdentifier, CustomCallingContext,
    TransferToParticipantOptions,
};
use acs_call_events::CallEventHub;
use acs_call_events::data::AddParticipantSucceeded;
use acs_call_events::{CallEventStreamExt as _, webhook};
use acs_emulator::{CustomContext, PartyScript};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use futures::StreamExt as _;
use tokio::net::TcpListener;

use super::support::won;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn voip_headers_reach_the_user_that_is_added() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let user = world.offered_user();
    let invite = CallInvite::new(user.clone())
        .source_display_name("Support")
        .voip_header("case", "42")
        .voip_header("language", "eo");
    pair.caller.add_participant(invite).await.unwrap();
    let offer = world.app.offer_to(user).await;
    assert_eq!(offer.caller_display_name(), "Support");
    let context = offer.custom_context().unwrap();
    assert_eq!(context.voip_headers, map(&[("case", "42"), ("language", "eo")]));
    assert!(context.sip_headers.is_empty());
}

#[tokio::test]
async fn sip_headers_reach_the_number_that_is_transferred_to() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    let context = CustomCallingContext::new()
        .add_sip_x("case", "42")
        .add_sip_uui("0123456789abcdef");
    let options = TransferToParticipantOptions::new(own.clone())
        .custom_calling_context(context)
        .source_caller_id(OWN_NUMBER);
    pair.caller.transfer_call_to_participant(options).await.unwrap();
    let offer = world.app.offer_to(own).await;
    assert_eq!(
        offer.custom_context().unwrap().sip_headers,
        map(&[("User-To-User", "0123456789abcdef"), ("X-MS-Custom-case", "42")])
    );
}

#[tokio::test]
async fn headers_of_an_incoming_call_are_read() {
    let world = World::start().await;
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    let headers = CustomContext {
        sip_headers: map(&[("X-MS-Custom-Order", "7")]),
        voip_headers: BTreeMap::new(),
    };
    let telephone = world.emulator.party(CommunicationIdentifier::phone(TELEPHONE));
    telephone.call_with(own.clone(), "Zamenhof", headers).unwrap();
    let offer = world.app.offer_to(own).await;
    assert_eq!(offer.caller_display_name(), "Zamenhof");
    let sip = &offer.custom_context().unwrap().sip_headers;
    assert_eq!(sip["X-MS-Custom-Order"], "7");
}

#[tokio::test]
async fn the_events_of_an_operation_go_to_its_own_address() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let elsewhere = CallEventHub::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/audit", listener.local_addr().unwrap());
    let router = webhook::router(elsewhere.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let options = AddParticipantOptions::new(world.user(PartyScript::answer()))
        .operation_context("audited")
        .operation_callback_uri(&address);
    pair.caller.add_participant(options).await.unwrap();
    let mut events = elsewhere
        .events(pair.caller.id())
        .of_kind::<AddParticipantSucceeded>();
    let added = soon("the event elsewhere", events.next()).await.unwrap();
    assert_eq!(added.event().operation_context().unwrap(), &"audited");

    // Nothing of it came to the address of the call, and what is of the call came there alone.
    pair.caller.hang_up(true).await.unwrap();
    let told = super::support::story(&pair.caller).await;
    assert!(!told.contains(&"AddParticipantSucceeded".to_owned()), "{told:?}");
    assert_eq!(elsewhere.stats().accepted, 1);
}

#[tokio::test]
async fn the_context_of_each_operation_comes_back_with_its_own_event() {
    let world = World::start().await;
    let pair = world.app.pair().await.unwrap();
    let mut adding = Vec::new();
    for context in ["first", "second", "third"] {
        let user = world.user(PartyScript::answer());
        let options = AddParticipantOptions::new(user.clone()).operation_context(context);
        adding.push((user, pair.caller.add_participant(options).await.unwrap()));
    }
    // Waited for in the other order, each finds its own.
    for (user, adding) in adding.iter().rev() {
        let added = won("AddParticipantSucceeded", adding.outcome()).await;
        assert_eq!(added.participant, Some(user.clone().into()));
        assert_eq!(
            added.event().operation_context(),
            Some(adding.operation_context())
        );
    }
}
