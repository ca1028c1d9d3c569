//! `/identities` and `/phoneNumbers`: as much of the identity and phone number services as their official
//! SDKs need to make users, issue tokens and list the numbers of the resource.
//!
//! Source: the REST reference of Communication Identity 2023-10-01 and of Phone Numbers.

use std::time::Duration;

use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{in_range, invalid, parse};
use super::paging::{page_link, position};
use super::reply::{Refusal, Reply};
use super::request::Incoming;
use super::{Service, method_not_allowed, no_such_path};
use crate::delivery::callback_time;
use crate::identities::Token;

const MINUTES_OF_A_DAY: i32 = 24 * 60;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CreateIdentity {
    create_token_with_scopes: Vec<String>,
    expires_in_minutes: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssueToken {
    scopes: Vec<String>,
    expires_in_minutes: Option<i32>,
}

/// Answers a request under `/identities`.
pub(super) fn identities(service: &Service, request: &Incoming) -> Result<Reply, Refusal> {
    let rest = request.path.strip_prefix("/identities").unwrap_or_default();
    let mut segments = rest.split('/').skip(1);
    let id = segments
        .next()
        .map(|id| percent_decode_str(id).decode_utf8_lossy());
    let verb = segments
        .next()
        .map(|verb| percent_decode_str(verb).decode_utf8_lossy());
    if segments.next().is_some() {
        return Err(no_such_path(request));
    }
    let store = &service.identities;
    match (id.as_deref(), verb.as_deref()) {
        (None, _) => match request.method {
            Method::POST => create(service, request),
            _ => Err(method_not_allowed("POST")),
        },
        (Some(id), None) => match request.method {
            Method::DELETE if store.delete(id) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
            Method::GET if store.contains(id) => {
                let last = store.last_token(id).map(callback_time);
                Ok(Reply::json(StatusCode::OK, known(id, last)))
            }
            Method::GET | Method::DELETE => Err(no_such_user()),
            _ => Err(method_not_allowed("GET, DELETE")),
        },
        (Some(_), Some(":issueAccessToken" | ":revokeAccessTokens")) if request.method != Method::POST => {
            Err(method_not_allowed("POST"))
        }
        (Some(id), Some(":issueAccessToken")) => {
            let body: IssueToken = parse(request)?;
            if body.scopes.is_empty() {
                return Err(invalid("the field scopes needs at least one entry."));
            }
            let token = issue(service, id, &body.scopes, body.expires_in_minutes)?;
            Ok(Reply::json(StatusCode::OK, written(&token)))
        }
        (Some(id), Some(":revokeAccessTokens")) if store.contains(id) => {
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        (Some(_), Some(":revokeAccessTokens")) => Err(no_such_user()),
        _ => Err(no_such_path(request)),
    }
}

fn create(service: &Service, request: &Incoming) -> Result<Reply, Refusal> {
    // The .NET client sends no body at all when it wants no token.
    let body: CreateIdentity = if request.body.is_empty() {
        CreateIdentity::default()
    } else {
        parse(request)?
    };
    check_lifetime(body.expires_in_minutes)?;
    let user = service.create_user();
    let mut reply = json!({ "identity": { "id": user } });
    if !body.create_token_with_scopes.is_empty() {
        let token = issue(
            service,
            &user,
            &body.create_token_with_scopes,
            body.expires_in_minutes,
        )?;
        if let Value::Object(reply) = &mut reply {
            reply.insert("accessToken".to_owned(), written(&token));
        }
    }
    Ok(Reply::json(StatusCode::CREATED, reply))
}

fn check_lifetime(minutes: Option<i32>) -> Result<(), Refusal> {
    in_range("expiresInMinutes", minutes, 60, MINUTES_OF_A_DAY)
}

fn issue(service: &Service, id: &str, scopes: &[String], minutes: Option<i32>) -> Result<Token, Refusal> {
    check_lifetime(minutes)?;
    let minutes = u64::try_from(minutes.unwrap_or(MINUTES_OF_A_DAY)).unwrap_or_default();
    let lifetime = Duration::from_secs(minutes * 60);
    service
        .identities
        .issue(id, scopes, service.host.now(), lifetime)
        .ok_or_else(no_such_user)
}

fn written(token: &Token) -> Value {
    json!({ "token": token.text, "expiresOn": callback_time(token.expires) })
}

fn known(id: &str, last_token: Option<String>) -> Value {
    let mut body = json!({ "id": id });
    if let (Some(time), Value::Object(body)) = (last_token, &mut body) {
        body.insert("lastTokenIssuedAt".to_owned(), Value::from(time));
    }
    body
}

fn no_such_user() -> Refusal {
    Reply::refuse(StatusCode::NOT_FOUND, "IdentityNotFound", "Identity not found.")
}

/// Answers a request under `/phoneNumbers`.
pub(super) fn phone_numbers(service: &Service, request: &Incoming) -> Result<Reply, Refusal> {
    if request.method != Method::GET {
        return Err(method_not_allowed("GET"));
    }
    let numbers = service.host.phone_numbers();
    let rest = request.path.strip_prefix("/phoneNumbers").unwrap_or_default();
    if let Some(number) = rest.strip_prefix('/') {
        let number = percent_decode_str(number).decode_utf8_lossy();
        return match numbers.iter().find(|owned| owned.as_str() == number) {
            Some(owned) => Ok(Reply::json(StatusCode::OK, purchased(owned.as_str()))),
            None => Err(Reply::refuse(
                StatusCode::NOT_FOUND,
                "PhoneNumberNotFound",
                "The resource does not own this phone number.",
            )),
        };
    }
    let skip = position(request, "skip")?.unwrap_or(0);
    let top = position(request, "top")?.unwrap_or(service.page_size).max(1);
    let page: Vec<Value> = numbers
        .iter()
        .skip(skip)
        .take(top)
        .map(|number| purchased(number.as_str()))
        .collect();
    let mut body = json!({ "phoneNumbers": page });
    let next = skip.saturating_add(top);
    if next < numbers.len() {
        let link = page_link(service, request, &[("skip", next), ("top", top)]);
        if let Value::Object(body) = &mut body {
            body.insert("nextLink".to_owned(), Value::from(link));
        }
    }
    Ok(Reply::json(StatusCode::OK, body))
}

fn purchased(number: &str) -> Value {
    json!({
        "id": number.trim_start_matches('+'),
        "phoneNumber": number,
        "countryCode": country(number),
        "phoneNumberType": "geographic",
        "capabilities": { "calling": "inbound+outbound", "sms": "none" },
        "assignmentType": "application",
        "purchaseDate": "2026-01-01T00:00:00+00:00",
        "cost": { "amount": 0.0, "currencyCode": "USD", "billingFrequency": "monthly" },
    })
}

/// The country of a number, for the numbers most used in tests; the others are told as unknown (`ZZ`).
fn country(number: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 12] = [
        ("+1", "US"),
        ("+31", "NL"),
        ("+33", "FR"),
        ("+34", "ES"),
        ("+353", "IE"),
        ("+39", "IT"),
        ("+41", "CH"),
        ("+44", "GB"),
        ("+45", "DK"),
        ("+46", "SE"),
        ("+49", "DE"),
        ("+61", "AU"),
    ];
    PREFIXES
        .iter()
        .find(|(prefix, _)| number.starts_with(prefix))
        .map_or("ZZ", |(_, country)| country)
}
