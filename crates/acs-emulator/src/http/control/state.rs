//! Health and journal, the keys and faults of tokens, faults of media, streams, and the way back to the start.

use acs_common::CallConnectionId;
use axum::response::IntoResponse as _;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Service;
use super::{Answer, Asked, Refused, done, ok};
use crate::engine::{Command, MediaFault};
use crate::journal::{Draft, JournalKind, SERVICE};
use crate::tokens::TokenFault;

/// What `POST /emulator/token-fault` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTokenFault {
    fault: TokenFault,
}

/// What `POST /emulator/media-fault` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetMediaFault {
    fault: MediaFault,
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

    /// Ends every call without a word, and forgets what was made since the start.
    pub(crate) fn reset(&self) {
        self.host.faults().lock().clear();
        self.tokens.set_fault(TokenFault::None);
        self.host.reset();
        self.identities.clear();
        self.repeatability.clear();
        if let Some(limiter) = &self.limiter {
            limiter.clear();
        }
    }

    pub(crate) fn note(&self, label: &str, detail: Value) {
        let draft = Draft::new(JournalKind::Note, label).between(SERVICE, SERVICE);
        self.host.write(draft.detail(detail));
    }
}

pub(super) fn health(asked: &Asked<'_>) -> Answer {
    let service = asked.service;
    Ok(ok(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "endpoint": format!("{}://{}/", service.scheme, service.authority),
        "phoneNumbers": service.host.phone_numbers(),
        "resourceId": service.tokens.resource_id(),
        "callbackTokens": service.tokens.enabled(),
        "tokenFault": service.tokens.fault(),
        "mediaFault": service.host.media_fault(),
        "pendingDeliveries": service.host.pending(),
    })))
}

pub(super) fn journal(asked: &Asked<'_>) -> Answer {
    // `since` lets a reader come back for what is new.
    let since = asked.number("since")?.unwrap_or(0);
    let journal = asked.service.host.journal();
    let mut entries = journal.snapshot();
    entries.retain(|entry| entry.number >= since);
    Ok(ok(json!({ "dropped": journal.dropped(), "entries": entries })))
}

pub(super) fn show_keys(asked: &Asked<'_>) -> Answer {
    Ok(ok(keys(asked.service)))
}

pub(super) fn rotate_keys(asked: &Asked<'_>) -> Answer {
    asked.service.rotate_keys();
    show_keys(asked)
}

pub(super) fn withdraw_keys(asked: &Asked<'_>) -> Answer {
    asked.service.withdraw_old_keys();
    show_keys(asked)
}

pub(super) fn token_fault(asked: &Asked<'_>) -> Answer {
    if !asked.service.tokens.enabled() {
        let message = "callbacks carry no tokens: they are off";
        return Err(Refused::new(StatusCode::CONFLICT, message));
    }
    let SetTokenFault { fault } = asked.read()?;
    asked.service.set_token_fault(fault);
    Ok(ok(json!({ "fault": fault })))
}

pub(super) fn media_fault(asked: &Asked<'_>) -> Answer {
    let SetMediaFault { fault } = asked.read()?;
    asked.service.set_media_fault(fault);
    Ok(ok(json!({ "fault": fault })))
}

pub(super) fn validate(asked: &Asked<'_>) -> Answer {
    match asked.parameter("code") {
        Some(code) if asked.service.host.event_grid().validate_by_hand(&code) => {
            Ok(ok(json!({ "status": "validated" })))
        }
        _ => Err(Refused::not_found("no subscription waits for this code")),
    }
}

pub(super) fn streams(asked: &Asked<'_>) -> Answer {
    Ok(ok(json!({ "streams": asked.service.host.streams().status() })))
}

/// What the application has said in a stream, as a WAV file.
pub(super) fn heard(asked: &Asked<'_>) -> Answer {
    let streams = asked.service.host.streams();
    let heard = streams.heard(&CallConnectionId::from(asked.param(0)));
    match heard.and_then(|heard| heard.to_wav()) {
        Some(wav) => Ok(([(CONTENT_TYPE, "audio/wav")], wav).into_response()),
        None => Err(Refused::not_found("there was no media stream on this leg")),
    }
}

pub(super) fn reset(asked: &Asked<'_>) -> Answer {
    asked.service.reset();
    Ok(done())
}
