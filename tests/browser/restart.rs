//! The emulator goes away and comes back, as another one, while the page stays open.

use acs_common::CommunicationIdentifier;
use acs_emulator::{Emulator, PartyScript};
use acs_tests::world::TELEPHONE;

use crate::cdp::Browser;

fn call(emulator: &Emulator, caller: &str) {
    let callee = CommunicationIdentifier::phone(TELEPHONE);
    emulator.set_script(&callee, PartyScript::answer());
    emulator
        .party(CommunicationIdentifier::phone(caller))
        .call(callee)
        .unwrap();
}

#[tokio::test]
async fn the_page_begins_anew_with_another_emulator_and_fits_a_narrow_window() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let first = Emulator::start().await.unwrap();
    let base = first.endpoint().base().to_owned();
    let address = first.endpoint().authority().parse().unwrap();
    for caller in ["+16045550101", "+16045550102"] {
        call(&first, caller);
    }
    let page = browser.open(&base).await;
    page.shows("#count-calls", "2").await;
    first.shutdown().await;
    page.until(
        "the loss",
        "document.getElementById('feed').dataset.state !== 'live'",
    )
    .await;

    // Its numbers begin at 0 again, and it has more entries than the page has seen of the other one.
    let second = Emulator::builder().listen(address).start().await.unwrap();
    for caller in ["+16045550103", "+16045550104", "+16045550105"] {
        call(&second, caller);
    }
    page.shows("#feed", "live").await;
    page.shows("#count-calls", "3").await;
    page.click("#call-list .row:nth-child(2)").await;
    page.shows("#view-diagram svg a", "answers").await;

    // Nothing is wider than a narrow window, and nothing is lost in it.
    page.window(800, 1200).await;
    let wide = "document.documentElement.scrollWidth <= innerWidth";
    page.until("one column", wide).await;
    page.click("#parties button[aria-label^='Hang up']").await;
    page.shows("#call-state", "over").await;
    page.screenshot("narrow").await;
}
