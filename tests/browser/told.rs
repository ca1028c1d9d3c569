//! What the page tells the emulator: calls from outside, the clock, faults.

use acs_common::CommunicationIdentifier;
use acs_emulator::TokenFault;
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, World};
use serde_json::json;

use crate::call::page;
use crate::cdp::{Browser, Page};

/// Waits until the page knows what the emulator can be told.
async fn is_told(page: &Page<'_>) {
    page.until("the form", "!document.getElementById('place-call').disabled")
        .await;
}

#[tokio::test]
async fn a_call_is_placed_from_the_page_and_hung_up_by_the_caller() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    is_told(&page).await;
    page.press("n").await;
    page.write("+1 604 555-0177").await;
    page.eval("document.getElementById('place-to').select()").await;
    page.write(OWN_NUMBER).await;
    page.press("Enter").await;

    // The page shows it, and the application is offered it.
    page.shows("#call-title", &format!("+16045550177 → {OWN_NUMBER}"))
        .await;
    page.shows("#view-diagram svg a", "IncomingCall ✓").await;
    let own = CommunicationIdentifier::phone(OWN_NUMBER);
    let offer = world.app.next_offer_to(own).await;
    let call = world
        .client()
        .answer_call(&offer, world.callback())
        .await
        .unwrap();
    soon("CallConnected", call.connected()).await.unwrap();
    page.shows("#parties .party", "application").await;
    page.screenshot("placed").await;
    page.click("#parties button[aria-label='Hang up: +16045550177']")
        .await;
    page.shows("#call-state", "over").await;
    page.shows("#view-diagram svg a", "CallDisconnected").await;

    // A user made on the spot calls a telephone that answers: the application has no part in it.
    page.click("#place-user").await;
    page.until(
        "a user",
        "document.getElementById('place-from').value.startsWith('8:acs:')",
    )
    .await;
    page.eval("document.getElementById('place-to').value = '+16045550188'")
        .await;
    page.click("#place-call").await;
    page.shows("#call-title", "+16045550188").await;
    page.shows("#call-state", "connected").await;
    page.until(
        "both of them",
        "document.querySelectorAll('#parties .party .talk:not([hidden])').length === 2",
    )
    .await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn the_clock_is_stepped_and_faults_are_set_and_removed() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    is_told(&page).await;
    page.click("#clock-panel summary").await;
    page.shows("#clock .reason", "Only a stepped clock").await;
    page.eval("document.getElementById('clock-mode').value = 'stepped'")
        .await;
    page.click("#clock .primary").await;
    page.until(
        "a stepped clock",
        "[...document.querySelectorAll('#clock .buttons button')].every((one) => !one.disabled)",
    )
    .await;
    let time = "Date.parse(document.querySelector('#clock .time').textContent)";
    let before = page.eval(time).await;
    page.click("#clock button[aria-label='Advance the clock by 30 seconds']")
        .await;
    page.until("thirty seconds later", &format!("{time} - {before} === 30000"))
        .await;
    page.click("#clock-panel summary").await;

    page.click("#faults-panel summary").await;
    page.shows("#faults .reason", "Nothing goes wrong").await;
    page.click("#faults .adding label:nth-of-type(2) input").await;
    page.write("createCall").await;
    page.click("#faults .adding button[type=submit]").await;
    page.shows("#faults .fault", "createCall: answer with a status, status 503")
        .await;
    page.screenshot("faults").await;
    page.click("#faults .fault button").await;
    page.shows("#faults .reason", "Nothing goes wrong").await;
    page.eval(
        "(() => {
            const one = document.getElementById('token-fault');
            one.value = 'expired';
            one.dispatchEvent(new Event('change'));
        })()",
    )
    .await;
    page.shows("#entry-list .label", "token fault: expired").await;
    assert_eq!(world.emulator.token_fault(), TokenFault::Expired);
    let failed = page
        .eval("document.querySelectorAll('.toast[data-kind=failed]').length")
        .await;
    assert_eq!(failed, json!(0));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
