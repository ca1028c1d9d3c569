//! Pace, back-pressure, barge-in and ends, on a clock that stands still unless it is waited for.

use std::time::Duration;

use futures::channel::mpsc;
use futures::{SinkExt as _, StreamExt as _, poll};
use tokio::time::Instant;
use tokio_test::{assert_pending, assert_ready};

use super::*;
use crate::frame::AudioData;
use crate::{ApplicationFrame, AudioChunk, FRAME_DURATION, StreamingServer};

/// The service's side: what it says, and what it hears with the time since the start.
struct Service {
    say: Option<mpsc::UnboundedSender<Result<Bytes, std::io::Error>>>,
    hear: mpsc::Receiver<String>,
    begun: Instant,
}

impl Service {
    fn say(&self, message: impl Into<String>) {
        let message = Bytes::from(message.into());
        self.say.as_ref().unwrap().unbounded_send(Ok(message)).unwrap();
    }

    async fn hear(&mut self) -> (u128, ApplicationFrame) {
        let message = self.hear.next().await.unwrap();
        (
            self.begun.elapsed().as_millis(),
            ApplicationFrame::parse(message).unwrap(),
        )
    }

    /// Audio, with its samples.
    async fn hear_audio(&mut self) -> (u128, Vec<i16>) {
        match self.hear().await {
            (time, ApplicationFrame::AudioData(audio)) => (time, audio.to_vec()),
            other => panic!("{other:?}"),
        }
    }
}

fn metadata(format: PcmFormat) -> String {
    ServiceFrame::AudioMetadata(AudioMetadata::new("subscription", format)).to_json()
}

async fn request() -> StreamRequest {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-ms-call-connection-id", http::HeaderValue::from_static("leg"));
    headers.insert("x-ms-call-correlation-id", http::HeaderValue::from_static("call"));
    let server = StreamingServer::without_authorization();
    server
        .admit(&http::Uri::from_static("/"), &headers)
        .await
        .unwrap()
}

/// A service that takes this many messages before it has to be listened to.
async fn connect_with(
    buffer: usize,
    first: String,
    config: StreamingConfig,
) -> (Result<MediaSession, Error>, Service) {
    let (say, incoming) = mpsc::unbounded();
    let (outgoing, hear) = mpsc::channel(buffer);
    let service = Service {
        say: Some(say),
        hear,
        begun: Instant::now(),
    };
    service.say(first);
    (
        MediaSession::open(request().await, incoming, outgoing, &config).await,
        service,
    )
}

async fn connect() -> (MediaSession, Service) {
    let first = metadata(PcmFormat::Pcm16KMono);
    let (session, service) = connect_with(100, first, StreamingConfig::new()).await;
    (session.unwrap(), service)
}

fn counting(samples: std::ops::Range<i16>) -> AudioChunk {
    samples.collect()
}

#[tokio::test(start_paused = true)]
async fn frames_come_in_order_and_a_bad_one_fails_alone() {
    let (mut session, mut service) = connect().await;
    assert_eq!(session.request().call_connection_id(), &"leg");
    assert_eq!(
        session.audio_metadata().unwrap().subscription_id.as_deref(),
        Some("subscription")
    );
    assert!(session.next().await.unwrap().unwrap().is_metadata());
    service.say("{oops");
    service.say(r#"{"kind":"AudioData","audioData":{"data":"%"}}"#);
    service.say(ServiceFrame::AudioData(AudioData::new(counting(0..3))).to_json());
    for expected in ["frame: ", "audioData.data: expected base64"] {
        let error = session.next().await.unwrap().unwrap_err();
        assert!(
            error.is_invalid_frame() && error.to_string().starts_with(expected),
            "{error}"
        );
    }
    let frame = session.next().await.unwrap().unwrap();
    assert!(matches!(frame, ServiceFrame::AudioData(data) if data.audio.to_vec() == [0, 1, 2]));
    assert_pending!(poll!(session.next()));
    service.say = None;
    assert!(session.next().await.is_none());
    assert!(session.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_first_frame_decides_the_format_and_has_to_come() {
    let config = StreamingConfig::new().fallback_format(PcmFormat::Pcm16KMono);
    let (session, _service) = connect_with(1, metadata(PcmFormat::Pcm24KMono), config.clone()).await;
    assert_eq!(session.unwrap().format(), PcmFormat::Pcm24KMono);
    // One that cannot be read is not lost, and the session lives.
    let (session, _service) = connect_with(1, "?".to_owned(), config).await;
    let mut session = session.unwrap();
    assert_eq!(session.format(), PcmFormat::Pcm16KMono);
    assert!(session.next().await.unwrap().is_err());

    let config = StreamingConfig::new().first_frame_timeout(Duration::from_secs(3));
    let (silent, incoming) = mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let begun = Instant::now();
    let error = MediaSession::open(request().await, incoming, futures::sink::drain(), &config)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), begun.elapsed().as_secs()),
        (ErrorKind::TimedOut, 3)
    );
    drop(silent);
}

