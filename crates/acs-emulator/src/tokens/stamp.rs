//! One token per event: made when the event is first posted, and kept while it is repeated.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderValue;

use super::issue::Token;
use super::{TokenFault, Tokens};

/// A token that is about to run out is not worth sending: the post may take this long.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// The token of one event.
#[derive(Debug)]
pub(crate) struct Stamp {
    tokens: Arc<Tokens>,
    /// What is wrong with it, decided at the first attempt.
    fault: Option<TokenFault>,
    token: Option<Token>,
}

impl Stamp {
    pub(super) fn new(tokens: Arc<Tokens>, fault: Option<TokenFault>) -> Self {
        Self {
            tokens,
            fault,
            token: None,
        }
    }

    /// The `Authorization` header of the next attempt. A good token is made anew when it would run out on
    /// the way; one that is wrong on purpose stays as it is.
    pub(crate) fn header(&mut self, now: DateTime<Utc>) -> Option<HeaderValue> {
        let fault = *self.fault.get_or_insert_with(|| self.tokens.fault());
        let worn = match &self.token {
            None => true,
            Some(token) => fault == TokenFault::None && token.expires - MARGIN <= now,
        };
        if worn {
            self.token = self.tokens.issue(fault, now);
        }
        self.token.as_ref().map(|token| token.header.clone())
    }

    /// What is wrong with the token of the event, if anything is.
    pub(crate) fn fault(&self) -> Option<TokenFault> {
        self.fault.filter(|fault| *fault != TokenFault::None)
    }
}
