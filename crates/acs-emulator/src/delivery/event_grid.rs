//! Event Grid: subscriptions, their handshake, and the posts of `IncomingCall`.
//!
//! Offers wait for the handshake of their subscription, but no longer than their time to live. Unlike
//! callbacks they are posted independently of one another: Event Grid promises no order.
//!
//! Faults are asked when an event is published, once for each subscription.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, header};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use url::Url;

use super::envelope::{Content, wrap};
use super::handshake::{Answer, EVENT_TYPE_HEADER, Handshake, pause};
use super::{Counted, Courier, Post, Schedule, scaled};
use crate::clock::Turn;
use crate::config::EventGridSchema;
use crate::faults::{Addressed, FaultOutcome, Posts, Subject};
use crate::journal::{APPLICATION, Draft, EVENT_GRID, JournalKind, address, without_query};

/// An event to be posted to every subscription.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    /// The id of the event.
    pub(crate) id: String,
    /// The type of the event, such as `Microsoft.Communication.IncomingCall`.
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) time: DateTime<Utc>,
    pub(crate) data: Arc<RawValue>,
    /// The journal entry that announced it.
    pub(crate) entry: u64,
    pub(crate) call: Option<String>,
}

#[derive(Debug)]
struct Subscription {
    url: Url,
    schema: EventGridSchema,
    /// What the address has to echo.
    code: String,
    /// Whether it agreed.
    active: watch::Sender<bool>,
    /// Posts that are held back until another one was made. They go on with the turn that they are given.
    held: Mutex<Vec<oneshot::Sender<Turn>>>,
}

impl Subscription {
    fn held(&self) -> MutexGuard<'_, Vec<oneshot::Sender<Turn>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the faults that strike a post make of it.
#[derive(Default)]
struct Plan {
    lost: bool,
    copies: u32,
    delay: Duration,
    reorder: Option<Duration>,
}

/// The subscriptions of the resource to its own events.
#[derive(Clone, Debug)]
pub(crate) struct EventGrid {
    courier: Courier,
    schedule: Arc<Schedule>,
    ttl: Duration,
    subscriptions: Arc<Mutex<Vec<Arc<Subscription>>>>,
    /// Where the emulator itself is reached, for validation by hand.
    endpoint: Arc<str>,
}

impl EventGrid {
    pub(crate) fn new(courier: Courier, schedule: Schedule, ttl: Duration, endpoint: &str) -> Self {
        Self {
            courier,
            ttl: scaled(ttl, schedule.scale),
            schedule: Arc::new(schedule),
            subscriptions: Arc::default(),
            endpoint: Arc::from(endpoint.trim_end_matches('/')),
        }
    }

    fn subscriptions(&self) -> MutexGuard<'_, Vec<Arc<Subscription>>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody is subscribed, validated or not.
    pub(crate) fn is_subscribed(&self) -> bool {
        !self.subscriptions().is_empty()
    }

    /// Subscribes an address and begins to shake hands. `code` is what the address has to echo. The future
    /// ends when the address has agreed.
    pub(crate) fn subscribe(&self, url: Url, schema: EventGridSchema, code: String) -> watch::Receiver<bool> {
        let subscription = Arc::new(Subscription {
            url,
            schema,
            code,
            active: watch::Sender::new(false),
            held: Mutex::default(),
        });
        let active = subscription.active.subscribe();
        self.subscriptions().push(Arc::clone(&subscription));
        self.courier.spawn(self.clone().validate(subscription));
        active
    }

    /// Completes a handshake by hand: somebody opened the validation address.
    pub(crate) fn validate_by_hand(&self, code: &str) -> bool {
        let found = self
            .subscriptions()
            .iter()
            .find(|subscription| subscription.code == code)
            .cloned();
        let Some(subscription) = found else { return false };
        subscription.active.send_replace(true);
        self.note(&subscription, "validated by hand", Value::Null);
        true
    }

    /// Forgets the subscriptions.
    pub(crate) fn clear(&self) {
        self.subscriptions().clear();
    }

    async fn validate(self, subscription: Arc<Subscription>) {
        let mut active = subscription.active.subscribe();
        let validation_url = format!(
            "{}/emulator/event-grid/validate?code={}",
            self.endpoint, subscription.code
        );
        let mut last = None;
        for failed in 0.. {
            // Removed by a reset, or validated by hand: nothing more to ask.
            if Arc::strong_count(&subscription) == 1 || *active.borrow_and_update() {
                return;
            }
            let answer = Handshake {
                client: self.courier.clients.get(&subscription.url),
                clock: &self.courier.clock,
                url: &subscription.url,
                schema: subscription.schema,
                code: &subscription.code,
                validation_url: Some(&validation_url),
            }
            .attempt()
            .await;
            let reason = match answer {
                Answer::Agreed => {
                    self.note(&subscription, "handshake done", Value::Null);
                    subscription.active.send_replace(true);
                    return;
                }
                Answer::Manual => "answered 200 without validationResponse; waiting for the validation \
                                   address to be opened"
                    .to_owned(),
                Answer::No(reason) => reason,
            };
            // An application that is not up yet is asked often; the journal tells each reason once.
            if last.as_ref() != Some(&reason) {
                tracing::info!(
                    url = address(subscription.url.as_str()),
                    reason,
                    "event grid handshake not done, trying again"
                );
                self.note(&subscription, "handshake not done", json!({ "reason": reason }));
                last = Some(reason);
            }
            let wait = scaled(pause(failed), self.schedule.scale);
            tokio::select! {
                // An application starts when it starts, whatever the clock of the emulator does.
                () = tokio::time::sleep(wait) => {}
                _ = active.changed() => {}
            }
        }
    }

