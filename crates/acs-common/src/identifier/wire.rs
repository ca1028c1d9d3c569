//! The wire form of an identifier, `CommunicationIdentifierModel` of API version 2026-03-12.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier, PhoneNumberIdentifier, TeamsExtensionUserIdentifier, UnknownIdentifier,
};
use crate::enums::{CommunicationCloudEnvironmentModel as Cloud, CommunicationIdentifierModelKind as Kind};

/// A text that is borrowed from what is read, unless escapes make that impossible: a roster holds each id
/// three times, and one copy is enough.
#[derive(Serialize)]
#[serde(transparent)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl AsRef<str> for Text<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Model<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    raw_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    communication_user: Option<User<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    phone_number: Option<Phone<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    microsoft_teams_user: Option<TeamsUser<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    microsoft_teams_app: Option<TeamsApp<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    teams_extension_user: Option<TeamsExtensionUser<'a>>,
}

#[derive(Deserialize, Serialize)]
struct User<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_anonymous: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    asserted_id: Option<Text<'a>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUser<'a> {
    #[serde(borrow)]
    user_id: Text<'a>,
    #[serde(default)]
    is_anonymous: Option<bool>,
    #[serde(default)]
    cloud: Option<Cloud>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsApp<'a> {
    #[serde(borrow)]
    app_id: Text<'a>,
    #[serde(default)]
    cloud: Option<Cloud>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsExtensionUser<'a> {
    #[serde(borrow)]
    user_id: Text<'a>,
    #[serde(borrow)]
    tenant_id: Text<'a>,
    #[serde(borrow)]
    resource_id: Text<'a>,
    #[serde(default)]
    cloud: Option<Cloud>,
}

