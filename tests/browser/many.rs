//! A busy day: a thousand calls and a hundred thousand entries.

use acs_common::CommunicationIdentifier;
use acs_emulator::{Emulator, PartyScript};
use acs_tests::world::World;
use serde_json::json;

use crate::call::page;
use crate::cdp::Browser;

const CALLS: usize = 1_000;
const ENTRIES: usize = 100_000;

#[tokio::test]
async fn the_page_stays_usable_with_a_thousand_calls_and_a_hundred_thousand_entries() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::with(Emulator::builder().journal_capacity(ENTRIES + 5_000), None).await;
    let callee = CommunicationIdentifier::phone("+16045559999");
    world.emulator.set_script(&callee, PartyScript::answer());
    for number in 0..CALLS {
        let caller = CommunicationIdentifier::phone(format!("+1604555{number:04}"));
        world.emulator.party(&caller).call(callee.clone()).unwrap();
    }
    world.emulator.settled().await;
    while world.emulator.journal().len() < ENTRIES {
        // Everybody is in a call with the same telephone: each key is heard in all of them.
        for _ in 0..10 {
            world.emulator.party(&callee).press("1").unwrap();
        }
    }

    let page = page(&browser, &world).await;
    page.until(
        "all calls",
        "document.getElementById('count-calls').textContent === '1,000'",
    )
    .await;
    page.until(
        "all entries",
        "Number(document.getElementById('count-entries').textContent.replaceAll(',', '')) >= 100000",
    )
    .await;
    let elements = page.eval("document.querySelectorAll('*').length").await;
    assert!(elements.as_u64().unwrap() < 1_500, "{elements} elements");

    // To the end of both lists, and into the oldest call.
    page.press("c").await;
    page.press("End").await;
    page.until("the last row", "[...document.querySelectorAll('#call-list .row')].some((row) => row.getAttribute('aria-posinset') === '1001')").await;
    page.press("Enter").await;
    page.shows("#view-diagram svg a", "presses 1").await;
    page.press("e").await;
    page.press("End").await;
    page.press("Enter").await;
    page.shows("#detail pre", "\"presses 1\"").await;

    // It goes on being told.
    world.emulator.party(&callee).say("still there?").unwrap();
    page.shows("#parties .doing", "still there?").await;
    page.press("Home").await;
    page.press("Enter").await;
    page.screenshot("many").await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(
        page.eval("document.querySelectorAll('.toast').length").await,
        json!(0)
    );
}
