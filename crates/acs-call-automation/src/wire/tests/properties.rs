//! Whatever is put in, validation answers: with a request or with a refusal that names a field.

use std::time::Duration;

use acs_common::{CommunicationIdentifier, CommunicationUserIdentifier};
use proptest::prelude::*;

use crate::{
    AddParticipantOptions, AnswerCallOptions, CallInvite, CallLocator, CancelAddParticipantOperationOptions,
    ConnectCallOptions, CreateCallOptions, CreateGroupCallOptions, CustomCallingContext, Error, ErrorKind,
    MoveParticipantsOptions, MuteParticipantOptions, RedirectCallOptions, RemoveParticipantOptions,
    SipHeaderPrefix, TransferToParticipantOptions, wire,
};

/// Texts near what is valid, and any text at all.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\+[0-9]{0,17}",
        "https?://[a-z0-9.:\\[\\]]{0,20}(/[ -~]{0,10})?",
        "(8:acs:|4:|28:|8:orgid:)?[a-z0-9_:+-]{0,12}",
        Just(String::new()),
    ]
}

pub(super) fn identifier() -> impl Strategy<Value = CommunicationIdentifier> {
    prop_oneof![
        text().prop_map(CommunicationIdentifier::user),
        text().prop_map(CommunicationIdentifier::phone),
        text().prop_map(|raw_id| CommunicationIdentifier::from_raw_id(&raw_id)),
    ]
}

fn context() -> impl Strategy<Value = CustomCallingContext> {
    let headers = || prop::collection::vec((text(), text()), 0..8);
    (headers(), headers(), prop::option::of(text())).prop_map(|(voip, sip, uui)| {
        let mut context = CustomCallingContext::new();
        for (name, value) in voip {
            context = context.add_voip(name, value);
        }
        for (name, value) in sip {
            context = context.add_sip_x_prefixed(SipHeaderPrefix::X, name, value);
        }
        match uui {
            Some(uui) => context.add_sip_uui(uui),
            None => context,
        }
    })
}

pub(super) fn answered<T>(result: Result<T, Error>) -> Result<Option<T>, TestCaseError> {
    match result {
        Ok(body) => Ok(Some(body)),
        Err(error) => {
            prop_assert_eq!(error.kind(), ErrorKind::InvalidInput);
            prop_assert!(error.field().is_some(), "{}", error);
            Ok(None)
        }
    }
}

proptest! {
    #[test]
    fn calls_are_taken_or_refused_by_name(
        target in identifier(), others in prop::collection::vec(identifier(), 0..4),
        caller_id in prop::option::of(text()), callback in text(), ai in prop::option::of(text()),
        operation in prop::option::of(text()), source in prop::option::of(text()), id in text(),
    ) {
        let source = source.map(CommunicationUserIdentifier::new);
        let source = source.as_ref();
        let mut invite = CallInvite::new(target.clone());
        if let Some(number) = &caller_id {
            invite = invite.source_caller_id(number);
        }
        let mut create = CreateCallOptions::new(invite, &callback);
        let mut answer = AnswerCallOptions::new(id.as_str(), &callback);
        if let Some(operation) = &operation {
            create = create.operation_context(operation.as_str());
            answer = answer.operation_context(operation.as_str());
        }
        if let Some(ai) = &ai {
            create = create.cognitive_services_endpoint(ai);
            answer = answer.cognitive_services_endpoint(ai);
        }
        if let Some(body) = answered(wire::create_call(create, source))? {
            // What passes has its caller ID where it needs one.
            prop_assert!(!target.is_phone_number() || body.source_caller_id_number.is_some());
        }
        answered(wire::answer_call(answer, source))?;
        let group = CreateGroupCallOptions::new(others.clone(), &callback);
        if let Some(body) = answered(wire::create_group_call(group, source))? {
            prop_assert!(!body.targets.is_empty());
            prop_assert!(!body.targets.iter().any(CommunicationIdentifier::is_phone_number));
        }
        answered(wire::redirect_call(RedirectCallOptions::new(id.as_str(), target)))?;
        for locator in [
            CallLocator::server_call(id.as_str()), CallLocator::group_call(&id), CallLocator::room(&id),
        ] {
            answered(wire::connect(ConnectCallOptions::new(locator, &callback)))?;
        }
    }

    #[test]
    fn participant_operations_are_taken_or_refused_by_name(
        target in identifier(), others in prop::collection::vec(identifier(), 0..4),
        headers in context(), caller_id in prop::option::of(text()), uri in prop::option::of(text()),
        operation in text(), timeout in any::<Duration>(), id in text(),
    ) {
        let mut transfer = TransferToParticipantOptions::new(&target)
            .custom_calling_context(headers.clone())
            .operation_context(operation.as_str());
        let mut invite = CallInvite::new(&target).custom_calling_context(headers);
        if let Some(number) = &caller_id {
            transfer = transfer.source_caller_id(number);
            invite = invite.source_caller_id(number);
        }
        let mut add = AddParticipantOptions::new(invite).invitation_timeout(timeout);
        if let Some(uri) = &uri {
            transfer = transfer.operation_callback_uri(uri);
            add = add.operation_callback_uri(uri);
        }
        for other in &others {
            transfer = transfer.transferee(other);
        }
        answered(wire::transfer_to_participant(transfer))?;
        if let Some(body) = answered(wire::add_participant(add))? {
            prop_assert!(body.invitation_timeout_in_seconds.is_some_and(|it| (0..=180).contains(&it)));
        }
        answered(wire::remove_participant(RemoveParticipantOptions::new(&target)))?;
        answered(wire::mute_participant(MuteParticipantOptions::new(&target)))?;
        answered(wire::move_participants(MoveParticipantsOptions::new(others, id.as_str())))?;
        answered(wire::cancel_add_participant(CancelAddParticipantOperationOptions::new(id.as_str())))?;
    }
}
