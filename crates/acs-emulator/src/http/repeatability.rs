//! Repeatable requests: the same id within the window gets the same answer, and is carried out once, also
//! when both arrive at the same moment.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use tokio::sync::OnceCell;

use super::reply::Reply;
use super::request::Incoming;
use crate::clock::later;

/// How many answers are kept at most. A clock that stands still lets none of them run out.
const MOST: usize = 50_000;

/// The answers that are kept.
#[derive(Debug)]
pub(crate) struct Repeatability {
    window: Duration,
    store: Mutex<Store>,
}

#[derive(Debug, Default)]
struct Store {
    slots: HashMap<Key, Slot>,
    /// When which answer is forgotten, the next first.
    ends: VecDeque<(DateTime<Utc>, Key)>,
}

/// Method and path, and the id.
type Key = (String, String);

#[derive(Clone, Debug)]
struct Slot {
    end: DateTime<Utc>,
    /// Of the body: what is kept for each request is to be small.
    digest: [u8; 32],
    reply: Arc<OnceCell<Reply>>,
}

/// Whether the answer was made now or earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Now,
    Before,
}

impl Repeatability {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            window,
            store: Mutex::default(),
        }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out a request, unless its id was seen before.
    pub(crate) async fn once(
        &self,
        request: &Incoming,
        id: &str,
        now: DateTime<Utc>,
        execute: impl AsyncFnOnce() -> Reply,
    ) -> (Reply, Answered) {
        let key = (format!("{} {}", request.method, request.path), id.to_owned());
        let digest = digest(&request.body);
        let slot = {
            let mut store = self.store();
            store.expire(now);
            if let Some(slot) = store.slots.get(&key) {
                slot.clone()
            } else {
                let slot = Slot {
                    end: later(now, self.window),
                    digest,
                    reply: Arc::default(),
                };
                store.slots.insert(key.clone(), slot.clone());
                store.ends.push_back((slot.end, key.clone()));
                store.trim();
                slot
            }
        };
        if slot.digest != digest {
            let mut reply = Reply::error(
                StatusCode::BAD_REQUEST,
                "8523",
                "The Repeatability-Request-ID was used before with another body.",
            );
            reply.repeatability = Some("rejected");
            return (reply, Answered::Before);
        }
        let mut answered = Answered::Before;
        let reply = slot
            .reply
            .get_or_init(async || {
                answered = Answered::Now;
                execute().await
            })
            .await
            .clone();
        // A failure of ours is not an answer to be kept: the next attempt may do better.
        if reply.status.is_server_error() {
            self.store().slots.remove(&key);
        }
        (reply, answered)
    }

    /// Forgets every answer.
    pub(crate) fn clear(&self) {
        *self.store() = Store::default();
    }
}

impl Store {
    fn expire(&mut self, now: DateTime<Utc>) {
        while self.ends.front().is_some_and(|(end, _)| *end <= now) {
            self.forget_first();
        }
    }

    /// Forgets the oldest beyond the number that is kept.
    fn trim(&mut self) {
        while self.ends.len() > MOST {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((end, key)) = self.ends.pop_front() {
            // The id may have been taken again since, after an answer that was not kept.
            if self.slots.get(&key).is_some_and(|slot| slot.end == end) {
                self.slots.remove(&key);
            }
        }
    }
}

fn digest(body: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    // The length is that of SHA-256; were it not, every body would be alike.
    digest.as_ref().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use bytes::Bytes;

    use super::*;

    fn request(path: &str, body: &'static str) -> Incoming {
        let request = http::Request::post(path).body(()).unwrap();
        Incoming::new(request.into_parts().0, Bytes::from_static(body.as_bytes()))
    }

    fn now() -> DateTime<Utc> {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    const WINDOW: Duration = Duration::from_secs(300);

    #[tokio::test]
    async fn a_repetition_waits_for_the_answer_of_the_first() {
        let store = Repeatability::new(WINDOW);
        let request = request("/a", "body");
        let (started, finish, runs) = (Notify::new(), Notify::new(), AtomicUsize::new(0));
        let execute = async || {
            runs.fetch_add(1, Ordering::Relaxed);
            started.notify_one();
            finish.notified().await;
            Reply::empty(StatusCode::CREATED)
        };
        let repeat = async {
            started.notified().await;
            let second = store.once(&request, "id", now(), execute);
            let release = async { finish.notify_one() };
            tokio::join!(second, release).0
        };
        let ((first, one), (second, two)) = tokio::join!(store.once(&request, "id", now(), execute), repeat);
        assert_eq!(
            (first.status, second.status),
            (StatusCode::CREATED, StatusCode::CREATED)
        );
        assert_eq!((one, two), (Answered::Now, Answered::Before));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_id_counts_for_its_path_and_window_only() {
        let store = Repeatability::new(WINDOW);
        let one = async |path: &str, time| {
            store
                .once(&request(path, ""), "id", time, async || {
                    Reply::empty(StatusCode::OK)
                })
                .await
                .1
        };
        assert_eq!(one("/a", now()).await, Answered::Now);
        assert_eq!(one("/a", now()).await, Answered::Before);
        assert_eq!(one("/b", now()).await, Answered::Now);
        assert_eq!(one("/a", later(now(), WINDOW)).await, Answered::Now);
        store.clear();
        assert_eq!(one("/a", later(now(), WINDOW)).await, Answered::Now);
    }

    #[tokio::test]
    async fn with_a_clock_that_stands_still_the_oldest_answers_make_room() {
        let store = Repeatability::new(WINDOW);
        let request = request("/a", "body");
        let one = async |id: usize| {
            let reply = async || Reply::empty(StatusCode::OK);
            store.once(&request, &id.to_string(), now(), reply).await.1
        };
        for id in 0..=MOST {
            assert_eq!(one(id).await, Answered::Now);
        }
        assert_eq!(store.store().slots.len(), MOST);
        assert_eq!(one(MOST).await, Answered::Before);
        assert_eq!(one(0).await, Answered::Now, "forgotten");
    }

    #[tokio::test]
    async fn an_answer_that_is_our_own_failure_is_not_kept() {
        let store = Repeatability::new(WINDOW);
        for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::OK] {
            let request = request("/a", "");
            let (reply, answered) = store
                .once(&request, "id", now(), async || Reply::empty(status))
                .await;
            assert_eq!((reply.status, answered), (status, Answered::Now));
        }
    }
}
