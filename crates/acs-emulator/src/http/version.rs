//! The `api-version` query parameter.

use http::StatusCode;
use serde_json::json;

use super::Service;
use super::reply::{Refusal, Reply};
use super::request::Incoming;

/// The versions in general availability that the official SDKs know, newest last, as the header
/// `api-supported-versions` lists them.
pub(crate) const SUPPORTED_VERSIONS: &str =
    "2023-03-06, 2023-10-15, 2024-04-15, 2024-09-15, 2025-05-15, 2025-06-15, 2026-03-12";

/// Since which version there is an operation that the first one does not have. Source: the requests that the
/// official Python SDK of each version makes (1.0.0 to 1.6.0).
fn since(operation: &str) -> &'static str {
    match operation {
        "muteParticipants"
        | "cancelAddParticipant"
        | "sendDtmfTones"
        | "startContinuousDtmfRecognition"
        | "stopContinuousDtmfRecognition" => "2023-10-15",
        "connect" | "hold" | "unhold" => "2024-09-15",
        "startMediaStreaming"
        | "stopMediaStreaming"
        | "startTranscription"
        | "stopTranscription"
        | "updateTranscription" => "2025-05-15",
        "moveParticipants" => "2026-03-12",
        _ => "2023-03-06",
    }
}

/// Refuses a version of Call Automation that is missing or unknown, or older than the operation.
///
/// The gateway of the service then finds no resource at all: a text without an error code (reported in
/// azure-sdk-for-python issue 38974). What a version has, it does as the newest does.
pub(crate) fn check(service: &Service, request: &Incoming, operation: &str) -> Result<(), Refusal> {
    let known = request.parameter("api-version").is_some_and(|version| {
        // Dates compare as text.
        version.as_str() >= since(operation) && SUPPORTED_VERSIONS.split(", ").any(|known| known == version)
    });
    if known {
        Ok(())
    } else {
        Err(no_resource(service, request))
    }
}

/// The same for the other services of a resource, whose versions we do not list: any date will do.
pub(crate) fn check_any(service: &Service, request: &Incoming) -> Result<(), Refusal> {
    let dated = request.parameter("api-version").is_some_and(|version| {
        let date = version.get(..10).unwrap_or_default();
        chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
            && version
                .get(10..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    if dated {
        Ok(())
    } else {
        Err(no_resource(service, request))
    }
}

fn no_resource(service: &Service, request: &Incoming) -> Refusal {
    let host = request.host().unwrap_or(&service.authority);
    let message = format!(
        "No HTTP resource was found that matches the request URI '{}://{host}{}'.",
        service.scheme, request.target
    );
    Refusal::new(Reply::json(
        StatusCode::NOT_FOUND,
        json!({ "error": { "message": message } }),
    ))
}

#[cfg(test)]
mod tests {
    use acs_call_rest::operation::OPERATIONS;

    use super::*;

    #[test]
    fn every_operation_came_with_a_version_that_there_is() {
        let count = |version: &str| {
            OPERATIONS
                .iter()
                .filter(|operation| since(operation.id) <= version)
                .count()
        };
        let counts: Vec<usize> = SUPPORTED_VERSIONS.split(", ").map(count).collect();
        // A name that no operation has would be missing here.
        let late = [5, 0, 3, 5, 0, 1];
        let first = OPERATIONS.len() - late.iter().sum::<usize>();
        let expected: Vec<usize> = std::iter::once(0)
            .chain(late)
            .scan(first, |sum, more| {
                *sum += more;
                Some(*sum)
            })
            .collect();
        assert_eq!(counts, expected);
    }
}
