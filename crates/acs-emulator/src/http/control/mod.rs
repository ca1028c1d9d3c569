//! The control API: what the emulator says about itself and what it can be told, apart from the service and
//! without a signature. `openapi/emulator-control.json` describes it, and is served.
//!
//! | module | has |
//! |---|---|
//! | `state` | health, journal, keys, faults of tokens and media, streams, reset |
//! | `make` | users, numbers, rooms, group calls |
//! | `parties` | who there is and who is signed in, and what they are made to do |
//! | `calls` | the calls, and calls without the application |
//! | `page` | what the page reads: the feed, single entries, diagrams |
//! | `clock`, `faults`, `events` | the time, what goes wrong, events of the user's own |

#![expect(
    clippy::unnecessary_wraps,
    reason = "the table of paths wants all who answer to be alike"
)]

mod calls;
mod clock;
mod events;
mod faults;
mod make;
mod page;
mod parties;
mod state;

use acs_common::CommunicationIdentifier;
use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse as _;
use futures::future::BoxFuture;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Service;
use crate::engine::{Command, Reply, ServiceError};
use crate::{Error, ErrorKind};

/// The description of this API: the copy of `openapi/emulator-control.json` that is packaged with this crate.
const DESCRIPTION: &str = include_str!("emulator-control.json");

/// What is answered, or why nothing is.
type Answer = Result<Response<Body>, Refused>;

/// How a path is answered.
enum Act {
    Now(fn(&Asked<'_>) -> Answer),
    Later(for<'a> fn(&'a Asked<'a>) -> BoxFuture<'a, Answer>),
}

/// Every path, with `{…}` for one segment, or the rest of one, of any text. `GET` is `HEAD`, too.
const ROUTES: &[(&str, &str, Act)] = &[
    ("GET", "/emulator/health", Act::Now(state::health)),
    ("GET", "/emulator/openapi.json", Act::Now(description)),
    ("POST", "/emulator/reset", Act::Now(state::reset)),
    ("GET", "/emulator/journal", Act::Now(state::journal)),
    ("GET", "/emulator/journal/{number}", Act::Now(page::entry)),
    ("GET", "/emulator/feed", Act::Now(page::feed)),
    ("GET", "/emulator/ui/{file}", Act::Now(page::file)),
    ("GET", "/emulator/keys", Act::Now(state::show_keys)),
    ("POST", "/emulator/keys/rotate", Act::Now(state::rotate_keys)),
    ("POST", "/emulator/keys/withdraw", Act::Now(state::withdraw_keys)),
    ("POST", "/emulator/token-fault", Act::Now(state::token_fault)),
    ("POST", "/emulator/media-fault", Act::Now(state::media_fault)),
    ("GET", "/emulator/event-grid/validate", Act::Now(state::validate)),
    ("GET", "/emulator/streams", Act::Now(state::streams)),
    (
        "GET",
        "/emulator/streams/{callConnectionId}/heard",
        Act::Now(state::heard),
    ),
    ("POST", "/emulator/users", Act::Now(make::user)),
    ("GET", "/emulator/numbers", Act::Now(make::numbers)),
    ("POST", "/emulator/numbers", Act::Now(make::number)),
    ("POST", "/emulator/rooms", Act::Now(make::room)),
    ("POST", "/emulator/group-calls", Act::Now(make::group_call)),
    ("GET", "/emulator/calls", Act::Now(calls::list)),
    ("POST", "/emulator/calls", Act::Now(calls::place)),
    ("GET", "/emulator/calls/{serverCallId}", Act::Now(calls::one)),
    (
        "GET",
        "/emulator/calls/{serverCallId}/journal",
        Act::Now(calls::journal),
    ),
    (
        "GET",
        "/emulator/calls/{serverCallId}/diagram.{form}",
        Act::Now(page::diagram),
    ),
    ("GET", "/emulator/agents", Act::Now(parties::agents)),
    ("GET", "/emulator/parties", Act::Now(parties::list)),
    ("GET", "/emulator/parties/{rawId}", Act::Now(parties::one)),
    ("POST", "/emulator/parties/{rawId}/act", Act::Now(parties::act)),
    (
        "PUT",
        "/emulator/parties/{rawId}/script",
        Act::Now(parties::script),
    ),
    (
        "POST",
        "/emulator/parties/{rawId}/script",
        Act::Now(parties::script),
    ),
    (
        "DELETE",
        "/emulator/parties/{rawId}/script",
        Act::Now(parties::no_script),
    ),
    (
        "GET",
        "/emulator/parties/{rawId}/calling-settings",
        Act::Now(parties::calling_settings),
    ),
    (
        "PUT",
        "/emulator/parties/{rawId}/calling-settings",
        Act::Now(parties::set_calling_settings),
    ),
    (
        "DELETE",
        "/emulator/parties/{rawId}/calling-settings",
        Act::Now(parties::remove_calling_settings),
    ),
    ("POST", "/emulator/parties/{rawId}/ring", Act::Now(parties::ring)),
    (
        "POST",
        "/emulator/parties/{rawId}/answer",
        Act::Now(parties::answer),
    ),
    (
        "POST",
        "/emulator/parties/{rawId}/reject",
        Act::Now(parties::reject),
    ),
    (
        "POST",
        "/emulator/parties/{rawId}/hang-up",
        Act::Now(parties::hang_up),
    ),
    (
        "POST",
        "/emulator/parties/{rawId}/press",
        Act::Now(parties::press),
    ),
    ("POST", "/emulator/parties/{rawId}/say", Act::Now(parties::say)),
    ("POST", "/emulator/parties/{rawId}/call", Act::Now(parties::call)),
    ("POST", "/emulator/parties/{rawId}/join", Act::Now(parties::join)),
    (
        "POST",
        "/emulator/parties/{rawId}/offline",
        Act::Now(parties::offline),
    ),
    (
        "POST",
        "/emulator/parties/{rawId}/online",
        Act::Now(parties::no_script),
    ),
    ("GET", "/emulator/faults", Act::Now(faults::list)),
    ("PUT", "/emulator/faults", Act::Now(faults::replace)),
    ("POST", "/emulator/faults", Act::Now(faults::add)),
    ("DELETE", "/emulator/faults", Act::Now(faults::clear)),
    ("GET", "/emulator/faults/{id}", Act::Now(faults::one)),
    ("PUT", "/emulator/faults/{id}", Act::Now(faults::put)),
    ("DELETE", "/emulator/faults/{id}", Act::Now(faults::remove)),
    ("GET", "/emulator/clock", Act::Now(clock::show)),
    ("PUT", "/emulator/clock", Act::Now(clock::set)),
    ("POST", "/emulator/clock/advance", Act::Later(clock::advance)),
    ("POST", "/emulator/events", Act::Now(events::inject)),
];

/// A request under `/emulator/`.
struct Asked<'a> {
    service: &'a Service,
    parts: &'a Parts,
    body: &'a [u8],
    /// What stands in the path for its `{…}`, decoded.
    params: Vec<String>,
}

/// Why something is not done.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    message: String,
    allow: Option<String>,
}

