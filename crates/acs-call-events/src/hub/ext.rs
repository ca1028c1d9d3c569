//! Adaptors for streams of events.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use crate::data::{CallDisconnected, EventKind};
use crate::{CallEvent, EventOf};

mod sealed {
    pub trait Sealed {}

    impl<S: futures::Stream<Item = crate::CallEvent>> Sealed for S {}
}

/// What every stream of events can do, besides what `futures::StreamExt` gives.
pub trait CallEventStreamExt: Stream<Item = CallEvent> + sealed::Sealed {
    /// Only the events of one type, as that type. Ends when the stream ends.
    ///
    /// Cancel-safe: a dropped `next()` has not taken an event of that type; events of other types that it
    /// passed over are passed over for this stream only.
    fn of_kind<T: EventKind>(self) -> OfKind<Self, T>
    where
        Self: Sized,
    {
        OfKind {
            stream: self,
            kind: PhantomData,
        }
    }

    /// Up to and including `CallDisconnected`, even where the stream itself would wait for what may come
    /// after it.
    ///
    /// Cancel-safe: a dropped `next()` has not taken an event; dropping the stream loses nothing for others.
    fn until_disconnected(self) -> UntilDisconnected<Self>
    where
        Self: Sized,
    {
        UntilDisconnected {
            stream: self,
            done: false,
        }
    }
}

impl<S: Stream<Item = CallEvent>> CallEventStreamExt for S {}

pin_project_lite::pin_project! {
    /// See [`CallEventStreamExt::of_kind`].
    #[derive(Debug)]
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct OfKind<S, T> {
        #[pin]
        stream: S,
        kind: PhantomData<fn() -> T>,
    }
}

impl<S: Stream<Item = CallEvent>, T: EventKind> Stream for OfKind<S, T> {
    type Item = EventOf<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<EventOf<T>>> {
        let mut this = self.project();
        loop {
            match this.stream.as_mut().poll_next(context) {
                Poll::Ready(Some(event)) => {
                    if let Ok(event) = event.into_kind() {
                        return Poll::Ready(Some(event));
                    }
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

pin_project_lite::pin_project! {
    /// See [`CallEventStreamExt::until_disconnected`].
    #[derive(Debug)]
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct UntilDisconnected<S> {
        #[pin]
        stream: S,
        done: bool,
    }
}

impl<S: Stream<Item = CallEvent>> Stream for UntilDisconnected<S> {
    type Item = CallEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<CallEvent>> {
        let this = self.project();
        if *this.done {
            return Poll::Ready(None);
        }
        let polled = this.stream.poll_next(context);
        if let Poll::Ready(event) = &polled {
            *this.done = event.as_ref().is_none_or(CallEvent::is_kind::<CallDisconnected>);
        }
        polled
    }
}
