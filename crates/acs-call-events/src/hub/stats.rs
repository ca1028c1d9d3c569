//! What the hub has seen and what it gave up.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($( $(#[$meta:meta])* $name:ident ),+ $(,)?) => {
        /// Counts since the hub was made.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct HubStats {
            $( $(#[$meta])* pub $name: u64, )+
            /// Calls and recordings that are kept now.
            pub open_logs: u64,
            /// Those of them that nobody has listened to yet.
            pub unclaimed_logs: u64,
        }

        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $( pub(crate) $name: AtomicU64, )+
        }

        impl Counters {
            pub(crate) fn snapshot(&self) -> HubStats {
                HubStats {
                    $( $name: self.$name.load(Ordering::Relaxed), )+
                    ..HubStats::default()
                }
            }
        }
    };
}

counters! {
    /// Events that were put into a log.
    accepted,
    /// Events whose id was in the log already.
    duplicates,
    /// Elements of callbacks that could not be read.
    bad_elements,
    /// Events of calls that had ended and were released already; they are not kept.
    late,
    /// Events without a call connection id; they are not kept.
    unroutable,
    /// Events given up because a call without listener had too many of them.
    early_events_given_up,
    /// Events given up because nobody listened to their call in time.
    unclaimed_events_given_up,
    /// Calls given up because nobody listened to them in time, or because there were too many.
    unclaimed_calls_given_up,
    /// Events that later subscribers of a very long call will not see.
    trimmed,
    /// Calls given up after a long silence.
    idle_calls_given_up,
    /// Ended calls that were released after their grace period.
    released,
    /// Offered calls that were taken in.
    offers,
    /// Offered calls that had been taken in already.
    duplicate_offers,
    /// Offered calls that nobody took in time.
    offers_given_up,
    /// Requests to a webhook without the shared key.
    unauthorized,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}
