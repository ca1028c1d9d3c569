//! One POST to the application: what is sent, what came back, and when it is worth another attempt.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use url::Url;

use crate::faults::{Addressed, Posts};
use crate::journal::without_query;

/// Something to be posted, and posted again with the same bytes until it is taken or given up.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// Where to, query included.
    pub(crate) url: Url,
    /// Headers; the content type is JSON unless one is given here. The token of a callback is no part of them:
    /// it may be another one at the next attempt.
    pub(crate) headers: HeaderMap,
    /// The JSON body.
    pub(crate) body: Bytes,
    /// Who posts it.
    pub(crate) posts: Posts,
    /// What is posted, in a few words for the journal.
    pub(crate) label: String,
    /// The journal entry that announced it; its deliveries refer to it.
    pub(crate) entry: u64,
    /// The server call id, for the journal.
    pub(crate) call: Option<String>,
    /// The call connection id, for the journal.
    pub(crate) connection: Option<String>,
}

/// What became of one attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Any 2xx.
    Taken(StatusCode),
    /// Worth another try: no connection, no answer in time, 408, 429 or 5xx.
    Failed(String),
    /// An answer that another try will not change.
    Refused(StatusCode),
}

impl Post {
    /// What faults are asked about.
    pub(super) fn addressed(&self) -> Addressed<'_> {
        Addressed {
            posts: self.posts,
            event: &self.label,
            address: without_query(self.url.as_str()),
        }
    }

    /// Sends the post once, with the token that is given.
    pub(crate) async fn attempt(&self, client: &reqwest::Client, token: Option<HeaderValue>) -> Attempt {
        let mut headers = self.headers.clone();
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json; charset=utf-8"));
        if let Some(token) = token {
            headers.insert(header::AUTHORIZATION, token);
        }
        let sent = client
            .post(self.url.clone())
            .headers(headers)
            .body(self.body.clone())
            .send()
            .await;
        match sent {
            Ok(response) => {
                let status = response.status();
                // Read to the end, or the connection could not be used again.
                let _ = response.bytes().await;
                judge(status)
            }
            Err(error) => Attempt::Failed(describe(&error)),
        }
    }
}

pub(super) fn judge(status: StatusCode) -> Attempt {
    if status.is_success() {
        Attempt::Taken(status)
    } else if status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS
    {
        Attempt::Failed(format!("answered {}", status.as_u16()))
    } else {
        Attempt::Refused(status)
    }
}

/// Why a request got no answer, down to the cause, and without the address (its query may hold a key).
pub(crate) fn describe(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "cannot connect"
    } else if error.is_builder() {
        "the address cannot be posted to"
    } else {
        "the connection broke"
    };
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) {
        what.to_owned()
    } else {
        format!("{what}: {cause}")
    }
}

/// How often and after what pauses a post is repeated.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The pause before each repetition; its length is their number.
    pub(crate) pauses: Vec<Duration>,
    /// Multiplies every pause, so that tests need not wait.
    pub(crate) scale: f64,
}

impl Schedule {
    /// The pause after this many failed attempts, or nothing when the post is given up.
    pub(crate) fn pause(&self, failed: usize) -> Option<Duration> {
        let pause = *self.pauses.get(failed.checked_sub(1)?)?;
        Some(scaled(pause, self.scale))
    }
}

/// A duration times a factor; factors that make no sense leave it as it is.
pub(crate) fn scaled(duration: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(duration.as_secs_f64() * factor).unwrap_or(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_taken_repeated_or_refused() {
        for (status, taken, repeated) in [
            (200, true, false),
            (204, true, false),
            (302, false, false),
            (404, false, false),
            (408, false, true),
            (429, false, true),
            (500, false, true),
            (503, false, true),
        ] {
            let attempt = judge(StatusCode::from_u16(status).unwrap());
            assert_eq!(matches!(attempt, Attempt::Taken(_)), taken, "{status}");
            assert_eq!(matches!(attempt, Attempt::Failed(_)), repeated, "{status}");
        }
    }

    #[test]
    fn the_schedule_ends() {
        let schedule = Schedule {
            pauses: vec![Duration::from_secs(1), Duration::from_secs(3)],
            scale: 0.5,
        };
        assert_eq!(schedule.pause(0), None);
        assert_eq!(schedule.pause(1), Some(Duration::from_millis(500)));
        assert_eq!(schedule.pause(2), Some(Duration::from_millis(1500)));
        assert_eq!(schedule.pause(3), None);
        assert_eq!(scaled(Duration::from_secs(1), f64::NAN), Duration::from_secs(1));
    }
}
