//! Who may send requests: access-key signatures, and bearer tokens of the emulator's own authority.
//!
//! The official clients sign hosts and targets that differ from what they send (a port twice, a slash behind
//! the host, a query put together anew, an id with more of it escaped, the host of the resource in `x-ms-host`), so every form in use is
//! tried. Where the emulator is strict, only what was sent, the host of the resource, and the one in
//! `x-ms-host`, for that is how files of recordings are asked for.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_common::AccessKey;
use acs_common::signing::SigningKey;
use acs_common::verify::{Received, verify};
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use url::form_urlencoded;

use super::reply::{Refusal, Reply};
use super::request::{Incoming, port_once, without_port};
use crate::tokens::{Entra, Tokens};

/// "Hmac Validation Error" in the published list of sub codes.
const HMAC_VALIDATION_ERROR: &str = "7509";
/// "Invalid Token" in the published list of sub codes.
const INVALID_TOKEN: &str = "7501";

/// Where a path has the raw id of a participant.
const PARTICIPANTS: &str = "/participants/";
/// What the clients escape in it: all but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Checks signatures against the key of the resource, and tokens against its authority.
#[derive(Debug)]
pub(crate) struct Guard {
    key: SigningKey,
    /// The authority that the connection string names.
    authority: String,
    clock_skew: Duration,
    entra: Arc<Entra>,
    strictness: Strictness,
}

/// What is not let pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    /// Whether the emulator is strict at all.
    pub(crate) strict: bool,
    /// Whether it is reached over TLS.
    pub(crate) https: bool,
}

impl Guard {
    pub(crate) fn new(
        key: &AccessKey,
        authority: &str,
        clock_skew: Duration,
        entra: Arc<Entra>,
        strictness: Strictness,
    ) -> Self {
        Self {
            key: SigningKey::new(key),
            authority: authority.to_owned(),
            clock_skew,
            entra,
            strictness,
        }
    }

    /// Lets a request pass, or says what about its signature or token does not hold.
    pub(crate) fn check(&self, request: &Incoming) -> Result<(), Refusal> {
        let authorization = request.header("authorization");
        if let Some((scheme, token)) = authorization.and_then(|value| value.split_once(' '))
            && scheme.eq_ignore_ascii_case("bearer")
        {
            return self.check_token(token.trim());
        }
        let mut targets = targets(request);
        if self.strictness.strict {
            targets.truncate(1);
        }
        let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
        let hosts = self.hosts(request);
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        let received = Received {
            method: request.method.as_str(),
            targets: &targets,
            hosts: &hosts,
            date: request.header("x-ms-date"),
            content_sha256: request.header("x-ms-content-sha256"),
            authorization,
            body: &request.body,
        };
        // By the time of the machine, not of the emulator: that is what the client dates its request with.
        verify(&self.key, &received, SystemTime::now(), self.clock_skew)
            .map_err(|error| denied(HMAC_VALIDATION_ERROR, &format!("Denied: {error}."), "HMAC-SHA256"))
    }

    fn check_token(&self, token: &str) -> Result<(), Refusal> {
        let denied = |reason: &str| {
            let message = format!("Denied: the bearer token does not let in: {reason}.");
            Err(denied(INVALID_TOKEN, &message, "Bearer"))
        };
        if self.strictness.strict && !self.strictness.https {
            return denied("a strict emulator takes tokens over TLS only, and this one speaks http");
        }
        match self.entra.check(token, Tokens::now()) {
            Ok(()) => Ok(()),
            Err(reason) => denied(&reason),
        }
    }

    /// The hosts that a client may have signed, most likely first.
    fn hosts(&self, request: &Incoming) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        let mut push = |host: String| {
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
        };
        let header = request.header("host").unwrap_or_default();
        let once = port_once(header);
        push(header.to_owned());
        if self.strictness.strict {
            push(self.authority.clone());
            push(request.header("x-ms-host").unwrap_or_default().to_owned());
            return hosts;
        }
        push(once.to_owned());
        push(self.authority.clone());
        if let Some(told) = request.header("x-ms-host") {
            push(told.to_owned());
            push(port_once(told).to_owned());
        }
        push(format!("{once}/"));
        push(format!("{}/", self.authority));
        push(without_port(once).to_owned());
        push(without_port(&self.authority).to_owned());
        hosts
    }
}

/// The targets that a client may have signed: as sent, with the query put together anew, and with the raw id of a
/// participant escaped throughout, of which the asynchronous Python client's transport undoes a part.
fn targets(request: &Incoming) -> Vec<String> {
    let mut targets = vec![request.target.clone()];
    if let Some(query) = request.query() {
        let anew = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form_urlencoded::parse(query.as_bytes()))
            .finish();
        let target = format!("{}?{anew}", request.path);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if let Some((before, raw_id)) = request.path.split_once(PARTICIPANTS)
        && !raw_id.contains('/')
    {
        let raw_id = percent_decode_str(raw_id).collect::<Vec<u8>>();
        let escaped = format!("{before}{PARTICIPANTS}{}", percent_encode(&raw_id, RESERVED));
        let more: Vec<String> = targets
            .iter()
            .filter_map(|target| target.strip_prefix(&request.path))
            .map(|query| format!("{escaped}{query}"))
            .filter(|target| !targets.contains(target))
            .collect();
        targets.extend(more);
    }
    targets
}

fn denied(code: &str, message: &str, scheme: &str) -> Refusal {
    Refusal::new(Reply::error(StatusCode::UNAUTHORIZED, code, message).hint(scheme))
}
