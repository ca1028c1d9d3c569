//! The wire form of an identifier, `CommunicationIdentifierModel` of API version 2026-03-12.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
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

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Model<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    communication_user: Option<User<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<Phone<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_user: Option<TeamsUser<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_app: Option<TeamsApp<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
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
        struct IdentifierVisitor;

        impl<'de> Visitor<'de> for IdentifierVisitor {
            type Value = CommunicationIdentifier;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an identifier, an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut draft = Draft::default();
                while let Some(Text(key)) = map.next_key()? {
                    draft.member(&key, &mut map)?;
                }
                draft.finish().map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_map(IdentifierVisitor)
    }
}

/// An identifier as it is read: the inner object becomes one at once, the raw id is compared with it at the
/// end.
#[derive(Default)]
struct Draft<'de> {
    raw_id: Option<Text<'de>>,
    kind: Option<Text<'de>>,
    /// What the inner object says. Of several, the first in the order of the variants counts.
    inner: Option<CommunicationIdentifier>,
}

impl<'de> Draft<'de> {
    fn member<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "rawId" => self.raw_id = map.next_value()?,
            "kind" => self.kind = map.next_value()?,
            "communicationUser" => self.inner(
                map.next_value::<Option<User<'de>>>()?
                    .map(|user| CommunicationUserIdentifier::new(user.id)),
            ),
            "phoneNumber" => self.inner(map.next_value::<Option<Phone<'de>>>()?.map(|phone| {
                PhoneNumberIdentifier::new(phone.value)
                    .with_anonymous(phone.is_anonymous)
                    .with_asserted_id(phone.asserted_id.map(String::from))
            })),
            "microsoftTeamsUser" => self.inner(map.next_value::<Option<TeamsUser<'de>>>()?.map(|user| {
                MicrosoftTeamsUserIdentifier::new(user.user_id)
                    .with_anonymous(user.is_anonymous.unwrap_or(false))
                    .with_cloud(user.cloud.unwrap_or(Cloud::Public))
            })),
            "microsoftTeamsApp" => self.inner(map.next_value::<Option<TeamsApp<'de>>>()?.map(|app| {
                MicrosoftTeamsAppIdentifier::new(app.app_id).with_cloud(app.cloud.unwrap_or(Cloud::Public))
            })),
            "teamsExtensionUser" => {
                self.inner(map.next_value::<Option<TeamsExtensionUser<'de>>>()?.map(|user| {
                    TeamsExtensionUserIdentifier::new(user.resource_id, user.tenant_id, user.user_id)
                        .with_cloud(user.cloud.unwrap_or(Cloud::Public))
                }));
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }

    fn inner(&mut self, read: Option<impl Into<CommunicationIdentifier>>) {
        let Some(read) = read.map(Into::into) else {
            return;
        };
        if self.inner.as_ref().is_none_or(|inner| rank(&read) <= rank(inner)) {
            self.inner = Some(read);
        }
    }

    /// The inner object says what the identifier is; `kind` does not decide, because it is often absent.
    fn finish(self) -> Result<CommunicationIdentifier, &'static str> {
        let raw_id = self.raw_id;
        Ok(match self.inner {
            Some(CommunicationIdentifier::CommunicationUser(user)) => user.with_read_raw_id(raw_id).into(),
            Some(CommunicationIdentifier::PhoneNumber(phone)) => phone.with_read_raw_id(raw_id).into(),
            Some(CommunicationIdentifier::MicrosoftTeamsUser(user)) => user.with_read_raw_id(raw_id).into(),
            Some(CommunicationIdentifier::MicrosoftTeamsApp(app)) => app.with_read_raw_id(raw_id).into(),
            Some(CommunicationIdentifier::TeamsExtensionUser(user)) => user.with_read_raw_id(raw_id).into(),
            Some(unknown @ CommunicationIdentifier::Unknown(_)) => unknown,
            None => {
                let raw_id = raw_id.ok_or(
                    "an identifier needs `rawId` or the object of its kind, such as `communicationUser`",
                )?;
                match self.kind.map(|kind| Kind::from(kind.as_ref())) {
                    // A kind that we do not know is kept; a known one without its object is read off the
                    // raw id.
                    Some(kind) if kind == Kind::Unknown || !kind.is_known() => {
                        UnknownIdentifier::new(raw_id).with_kind(Some(kind)).into()
                    }
                    _ => CommunicationIdentifier::from_raw_id(raw_id.as_ref()),
                }
            }
        })
    }
}

fn rank(identifier: &CommunicationIdentifier) -> u8 {
    match identifier {
        CommunicationIdentifier::CommunicationUser(_) => 0,
        CommunicationIdentifier::PhoneNumber(_) => 1,
        CommunicationIdentifier::MicrosoftTeamsUser(_) => 2,
        CommunicationIdentifier::MicrosoftTeamsApp(_) => 3,
        CommunicationIdentifier::TeamsExtensionUser(_) => 4,
        CommunicationIdentifier::Unknown(_) => 5,
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
    fn of_several_inner_objects_the_first_in_the_order_of_kinds_counts() {
        let user = json!({"id": "8:acs:r_u"});
        let phone = json!({"value": "+1604"});
        for json in [
            json!({"communicationUser": user, "phoneNumber": phone}),
            json!({"phoneNumber": phone, "communicationUser": user}),
            json!({"microsoftTeamsApp": {"appId": "a"}, "phoneNumber": null, "communicationUser": user}),
        ] {
            let text = json.to_string();
            assert_eq!(read(json).raw_id(), "8:acs:r_u", "{text}");
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
