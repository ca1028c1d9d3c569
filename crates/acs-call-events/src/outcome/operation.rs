//! What an operation is to the wait for its outcome.

use acs_common::OperationContext;

use crate::CallEvent;
use crate::hub::LogKey;

mod sealed {
    use super::{CallEvent, LogKey, Start, Verdict};

    /// The parts of an operation that only this crate sees.
    pub trait Rules {
        type Decided;

        fn key(&self) -> LogKey;

        fn start(&self) -> Start {
            Start::Beginning
        }

        fn judge(&mut self, event: &CallEvent) -> Verdict<Self::Decided>;
    }
}

pub(crate) use sealed::Rules;

/// An operation whose outcome can be waited for. Implemented by the types of this module, and by nothing
/// else.
pub trait Operation: sealed::Rules<Decided = <Self as Operation>::Success> + Send + Unpin + 'static {
    /// What success is.
    type Success: Send + Unpin + 'static;

    #[doc(hidden)]
    fn log_key(&self) -> LogKey {
        self.key()
    }
}

/// Where the wait begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first event that is kept: the events of the operation are told by its context.
    Beginning,
    /// At the newest roster: what counts is the present state.
    NewestRoster,
}

/// What an event means for an operation.
#[derive(Debug)]
pub enum Verdict<S> {
    /// Nothing.
    Unrelated,
    /// It succeeded.
    Success(S),
    /// It failed.
    Failed,
    /// It was canceled.
    Canceled,
}

/// Whether an event carries the context of an operation, or the operation has none.
pub(crate) fn has_context(event: &CallEvent, context: Option<&OperationContext>) -> bool {
    context.is_none_or(|context| event.operation_context() == Some(context))
}
