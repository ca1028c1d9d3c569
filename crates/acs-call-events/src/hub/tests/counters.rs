//! What is counted, and that the facade is told the same.

use super::*;

fn stir(hub: &CallEventHub) {
    let mut stream = listen(hub, "a");
    for id in 0..7 {
        hub.publish(played("a", &id.to_string()));
    }
    hub.publish(played("a", "0"));
    hub.publish(
        CallEvent::builder("1", PlayStarted::new())
            .source("elsewhere")
            .build(),
    );
    for id in 0..5 {
        hub.publish(played("early", &id.to_string()));
    }
    assert_eq!(drain(&mut stream).0.len(), 7);
    let again: Vec<_> = (7..12)
        .map(|id| hub.publish(played("a", &id.to_string())))
        .collect();
    assert_eq!(again, [Delivery::Accepted; 5]);
    drop(stream);
    hub.sweep(std::time::Instant::now() + std::time::Duration::from_secs(301));
}

fn config() -> HubConfig {
    HubConfig::default()
        .lagging_after(3)
        .early_events_per_call(2)
        .events_per_call(2)
}

#[test]
fn falling_behind_is_counted_once_each_time_and_loses_nothing() {
    let hub = CallEventHub::with_config(config());
    stir(&hub);
    let stats = hub.stats();
    assert_eq!(stats.lagging, 2, "once before reading, once after");
    assert_eq!((stats.accepted, stats.duplicates, stats.unroutable), (17, 1, 1));
    assert_eq!(
        (stats.early_events_given_up, stats.unclaimed_events_given_up),
        (3, 2)
    );
}

#[cfg(feature = "metrics")]
mod facade {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    use super::*;

    type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

    #[derive(Default)]
    struct Collector(Counts);

    struct One(String, Counts);

    impl CounterFn for One {
        fn increment(&self, value: u64) {
            *self.1.lock().unwrap().entry(self.0.clone()).or_default() += value;
        }

        fn absolute(&self, _: u64) {
            panic!("counters only rise");
        }
    }

    impl Recorder for Collector {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            let labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = format!("{} {}", key.name(), labels.join(","));
            Counter::from_arc(Arc::new(One(name, Arc::clone(&self.0))))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::noop()
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn the_metrics_facade_is_told_every_count_under_its_documented_name() {
        let collector = Collector::default();
        let counts = Arc::clone(&collector.0);
        metrics::with_local_recorder(&collector, || {
            let hub = CallEventHub::with_config(config());
            stir(&hub);
            let body = b"[7]";
            let taken = futures::FutureExt::now_or_never(hub.receive_callback(body));
            assert_eq!(taken.unwrap().unwrap().bad_elements.len(), 1);
        });
        let counts = counts.lock().unwrap();
        let expected = [
            ("duplicates_total kind=event", 1),
            ("lagging_total kind=subscriber", 2),
            ("received_total kind=event", 17),
            ("rejected_total kind=bad_element", 1),
            ("rejected_total kind=unroutable", 1),
            ("retention_dropped_total kind=early_event", 3),
            ("unclaimed_total kind=call", 1),
            ("unclaimed_total kind=event", 2),
        ];
        for (name, count) in expected {
            let found = counts.get(&format!("acs_call_events_{name}")).copied();
            assert_eq!(found, Some(count), "{name} of {counts:?}");
        }
    }
}
