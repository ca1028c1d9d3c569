//! Raw id text to identifier. The way back is each kind's `raw_id`.

use super::{
    CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier, PhoneNumberIdentifier, TeamsExtensionUserIdentifier, UnknownIdentifier,
};
use crate::cloud::{CLOUDS, prefixes};

pub(super) fn parse(raw_id: &str) -> CommunicationIdentifier {
    if let Some(number) = raw_id.strip_prefix("4:") {
        return phone(number).into();
    }
    if let Some(visitor) = raw_id.strip_prefix("8:teamsvisitor:") {
        return MicrosoftTeamsUserIdentifier::new(visitor)
            .with_anonymous(true)
            .into();
    }
    if raw_id.starts_with("8:spool:") {
        return CommunicationUserIdentifier::new(raw_id).into();
    }
    for cloud in CLOUDS {
        let prefixes = prefixes(&cloud);
        if let Some(user_id) = raw_id.strip_prefix(prefixes.teams_user) {
            return MicrosoftTeamsUserIdentifier::new(user_id)
                .with_cloud(cloud)
                .into();
        }
        if let Some(app_id) = raw_id.strip_prefix(prefixes.teams_app) {
            return MicrosoftTeamsAppIdentifier::new(app_id).with_cloud(cloud).into();
        }
        if let Some(suffix) = raw_id.strip_prefix(prefixes.acs_user) {
            let parts: Vec<&str> = suffix.split('_').collect();
            // A plain user has two parts (resource and user); three are resource, tenant and Teams user.
            return match parts.as_slice() {
                [resource, tenant, user] => TeamsExtensionUserIdentifier::new(*resource, *tenant, *user)
                    .with_cloud(cloud)
                    .into(),
                _ => CommunicationUserIdentifier::new(raw_id).into(),
            };
        }
    }
    UnknownIdentifier::new(raw_id).into()
}

fn phone(number: &str) -> PhoneNumberIdentifier {
    let asserted_id = match number.rsplit_once('_') {
        Some((_, asserted)) if !asserted.is_empty() => Some(asserted.to_owned()),
        _ => None,
    };
    PhoneNumberIdentifier::new(number).with_asserted_id(asserted_id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::enums::CommunicationCloudEnvironmentModel as Cloud;
    use crate::enums::CommunicationIdentifierModelKind as Kind;

    #[test]
    fn every_form_has_its_kind() {
        for (raw_id, kind) in [
            ("4:+16041234567", Kind::PhoneNumber),
            ("4:anonymous", Kind::PhoneNumber),
            ("4:+16041234567_abc", Kind::PhoneNumber),
            ("8:acs:r_u", Kind::CommunicationUser),
            ("8:acs:r_u:v", Kind::CommunicationUser),
            ("8:acs:plain", Kind::CommunicationUser),
            ("8:acs:a_b_c_d", Kind::CommunicationUser),
            ("8:dod-acs:r_u", Kind::CommunicationUser),
            ("8:gcch-acs:r_u", Kind::CommunicationUser),
            ("8:spool:x", Kind::CommunicationUser),
            ("8:acs:r_t_u", Kind::TeamsExtensionUser),
            ("8:dod-acs:r_t_u", Kind::TeamsExtensionUser),
            ("8:gcch-acs:r_t_u", Kind::TeamsExtensionUser),
            ("8:teamsvisitor:v", Kind::MicrosoftTeamsUser),
            ("8:orgid:u", Kind::MicrosoftTeamsUser),
            ("8:dod:u", Kind::MicrosoftTeamsUser),
            ("8:gcch:u", Kind::MicrosoftTeamsUser),
            ("28:orgid:a", Kind::MicrosoftTeamsApp),
            ("28:dod:a", Kind::MicrosoftTeamsApp),
            ("28:gcch:a", Kind::MicrosoftTeamsApp),
            ("28:a", Kind::Unknown),
            ("28:gcch-global:a", Kind::Unknown),
            ("48:service", Kind::Unknown),
            ("", Kind::Unknown),
        ] {
            let identifier = parse(raw_id);
            assert_eq!(identifier.kind(), kind, "{raw_id}");
            assert_eq!(identifier.raw_id(), raw_id);
        }
    }

    #[test]
    fn the_parts_of_a_raw_id_are_told_apart() {
        let CommunicationIdentifier::PhoneNumber(phone) = parse("4:+16041234567_a_b") else {
            panic!("not a telephone");
        };
        assert_eq!(phone.number(), "+16041234567_a_b");
        assert_eq!(phone.asserted_id(), Some("b"));
        assert_eq!(phone.is_anonymous(), None);

        let CommunicationIdentifier::PhoneNumber(phone) = parse("4:anonymous") else {
            panic!("not a telephone");
        };
        assert_eq!(phone.is_anonymous(), Some(true));

        let CommunicationIdentifier::TeamsExtensionUser(user) = parse("8:gcch-acs:r_t_u") else {
            panic!("not a Teams extension user");
        };
        assert_eq!(
            (user.resource_id(), user.tenant_id(), user.user_id()),
            ("r", "t", "u")
        );
        assert_eq!(user.cloud(), &Cloud::Gcch);
    }

    fn forms() -> impl Strategy<Value = String> {
        prop_oneof![
            ".*",
            "4:[+0-9_a-z]{0,20}",
            "(8|28):(acs|dod-acs|gcch-acs|orgid|dod|gcch|spool|teamsvisitor|other):[0-9a-f_:-]{0,24}",
        ]
    }

    proptest! {
        #[test]
        fn any_raw_id_comes_back_exactly(raw_id in forms()) {
            let identifier = parse(&raw_id);
            prop_assert_eq!(identifier.raw_id(), raw_id.as_str());
        }

        #[test]
        fn any_raw_id_survives_the_wire_form(raw_id in forms()) {
            let identifier = parse(&raw_id);
            let json = serde_json::to_string(&identifier).unwrap();
            let back: CommunicationIdentifier = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back.kind(), identifier.kind());
            prop_assert_eq!(back.raw_id(), raw_id.as_str());
        }
    }
}
