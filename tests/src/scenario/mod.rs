//! Scenarios: one prepared request per operation and outcome, shared by the recorder and the replay.
//!
//! A scenario has two halves. *Prepare* brings about what the request needs (a ringing call, a participant)
//! and returns it as [`Input`]; it runs only against an endpoint. *Act* is the request itself, over a client
//! and an input, and returns what the client made of the answer. The recording keeps the input, so the second
//! half can be run again against the recorded answer, and must come to the same outcome.

mod calls;
mod input;
mod media;
mod outcome;
mod participants;
mod recording;
mod streams;

use acs_call_automation::CallAutomationClient;
use anyhow::Result;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::app::Application;

pub use input::Input;

/// What a scenario needs that not every endpoint has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Users whose calls are offered to the application.
    Users,
    /// A telephone number of the resource, and a telephone that answers.
    Telephone,
    /// What only the emulator has: small pages, or a room that exists by being named.
    Emulator,
}

/// One request with a known outcome.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The operation's id in the API description.
    pub operation: &'static str,
    /// Which of the operation's outcomes; empty for the plain success.
    pub variant: &'static str,
    /// What is special about it.
    pub note: &'static str,
    /// What the endpoint must have.
    pub needs: Needs,
    /// Whether the request is signed with a key that is not the resource's.
    pub stranger: bool,
    /// Brings about what the request needs.
    pub prepare: for<'a> fn(&'a Application) -> BoxFuture<'a, Result<Input>>,
    /// Sends the request and tells the outcome.
    pub act: fn(CallAutomationClient, Input) -> BoxFuture<'static, Value>,
}

impl Scenario {
    const fn new(
        operation: &'static str,
        prepare: for<'a> fn(&'a Application) -> BoxFuture<'a, Result<Input>>,
        act: fn(CallAutomationClient, Input) -> BoxFuture<'static, Value>,
    ) -> Self {
        Self {
            operation,
            variant: "",
            note: "",
            needs: Needs::Users,
            stranger: false,
            prepare,
            act,
        }
    }

    const fn variant(mut self, variant: &'static str, note: &'static str) -> Self {
        self.variant = variant;
        self.note = note;
        self
    }

    const fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    const fn by_a_stranger(mut self) -> Self {
        self.stranger = true;
        self
    }

    /// The name of its recording, without `.json`.
    pub fn name(&self) -> String {
        if self.variant.is_empty() {
            self.operation.to_owned()
        } else {
            format!("{}.{}", self.operation, self.variant)
        }
    }
}

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    [
        calls::scenarios(),
        participants::scenarios(),
        media::scenarios(),
        recording::scenarios(),
        streams::scenarios(),
    ]
    .concat()
}
