//! What an accepted operation leaves in the hand: its context, and with feature `events` its outcome.

use acs_common::OperationContext;

use crate::{CallConnection, wire};

#[cfg(feature = "events")]
pub use waiting::PendingOutcome;

/// Knows the operation from before it is sent, so that events of an earlier operation with the same
/// context are not taken for its own.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    operation_context: OperationContext,
    #[cfg(feature = "events")]
    call: CallConnection,
    #[cfg(feature = "events")]
    since: acs_call_events::LogPosition,
}

impl Receipt {
    /// Begins an operation: makes up a context where none was given, and notes where the events are.
    pub(crate) fn new(call: &CallConnection, context: &mut Option<OperationContext>) -> Self {
        #[cfg(not(feature = "events"))]
        let _ = call;
        Self {
            operation_context: wire::settle_context(context),
            #[cfg(feature = "events")]
            call: call.clone(),
            #[cfg(feature = "events")]
            since: call
                .client()
                .event_hub()
                .map(|hub| hub.position(call.id()))
                .unwrap_or_default(),
        }
    }

    #[cfg_attr(
        test,
        allow(dead_code, reason = "a receipt of its own where a test needs one")
    )]
    pub(crate) fn operation_context(&self) -> &OperationContext {
        &self.operation_context
    }

    /// Where the events of the call ended when the operation began.
    #[cfg(feature = "events")]
    pub(crate) fn since(&self) -> acs_call_events::LogPosition {
        self.since
    }

    /// The number of the newest roster as of now.
    #[cfg(feature = "events")]
    pub(crate) fn roster(&self) -> Option<i32> {
        let hub = self.call.client().event_hub()?;
        hub.participants(self.call.id()).sequence_number()
    }
}

#[cfg(feature = "events")]
mod waiting {
    use std::fmt;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use acs_call_events::outcome::Operation;
    use acs_call_events::{CallEventHub, Outcome};
    use acs_common::{CallConnectionId, OperationContext};

    use super::Receipt;
    use crate::Error;

    impl Receipt {
        /// The outcome of an operation whose events carry its context.
        pub(crate) fn outcome<O: Operation>(
            &self,
            operation: impl FnOnce(&CallConnectionId, OperationContext) -> O,
        ) -> PendingOutcome<O> {
            let hub = self.call.client().event_hub();
            let operation = operation(self.call.id(), self.operation_context.clone());
            PendingOutcome::new(hub, operation).since(self.since)
        }
    }

    /// The wait for what became of an operation; a future.
    ///
    /// It ends with success, with the failure that the service reports, or with the end of the call; with a
    /// time-out only when one is asked for. An event that came before the wait is found. Without an event
    /// hub in the client it ends at once with [`NoEventHub`](crate::ErrorKind::NoEventHub).
    ///
    /// Which errors: [`OperationFailed`](crate::ErrorKind::OperationFailed),
    /// [`Canceled`](crate::ErrorKind::Canceled), [`CallEnded`](crate::ErrorKind::CallEnded),
    /// [`Timeout`](crate::ErrorKind::Timeout); [`Error::outcome_failure`] has the event and its codes.
    #[must_use = "a future does nothing unless it is awaited"]
    pub struct PendingOutcome<O>(Option<Outcome<O>>);

    impl<O: Operation> PendingOutcome<O> {
        pub(crate) fn new(hub: Option<&CallEventHub>, operation: O) -> Self {
            Self(hub.map(|hub| hub.outcome(operation)))
        }

        fn since(self, position: acs_call_events::LogPosition) -> Self {
            Self(self.0.map(|outcome| outcome.since(position)))
        }

        /// Gives up after that time, counted from now. The operation itself goes on.
        pub fn timeout(self, after: Duration) -> Self {
            Self(self.0.map(|outcome| outcome.timeout(after)))
        }
    }

    impl<O: Operation> Future for PendingOutcome<O> {
        type Output = Result<O::Success, Error>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            match &mut self.0 {
                None => Poll::Ready(Err(Error::no_event_hub())),
                Some(outcome) => Pin::new(outcome).poll(context).map_err(Error::outcome),
            }
        }
    }

    impl<O> fmt::Debug for PendingOutcome<O> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("PendingOutcome")
                .field("has_event_hub", &self.0.is_some())
                .finish_non_exhaustive()
        }
    }
}
