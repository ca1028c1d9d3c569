//! What leaves the emulator by itself: callbacks to the callback addresses ([`callbacks`]) and offers over
//! Event Grid ([`event_grid`], with its [`handshake`]).

mod callbacks;
mod client;
mod envelope;
mod event_grid;
mod handshake;
mod lanes;
mod pending;
mod post;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{Clock, Turn};
use crate::faults::{FaultOutcome, SharedFaults, Strike, Subject};
use crate::journal::{APPLICATION, Draft, Journal, JournalKind, SERVICE};
use crate::tokens::{Stamp, Tokens};

pub(crate) use callbacks::Callbacks;
pub(crate) use client::Clients;
pub(crate) use envelope::{callback_time, event_grid_time};
pub(crate) use event_grid::{EventGrid, Offered};
pub(crate) use lanes::Lanes;
pub(crate) use pending::{Counted, Pending};
use post::{Attempt, judge, scaled};
pub(crate) use post::{Post, Schedule};

/// What every sender needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Courier {
    pub(crate) clients: Clients,
    pub(crate) clock: Clock,
    pub(crate) journal: Arc<Journal>,
    /// Tasks that send; the shutdown waits for them.
    pub(crate) tasks: TaskTracker,
    /// Ends them all.
    pub(crate) cancel: CancellationToken,
    /// What is queued or on its way.
    pub(crate) pending: Pending,
    /// How many posts are on their way to one application.
    pub(crate) lanes: Lanes,
    /// What goes wrong on purpose.
    pub(crate) faults: SharedFaults,
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("pending", &self.pending.get())
            .finish_non_exhaustive()
    }
}

impl Courier {
    /// Runs a task until it ends or the emulator does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        self.tasks.spawn(async move {
            cancel.run_until_cancelled(task).await;
        });
    }

    /// Posts until taken, refused or given up, and writes every attempt into the journal. Every attempt
    /// carries what `stamp` gives for it. The turn is given up during the pauses.
    ///
    /// Returns the turn of the last attempt.
    pub(crate) async fn deliver(
        &self,
        post: &Post,
        schedule: &Schedule,
        ttl: Option<Duration>,
        mut stamp: Option<Stamp>,
        mut turn: Turn,
    ) -> Turn {
        let started = self.clock.now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let struck = self.attempted(post);
            if !struck.latency.is_zero() {
                drop(turn);
                turn = self.clock.rest(struck.latency).await;
                turn.comes().await;
            }
            // Before the token is made, for it does not last long.
            let lane = self.lanes.enter(&post.url).await;
            let token = stamp.as_mut().and_then(|stamp| stamp.header(Tokens::now()));
            let fault = stamp.as_ref().and_then(Stamp::fault);
            let attempt = match struck.end {
                Some((_, Arrives::No)) => None,
                // Boxed, for many wait and few are on their way.
                _ => Some(Box::pin(post.attempt(self.clients.get(&post.url), token)).await),
            };
            drop(lane);
            let attempt = match (struck.end, attempt) {
                (Some((end, _)), _) => end,
                (None, Some(attempt)) => attempt,
                (None, None) => Attempt::Failed("not sent".to_owned()),
            };
            let note = |result: &str, status: &Value, retry: Option<Duration>| {
                let mut detail = json!({ "result": result, "attempt": attempts, "status": status });
                if let Some(retry) = retry {
                    insert(&mut detail, "retryAfterMs", json!(retry.as_millis()));
                }
                if let Some(fault) = fault {
                    insert(&mut detail, "tokenFault", json!(fault));
                }
                self.note(post, result, detail);
            };
            let (result, status) = match attempt {
                Attempt::Taken(status) => {
                    note("taken", &json!(status.as_u16()), None);
                    return turn;
                }
                Attempt::Refused(status) => ("refused", json!(status.as_u16())),
                Attempt::Failed(reason) => {
                    let left = ttl.map(|ttl| {
                        let spent = (self.clock.now() - started).to_std().unwrap_or_default();
                        ttl.saturating_sub(spent)
                    });
                    let pause = schedule
                        .pause(attempts)
                        .filter(|pause| left.is_none_or(|left| *pause < left));
                    if let Some(pause) = pause {
                        note("failed", &json!(reason), Some(pause));
                        drop(turn);
                        turn = self.clock.rest(pause).await;
                        turn.comes().await;
                        continue;
                    }
                    ("given up", json!(reason))
                }
            };
            tracing::warn!(event = %post.label, attempts, %status, "{result}");
            note(result, &status, None);
            return turn;
        }
    }

    /// What faults do to one attempt.
    fn attempted(&self, post: &Post) -> Struck {
        let mut struck = Struck::default();
        let strikes = {
            let mut faults = self.faults.lock();
            if faults.is_empty() {
                return struck;
            }
            faults.strike(&Subject::Attempt(post.addressed()))
        };
        let arrives = |carried_out| if carried_out { Arrives::Yes } else { Arrives::No };
        for strike in strikes {
            self.struck(post, &strike);
            match strike.outcome {
                FaultOutcome::Latency { ms } => {
                    struck.latency = struck.latency.saturating_add(Duration::from_millis(ms));
                }
                FaultOutcome::Status {
                    status, carried_out, ..
                } => {
                    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    struck.end = Some((judge(status), arrives(carried_out)));
                }
                FaultOutcome::Reset { carried_out } => {
                    let broken = "the connection broke: by a fault".to_owned();
                    struck.end = Some((Attempt::Failed(broken), arrives(carried_out)));
                }
                // The others struck before, or not at all.
                _ => {}
            }
        }
        struck
    }

    /// Writes into the journal that a fault strikes what is posted.
    fn struck(&self, post: &Post, strike: &Strike) {
        let draft = strike.draft().call(post.call.as_deref());
        self.journal.write(
            self.clock.now(),
            draft.connection(post.connection.as_deref()).reply_to(post.entry),
        );
    }

    fn note(&self, post: &Post, result: &str, detail: Value) {
        self.journal.write(
            self.clock.now(),
            Draft::new(JournalKind::Delivery, format!("{} {result}", post.label))
                .between(APPLICATION, SERVICE)
                .call(post.call.as_deref())
                .connection(post.connection.as_deref())
                .reply_to(post.entry)
                .detail(detail),
        );
    }
}

/// What strikes an attempt.
#[derive(Default)]
struct Struck {
    latency: Duration,
    /// What became of it in place of what would have.
    end: Option<(Attempt, Arrives)>,
}

/// Whether an attempt that is struck reaches the application all the same.
enum Arrives {
    Yes,
    No,
}

/// Adds a member to an object.
fn insert(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;
