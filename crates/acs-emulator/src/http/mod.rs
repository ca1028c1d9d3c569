//! The REST face of the service: what comes in is read, authenticated, routed and answered as the service
//! answers it; what is not built answers 501 and says so.
//!
//! | module | does |
//! |---|---|
//! | [`request`], [`reply`] | a request as sent, an answer before it is bytes |
//! | [`auth`], [`limit`], [`version`], [`repeatability`] | what is checked before an operation is carried out |
//! | [`body`], [`paging`] | reading bodies leniently, cutting lists |
//! | [`operations`] | which operation is answered by whom |
//! | [`calls`], [`participants`], [`context`] | call control |
//! | [`media`] | playing, recognizing, tones, hold |
//! | [`recordings`], [`content`] | recordings, and their files |
//! | [`identities`] | users, tokens, phone numbers |
//! | [`origin`] | whether a browser may be let at the emulator itself |
//! | [`openid`] | by what the tokens of callbacks are checked |
//! | [`oauth`] | where bearer tokens of requests are had |
//! | [`faulty`], [`line`] | what faults do to requests, and to their connections |
//! | [`control`] | health, journal and faults, outside of the service |

mod auth;
mod body;
mod calls;
mod content;
mod context;
mod control;
mod faulty;
mod identities;
mod limit;
mod line;
mod media;
mod oauth;
mod openid;
mod operations;
mod origin;
mod paging;
mod participants;
mod recordings;
mod repeatability;
mod reply;
mod request;
mod streaming;
mod version;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::response::IntoResponse as _;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

pub(crate) use auth::{Guard, Strictness};
pub(crate) use limit::Limiter;
pub use limit::RateLimit;
pub(crate) use line::{Breaker, Lines, Socket};
pub(crate) use openid::METADATA;
pub use origin::AllowedHost;
pub(crate) use origin::allowed;
pub(crate) use repeatability::Repeatability;
use reply::{Refusal, Reply};
use request::Incoming;

use crate::engine::{Command, Reply as EngineReply};
use crate::host::Host;
use crate::identities::Identities;
use crate::journal::{APPLICATION, Draft, JournalKind, SERVICE};
use crate::tokens::{Entra, Tokens};

/// The longest body that is read. The service publishes no figure; custom context at its limits is 1 MiB.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// Everything that answering needs.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) host: Host,
    pub(crate) guard: Guard,
    pub(crate) identities: Identities,
    pub(crate) repeatability: Repeatability,
    /// The authority in the connection string.
    pub(crate) authority: String,
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) page_size: usize,
    /// Who may be named as the host of the page and the control routes, beside this machine.
    pub(crate) hosts: Vec<AllowedHost>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) entra: Arc<Entra>,
    /// Set when the emulator stops, for answers that would not end by themselves.
    pub(crate) stop: CancellationToken,
}

impl Service {
    /// Makes a user of the resource and returns its id.
    pub(crate) fn create_user(&self) -> String {
        let id = match self.host.command(Command::CreateIdentity) {
            Ok(EngineReply::Identity(user)) => user.raw_id().into_owned(),
            // The engine answers nothing else; an id of ours is as good.
            _ => format!("8:acs:{}_{}", self.host.guid(), self.host.guid()),
        };
        self.identities.add(&id);
        id
    }
}

/// The router: one handler, for the paths of the service do not fit a router's idea of a path (`:verb`).
pub(crate) fn router(service: Arc<Service>) -> axum::Router {
    axum::Router::new().fallback(handle).with_state(service)
}

