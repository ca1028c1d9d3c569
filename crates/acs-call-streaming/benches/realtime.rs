//! 100 calls with an echo bot each, at the pace of speech: 50 frames a second in and out per call, over loopback. The
//! same process plays the service. Reports lost frames, processor time and lateness; ends with an error when a
//! frame was lost. `ACS_BENCH_STREAMS` and `ACS_BENCH_SECONDS` change the size. See `docs/performance.md`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and should stop when it cannot run"
)]

use std::process::ExitCode;
use std::time::Duration;

use acs_call_streaming::frame::{AudioData, AudioMetadata};
use acs_call_streaming::{
    ApplicationFrame, AudioChunk, FRAME_DURATION, MediaSession, PcmFormat, ServiceFrame, StreamingServer,
};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const FORMAT: PcmFormat = PcmFormat::Pcm16KMono;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Processor time of this process so far; zero where the system does not tell.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|text| text.parse::<u64>().ok())
        .sum();
    // Linux counts in hundredths of a second, whatever the kernel's own tick is.
    Duration::from_millis(ticks * 10)
}

/// The application: what it hears it says.
async fn echo(session: MediaSession) {
    let (mut frames, mut sender) = session.split();
    while let Some(frame) = frames.next().await {
        if let ServiceFrame::AudioData(data) = frame.unwrap()
            && sender.send(data.audio).await.is_err()
        {
            break;
        }
    }
}

/// What one call saw.
struct Seen {
    sent: u64,
    heard: u64,
    wrong: u64,
    /// Of the way there and back: how much later than sent.
    round_trips: Vec<Duration>,
    /// Of what the application paced: how much later than the steady pace of its first frame.
    lateness: Vec<Duration>,
}

/// The service's side of one call. Every frame says its number in its samples.
async fn call(address: std::net::SocketAddr, number: u64, frames: u64) -> Seen {
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    for name in ["x-ms-call-connection-id", "x-ms-call-correlation-id"] {
        request
            .headers_mut()
            .insert(name, number.to_string().parse().unwrap());
    }
    let (socket, _) = connect_async(request).await.unwrap();
    let (mut say, mut hear) = socket.split();
    let metadata = ServiceFrame::AudioMetadata(AudioMetadata::new("bench", FORMAT));
    say.send(Message::text(metadata.to_json())).await.unwrap();
    // Calls do not begin in step.
    let start =
        Instant::now() + Duration::from_millis(200) + FRAME_DURATION * u32::try_from(number).unwrap() / 100;
    let speaking = tokio::spawn(async move {
        for frame in 0..frames {
            sleep_until(start + FRAME_DURATION * u32::try_from(frame).unwrap()).await;
            let sample = i16::try_from(frame % 30_000).unwrap();
            let audio = AudioChunk::from(vec![sample; FORMAT.frame_samples()]);
            let data = AudioData::new(audio)
                .with_participant("8:acs:bench")
                .with_time(chrono::Utc::now());
            say.send(Message::text(ServiceFrame::AudioData(data).to_json()))
                .await
                .unwrap();
        }
        say
    });
    let mut seen = Seen {
        sent: frames,
        heard: 0,
        wrong: 0,
        round_trips: Vec::new(),
        lateness: Vec::new(),
    };
    let mut first = None;
    while seen.heard < frames {
        // A frame that is lost must not hang the measure.
        let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_secs(3), hear.next()).await else {
            break;
        };
        let Message::Text(text) = message else { continue };
        let now = Instant::now();
        let ApplicationFrame::AudioData(audio) = ApplicationFrame::parse(text.as_str()).unwrap() else {
            continue;
        };
        let index = u32::try_from(seen.heard).unwrap();
        let expected = i16::try_from(seen.heard % 30_000).unwrap();
        if audio.len() != FORMAT.frame_samples() || audio.samples().any(|sample| sample != expected) {
            seen.wrong += 1;
        }
        seen.round_trips.push(now - (start + FRAME_DURATION * index));
        let first = *first.get_or_insert(now);
        seen.lateness
            .push(now.saturating_duration_since(first + FRAME_DURATION * index));
        seen.heard += 1;
    }
    let mut say = speaking.await.unwrap();
    let _ = say.close().await;
    seen
}

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    // Of a thousand.
    let at = |share: usize| {
        let index = times.len().saturating_sub(1) * share / 1000;
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!(
        "{name}: median {:.2} ms, 99 % {:.2} ms, 99.9 % {:.2} ms, worst {:.2} ms",
        at(500),
        at(990),
        at(999),
        at(1000)
    );
}

async fn run() -> ExitCode {
    let streams = setting("ACS_BENCH_STREAMS", 100);
    let seconds = setting("ACS_BENCH_SECONDS", 10);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let server = StreamingServer::without_authorization();
        while let Ok((connection, _)) = listener.accept().await {
            connection.set_nodelay(true).unwrap();
            let server = server.clone();
            tokio::spawn(async move { echo(server.accept(connection).await.unwrap()).await });
        }
    });
    let begun = Instant::now();
    let before = processor_time();
    let calls: Vec<_> = (0..streams)
        .map(|number| tokio::spawn(call(address, number, seconds * 50)))
        .collect();
    let (mut sent, mut heard, mut wrong) = (0, 0, 0);
    let (mut round_trips, mut lateness) = (Vec::new(), Vec::new());
    for call in calls {
        let seen = call.await.unwrap();
        sent += seen.sent;
        heard += seen.heard;
        wrong += seen.wrong;
        round_trips.extend(seen.round_trips);
        lateness.extend(seen.lateness);
    }
    let busy = processor_time().saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64();
    println!(
        "{streams} bidirectional streams, {seconds} s at 50 frames/s each way, both sides in this process"
    );
    println!(
        "frames sent {sent}, echoed {heard}, lost {}, wrong {wrong}",
        sent - heard
    );
    println!("processor: {busy:.2} cores");
    percentiles("there and back, paced by the application", round_trips);
    percentiles("later than a steady pace", lateness);
    if heard == sent && wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn main() -> ExitCode {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run())
}
