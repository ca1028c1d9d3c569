//! The service's side of media streaming and transcription: it dials the application's WebSocket, sends what is heard
//! or said in the call at the pace at which it sounds, plays what comes back, and dials again after a break.
//!
//! | module | does |
//! |---|---|
//! | `dial` | opens the WebSocket, as far as that is allowed, with the headers and the token of the service |
//! | `task` | one task per stream: what is sent and received, and in which order |
//! | `sound` | what the parties sound like in a stream |
//! | `playback` | what the application says, and how much of it was heard |
//! | `text` | what is said, as frames of text |

mod dial;
mod playback;
mod sound;
mod task;
mod text;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acs_call_streaming::{AudioChunk, PcmFormat};
use acs_common::{CallConnectionId, ServerCallId};
use hound::{SampleFormat, WavSpec, WavWriter};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::engine::{OpenStream, PartyInput, StreamContent, StreamKey, StreamOrder};
use crate::files::FetchPolicy;
use crate::tokens::Tokens;

use playback::Playback;
pub(crate) use sound::Recorded;
pub(crate) use task::run;

/// How many orders may wait for a stream that is busy; more are dropped, which is logged.
const ORDERS: usize = 1024;
/// How many streams that are over are remembered.
const REMEMBERED: usize = 16;

/// What a stream is told.
#[derive(Debug)]
enum Order {
    Voices(Vec<Arc<str>>),
    Retune {
        locale: String,
        speech_model_endpoint_id: Option<String>,
    },
    Input(Box<PartyInput>),
}

/// All streams. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Streams(Arc<Inner>);

struct Inner {
    settings: StreamSettings,
    tokens: Arc<Tokens>,
    state: Mutex<State>,
}

/// How streams behave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamSettings {
    /// Which hosts may be dialled.
    pub(crate) policy: FetchPolicy,
    /// Whether `ws` is refused.
    pub(crate) secure_only: bool,
    /// How often a connection that broke is tried again.
    pub(crate) reconnects: u32,
    /// Of the pauses in between.
    pub(crate) pause_scale: f64,
    /// Of the time that speaking takes.
    pub(crate) speech_scale: f64,
}

#[derive(Default)]
struct State {
    open: HashMap<StreamKey, Entry>,
    /// Of every stream that is open or was, the latest last.
    seen: VecDeque<Arc<Seen>>,
    recorded: HashMap<String, Arc<Recorded>>,
}

struct Entry {
    /// Dropped to close the stream.
    orders: mpsc::Sender<Order>,
    call: ServerCallId,
}

/// What can be seen of a stream from outside.
pub(crate) struct Seen {
    subscription_id: String,
    connection: CallConnectionId,
    media: bool,
    playback: Mutex<Playback>,
}

impl Seen {
    fn playback(&self) -> MutexGuard<'_, Playback> {
        self.playback.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A media stream or transcription, as [`Emulator::streams`](crate::Emulator::streams) shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StreamStatus {
    /// The subscription, as the properties of the call show it.
    pub subscription_id: String,
    /// The leg.
    pub call_connection_id: CallConnectionId,
    /// Whether it is a media stream; else a transcription.
    pub media: bool,
    /// Whether it is connected now.
    pub connected: bool,
    /// How often it was connected.
    pub connections: u32,
    /// How many frames were sent to the application, metadata included.
    pub frames_sent: u64,
    /// How much audio of the application was played to the call.
    #[serde(rename = "heardMs", serialize_with = "millis")]
    pub heard: Duration,
    /// How much audio of the application waits to be played.
    #[serde(rename = "queuedMs", serialize_with = "millis")]
    pub queued: Duration,
    /// How much audio of the application was dropped by its stops.
    #[serde(rename = "droppedMs", serialize_with = "millis")]
    pub dropped: Duration,
    /// How often the application asked to stop.
    pub stops: u32,
    /// How many messages of the application could not be read.
    pub unreadable: u32,
}

fn millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// What an application has said in a call: see [`Emulator::heard`](crate::Emulator::heard).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeardAudio {
    /// Its format.
    pub format: PcmFormat,
    /// The samples, the last five minutes at most. Pauses are not in it.
    pub audio: AudioChunk,
}

impl HeardAudio {
    /// As a WAV file. `None` when it is too long for one, which five minutes are not.
    pub fn to_wav(&self) -> Option<Vec<u8>> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: self.format.sample_rate(),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).ok()?;
        for sample in self.audio.samples() {
            writer.write_sample(sample).ok()?;
        }
        writer.finalize().ok()?;
        Some(file.into_inner())
    }
}

