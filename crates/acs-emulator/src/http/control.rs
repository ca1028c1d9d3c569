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
        "/emulator/journal" => Json(json!({
            "dropped": service.host.journal().dropped(),
            "entries": service.host.journal().snapshot(),
        }))
        .into_response(),
        "/emulator/event-grid/validate" => {
            let query = parts.uri.query().unwrap_or_default();
            let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
            match code {
                Some((_, code)) if service.host.event_grid().validate_by_hand(&code) => {
                    Json(json!({ "status": "validated" })).into_response()
                }
                _ => refuse(StatusCode::NOT_FOUND, "no subscription waits for this code"),
            }
        }
        _ => refuse(StatusCode::NOT_FOUND, "the emulator has no such path"),
    }
}

fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    (status, Json(json!({ "error": { "message": message } }))).into_response()
}