    fn note(&self, subscription: &Subscription, label: &str, detail: Value) {
        self.courier.journal.write(
            self.courier.clock.now(),
            Draft::new(JournalKind::Handshake, label)
                .between(EVENT_GRID, address(subscription.url.as_str()))
                .detail(detail),
        );
    }

    /// Posts an event to every subscription, each on its own.
    pub(crate) fn publish(&self, offer: &Offered) {
        let subscriptions = self.subscriptions().clone();
        for subscription in &subscriptions {
            let plan = self.plan(subscription, offer);
            if plan.lost {
                continue;
            }
            // What waits for a handshake is not on its way: a shutdown does not wait for it.
            let counted = subscription
                .active
                .borrow()
                .then(|| (self.courier.pending.count(), self.courier.clock.turns().take()));
            let event_grid = self.clone();
            let subscription = Arc::clone(subscription);
            let offer = offer.clone();
            self.courier.spawn(async move {
                event_grid.post(&subscription, offer, plan, counted).await;
            });
        }
    }

    fn plan(&self, subscription: &Subscription, offer: &Offered) -> Plan {
        let mut plan = Plan::default();
        let strikes = {
            let mut faults = self.courier.faults.lock();
            if faults.is_empty() {
                return plan;
            }
            faults.strike(&Subject::Post(Addressed {
                posts: Posts::EventGrid,
                event: short(offer.kind),
                address: without_query(subscription.url.as_str()),
            }))
        };
        for strike in strikes {
            let draft = strike.draft().call(offer.call.as_deref());
            self.courier.journal.write(
                self.courier.clock.now(),
                draft.between(EVENT_GRID, APPLICATION).reply_to(offer.entry),
            );
            match strike.outcome {
                FaultOutcome::Lose => plan.lost = true,
                FaultOutcome::Duplicate { copies } => plan.copies = plan.copies.saturating_add(copies),
                FaultOutcome::Delay { ms } => {
                    plan.delay = plan.delay.saturating_add(Duration::from_millis(ms));
                }
                FaultOutcome::Reorder { within_ms } => plan.reorder = Some(Duration::from_millis(within_ms)),
                // Those of attempts strike later; nothing is forged.
                _ => {}
            }
        }
        plan
    }

    /// Waits as long as a plan has it. `None` when the subscription is gone meanwhile.
    async fn wait(&self, subscription: &Subscription, plan: &Plan, turn: Turn) -> Option<Turn> {
        let clock = &self.courier.clock;
        let turn = if !plan.delay.is_zero() {
            drop(turn);
            clock.rest(plan.delay).await
        } else if let Some(within) = plan.reorder {
            let (sender, next) = oneshot::channel();
            subscription.held().push(sender);
            drop(turn);
            tokio::select! {
                biased;
                Ok(turn) = next => turn,
                turn = clock.rest(within) => turn,
            }
        } else {
            return Some(turn);
        };
        let known = |known: &Arc<Subscription>| std::ptr::eq(Arc::as_ptr(known), subscription);
        self.subscriptions().iter().any(known).then_some(turn)
    }

    async fn post(
        &self,
        subscription: &Subscription,
        offer: Offered,
        plan: Plan,
        counted: Option<(Counted, Turn)>,
    ) {
        let started = self.courier.clock.now();
        let mut active = subscription.active.subscribe();
        tokio::select! {
            agreed = active.wait_for(|active| *active) => {
                if agreed.is_err() {
                    return;
                }
            }
            _turn = self.courier.clock.rest(self.ttl) => {
                self.courier.journal.write(
                    self.courier.clock.now(),
                    Draft::new(JournalKind::Delivery, format!("{} given up", short(offer.kind)))
                        .between(APPLICATION, EVENT_GRID)
                        .call(offer.call)
                        .reply_to(offer.entry)
                        .detail(json!({
                            "result": "given up",
                            "attempt": 0,
                            "status": "the subscription was not validated within the time to live",
                        })),
                );
                return;
            }
        }
        let (_counted, turn) =
            counted.unwrap_or_else(|| (self.courier.pending.count(), self.courier.clock.turns().take()));
        let Some(mut turn) = self.wait(subscription, &plan, turn).await else {
            return;
        };
        turn.comes().await;
        let content = Content {
            id: &offer.id,
            kind: offer.kind,
            subject: &offer.subject,
            time: offer.time,
            data: &offer.data,
        };
        let body = match wrap(subscription.schema, &content) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "an offer cannot be written");
                return;
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(EVENT_TYPE_HEADER, HeaderValue::from_static("Notification"));
        if subscription.schema == EventGridSchema::CloudEvents {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/cloudevents+json; charset=utf-8"),
            );
        }
        let spent = (self.courier.clock.now() - started).to_std().unwrap_or_default();
        let post = Post {
            url: subscription.url.clone(),
            headers,
            body: Bytes::from(body),
            posts: Posts::EventGrid,
            label: short(offer.kind).to_owned(),
            entry: offer.entry,
            call: offer.call,
            connection: None,
        };
        let left = self.ttl.saturating_sub(spent);
        // Event Grid has no token of the service; its posts are secured by Entra or by a key in the address.
        for _ in 0..=plan.copies {
            turn = self
                .courier
                .deliver(&post, &self.schedule, Some(left), None, turn)
                .await;
        }
        // They have their turns before this one is given up, so that there is no moment that seems idle.
        for held in subscription.held().drain(..) {
            drop(held.send(self.courier.clock.turns().take()));
        }
        drop(turn);
    }
}

/// The last part of an event type.
fn short(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or(kind)
}
