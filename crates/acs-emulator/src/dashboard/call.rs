//! `GET /emulator/calls/{serverCallId}/diagram.{svg,html,mmd,json}`: a call, drawn from the journal.
//!
//! `last=N` draws the last N messages only; `download=true` makes a browser save it; `links=true` makes the
//! messages of an SVG links to `#entry-<number>`, as the page wants them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse as _;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};

use super::{page, parameter, refuse};
use crate::diagram::{self, Diagram, Link};
use crate::http::Service;
use crate::journal::JournalEntry;

pub(crate) fn answer(service: &Service, parts: &Parts, call: &str, form: &str) -> Response<Body> {
    let last = match parameter(parts, "last").map(|last| last.parse::<usize>()) {
        None => usize::MAX,
        Some(Ok(last)) => last,
        Some(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "last: a number of messages is expected"),
    };
    let entries = of_call(service.host.journal().snapshot(), call);
    if entries.is_empty() {
        return refuse(StatusCode::NOT_FOUND, "the journal holds nothing about this call");
    }
    let mut drawn = Diagram::from_journal(title(&entries), &entries, name);
    let surplus = drawn.messages.len().saturating_sub(last);
    drawn.messages.drain(..surplus);

    let wants = |name| parameter(parts, name).is_some_and(|value| value != "false");
    let mut policy = None;
    let (kind, text) = match form {
        "svg" => {
            let link = if wants("links") { Link::Entry } else { Link::None };
            ("image/svg+xml", drawn.svg(link))
        }
        "html" => {
            policy = HeaderValue::from_str(&diagram::policy()).ok();
            let title = drawn.title.clone();
            ("text/html; charset=utf-8", diagram::page(&title, &[drawn]))
        }
        "mmd" => ("text/plain; charset=utf-8", drawn.to_mermaid()),
        "json" => match serde_json::to_string_pretty(&drawn) {
            Ok(text) => ("application/json", text),
            Err(error) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        _ => return refuse(StatusCode::NOT_FOUND, "a diagram is svg, html, mmd or json"),
    };
    let mut response = text.into_response();
    let headers = response.headers_mut();
    page::guard(headers);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(policy) = policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if wants("download") {
        let saved = HeaderValue::from_str(&format!("attachment; filename=\"call.{form}\""));
        if let Ok(saved) = saved {
            headers.insert(CONTENT_DISPOSITION, saved);
        }
    }
    response
}

/// What is filed under the call, and the requests that made it: they came before it had an id.
fn of_call(mut entries: Vec<Arc<JournalEntry>>, call: &str) -> Vec<Arc<JournalEntry>> {
    let is_of = |entry: &JournalEntry| entry.call.as_deref() == Some(call);
    let answered: HashSet<u64> = entries
        .iter()
        .filter(|entry| is_of(entry))
        .filter_map(|entry| entry.reply_to)
        .collect();
    entries.retain(|entry| is_of(entry) || (entry.call.is_none() && answered.contains(&entry.number)));
    entries
}

fn title(entries: &[Arc<JournalEntry>]) -> String {
    entries.first().map_or_else(String::new, |first| {
        format!("Call of {}", first.time.format("%Y-%m-%d %H:%M:%S UTC"))
    })
}

/// What a party is called in a diagram: raw ids of users are too long for a lane.
fn name(raw_id: &str) -> Option<String> {
    if let Some(number) = raw_id.strip_prefix("4:") {
        return Some(number.to_owned());
    }
    let user = raw_id.strip_prefix("8:acs:")?;
    let own = user.split_once('_').map_or(user, |(_, own)| own);
    let short: String = own.chars().take_while(|c| *c != '-').take(12).collect();
    Some(format!("user {short}"))
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::journal::{Draft, Journal, JournalKind};

    #[test]
    fn the_request_that_made_a_call_belongs_to_it() {
        let journal = Journal::new(10);
        let write = |kind, label: &str, call: Option<&str>, reply_to: Option<u64>| {
            let mut draft = Draft::new(kind, label).call(call);
            if let Some(number) = reply_to {
                draft = draft.reply_to(number);
            }
            journal.write(Utc::now(), draft)
        };
        let made = write(JournalKind::Request, "create", None, None);
        let other = write(JournalKind::Request, "create other", None, None);
        write(JournalKind::Response, "201", Some("one"), Some(made));
        write(JournalKind::Response, "201", Some("two"), Some(other));
        write(JournalKind::State, "connected", Some("one"), None);
        let numbers: Vec<u64> = of_call(journal.snapshot(), "one")
            .iter()
            .map(|entry| entry.number)
            .collect();
        assert_eq!(numbers, [0, 2, 4]);
    }

    #[test]
    fn lanes_have_short_names() {
        for (raw_id, expected) in [
            ("4:+16045550100", Some("+16045550100")),
            (
                "8:acs:0a1b2c3d-0000-0000-0000-000000000000_1a2b3c4d-1111-2222-3333-444444444444",
                Some("user 1a2b3c4d"),
            ),
            ("service", None),
        ] {
            assert_eq!(name(raw_id).as_deref(), expected, "{raw_id}");
        }
    }
}
