//! What the hub keeps, and for how long.

use std::time::Duration;

/// Bounds of what a [`CallEventHub`](crate::CallEventHub) keeps. Everything that is given up because of them
/// is counted in [`HubStats`](crate::HubStats) and logged.
#[derive(Clone, Debug)]
#[must_use]
#[non_exhaustive]
pub struct HubConfig {
    pub(crate) early_retention: Duration,
    pub(crate) early_events_per_call: usize,
    pub(crate) unclaimed_calls: usize,
    pub(crate) events_per_call: usize,
    pub(crate) compact_above: usize,
    pub(crate) lagging_after: usize,
    pub(crate) linger: Duration,
    pub(crate) grace: Duration,
    pub(crate) idle_retention: Duration,
    pub(crate) remembered_calls: usize,
    pub(crate) offer_retention: Duration,
    pub(crate) early_offers: usize,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            early_retention: Duration::from_secs(300),
            early_events_per_call: 1_000,
            unclaimed_calls: 100_000,
            events_per_call: 10_000,
            compact_above: 10_000,
            lagging_after: 1_000,
            linger: Duration::from_secs(1),
            grace: Duration::from_secs(60),
            idle_retention: Duration::from_secs(24 * 3600),
            remembered_calls: 65_536,
            offer_retention: Duration::from_secs(120),
            early_offers: 1_000,
        }
    }
}

macro_rules! setters {
    ($( $(#[$meta:meta])* $name:ident : $type:ty ),+ $(,)?) => {
        impl HubConfig {
            $(
                $(#[$meta])*
                pub fn $name(mut self, value: $type) -> Self {
                    self.$name = value;
                    self
                }
            )+
        }
    };
}

setters! {
    /// How long the events of a call that nobody listens to are kept. 5 minutes by default.
    early_retention: Duration,
    /// How many events of a call that nobody listens to are kept; the oldest are given up. 1,000 by default.
    early_events_per_call: usize,
    /// How many calls that nobody listens to are kept; the oldest are given up. 100,000 by default.
    unclaimed_calls: usize,
    /// How many events of a call are kept for those who subscribe later. Events that a living subscriber has
    /// not seen yet are kept beyond it. 10,000 by default.
    events_per_call: usize,
    /// From how many open calls on the events that all subscribers of a call have read are kept in few bytes,
    /// which costs some tenths of a microsecond per event and halves the memory of a call. 10,000 by default.
    compact_above: usize,
    /// How many events a subscriber may be behind before that is counted and logged. It loses nothing by it.
    /// 1,000 by default.
    lagging_after: usize,
    /// How long after the end of a call its last events may still arrive: deliveries are not ordered, and
    /// `CreateCallFailed` comes after its `CallDisconnected`. 1 second by default, as recorded traffic
    /// suggests.
    linger: Duration,
    /// How long an ended call is kept for late subscribers. 60 seconds by default.
    grace: Duration,
    /// After which silence a call that has subscribers no more, and never ended, is given up. A day by
    /// default.
    idle_retention: Duration,
    /// How many ended calls are remembered by id, so that waiting for one ends at once. 65,536 by default.
    remembered_calls: usize,
    /// How long an offered call is kept while nobody takes offers. 2 minutes by default; it rings for 30
    /// seconds (Event Grid guidance).
    offer_retention: Duration,
    /// How many offered calls are kept while nobody takes offers; the oldest are given up. 1,000 by default.
    early_offers: usize,
}
