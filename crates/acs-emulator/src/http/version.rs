//! The `api-version` query parameter.

use http::StatusCode;
use serde_json::json;

use super::reply::{Refusal, Reply};
use super::request::Incoming;

/// The versions in general availability that the official SDKs know, newest last, as the header
/// `api-supported-versions` lists them.
pub(crate) const SUPPORTED_VERSIONS: &str =
    "2023-03-06, 2023-10-15, 2024-04-15, 2024-09-15, 2025-05-15, 2025-06-15, 2026-03-12";

/// Refuses a version of Call Automation that is missing or unknown.
///
/// The gateway of the service then finds no resource at all: a text without an error code (reported in
/// azure-sdk-for-python issue 38974).
pub(crate) fn check(request: &Incoming) -> Result<(), Refusal> {
    let known = request
        .parameter("api-version")
        .is_some_and(|version| SUPPORTED_VERSIONS.split(", ").any(|known| known == version));
    if known { Ok(()) } else { Err(no_resource(request)) }
}

/// The same for the other services of a resource, whose versions we do not list: any date will do.
pub(crate) fn check_any(request: &Incoming) -> Result<(), Refusal> {
    let dated = request.parameter("api-version").is_some_and(|version| {
        let date = version.get(..10).unwrap_or_default();
        chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
            && version
                .get(10..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    if dated { Ok(()) } else { Err(no_resource(request)) }
}

fn no_resource(request: &Incoming) -> Refusal {
    let host = request.host().unwrap_or_default();
    let message = format!(
        "No HTTP resource was found that matches the request URI 'http://{host}{}'.",
        request.target
    );
    Refusal::new(Reply::json(
        StatusCode::NOT_FOUND,
        json!({ "error": { "message": message } }),
    ))
}
