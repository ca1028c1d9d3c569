//! The authority that gives bearer tokens, at the paths that Microsoft Entra ID has for them, for any tenant:
//! what an `azure-identity` credential asks when it is given the emulator as its authority host.
//!
//! Any client id and secret will do. Source: OAuth 2.0 (RFC 6749, section 4.4) and the documents on the client
//! credentials flow of the Microsoft identity platform.

use std::time::{Duration, SystemTime};

use http::{Method, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::reply::{Refusal, Reply};
use super::request::Incoming;
use super::{Service, method_not_allowed};
use crate::tokens::{BearerTokenOptions, Tokens};

const TOKEN: &str = "/oauth2/v2.0/token";
const METADATA: &str = "/v2.0/.well-known/openid-configuration";
const KEYS: &str = "/discovery/v2.0/keys";

/// Answers a request to the authority; `None` for any other.
pub(super) fn answer(service: &Service, request: &Incoming) -> Option<Reply> {
    let wanted = [TOKEN, METADATA, KEYS].into_iter().find_map(|path| {
        let tenant = request.path.strip_suffix(path)?.strip_prefix('/')?;
        let is_tenant = !tenant.is_empty() && !tenant.contains('/');
        is_tenant.then_some((path, tenant))
    });
    let (path, tenant) = wanted?;
    Some(match (path, &request.method) {
        (TOKEN, &Method::POST) => give(service, request, tenant),
        (TOKEN, _) => Refusal::into_reply(method_not_allowed("POST")),
        (_, &Method::GET) if path == KEYS => Reply::wire(StatusCode::OK, &service.entra.key_set()),
        (_, &Method::GET) => {
            let host = request.host().unwrap_or(&service.authority);
            let origin = format!("{}://{host}/{tenant}", service.scheme);
            let body = json!({
                "issuer": service.entra.issuer(tenant),
                "token_endpoint": format!("{origin}{TOKEN}"),
                "authorization_endpoint": format!("{origin}/oauth2/v2.0/authorize"),
                "jwks_uri": format!("{origin}{KEYS}"),
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": ["token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            });
            Reply::json(StatusCode::OK, body)
        }
        _ => Refusal::into_reply(method_not_allowed("GET")),
    })
}

fn give(service: &Service, request: &Incoming, tenant: &str) -> Reply {
    let field = |name: &str| {
        form_urlencoded::parse(&request.body)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    if field("grant_type").as_deref() != Some("client_credentials") {
        return refuse(
            "unsupported_grant_type",
            "grant_type: expected client_credentials",
        );
    }
    let Some(scope) = field("scope") else {
        return refuse("invalid_request", "scope: required");
    };
    // Libraries ask for more scopes than the one of the resource.
    let of_a_resource = |scope: &&str| scope.ends_with("/.default");
    let scope = scope.split(' ').find(of_a_resource).unwrap_or(&scope).to_owned();
    let mut options = BearerTokenOptions::new().scope(scope).tenant(tenant);
    if let Some(client) = field("client_id") {
        options = options.application(client);
    }
    // Not of Entra: for a test that wants to see a token run out.
    if let Some(seconds) = field("expires_in") {
        let Ok(seconds) = seconds.parse() else {
            return refuse("invalid_request", "expires_in: expected a number of seconds");
        };
        options = options.lifetime(Duration::from_secs(seconds));
    }
    let token = match service.entra.issue(&options, Tokens::now()) {
        Ok(token) => token,
        Err(error) => return refuse("invalid_scope", &error.to_string()),
    };
    let left = token
        .expires_on()
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    // Rounded, for the expiry has no fractions.
    let seconds = (left + Duration::from_millis(500)).as_secs();
    Reply::json(
        StatusCode::OK,
        json!({
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": token.token().expose(),
        }),
    )
}

fn refuse(error: &str, description: &str) -> Reply {
    Reply::json(
        StatusCode::BAD_REQUEST,
        json!({ "error": error, "error_description": description }),
    )
}
