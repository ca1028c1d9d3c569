//! One user or telephone, driven by hand.

use std::fmt;

use acs_common::{CommunicationIdentifier, ServerCallId, Tones};

use crate::engine::{
    CallLocator, Command, CustomContext, Input, PartyAction, PlaceCall, RejectReason, Reply,
};
use crate::host::Host;
use crate::{Error, ErrorKind};

/// A user or a telephone outside of the application. What it does by itself, its script says; this handle
/// makes it do something now.
#[derive(Clone)]
pub struct Party {
    host: Host,
    identity: CommunicationIdentifier,
}

impl Party {
    pub(crate) fn new(host: Host, identity: CommunicationIdentifier) -> Self {
        Self { host, identity }
    }

    /// Who it is.
    pub fn identity(&self) -> &CommunicationIdentifier {
        &self.identity
    }

    /// Answers the call that rings longest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when nothing rings.
    pub fn answer(&self) -> Result<(), Error> {
        self.act(PartyAction::Answer)
    }

    /// Rejects the call that rings longest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when nothing rings.
    pub fn reject(&self, reason: RejectReason) -> Result<(), Error> {
        self.act(PartyAction::Reject(reason))
    }

    /// Leaves every call it is in, and stops ringing others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when it is in no call.
    pub fn hang_up(&self) -> Result<(), Error> {
        self.act(PartyAction::HangUp)
    }

    /// Presses keys in every call it is in, 1 to 18 at once and in this order: `0`-`9`, `*`, `#`, `A`-`D`. A
    /// recognition or a continuous recognition that listens to it hears them; otherwise they are lost.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when something else than keys is given, [`ErrorKind::NotFound`] when it is
    /// in no call.
    pub fn press(&self, tones: &str) -> Result<(), Error> {
        let tones: Tones = tones
            .parse()
            .map_err(|source: acs_common::Error| Error::new(ErrorKind::InvalidInput, source.to_string()))?;
        self.act(PartyAction::Input(Input::Press { tones }))
    }

    /// Says something in every call it is in. A recognition of speech that listens to it hears it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when it is in no call.
    pub fn say(&self, text: &str) -> Result<(), Error> {
        let text = text.to_owned();
        self.act(PartyAction::Input(Input::Say { text }))
    }

    /// Places a call to a user or a number. Where that is the application's, it is offered the call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when nobody can be reached there.
    pub fn call(&self, to: impl Into<CommunicationIdentifier>) -> Result<ServerCallId, Error> {
        self.call_with(to, "", CustomContext::default())
    }

    /// Places a call, with a name and headers for whoever is called.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when nobody can be reached there.
    pub fn call_with(
        &self,
        to: impl Into<CommunicationIdentifier>,
        display_name: &str,
        custom_context: CustomContext,
    ) -> Result<ServerCallId, Error> {
        self.outside(Command::PlaceCall(PlaceCall {
            from: self.identity.clone(),
            to: to.into(),
            display_name: (!display_name.is_empty()).then(|| display_name.to_owned()),
            custom_context,
        }))
    }

    /// Joins a group call or a room by itself; a group call begins with its first party.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is no such call or room, or it may not be joined.
    pub fn join(&self, locator: CallLocator) -> Result<ServerCallId, Error> {
        self.outside(Command::JoinCall {
            locator,
            party: self.identity.clone(),
            muted: false,
        })
    }

    fn act(&self, action: PartyAction) -> Result<(), Error> {
        let raw_id = self.identity.raw_id().into_owned();
        self.apply(Command::PartyAction { raw_id, action }).map(drop)
    }

    fn outside(&self, command: Command) -> Result<ServerCallId, Error> {
        match self.apply(command)? {
            Reply::Outside { server_call_id } => Ok(server_call_id),
            _ => Err(Error::new(ErrorKind::NotFound, "there is no call")),
        }
    }

    fn apply(&self, command: Command) -> Result<Reply, Error> {
        self.host.command(command).map_err(|source| {
            Error::new(
                ErrorKind::NotFound,
                format!("{} cannot do that now", self.identity.raw_id()),
            )
            .with_source(source)
        })
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
