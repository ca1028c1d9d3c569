//! Media streaming and transcription of Azure Communication Services Call Automation (API version 2026-03-12):
//! the frames that travel over the WebSocket, typed.

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
