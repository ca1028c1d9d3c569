//! Short forms of what every flow asks.

use acs_call_automation::{CallConnection, CommunicationIdentifier, Error, PendingOutcome};
use acs_call_events::data::{CallDisconnected, EventKind, ParticipantsUpdated};
use acs_call_events::outcome::Operation;
use acs_call_events::{CallEvent, CallEventStreamExt as _, EventOf};
use acs_tests::soon;
use futures::StreamExt as _;

/// Code and sub code of an event.
pub(crate) fn codes(event: &CallEvent) -> (i32, i32) {
    let result = event.result_information().expect("a result");
    (result.code, result.sub_code)
}

/// Code and sub code of an outcome that failed.
pub(crate) fn failure(error: &Error) -> (i32, i32) {
    let failure = error.outcome_failure().expect("an outcome");
    codes(failure.event().expect("an event"))
}

/// Waits for an outcome that must be a success.
pub(crate) async fn won<O: Operation>(what: &str, outcome: PendingOutcome<O>) -> O::Success {
    soon(what, outcome)
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Waits for an outcome that must be a failure.
pub(crate) async fn lost<O: Operation>(what: &str, outcome: PendingOutcome<O>) -> Error {
    match soon(what, outcome).await {
        Ok(_) => panic!("{what} did not fail"),
        Err(error) => error,
    }
}

/// The first event of a type on a leg, from its beginning.
pub(crate) async fn told<T: EventKind>(leg: &CallConnection) -> EventOf<T> {
    let mut events = leg.events().unwrap().of_kind::<T>();
    soon(std::any::type_name::<T>(), events.next())
        .await
        .expect("the call goes on")
}

/// How a leg ended.
pub(crate) async fn end(leg: &CallConnection) -> (i32, i32) {
    codes(told::<CallDisconnected>(leg).await.event())
}

/// Waits until a leg was told that exactly these are in the call.
pub(crate) async fn roster(leg: &CallConnection, expected: &[&CommunicationIdentifier]) {
    let mut expected: Vec<String> = expected.iter().map(|who| who.raw_id().into_owned()).collect();
    expected.sort();
    let mut updates = leg.events().unwrap().of_kind::<ParticipantsUpdated>();
    let mut last = Vec::new();
    let found = tokio::time::timeout(acs_tests::PATIENCE, async {
        while let Some(update) = updates.next().await {
            last = raw_ids(update.participants.iter().map(|who| &who.identifier));
            if last == expected {
                return true;
            }
        }
        false
    })
    .await;
    assert!(
        found == Ok(true),
        "expected {expected:?}, the last roster was {last:?}"
    );
}

/// Raw ids in their order.
pub(crate) fn raw_ids<'a>(identifiers: impl Iterator<Item = &'a CommunicationIdentifier>) -> Vec<String> {
    let mut ids: Vec<String> = identifiers.map(|who| who.raw_id().into_owned()).collect();
    ids.sort();
    ids
}

/// Everything that a leg was told until its end, as names of events without their prefix.
pub(crate) async fn story(leg: &CallConnection) -> Vec<String> {
    let events = leg.events().unwrap().until_disconnected();
    soon("the end of the call", events.collect::<Vec<_>>())
        .await
        .iter()
        .map(name)
        .collect()
}

/// The name of an event without its prefix.
pub(crate) fn name(event: &CallEvent) -> String {
    let full = event.event_type();
    full.strip_prefix("Microsoft.Communication.")
        .unwrap_or(full)
        .to_owned()
}

/// An HTTP client that is not ours, for loopback.
pub(crate) fn plain_http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(acs_common::tls::without_roots().unwrap())
        .build()
        .unwrap()
}
