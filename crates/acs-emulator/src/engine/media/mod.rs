//! What is played and heard in a call.
//!
//! | module | holds |
//! |---|---|
//! | `command` | what the application may ask for |
//! | `model` | the operations of a leg, and how far they are |
//! | `queue` | how operations wait, begin and end |
//! | `files`, `length` | what is played, and how long it takes |
//! | `hear`, `recognize` | what parties let be heard, and what becomes of it |
//! | `fault` | failures of the service itself, on demand |
//! | `tones`, `hold` | continuous recognition and sending of tones; hold |

mod command;
mod fault;
mod files;
mod hear;
mod hold;
mod length;
mod model;
mod queue;
mod recognize;
mod request;
mod tones;

pub use command::{
    Choice, ContinuousDtmf, Expect, FetchFailure, FetchId, Fetched, Hold, Play, PlaySource, Recognize,
    SendDtmfTones, ToneRules, Unhold,
};
pub use fault::MediaFault;
pub(super) use model::{Files, Media, MediaKey, MediaTimer};
pub(super) use queue::{close, parked_by};
