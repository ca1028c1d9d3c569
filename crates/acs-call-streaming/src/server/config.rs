//! Bounds of a session.

use std::time::Duration;

use crate::PcmFormat;

/// Bounds of sessions. The defaults suit a service that behaves.
#[derive(Clone, Debug)]
#[must_use]
pub struct StreamingConfig {
    pub(crate) queue: Duration,
    pub(crate) first_frame: Duration,
    pub(crate) handshake: Duration,
    pub(crate) max_message: usize,
    pub(crate) fallback: PcmFormat,
}

impl Default for StreamingConfig {
    fn default() -> Self {
        Self {
            queue: Duration::from_secs(1),
            first_frame: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            max_message: 64 * 1024,
            fallback: PcmFormat::default(),
        }
    }
}

impl StreamingConfig {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// How much outgoing audio may wait before the sender is held up: 1 s unless set, at least a frame. One chunk
    /// may exceed it.
    pub fn queue(mut self, audio: Duration) -> Self {
        self.queue = audio.max(crate::FRAME_DURATION);
        self
    }

    /// How long the first frame, which describes the stream, may take: 10 s unless set.
    pub fn first_frame_timeout(mut self, timeout: Duration) -> Self {
        self.first_frame = timeout;
        self
    }

    /// How long a bare connection may take over its request, authorization included: 10 s unless set. With axum,
    /// that is the web server's business.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake = timeout;
        self
    }

    /// The largest message that is taken: 64 KiB unless set. A frame of audio is below 2 KiB; a transcription with
    /// many words is larger. More ends the connection.
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message = bytes;
        self
    }

    /// The format of outgoing audio when the first frame does not tell: 16 kHz unless set.
    pub fn fallback_format(mut self, format: PcmFormat) -> Self {
        self.fallback = format;
        self
    }
}
