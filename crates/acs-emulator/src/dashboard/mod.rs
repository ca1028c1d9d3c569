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

pub(crate) use call::answer as diagram;
pub(crate) use feed::answer as feed;
#[cfg(test)]
pub(crate) use page::files;

/// Refuses what must not get at the emulator itself, and answers `/`. The rest of the page is among the control
/// routes.
pub(crate) fn admit(service: &Service, parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path();
    if !path.starts_with("/emulator") && path != "/" {
        return None;
    }
    if let Err(reason) = crate::http::allowed(parts, &service.hosts) {
        return Some(refuse(StatusCode::FORBIDDEN, reason));
    }
    matches!(parts.method, Method::GET | Method::HEAD)
        .then(|| page::answer(path))
        .flatten()
}

/// `GET /emulator/ui/{file}`: one that is there was answered when it was [admitted](admit).
pub(crate) fn no_file() -> Response<Body> {
    refuse(StatusCode::NOT_FOUND, "the page has no such file")
}

/// `GET /emulator/journal/{number}`: one entry with everything behind it.
pub(crate) fn entry(service: &Service, number: &str) -> Response<Body> {
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
