//! The clouds an identity can live in, and the raw-id prefixes they give it.

use crate::enums::CommunicationCloudEnvironmentModel as Cloud;

/// What an identity's raw id starts with, cloud by cloud.
pub(crate) struct Prefixes {
    pub(crate) teams_user: &'static str,
    pub(crate) teams_app: &'static str,
    pub(crate) acs_user: &'static str,
}

/// The prefixes of a cloud; one that we do not know is spoken to like the public one.
pub(crate) fn prefixes(cloud: &Cloud) -> Prefixes {
    match cloud {
        Cloud::Dod => Prefixes {
            teams_user: "8:dod:",
            teams_app: "28:dod:",
            acs_user: "8:dod-acs:",
        },
        Cloud::Gcch => Prefixes {
            teams_user: "8:gcch:",
            teams_app: "28:gcch:",
            acs_user: "8:gcch-acs:",
        },
        _ => Prefixes {
            teams_user: "8:orgid:",
            teams_app: "28:orgid:",
            acs_user: "8:acs:",
        },
    }
}

/// The clouds whose prefixes differ, in the order in which raw ids are tried.
pub(crate) const CLOUDS: [Cloud; 3] = [Cloud::Public, Cloud::Dod, Cloud::Gcch];
