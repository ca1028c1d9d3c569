//! What a fault is: when it strikes, what happens then, and how often.

use serde::{Deserialize, Serialize};

use crate::tokens::TokenFault;

/// Something that goes wrong on purpose: with a request of the application, or with an event that is posted to it.
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
    /// Posts of this event, by its short name: `CallConnected`, `IncomingCall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Posts to this address, without its query. `*` stands for any text: `http://127.0.0.1:*/events/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Posts of this sender alone. With it, `latency`, `status` and `reset` strike attempts to post in place of
    /// requests; the others strike the posts of both senders without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posts: Option<Posts>,
}

/// Who posts events to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Posts {
    /// The service, to the callback address of a call.
    Callbacks,
    /// Event Grid, to a subscribed address. Its handshakes are not struck.
    EventGrid,
}

/// What happens. The first three are for requests, or for attempts to post an event where the condition says
/// [whose posts](FaultCondition::posts); the others are for posts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultOutcome {
    /// The request is answered, or the attempt to post made, later by the clock of the emulator.
    Latency {
        /// How many milliseconds.
        ms: u64,
    },
    /// The request is answered with this status. A post counts as answered with it, and is repeated or given up
    /// as after any such answer.
    #[serde(rename_all = "camelCase")]
    Status {
        /// From 400 to 599.
        status: u16,
        /// `Retry-After`, in seconds. Of requests alone, as are `code` and `message`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
        /// `code` of the error; the status unless set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// `message` of the error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Whether the request is carried out, or the post arrives, all the same, and only the answer is this one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        carried_out: bool,
    },
    /// The connection of the request is reset without an answer (RST), or the one of a post breaks.
    #[serde(rename_all = "camelCase")]
    Reset {
        /// Whether the request is carried out, or the post arrives, before, and only the answer is lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        carried_out: bool,
    },
    /// The event is not posted.
    Lose,
    /// The event is posted several times, with the same event id.
    Duplicate {
        /// How many times more, from 1 to 100.
        #[serde(default = "one")]
        copies: u32,
    },
    /// The event is posted later, by the clock of the emulator; others overtake it.
    Delay {
        /// How many milliseconds.
        ms: u64,
    },
    /// The event is posted behind the next one to the same address, or when none comes in time.
    #[serde(rename_all = "camelCase")]
    Reorder {
        /// How many milliseconds the next one may take, by the clock of the emulator.
        #[serde(default = "second")]
        within_ms: u64,
    },
    /// Ahead of the callback comes another one that the service did not send: the same event under an id of
    /// its own, and with a token that does not hold. Where callbacks carry no tokens it has none. Posts of Event
    /// Grid carry none of the service, so they are not forged.
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
    /// Every request and every post. A retry counts anew, so a fault with a count of 1 strikes the first
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

    /// The posts of an event.
    #[must_use]
    pub fn event(name: impl Into<String>) -> Self {
        Self {
            event: Some(name.into()),
            ..Self::default()
        }
    }

    /// The posts to an address.
    #[must_use]
    pub fn address(address: impl Into<String>) -> Self {
        Self {
            address: Some(address.into()),
            ..Self::default()
        }
    }

    /// The posts of one sender.
    #[must_use]
    pub fn posts(posts: Posts) -> Self {
        Self {
            posts: Some(posts),
            ..Self::default()
        }
    }

    /// Narrows it down to an event.
    #[must_use]
    pub fn and_event(mut self, name: impl Into<String>) -> Self {
        self.event = Some(name.into());
        self
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

    /// Whether it happens to one attempt: to a request, or to a post each time that it is made.
    pub(crate) fn is_of_attempts(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. } | Self::Status { .. } | Self::Reset { .. }
        )
    }

    /// Whether nothing can happen to the same request or post any more.
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
    /// How many requests or posts it could have struck.
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
