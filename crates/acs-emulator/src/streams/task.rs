//! One task per stream.

use std::sync::Arc;
use std::time::Duration;

use acs_call_streaming::frame::{AudioMetadata, DtmfData, TranscriptionMetadata};
use acs_call_streaming::{ApplicationFrame, FRAME_DURATION, ServiceFrame};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::dial::{Socket, dial};
use super::sound::Sound;
use super::text::texts;
use super::{Opening, Order, Seen, Streams, format_of};
use crate::delivery::Counted;
use crate::engine::{Command, Input, OpenStream, PartyInput, StreamContent, StreamNews};
use crate::host::Host;
use crate::journal::{APPLICATION, Draft, JournalKind, SERVICE, address};

/// How long the application may not take a frame. The service's figure is not published.
const SEND_PATIENCE: Duration = Duration::from_secs(5);
/// Before the first attempt to open a lost connection again; doubled for each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How long a connection has to last before it counts as good, and all attempts are free again: an application that
/// accepts and hangs up must not be dialled for ever.
const STABLE: Duration = Duration::from_secs(10);

/// How a connection ended.
enum End {
    /// The engine wants no stream any more.
    Closed,
    /// With the reason.
    Broken(String),
}

/// Runs a stream until it is closed or lost. `counted` is what a wait for the emulator to settle waits for.
pub(crate) async fn run(host: Host, streams: Streams, opening: Opening, counted: Counted) {
    let Opening {
        open,
        mut orders,
        seen,
    } = opening;
    let mut stream = Stream {
        sound: match &open.content {
            StreamContent::Media { channel, .. } => Sound::new(format_of(&open.content), channel, host.now()),
            StreamContent::Transcription { .. } => Sound::new(
                format_of(&open.content),
                &acs_common::enums::MediaStreamingAudioChannelType::Mixed,
                host.now(),
            ),
        },
        pending: Vec::new(),
        host,
        streams,
        open,
        seen,
    };
    let mut socket = match dial(&stream.streams, &stream.open).await {
        Ok(socket) => socket,
        Err(reason) => {
            stream.note("stream cannot be opened", json!({ "reason": reason }));
            stream.over(StreamNews::Unreachable);
            return;
        }
    };
    if orders.is_closed() {
        // It was stopped while it was being opened.
        hang_up(&mut socket).await;
        return;
    }
    stream.note("stream opened", Value::Null);
    stream.tell(StreamNews::Opened);
    drop(counted);
    let mut attempts = 0;
    loop {
        stream.connected(true);
        let since = Instant::now();
        let end = stream.drive(&mut socket, &mut orders).await;
        stream.connected(false);
        let reason = match end {
            End::Closed => {
                hang_up(&mut socket).await;
                stream.note("stream closed", stream.amounts());
                return;
            }
            End::Broken(reason) => reason,
        };
        drop(socket);
        stream.note("stream broke off", json!({ "reason": reason }));
        if stream.streams.settings().reconnects == 0 {
            stream.over(StreamNews::Broken);
            return;
        }
        stream.tell(StreamNews::Interrupted);
        if since.elapsed() >= STABLE {
            attempts = 0;
        }
        match stream.dial_again(&mut orders, &mut attempts).await {
            Some(Ok(again)) => {
                socket = again;
                stream.note("stream opened again", Value::Null);
                stream.tell(StreamNews::Reestablished);
            }
            Some(Err(reason)) => {
                stream.note("stream cannot be opened again", json!({ "reason": reason }));
                stream.over(StreamNews::Lost);
                return;
            }
            None => {
                stream.note("stream closed", stream.amounts());
                return;
            }
        }
    }
}

/// Closes the WebSocket and waits until the application has done so, too: with something of its unread, the
/// connection would be reset, and the application might never see the close.
async fn hang_up(socket: &mut Socket) {
    let closing = async {
        // That the application has gone already is no matter.
        let _ = socket.close(None).await;
        while let Some(Ok(_)) = socket.next().await {}
    };
    let _ = timeout(SEND_PATIENCE, closing).await;
}

struct Stream {
    host: Host,
    streams: Streams,
    open: OpenStream,
    seen: Arc<Seen>,
    sound: Sound,
    /// Texts that become known later, in their order.
    pending: Vec<Pending>,
}

