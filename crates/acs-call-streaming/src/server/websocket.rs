//! What both faces share.

use std::error::Error as StdError;

use tokio_tungstenite::tungstenite;

/// How much of a connection is read at a time. Frames are below 2 KiB, and there may be many connections.
pub(super) const READ_BUFFER: usize = 16 * 1024;

/// Whether a connection ended because of a message over the limit.
pub(crate) fn is_too_large(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tungstenite::Error::Capacity(_)) = error.downcast_ref() {
            return true;
        }
        next = error.source();
    }
    false
}
