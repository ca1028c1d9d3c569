//! What a frame of audio costs to read and to write, beside bare `serde_json` and `base64` in the same run; see
//! `docs/performance.md`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should stop")]

use acs_call_streaming::frame::AudioData;
use acs_call_streaming::{ApplicationFrame, AudioChunk, PcmFormat, ServiceFrame};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use divan::{Bencher, black_box};
use serde::{Deserialize, Serialize};

fn main() {
    divan::main();
}

const FORMATS: [u32; 2] = [16_000, 24_000];

fn audio(rate: u32) -> AudioChunk {
    let samples = PcmFormat::from_sample_rate(rate).unwrap().frame_samples();
    (0..samples)
        .map(|number| i16::try_from(number * 97 % 20_011).unwrap())
        .collect()
}

fn message(rate: u32) -> String {
    let data = AudioData::new(audio(rate))
        .with_participant("8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000")
        .with_time("2024-11-15T19:16:12.925Z".parse().unwrap());
    ServiceFrame::AudioData(data).to_json()
}

/// The least that has to be done: exact names, texts borrowed, the payload decoded.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bare<'a> {
    #[serde(borrow)]
    audio_data: BareData<'a>,
    kind: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BareData<'a> {
    timestamp: &'a str,
    #[serde(rename = "participantRawID")]
    participant: &'a str,
    data: &'a str,
    silent: bool,
}

#[divan::bench(args = FORMATS)]
fn read_bare_serde_json_and_base64(bencher: Bencher<'_, '_>, rate: u32) {
    let message = message(rate);
    bencher.bench_local(|| {
        let frame: Bare<'_> = serde_json::from_slice(black_box(message.as_bytes())).unwrap();
        let data = frame.audio_data;
        black_box((frame.kind, data.timestamp, data.participant, data.silent));
        STANDARD.decode(data.data).unwrap()
    });
}

#[divan::bench(args = FORMATS)]
fn read_typed(bencher: Bencher<'_, '_>, rate: u32) {
    let message = message(rate);
    bencher.bench_local(|| ServiceFrame::parse(black_box(&message)).unwrap());
}

#[divan::bench(args = FORMATS)]
fn read_typed_and_sum_samples(bencher: Bencher<'_, '_>, rate: u32) {
    let message = message(rate);
    bencher.bench_local(|| match ServiceFrame::parse(black_box(&message)) {
        Ok(ServiceFrame::AudioData(data)) => data.audio.samples().map(i64::from).sum::<i64>(),
        _ => 0,
    });
}

#[derive(Serialize)]
struct BareOut {
    #[serde(rename = "Kind")]
    kind: &'static str,
    #[serde(rename = "AudioData")]
    audio: BareOutData,
    #[serde(rename = "StopAudio")]
    stop: Option<()>,
}

#[derive(Serialize)]
struct BareOutData {
    #[serde(rename = "Data")]
    data: String,
}

#[divan::bench(args = FORMATS)]
fn write_bare_serde_json_and_base64(bencher: Bencher<'_, '_>, rate: u32) {
    let audio = audio(rate);
    bencher.bench_local(|| {
        let data = STANDARD.encode(black_box(audio.as_bytes()));
        serde_json::to_string(&BareOut {
            kind: "AudioData",
            audio: BareOutData { data },
            stop: None,
        })
    });
}

#[divan::bench(args = FORMATS)]
fn write_typed(bencher: Bencher<'_, '_>, rate: u32) {
    let frame = ApplicationFrame::AudioData(audio(rate));
    bencher.bench_local(|| black_box(&frame).to_json());
}
