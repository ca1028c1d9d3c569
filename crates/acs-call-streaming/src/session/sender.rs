//! Speaking to the call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Sink;

use super::outgoing::{Handle, Outgoing};
use crate::{AudioChunk, Error, PcmFormat};

/// Audio for the call, as a [`Sink`] of chunks of any length.
///
/// A task cuts it into frames of 20 ms and sends one every 20 ms, so a producer that is faster than speech, as
/// speech synthesis is, is held up once [a second](crate::StreamingConfig::queue) waits, and what is said can
/// still be taken back: see [`stop_audio`](Self::stop_audio).
///
/// - No sample is lost between chunks. Less than a frame waits 100 ms for more and is then filled up with silence;
///   at once when the sink is closed or dropped.
/// - `send` and `flush` return when the audio is queued, `close` when all of it was sent. Dropping the sender has
///   the queued audio sent in the background.
/// - A delay up to 200 ms, of the machine or of the producer, is caught up with, so an echo does not fall behind for
///   good; a longer time without audio is a pause.
/// - Cancel-safe: a `send` that is dropped has either queued its chunk or not; nothing is sent twice or in part.
/// - The service listens when streaming was set up with `enableBidirectional`; else it ignores what is sent.
pub struct AudioSender {
    queue: Handle,
}

impl AudioSender {
    pub(super) fn new(queue: Arc<Outgoing>) -> Self {
        Self {
            queue: Handle::new(queue),
        }
    }

    /// The format that the audio must have.
    pub fn format(&self) -> PcmFormat {
        self.queue.format()
    }

    /// A handle for other tasks, that of barge-in above all.
    pub fn control(&self) -> AudioControl {
        AudioControl {
            queue: self.queue.clone(),
        }
    }

    /// Takes back what was not yet heard, see [`AudioControl::stop_audio`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn stop_audio(&self) -> Result<Duration, Error> {
        self.queue.stop()
    }
}

impl Sink<AudioChunk> for AudioSender {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.queue.poll_room(cx)
    }

    fn start_send(self: Pin<&mut Self>, chunk: AudioChunk) -> Result<(), Error> {
        self.queue.push(chunk)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.queue.complete();
        self.queue.poll_quiet(cx)
    }
}

impl Drop for AudioSender {
    fn drop(&mut self) {
        self.queue.complete();
    }
}

impl fmt::Debug for AudioSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioSender")
            .field("queued", &self.queue.queued())
            .finish_non_exhaustive()
    }
}

/// Watches over outgoing audio and takes it back. Cheap to clone.
#[derive(Clone)]
pub struct AudioControl {
    queue: Handle,
}

impl AudioControl {
    /// Takes back what was not yet heard, because somebody has begun to speak: drops what is queued here and tells
    /// the service, before anything else is sent, to drop what it has. Says how much was dropped here.
    ///
    /// Returns at once. A `send` that was waiting for room goes on after it, so whoever feeds the sink has to be
    /// told to stop as well.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) or [`ErrorKind::Connection`](crate::ErrorKind::Connection)
    /// when the connection has ended; nothing is heard then anyway.
    pub fn stop_audio(&self) -> Result<Duration, Error> {
        self.queue.stop()
    }

    /// How much audio waits to be sent.
    pub fn queued(&self) -> Duration {
        self.queue.queued()
    }

    /// How many frames were sent.
    pub fn frames_sent(&self) -> u64 {
        self.queue.frames_sent()
    }

    /// Waits until all audio was sent, a stop included. Cancel-safe.
    ///
    /// # Errors
    ///
    /// As for [`stop_audio`](Self::stop_audio), when the connection ends before.
    pub async fn drained(&self) -> Result<(), Error> {
        self.queue.quiet().await
    }
}

impl fmt::Debug for AudioControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudioControl")
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}
