//! A call in progress: the handle, its properties, and its end.

mod add;
#[cfg(feature = "events")]
mod events;
mod participants;
mod transfer;

use std::fmt;
use std::sync::Arc;

use acs_common::{CallConnectionId, OperationContext};

use crate::{CallAutomationClient, CallConnectionProperties, Error, wire};

pub use add::{
    AddParticipantOptions, AddParticipantResult, CancelAddParticipantOperationOptions,
    CancelAddParticipantResult,
};
pub use participants::{
    MoveParticipantsOptions, MoveParticipantsResult, MuteParticipantOptions, MuteParticipantResult,
    RemoveParticipantOptions, RemoveParticipantResult,
};
pub use transfer::{TransferResult, TransferToParticipantOptions};

/// One leg: the application's view of a call.
///
/// Cheap to clone, and meant to move into tasks. It holds no state of the call: every method asks the
/// service, or with feature `events` the event hub of the client.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: acs_call_automation::CallAutomationClient) -> Result<(), acs_call_automation::Error> {
/// use acs_call_automation::{AddParticipantOptions, CallInvite};
/// use std::time::Duration;
///
/// let call = client.call_connection("03009180-465d-4342-b871-4e02e2474f93");
/// // The short form …
/// call.add_participant(CallInvite::user("8:acs:resource_agent")).await?;
/// // … and the one with options, of the same method.
/// call.add_participant(
///     AddParticipantOptions::new(CallInvite::phone("+16041234567", "+16044561234"))
///         .operation_context("supervisor")
///         .invitation_timeout(Duration::from_secs(30)),
/// )
/// .await?;
/// call.hang_up(true).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CallConnection(Arc<Inner>);

struct Inner {
    client: CallAutomationClient,
    id: CallConnectionId,
    opening: Option<Opening>,
}

/// What is known of a call that this handle's client created, answered or joined.
struct Opening {
    operation_context: OperationContext,
    properties: CallConnectionProperties,
}

impl CallConnection {
    pub(crate) fn attached(client: &CallAutomationClient, id: CallConnectionId) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            id,
            opening: None,
        }))
    }

    pub(crate) fn opened(
        client: &CallAutomationClient,
        operation_context: OperationContext,
        properties: CallConnectionProperties,
    ) -> Self {
        Self(Arc::new(Inner {
            client: client.clone(),
            id: properties.call_connection_id.clone(),
            opening: Some(Opening {
                operation_context,
                properties,
            }),
        }))
    }

    /// The id of this leg.
    pub fn id(&self) -> &CallConnectionId {
        &self.0.id
    }

    /// The client that this handle came from.
    pub fn client(&self) -> &CallAutomationClient {
        &self.0.client
    }

    /// What the service said when the call was created, answered or joined; `None` for a handle made from
    /// an id. [`properties`](Self::properties) asks for the present state.
    pub fn initial_properties(&self) -> Option<&CallConnectionProperties> {
        self.0.opening.as_ref().map(|opening| &opening.properties)
    }

    /// The operation context that the call was created, answered or joined with, given or made up; `None`
    /// for a handle made from an id. `CallConnected` and `CallDisconnected` carry it.
    pub fn operation_context(&self) -> Option<&OperationContext> {
        self.0.opening.as_ref().map(|opening| &opening.operation_context)
    }

    pub(crate) fn rest(&self) -> &acs_call_rest::Client {
        self.0.client.rest()
    }

    /// The id, for the path of a request.
    pub(crate) fn checked_id(&self) -> Result<&CallConnectionId, Error> {
        wire::call_connection_id("call_connection_id", &self.0.id)?;
        Ok(&self.0.id)
    }

    /// Gets the present state of the call.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the call has ended: the service forgets it within 2 s
    /// (recorded traffic). Otherwise as the service refuses.
    pub async fn properties(&self) -> Result<CallConnectionProperties, Error> {
        const OPERATION: &str = "get call properties";
        let reply = self
            .rest()
            .get_call(self.checked_id()?)
            .await
            .map_err(|error| Error::rest(OPERATION, error))?;
        wire::properties(OPERATION, reply.into_inner())
    }

    /// Hangs up: for everyone, or only this application's leg. A call of two ends for both either way.
    ///
    /// Event that follows: `CallDisconnected`, 0.5 to 2 s later (recorded traffic), the last event of the
    /// leg.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when the call has ended already. Otherwise as the service
    /// refuses.
    pub async fn hang_up(&self, for_everyone: bool) -> Result<(), Error> {
        let id = self.checked_id()?;
        if for_everyone {
            self.rest().terminate_call(id).await
        } else {
            self.rest().hangup_call(id).await
        }
        .map_err(|error| Error::rest("hang up", error))?;
        Ok(())
    }
}

impl fmt::Debug for CallConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallConnection")
            .field("id", &self.0.id)
            .field("operation_context", &self.operation_context())
            .finish_non_exhaustive()
    }
}

impl PartialEq for CallConnection {
    /// Two handles are equal when they are of the same leg.
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for CallConnection {}
