//! Call agents on the page: who is signed in, who is one in a call, and calls that a transfer ties together.

use acs_calling::credential::StaticTokenCredential;
use acs_calling::{
    CallAgent, CallAgentOptions, CallClient, CallClientOptions, CallState, TransferToParticipantOptions,
    WebSocketTransport,
};
use acs_common::CommunicationIdentifier;
use acs_emulator::PartyScript;
use acs_tests::identities;
use acs_tests::soon;
use acs_tests::world::World;
use futures::StreamExt as _;

use crate::call::page;
use crate::cdp::Browser;

/// Somebody signs in under a name that would be markup, were it not text. The token is told, to look for it.
async fn agent(world: &World, name: &str, device: &str) -> (CallAgent, String) {
    let token = identities::voip_token(&world.emulator).await;
    let transport = WebSocketTransport::new(world.emulator.endpoint().base()).unwrap();
    let client = CallClient::new(CallClientOptions::new(transport).endpoint(device));
    let credential = StaticTokenCredential::new(token.clone()).unwrap();
    let signed_in = client.create_call_agent(credential, CallAgentOptions::from(name));
    (soon("a sign-in", signed_in).await.unwrap(), token)
}

async fn becomes(call: &acs_calling::Call, state: CallState) {
    let reached = soon("a state", call.wait_for(|now| now == state)).await;
    assert_eq!(reached, state);
}

#[tokio::test]
async fn agents_are_shown_marked_and_left_alone_and_transfers_are_linked() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    page.until("no agents", "document.getElementById('agents-panel').hidden")
        .await;

    // They appear while the page is open.
    let (alice, token) = agent(&world, "<b>Alice</b>", "desk").await;
    page.shows("#agents .agent", "<b>Alice</b>").await;
    page.shows("#agents .agent", "on desk").await;
    page.shows("#agents .agent", "in no call").await;
    page.until("no markup", "document.querySelector('#agents b') === null")
        .await;
    let (bob, _) = agent(&world, "Bob", "mobile").await;
    page.shows("#agents-count", "2").await;

    // Bob rings: he answers, and not the page.
    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    let ringing = soon("a call that rings", bob.incoming_calls().next())
        .await
        .unwrap();
    page.shows("#call-list .call-row", "ringing").await;
    page.click("#call-list .row:nth-child(2)").await;
    page.shows("#parties .party", "agent Bob").await;
    page.shows("#parties .party", "agent <b>Alice</b>").await;
    page.shows("#agents .agent", "1 ringing").await;
    let buttons = "[...document.querySelectorAll('#parties button')].filter((one) => one.checkVisibility()).map((one) => one.textContent).join('')";
    page.until(
        "nobody is to be answered or hung up by hand",
        &format!("!/Answer|Decline|Busy|Hang up/.test({buttons})"),
    )
    .await;
    page.screenshot("agents").await;
    let at_bob = ringing.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&at_bob, CallState::Connected).await;
    page.shows("#call-state", "connected").await;
    page.until(
        "keys, and still nothing to hang up by",
        &format!("/#/.test({buttons}) && !/Hang up/.test({buttons})"),
    )
    .await;
    page.shows("#agents .agent", "1 call").await;

    // Alice transfers Bob to a user who is driven by hand: the new call and the old one lead to each other.
    let carol = CommunicationIdentifier::from(world.user(PartyScript::no_answer()));
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    let transfer = call.transfer_to_participant(carol.clone(), options).unwrap();
    page.shows("#call-list .call-row", "ringing").await;
    page.shows("#call-links", "transfer to").await;
    let old = page.eval("document.getElementById('call-ids').textContent").await;
    page.click("#call-links button").await;
    page.shows("#call-links", "transferred from").await;
    page.shows("#call-state", "ringing").await;
    // Carol is no agent, and is answered here.
    page.click("#parties .party:last-child button[aria-label^='Answer']")
        .await;
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    page.shows("#call-state", "connected").await;
    page.shows("#parties .party", "agent Bob").await;
    page.screenshot("transferred-agent").await;
    page.click("#call-links button").await;
    page.shows("#call-state", "over").await;
    page.shows("#call-links", "transfer to").await;
    assert_eq!(
        page.eval("document.getElementById('call-ids').textContent").await,
        old
    );

    // Who signs out is gone from the page, and nothing of it was a secret.
    soon("Alice to sign out", alice.dispose()).await;
    page.shows("#agents-count", "1").await;
    let told = page.eval("document.documentElement.outerHTML").await.to_string();
    assert!(told.contains("Bob") && !told.contains(&token));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
