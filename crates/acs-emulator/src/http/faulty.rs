//! What faults do to requests: answer late, answer something else, or not at all.

use std::io;
use std::time::Duration;

use axum::body::Body;
use http::{Response, StatusCode};

use super::reply::Reply;
use super::request::Incoming;
use super::{Service, operations};
use crate::faults::{FaultOutcome, Subject};
use crate::journal::APPLICATION;
use crate::journal::SERVICE;

/// What strikes a request.
#[derive(Debug, Default)]
pub(super) struct Struck {
    pub(super) latency: Duration,
    pub(super) end: Option<End>,
}

/// How a request ends that is struck by more than latency.
#[derive(Debug)]
pub(super) struct End {
    /// The answer in place of the true one; without one, the connection is closed.
    pub(super) reply: Option<Reply>,
    /// Whether the request is carried out all the same.
    pub(super) carried_out: bool,
}

/// Asks the faults about a request, and writes down what strikes it.
pub(super) fn strike(service: &Service, request: &Incoming, entry: u64) -> Struck {
    let mut struck = Struck::default();
    let strikes = {
        let mut faults = service.host.faults().lock();
        if faults.is_empty() {
            return struck;
        }
        faults.strike(&Subject::Request {
            method: request.method.as_str(),
            path: &request.path,
            operation: operations::id(request),
            repeatability_id: request.header("repeatability-request-id"),
        })
    };
    for strike in strikes {
        let draft = strike.draft().between(SERVICE, APPLICATION).reply_to(entry);
        service
            .host
            .write(draft.connection(operations::connection(request)));
        match strike.outcome {
            FaultOutcome::Latency { ms } => {
                struck.latency = struck.latency.saturating_add(Duration::from_millis(ms));
            }
            FaultOutcome::Status {
                status,
                retry_after_seconds,
                code,
                message,
                carried_out,
            } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let code = code.unwrap_or_else(|| status.as_u16().to_string());
                let message = message.unwrap_or_else(|| format!("The fault {} strikes.", strike.id));
                let mut reply = Reply::error(status, &code, &message);
                if let Some(seconds) = retry_after_seconds {
                    reply = reply.hint(seconds.to_string());
                }
                struck.end = Some(End {
                    reply: Some(reply),
                    carried_out,
                });
            }
            FaultOutcome::Reset { carried_out } => {
                struck.end = Some(End {
                    reply: None,
                    carried_out,
                });
            }
            // Those of callbacks do not strike requests.
            _ => {}
        }
    }
    struck
}

/// Marks what is no answer.
#[derive(Clone, Copy)]
struct Closed;

/// No answer: a body that fails before its first byte makes the server close the connection, and the head that
/// would have gone out with that byte is lost with it. Whoever has the connection has it reset.
pub(super) fn closed() -> Response<Body> {
    let broken = io::Error::new(io::ErrorKind::ConnectionReset, "a fault closes the connection");
    let mut response = Response::new(Body::from_stream(futures::stream::iter([
        Err::<bytes::Bytes, _>(broken),
    ])));
    response.extensions_mut().insert(Closed);
    response
}

/// Whether that is no answer, and the connection is to be reset.
pub(super) fn is_closed(response: &Response<Body>) -> bool {
    response.extensions().get::<Closed>().is_some()
}
