//! A stream that was accepted: frames in, audio out.

mod frames;
mod outgoing;
mod pacer;
mod sender;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Sink, SinkExt as _, Stream, StreamExt as _, TryStreamExt as _};

pub use frames::MediaFrames;
pub use sender::{AudioControl, AudioSender};

use crate::frame::{AudioMetadata, TranscriptionMetadata};
use crate::server::{StreamRequest, StreamingConfig};
use crate::{Error, ErrorKind, PcmFormat, ServiceFrame};
use outgoing::Outgoing;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;
type Texts = Pin<Box<dyn Sink<String, Error = BoxError> + Send>>;

/// A stream of the service's: a [`Stream`] of its frames, and a way to speak. [`split`](Self::split) gives the two
/// apart.
///
/// A session is also a stream itself, for applications that only listen, as with a transcription. Dropping it
/// closes the WebSocket.
#[derive(Debug)]
#[must_use = "dropping a session closes the WebSocket"]
pub struct MediaSession {
    request: StreamRequest,
    audio: Option<AudioMetadata>,
    transcription: Option<TranscriptionMetadata>,
    frames: MediaFrames,
    sender: AudioSender,
}

impl MediaSession {
    /// A session on a WebSocket of any framework, once [`StreamingServer::admit`](crate::StreamingServer::admit) let
    /// the request in: `incoming` gives the payload of every text and binary message and ends with the connection,
    /// `outgoing` sends texts, and closes the WebSocket when it is closed. Waits for the first frame.
    ///
    /// Needs a tokio runtime, where the task runs that paces outgoing audio.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`] when the first frame does not come in time, [`ErrorKind::Connection`] or
    /// [`ErrorKind::MessageTooLarge`] when the connection ends before it.
    pub async fn open<I, O, IncomingError>(
        request: StreamRequest,
        incoming: I,
        outgoing: O,
        config: &StreamingConfig,
    ) -> Result<Self, Error>
    where
        I: Stream<Item = Result<Bytes, IncomingError>> + Send + 'static,
        IncomingError: Into<BoxError> + 'static,
        O: Sink<String> + Send + 'static,
        O::Error: Into<BoxError> + 'static,
    {
        let mut incoming: Incoming = Box::pin(incoming.map_err(Into::into));
        let outgoing: Texts = Box::pin(outgoing.sink_map_err(Into::into));
        let first = tokio::time::timeout(config.first_frame, incoming.next())
            .await
            .map_err(|_| Error::new(ErrorKind::TimedOut, "no frame in time"))?
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Connection,
                    "the connection ended before its first frame",
                )
            })?
            .map_err(frames::broken)?;
        let first = ServiceFrame::parse(&first);
        let (mut audio, mut transcription) = (None, None);
        match &first {
            Ok(ServiceFrame::AudioMetadata(metadata)) => audio = Some(metadata.clone()),
            Ok(ServiceFrame::TranscriptionMetadata(metadata)) => transcription = Some(metadata.clone()),
            _ => {}
        }
        let format = audio
            .as_ref()
            .and_then(AudioMetadata::format)
            .unwrap_or(config.fallback);
        let queue = Arc::new(Outgoing::new(format, format.bytes_for(config.queue)));
        let frames = MediaFrames::new(first, incoming, Arc::clone(&queue));
        let sender = AudioSender::new(Arc::clone(&queue));
        tokio::spawn(pacer::run(queue, outgoing));
        Ok(Self {
            request,
            audio,
            transcription,
            frames,
            sender,
        })
    }

    /// The request that opened it: of which call it is.
    pub fn request(&self) -> &StreamRequest {
        &self.request
    }

    /// How the audio is encoded; `None` when it is not a media stream.
    pub fn audio_metadata(&self) -> Option<&AudioMetadata> {
        self.audio.as_ref()
    }

    /// What is transcribed; `None` when it is not a transcription.
    pub fn transcription_metadata(&self) -> Option<&TranscriptionMetadata> {
        self.transcription.as_ref()
    }

    /// The format of the audio, in both directions.
    pub fn format(&self) -> PcmFormat {
        self.sender.format()
    }

    /// The frames and the way to speak, for two tasks. The WebSocket closes when both are dropped.
    pub fn split(self) -> (MediaFrames, AudioSender) {
        (self.frames, self.sender)
    }
}

/// The frames, see [`MediaFrames`].
impl Stream for MediaSession {
    type Item = Result<ServiceFrame, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.frames.poll_next_unpin(cx)
    }
}

#[cfg(test)]
mod tests;
