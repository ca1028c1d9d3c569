//! When a request is sent again, and how long to wait before.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How often and how long a request is tried.
///
/// Sent again are answers 408, 429, 500, 502, 503 and 504, and connections that could not be made. A
/// request whose answer was lost on the way is sent again only where that cannot do a thing twice: reads,
/// deletions, and operations that carry a repeatability id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_retries: u32,
    base_delay: Duration,
    max_delay: Duration,
    attempt_timeout: Duration,
    overall_timeout: Duration,
}

impl Default for RetryPolicy {
    /// 3 retries, from 0.8 s doubling up to 30 s with jitter, 30 s for an attempt, 120 s for everything.
    fn default() -> Self {
        Self {
            max_retries: 3,
            base_delay: Duration::from_millis(800),
            max_delay: Duration::from_secs(30),
            attempt_timeout: Duration::from_secs(30),
            overall_timeout: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// One attempt and no more.
    pub fn none() -> Self {
        Self {
            max_retries: 0,
            ..Self::default()
        }
    }

    /// How many times a request is sent again at most.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The wait before the first retry; it doubles with each further one.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait. A `Retry-After` beyond it is not waited for: the answer is handed back instead.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// How long one attempt may take, connecting included.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// How long all attempts and waits may take together.
    pub fn overall_timeout(mut self, timeout: Duration) -> Self {
        self.overall_timeout = timeout;
        self
    }

    /// How many times a request is sent again at most, as set.
    pub fn retries(&self) -> u32 {
        self.max_retries
    }

    /// The wait before retry number `retry`, counted from 0, as long as the service does not ask for another:
    /// doubling, with jitter, up to the longest wait.
    pub fn backoff(&self, retry: u32) -> Duration {
        self.step(retry, fastrand::f64())
    }

    fn step(&self, retry: u32, jitter: f64) -> Duration {
        let step = self
            .base_delay
            .saturating_mul(2_u32.saturating_pow(retry))
            .min(self.max_delay);
        step.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }

    pub(crate) fn overall(&self) -> Duration {
        self.overall_timeout
    }

    /// The time the next attempt may take when this much of the whole is left.
    pub(crate) fn attempt_time(&self, left: Duration) -> Duration {
        self.attempt_timeout.min(left)
    }

    /// The wait before retry number `retry` (from 0), or `None` when the outcome is final.
    ///
    /// `jitter` is between 0 and 1: the wait lies between half of the step and the whole step, so that
    /// clients that failed together do not come back together.
    pub(crate) fn wait(
        &self,
        outcome: &Outcome,
        retry: u32,
        left: Duration,
        jitter: f64,
    ) -> Option<Duration> {
        if retry >= self.max_retries || !outcome.retryable {
            return None;
        }
        let wait = match outcome.retry_after {
            Some(asked) if asked > self.max_delay => return None,
            Some(asked) => asked,
            None => self.step(retry, jitter),
        };
        // Waiting past the end would only turn a real answer into a time-out.
        (wait < left).then_some(wait)
    }
}

/// What an attempt ended with, as far as a retry is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) retryable: bool,
    pub(crate) retry_after: Option<Duration>,
}

impl Outcome {
    /// An attempt that took too long, of a request that may be executed twice.
    pub(crate) const LATE: Self = Self {
        retryable: true,
        retry_after: None,
    };

    pub(crate) fn of_response(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        let retryable = matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504);
        // Three headers are looked up only where the answer may be a wait; most answers are not.
        let retry_after = if retryable {
            retry_after(headers, now)
        } else {
            None
        };
        Self {
            retryable,
            retry_after,
        }
    }

    /// `replayable` says whether the request may be executed twice without doing a thing twice.
    pub(crate) fn of_error(error: &reqwest::Error, replayable: bool) -> Self {
        let never_sent = error.is_connect();
        let lost = error.is_timeout() || error.is_request() || error.is_body();
        Self {
            retryable: never_sent || (lost && replayable),
            retry_after: None,
        }
    }
}

/// `Retry-After`, in seconds or as a date, or its finer relatives in milliseconds.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(millis) = text(headers, name).and_then(|text| text.parse().ok()) {
            return Some(Duration::from_millis(millis));
        }
    }
    let text = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1000);

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    fn outcome(status: u16, headers: &HeaderMap) -> Outcome {
        Outcome::of_response(
            StatusCode::from_u16(status).unwrap(),
            headers,
            SystemTime::UNIX_EPOCH,
        )
    }

    #[test]
    fn these_statuses_and_no_others_are_tried_again() {
        let retried: Vec<u16> = (100..600)
            .filter(|&status| outcome(status, &HeaderMap::new()).retryable)
            .collect();
        assert_eq!(retried, [408, 429, 500, 502, 503, 504]);
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        for (name, value, wait) in [
            ("retry-after", "7", Some(Duration::from_secs(7))),
            (
                "retry-after",
                "Thu, 01 Jan 1970 00:00:09 GMT",
                Some(Duration::from_secs(9)),
            ),
            ("retry-after", "Wed, 31 Dec 1969 00:00:09 GMT", None),
            ("retry-after", "soon", None),
            ("retry-after", "-1", None),
            ("retry-after-ms", "250", Some(Duration::from_millis(250))),
            ("x-ms-retry-after-ms", "250", Some(Duration::from_millis(250))),
        ] {
            assert_eq!(
                outcome(429, &headers(name, value)).retry_after,
                wait,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn waits_double_up_to_the_limit_and_jitter_stays_within_half_a_step() {
        let policy = RetryPolicy::default()
            .max_retries(10)
            .base_delay(Duration::from_secs(1))
            .max_delay(Duration::from_secs(5));
        let failed = outcome(503, &HeaderMap::new());
        let waits = |jitter| -> Vec<u64> {
            (0..5)
                .map(|retry| {
                    policy
                        .wait(&failed, retry, LONG, jitter)
                        .unwrap()
                        .as_millis()
                        .try_into()
                        .unwrap()
                })
                .collect()
        };
        assert_eq!(waits(1.0), [1000, 2000, 4000, 5000, 5000]);
        assert_eq!(waits(0.0), [500, 1000, 2000, 2500, 2500]);
        assert_eq!(policy.wait(&failed, 10, LONG, 1.0), None);
        assert!(policy.wait(&failed, 9, LONG, 1.0).is_some());
    }

    #[test]
    fn what_the_service_asks_for_is_waited_exactly_and_not_beyond_the_limits() {
        let policy = RetryPolicy::default();
        let asked = outcome(429, &headers("retry-after", "7"));
        assert_eq!(policy.wait(&asked, 0, LONG, 0.3), Some(Duration::from_secs(7)));
        assert_eq!(policy.wait(&asked, 0, Duration::from_secs(7), 0.3), None);
        let too_long = outcome(429, &headers("retry-after", "31"));
        assert_eq!(policy.wait(&too_long, 0, LONG, 0.3), None);
        assert_eq!(
            policy.wait(&outcome(404, &headers("retry-after", "1")), 0, LONG, 0.3),
            None
        );
        assert_eq!(RetryPolicy::none().wait(&asked, 0, LONG, 0.3), None);
    }

    #[test]
    fn an_attempt_never_takes_longer_than_what_is_left() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.attempt_time(LONG), Duration::from_secs(30));
        assert_eq!(
            policy.attempt_time(Duration::from_secs(3)),
            Duration::from_secs(3)
        );
    }
}
