//! What the service says, as a stream.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::stream::FusedStream;
use futures::{Stream, StreamExt as _};

use super::outgoing::{End, Handle, Outgoing};
use super::{BoxError, Incoming};
use crate::{Error, ErrorKind, ServiceFrame};

/// How long the service may take to answer our close.
const CLOSING_WAITS: Duration = Duration::from_secs(5);

/// The frames of a stream in their order, beginning with the metadata.
///
/// - A message that is not a frame is an `Err` of [`ErrorKind::InvalidFrame`]; the frames go on after it. Any other
///   error ends the stream.
/// - Nothing is read ahead. Who does not poll holds up the service through TCP instead of filling memory; the
///   service may then drop the connection, so slow work belongs into another task behind a bounded channel whose
///   overflow the application decides about.
/// - Pings are answered while it is polled.
/// - Cancel-safe: a `next()` that is dropped loses nothing.
/// - Once it is dropped, what comes is read and dropped, so an application that only speaks drops it.
/// - It ends when the service closes the WebSocket, which it does when streaming is stopped or the call ends.
#[must_use = "streams do nothing unless polled"]
pub struct MediaFrames {
    first: Option<Result<ServiceFrame, Error>>,
    /// `None` once the connection has ended.
    incoming: Option<Incoming>,
    queue: Handle,
}

impl MediaFrames {
    pub(super) fn new(first: Result<ServiceFrame, Error>, incoming: Incoming, queue: Arc<Outgoing>) -> Self {
        Self {
            first: Some(first),
            incoming: Some(incoming),
            queue: Handle::new(queue),
        }
    }
}

impl Stream for MediaFrames {
    type Item = Result<ServiceFrame, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(first));
        }
        let Some(incoming) = &mut this.incoming else {
            return Poll::Ready(None);
        };
        let error = match ready!(incoming.poll_next_unpin(cx)) {
            Some(Ok(message)) => return Poll::Ready(Some(ServiceFrame::parse(&message))),
            Some(Err(error)) => Some(broken(error)),
            None => None,
        };
        this.incoming = None;
        this.queue
            .end(if error.is_some() { End::Broken } else { End::Closed });
        Poll::Ready(error.map(Err))
    }
}

/// Whoever only speaks must not hold up the service: what comes is read and dropped. It also lets the close arrive,
/// for a connection with something unread is reset.
impl Drop for MediaFrames {
    fn drop(&mut self) {
        if let Some(incoming) = self.incoming.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(discard(incoming, self.queue.shared()));
        }
    }
}

async fn discard(mut incoming: Incoming, queue: Arc<Outgoing>) {
    let patience = async {
        queue.finished().await;
        tokio::time::sleep(CLOSING_WAITS).await;
    };
    tokio::pin!(patience);
    loop {
        tokio::select! {
            message = incoming.next() => match message {
                Some(Ok(_)) => {}
                Some(Err(_)) => return queue.end(End::Broken),
                None => return queue.end(End::Closed),
            },
            () = &mut patience => return,
        }
    }
}

impl FusedStream for MediaFrames {
    fn is_terminated(&self) -> bool {
        self.first.is_none() && self.incoming.is_none()
    }
}

impl fmt::Debug for MediaFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFrames")
            .field("ended", &self.incoming.is_none())
            .finish_non_exhaustive()
    }
}

/// Why a connection ended.
pub(super) fn broken(error: BoxError) -> Error {
    #[cfg(any(feature = "axum", feature = "tungstenite"))]
    if crate::server::is_too_large(&*error) {
        return Error::new(ErrorKind::MessageTooLarge, "a message was larger than the limit")
            .with_source(error);
    }
    Error::new(ErrorKind::Connection, "the connection broke off").with_source(error)
}
