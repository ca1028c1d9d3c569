//! What the application says: queued, played at the pace at which it sounds, and kept for tests.

use std::collections::VecDeque;
use std::time::Duration;

use acs_call_streaming::{AudioChunk, Framer, PcmFormat};
use bytes::Bytes;

use super::{HeardAudio, Seen, StreamStatus};

/// How much of what was heard is kept.
const KEPT: Duration = Duration::from_secs(300);
/// How much may wait to be played; then the application is not read until some was played.
const LONGEST_QUEUE: Duration = Duration::from_secs(300);

/// The application's voice in one stream, and what else can be counted of it.
#[derive(Debug)]
pub(super) struct Playback {
    format: PcmFormat,
    queue: Framer,
    played: VecDeque<Bytes>,
    /// Of what is kept, in bytes.
    kept: usize,
    heard: usize,
    dropped: usize,
    stops: u32,
    pub(super) unreadable: u32,
    pub(super) connected: bool,
    pub(super) connections: u32,
    pub(super) frames_sent: u64,
}

impl Playback {
    pub(super) fn new(format: PcmFormat) -> Self {
        Self {
            format,
            queue: Framer::new(format),
            played: VecDeque::new(),
            kept: 0,
            heard: 0,
            dropped: 0,
            stops: 0,
            unreadable: 0,
            connected: false,
            connections: 0,
            frames_sent: 0,
        }
    }

    /// Audio comes in.
    pub(super) fn queue(&mut self, audio: AudioChunk) {
        self.queue.push(audio);
    }

    /// Whether more may come in.
    pub(super) fn has_room(&self) -> bool {
        self.queue.len_bytes() < self.format.bytes_for(LONGEST_QUEUE)
    }

    /// The application takes back what was not played. Says how much that was.
    pub(super) fn stop(&mut self) -> Duration {
        let dropped = self.queue.clear();
        self.dropped += dropped;
        self.stops += 1;
        self.format.duration_of(dropped)
    }

    /// The time of a frame has passed: as much of the queue was heard, if there was any.
    pub(super) fn play(&mut self) {
        let left = self.queue.len_bytes();
        let Some(mut frame) = self.queue.pad() else {
            return;
        };
        // Silence that only fills up was not said.
        let said = frame.split_to(left / 2).into_bytes();
        self.heard += said.len();
        self.kept += said.len();
        self.played.push_back(said);
        while self.kept > self.format.bytes_for(KEPT)
            && let Some(oldest) = self.played.pop_front()
        {
            self.kept -= oldest.len();
        }
    }

    pub(super) fn heard(&self) -> HeardAudio {
        let mut bytes = Vec::with_capacity(self.kept);
        for piece in &self.played {
            bytes.extend_from_slice(piece);
        }
        HeardAudio {
            format: self.format,
            // Pieces are of whole samples.
            audio: AudioChunk::from_bytes(bytes).unwrap_or_default(),
        }
    }

    pub(super) fn status(&self, seen: &Seen) -> StreamStatus {
        StreamStatus {
            subscription_id: seen.subscription_id.clone(),
            call_connection_id: seen.connection.clone(),
            media: seen.media,
            connected: self.connected,
            connections: self.connections,
            frames_sent: self.frames_sent,
            heard: self.format.duration_of(self.heard),
            queued: self.format.duration_of(self.queue.len_bytes()),
            dropped: self.format.duration_of(self.dropped),
            stops: self.stops,
            unreadable: self.unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_heard_at_its_pace_and_without_filling() {
        let mut playback = Playback::new(PcmFormat::Pcm16KMono);
        playback.play();
        playback.queue((0..500).collect());
        playback.play();
        assert_eq!(playback.heard().audio.to_vec(), (0..320).collect::<Vec<_>>());
        playback.play();
        playback.play();
        playback.queue((500..600).collect());
        playback.play();
        assert_eq!(playback.heard().audio.to_vec(), (0..600).collect::<Vec<_>>());
    }

    #[test]
    fn a_stop_drops_what_waits_and_nothing_else() {
        let mut playback = Playback::new(PcmFormat::Pcm24KMono);
        playback.queue(AudioChunk::silence(24_000));
        playback.play();
        assert_eq!(playback.stop(), Duration::from_millis(980));
        playback.play();
        assert_eq!(playback.heard().audio.len(), 480);
        assert_eq!((playback.stops, playback.has_room()), (1, true));
        playback.queue(AudioChunk::silence(24_000 * 300));
        assert!(!playback.has_room());
    }

    #[test]
    fn only_the_last_five_minutes_are_kept() {
        let mut playback = Playback::new(PcmFormat::Pcm16KMono);
        for _ in 0..2 {
            playback.queue(AudioChunk::silence(16_000 * 200));
            for _ in 0..200 * 50 {
                playback.play();
            }
        }
        assert_eq!(playback.heard().audio.len(), 16_000 * 300);
        assert_eq!(
            playback.format.duration_of(playback.heard),
            Duration::from_secs(400)
        );
    }
}
