//! What is refused before it is sent, and by which name.

use std::time::Duration;

use acs_common::{
    CommunicationIdentifier, MicrosoftTeamsUserIdentifier, PhoneNumberIdentifier, UnknownIdentifier,
};

use super::{CALLBACK, CALLER_ID, PHONE, USER};
use crate::{
    AddParticipantOptions, AnswerCallOptions, CallInvite, CallLocator, CancelAddParticipantOperationOptions,
    ConnectCallOptions, CreateCallOptions, CreateGroupCallOptions, CustomCallingContext, Error, ErrorKind,
    MoveParticipantsOptions, MuteParticipantOptions, RedirectCallOptions, RejectCallOptions,
    RemoveParticipantOptions, TransferToParticipantOptions, wire,
};

#[track_caller]
pub(super) fn refused<T>(result: Result<T, Error>, field: &str) -> String {
    let Err(error) = result else {
        panic!("expected `{field}` to be refused");
    };
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.field(), Some(field), "{error}");
    assert_eq!(error.status(), None);
    assert!(!error.is_retryable());
    let text = error.to_string();
    assert!(text.starts_with(field), "{text}");
    text
}

fn user() -> CommunicationIdentifier {
    CommunicationIdentifier::user(USER)
}

fn create_to(callback: &str) -> Result<(), Error> {
    wire::create_call(CreateCallOptions::new(user(), callback), None).map(drop)
}

fn add(options: AddParticipantOptions) -> Result<(), Error> {
    wire::add_participant(options).map(drop)
}

#[test]
fn callbacks_are_absolute_https_or_http_to_a_loopback_address() {
    for callback in [
        "https://app.contoso.com/events",
        "HTTPS://APP.contoso.com:8443/events?token=%2B",
        "https://10.0.0.7/",
        "http://127.0.0.1:4000/events",
        "http://127.255.255.254/",
        "http://[::1]:4000/events",
        "http://localhost:4000/events",
        "http://LOCALHOST/",
    ] {
        create_to(callback).unwrap_or_else(|error| panic!("{callback}: {error}"));
    }
    for callback in [
        "",
        "events",
        "/events",
        "//app.contoso.com/events",
        "app.contoso.com/events",
        "https:app.contoso.com",
        "https:\\\\app.contoso.com",
        "https:///app.contoso.com",
        "https://",
        "http://app.contoso.com/events",
        "http://128.0.0.1/",
        "http://localhost.contoso.com/",
        "http://[::2]/",
        "ws://localhost/",
        "mailto:a@b.c",
        " https://app.contoso.com/",
        "https://app.contoso.com/a b",
        "https://app.contoso.com/\n",
        "https://app.contoso.com:99999/",
    ] {
        refused(create_to(callback), "callback_uri");
    }
}

#[test]
fn every_operation_checks_its_addresses() {
    const BAD: &str = "http://app.contoso.com";
    const FIELD: &str = "operation_callback_uri";
    refused(
        wire::create_group_call(CreateGroupCallOptions::new([user()], BAD), None),
        "callback_uri",
    );
    refused(
        wire::connect(ConnectCallOptions::new(CallLocator::room("1"), BAD)),
        "callback_uri",
    );
    refused(
        wire::answer_call(AnswerCallOptions::new("offer", BAD), None),
        "callback_uri",
    );
    let ai = AnswerCallOptions::new("offer", CALLBACK).cognitive_services_endpoint(BAD);
    refused(wire::answer_call(ai, None), "cognitive_services_endpoint");

    refused(
        add(AddParticipantOptions::new(user()).operation_callback_uri(BAD)),
        FIELD,
    );
    let transfer = TransferToParticipantOptions::new(user()).operation_callback_uri(BAD);
    refused(wire::transfer_to_participant(transfer), FIELD);
    let cancel = CancelAddParticipantOperationOptions::new("i").operation_callback_uri(BAD);
    refused(wire::cancel_add_participant(cancel), FIELD);
    let remove = RemoveParticipantOptions::new(user()).operation_callback_uri(BAD);
    refused(wire::remove_participant(remove), FIELD);
    let moved = MoveParticipantsOptions::new([user()], "call").operation_callback_uri(BAD);
    refused(wire::move_participants(moved), FIELD);
}

