//! A model check: every sequence of steps up to a length, against a reference that is too simple to be wrong.
//!
//! Each operation on a log is one critical section, so all that threads can do to each other is to put these
//! steps in some order; here all orders are tried. What lies between the lock of a shard and the lock of a
//! log is tried with threads, in `retention` and `guarantees`.

use std::task::Poll;
use std::time::Duration;

use super::*;

/// All sequences of so many steps are run; `ACS_MODEL_DEPTH` asks for longer ones.
const DEPTH: usize = 6;

/// How many events are kept of a call that somebody listens to, and of one that nobody does.
const KEPT: usize = 2;
const KEPT_EARLY: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Publish,
    /// The newest event once more, as the service delivers it twice.
    Repeat,
    Connect,
    Disconnect,
    Subscribe(usize),
    Poll(usize),
    Drop(usize),
    /// Longer than the grace period, shorter than early events are kept.
    SweepEnded,
    /// Longer than early events are kept.
    SweepUnclaimed,
}

const STEPS: [Step; 12] = [
    Step::Publish,
    Step::Repeat,
    Step::Connect,
    Step::Disconnect,
    Step::Subscribe(0),
    Step::Subscribe(1),
    Step::Poll(0),
    Step::Poll(1),
    Step::Drop(0),
    Step::Drop(1),
    Step::SweepEnded,
    Step::SweepUnclaimed,
];

/// What a log must be.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a model says plainly what is so")]
struct Log {
    ids: Vec<String>,
    /// How many of the oldest are given up.
    gone: usize,
    claimed: bool,
    connected: bool,
    disconnected: bool,
    end: Option<usize>,
    released: bool,
}

/// What the hub must do, for one call.
#[derive(Default)]
struct Model {
    /// All logs that the call ever had; a call that was given up unclaimed, and not over, starts anew.
    logs: Vec<Log>,
    current: Option<usize>,
    /// The call is over and was released.
    over: bool,
    /// Where each subscriber stands: the log, its place, whether it waits.
    readers: [Option<(usize, usize, bool)>; 2],
}

impl Model {
    fn log(&mut self) -> usize {
        *self.current.get_or_insert_with(|| {
            self.logs.push(Log::default());
            self.logs.len() - 1
        })
    }

    fn publish(&mut self, id: &str, step: Step) -> Delivery {
        if self.over {
            return Delivery::Late;
        }
        let number = self.log();
        let lowest = self.readers.iter().flatten().filter(|reader| reader.0 == number);
        let lowest = lowest.map(|reader| reader.1).min().unwrap_or(usize::MAX);
        let log = &mut self.logs[number];
        if log.ids.iter().any(|known| known == id) {
            return Delivery::Duplicate;
        }
        log.ids.push(id.to_owned());
        log.connected |= step == Step::Connect;
        log.disconnected |= step == Step::Disconnect;
        if log.connected && log.disconnected && log.end.is_none() {
            log.end = Some(log.ids.len());
        }
        let kept = if log.claimed { KEPT } else { KEPT_EARLY };
        while log.ids.len() - log.gone > kept && (!log.claimed || log.gone < lowest) {
            log.gone += 1;
        }
        for reader in self
            .readers
            .iter_mut()
            .flatten()
            .filter(|reader| reader.0 == number)
        {
            reader.2 = false;
        }
        Delivery::Accepted
    }

    fn subscribe(&mut self, who: usize) {
        let number = if self.over {
            self.logs.push(Log {
                released: true,
                end: Some(0),
                ..Log::default()
            });
            self.logs.len() - 1
        } else {
            self.log()
        };
        self.logs[number].claimed = true;
        self.readers[who] = Some((number, self.logs[number].gone, false));
    }

    /// The id of the event, `None` for the end, `Pending` for a wait.
    fn poll(&mut self, who: usize) -> Poll<Option<String>> {
        let reader = self.readers[who].as_mut().unwrap();
        let log = &self.logs[reader.0];
        let place = reader.1.max(log.gone);
        if log.end.is_some_and(|end| place >= end) {
            return Poll::Ready(None);
        }
        if let Some(id) = log.ids.get(place) {
            reader.1 = place + 1;
            return Poll::Ready(Some(id.clone()));
        }
        if log.released {
            return Poll::Ready(None);
        }
        reader.2 = true;
        Poll::Pending
    }

    fn sweep(&mut self, unclaimed_too: bool) {
        let Some(number) = self.current else { return };
        let log = &mut self.logs[number];
        if log.claimed && log.disconnected || !log.claimed && unclaimed_too {
            log.released = true;
            self.over = log.disconnected;
            self.current = None;
            for reader in self
                .readers
                .iter_mut()
                .flatten()
                .filter(|reader| reader.0 == number)
            {
                reader.2 = false;
            }
        }
    }
}

/// The hub beside the model.
struct Run {
    hub: CallEventHub,
    model: Model,
    streams: [Option<Spawn<CallEvents>>; 2],
    published: usize,
    newest: Option<(CallEvent, Step)>,
    now: std::time::Instant,
}

