//! The kinds of identifier, one struct each.
//!
//! Each keeps a raw id of its own only where it differs from the one that its parts give, so that what
//! the service wrote comes back exactly.

use std::borrow::Cow;

use crate::cloud::prefixes;
use crate::enums::{CommunicationCloudEnvironmentModel as Cloud, CommunicationIdentifierModelKind as Kind};

macro_rules! raw_id_override {
    ($name:ident) => {
        raw_id_override!($name, |identifier, raw_id| identifier.derived_raw_id()
            == *raw_id);
    };
    ($name:ident, |$identifier:ident, $text:ident| $derives:expr) => {
        impl $name {
            /// The raw id: the one it came with, else the one its parts give.
            pub fn raw_id(&self) -> Cow<'_, str> {
                match &self.raw_id {
                    Some(raw_id) => Cow::Borrowed(raw_id),
                    None => self.derived_raw_id(),
                }
            }

            /// Keeps a raw id that differs from the one the parts give.
            #[must_use]
            pub fn with_raw_id(mut self, raw_id: impl Into<String>) -> Self {
                let raw_id = raw_id.into();
                self.raw_id = (self.derived_raw_id() != raw_id).then_some(raw_id);
                self
            }

            /// Keeps the raw id that was read beside the parts; copied only where they differ.
            pub(super) fn with_read_raw_id<T>(mut self, raw_id: Option<T>) -> Self
            where
                T: AsRef<str> + Into<String>,
            {
                let derives = |$identifier: &Self, $text: &str| $derives;
                self.raw_id = raw_id
                    .filter(|raw_id| !derives(&self, raw_id.as_ref()))
                    .map(Into::into);
                self
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.raw_id() == other.raw_id()
            }
        }

        impl Eq for $name {}
    };
}

/// A user of an ACS resource.
#[derive(Clone, Debug)]
pub struct CommunicationUserIdentifier {
    id: String,
    raw_id: Option<String>,
}

raw_id_override!(CommunicationUserIdentifier);

impl CommunicationUserIdentifier {
    /// A user by id, normally `8:acs:<resource GUID>_<user>`.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            raw_id: None,
        }
    }

    /// The id, which is also the raw id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn derived_raw_id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.id)
    }
}

/// A telephone.
#[derive(Clone, Debug)]
pub struct PhoneNumberIdentifier {
    value: String,
    is_anonymous: Option<bool>,
    asserted_id: Option<String>,
    raw_id: Option<String>,
}

raw_id_override!(PhoneNumberIdentifier, |phone, raw_id| {
    raw_id.strip_prefix("4:") == Some(phone.value.as_str())
});

impl PhoneNumberIdentifier {
    /// A telephone by number, normally in E.164 form. `anonymous` is a caller that hides its number.
    pub fn new(number: impl Into<String>) -> Self {
        let value = number.into();
        let is_anonymous = (value == "anonymous").then_some(true);
        Self {
            value,
            is_anonymous,
            asserted_id: None,
            raw_id: None,
        }
    }

    /// Sets whether the caller hides its number, as the wire form says it.
    #[must_use]
    pub fn with_anonymous(mut self, is_anonymous: Option<bool>) -> Self {
        self.is_anonymous = is_anonymous;
        self
    }

    /// Sets the asserted id, which tells apart several calls of one number.
    #[must_use]
    pub fn with_asserted_id(mut self, asserted_id: Option<String>) -> Self {
        self.asserted_id = asserted_id;
        self
    }

    /// The number; in a raw id with an asserted id, the whole text behind `4:`.
    pub fn number(&self) -> &str {
        &self.value
    }

    /// Whether the caller hides its number; `None` where nothing was said.
    pub fn is_anonymous(&self) -> Option<bool> {
        self.is_anonymous
    }

    /// The asserted id, where there is one.
    pub fn asserted_id(&self) -> Option<&str> {
        self.asserted_id.as_deref()
    }

    fn derived_raw_id(&self) -> Cow<'_, str> {
        Cow::Owned(format!("4:{}", self.value))
    }
}

/// A Teams user, or an anonymous visitor.
#[derive(Clone, Debug)]
pub struct MicrosoftTeamsUserIdentifier {
    user_id: String,
    is_anonymous: bool,
    cloud: Cloud,
    raw_id: Option<String>,
}

