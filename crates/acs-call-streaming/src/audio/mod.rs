//! Audio as the service streams it: linear PCM, one channel, 16-bit samples in little-endian order.

mod chunk;
mod format;
mod framer;

pub use chunk::{AudioChunk, Samples};
pub use format::{FRAME_DURATION, PcmFormat};
pub use framer::Framer;
