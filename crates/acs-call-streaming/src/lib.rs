//! Media streaming and transcription of Azure Communication Services Call Automation (API version 2026-03-12):
//! the frames that travel over the WebSocket, typed.

pub mod audio;
mod error;
pub mod frame;

pub use audio::{AudioChunk, FRAME_DURATION, Framer, PcmFormat};
pub use error::{Error, ErrorKind};
pub use frame::{ApplicationFrame, ServiceFrame};
