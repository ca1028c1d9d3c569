//! The page, the feed and the diagrams over HTTP, and who is let at them.

use acs_common::CommunicationIdentifier;
use acs_emulator::{Emulator, PartyScript};
use futures::StreamExt as _;
use reqwest::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use crate::harness::soon;

fn ask(emulator: &Emulator, method: Method, path: &str) -> RequestBuilder {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(acs_common::tls::without_roots().unwrap())
        .build()
        .unwrap();
    let origin = emulator.endpoint().base().trim_end_matches('/');
    client.request(method, format!("{origin}{path}"))
}

async fn get(emulator: &Emulator, path: &str) -> Response {
    ask(emulator, Method::GET, path).send().await.unwrap()
}

/// A call between two parties that the application has no part in. Its server call id.
fn call(emulator: &Emulator) -> String {
    let callee = CommunicationIdentifier::phone("+16045550199");
    emulator.set_script(&callee, PartyScript::answer());
    let caller = CommunicationIdentifier::phone("+16045550100");
    emulator.party(caller).call(callee).unwrap().as_str().to_owned()
}

/// Reads a feed until it has said a text, and gives all that it said.
async fn heard(response: Response, until: &str) -> String {
    let mut body = response.bytes_stream();
    let mut said = String::new();
    soon(until, async {
        while !said.contains(until) {
            let piece = body.next().await.expect("the feed goes on").unwrap();
            said.push_str(std::str::from_utf8(&piece).unwrap());
        }
    })
    .await;
    said
}

#[tokio::test]
async fn the_page_comes_with_its_files_and_under_a_strict_policy() {
    let emulator = Emulator::start().await.unwrap();
    for (path, kind, text) in [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/emulator/ui/main.js", "text/javascript; charset=utf-8", "import"),
        ("/emulator/ui/base.css", "text/css; charset=utf-8", ":root"),
    ] {
        let response = get(&emulator, path).await;
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers().clone();
        assert_eq!(headers[CONTENT_TYPE], kind);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(response.text().await.unwrap().contains(text), "{path}");
    }
    assert_eq!(
        get(&emulator, "/emulator/ui/../../Cargo.toml").await.status(),
        401
    );
    assert_eq!(get(&emulator, "/emulator/ui/none.js").await.status(), 404);
}