/// Answers a request under `/emulator/`.
pub(super) async fn answer(service: &Service, parts: &Parts, body: &[u8]) -> Response<Body> {
    let answered = match find(parts) {
        Ok((act, params)) => {
            let asked = Asked {
                service,
                parts,
                body,
                params,
            };
            match act {
                Act::Now(act) => act(&asked),
                Act::Later(act) => act(&asked).await,
            }
        }
        Err(refused) => Err(refused),
    };
    answered.unwrap_or_else(Refused::into_response)
}

fn find(parts: &Parts) -> Result<(&'static Act, Vec<String>), Refused> {
    let path = parts.uri.path();
    let mut allowed = Vec::new();
    for (method, template, act) in ROUTES {
        let Some(params) = fit(template, path) else {
            continue;
        };
        if parts.method == *method || (parts.method == Method::HEAD && *method == "GET") {
            let decoded: Result<Vec<String>, _> = params
                .into_iter()
                .map(|param| percent_decode_str(param).decode_utf8().map(Into::into))
                .collect();
            return match decoded {
                Ok(params) => Ok((act, params)),
                Err(_) => Err(Refused::invalid("path: expected UTF-8, percent-encoded")),
            };
        }
        allowed.push(*method);
    }
    if allowed.is_empty() {
        return Err(Refused::not_found(
            "the emulator has no such path; /emulator/openapi.json describes those that it has",
        ));
    }
    let allowed = allowed.join(", ");
    let message = format!("this path has other methods: {allowed}");
    Err(Refused {
        allow: Some(allowed),
        ..Refused::new(StatusCode::METHOD_NOT_ALLOWED, message)
    })
}

/// What a path has for the parts in braces, where it is like the template.
fn fit<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut params = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(wanted), Some(given)) => match wanted.split_once('{') {
                Some((before, _)) => {
                    let text = given.strip_prefix(before).filter(|text| !text.is_empty())?;
                    params.push(text);
                }
                None if wanted == given => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

impl Asked<'_> {
    fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    /// The body as JSON. What is wrong is named, with the way to it.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        let mut reader = serde_json::Deserializer::from_slice(self.body);
        serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| {
                let path = error.path().to_string();
                let place = if path == "." { "body" } else { path.as_str() };
                Refused::invalid(format!("{place}: {}", error.inner()))
            })
            .and_then(|value| match reader.end() {
                Ok(()) => Ok(value),
                Err(_) => Err(Refused::invalid(
                    "body: expected one JSON value and nothing behind it",
                )),
            })
    }

    /// The body, where there may be none.
    fn read_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, Refused> {
        if self.body.trim_ascii().is_empty() {
            Ok(T::default())
        } else {
            self.read()
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.parts.uri.query()?.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Refused> {
        self.parameter(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Refused::invalid(format!("{name}: expected a number from 0")))
            })
            .transpose()
    }

    /// Has the engine do something.
    fn command(&self, command: Command) -> Result<Reply, Refused> {
        self.service.host.command(command).map_err(Refused::from)
    }
}

impl Refused {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            allow: None,
        }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    fn into_response(self) -> Response<Body> {
        let body = json!({ "error": { "message": self.message } });
        let mut response = (self.status, Json(body)).into_response();
        if let Some(Ok(allow)) = self.allow.as_deref().map(HeaderValue::from_str) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::CONFLICT);
        Self::new(status, error.message)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

fn ok(body: impl Serialize) -> Response<Body> {
    Json(body).into_response()
}

fn made(body: Value) -> Response<Body> {
    (StatusCode::CREATED, Json(body)).into_response()
}

fn done() -> Response<Body> {
    ok(json!({ "status": "done" }))
}

fn description(_asked: &Asked<'_>) -> Answer {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], DESCRIPTION).into_response())
}

/// Somebody by raw id; a telephone number will do, too.
fn who(text: &str, field: &str) -> Result<CommunicationIdentifier, Refused> {
    if text.is_empty() {
        return Err(Refused::invalid(format!(
            "{field}: expected a raw id such as 8:acs:… or a telephone number such as +16045550123"
        )));
    }
    if text.starts_with('+') {
        return Ok(CommunicationIdentifier::phone(text));
    }
    Ok(CommunicationIdentifier::from_raw_id(text))
}

#[cfg(test)]
mod tests;
