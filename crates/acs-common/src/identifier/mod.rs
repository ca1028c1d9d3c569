//! Who takes part in a call: users, telephones, Teams users and applications.
//!
//! One value, three forms. [`CommunicationIdentifier`] is the Rust form; [`raw_id`](CommunicationIdentifier::raw_id)
//! is its text (the MRI, `8:acs:…`, `4:+1…`); serde gives the wire form of API version 2026-03-12, an object
//! with `rawId`, `kind` and one member that depends on the kind. All three convert without loss.

mod kinds;
mod raw_id;
mod wire;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

pub use kinds::{
    CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier, MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier, TeamsExtensionUserIdentifier, UnknownIdentifier,
};

use crate::PhoneNumber;
use crate::enums::CommunicationIdentifierModelKind as Kind;

/// A participant of a call, or somebody who may become one.
///
/// Two identifiers are equal when their raw ids are, which is how the official SDKs compare them.
///
/// Reading the wire form is lenient, because requests and responses of the service and of the SDKs differ:
/// `kind` may be absent, `rawId` alone or the inner object alone is enough, `null` and unknown members are
/// ignored. An identifier of a kind that is unknown here is kept by its raw id.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CommunicationIdentifier {
    /// A user of an ACS resource, or an application that takes part as one.
    CommunicationUser(CommunicationUserIdentifier),
    /// A telephone.
    PhoneNumber(PhoneNumberIdentifier),
    /// A Teams user, or an anonymous visitor of a Teams meeting.
    MicrosoftTeamsUser(MicrosoftTeamsUserIdentifier),
    /// A Teams application, such as a voice app.
    MicrosoftTeamsApp(MicrosoftTeamsAppIdentifier),
    /// A Teams user in the Teams Phone extensibility scenario, seen from an ACS resource.
    TeamsExtensionUser(TeamsExtensionUserIdentifier),
    /// Anything else, by its raw id.
    Unknown(UnknownIdentifier),
}

impl CommunicationIdentifier {
    /// Reads a raw id. Never fails: a text of no known form is an [`Unknown`](Self::Unknown) identifier.
    ///
    /// The forms are those of the official SDKs 1.6.0; where JavaScript and Python differ (a suffix that
    /// holds `:`), the wider rule of Python is followed.
    #[doc(alias = "createIdentifierFromRawId")]
    pub fn from_raw_id(raw_id: &str) -> Self {
        raw_id::parse(raw_id)
    }

    /// The raw id, also called MRI: what the service knows the party by.
    #[doc(alias = "getIdentifierRawId")]
    pub fn raw_id(&self) -> Cow<'_, str> {
        match self {
            Self::CommunicationUser(user) => user.raw_id(),
            Self::PhoneNumber(phone) => phone.raw_id(),
            Self::MicrosoftTeamsUser(user) => user.raw_id(),
            Self::MicrosoftTeamsApp(app) => app.raw_id(),
            Self::TeamsExtensionUser(user) => user.raw_id(),
            Self::Unknown(unknown) => Cow::Borrowed(unknown.raw_id()),
        }
    }

    /// The kind as the wire form names it.
    #[doc(alias = "getIdentifierKind")]
    pub fn kind(&self) -> Kind {
        match self {
            Self::CommunicationUser(_) => Kind::CommunicationUser,
            Self::PhoneNumber(_) => Kind::PhoneNumber,
            Self::MicrosoftTeamsUser(_) => Kind::MicrosoftTeamsUser,
            Self::MicrosoftTeamsApp(_) => Kind::MicrosoftTeamsApp,
            Self::TeamsExtensionUser(_) => Kind::TeamsExtensionUser,
            Self::Unknown(unknown) => unknown.kind().cloned().unwrap_or(Kind::Unknown),
        }
    }

    /// A user by id, `8:acs:<resource>_<user>`.
    pub fn user(id: impl Into<String>) -> Self {
        Self::CommunicationUser(CommunicationUserIdentifier::new(id))
    }

    /// A telephone by number. Nothing is checked here; parse a [`PhoneNumber`] to have E.164 checked.
    pub fn phone(number: impl Into<String>) -> Self {
        Self::PhoneNumber(PhoneNumberIdentifier::new(number))
    }

    /// The user, if it is one.
    pub fn as_communication_user(&self) -> Option<&CommunicationUserIdentifier> {
        match self {
            Self::CommunicationUser(user) => Some(user),
            _ => None,
        }
    }

    /// The telephone, if it is one.
    pub fn as_phone_number(&self) -> Option<&PhoneNumberIdentifier> {
        match self {
            Self::PhoneNumber(phone) => Some(phone),
            _ => None,
        }
    }

    /// Whether this is a telephone.
    pub fn is_phone_number(&self) -> bool {
        self.as_phone_number().is_some()
    }
}

impl fmt::Display for CommunicationIdentifier {
    /// Writes the raw id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw_id())
    }
}

impl PartialEq for CommunicationIdentifier {
    fn eq(&self, other: &Self) -> bool {
        self.raw_id() == other.raw_id()
    }
}

impl Eq for CommunicationIdentifier {}

impl Hash for CommunicationIdentifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw_id().hash(state);
    }
}

impl From<PhoneNumber> for CommunicationIdentifier {
    fn from(number: PhoneNumber) -> Self {
        Self::phone(number)
    }
}

impl From<&PhoneNumber> for CommunicationIdentifier {
    fn from(number: &PhoneNumber) -> Self {
        Self::phone(number.as_str())
    }
}

impl From<&CommunicationIdentifier> for CommunicationIdentifier {
    fn from(identifier: &CommunicationIdentifier) -> Self {
        identifier.clone()
    }
}

macro_rules! from_kind {
    ($($variant:ident($kind:ident)),+ $(,)?) => {
        $(
            impl From<$kind> for CommunicationIdentifier {
                fn from(identifier: $kind) -> Self {
                    Self::$variant(identifier)
                }
            }
        )+
    };
}

from_kind! {
    CommunicationUser(CommunicationUserIdentifier),
    PhoneNumber(PhoneNumberIdentifier),
    MicrosoftTeamsUser(MicrosoftTeamsUserIdentifier),
    MicrosoftTeamsApp(MicrosoftTeamsAppIdentifier),
    TeamsExtensionUser(TeamsExtensionUserIdentifier),
    Unknown(UnknownIdentifier),
}
