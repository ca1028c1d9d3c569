//! Call agents by the thousand: how long it takes until all are signed in, until half of them have called the
//! other half, until all those calls are transferred, and until they are over. The agents share this process;
//! the emulator is another one. See `docs/performance.md`. `cargo bench -p acs-cli --bench agents -- 100` takes
//! fewer agents.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and should stop when it cannot run"
)]

mod support;

use std::time::{Duration, Instant};

use acs_calling::credential::StaticTokenCredential;
use acs_calling::{
    Call, CallAgent, CallClient, CallClientOptions, CallState, TransferToParticipantOptions,
    WebSocketTransport,
};
use acs_common::ConnectionString;
use futures::{StreamExt as _, future, stream};
use serde_json::{Value, json};
use support::{Serve, http, memory, post};

/// Whatever takes longer is stuck.
const STUCK: Duration = Duration::from_secs(60);

async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let happened = tokio::time::timeout(STUCK, happens).await;
    happened.unwrap_or_else(|_| panic!("stuck: {what}"))
}

async fn sign_in(http: &reqwest::Client, string: &ConnectionString) -> CallAgent {
    let target = "/identities?api-version=2023-10-01";
    let body = json!({ "createTokenWithScopes": ["voip"] });
    let (status, body) = post(http, string, target, body.to_string()).await;
    assert_eq!(status, 201);
    let made: Value = serde_json::from_slice(&body).unwrap();
    let token = made["accessToken"]["token"].as_str().unwrap();
    let transport = WebSocketTransport::new(string.endpoint().base()).unwrap();
    let client = CallClient::new(CallClientOptions::new(transport));
    let credential = StaticTokenCredential::new(token).unwrap();
    soon("a sign-in", client.create_call_agent(credential, ()))
        .await
        .unwrap()
}

async fn becomes(call: &Call, state: CallState) {
    let reached = soon("a state", call.wait_for(|now| now == state)).await;
    assert_eq!(reached, state, "{:?}", call.call_end_reason());
}

/// Two talk: the caller's call and the callee's, and how long it took.
async fn talk(caller: &CallAgent, callee: &CallAgent) -> (Call, Call, Duration) {
    let begin = Instant::now();
    let call = caller.start_call([callee.identity().clone()], ()).await.unwrap();
    let incoming = soon("a call that rings", callee.incoming_calls().next()).await;
    let answered = incoming.unwrap().accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    (call, answered, begin.elapsed())
}

/// The far end of a call is transferred to another agent, which accepts.
async fn transfer(call: &Call, far_end: &Call, target: &CallAgent) -> Duration {
    let begin = Instant::now();
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    let transfer = call
        .transfer_to_participant(target.identity().clone(), options)
        .unwrap();
    let incoming = soon("a call that rings", target.incoming_calls().next()).await;
    let answered = incoming.unwrap().accept(()).await.unwrap();
    soon("an outcome", transfer.outcome()).await.unwrap();
    let accepted = soon("a target call", far_end.transfers_accepted().next()).await;
    becomes(&accepted.unwrap().target_call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    becomes(call, CallState::Disconnected).await;
    becomes(far_end, CallState::Disconnected).await;
    begin.elapsed()
}

/// The agent's calls end, whoever ends them.
async fn leaves(agent: &CallAgent) {
    for call in agent.calls() {
        // The other end may have been first.
        let _ = soon("a hang-up", call.hang_up()).await;
        becomes(&call, CallState::Disconnected).await;
    }
    assert!(agent.calls().is_empty());
}

fn report(what: &str, number: usize, took: Duration, mut each: Vec<Duration>) {
    each.sort_unstable();
    let at = |per_cent: usize| each[(each.len() * per_cent / 100).min(each.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{number} {what}: {:.2} s, {:.0} per second; each {:.1} ms median, {:.1} ms 99 %, {:.1} ms worst",
        took.as_secs_f64(),
        number as f64 / took.as_secs_f64(),
        at(50),
        at(99),
        at(100),
    );
}

async fn run(agents: usize) {
    let (serve, _) = Serve::start(&[]);
    let string = serve.connection_string();
    let http = http();
    let begin = Instant::now();
    let signed_in: Vec<CallAgent> = stream::iter(0..agents)
        .map(|_| sign_in(&http, &string))
        .buffer_unordered(32)
        .collect()
        .await;
    let took = begin.elapsed();
    println!(
        "{agents} agents with a token each, signed in: {:.2} s, {:.0} per second; {} MiB here, {} MiB the emulator",
        took.as_secs_f64(),
        agents as f64 / took.as_secs_f64(),
        memory(std::process::id()).0,
        serve.memory().0,
    );
    // One alone, as a measure of what the others cost each other.
    let (one, other) = (&signed_in[0], &signed_in[1]);
    let alone: Vec<Duration> = stream::iter(0..20)
        .then(async |_| {
            let (call, answered, took) = talk(one, other).await;
            call.hang_up().await.unwrap();
            becomes(&answered, CallState::Disconnected).await;
            took
        })
        .collect()
        .await;
    report("calls one after the other", 20, alone.iter().sum(), alone);
    let (callers, callees) = signed_in.split_at(agents / 2);
    let number = callers.len();

    let begin = Instant::now();
    let pairs = callers
        .iter()
        .zip(callees)
        .map(|(caller, callee)| talk(caller, callee));
    let calls = future::join_all(pairs).await;
    let each = calls.iter().map(|(_, _, took)| *took).collect();
    report("calls set up at once", number, begin.elapsed(), each);
    let talking = |agent: &CallAgent| {
        agent
            .calls()
            .iter()
            .any(|call| call.state() == CallState::Connected)
    };
    assert!(signed_in.iter().all(talking), "somebody is in no call");

    // The target of each transfer is the next caller, who talks too and puts that on hold.
    let begin = Instant::now();
    let targets = callers.iter().cycle().skip(1);
    let transfers = calls.iter().zip(targets);
    let each = transfers.map(|((call, far_end, _), target)| transfer(call, far_end, target));
    let each = future::join_all(each).await;
    report("transfers at once", number, begin.elapsed(), each);
    assert!(signed_in.iter().all(|agent| agent.calls().len() == 1));

    let begin = Instant::now();
    future::join_all(callers.iter().map(leaves)).await;
    for callee in callees {
        leaves(callee).await;
    }
    println!(
        "{number} calls ended: {:.2} s; {} MiB at most here, {} MiB the emulator",
        begin.elapsed().as_secs_f64(),
        memory(std::process::id()).1,
        serve.memory().1,
    );
}

fn main() {
    let agents: usize = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(1000);
    let agents = agents.next_multiple_of(2).max(4);
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(run(agents));
}