impl Serialize for CommunicationIdentifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut model = Model {
            raw_id: Some(Text(self.raw_id())),
            kind: Some(self.kind()),
            ..Model::default()
        };
        match self {
            Self::CommunicationUser(user) => {
                model.communication_user = Some(User { id: user.id().into() });
            }
            Self::PhoneNumber(phone) => {
                model.phone_number = Some(Phone {
                    value: phone.number().into(),
                    is_anonymous: phone.is_anonymous(),
                    asserted_id: phone.asserted_id().map(Text::from),
                });
            }
            // The official deserializers insist on `isAnonymous` and `cloud`, so both are always written.
            Self::MicrosoftTeamsUser(user) => {
                model.microsoft_teams_user = Some(TeamsUser {
                    user_id: user.user_id().into(),
                    is_anonymous: Some(user.is_anonymous()),
                    cloud: Some(user.cloud().clone()),
                });
            }
            Self::MicrosoftTeamsApp(app) => {
                model.microsoft_teams_app = Some(TeamsApp {
                    app_id: app.app_id().into(),
                    cloud: Some(app.cloud().clone()),
                });
            }
            Self::TeamsExtensionUser(user) => {
                model.teams_extension_user = Some(TeamsExtensionUser {
                    user_id: user.user_id().into(),
                    tenant_id: user.tenant_id().into(),
                    resource_id: user.resource_id().into(),
                    cloud: Some(user.cloud().clone()),
                });
            }
            Self::Unknown(unknown) => model.kind = unknown.kind().cloned(),
        }
        model.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CommunicationIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let model = Model::deserialize(deserializer)?;
        Self::try_from(model).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<Model<'_>> for CommunicationIdentifier {
    type Error = &'static str;

    /// The inner object says what the identifier is; `kind` does not decide, because it is often absent.
    fn try_from(model: Model<'_>) -> Result<Self, Self::Error> {
        let raw_id = model.raw_id;
        if let Some(user) = model.communication_user {
            let user = CommunicationUserIdentifier::new(user.id);
            return Ok(user.with_read_raw_id(raw_id).into());
        }
        if let Some(phone) = model.phone_number {
            let phone = PhoneNumberIdentifier::new(phone.value)
                .with_anonymous(phone.is_anonymous)
                .with_asserted_id(phone.asserted_id.map(String::from));
            return Ok(phone.with_read_raw_id(raw_id).into());
        }
        if let Some(user) = model.microsoft_teams_user {
            let user = MicrosoftTeamsUserIdentifier::new(user.user_id)
                .with_anonymous(user.is_anonymous.unwrap_or(false))
                .with_cloud(user.cloud.unwrap_or(Cloud::Public));
            return Ok(user.with_read_raw_id(raw_id).into());
        }
        if let Some(app) = model.microsoft_teams_app {
            let app =
                MicrosoftTeamsAppIdentifier::new(app.app_id).with_cloud(app.cloud.unwrap_or(Cloud::Public));
            return Ok(app.with_read_raw_id(raw_id).into());
        }
        if let Some(user) = model.teams_extension_user {
            let user = TeamsExtensionUserIdentifier::new(user.resource_id, user.tenant_id, user.user_id)
                .with_cloud(user.cloud.unwrap_or(Cloud::Public));
            return Ok(user.with_read_raw_id(raw_id).into());
        }
        match raw_id {
            // A kind that we do not know is kept; a known kind without its object is read off the raw id.
            Some(raw_id) => match model.kind {
                Some(kind) if kind == Kind::Unknown || !kind.is_known() => {
                    Ok(UnknownIdentifier::new(raw_id).with_kind(Some(kind)).into())
                }
                _ => Ok(Self::from_raw_id(&raw_id.0)),
            },
            None => Err("an identifier needs `rawId` or the object of its kind, such as `communicationUser`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: serde_json::Value) -> CommunicationIdentifier {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_service_form_round_trips() {
        for json in [
            json!({"rawId": "8:acs:r_u", "kind": "communicationUser", "communicationUser": {"id": "8:acs:r_u"}}),
            json!({"rawId": "sanitized", "kind": "communicationUser", "communicationUser": {"id": "8:acs:r_u"}}),
            json!({"rawId": "4:+1604", "kind": "phoneNumber", "phoneNumber": {"value": "+1604"}}),
            json!({"rawId": "4:+1604_x", "kind": "phoneNumber",
                   "phoneNumber": {"value": "+1604_x", "isAnonymous": false, "assertedId": "x"}}),
            json!({"rawId": "8:dod:u", "kind": "microsoftTeamsUser",
                   "microsoftTeamsUser": {"userId": "u", "isAnonymous": false, "cloud": "dod"}}),
            json!({"rawId": "28:orgid:a", "kind": "microsoftTeamsApp",
                   "microsoftTeamsApp": {"appId": "a", "cloud": "public"}}),
            json!({"rawId": "8:acs:r_t_u", "kind": "teamsExtensionUser",
                   "teamsExtensionUser": {"userId": "u", "tenantId": "t", "resourceId": "r", "cloud": "public"}}),
            json!({"rawId": "48:bot", "kind": "unknown"}),
            json!({"rawId": "99:x", "kind": "hologram"}),
            json!({"rawId": "48:bot"}),
        ] {
            assert_eq!(serde_json::to_value(read(json.clone())).unwrap(), json);
        }
    }

    #[test]
    fn requests_of_the_official_sdks_are_read() {
        let user = CommunicationIdentifier::user("8:acs:r_u");
        // Python sends no kind; .NET the inner object alone in places; JavaScript explicit nulls.
        for json in [
            json!({"rawId": "8:acs:r_u", "communicationUser": {"id": "8:acs:r_u"}}),
            json!({"communicationUser": {"id": "8:acs:r_u"}}),
            json!({"rawId": "8:acs:r_u"}),
            json!({"rawId": "8:acs:r_u", "kind": "communicationUser"}),
            json!({"kind": null, "rawId": "8:acs:r_u", "phoneNumber": null, "later": {"x": 1}}),
        ] {
            let read = read(json.clone());
            assert_eq!(read, user, "{json}");
            assert_eq!(read.kind(), Kind::CommunicationUser, "{json}");
        }
    }

    #[test]
    fn an_empty_identifier_is_refused_and_the_message_says_what_is_missing() {
        let error =
            serde_json::from_value::<CommunicationIdentifier>(json!({"kind": "phoneNumber"})).unwrap_err();
        assert!(error.to_string().contains("`rawId`"), "{error}");
    }

    #[test]
    fn equality_is_by_raw_id() {
        let told = read(json!({"phoneNumber": {"value": "+1604", "isAnonymous": false}}));
        assert_eq!(told, CommunicationIdentifier::phone("+1604"));
        assert_ne!(told, CommunicationIdentifier::phone("+1605"));
    }
}