#[tokio::test]
async fn the_feed_tells_the_past_then_the_present_and_is_taken_up_where_it_was_left() {
    let emulator = Emulator::start().await.unwrap();
    call(&emulator);
    let feed = get(&emulator, "/emulator/feed").await;
    assert_eq!(feed.headers()[CONTENT_TYPE], "text/event-stream");
    let said = heard(feed, "\"label\":\"answers\"").await;
    assert!(said.starts_with("event: hello\n"), "{said}");
    assert!(
        said.contains("event: entry\n") && said.contains("id: 0\n"),
        "{said}"
    );

    let last = emulator.journal().last().unwrap().number;
    let feed = ask(&emulator, Method::GET, "/emulator/feed?since=0")
        .header("Last-Event-ID", last.to_string())
        .send()
        .await
        .unwrap();
    emulator
        .party(CommunicationIdentifier::phone("+16045550199"))
        .say("later")
        .unwrap();
    let said = heard(feed, "later").await;
    assert_eq!(said.matches("event: entry\n").count(), 1, "{said}");

    for path in ["/emulator/feed?since=x", "/emulator/journal/x"] {
        assert_eq!(get(&emulator, path).await.status(), 400, "{path}");
    }
    let refused = ask(&emulator, Method::GET, "/emulator/feed").header("Last-Event-ID", "x");
    assert_eq!(refused.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn an_open_feed_does_not_hold_up_the_shutdown() {
    let emulator = Emulator::start().await.unwrap();
    let feed = get(&emulator, "/emulator/feed").await;
    let feed = soon("hello", async {
        let mut body = feed.bytes_stream();
        body.next().await.unwrap().unwrap();
        body
    })
    .await;
    let ((), rest) = tokio::join!(emulator.shutdown(), soon("the end of the feed", feed.count()));
    assert_eq!(rest, 0, "nothing happened, and the feed came to its end");
}

#[tokio::test]
async fn one_entry_is_read_by_its_number() {
    let emulator = Emulator::builder().journal_capacity(3).start().await.unwrap();
    call(&emulator);
    let party = emulator.party(CommunicationIdentifier::phone("+16045550199"));
    for _ in 0..3 {
        party.press("1").unwrap();
    }
    let held = emulator.journal();
    let entry: Value = get(&emulator, &format!("/emulator/journal/{}", held[1].number))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(entry["label"], "presses 1");
    assert_eq!(get(&emulator, "/emulator/journal/0").await.status(), 410);
    assert_eq!(get(&emulator, "/emulator/journal/99999").await.status(), 404);
}

#[tokio::test]
async fn a_call_is_drawn_in_every_form() {
    let emulator = Emulator::start().await.unwrap();
    let id = call(&emulator);
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    for (form, kind, start) in [
        ("svg", "image/svg+xml", "<svg "),
        ("html", "text/html; charset=utf-8", "<!doctype html>"),
        ("mmd", "text/plain; charset=utf-8", "sequenceDiagram"),
        ("json", "application/json", "{"),
    ] {
        let response = get(
            &emulator,
            &format!("/emulator/calls/{id}/diagram.{form}?download=true"),
        )
        .await;
        assert_eq!(response.status(), 200, "{form}");
        assert_eq!(response.headers()[CONTENT_TYPE], kind);
        let saved = response.headers()["content-disposition"].to_str().unwrap();
        assert_eq!(saved, format!("attachment; filename=\"call.{form}\""));
        let text = response.text().await.unwrap();
        assert!(text.starts_with(start) && text.contains("answers"), "{text}");
        assert!(text.contains("+16045550199"), "{text}");
    }
    let last: Value = get(&emulator, &format!("/emulator/calls/{id}/diagram.json?last=1"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(last["messages"].as_array().unwrap().len(), 1, "{last}");
    for (path, status) in [
        (format!("/emulator/calls/{id}/diagram.gif"), 404),
        (format!("/emulator/calls/{id}/diagram.svg?last=x"), 400),
        ("/emulator/calls/none/diagram.svg".to_owned(), 404),
        ("/emulator/calls/%ff/diagram.svg".to_owned(), 400),
    ] {
        assert_eq!(get(&emulator, &path).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn a_page_from_elsewhere_reaches_nothing_through_a_browser() {
    let emulator = Emulator::start().await.unwrap();
    for path in ["/", "/emulator/feed", "/emulator/journal", "/emulator/health"] {
        let rebound = ask(&emulator, Method::GET, path).header(HOST, "attacker.example");
        assert_eq!(rebound.send().await.unwrap().status(), 403, "{path}");
    }
    let form = |origin: Option<&str>, kind: &str| {
        let mut request = ask(&emulator, Method::POST, "/emulator/token-fault")
            .header(CONTENT_TYPE, kind)
            .body(r#"{"fault":"expired"}"#);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        request.send()
    };
    let refused = form(Some("https://attacker.example"), "text/plain")
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(emulator.token_fault(), acs_emulator::TokenFault::None);
    // curl has no origin, and says that everything is a form.
    let done = form(None, "application/x-www-form-urlencoded").await.unwrap();
    assert_eq!(done.status(), 200);
    assert_eq!(emulator.token_fault(), acs_emulator::TokenFault::Expired);
    // What a browser would have to ask for first is not allowed.
    let asked = ask(&emulator, Method::OPTIONS, "/emulator/token-fault")
        .header(ORIGIN, "https://attacker.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    assert!(!asked.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn another_host_reaches_the_page_where_it_is_allowed_and_not_elsewhere() {
    let closed = Emulator::start().await.unwrap();
    let open = Emulator::builder()
        .allow_host("box.lan".parse().unwrap())
        .start()
        .await
        .unwrap();
    for path in ["/", "/emulator/health"] {
        for (emulator, host, status) in [
            (&closed, "box.lan:8080", 403),
            (&open, "box.lan:8080", 200),
            (&open, "attacker.example:8080", 403),
        ] {
            let asked = ask(emulator, Method::GET, path).header(HOST, host);
            assert_eq!(asked.send().await.unwrap().status(), status, "{path} as {host}");
        }
    }
    // The page may change things under that name, and a page of another name may not.
    for (origin, status) in [
        ("http://box.lan:8080", 200),
        ("http://attacker.example:8080", 403),
    ] {
        let changed = ask(&open, Method::POST, "/emulator/reset")
            .header(HOST, "box.lan:8080")
            .header(ORIGIN, origin);
        assert_eq!(changed.send().await.unwrap().status(), status, "{origin}");
    }
}
