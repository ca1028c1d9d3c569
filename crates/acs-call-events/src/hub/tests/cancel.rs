//! Dropping a future or a stream half-way loses nothing for anybody.

use futures::{FutureExt as _, StreamExt as _};
use tokio_test::{assert_pending, assert_ready};

use super::*;
use crate::data::{CallParticipant, ParticipantsUpdated};
use crate::outcome::{Connected, Play};

#[test]
fn a_dropped_next_has_not_taken_an_event() {
    let hub = CallEventHub::new();
    let mut events = hub.events(&call("a"));
    let mut dropped = spawn(events.next());
    assert_pending!(dropped.poll());
    hub.publish(played("a", "1"));
    assert!(dropped.is_woken());
    drop(dropped);
    assert_eq!(events.next().now_or_never().flatten().unwrap().id(), "1");
}

#[test]
fn a_dropped_adaptor_leaves_everything_to_other_streams() {
    use crate::CallEventStreamExt as _;

    let hub = CallEventHub::new();
    let mut other = listen(&hub, "a");
    hub.publish(played("a", "1"));
    hub.publish(connected("a"));
    let mut kinds = spawn(hub.events(&call("a")).of_kind::<PlayStarted>());
    assert_eq!(assert_ready!(kinds.poll_next()).unwrap().event().id(), "1");
    drop(kinds);
    let mut until = spawn(hub.events(&call("a")).until_disconnected());
    assert_ready!(until.poll_next());
    drop(until);
    assert_eq!(drain(&mut other).0, ["1", "a-connected"]);
    let mut late = listen(&hub, "a");
    assert_eq!(drain(&mut late).0, ["1", "a-connected"]);
}

#[test]
fn a_dropped_outcome_leaves_its_event_to_the_next_wait() {
    let hub = CallEventHub::new();
    let mut dropped = spawn(hub.connected(&call("a")));
    let mut kept = spawn(hub.outcome(Connected::new(&call("a"))));
    assert_pending!(dropped.poll());
    assert_pending!(kept.poll());
    hub.publish(connected("a"));
    assert!(dropped.is_woken());
    drop(dropped);
    assert_eq!(assert_ready!(kept.poll()).unwrap().event().id(), "a-connected");
    let again = hub.connected(&call("a")).now_or_never();
    assert_eq!(again.unwrap().unwrap().event().id(), "a-connected");
    assert!(hub.outcome(Play::new(&call("a"))).now_or_never().is_none());
}

#[test]
fn a_dropped_wait_for_rosters_or_offers_has_taken_nothing() {
    let hub = CallEventHub::new();
    let mut rosters = hub.participant_changes(&call("a"));
    assert!(rosters.next().now_or_never().is_some(), "the snapshot");
    let mut dropped = spawn(rosters.next());
    assert_pending!(dropped.poll());
    let who = CallParticipant::new(acs_common::CommunicationIdentifier::user("8:acs:1"));
    let update = ParticipantsUpdated::new().sequence_number(1).participants([who]);
    hub.publish(event("a", "1", update));
    drop(dropped);
    let view = rosters.next().now_or_never().flatten().unwrap();
    assert_eq!(view.participants().len(), 1);

    let mut offers = hub.incoming_calls();
    let mut dropped = spawn(offers.next());
    assert_pending!(dropped.poll());
    hub.publish_incoming_call(crate::IncomingCall::new(
        "ctx",
        crate::grid::IncomingCallData::new(),
    ));
    drop(dropped);
    assert!(offers.next().now_or_never().flatten().is_some());
}

/// Takes over, but lets the sender wait.
#[derive(Debug)]
struct Slow(crate::EventSink);

#[async_trait::async_trait]
impl crate::EventBus for Slow {
    async fn publish(&self, message: crate::BusMessage) -> Result<Delivery, crate::Error> {
        tokio::task::yield_now().await;
        self.0
            .deliver(message)
            .ok_or_else(|| crate::Error::bus("gone", None))
    }
}

#[tokio::test]
async fn a_dropped_receive_is_made_good_by_repeating_it() {
    let hub = CallEventHub::with_bus(HubConfig::default(), |sink| std::sync::Arc::new(Slow(sink)));
    let body = br#"[{"id":"1","type":"Microsoft.Communication.PlayStarted","data":{"callConnectionId":"a"}},
        {"id":"2","type":"Microsoft.Communication.PlayStarted","data":{"callConnectionId":"a"}}]"#;
    let mut stream = listen(&hub, "a");
    let mut half = spawn(hub.receive_callback(body));
    assert_pending!(half.poll());
    assert_pending!(half.poll());
    drop(half);
    let taken = hub.receive_callback(body).await.unwrap();
    assert_eq!(
        (taken.accepted, taken.duplicates),
        (1, 1),
        "one had been taken over"
    );
    assert_eq!(drain(&mut stream).0, ["1", "2"]);
}
