//! What the emulator says about itself, apart from the service and without a signature.

use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::Service;

/// Answers a request under `/emulator/`.
pub(super) fn answer(service: &Service, parts: &Parts) -> Response<Body> {
    if parts.method != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here");
    }
    match parts.uri.path() {
        "/emulator/health" => Json(json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            "endpoint": format!("http://{}/", service.authority),
            "phoneNumbers": service.host.phone_numbers(),
            "pendingDeliveries": service.host.pending(),
        }))
        .into_response(),
        "/emulator/journal" => {
            // `since` lets a reader come back for what is new.
            let since = parameter(parts, "since")
                .and_then(|since| since.parse().ok())
                .unwrap_or(0);
            let mut entries = service.host.journal().snapshot();
            entries.retain(|entry| entry.number >= since);
            let dropped = service.host.journal().dropped();
            Json(json!({ "dropped": dropped, "entries": entries })).into_response()
        }
        "/emulator/event-grid/validate" => match parameter(parts, "code") {
            Some(code) if service.host.event_grid().validate_by_hand(&code) => {
                Json(json!({ "status": "validated" })).into_response()
            }
            _ => refuse(StatusCode::NOT_FOUND, "no subscription waits for this code"),
        },
        _ => refuse(StatusCode::NOT_FOUND, "the emulator has no such path"),
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
