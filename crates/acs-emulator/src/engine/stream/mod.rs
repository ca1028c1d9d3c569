//! The audio and the text of a call, on their way to the application's WebSockets: what is asked for, and how far
//! each stream of a leg is. The sockets themselves are the host's: it is told to open and close them
//! ([`Effect::Stream`](super::Effect::Stream)) and tells what became of that
//! ([`Command::StreamNews`](super::Command::StreamNews)).
//!
//! | module | holds |
//! |---|---|
//! | `command` | what the application sets up, and what the host is told and tells |
//! | `model` | the streams of a leg |
//! | `life` | how a stream opens, breaks and closes, and who is heard in it |
//! | `update` | the words for that in events |

mod command;
mod life;
mod model;
mod update;

pub use command::{
    ControlStream, MediaStreamingOptions, OpenStream, StartTranscription, StreamContent, StreamKey,
    StreamNews, StreamOrder, TranscriptionOptions, UpdateTranscription,
};
pub(super) use life::{ask, close};
pub(super) use model::{OpenStreams, Stream, Streams, Track};
pub use update::{MediaStreamingUpdate, StreamDetails, TranscriptionUpdate};
