//! A call, from the first ring to its exported diagram, by mouse.

use acs_call_automation::TransferToParticipantOptions;
use acs_common::CommunicationIdentifier;
use acs_emulator::PartyScript;
use acs_tests::soon;
use acs_tests::world::{TELEPHONE, World};
use serde_json::Value;

use crate::cdp::{Browser, Page, output};

/// The page of an emulator, alive.
pub(crate) async fn page<'a>(browser: &'a Browser, world: &World) -> Page<'a> {
    let page = browser.open(world.emulator.endpoint().base()).await;
    page.shows("#feed", "live").await;
    page
}

#[tokio::test]
async fn a_call_is_seen_answered_keyed_transferred_and_exported() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    page.prefer("light").await;
    page.screenshot("empty").await;

    // It rings, and is answered by hand.
    let user = world.user(PartyScript::no_answer());
    let call = world
        .client()
        .create_call(user.clone(), world.callback())
        .await
        .unwrap();
    page.shows("#call-list .call-row", "ringing").await;
    page.click("#call-list .row:nth-child(2)").await;
    page.shows("#call-state", "ringing").await;
    page.shows("#parties .party", "ringing").await;
    page.shows("#view-diagram svg a", "createCall").await;
    page.screenshot("ringing").await;
    page.click("#parties button[aria-label^='Answer']").await;
    soon("CallConnected", call.connected()).await.unwrap();
    page.shows("#call-state", "connected").await;
    page.shows("#view-diagram svg a", "CallConnected").await;
    // The application took the event, and the picture says so.
    page.shows("#view-diagram svg a", "CallConnected ✓").await;

    // Keys and words.
    let target = CommunicationIdentifier::from(user.clone());
    let media = call.media();
    media.start_continuous_dtmf_recognition(target).await.unwrap();
    page.click("#parties button[aria-label^='Press 5']").await;
    page.click("#parties button[aria-label^='Press pound']").await;
    page.shows("#view-diagram svg a", "ContinuousDtmfRecognitionToneReceived")
        .await;
    page.shows("#view-diagram svg a", "presses #").await;
    page.click("#parties .speak input").await;
    page.write("to the sales, please").await;
    page.press("Enter").await;
    page.shows("#view-diagram svg a", "says “to the sales, please”")
        .await;
    page.shows("#parties .doing", "to the sales, please").await;

    // What is behind an arrow.
    page.click("#view-diagram svg a:nth-of-type(3)").await;
    page.shows("#detail pre", "\"number\":").await;
    page.screenshot("connected").await;
    page.press("Escape").await;
    page.until("the entry closed", "document.getElementById('detail').hidden")
        .await;

    // Transferred to a telephone, which answers.
    let options = TransferToParticipantOptions::new(CommunicationIdentifier::phone(TELEPHONE))
        .source_caller_id(acs_tests::world::OWN_NUMBER);
    let transfer = call.transfer_call_to_participant(options).await.unwrap();
    soon("CallTransferAccepted", transfer.outcome()).await.unwrap();
    page.shows("#view-diagram svg a", "transferToParticipant").await;
    page.shows("#view-diagram svg a", "CallTransferAccepted").await;
    page.shows("#call-state", "over").await;
    page.screenshot("transferred").await;
    // The telephone is in a call of its own with whom was transferred.
    page.shows("#call-list .call-row", &format!("→ {TELEPHONE}"))
        .await;

    // A reload comes back to the same call.
    let title = page
        .eval("document.getElementById('call-title').textContent")
        .await;
    page.send("Page.reload", serde_json::json!({})).await;
    page.shows("#feed", "live").await;
    page.shows("#call-title", title.as_str().unwrap()).await;
    page.shows("#view-diagram svg a", "CallTransferAccepted").await;

    exports(&browser, &page).await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// Every form of the diagram, saved by a click as a person would.
async fn exports(browser: &Browser, page: &Page<'_>) {
    let folder = output().join("browser/exports");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    browser.downloads(&folder.canonicalize().unwrap()).await;
    let forms = [
        ("svg", "<svg xmlns"),
        ("html", "<!doctype html>"),
        ("mmd", "sequenceDiagram"),
        ("json", "\"messages\": ["),
    ];
    for (saved, (form, expected)) in forms.into_iter().enumerate() {
        page.click(&format!("#export-{form}")).await;
        browser.saved(saved + 1).await;
        let text = std::fs::read_to_string(folder.join(format!("call.{form}"))).unwrap();
        assert!(
            text.starts_with(expected) || text.contains(expected),
            "{form}: {text}"
        );
        for told in [
            "createCall",
            "CallConnected",
            "transferToParticipant",
            "CallTransferAccepted",
        ] {
            assert!(text.contains(told), "{form} does not tell of {told}");
        }
        if form == "json" {
            let drawn: Value = serde_json::from_str(&text).unwrap();
            assert!(drawn["messages"].as_array().unwrap().len() > 10);
            assert_eq!(drawn["lanes"][0]["id"], "application");
        }
    }
}

#[tokio::test]
async fn calls_and_entries_are_found_by_searching() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    for number in ["+16045550111", "+16045550122"] {
        let own = acs_tests::world::OWN_NUMBER;
        let caller = CommunicationIdentifier::phone(number);
        world
            .emulator
            .party(&caller)
            .call(CommunicationIdentifier::phone(own))
            .unwrap();
    }
    page.shows("#count-calls", "2").await;
    page.press("/").await;
    page.write("550122").await;
    page.until(
        "one call",
        "[...document.querySelectorAll('#call-list .who')].map((one) => one.textContent).join() === 'Everything,+16045550122 → +14255550100'",
    )
    .await;
    page.until("only its entries", "document.querySelectorAll('#entry-list .row').length === 0 || ![...document.querySelectorAll('#entry-list .row')].some((row) => row.textContent.includes('550111'))").await;
    page.press("Escape").await;
    page.until(
        "all again",
        "document.querySelectorAll('#call-list .row').length === 3",
    )
    .await;
    page.press("/").await;
    page.write("nothing-like-it").await;
    page.shows("#calls-empty", "No such call").await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
}