async fn handle(State(service): State<Arc<Service>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if parts.uri.path() == acs_calling::protocol::PATH {
        return crate::agents::serve(service, parts).await;
    }
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if let Some(response) = crate::dashboard::admit(&service, &parts) {
        return response;
    }
    if parts.uri.path().starts_with("/emulator") {
        return control::answer(&service, &parts, &body).await;
    }
    let breaker = parts.extensions.get::<ConnectInfo<Breaker>>().cloned();
    let request = Incoming::new(parts, body);
    let span = tracing::debug_span!("request", method = %request.method, path = %request.path);
    let answered = answer(&service, &request).instrument(span).await;
    if let (true, Some(ConnectInfo(breaker))) = (faulty::is_closed(&answered), breaker) {
        breaker.reset();
    }
    answered
}

async fn answer(service: &Service, request: &Incoming) -> Response<Body> {
    let entry = service.host.write(
        Draft::new(
            JournalKind::Request,
            format!("{} {}", request.method, request.path),
        )
        .between(APPLICATION, SERVICE)
        .connection(operations::connection(request))
        .detail(json!({
            "target": request.target,
            "userAgent": request.header("user-agent"),
            "clientRequestId": request.header("x-ms-client-request-id"),
            "body": readable(&request.body),
        })),
    );
    let struck = faulty::strike(service, request, entry);
    // Held to the end, so that a stepped clock waits for what was held up.
    let _turn = match struck.latency {
        Duration::ZERO => None,
        latency => Some(service.host.clock().rest(latency).await),
    };
    let reply = match struck.end {
        None => serve(service, request, entry).await,
        Some(end) => {
            if end.carried_out {
                let lost = serve(service, request, entry).await;
                tracing::debug!(
                    status = lost.status.as_u16(),
                    "carried out, and the answer is lost"
                );
            }
            match end.reply {
                Some(reply) => reply,
                None => return faulty::closed(),
            }
        }
    };
    let mut reply = reply.about(&request.path);
    if content::is_meant(request) {
        reply = content::with_status(reply);
    }
    let chain = service.host.guid();
    // An operation that reached the engine has written its answer already, ahead of the events it caused.
    if !reply.written {
        service.host.write(response(request, &reply, entry));
    }
    tracing::debug!(status = reply.status.as_u16(), "answered");
    reply.into_response(request, &chain)
}

async fn serve(service: &Service, request: &Incoming, entry: u64) -> Reply {
    let document = openid::answer(service, request).or_else(|| oauth::answer(service, request));
    match document {
        Some(document) => document,
        None => match admit(service, request) {
            Ok(()) => operations::answer(service, request, entry).await,
            Err(refusal) => refusal.into_reply(),
        },
    }
}

/// The journal entry of an answer.
fn response(request: &Incoming, reply: &Reply, entry: u64) -> Draft {
    let told = |name: &str| {
        let body = reply.body.as_ref()?;
        body.get(name)?.as_str().map(str::to_owned)
    };
    Draft::new(JournalKind::Response, reply.status.as_u16().to_string())
        .between(SERVICE, APPLICATION)
        .call(told("serverCallId"))
        .connection(operations::connection(request).or_else(|| told("callConnectionId")))
        .reply_to(entry)
        .detail(json!({ "status": reply.status.as_u16(), "body": reply.body }))
}

/// What holds for every operation of the service: somebody whom the resource knows, and not too often.
fn admit(service: &Service, request: &Incoming) -> Result<(), Refusal> {
    service.guard.check(request)?;
    match &service.limiter {
        Some(limiter) => limiter.admit(service.host.now()),
        None => Ok(()),
    }
}

/// A body for the journal: JSON where it is, its length where not.
fn readable(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| json!(format!("{} bytes, not JSON", body.len())))
}

/// A path that no service of the resource has.
fn no_such_path(request: &Incoming) -> Refusal {
    Reply::refuse(
        StatusCode::NOT_FOUND,
        "404",
        &format!("No operation has the path {}.", request.path),
    )
}

/// A path that is asked in the wrong way.
fn method_not_allowed(allowed: &str) -> Refusal {
    let reply = Reply::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "405",
        &format!("This path has other methods: {allowed}."),
    );
    Refusal::new(reply.hint(allowed))
}
