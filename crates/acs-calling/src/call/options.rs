//! Option bags of calls, and what is refused before anything is sent.

use std::collections::HashSet;

use acs_common::{CommunicationIdentifier, PhoneNumber};

use crate::error::Error;
use crate::protocol::CustomContext;

/// How a call is placed.
#[derive(Clone, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct StartCallOptions {
    /// Whether it begins muted.
    pub muted: bool,
    /// The number that telephones see; needed to call one.
    pub alternate_caller_id: Option<String>,
    /// Headers to go along.
    pub custom_context: Option<CustomContext>,
}

impl StartCallOptions {
    /// Sets whether it begins muted.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }

    /// Sets the number that telephones see.
    pub fn alternate_caller_id(mut self, number: impl Into<String>) -> Self {
        self.alternate_caller_id = Some(number.into());
        self
    }

    /// Sets headers to go along.
    pub fn custom_context(mut self, context: CustomContext) -> Self {
        self.custom_context = Some(context);
        self
    }

    pub(crate) fn check(
        &self,
        participants: &[CommunicationIdentifier],
        own: &CommunicationIdentifier,
    ) -> Result<(), Error> {
        if participants.is_empty() {
            return Err(Error::input("participants", "expected at least one"));
        }
        let mut seen = HashSet::new();
        for participant in participants {
            if participant == own {
                return Err(Error::input(
                    "participants",
                    "expected others than the agent itself",
                ));
            }
            if !seen.insert(participant) {
                let twice = participant.raw_id();
                return Err(Error::input(
                    "participants",
                    format!("expected each one once, found {twice} twice"),
                ));
            }
            check_caller_id(participant, self.alternate_caller_id.as_deref())?;
        }
        check_context(self.custom_context.as_ref())
    }
}

impl From<()> for StartCallOptions {
    fn from((): ()) -> Self {
        Self::default()
    }
}

/// How somebody is invited into a call.
#[doc(alias = "AddPhoneNumberOptions")]
#[derive(Clone, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct AddParticipantOptions {
    /// The number that a telephone sees; needed to invite one.
    pub alternate_caller_id: Option<String>,
}

impl AddParticipantOptions {
    /// Sets the number that a telephone sees.
    pub fn alternate_caller_id(mut self, number: impl Into<String>) -> Self {
        self.alternate_caller_id = Some(number.into());
        self
    }

    pub(super) fn check(&self, participant: &CommunicationIdentifier) -> Result<(), Error> {
        check_caller_id(participant, self.alternate_caller_id.as_deref())
    }
}

impl From<()> for AddParticipantOptions {
    fn from((): ()) -> Self {
        Self::default()
    }
}

fn check_caller_id(participant: &CommunicationIdentifier, number: Option<&str>) -> Result<(), Error> {
    let field = "alternate_caller_id";
    match number {
        Some(number) if number.parse::<PhoneNumber>().is_err() => Err(Error::input(
            field,
            "expected a telephone number such as +14255550100",
        )),
        None if participant.is_phone_number() => Err(Error::input(
            field,
            "expected a number of the resource, for a telephone is called",
        )),
        _ => Ok(()),
    }
}

pub(super) fn check_context(context: Option<&CustomContext>) -> Result<(), Error> {
    if let Some(context) = context {
        let dropped = context.sip_headers.len() - context.sip_headers_read().len();
        if dropped > 0 {
            tracing::warn!(dropped, "SIP headers that the service does not read");
        }
    }
    match context.and_then(CustomContext::fault) {
        Some((field, expected)) => Err(Error::input(field, expected)),
        None => Ok(()),
    }
}
