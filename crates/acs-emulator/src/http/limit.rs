//! A limit on requests. The service has some and publishes none for Call Automation, only that a client is to
//! wait for `Retry-After`; so there is none here unless a test sets one.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use super::reply::{Refusal, Reply};
use crate::clock::later;
use crate::{Error, ErrorKind};

/// So many requests in so much time.
///
/// Its text form is that of the command line: `100/s`, `600/m` or `5000/h`, and `100` for `100/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    requests: u32,
    per: Duration,
}

impl RateLimit {
    /// At most `requests` in any window of `per`; a window begins with the first request after the one before.
    /// Both are at least one (of a second).
    pub fn new(requests: u32, per: Duration) -> Self {
        Self {
            requests: requests.max(1),
            per: per.max(Duration::from_secs(1)),
        }
    }

    /// At most so many requests in a second.
    pub fn per_second(requests: u32) -> Self {
        Self::new(requests, Duration::from_secs(1))
    }
}

impl FromStr for RateLimit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || {
            let message = format!(
                "rate limit: expected requests per unit, such as 100/s, 600/m or 5000/h, and not {text}"
            );
            Error::new(ErrorKind::InvalidConfig, message)
        };
        let (requests, unit) = text.split_once('/').unwrap_or((text, "s"));
        let requests = requests.parse().ok().filter(|requests| *requests > 0);
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(invalid()),
        };
        Ok(Self::new(
            requests.ok_or_else(invalid)?,
            Duration::from_secs(seconds),
        ))
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests in {} s", self.requests, self.per.as_secs())
    }
}

/// Counts requests against a limit.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: RateLimit,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    /// When it is over; before the first request there is none.
    end: Option<DateTime<Utc>>,
    taken: u32,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            window: Mutex::default(),
        }
    }

    /// Begins anew.
    pub(crate) fn clear(&self) {
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Window::default();
    }

    /// Counts a request, or says how long to wait.
    pub(crate) fn admit(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let end = match window.end {
            Some(end) if now < end => end,
            _ => {
                let end = later(now, self.limit.per);
                *window = Window {
                    end: Some(end),
                    taken: 0,
                };
                end
            }
        };
        if window.taken < self.limit.requests {
            window.taken += 1;
            return Ok(());
        }
        // In whole seconds, as the header has it, and never too early.
        let wait = (end - now + TimeDelta::milliseconds(999)).num_seconds().max(1);
        let message = format!(
            "Too many requests: the limit is {}. Try again in {wait} s.",
            self.limit
        );
        let reply = Reply::error(StatusCode::TOO_MANY_REQUESTS, "429", &message);
        Err(Refusal::new(reply.hint(wait.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(milliseconds)
    }

    #[test]
    fn what_comes_beyond_the_limit_waits_for_the_end_of_the_window() {
        let limiter = Limiter::new(RateLimit::new(2, Duration::from_secs(10)));
        assert!(limiter.admit(at(500)).is_ok());
        assert!(limiter.admit(at(600)).is_ok());
        for (time, wait) in [(700, "10"), (9_400, "2"), (10_499, "1")] {
            let reply = limiter.admit(at(time)).unwrap_err().into_reply();
            assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(reply.hint.as_deref(), Some(wait), "at {time} ms");
        }
        assert!(limiter.admit(at(10_500)).is_ok(), "the next window");
        assert!(limiter.admit(at(20_000)).is_ok());
        assert!(limiter.admit(at(20_001)).is_err());
        limiter.clear();
        assert!(limiter.admit(at(20_002)).is_ok());
    }

    #[test]
    fn limits_are_read_and_refused() {
        for (text, requests, seconds) in [
            ("100/s", 100, 1),
            ("7", 7, 1),
            ("600/m", 600, 60),
            ("1/h", 1, 3600),
        ] {
            let expected = RateLimit::new(requests, Duration::from_secs(seconds));
            assert_eq!(text.parse::<RateLimit>().unwrap(), expected, "{text}");
        }
        for text in ["", "0/s", "-1/s", "x/s", "1/d", "1/", "/s"] {
            let error = text.parse::<RateLimit>().unwrap_err().to_string();
            assert!(error.contains("rate limit: expected"), "{text}: {error}");
        }
    }
}