#[test]
fn dialled_telephones_are_e164_and_have_a_caller_id() {
    const FIELD: &str = "source_caller_id";
    for number in ["", "6041234567", "+0604", "+1 604", "anonymous", "+16041234567_x"] {
        let phone = || CommunicationIdentifier::phone(number);
        let invite = || CallInvite::phone(number, CALLER_ID);
        refused(
            wire::create_call(CreateCallOptions::new(invite(), CALLBACK), None),
            "target",
        );
        refused(add(invite().into()), "target");
        refused(wire::transfer_to_participant(phone().into()), "target");
        refused(
            wire::redirect_call(RedirectCallOptions::new("offer", phone())),
            "target",
        );
        let group = CreateGroupCallOptions::new([user(), phone()], CALLBACK).source_caller_id(CALLER_ID);
        refused(wire::create_group_call(group, None), "targets");
    }

    let phone = || CommunicationIdentifier::phone(PHONE);
    refused(
        wire::create_call(CreateCallOptions::new(phone(), CALLBACK), None),
        FIELD,
    );
    refused(add(phone().into()), FIELD);
    let group = || CreateGroupCallOptions::new([user(), phone()], CALLBACK);
    refused(wire::create_group_call(group(), None), FIELD);
    refused(
        wire::create_group_call(group().source_caller_id("1604"), None),
        FIELD,
    );
    refused(add(CallInvite::phone(PHONE, "anonymous").into()), FIELD);
    refused(add(CallInvite::user(USER).source_caller_id("1604").into()), FIELD);
    let transfer = TransferToParticipantOptions::new(phone()).source_caller_id("1604");
    refused(wire::transfer_to_participant(transfer), FIELD);
}

#[test]
fn a_telephone_in_the_place_of_a_user_is_seen() {
    for id in [PHONE, "4:+16041234567"] {
        let text = refused(add(CallInvite::user(id).into()), "target");
        assert!(text.contains("user"), "{text}");
    }
}

#[test]
fn who_is_in_the_call_is_named_as_the_service_names_them() {
    for participant in [
        CommunicationIdentifier::phone("anonymous"),
        CommunicationIdentifier::from_raw_id("4:+16041234567_asserted"),
        PhoneNumberIdentifier::new("1604").with_raw_id("4:odd").into(),
        MicrosoftTeamsUserIdentifier::new("user").into(),
        CommunicationIdentifier::from_raw_id("48:bot"),
    ] {
        wire::identifier("participant", &participant).unwrap();
        wire::remove_participant(RemoveParticipantOptions::new(&participant)).unwrap();
        wire::move_participants(MoveParticipantsOptions::new([&participant], "call")).unwrap();
        let transfer = TransferToParticipantOptions::new(user()).transferee(&participant);
        wire::transfer_to_participant(transfer).unwrap();
    }
}

