//! The identifiers that the API description has as objects of their own, beside the general one.

use acs_call_rest::types;
use acs_common::{CommunicationUserIdentifier, PhoneNumberIdentifier};

pub(super) fn user(user: &CommunicationUserIdentifier) -> types::CommunicationUserIdentifierModel {
    types::CommunicationUserIdentifierModel {
        id: user.id().to_owned(),
    }
}

pub(super) fn read_user(user: types::CommunicationUserIdentifierModel) -> CommunicationUserIdentifier {
    CommunicationUserIdentifier::new(user.id)
}

pub(super) fn phone(number: String) -> types::PhoneNumberIdentifierModel {
    types::PhoneNumberIdentifierModel {
        value: number,
        is_anonymous: None,
        asserted_id: None,
    }
}

pub(super) fn read_phone(phone: types::PhoneNumberIdentifierModel) -> PhoneNumberIdentifier {
    PhoneNumberIdentifier::new(phone.value)
        .with_anonymous(phone.is_anonymous)
        .with_asserted_id(phone.asserted_id)
}