raw_id_override!(MicrosoftTeamsUserIdentifier);

impl MicrosoftTeamsUserIdentifier {
    /// A signed-in Teams user of the public cloud, by Entra object id.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            is_anonymous: false,
            cloud: Cloud::Public,
            raw_id: None,
        }
    }

    /// Sets whether this is an anonymous visitor.
    #[must_use]
    pub fn with_anonymous(mut self, is_anonymous: bool) -> Self {
        self.is_anonymous = is_anonymous;
        self
    }

    /// Sets the cloud.
    #[must_use]
    pub fn with_cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// The Entra object id, or the visitor's id.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Whether this is an anonymous visitor.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// The cloud.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn derived_raw_id(&self) -> Cow<'_, str> {
        let prefix = if self.is_anonymous {
            "8:teamsvisitor:"
        } else {
            prefixes(&self.cloud).teams_user
        };
        Cow::Owned(format!("{prefix}{}", self.user_id))
    }
}

/// A Teams application.
#[derive(Clone, Debug)]
pub struct MicrosoftTeamsAppIdentifier {
    app_id: String,
    cloud: Cloud,
    raw_id: Option<String>,
}

raw_id_override!(MicrosoftTeamsAppIdentifier);

impl MicrosoftTeamsAppIdentifier {
    /// An application of the public cloud, by id.
    pub fn new(app_id: impl Into<String>) -> Self {
        Self {
            app_id: app_id.into(),
            cloud: Cloud::Public,
            raw_id: None,
        }
    }

    /// Sets the cloud.
    #[must_use]
    pub fn with_cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// The application's id.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The cloud.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn derived_raw_id(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}{}", prefixes(&self.cloud).teams_app, self.app_id))
    }
}

/// A Teams user as a Teams Phone extensibility resource sees it.
#[derive(Clone, Debug)]
pub struct TeamsExtensionUserIdentifier {
    resource_id: String,
    tenant_id: String,
    user_id: String,
    cloud: Cloud,
    raw_id: Option<String>,
}

raw_id_override!(TeamsExtensionUserIdentifier);

impl TeamsExtensionUserIdentifier {
    /// A user of the public cloud: the ACS resource's id, the user's tenant, the user's Entra object id.
    pub fn new(
        resource_id: impl Into<String>,
        tenant_id: impl Into<String>,
        user_id: impl Into<String>,
    ) -> Self {
        Self {
            resource_id: resource_id.into(),
            tenant_id: tenant_id.into(),
            user_id: user_id.into(),
            cloud: Cloud::Public,
            raw_id: None,
        }
    }

    /// Sets the cloud.
    #[must_use]
    pub fn with_cloud(mut self, cloud: Cloud) -> Self {
        self.cloud = cloud;
        self
    }

    /// The id of the ACS resource.
    pub fn resource_id(&self) -> &str {
        &self.resource_id
    }

    /// The tenant of the user.
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// The Entra object id of the user.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The cloud.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn derived_raw_id(&self) -> Cow<'_, str> {
        let prefix = prefixes(&self.cloud).acs_user;
        Cow::Owned(format!(
            "{prefix}{}_{}_{}",
            self.resource_id, self.tenant_id, self.user_id
        ))
    }
}

/// An identifier of no known kind.
#[derive(Clone, Debug)]
pub struct UnknownIdentifier {
    raw_id: String,
    kind: Option<Kind>,
}

impl UnknownIdentifier {
    /// An identifier of which only the raw id is known.
    pub fn new(raw_id: impl Into<String>) -> Self {
        Self {
            raw_id: raw_id.into(),
            kind: None,
        }
    }

    /// Keeps the kind that the wire form named.
    #[must_use]
    pub fn with_kind(mut self, kind: Option<Kind>) -> Self {
        self.kind = kind;
        self
    }

    /// The raw id.
    pub fn raw_id(&self) -> &str {
        &self.raw_id
    }

    /// The kind that the wire form named, if it named one.
    pub fn kind(&self) -> Option<&Kind> {
        self.kind.as_ref()
    }
}

impl PartialEq for UnknownIdentifier {
    fn eq(&self, other: &Self) -> bool {
        self.raw_id == other.raw_id
    }
}

impl Eq for UnknownIdentifier {}
