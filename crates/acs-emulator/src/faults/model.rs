//! What a fault is: when it strikes, what happens then, and how often.

use serde::{Deserialize, Serialize};

use crate::tokens::TokenFault;

/// Something that goes wrong on purpose: with a request of the application, or with a callback to it.
///
/// As JSON (control API, config file):
/// `{"when": {"operation": "createCall"}, "outcome": {"kind": "status", "status": 503}, "limit": {"count": 2}}`.
///
/// ```
/// use acs_emulator::{Fault, FaultCondition, FaultOutcome};
///
/// let busy = Fault::new(FaultCondition::operation("createCall"), FaultOutcome::status(429).retry_after(2)).times(1);
/// let twice = Fault::new(FaultCondition::event("CallConnected"), FaultOutcome::Duplicate { copies: 1 });
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// Its name, for the journal and to take it away. Without one it gets one: `fault-1`, `fault-2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it strikes. Everything that the outcome can happen to, unless narrowed down.
    #[serde(default)]
    pub when: FaultCondition,
    /// What happens.
    pub outcome: FaultOutcome,
    /// How often.
    #[serde(default)]
    pub limit: FaultLimit,
    /// The source of the chance of its rate. Without one it follows from the seed of the emulator, and from
    /// the place of the fault in the order in which they were added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// What a fault strikes. What is given must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultCondition {
    /// Requests of this operation, by its id in the description of the API: `createCall`, `play`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Requests with this method: `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Requests with this path, percent-encoded as sent and without a query. `*` stands for any text:
    /// `/calling/callConnections/*:play`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Callbacks of this event, by its short name: `CallConnected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Callbacks to this address, without its query. `*` stands for any text: `http://127.0.0.1:*/events/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// What happens. The first three are for requests, the others for callbacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultOutcome {
    /// The request is answered later, by the clock of the emulator.
    Latency {
        /// How many milliseconds.
        ms: u64,
    },
    /// The request is answered with this status.
    #[serde(rename_all = "camelCase")]
    Status {
        /// From 400 to 599.
        status: u16,
        /// `Retry-After`, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
        /// `code` of the error; the status unless set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// `message` of the error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether the request is carried out all the same, and only its answer is this one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        carried_out: bool,
    },
    /// The connection is closed without an answer.
    #[serde(rename_all = "camelCase")]
    Reset {
        /// Whether the request is carried out before, and only its answer is lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        carried_out: bool,
    },
    /// The callback is not posted.
    Lose,
    /// The callback is posted several times, with the same event id.
    Duplicate {
        /// How many times more, from 1 to 100.
        #[serde(default = "one")]
        copies: u32,
    },
    /// The callback is posted later, by the clock of the emulator; others overtake it.
    Delay {
        /// How many milliseconds.
        ms: u64,
    },
    /// The callback is posted behind the next one to the same address, or when none comes in time.
    #[serde(rename_all = "camelCase")]
    Reorder {
        /// How many milliseconds the next one may take, by the clock of the emulator.
        #[serde(default = "second")]
        within_ms: u64,
    },
    /// Ahead of the callback comes another one that the service did not send: the same event under an id of
    /// its own, and with a token that does not hold. Where callbacks carry no tokens it has none.
    Forge {
        /// What is wrong with its token.
        #[serde(default = "forged")]
        token: TokenFault,
    },
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultLimit {
    /// How many of those it could strike it lets pass first.
    pub skip: u64,
    /// How many it strikes at most; without end unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// How likely it strikes each, from 0 to 1.
    pub rate: f64,
    /// What is counted.
    pub count_by: CountBy,
}

/// What the limit of a fault counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CountBy {
    /// Every request and every callback. A retry counts anew, so a fault with a count of 1 strikes the first
    /// attempt alone.
    #[default]
    Requests,
    /// Every `Repeatability-Request-ID`. A request that repeats one fares as the first with this id did and is
    /// not counted again, so a fault with a count of 1 strikes all attempts of one operation. Requests without
    /// an id count one by one. The last 10 000 ids are remembered.
    RepeatabilityIds,
}

