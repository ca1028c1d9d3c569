//! What the hub has seen and what it gave up.
//!
//! With the feature `metrics`, every counter is told to the recorder of the `metrics` facade as well; the
//! names stand at [`HubStats`].

use std::sync::atomic::{AtomicU64, Ordering};

/// One counter, under its name for the `metrics` facade.
#[derive(Debug)]
pub(crate) struct Counter {
    value: AtomicU64,
    #[cfg(feature = "metrics")]
    metric: &'static str,
    #[cfg(feature = "metrics")]
    kind: &'static str,
}

impl Counter {
    #[cfg_attr(
        not(feature = "metrics"),
        expect(unused_variables, reason = "names matter to the facade only")
    )]
    fn new(metric: &'static str, kind: &'static str) -> Self {
        Self {
            value: AtomicU64::new(0),
            #[cfg(feature = "metrics")]
            metric,
            #[cfg(feature = "metrics")]
            kind,
        }
    }

    pub(crate) fn add(&self, count: usize) {
        if count == 0 {
            return;
        }
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.value.fetch_add(count, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        metrics::counter!(self.metric, "kind" => self.kind).increment(count);
    }

    pub(crate) fn count(&self) {
        self.add(1);
    }

    /// Counts what is counted elsewhere for the facade only.
    #[cfg_attr(
        not(feature = "metrics"),
        expect(clippy::unused_self, reason = "names matter to the facade only")
    )]
    pub(crate) fn tell(&self) {
        #[cfg(feature = "metrics")]
        metrics::counter!(self.metric, "kind" => self.kind).increment(1);
    }
}

/// A count in several places, for what happens so often that the cores would pass one place to and fro.
#[derive(Debug)]
pub(crate) struct Striped(Box<[Stripe]>);

#[derive(Debug, Default)]
#[repr(align(64))]
struct Stripe(AtomicU64);

impl Striped {
    pub(crate) fn new(stripes: usize) -> Self {
        Self((0..stripes).map(|_| Stripe::default()).collect())
    }

    pub(crate) fn count(&self, stripe: usize) {
        if let Some(Stripe(value)) = self.0.get(stripe) {
            value.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        self.0
            .iter()
            .map(|Stripe(value)| value.load(Ordering::Relaxed))
            .sum()
    }
}

macro_rules! counters {
    ($( $(#[$meta:meta])* $name:ident = $metric:literal / $kind:literal ),+ $(,)?) => {
        /// Counts since the hub was made.
        ///
        /// With the feature `metrics`, the same counts go to the recorder of the `metrics` facade, under
        /// these names, each with a label `kind`:
        ///
        /// | field | counter | `kind` |
        /// |---|---|---|
        $(
            #[doc = concat!("| `", stringify!($name), "` | `acs_call_events_", $metric, "_total` | `", $kind, "` |")]
        )+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct HubStats {
            $( $(#[$meta])* pub $name: u64, )+
            /// Calls and recordings that are kept now.
            pub open_logs: u64,
            /// Those of them that nobody has listened to yet.
            pub unclaimed_logs: u64,
        }

        /// On cache lines of their own: counting must not slow down who reads what lies beside.
        #[derive(Debug)]
        #[repr(align(128))]
        pub(crate) struct Counters {
            $( pub(crate) $name: Counter, )+
        }

        impl Default for Counters {
            fn default() -> Self {
                Self {
                    $( $name: Counter::new(concat!("acs_call_events_", $metric, "_total"), $kind), )+
                }
            }
        }

        impl Counters {
            pub(crate) fn snapshot(&self) -> HubStats {
                HubStats {
                    $( $name: self.$name.value.load(Ordering::Relaxed), )+
                    ..HubStats::default()
                }
            }
        }
    };
}

counters! {
    /// Events that were put into a log.
    accepted = "received" / "event",
    /// Events whose id was in the log already.
    duplicates = "duplicates" / "event",
    /// Elements of callbacks that could not be read.
    bad_elements = "rejected" / "bad_element",
    /// Events of calls that had ended and were released already; they are not kept.
    late = "rejected" / "late",
    /// Events without a call connection id; they are not kept.
    unroutable = "rejected" / "unroutable",
    /// Events given up because a call without listener had too many of them.
    early_events_given_up = "retention_dropped" / "early_event",
    /// Events given up because nobody listened to their call in time.
    unclaimed_events_given_up = "unclaimed" / "event",
    /// Calls given up because nobody listened to them in time, or because there were too many.
    unclaimed_calls_given_up = "unclaimed" / "call",
    /// Events that later subscribers of a very long call will not see.
    trimmed = "retention_dropped" / "trimmed",
    /// Calls given up after a long silence.
    idle_calls_given_up = "retention_dropped" / "idle_call",
    /// How often a subscriber fell [`lagging_after`](crate::HubConfig::lagging_after) events behind. It
    /// loses nothing; what it has not read takes memory.
    lagging = "lagging" / "subscriber",
    /// Ended calls that were released after their grace period.
    released = "released" / "call",
    /// Offered calls that were taken in.
    offers = "received" / "offer",
    /// Offered calls that had been taken in already.
    duplicate_offers = "duplicates" / "offer",
    /// Offered calls that nobody took in time.
    offers_given_up = "unclaimed" / "offer",
    /// Requests to a webhook that were not authentic.
    unauthorized = "rejected" / "unauthorized",
}
