//! The two documents by which tokens of callbacks are checked: where the service has them, in the form that
//! OpenID Connect Discovery and RFC 7517 give them, and for everybody.

use http::{Method, StatusCode};
use serde::Serialize;

use super::reply::{Refusal, Reply};
use super::request::Incoming;
use super::{Service, method_not_allowed};

/// Source: how-to guide on securing webhook endpoints.
pub(crate) const METADATA: &str = "/calling/.well-known/acsopenidconfiguration";
const KEYS: &str = "/calling/keys";

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

/// Answers a request for one of the documents; `None` for any other.
pub(super) fn answer(service: &Service, request: &Incoming) -> Option<Reply> {
    if !matches!(request.path.as_str(), METADATA | KEYS) {
        return None;
    }
    if request.method != Method::GET {
        return Some(Refusal::into_reply(method_not_allowed("GET")));
    }
    Some(if request.path == KEYS {
        Reply::wire(StatusCode::OK, &service.tokens.key_set())
    } else {
        // The keys are found under the name by which the emulator was: from within a container that is not
        // the name in the connection string.
        let host = request.host().unwrap_or(&service.authority);
        Reply::wire(
            StatusCode::OK,
            &Metadata {
                issuer: service.tokens.issuer(),
                jwks_uri: format!("{}://{host}{KEYS}", service.scheme),
                response_types_supported: ["id_token"],
                subject_types_supported: ["public"],
                id_token_signing_alg_values_supported: ["RS256"],
            },
        )
    })
}
