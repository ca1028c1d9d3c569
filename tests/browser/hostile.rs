//! Names, words and headers that would be markup if anybody took them for it.

use acs_common::CommunicationIdentifier;
use acs_emulator::{CustomContext, PartyScript};
use acs_tests::world::{OWN_NUMBER, World};
use serde_json::json;

use crate::call::page;
use crate::cdp::Browser;

const MARKUP: &str =
    "</script></text></svg><img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>'\"&";

#[tokio::test]
async fn nothing_that_was_said_becomes_markup() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;

    let caller = CommunicationIdentifier::phone("+16045550166");
    let mut headers = CustomContext::default();
    headers.voip_headers.insert("case".to_owned(), MARKUP.to_owned());
    world
        .emulator
        .party(&caller)
        .call_with(CommunicationIdentifier::phone(OWN_NUMBER), MARKUP, headers)
        .unwrap();
    let odd = CommunicationIdentifier::from_raw_id(MARKUP);
    world.emulator.set_script(&odd, PartyScript::answer());
    let _ = world
        .client()
        .create_call(odd, format!("{}?<b>=1", world.callback()))
        .await;
    let user = world.user(PartyScript::answer());
    let call = world
        .client()
        .create_call(user.clone(), world.callback())
        .await
        .unwrap();
    acs_tests::soon("CallConnected", call.connected()).await.unwrap();
    world.emulator.party(user).say(MARKUP).unwrap();

    // Said in a call, seen in the list, the diagram, the card and behind the arrow.
    page.click("#call-list .row:nth-child(2)").await;
    page.shows("#view-diagram svg a", "onerror").await;
    page.shows("#parties .doing", "onerror").await;
    page.click("#tab-entries").await;
    page.shows("#entry-list .row", "onerror").await;
    page.press("/").await;
    page.write("onerror").await;
    page.until(
        "the entry",
        "document.querySelectorAll('#entry-list .row').length === 1",
    )
    .await;
    page.click("#entry-list .row").await;
    page.shows("#detail pre", "onerror").await;

    let images = "document.querySelectorAll('img, body script, [onerror]').length";
    assert_eq!(page.eval(images).await, json!(0));
    assert_eq!(page.eval("window.hurt ?? null").await, json!(null));

    // The exported page, opened as a page of its own.
    let address = page
        .eval("document.getElementById('export-html').href.replace('?download=true', '')")
        .await;
    let exported = browser.open(address.as_str().unwrap()).await;
    exported.shows("h1", "Call of").await;
    exported.shows("li", "onerror").await;
    assert_eq!(
        exported.eval("document.querySelectorAll('img').length").await,
        json!(0)
    );
    assert_eq!(exported.eval("window.hurt ?? null").await, json!(null));
    // Its own script runs under its own policy.
    exported.click("svg a text").await;
    exported
        .until("what is behind it", "document.querySelector('details[open]')")
        .await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