#[tokio::test(start_paused = true)]
async fn one_frame_leaves_every_20_ms_whatever_came_in() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    sender.send(counting(0..1000)).await.unwrap();
    sender.send(counting(1000..1280)).await.unwrap();
    let mut heard = Vec::new();
    for number in 0..4 {
        let (time, samples) = service.hear_audio().await;
        assert_eq!((time, samples.len()), (number * 20, 320));
        heard.extend(samples);
    }
    assert_eq!(heard, (0..1280).collect::<Vec<_>>());
    // After a pause the next frame leaves at once, and no sooner than 20 ms after the last.
    sender.send(counting(0..640)).await.unwrap();
    assert_eq!(service.hear_audio().await.0, 80);
    assert_eq!(service.hear_audio().await.0, 100);
    tokio::time::sleep(Duration::from_millis(995)).await;
    sender.send(counting(0..320)).await.unwrap();
    assert_eq!(service.hear_audio().await.0, 1095);
}

#[tokio::test(start_paused = true)]
async fn a_producer_that_was_late_does_not_stay_late() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    // Live audio, held up by 70 ms once, then a pause.
    let start = service.begun;
    tokio::spawn(async move {
        for at in [0, 20, 110, 110, 110, 110, 120, 140, 400, 400] {
            tokio::time::sleep_until(start + Duration::from_millis(at)).await;
            sender.send(AudioChunk::silence(320)).await.unwrap();
        }
        sender.close().await.unwrap();
    });
    let mut times = Vec::new();
    for _ in 0..10 {
        times.push(service.hear_audio().await.0);
    }
    assert_eq!(times, [0, 20, 110, 110, 110, 110, 120, 140, 400, 420]);
}

#[tokio::test(start_paused = true)]
async fn a_remainder_waits_for_more_and_is_filled_up_at_last() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    sender.send(counting(0..100)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    sender.send(counting(100..420)).await.unwrap();
    assert_eq!(service.hear_audio().await, (60, (0..320).collect()));
    let (time, samples) = service.hear_audio().await;
    assert_eq!((time, samples.len()), (160, 320));
    assert_eq!(samples[..100], (320..420).collect::<Vec<_>>());
    assert!(samples[100..].iter().all(|sample| *sample == 0));
}

