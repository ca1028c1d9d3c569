//! How many calls the pure engine carries through per second on one core: created, answered, hung up. Long runs
//! and their best, hence without a harness; see `docs/performance.md`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and should stop when it cannot run"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use acs_common::CommunicationIdentifier;
use acs_emulator::engine::{Command, CreateCall, Effect, Engine, EngineConfig, Reply};
use chrono::{DateTime, TimeDelta, Utc};

const CALLS: u32 = 200_000;
const RUNS: usize = 5;

/// One call: created, answered by a telephone at once, hung up by the application. Returns how many events it
/// had.
fn call(
    engine: &mut Engine,
    telephone: &CommunicationIdentifier,
    own: &CommunicationIdentifier,
    now: DateTime<Utc>,
    mut take: impl FnMut(&Effect),
) -> usize {
    let mut create = CreateCall::new([telephone.clone()], "https://app.example/events?case=42");
    create.source_caller_id_number = Some(own.clone());
    let created = engine.apply(Command::CreateCall(create), now);
    let Ok(Reply::Call(leg)) = created.reply else {
        unreachable!("the call is not created")
    };
    let answered = engine.apply(Command::Tick, now);
    let hung_up = engine.apply(Command::HangUp(leg.call_connection_id), now);
    let over = engine.apply(Command::Tick, now);
    let mut events = 0;
    for effect in [created.effects, answered.effects, hung_up.effects, over.effects]
        .iter()
        .flatten()
    {
        events += usize::from(matches!(effect, Effect::Callback(_)));
        take(effect);
    }
    events
}

/// The time that this process had a processor, where the system tells; else the time that passed. On a machine
/// that others use the first says what one core does, and the second says what others left.
fn spent() -> Duration {
    static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let ran = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    match ran.split_whitespace().next().map(str::parse) {
        Some(Ok(nanoseconds)) => Duration::from_nanos(nanoseconds),
        _ => BEGIN.get_or_init(Instant::now).elapsed(),
    }
}

fn best(name: &str, open: u32, mut take: impl FnMut(&Effect)) {
    let telephone = CommunicationIdentifier::phone("+16045550123");
    let own = CommunicationIdentifier::phone("+14255550100");
    let mut engine = Engine::new(EngineConfig::default());
    let mut now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    for _ in 0..open {
        let mut create = CreateCall::new([telephone.clone()], "https://app.example/events?case=42");
        create.source_caller_id_number = Some(own.clone());
        drop(engine.apply(Command::CreateCall(create), now));
    }
    drop(engine.apply(Command::Tick, now));
    let mut least = Duration::MAX;
    let mut events = 0;
    for _ in 0..RUNS {
        let begin = spent();
        events = 0;
        for _ in 0..CALLS {
            now += TimeDelta::microseconds(5);
            events += call(&mut engine, &telephone, &own, now, &mut take);
        }
        least = least.min(spent().saturating_sub(begin));
    }
    assert_eq!(
        engine.call_count(),
        usize::try_from(open).unwrap(),
        "ended calls are retired"
    );
    println!(
        "{name:<44} {:>8.0} calls/s of one core, {:.2} events per call, best of {RUNS} runs of {CALLS}",
        f64::from(CALLS) / least.as_secs_f64(),
        events as f64 / f64::from(CALLS),
    );
}

fn main() {
    best("create, answer, hang up", 0, |effect| {
        black_box(effect);
    });
    best("the same beside 100,000 open calls", 100_000, |effect| {
        black_box(effect);
    });
    let mut body = Vec::new();
    best("the same, each event written as JSON", 0, |effect| {
        if let Effect::Callback(callback) = effect {
            body.clear();
            serde_json::to_writer(&mut body, &[&callback.event]).unwrap();
            black_box(&body);
        }
    });
}