struct Pending {
    at: Instant,
    frame: ServiceFrame,
    _counted: Arc<Counted>,
}

impl Stream {
    fn tell(&self, news: StreamNews) {
        let key = self.open.key;
        // The engine has nothing against it, even when the call is over.
        let _ = self.host.command(Command::StreamNews { key, news });
    }

    /// The stream has come to its end by itself.
    fn over(&self, news: StreamNews) {
        self.streams.forget(self.open.key);
        self.tell(news);
    }

    fn note(&self, label: &str, detail: Value) {
        let mut members = json!({
            "subscriptionId": self.open.subscription_id,
            "content": match self.open.content {
                StreamContent::Media { .. } => "media",
                StreamContent::Transcription { .. } => "transcription",
            },
            "url": address(&self.open.url),
        });
        if let (Value::Object(members), Value::Object(detail)) = (&mut members, detail) {
            members.extend(detail);
        }
        self.host.write(
            Draft::new(JournalKind::Note, label)
                .between(SERVICE, APPLICATION)
                .connection(Some(self.open.connection.as_str()))
                .detail(members),
        );
    }

    fn amounts(&self) -> Value {
        let status = self.seen.playback().status(&self.seen);
        serde_json::to_value(status).unwrap_or_default()
    }

    fn connected(&self, connected: bool) {
        let mut playback = self.seen.playback();
        playback.connected = connected;
        playback.connections += u32::from(connected);
    }

    fn is_media(&self) -> bool {
        matches!(self.open.content, StreamContent::Media { .. })
    }

    fn metadata(&self) -> ServiceFrame {
        let id = self.open.subscription_id.clone();
        match &self.open.content {
            StreamContent::Media { .. } => {
                ServiceFrame::AudioMetadata(AudioMetadata::new(id, format_of(&self.open.content)))
            }
            StreamContent::Transcription {
                locale,
                speech_model_endpoint_id,
                ..
            } => {
                // Lower case, as documented.
                let mut metadata = TranscriptionMetadata::new(id, locale.to_ascii_lowercase())
                    .with_call(self.open.connection.clone(), self.open.correlation_id.clone());
                if let Some(model) = speech_model_endpoint_id {
                    metadata = metadata.with_speech_model(model.clone());
                }
                ServiceFrame::TranscriptionMetadata(metadata)
            }
        }
    }

    async fn send(&self, socket: &mut Socket, frame: &ServiceFrame) -> Result<(), End> {
        match timeout(SEND_PATIENCE, socket.send(Message::text(frame.to_json()))).await {
            Ok(Ok(())) => {
                self.seen.playback().frames_sent += 1;
                Ok(())
            }
            Ok(Err(error)) => Err(End::Broken(error.to_string())),
            Err(_) => Err(End::Broken(format!(
                "the application takes no frame for {SEND_PATIENCE:?}"
            ))),
        }
    }

    async fn drive(&mut self, socket: &mut Socket, orders: &mut mpsc::Receiver<Order>) -> End {
        match self.exchange(socket, orders).await {
            Ok(end) | Err(end) => end,
        }
    }