#[tokio::test(start_paused = true)]
async fn closing_sends_all_and_fills_up_the_last_frame() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    let control = sender.control();
    sender.feed(counting(0..700)).await.unwrap();
    sender.close().await.unwrap();
    assert_eq!(
        (service.begun.elapsed().as_millis(), control.frames_sent()),
        (40, 3)
    );
    let error = sender.send(counting(0..1)).await.unwrap_err();
    assert!(error.is_closed());
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.extend(service.hear_audio().await.1);
    }
    assert_eq!(
        (heard.len(), &heard[..700]),
        (960, &(0..700).collect::<Vec<_>>()[..])
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_sender_has_its_audio_sent_and_the_web_socket_closes_with_the_last_half() {
    let (session, mut service) = connect().await;
    let (frames, mut sender) = session.split();
    sender.feed(counting(0..330)).await.unwrap();
    drop(sender);
    assert_eq!(service.hear_audio().await.0, 0);
    assert_eq!(service.hear_audio().await.0, 20);
    assert_pending!(poll!(service.hear.next()));
    drop(frames);
    assert!(service.hear.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_fast_producer_is_held_up_and_never_more_than_the_queue_waits() {
    let (session, mut service) = connect_with(
        100,
        metadata(PcmFormat::Pcm16KMono),
        StreamingConfig::new().queue(Duration::from_millis(60)),
    )
    .await;
    let (_frames, mut sender) = session.unwrap().split();
    let control = sender.control();
    let producer = tokio::spawn(async move {
        for _ in 0..50 {
            sender.send(counting(0..320)).await.unwrap();
        }
        sender.close().await.unwrap();
    });
    for number in 0..50 {
        assert_eq!(service.hear_audio().await.0, number * 20);
        assert!(control.queued() <= Duration::from_millis(60), "{control:?}");
    }
    producer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stop_overtakes_everything() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    let control = sender.control();
    sender.send(counting(0..3200)).await.unwrap();
    assert_eq!(service.hear_audio().await.0, 0);
    assert_eq!(service.hear_audio().await.0, 20);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(control.stop_audio().unwrap(), Duration::from_millis(160));
    assert_eq!(control.queued(), Duration::ZERO);
    // Two stops in a row are one.
    assert_eq!(sender.stop_audio().unwrap(), Duration::ZERO);
    sender.send(counting(7..327)).await.unwrap();
    assert_eq!(service.hear().await, (25, ApplicationFrame::StopAudio));
    assert_eq!(service.hear_audio().await, (25, (7..327).collect()));
    control.drained().await.unwrap();
    assert_eq!(control.frames_sent(), 3);
    // What the service still has can also be taken back when all was sent and the sender is gone.
    drop(sender);
    control.stop_audio().unwrap();
    assert_eq!(service.hear().await.1, ApplicationFrame::StopAudio);
}

#[tokio::test(start_paused = true)]
async fn a_stop_frees_a_held_up_producer() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    let control = sender.control();
    sender.send(AudioChunk::silence(16_000)).await.unwrap();
    let mut waiting = tokio_test::task::spawn(sender.send(counting(0..320)));
    assert_pending!(waiting.poll());
    assert_eq!(control.stop_audio().unwrap(), Duration::from_secs(1));
    assert!(waiting.is_woken());
    assert_ready!(waiting.poll()).unwrap();
    assert_eq!(service.hear().await.1, ApplicationFrame::StopAudio);
    assert_eq!(service.hear_audio().await.1, counting(0..320).to_vec());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_read_holds_up_the_producer() {
    let config = StreamingConfig::new().queue(Duration::from_millis(100));
    let (session, mut service) = connect_with(0, metadata(PcmFormat::Pcm16KMono), config).await;
    let (_frames, mut sender) = session.unwrap().split();
    let control = sender.control();
    let mut accepted = 0;
    while tokio::time::timeout(Duration::from_secs(10), sender.send(counting(0..320)))
        .await
        .is_ok()
    {
        accepted += 1;
        assert!(accepted < 20, "nothing holds it up");
    }
    assert!(control.queued() <= Duration::from_millis(120));
    // Once it reads again, what is older than 200 ms is not made up for in a burst, and nothing is lost.
    let mut times = Vec::new();
    for _ in 0..accepted {
        times.push(service.hear_audio().await.0);
    }
    let last = times.len() - 1;
    assert_eq!(times[last] - times[last - 1], 20, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn who_only_speaks_holds_nobody_up_and_still_hears_of_the_end() {
    let (session, mut service) = connect().await;
    let (frames, mut sender) = session.split();
    drop(frames);
    for _ in 0..1000 {
        service.say(ServiceFrame::AudioData(AudioData::new(AudioChunk::silence(320))).to_json());
    }
    sender.send(counting(0..320)).await.unwrap();
    assert_eq!(service.hear_audio().await.1, counting(0..320).to_vec());
    let say = service.say.take().unwrap();
    assert_eq!(say.len(), 0, "everything was read");
    drop(say);
    while sender.send(counting(0..320)).await.is_ok() {
        service.hear.next().await;
    }
    assert!(sender.stop_audio().unwrap_err().is_closed());
}

#[tokio::test(start_paused = true)]
async fn when_the_service_hangs_up_everybody_is_told() {
    let (session, mut service) = connect().await;
    let (mut frames, mut sender) = session.split();
    let control = sender.control();
    frames.next().await.unwrap().unwrap();
    sender.send(AudioChunk::silence(32_000)).await.unwrap();
    let mut waiting = tokio_test::task::spawn(sender.send(AudioChunk::silence(1)));
    assert_pending!(waiting.poll());
    let mut drained = tokio_test::task::spawn(control.drained());
    assert_pending!(drained.poll());
    service.say = None;
    assert!(frames.next().await.is_none());
    assert!(waiting.is_woken() && drained.is_woken());
    assert!(assert_ready!(waiting.poll()).unwrap_err().is_closed());
    assert!(assert_ready!(drained.poll()).unwrap_err().is_closed());
    drop(waiting);
    assert!(control.stop_audio().unwrap_err().is_closed());
    assert!(sender.close().await.unwrap_err().is_closed());
    while service.hear.next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_off_says_so_once() {
    let (mut session, service) = connect().await;
    session.next().await.unwrap().unwrap();
    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    service.say.as_ref().unwrap().unbounded_send(Err(reset)).unwrap();
    let error = session.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(std::error::Error::source(&error).is_some());
    assert!(session.next().await.is_none());

    // A write that fails tells the sender, though nobody reads.
    let (session, service) = connect().await;
    let (_frames, mut sender) = session.split();
    drop(service.hear);
    sender.send(AudioChunk::silence(320)).await.unwrap();
    assert_eq!(
        sender.control().drained().await.unwrap_err().kind(),
        ErrorKind::Connection
    );
    assert_eq!(
        sender.send(AudioChunk::silence(320)).await.unwrap_err().kind(),
        ErrorKind::Connection
    );
}

#[tokio::test(start_paused = true)]
async fn the_pace_does_not_drift() {
    let (session, mut service) = connect().await;
    let (_frames, mut sender) = session.split();
    tokio::spawn(async move {
        for length in (1..).take(300) {
            sender.send(AudioChunk::silence(length)).await.unwrap();
        }
        sender.close().await.unwrap();
    });
    let frames = (300u128 * 301 / 2).div_ceil(320);
    for number in 0..frames {
        assert_eq!(
            service.hear_audio().await.0,
            number * u128::from(FRAME_DURATION.subsec_millis())
        );
    }
}