impl Streams {
    pub(crate) fn new(settings: StreamSettings, tokens: Arc<Tokens>) -> Self {
        Self(Arc::new(Inner {
            settings,
            tokens,
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> StreamSettings {
        self.0.settings
    }

    fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Takes an order of the engine. What is to be opened comes back, to be run.
    pub(crate) fn order(&self, order: StreamOrder) -> Option<Opening> {
        let (key, order) = match order {
            StreamOrder::Open(open) => return Some(self.open(*open)),
            StreamOrder::Close(key) => {
                self.forget(key);
                return None;
            }
            StreamOrder::Voices {
                key,
                server_call_id,
                voices,
            } => {
                if let Some(entry) = self.state().open.get_mut(&key) {
                    entry.call = server_call_id;
                }
                (key, Order::Voices(voices))
            }
            StreamOrder::Retune {
                key,
                locale,
                speech_model_endpoint_id,
            } => {
                let order = Order::Retune {
                    locale,
                    speech_model_endpoint_id,
                };
                (key, order)
            }
        };
        if let Some(entry) = self.state().open.get(&key) {
            entry.tell(order);
        }
        None
    }

    fn open(&self, open: OpenStream) -> Opening {
        let (orders, receiver) = mpsc::channel(ORDERS);
        let media = matches!(open.content, StreamContent::Media { .. });
        let seen = Arc::new(Seen {
            subscription_id: open.subscription_id.clone(),
            connection: open.connection.clone(),
            media,
            playback: Mutex::new(Playback::new(format_of(&open.content))),
        });
        let mut state = self.state();
        state.open.insert(
            open.key,
            Entry {
                orders,
                call: open.server_call_id.clone(),
            },
        );
        if state.seen.len() >= REMEMBERED + state.open.len() {
            state.seen.pop_front();
        }
        state.seen.push_back(Arc::clone(&seen));
        Opening {
            open,
            orders: receiver,
            seen,
        }
    }

    /// A party pressed keys or spoke.
    pub(crate) fn hear(&self, input: &PartyInput) {
        let state = self.state();
        for entry in state
            .open
            .values()
            .filter(|entry| entry.call == input.server_call_id)
        {
            entry.tell(Order::Input(Box::new(input.clone())));
        }
    }

    /// A stream is over.
    fn forget(&self, key: StreamKey) {
        self.state().open.remove(&key);
    }

    /// Closes everything and forgets what was seen.
    pub(crate) fn clear(&self) {
        *self.state() = State::default();
    }

    /// What a party sounds like instead of its tone.
    pub(crate) fn record(&self, raw_id: String, recorded: Recorded) {
        self.state().recorded.insert(raw_id, Arc::new(recorded));
    }

    fn recorded(&self, raw_id: &str) -> Option<Arc<Recorded>> {
        self.state().recorded.get(raw_id).cloned()
    }

    /// All streams that are open or were, the oldest first.
    pub(crate) fn status(&self) -> Vec<StreamStatus> {
        let seen: Vec<_> = self.state().seen.iter().cloned().collect();
        seen.iter().map(|seen| seen.playback().status(seen)).collect()
    }

    /// What the application has said on a leg, in its latest media stream.
    pub(crate) fn heard(&self, connection: &CallConnectionId) -> Option<HeardAudio> {
        let state = self.state();
        let latest = state
            .seen
            .iter()
            .rev()
            .find(|seen| seen.media && seen.connection == *connection)?;
        Some(latest.playback().heard())
    }
}

impl Entry {
    /// The engine must not wait, so a stream that is too far behind misses orders.
    fn tell(&self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.orders.try_send(order) {
            tracing::warn!("a stream is too far behind to be told what happens");
        }
    }
}

/// A stream that is to be run.
pub(crate) struct Opening {
    open: OpenStream,
    orders: mpsc::Receiver<Order>,
    seen: Arc<Seen>,
}

/// The format of a stream; for a transcription it does not matter.
fn format_of(content: &StreamContent) -> PcmFormat {
    match content {
        StreamContent::Media { format, .. } => PcmFormat::try_from(format).unwrap_or_default(),
        StreamContent::Transcription { .. } => PcmFormat::default(),
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams")
            .field("open", &self.state().open.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tokens::TokenOptions;

    /// Streams that nobody has.
    pub(crate) fn streams() -> Streams {
        let tokens = Tokens::new(TokenOptions::default(), "http://127.0.0.1", "resource").unwrap();
        let settings = StreamSettings {
            policy: FetchPolicy::Loopback,
            secure_only: false,
            reconnects: 0,
            pause_scale: 0.0,
            speech_scale: 0.0,
        };
        Streams::new(settings, Arc::new(tokens))
    }
}