    /// Sends and receives until one side ends it.
    async fn exchange(
        &mut self,
        socket: &mut Socket,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Result<End, End> {
        self.send(socket, &self.metadata()).await?;
        let mut ticks = interval(FRAME_DURATION);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            let due = self.pending.first().map(|text| text.at);
            let hears = self.seen.playback().has_room();
            tokio::select! {
                order = orders.recv() => match order {
                    None => return Ok(End::Closed),
                    Some(order) => {
                        for frame in self.obey(order) {
                            self.send(socket, &frame).await?;
                        }
                    }
                },
                _ = ticks.tick(), if self.is_media() => {
                    self.seen.playback().play();
                    for data in self.sound.frames(self.host.now()) {
                        self.send(socket, &ServiceFrame::AudioData(data)).await?;
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let text = self.pending.remove(0);
                    self.send(socket, &text.frame).await?;
                }
                message = socket.next(), if hears => match message {
                    None => return Err(End::Broken("the application has gone".to_owned())),
                    Some(Err(error)) => return Err(End::Broken(error.to_string())),
                    Some(Ok(Message::Close(_))) => {
                        return Err(End::Broken("the application closed the WebSocket".to_owned()));
                    }
                    Some(Ok(Message::Text(text))) => self.listen(text.as_bytes()),
                    Some(Ok(Message::Binary(bytes))) => self.listen(&bytes),
                    Some(Ok(_)) => {}
                },
            }
        }
    }

    /// What the application says. Without bidirectional streaming nobody listens.
    fn listen(&mut self, message: &[u8]) {
        let StreamContent::Media {
            bidirectional: true, ..
        } = self.open.content
        else {
            return;
        };
        match ApplicationFrame::parse(message) {
            Ok(ApplicationFrame::AudioData(audio)) => self.seen.playback().queue(audio),
            Ok(ApplicationFrame::StopAudio) => {
                let dropped = self.seen.playback().stop();
                self.note(
                    "the application stops its audio",
                    json!({ "droppedMs": dropped.as_millis() }),
                );
            }
            Ok(_) => {}
            Err(error) => {
                self.seen.playback().unreadable += 1;
                self.note(
                    "a message of the application cannot be read",
                    json!({ "reason": error.to_string() }),
                );
            }
        }
    }

    /// Takes notice of an order. What is to be sent for it at once comes back.
    fn obey(&mut self, order: Order) -> Vec<ServiceFrame> {
        match order {
            Order::Voices(voices) => self.sound.set_voices(voices, &self.streams),
            Order::Retune {
                locale: new_locale,
                speech_model_endpoint_id: new_model,
            } => {
                if let StreamContent::Transcription {
                    locale,
                    speech_model_endpoint_id,
                    ..
                } = &mut self.open.content
                {
                    *locale = new_locale;
                    *speech_model_endpoint_id = new_model;
                }
            }
            Order::Input(input) => return self.heard(&input),
        }
        Vec::new()
    }

    fn heard(&mut self, input: &PartyInput) -> Vec<ServiceFrame> {
        match (&self.open.content, &input.input) {
            (StreamContent::Media { dtmf_tones: true, .. }, Input::Press { tones }) => tones
                .to_string()
                .chars()
                .map(|key| ServiceFrame::DtmfData(DtmfData::new(key)))
                .collect(),
            (
                StreamContent::Transcription {
                    intermediate_results, ..
                },
                Input::Say { text },
            ) => {
                let raw_id = input.participant.raw_id();
                // Who is muted or on hold is not heard.
                if self.sound.has(&raw_id) {
                    let scale = self.streams.settings().speech_scale;
                    let now = Instant::now();
                    let counted = Arc::new(self.host.count());
                    let known = texts(text, &raw_id, input.time, input.duration, *intermediate_results);
                    self.pending
                        .extend(known.into_iter().map(|(after, frame)| {
                            Pending {
                                at: now
                                    + Duration::try_from_secs_f64(after.as_secs_f64() * scale)
                                        .unwrap_or_default(),
                                frame,
                                _counted: Arc::clone(&counted),
                            }
                        }));
                    // Several may speak at once.
                    self.pending.sort_by_key(|text| text.at);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Opens a lost connection again. `None` when that is not wanted any more.
    async fn dial_again(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        attempts: &mut u32,
    ) -> Option<Result<Socket, String>> {
        let settings = self.streams.settings();
        let mut reason = "it broke off again and again".to_owned();
        while *attempts < settings.reconnects {
            let pause = FIRST_PAUSE.saturating_mul(1 << (*attempts).min(16));
            *attempts += 1;
            let scaled =
                Duration::try_from_secs_f64(pause.as_secs_f64() * settings.pause_scale).unwrap_or(pause);
            let waiting = sleep(scaled);
            tokio::pin!(waiting);
            loop {
                tokio::select! {
                    () = &mut waiting => break,
                    order = orders.recv() => {
                        // What is pressed or said meanwhile is lost, as it would be.
                        let _ = self.obey(order?);
                    }
                }
            }
            match dial(&self.streams, &self.open).await {
                Ok(socket) => return Some(Ok(socket)),
                Err(again) => reason = again,
            }
        }
        Some(Err(reason))
    }
}
