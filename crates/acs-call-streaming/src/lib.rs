//! Media streaming and transcription of Azure Communication Services Call Automation (API version 2026-03-12): the
//! application's side of the WebSocket that the service opens, as a `Stream` of typed frames and a `Sink` of audio
//! that speaks at the pace of speech.
//!
//! Without features this is frames and audio only, and plain data:
//!
//! ```
//! use acs_call_streaming::{ApplicationFrame, AudioChunk, ServiceFrame};
//!
//! let message = r#"{"kind":"AudioData","audioData":{"data":"AQACAA==","silent":false}}"#;
//! let ServiceFrame::AudioData(heard) = ServiceFrame::parse(message)? else {
//!     return Ok(());
//! };
//! let louder: AudioChunk = heard.audio.samples().map(|sample| sample.saturating_mul(2)).collect();
//! println!("{}", ApplicationFrame::AudioData(louder).to_json());
//! # Ok::<(), acs_call_streaming::Error>(())
//! ```
//!
//! | feature | adds |
//! |---|---|
//! | `server` | `StreamingServer`, which lets the service in and nobody else, and `MediaSession`, over any WebSocket |
//! | `axum` | `server::axum`: an extractor and a router |
//! | `tungstenite` | `StreamingServer::accept`: a bare connection, with `tokio-tungstenite` |
//!
//! | to | see |
//! |---|---|
//! | read and write frames | [`ServiceFrame`], [`ApplicationFrame`], [`frame`] |
//! | handle samples | [`AudioChunk`], [`PcmFormat`], [`Framer`] |
//! | take the service's WebSocket | `server`, `StreamingServer`, `Authorizer` |
//! | listen | `MediaFrames` and what it promises |
//! | speak, and stop speaking | `AudioSender`, `AudioControl::stop_audio` |
//!
//! The guide for newcomers is `docs/streaming.md`; figures are in `docs/performance.md`.

pub mod audio;
mod error;
pub mod frame;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod session;

pub use audio::{AudioChunk, FRAME_DURATION, Framer, PcmFormat};
pub use error::{Error, ErrorKind};
pub use frame::{ApplicationFrame, ServiceFrame};
#[cfg(feature = "server")]
pub use server::{Authorizer, Refusal, StreamRequest, StreamingConfig, StreamingServer};
#[cfg(feature = "server")]
pub use session::{AudioControl, AudioSender, MediaFrames, MediaSession};
