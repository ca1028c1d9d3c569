//! `acs serve` as a program: how long until it is ready, what 100,000 open calls cost in memory, and how many
//! callbacks per second reach one application when they all end at once. One long run each; see
//! `docs/performance.md`. `cargo bench -p acs-cli --bench serve -- 20000` takes fewer calls.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and should stop when it cannot run"
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::State;
use futures::StreamExt as _;
use serde_json::json;
use support::{Serve, http, post};

const TELEPHONE: &str = "+16045550123";
const WITHOUT_TOKENS: &[&str] = &["--callback-tokens", "off"];
const AT_A_TIME: usize = 32;

#[derive(Default)]
struct Seen {
    connected: AtomicUsize,
    disconnected: AtomicUsize,
    others: AtomicUsize,
}

async fn take(State(seen): State<Arc<Seen>>, body: axum::body::Bytes) {
    let has = |name: &[u8]| body.windows(name.len()).any(|window| window == name);
    let counter = if has(b"Communication.CallConnected\"") {
        &seen.connected
    } else if has(b"Communication.CallDisconnected\"") {
        &seen.disconnected
    } else {
        &seen.others
    };
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Waits until a counter stands, but not for ever.
async fn reached(counter: &AtomicUsize, number: usize) -> bool {
    let end = Instant::now() + Duration::from_secs(120);
    while counter.load(Ordering::Relaxed) < number && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    counter.load(Ordering::Relaxed) >= number
}

async fn run(calls: usize) {
    let mut starts: Vec<Duration> = (0..20).map(|_| Serve::start(WITHOUT_TOKENS).1).collect();
    starts.sort_unstable();
    println!(
        "start to ready: best {:.1} ms, median {:.1} ms, worst {:.1} ms of 20",
        starts[0].as_secs_f64() * 1e3,
        starts[10].as_secs_f64() * 1e3,
        starts[19].as_secs_f64() * 1e3,
    );

    let (serve, _) = Serve::start(WITHOUT_TOKENS);
    let string = serve.connection_string();
    let authority = string.endpoint().authority();
    let own = serve.ready["phoneNumbers"][0].as_str().unwrap().to_owned();
    let seen = Arc::new(Seen::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let application = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(take).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let http = http();
    let before = serve.memory().0;
    let begin = Instant::now();
    futures::stream::iter(0..calls)
        .for_each_concurrent(AT_A_TIME, async |number| {
            // Each call has an address of its own, as applications have it.
            let body = json!({
                "targets": [{ "kind": "phoneNumber", "phoneNumber": { "value": TELEPHONE } }],
                "callbackUri": format!("http://{application}/events/{number}"),
                "sourceCallerIdNumber": { "value": own },
            });
            let target = "/calling/callConnections?api-version=2026-03-12";
            assert_eq!(post(&http, &string, target, body.to_string()).await.0, 201);
        })
        .await;
    assert!(
        reached(&seen.connected, calls).await,
        "not every call was connected"
    );
    let took = begin.elapsed();
    let (now, most) = serve.memory();
    println!(
        "{calls} calls open: {now} MiB ({before} MiB before, {most} MiB at most); created and connected at {:.0} calls/s",
        calls as f64 / took.as_secs_f64()
    );

    // The telephone is in all of them, and one request ends them all.
    let before = seen.disconnected.load(Ordering::Relaxed);
    assert_eq!(before, 0);
    let others = seen.others.load(Ordering::Relaxed);
    let begin = Instant::now();
    let url = format!("http://{authority}/emulator/parties/%2B16045550123/hang-up");
    let answer = http.post(url).body("{}").send().await.unwrap();
    assert!(answer.status().is_success());
    let handed_over = begin.elapsed();
    let complete = reached(&seen.disconnected, calls).await;
    let took = begin.elapsed();
    let arrived = seen.disconnected.load(Ordering::Relaxed) + seen.others.load(Ordering::Relaxed) - others;
    println!(
        "all end at once: {arrived} callbacks in {:.2} s, {:.0} per second ({:.0} once the engine was done); {} lost; {} MiB at most",
        took.as_secs_f64(),
        arrived as f64 / took.as_secs_f64(),
        arrived as f64 / (took.saturating_sub(handed_over)).as_secs_f64(),
        calls - seen.disconnected.load(Ordering::Relaxed),
        serve.memory().1,
    );
    assert!(complete, "callbacks were lost");
}

fn main() {
    let calls = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(100_000);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(calls));
}