#[test]
fn nobody_and_nothing_are_refused() {
    for nobody in [
        CommunicationIdentifier::user(""),
        CommunicationIdentifier::phone(""),
        MicrosoftTeamsUserIdentifier::new("").into(),
        UnknownIdentifier::new("").into(),
        CommunicationIdentifier::user("8:acs:a\nb"),
    ] {
        refused(wire::identifier("participant", &nobody), "participant");
        refused(
            wire::remove_participant(RemoveParticipantOptions::new(&nobody)),
            "participant",
        );
        refused(add(AddParticipantOptions::new(&nobody)), "target");
        let moved = MoveParticipantsOptions::new([user(), nobody.clone()], "call");
        refused(wire::move_participants(moved), "participants");
        let transfer = TransferToParticipantOptions::new(user()).transferee(&nobody);
        refused(wire::transfer_to_participant(transfer), "transferee");
    }
    let none: [CommunicationIdentifier; 0] = [];
    refused(
        wire::create_group_call(CreateGroupCallOptions::new(none.clone(), CALLBACK), None),
        "targets",
    );
    refused(
        wire::move_participants(MoveParticipantsOptions::new(none, "call")),
        "participants",
    );
    refused(
        wire::move_participants(MoveParticipantsOptions::new([user()], "")),
        "from_call",
    );
    refused(wire::cancel_add_participant("".into()), "invitation_id");
    for id in ["", " ", ".", ".."] {
        refused(
            wire::call_connection_id("call_connection_id", &id.into()),
            "call_connection_id",
        );
    }
    for (locator, field) in [
        (CallLocator::server_call(""), "server_call_id"),
        (CallLocator::group_call(""), "group_call_id"),
        (CallLocator::room(" "), "room_id"),
    ] {
        refused(wire::connect(ConnectCallOptions::new(locator, CALLBACK)), field);
    }
    refused(
        wire::answer_call(AnswerCallOptions::new("", CALLBACK), None),
        "incoming_call_context",
    );
    refused(
        wire::reject_call(RejectCallOptions::new("")),
        "incoming_call_context",
    );
    refused(
        wire::redirect_call(RedirectCallOptions::new("", user())),
        "incoming_call_context",
    );
}

#[test]
fn only_acs_users_are_muted() {
    for other in [
        CommunicationIdentifier::phone(PHONE),
        MicrosoftTeamsUserIdentifier::new("user").into(),
        CommunicationIdentifier::from_raw_id("48:bot"),
    ] {
        let text = refused(
            wire::mute_participant(MuteParticipantOptions::new(other)),
            "participant",
        );
        assert!(text.contains("ACS user"), "{text}");
    }
    let long = MuteParticipantOptions::new(user()).operation_context("x".repeat(5001));
    refused(wire::mute_participant(long), "operation_context");
}

#[test]
fn invitation_timeouts_are_whole_seconds_up_to_180() {
    for seconds in [0, 1, 180] {
        let options = AddParticipantOptions::new(user()).invitation_timeout(Duration::from_secs(seconds));
        let body = wire::add_participant(options).unwrap();
        assert_eq!(
            body.invitation_timeout_in_seconds,
            Some(i32::try_from(seconds).unwrap())
        );
    }
    for timeout in [
        Duration::from_secs(181),
        Duration::MAX,
        Duration::from_millis(1),
        Duration::from_nanos(30_000_000_001),
    ] {
        refused(
            add(AddParticipantOptions::new(user()).invitation_timeout(timeout)),
            "invitation_timeout",
        );
    }
}

#[test]
fn operation_contexts_have_1_to_5000_characters() {
    for text in ["x".to_owned(), "ü".repeat(5000)] {
        add(AddParticipantOptions::new(user()).operation_context(text)).unwrap();
    }
    for text in [String::new(), "ü".repeat(5001)] {
        refused(
            add(AddParticipantOptions::new(user()).operation_context(text.clone())),
            "operation_context",
        );
        refused(
            wire::create_call(
                CreateCallOptions::new(user(), CALLBACK).operation_context(text),
                None,
            ),
            "operation_context",
        );
    }
}

#[test]
fn headers_are_refused_where_the_request_has_no_place_for_them() {
    let invite = CallInvite::user(USER).voip_header("case", "42");
    let text = refused(
        wire::create_call(CreateCallOptions::new(invite, CALLBACK), None),
        "custom_calling_context",
    );
    assert!(text.contains("creating a call"), "{text}");
    let context = CustomCallingContext::new().add_voip("", "no name");
    let transfer = TransferToParticipantOptions::new(user()).custom_calling_context(context);
    refused(wire::transfer_to_participant(transfer), "custom_calling_context");
}

#[test]
fn a_refusal_does_not_show_the_offer() {
    let offer = "eyJhbGciOiJub25lIn0.secret";
    let options = AnswerCallOptions::new(offer, "events");
    assert!(!format!("{options:?}").contains("secret"));
    let error = wire::answer_call(options, None).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}