impl Default for FaultLimit {
    fn default() -> Self {
        Self {
            skip: 0,
            count: None,
            rate: 1.0,
            count_by: CountBy::default(),
        }
    }
}

impl Fault {
    /// A fault that strikes every time.
    #[must_use]
    pub fn new(when: FaultCondition, outcome: FaultOutcome) -> Self {
        Self {
            id: None,
            when,
            outcome,
            limit: FaultLimit::default(),
            seed: None,
        }
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when it does not; the message names the field
    /// and what was expected.
    pub fn check(&self) -> Result<(), crate::Error> {
        super::check::check(self)
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Strikes so many times and no more.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.limit.count = Some(count);
        self
    }

    /// Lets so many pass first.
    #[must_use]
    pub fn after(mut self, skip: u64) -> Self {
        self.limit.skip = skip;
        self
    }

    /// Strikes by chance, from 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> Self {
        self.limit.rate = rate;
        self
    }

    /// The source of the chance.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What is counted.
    #[must_use]
    pub fn count_by(mut self, count_by: CountBy) -> Self {
        self.limit.count_by = count_by;
        self
    }
}

impl FaultCondition {
    /// Whatever the outcome can happen to.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// The requests of an operation.
    #[must_use]
    pub fn operation(id: impl Into<String>) -> Self {
        Self {
            operation: Some(id.into()),
            ..Self::default()
        }
    }

    /// The requests with a path.
    #[must_use]
    pub fn path(path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::default()
        }
    }

    /// The callbacks of an event.
    #[must_use]
    pub fn event(name: impl Into<String>) -> Self {
        Self {
            event: Some(name.into()),
            ..Self::default()
        }
    }

    /// The callbacks to an address.
    #[must_use]
    pub fn address(address: impl Into<String>) -> Self {
        Self {
            address: Some(address.into()),
            ..Self::default()
        }
    }
}

impl FaultOutcome {
    /// An answer with a status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after_seconds: None,
            code: None,
            message: None,
            carried_out: false,
        }
    }

    /// Adds `Retry-After` to an answer with a status; others stay as they are.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        if let Self::Status {
            retry_after_seconds, ..
        } = &mut self
        {
            *retry_after_seconds = Some(seconds);
        }
        self
    }

    /// Whether it is requests that it happens to.
    pub(crate) fn is_for_requests(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. } | Self::Status { .. } | Self::Reset { .. }
        )
    }

    /// Whether nothing can happen to the same request or callback any more.
    pub(super) fn is_last(&self) -> bool {
        matches!(self, Self::Status { .. } | Self::Reset { .. } | Self::Lose)
    }

    /// Its name, as in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Status { .. } => "status",
            Self::Reset { .. } => "reset",
            Self::Lose => "lose",
            Self::Duplicate { .. } => "duplicate",
            Self::Delay { .. } => "delay",
            Self::Reorder { .. } => "reorder",
            Self::Forge { .. } => "forge",
        }
    }
}

/// A fault and what it has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultState {
    /// Its name.
    pub id: String,
    /// The fault.
    #[serde(flatten)]
    pub fault: FaultShown,
    /// How many requests or callbacks it could have struck.
    pub met: u64,
    /// How many it struck.
    pub struck: u64,
}

/// A fault as it is shown, without its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FaultShown {
    /// What it strikes.
    pub when: FaultCondition,
    /// What happens.
    pub outcome: FaultOutcome,
    /// How often.
    pub limit: FaultLimit,
    /// The source of its chance.
    pub seed: u64,
}

fn one() -> u32 {
    1
}

fn second() -> u64 {
    1000
}

fn forged() -> TokenFault {
    TokenFault::WrongKey
}
