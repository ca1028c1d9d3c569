//! Random interleavings of publishing, repeating, subscribing, reading and leaving.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    /// A new event of a call.
    Publish(usize),
    /// An event of a call that was published before, by its number modulo.
    Repeat(usize, usize),
    Subscribe(usize),
    /// Reads at most so many events of a subscriber, by its number modulo.
    Read(usize, usize),
    Leave(usize),
    /// Lets the registry look around, without time passing.
    Sweep,
}

const CALLS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..CALLS).prop_map(Step::Publish),
        3 => (0..CALLS, any::<usize>()).prop_map(|(call, which)| Step::Repeat(call, which)),
        3 => (0..CALLS).prop_map(Step::Subscribe),
        4 => (any::<usize>(), 0_usize..5).prop_map(|(who, count)| Step::Read(who, count)),
        1 => any::<usize>().prop_map(Step::Leave),
        1 => Just(Step::Sweep),
    ]
}

struct Subscriber {
    call: usize,
    stream: Spawn<CallEvents>,
    seen: Vec<String>,
    waits: bool,
}

fn name(call: usize) -> String {
    format!("call {call}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_subscriber_sees_every_event_once_in_the_order_of_arrival(
        steps in prop::collection::vec(step(), 1..120),
        ended in prop::collection::vec(any::<bool>(), CALLS),
        packing in Packing::any(),
    ) {
        let hub = CallEventHub::with_config(packing.config());
        // What the hub must show: the ids of each call in the order of first arrival.
        let mut model: HashMap<usize, Vec<String>> = HashMap::new();
        let mut subscribers: Vec<Subscriber> = Vec::new();
        let mut duplicates = 0;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Publish(call) => {
                    let id = number.to_string();
                    prop_assert_eq!(hub.publish(played(&name(call), &id)), Delivery::Accepted);
                    model.entry(call).or_default().push(id);
                    for subscriber in subscribers.iter_mut().filter(|who| who.call == call) {
                        prop_assert!(!subscriber.waits || subscriber.stream.is_woken());
                        subscriber.waits = false;
                    }
                }
                Step::Repeat(call, which) => {
                    let ids = model.entry(call).or_default();
                    if !ids.is_empty() {
                        let id = &ids[which % ids.len()];
                        prop_assert_eq!(hub.publish(played(&name(call), id)), Delivery::Duplicate);
                        duplicates += 1;
                    }
                }
                Step::Subscribe(call) => subscribers.push(Subscriber {
                    call,
                    stream: listen(&hub, &name(call)),
                    seen: Vec::new(),
                    waits: false,
                }),
                Step::Read(who, count) => {
                    let total = subscribers.len().max(1);
                    if let Some(subscriber) = subscribers.get_mut(who % total) {
                        for _ in 0..count {
                            match subscriber.stream.poll_next() {
                                std::task::Poll::Ready(event) => {
                                    subscriber.seen.push(event.unwrap().id().to_owned());
                                }
                                std::task::Poll::Pending => {
                                    subscriber.waits = true;
                                    break;
                                }
                            }
                        }
                        let ids = model.entry(subscriber.call).or_default();
                        prop_assert_eq!(&subscriber.seen[..], &ids[..subscriber.seen.len()]);
                        prop_assert!(!subscriber.waits || subscriber.seen.len() == ids.len());
                    }
                }
                Step::Leave(who) => {
                    if !subscribers.is_empty() {
                        subscribers.swap_remove(who % subscribers.len());
                    }
                }
                Step::Sweep => hub.sweep(std::time::Instant::now()),
            }
        }
        for (call, ended) in ended.iter().enumerate() {
            if *ended {
                for last in [connected(&name(call)), disconnected(&name(call), 200, 7000)] {
                    model.entry(call).or_default().push(last.id().to_owned());
                    hub.publish(last);
                }
            }
        }
        for subscriber in &mut subscribers {
            let (rest, over) = drain(&mut subscriber.stream);
            subscriber.seen.extend(rest);
            prop_assert_eq!(&subscriber.seen, &model.entry(subscriber.call).or_default().clone());
            prop_assert_eq!(over, ended[subscriber.call]);
        }
        let stats = hub.stats();
        prop_assert_eq!(stats.duplicates, duplicates);
        prop_assert_eq!(stats.accepted, model.values().map(Vec::len).sum::<usize>() as u64);
        prop_assert_eq!(
            (stats.early_events_given_up, stats.unclaimed_events_given_up, stats.trimmed, stats.late),
            (0, 0, 0, 0)
        );
    }
}