impl Run {
    fn new(packing: Packing) -> Self {
        let config = packing
            .config()
            .events_per_call(KEPT)
            .early_events_per_call(KEPT_EARLY);
        Self {
            hub: CallEventHub::with_config(config),
            model: Model::default(),
            streams: [None, None],
            published: 0,
            newest: None,
            now: tokio::time::Instant::now().into_std(),
        }
    }

    fn publish(&mut self, event: CallEvent, step: Step) {
        let expected = self.model.publish(event.id(), step);
        assert_eq!(self.hub.publish(event.clone()), expected);
        self.newest = Some((event, step));
    }

    fn poll(&mut self, who: usize) -> bool {
        let stream = self.streams[who].as_mut().unwrap();
        let found = stream
            .poll_next()
            .map(|event| event.map(|event| event.id().to_owned()));
        assert_eq!(found, self.model.poll(who));
        matches!(found, Poll::Ready(Some(_)))
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Publish => {
                self.published += 1;
                self.publish(played("a", &self.published.to_string()), step);
            }
            Step::Repeat => {
                if let Some((event, step)) = self.newest.clone() {
                    self.publish(event, step);
                }
            }
            Step::Connect => self.publish(connected("a"), step),
            Step::Disconnect => self.publish(disconnected("a", 200, 7000), step),
            Step::Subscribe(who) => {
                self.streams[who] = Some(listen(&self.hub, "a"));
                self.model.subscribe(who);
            }
            Step::Poll(who) => {
                self.poll(who);
            }
            Step::Drop(who) => {
                self.streams[who] = None;
                self.model.readers[who] = None;
            }
            Step::SweepEnded => {
                self.hub.sweep(self.now + Duration::from_secs(70));
                self.model.sweep(false);
            }
            Step::SweepUnclaimed => {
                self.hub.sweep(self.now + Duration::from_secs(400));
                self.model.sweep(true);
            }
        }
        for (stream, reader) in self.streams.iter_mut().zip(&self.model.readers) {
            if let (Some(stream), Some((.., true))) = (stream, reader) {
                assert!(!stream.is_woken(), "woken for nothing by {step:?}");
            }
        }
    }

    /// The hub goes; who waits is woken, reads what is left, and is told the end.
    fn finish(self) {
        let Self {
            hub,
            mut model,
            mut streams,
            ..
        } = self;
        drop(hub);
        for (who, stream) in streams.iter_mut().enumerate() {
            let Some(stream) = stream else { continue };
            if let Some((number, _, waits)) = model.readers[who] {
                model.logs[number].released = true;
                assert!(
                    !waits || stream.is_woken(),
                    "a waiting stream was not told of the end"
                );
            }
            loop {
                let found = stream
                    .poll_next()
                    .map(|event| event.map(|event| event.id().to_owned()));
                assert_eq!(found, model.poll(who));
                if found == Poll::Ready(None) {
                    break;
                }
            }
        }
    }
}

/// Whether a step can follow, and is not the mirror image of one that was tried.
fn is_possible(before: &[Step], step: Step) -> bool {
    let has = |who: usize| {
        let last = before
            .iter()
            .rev()
            .find(|step| matches!(step, Step::Subscribe(other) | Step::Drop(other) if *other == who));
        matches!(last, Some(Step::Subscribe(_)))
    };
    match step {
        Step::Subscribe(0) => !has(0),
        Step::Subscribe(who) => !has(who) && before.contains(&Step::Subscribe(0)),
        Step::Poll(who) | Step::Drop(who) => has(who),
        Step::Connect | Step::Disconnect => !before.contains(&step),
        Step::Repeat => before
            .iter()
            .any(|step| matches!(step, Step::Publish | Step::Connect | Step::Disconnect)),
        Step::SweepEnded => before.contains(&Step::Disconnect),
        Step::SweepUnclaimed => !before.is_empty() && before.last() != Some(&step),
        Step::Publish => true,
    }
}

fn explore(depth: usize, packing: Packing, steps: &mut Vec<Step>, runs: &mut usize) {
    if steps.len() == depth {
        *runs += 1;
        let shown = Shown(steps);
        let mut run = Run::new(packing);
        for step in &*steps {
            run.step(*step);
        }
        run.finish();
        std::mem::forget(shown);
        return;
    }
    for step in STEPS {
        if is_possible(steps, step) {
            steps.push(step);
            explore(depth, packing, steps, runs);
            steps.pop();
        }
    }
}

/// Says which sequence it was when a test panics.
struct Shown<'a>(&'a [Step]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        eprintln!("the sequence was {:?}", self.0);
    }
}

#[test]
fn every_sequence_of_steps_does_what_the_model_does() {
    explore_all(Packing::Never);
}

#[test]
fn every_sequence_of_steps_does_so_where_events_are_packed() {
    explore_all(Packing::Always);
}

fn explore_all(packing: Packing) {
    // The clock stands still, so that nothing lingers to its end by itself.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let _inside = runtime.enter();
    let mut runs = 0;
    let asked = std::env::var("ACS_MODEL_DEPTH").ok();
    let depth = asked.and_then(|depth| depth.parse().ok()).unwrap_or(DEPTH);
    explore(depth, packing, &mut Vec::new(), &mut runs);
    assert!(
        depth != DEPTH || runs > 30_000,
        "{runs} sequences are too few to say anything"
    );
}
