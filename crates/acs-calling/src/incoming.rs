//! A call that rings.

use std::fmt;
use std::sync::Arc;

use crate::agent::Shared;
use crate::agent::cells::{IncomingCell, lock};
use crate::call::Call;
use crate::changes::Changes;
use crate::error::{Error, ErrorKind};
use crate::machine::IncomingEnd;
use crate::protocol::{CallEndReason, CallId, CallerInfo, CustomContext};

/// How a call is taken.
#[derive(Clone, Debug, Default)]
#[must_use]
#[non_exhaustive]
pub struct AcceptCallOptions {
    /// Whether it begins muted.
    pub muted: bool,
}

impl AcceptCallOptions {
    /// Sets whether it begins muted.
    pub fn muted(mut self, muted: bool) -> Self {
        self.muted = muted;
        self
    }
}

impl From<()> for AcceptCallOptions {
    fn from((): ()) -> Self {
        Self::default()
    }
}

/// A call that rings. It ends exactly once: accepted or rejected here, or ended by somebody else.
///
/// Clones are the same call. Dropping one does not decline it: it rings on until somebody answers or gives up.
#[derive(Clone)]
pub struct IncomingCall {
    agent: Arc<Shared>,
    pub(crate) cell: Arc<IncomingCell>,
}

impl IncomingCall {
    pub(crate) fn new(agent: &Arc<Shared>, cell: Arc<IncomingCell>) -> Self {
        Self {
            agent: Arc::clone(agent),
            cell,
        }
    }

    /// What the call is called, here and once it is accepted.
    pub fn id(&self) -> &CallId {
        &self.cell.id
    }

    /// The original caller; after a transfer, the transferee.
    pub fn caller_info(&self) -> CallerInfo {
        lock(&self.cell.who).0.clone()
    }

    /// Each change of the caller: names may come late. It ends with the ringing.
    #[doc(alias = "callerInfoChanged")]
    pub fn caller_info_changes(&self) -> Changes<CallerInfo> {
        self.cell.callers.starting_first()
    }

    /// Who transferred or forwarded the call here.
    pub fn transferor_info(&self) -> Option<CallerInfo> {
        lock(&self.cell.who).1.clone()
    }

    /// Each change of the transferor. It ends with the ringing.
    #[doc(alias = "transferorInfoChanged")]
    pub fn transferor_info_changes(&self) -> Changes<Option<CallerInfo>> {
        self.cell.transferors.starting_first()
    }

    /// Headers that came along.
    pub fn custom_context(&self) -> Option<&CustomContext> {
        self.cell.custom_context.as_ref()
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<IncomingEnd> {
        *lock(&self.cell.end)
    }

    /// Why it ended, where somebody else ended it.
    pub fn call_end_reason(&self) -> Option<CallEndReason> {
        match self.end() {
            Some(IncomingEnd::Ended(reason)) => Some(reason),
            _ => None,
        }
    }

    /// How it ends: one item, also for who comes late.
    #[doc(alias = "callEnded")]
    pub fn ended(&self) -> Changes<IncomingEnd> {
        self.cell.ends.starting_first()
    }

    /// Takes the call. Calls that are connected are put on hold when this one is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoLongerRinging`] when somebody was faster, with the reason where it is known;
    /// [`ErrorKind::NotConnected`] while there is no connection: it may ring on then, and a clone can be accepted.
    pub async fn accept(self, options: impl Into<AcceptCallOptions>) -> Result<Call, Error> {
        let muted = options.into().muted;
        let core = &self.agent.core;
        let id = self.id();
        let answer = core.ask(|machine, now| machine.accept(now, id, muted).map(Some));
        let cell = core.cell(id);
        answer.await.map_err(|error| self.explained(error))?;
        let cell =
            cell.ok_or_else(|| self.explained(Error::new(ErrorKind::NoLongerRinging, "it was accepted")))?;
        Ok(Call::new(&self.agent, cell))
    }

    /// Declines the call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoLongerRinging`] when it does not ring any more.
    pub async fn reject(self) -> Result<(), Error> {
        let id = self.id();
        let answer = self
            .agent
            .core
            .ask(|machine, now| machine.reject(now, id).map(Some));
        answer.await.map_err(|error| self.explained(error))
    }

    /// Adds why it does not ring any more.
    fn explained(&self, error: Error) -> Error {
        match (error.kind(), self.call_end_reason()) {
            (ErrorKind::NoLongerRinging, Some(reason)) => error.with_reason(reason),
            _ => error,
        }
    }
}

impl fmt::Debug for IncomingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IncomingCall")
            .field("id", self.id())
            .field("caller_info", &self.caller_info())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}
