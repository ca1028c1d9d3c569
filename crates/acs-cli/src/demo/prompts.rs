//! The files that the demonstration's application plays, and the address of its transcripts.

use std::io::Cursor;

use acs_call_streaming::frame::TranscriptionData;
use acs_call_streaming::server::axum::router;
use acs_call_streaming::{MediaSession, ServiceFrame, StreamingServer};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use futures::StreamExt as _;
use tokio::sync::broadcast;

/// How many texts may wait to be looked at.
const TEXTS: usize = 64;

/// What the service transcribed, as the application received it.
#[derive(Clone, Debug)]
pub(crate) struct Transcripts(broadcast::Sender<TranscriptionData>);

impl Transcripts {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(TEXTS).0)
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<TranscriptionData> {
        self.0.subscribe()
    }

    async fn take(self, session: MediaSession) {
        let (mut frames, _sender) = session.split();
        while let Some(frame) = frames.next().await {
            match frame {
                Ok(ServiceFrame::TranscriptionData(text)) => {
                    // Nobody may be listening, which is no fault.
                    let _ = self.0.send(text);
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a frame of a transcript cannot be read"),
            }
        }
    }
}

/// `/prompts/welcome.wav`, which can be played; `/prompts/notes.txt`, which cannot; and `/transcript`, where the
/// service delivers what is said.
pub(crate) fn routes(server: StreamingServer, transcripts: &Transcripts) -> anyhow::Result<axum::Router> {
    let welcome = chime()?;
    let transcripts = transcripts.clone();
    Ok(axum::Router::new()
        .route(
            "/prompts/welcome.wav",
            get(move || async move { ([(CONTENT_TYPE, "audio/wav")], welcome).into_response() }),
        )
        .route(
            "/prompts/notes.txt",
            get(|| async { "these are notes, not music" }),
        )
        .nest(
            "/transcript",
            router(server, move |session| transcripts.clone().take(session)),
        ))
}

/// Half a second of a chime, as the service wants it: WAV, one channel, 16 bits, 16 kHz.
fn chime() -> anyhow::Result<Vec<u8>> {
    const RATE: u32 = 16_000;
    const PITCH: f64 = 880.0;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec)?;
    let samples = RATE / 2;
    for number in 0..samples {
        let seconds = f64::from(number) / f64::from(RATE);
        let fading = 1.0 - f64::from(number) / f64::from(samples);
        let height = (seconds * PITCH * std::f64::consts::TAU).sin() * fading * 8_000.0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the height is far below the bounds"
        )]
        writer.write_sample(height as i16)?;
    }
    writer.finalize()?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chime_is_what_the_service_plays() {
        let reader = hound::WavReader::new(Cursor::new(chime().unwrap())).unwrap();
        let spec = reader.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (1, 16_000, 16)
        );
        assert_eq!(reader.duration(), 8_000);
        let loudest = reader
            .into_samples::<i16>()
            .map(|sample| sample.unwrap().unsigned_abs())
            .max();
        assert!(loudest.unwrap() > 4_000);
    }
}
