//! What the emulator says about itself and what it can be told, apart from the service and without a
//! signature.

use acs_common::{CallConnectionId, Tones};
use axum::Json;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Service;
use crate::engine::{Command, Input, MediaFault, PartyAction, RejectReason};
use crate::journal::{Draft, JournalKind, SERVICE};
use crate::tokens::TokenFault;

/// What `POST /emulator/token-fault` takes.
#[derive(Deserialize)]
struct SetFault {
    fault: TokenFault,
}

/// What `POST /emulator/parties/{rawId}/act` takes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
enum Act {
    Answer,
    Reject {
        #[serde(default)]
        reason: RejectReason,
    },
    HangUp,
    Press {
        tones: Tones,
    },
    Say {
        text: String,
    },
}

/// What `POST /emulator/media-fault` takes.
#[derive(Deserialize)]
struct SetMediaFault {
    fault: MediaFault,
}

/// Answers a request under `/emulator/`.
pub(super) fn answer(service: &Service, parts: &Parts, body: &[u8]) -> Response<Body> {
    match parts.method {
        Method::GET => show(service, parts),
        Method::POST => change(service, parts, body),
        _ => refuse(
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET and POST are answered here",
        ),
    }
}

fn change(service: &Service, parts: &Parts, body: &[u8]) -> Response<Body> {
    match parts.uri.path() {
        "/emulator/keys/rotate" => {
            service.rotate_keys();
            Json(keys(service)).into_response()
        }
        "/emulator/keys/withdraw" => {
            service.withdraw_old_keys();
            Json(keys(service)).into_response()
        }
        "/emulator/token-fault" => {
            if !service.tokens.enabled() {
                return refuse(StatusCode::CONFLICT, "callbacks carry no tokens: they are off");
            }
            match serde_json::from_slice(body) {
                Ok(SetFault { fault }) => {
                    service.set_token_fault(fault);
                    Json(json!({ "fault": fault })).into_response()
                }
                Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
            }
        }
        "/emulator/media-fault" => match serde_json::from_slice(body) {
            Ok(SetMediaFault { fault }) => {
                service.set_media_fault(fault);
                Json(json!({ "fault": fault })).into_response()
            }
            Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
        },
        path => match path
            .strip_prefix("/emulator/parties/")
            .map(|rest| rest.rsplit_once('/'))
        {
            Some(Some((party, "act"))) => act(service, party, body),
            Some(Some((party, "script"))) => script(service, party, body),
            _ => refuse(StatusCode::NOT_FOUND, "the emulator has no such path to post to"),
        },
    }
}

/// `POST /emulator/parties/{rawId}/act`: a party does something now.
fn act(service: &Service, party: &str, body: &[u8]) -> Response<Body> {
    let act = match serde_json::from_slice(body) {
        Ok(act) => act,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let action = match act {
        Act::Answer => PartyAction::Answer,
        Act::Reject { reason } => PartyAction::Reject(reason),
        Act::HangUp => PartyAction::HangUp,
        Act::Press { tones } => PartyAction::Input(Input::Press { tones }),
        Act::Say { text } => PartyAction::Input(Input::Say { text }),
    };
    tell(service, party, |raw_id| Command::PartyAction { raw_id, action })
}

/// `POST /emulator/parties/{rawId}/script`: what a party does by itself from now on.
fn script(service: &Service, party: &str, body: &[u8]) -> Response<Body> {
    match serde_json::from_slice(body) {
        Ok(script) => tell(service, party, |raw_id| Command::SetScript { raw_id, script }),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

fn tell(service: &Service, party: &str, command: impl FnOnce(String) -> Command) -> Response<Body> {
    let Ok(raw_id) = percent_decode_str(party).decode_utf8() else {
        return refuse(StatusCode::BAD_REQUEST, "the raw id is not UTF-8");
    };
    match service.host.command(command(raw_id.into_owned())) {
        Ok(_) => Json(json!({ "status": "done" })).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::CONFLICT);
            refuse(status, &error.message)
        }
    }
}

/// The published keys by name, and the one that signs.
fn keys(service: &Service) -> Value {
    let published = service.tokens.key_ids();
    json!({ "signing": published.first(), "published": published })
}

impl Service {
    /// Takes the next key into use for callbacks. Returns its id.
    pub(crate) fn rotate_keys(&self) -> String {
        let kid = self.tokens.rotate();
        self.note("keys rotated", keys(self));
        kid
    }

    /// Withdraws the keys that no longer sign. Returns their number.
    pub(crate) fn withdraw_old_keys(&self) -> usize {
        let withdrawn = self.tokens.withdraw();
        self.note("old keys withdrawn", keys(self));
        withdrawn
    }

    /// Makes the tokens of callbacks wrong, or right again.
    pub(crate) fn set_token_fault(&self, fault: TokenFault) {
        self.tokens.set_fault(fault);
        self.note(&format!("token fault: {fault}"), json!({ "tokenFault": fault }));
    }

    /// Makes media fail, or work again.
    pub(crate) fn set_media_fault(&self, fault: MediaFault) {
        // The engine has nothing against it.
        let _ = self.host.command(Command::SetMediaFault(fault));
        self.note(&format!("media fault: {fault}"), json!({ "mediaFault": fault }));
    }

    fn note(&self, label: &str, detail: Value) {
        let draft = Draft::new(JournalKind::Note, label).between(SERVICE, SERVICE);
        self.host.write(draft.detail(detail));
    }
}

fn show(service: &Service, parts: &Parts) -> Response<Body> {
    match parts.uri.path() {
        "/emulator/health" => Json(json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            "endpoint": format!("{}://{}/", service.scheme, service.authority),
            "phoneNumbers": service.host.phone_numbers(),
            "resourceId": service.tokens.resource_id(),
            "callbackTokens": service.tokens.enabled(),
            "tokenFault": service.tokens.fault(),
            "mediaFault": service.host.media_fault(),
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
        "/emulator/keys" => Json(keys(service)).into_response(),
        "/emulator/streams" => Json(json!({ "streams": service.host.streams().status() })).into_response(),
        "/emulator/event-grid/validate" => match parameter(parts, "code") {
            Some(code) if service.host.event_grid().validate_by_hand(&code) => {
                Json(json!({ "status": "validated" })).into_response()
            }
            _ => refuse(StatusCode::NOT_FOUND, "no subscription waits for this code"),
        },
        path => match path
            .strip_prefix("/emulator/streams/")
            .and_then(|rest| rest.strip_suffix("/heard"))
        {
            Some(leg) => heard(service, leg),
            None => refuse(StatusCode::NOT_FOUND, "the emulator has no such path"),
        },
    }
}

/// `GET /emulator/streams/{callConnectionId}/heard`: what the application has said, as a WAV file.
fn heard(service: &Service, leg: &str) -> Response<Body> {
    let heard = service.host.streams().heard(&CallConnectionId::from(leg));
    match heard.and_then(|heard| heard.to_wav()) {
        Some(wav) => ([(CONTENT_TYPE, "audio/wav")], wav).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "there was no media stream on this leg"),
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
