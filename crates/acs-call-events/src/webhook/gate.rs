//! Who is let in, and as what.
//!
//! Decided by the head of a request, before its body is read. A request that shows a token of the service is
//! a callback and nothing else; one that shows the key of Event Grid is a delivery of Event Grid. Only where
//! no token is asked for does the body tell which of the two it is.

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};

use super::proof::{self, Token};
use super::{WebhookConfig, reply};
use crate::grid::{HandshakeReply, looks_like_event_grid, options_reply};
use crate::{Error, ErrorKind};

/// Event Grid sets it on every delivery, of either schema.
const EVENT_GRID_HEADER: &str = "aeg-event-type";

/// What a request was let in as.
#[derive(Debug)]
pub(crate) struct Admitted {
    callback: Option<Proof>,
    event_grid: bool,
}

/// Why a request may be a callback.
#[derive(Debug)]
enum Proof {
    NotDemanded,
    Token(Token),
}

/// What a body is taken as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Callback,
    EventGrid,
}

/// The answer to a request whose body is not taken.
#[derive(Debug)]
pub(crate) enum Answer {
    Handshake(HandshakeReply),
    WrongMethod,
    /// Not from who it has to be from, or that cannot be told now.
    Unverified {
        error: Error,
        demands_token: bool,
    },
}

impl Answer {
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Unverified { error, .. } if error.is_unauthorized())
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        match self {
            Self::Handshake(reply) => reply::handshake(reply.clone()),
            Self::WrongMethod => reply::wrong_method(),
            Self::Unverified { error, .. } if !error.is_unauthorized() => {
                tracing::warn!(
                    reason = reply::reason(error),
                    "webhook request cannot be verified now"
                );
                reply::later(error)
            }
            Self::Unverified { error, demands_token } => {
                let reason = reply::reason(error);
                tracing::warn!(reason, "webhook request refused");
                reply::unauthorized(&reason, challenge(error, *demands_token))
            }
        }
    }

    /// The error of a request that is no callback to be taken; `None` where none is needed.
    #[cfg(feature = "axum")]
    pub(crate) fn into_error(self) -> Option<Error> {
        match self {
            Self::Unverified { error, .. } => Some(error),
            Self::Handshake(_) | Self::WrongMethod => None,
        }
    }
}

/// What RFC 6750 asks for: the scheme, and `invalid_token` where one was shown.
fn challenge(error: &Error, demands_token: bool) -> Option<&'static str> {
    if proof::shown(error) {
        return Some(r#"Bearer error="invalid_token""#);
    }
    demands_token.then_some("Bearer")
}

/// Looks at the head of a request.
pub(crate) async fn admit(config: &WebhookConfig, head: &Parts) -> Result<Admitted, Answer> {
    let query = head.uri.query();
    if !config.admits(query) {
        return Err(keyless(config));
    }
    let event_grid = config.admits_event_grid(query);
    if let Some(reply) = options_reply(&head.method, &head.headers) {
        return Err(if event_grid {
            Answer::Handshake(reply)
        } else {
            keyless(config)
        });
    }
    if head.method != Method::POST {
        return Err(Answer::WrongMethod);
    }
    if head.headers.contains_key(EVENT_GRID_HEADER) {
        return if event_grid {
            Ok(Admitted {
                callback: None,
                event_grid,
            })
        } else {
            Err(keyless(config))
        };
    }
    if !config.demands_token() {
        return Ok(Admitted {
            callback: Some(Proof::NotDemanded),
            event_grid,
        });
    }
    // A dispatcher may forward an offer without the headers of Event Grid.
    if event_grid && !head.headers.contains_key(http::header::AUTHORIZATION) {
        return Ok(Admitted {
            callback: None,
            event_grid,
        });
    }
    Ok(Admitted {
        callback: Some(prove(config, head).await?),
        event_grid: false,
    })
}

async fn prove(config: &WebhookConfig, head: &Parts) -> Result<Proof, Answer> {
    let Some(verifier) = &config.token_verifier else {
        return Ok(Proof::NotDemanded);
    };
    let token = proof::verify(verifier, &head.headers).await;
    token.map(Proof::Token).map_err(tokenless)
}

fn tokenless(error: Error) -> Answer {
    Answer::Unverified {
        error,
        demands_token: true,
    }
}

fn keyless(config: &WebhookConfig) -> Answer {
    Answer::Unverified {
        error: Error::new(ErrorKind::Unauthorized, "the shared key is missing or wrong"),
        demands_token: config.demands_token(),
    }
}

/// Whether a request may be a callback, for those who take nothing else.
#[cfg(feature = "axum")]
pub(crate) async fn admit_callback(config: &WebhookConfig, head: &Parts) -> Result<Admitted, Answer> {
    if !config.admits(head.uri.query()) {
        return Err(keyless(config));
    }
    Ok(Admitted {
        callback: Some(prove(config, head).await?),
        event_grid: false,
    })
}

impl Admitted {
    /// What a body is to be taken as.
    pub(crate) fn sort(&self, config: &WebhookConfig, body: &[u8]) -> Result<Kind, Answer> {
        match &self.callback {
            None => Ok(Kind::EventGrid),
            Some(Proof::NotDemanded) if looks_like_event_grid(body) => {
                if self.event_grid {
                    Ok(Kind::EventGrid)
                } else {
                    Err(keyless(config))
                }
            }
            Some(_) => self.verify_body(config, body).map(|()| Kind::Callback),
        }
    }

    /// Holds the token against the body it came with.
    pub(crate) fn verify_body(&self, config: &WebhookConfig, body: &[u8]) -> Result<(), Answer> {
        match (&config.token_verifier, &self.callback) {
            (Some(verifier), Some(Proof::Token(token))) => {
                proof::verify_body(verifier, token, body).map_err(tokenless)
            }
            _ => Ok(()),
        }
    }
}
