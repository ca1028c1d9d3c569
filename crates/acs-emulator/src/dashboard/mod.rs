//! The page at `/`: what happens in the emulator, live, and what can be done about it.
//!
//! Everything that it needs is in the program: [`page`] holds its files, [`feed`] tells it what happens,
//! [`call`] draws a call in every form that [`diagram`](crate::diagram) knows. What the page changes, it
//! changes through the control routes like everybody else.

mod call;
mod feed;
mod page;

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use crate::http::Service;

/// Refuses what must not get at the emulator itself, and answers what is the page's. The rest is left to the
/// control routes and to the service.
pub(crate) fn admit(service: &Service, parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path();
    if !path.starts_with("/emulator") && path != "/" {
        return None;
    }
    match crate::http::allowed(parts) {
        Ok(()) => answer(service, parts),
        Err(reason) => Some(refuse(StatusCode::FORBIDDEN, reason)),
    }
}

fn answer(service: &Service, parts: &Parts) -> Option<Response<Body>> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = parts.uri.path();
    if path == "/emulator/feed" {
        return Some(feed::answer(service, parts));
    }
    if let Some(number) = path.strip_prefix("/emulator/journal/") {
        return Some(entry(service, number));
    }
    if let Some(rest) = path.strip_prefix("/emulator/calls/") {
        let (call, form) = rest.split_once("/diagram.")?;
        return Some(call::answer(service, parts, call, form));
    }
    page::answer(path)
}

/// `GET /emulator/journal/{number}`: one entry with everything behind it.
fn entry(service: &Service, number: &str) -> Response<Body> {
    let Ok(number) = number.parse::<u64>() else {
        return refuse(StatusCode::BAD_REQUEST, "the number of an entry is expected");
    };
    let piece = service.host.journal().piece(number, 1);
    match piece.entries.first() {
        Some(entry) if entry.number == number => Json(entry).into_response(),
        _ if number < piece.first => refuse(StatusCode::GONE, "the journal no longer holds this entry"),
        _ => refuse(StatusCode::NOT_FOUND, "the journal has no such entry"),
    }
}

fn parameter(parts: &Parts, name: &str) -> Option<String> {
    form_urlencoded::parse(parts.uri.query()?.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    (status, Json(json!({ "error": { "message": message } }))).into_response()
}
