//! Lists that the service gives page by page.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::FusedStream;

use crate::{CallConnection, CallParticipant, Error, wire};

const OPERATION: &str = "list participants";

type Page = Result<(Vec<CallParticipant>, Option<String>), Error>;
type Request = Pin<Box<dyn Future<Output = Page> + Send>>;

/// The participants of a call, a stream of `Result<CallParticipant, Error>`. Made by
/// [`CallConnection::list_participants`].
///
/// Nothing is asked before it is polled, and the next page not before the last is used up. It ends with
/// the last page, or after the first error. Dropping it stops it.
#[must_use = "a stream does nothing unless it is polled"]
pub struct ListParticipants {
    pages: ParticipantPages,
    page: std::vec::IntoIter<CallParticipant>,
}

impl ListParticipants {
    pub(crate) fn new(call: CallConnection) -> Self {
        Self {
            pages: ParticipantPages {
                call,
                step: Step::First,
            },
            page: Vec::new().into_iter(),
        }
    }

    /// The same list page by page, as the service cuts it. What was taken as single participants before is
    /// not given again; the rest of that page is dropped.
    pub fn pages(self) -> ParticipantPages {
        self.pages
    }
}

impl Stream for ListParticipants {
    type Item = Result<CallParticipant, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(participant) = self.page.next() {
                return Poll::Ready(Some(Ok(participant)));
            }
            match Pin::new(&mut self.pages).poll_next(context) {
                Poll::Ready(Some(Ok(page))) => self.page = page.into_iter(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl FusedStream for ListParticipants {
    fn is_terminated(&self) -> bool {
        self.page.as_slice().is_empty() && self.pages.is_terminated()
    }
}

impl fmt::Debug for ListParticipants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListParticipants")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

/// The participants of a call page by page, a stream of `Result<Vec<CallParticipant>, Error>`. Made by
/// [`ListParticipants::pages`].
#[must_use = "a stream does nothing unless it is polled"]
pub struct ParticipantPages {
    call: CallConnection,
    step: Step,
}

enum Step {
    First,
    Next(String),
    /// Asked for the page of this link; the first has none.
    Asked(Option<String>, Request),
    Done,
}

impl ParticipantPages {
    fn request(&self, link: Option<String>) -> Request {
        let call = self.call.clone();
        Box::pin(async move {
            let rest = call.client().rest();
            let reply = match link {
                None => {
                    wire::call_connection_id("call_connection_id", call.id())?;
                    rest.get_participants(call.id()).await
                }
                Some(link) => rest.get_participants_page(&link).await,
            }
            .map_err(|error| Error::rest(OPERATION, error).of_the_service())?;
            wire::participants_page(OPERATION, reply.into_inner())
        })
    }
}

impl Stream for ParticipantPages {
    type Item = Result<Vec<CallParticipant>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.step, Step::Done) {
                Step::Done => return Poll::Ready(None),
                Step::First => self.step = Step::Asked(None, self.request(None)),
                Step::Next(link) => {
                    let request = self.request(Some(link.clone()));
                    self.step = Step::Asked(Some(link), request);
                }
                Step::Asked(link, mut request) => match request.as_mut().poll(context) {
                    Poll::Pending => {
                        self.step = Step::Asked(link, request);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok((page, next))) => {
                        match next {
                            None => {}
                            // A list that leads back to where it is would never end.
                            Some(next) if Some(&next) == link.as_ref() => {
                                return Poll::Ready(Some(Err(Error::unexpected(
                                    OPERATION,
                                    "the service's answer links to itself as the next page",
                                ))));
                            }
                            Some(next) => self.step = Step::Next(next),
                        }
                        return Poll::Ready(Some(Ok(page)));
                    }
                },
            }
        }
    }
}

impl FusedStream for ParticipantPages {
    fn is_terminated(&self) -> bool {
        matches!(self.step, Step::Done)
    }
}

impl fmt::Debug for ParticipantPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &self.step {
            Step::First => "first page",
            Step::Next(_) => "next page",
            Step::Asked(..) => "asked",
            Step::Done => "done",
        };
        f.debug_struct("ParticipantPages")
            .field("call", self.call.id())
            .field("step", &step)
            .finish()
    }
}
