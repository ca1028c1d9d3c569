//! The page without a mouse, in the dark, and for those who hear it read.

use acs_emulator::PartyScript;
use acs_tests::soon;
use acs_tests::world::World;
use serde_json::{Value, json};

use crate::call::page;
use crate::cdp::Browser;

/// Text whose contrast is below 4.5 to 1, with what it is. What has no text of its own is not looked at.
const LOW_CONTRAST: &str = r"
(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  let looked = 0;
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!own || !element.checkVisibility() || element.closest('noscript, .hidden, .said, :disabled')) continue;
    const svg = element.closest('svg');
    const style = getComputedStyle(element);
    const under = ground(svg ? svg.parentElement : element);
    // In the picture only the names stand on a ground of their own, which is checked by its colours.
    const ink = over(rgba(svg ? style.fill : style.color), under);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    looked += 1;
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)} ${element.tagName}.${element.getAttribute('class')} ${element.textContent.slice(0, 40)}`);
  }
  return { looked, found };
})()";

/// Roles that somebody must be able to call by a name.
const NAMED: &[&str] = &[
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "tab",
    "option",
    "listbox",
    "checkbox",
    "dialog",
    "tabpanel",
    "spinbutton",
];

#[tokio::test]
async fn everything_has_a_name_and_every_text_can_be_read_in_both_themes() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    let user = world.user(PartyScript::answer());
    let call = world.client().create_call(user, world.callback()).await.unwrap();
    soon("CallConnected", call.connected()).await.unwrap();
    let rings = world.user(PartyScript::no_answer());
    world.client().create_call(rings, world.callback()).await.unwrap();
    page.click("#call-list .row:nth-child(3)").await;
    page.shows("#parties .party", "in the call").await;
    page.shows("#view-diagram svg a", "CallConnected ✓").await;
    page.click("#clock-panel summary").await;
    page.until("the clock", "document.querySelector('#clock > *')")
        .await;
    page.click("#faults-panel summary").await;
    page.until("the faults", "document.querySelector('#token-fault')")
        .await;
    page.click("#view-diagram svg a:nth-of-type(2)").await;
    page.shows("#detail pre", "number").await;

    for scheme in ["light", "dark"] {
        page.prefer(scheme).await;
        page.until(
            scheme,
            &format!("document.documentElement.dataset.theme === '{scheme}'"),
        )
        .await;
        for tab in ["entries", "diagram"] {
            page.click(&format!("#tab-{tab}")).await;
            page.until(tab, &format!("!document.getElementById('view-{tab}').hidden"))
                .await;
            let contrast = page.eval(LOW_CONTRAST).await;
            assert!(contrast["looked"].as_u64().unwrap() > 40, "{contrast}");
            assert_eq!(contrast["found"], json!([]), "{scheme}, {tab}");
        }
        page.screenshot(&format!("panels-{scheme}")).await;
    }

    let all = page.accessible().await;
    let mut seen = 0;
    for (role, name) in &all {
        if NAMED.contains(&role.as_str()) {
            seen += 1;
            assert!(!name.trim().is_empty(), "a {role} without a name");
        }
    }
    assert!(seen > 40, "{seen} of {}", all.len());
    let duplicates = page
        .eval("(() => { const ids = [...document.querySelectorAll('body [id]')].filter((one) => !one.closest('svg')).map((one) => one.id); return ids.filter((id, i) => ids.indexOf(id) !== i); })()")
        .await;
    assert_eq!(duplicates, json!([]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_call_is_answered_and_hung_up_with_the_keyboard_alone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let world = World::start().await;
    let page = page(&browser, &world).await;
    let user = world.user(PartyScript::no_answer());
    let call = world.client().create_call(user, world.callback()).await.unwrap();
    page.shows("#call-list .call-row", "ringing").await;

    page.press("?").await;
    page.until("the list of keys", "document.getElementById('help').open")
        .await;
    page.shows("#help-keys dd", "search").await;
    page.screenshot("help").await;
    page.press("Escape").await;
    page.until("closed", "!document.getElementById('help').open")
        .await;

    // The list may be drawn anew between two keys; whoever uses it presses them again.
    for _ in 0..20 {
        page.press("c").await;
        page.press("ArrowDown").await;
        page.press("Enter").await;
        let shown = "document.getElementById('call-state').textContent.includes('ringing')";
        if page.eval(shown).await == serde_json::json!(true) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    page.shows("#call-state", "ringing").await;
    page.shows("#view-diagram svg a", "rings").await;
    page.press("d").await;
    page.press("Home").await;
    page.press("ArrowDown").await;
    page.press("Enter").await;
    page.shows("#detail pre", "\"number\":").await;
    page.press("Escape").await;
    page.until(
        "back in the diagram",
        "document.activeElement.matches('#view-diagram a')",
    )
    .await;

    page.press("p").await;
    page.until("on the button", "document.activeElement.textContent === 'Answer'")
        .await;
    page.press("Enter").await;
    soon("CallConnected", call.connected()).await.unwrap();
    page.until(
        "on what can be done now",
        "document.activeElement.closest('.keypad')",
    )
    .await;
    for _ in 0..20 {
        if page.eval("document.activeElement.textContent").await == json!("Hang up") {
            break;
        }
        page.press("Tab").await;
        visible_focus(&page.eval(FOCUS).await);
    }
    page.press(" ").await;
    page.shows("#call-state", "over").await;

    // Once around the page: every stop can be seen.
    page.send("Page.reload", json!({})).await;
    page.shows("#feed", "live").await;
    page.shows("#view-diagram svg a", "rings").await;
    let mut stops = Vec::new();
    for _ in 0..40 {
        page.press("Tab").await;
        let focus = page.eval(FOCUS).await;
        if focus.is_null() {
            break;
        }
        visible_focus(&focus);
        stops.push(focus["what"].as_str().unwrap().to_owned());
    }
    for wanted in [
        "search",
        "theme",
        "help-open",
        "call-list",
        "tab-diagram",
        "export-svg",
        "place-from",
    ] {
        assert!(
            stops.iter().any(|stop| stop == wanted),
            "{wanted} is not reached: {stops:?}"
        );
    }
    page.press("t").await;
    page.shows("#theme", "light").await;
    page.press("t").await;
    page.until("dark", "document.documentElement.dataset.theme === 'dark'")
        .await;
    page.screenshot("dark").await;
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

/// What has the focus, and whether that can be seen.
const FOCUS: &str = "(() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at.querySelector('.row') && at.matches('a[data-entry]') ? at.querySelector('.row') : at);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const stroked = at.matches('a[data-entry]') && style.stroke !== 'none';
  return { what: at.id || at.textContent.slice(0, 30), seen: outlined || stroked };
})()";

fn visible_focus(focus: &Value) {
    assert_eq!(focus["seen"], json!(true), "the focus cannot be seen: {focus}");
}
