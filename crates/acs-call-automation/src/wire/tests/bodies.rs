//! The JSON of each request, as it goes over the wire.

use std::time::Duration;

use acs_common::enums::CallRejectReason;
use acs_common::{CommunicationIdentifier, CommunicationUserIdentifier};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CALLBACK, CALLER_ID, PHONE, USER};
use crate::{
    AddParticipantOptions, AnswerCallOptions, CallInvite, CallLocator, CancelAddParticipantOperationOptions,
    ConnectCallOptions, CreateCallOptions, CreateGroupCallOptions, CustomCallingContext, Error,
    MoveParticipantsOptions, MuteParticipantOptions, RedirectCallOptions, RejectCallOptions,
    RemoveParticipantOptions, TransferToParticipantOptions, wire,
};

fn json_of(body: Result<impl Serialize, Error>) -> Value {
    serde_json::to_value(body.unwrap()).unwrap()
}

fn user() -> Value {
    json!({"rawId": USER, "kind": "communicationUser", "communicationUser": {"id": USER}})
}

fn phone() -> Value {
    json!({"rawId": format!("4:{PHONE}"), "kind": "phoneNumber", "phoneNumber": {"value": PHONE}})
}

#[test]
fn create_call() {
    let options = CreateCallOptions::new(
        CallInvite::phone(PHONE, CALLER_ID).source_display_name("Contoso"),
        CALLBACK,
    )
    .operation_context("context")
    .cognitive_services_endpoint("https://ai.contoso.com/");
    let source = CommunicationUserIdentifier::new("8:acs:application");
    assert_eq!(
        json_of(wire::create_call(options, Some(&source))),
        json!({
            "targets": [phone()],
            "sourceCallerIdNumber": {"value": CALLER_ID},
            "sourceDisplayName": "Contoso",
            "source": {"id": "8:acs:application"},
            "callbackUri": CALLBACK,
            "operationContext": "context",
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.contoso.com/"},
        })
    );
    let plain = CreateCallOptions::new(CallInvite::user(USER), CALLBACK);
    assert_eq!(
        json_of(wire::create_call(plain, None)),
        json!({"targets": [user()], "callbackUri": CALLBACK})
    );
}

#[test]
fn create_group_call() {
    let targets = [
        CommunicationIdentifier::user(USER),
        CommunicationIdentifier::phone(PHONE),
    ];
    let options = CreateGroupCallOptions::new(targets, CALLBACK)
        .source_caller_id(CALLER_ID)
        .source_display_name("Contoso")
        .operation_context("group");
    assert_eq!(
        json_of(wire::create_group_call(options, None)),
        json!({
            "targets": [user(), phone()],
            "sourceCallerIdNumber": {"value": CALLER_ID},
            "sourceDisplayName": "Contoso",
            "callbackUri": CALLBACK,
            "operationContext": "group",
        })
    );
}

#[test]
fn connect_by_each_locator() {
    for (locator, expected) in [
        (
            CallLocator::server_call("aHR0cHM6Ly8="),
            json!({"kind": "serverCallLocator", "serverCallId": "aHR0cHM6Ly8="}),
        ),
        (
            CallLocator::group_call("0dc8bd3b"),
            json!({"kind": "groupCallLocator", "groupCallId": "0dc8bd3b"}),
        ),
        (
            CallLocator::room("99434917639286209"),
            json!({"kind": "roomCallLocator", "roomId": "99434917639286209"}),
        ),
    ] {
        let options = ConnectCallOptions::new(locator, CALLBACK).operation_context("join");
        assert_eq!(
            json_of(wire::connect(options)),
            json!({"callLocator": expected, "callbackUri": CALLBACK, "operationContext": "join"})
        );
    }
}

#[test]
fn answer_call() {
    let options = AnswerCallOptions::new("offer", CALLBACK)
        .operation_context("context")
        .cognitive_services_endpoint("https://ai.contoso.com/");
    let source = CommunicationUserIdentifier::new("8:acs:application");
    assert_eq!(
        json_of(wire::answer_call(options, Some(&source))),
        json!({
            "incomingCallContext": "offer",
            "callbackUri": CALLBACK,
            "operationContext": "context",
            "answeredBy": {"id": "8:acs:application"},
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.contoso.com/"},
        })
    );
}

#[test]
fn reject_call_gives_no_reason_by_default() {
    let body = |options| json_of(wire::reject_call(options));
    assert_eq!(
        body(RejectCallOptions::new("offer")),
        json!({"incomingCallContext": "offer", "callRejectReason": "none"})
    );
    for (reason, text) in [
        (CallRejectReason::Busy, "busy"),
        (CallRejectReason::Forbidden, "forbidden"),
        (CallRejectReason::from("later"), "later"),
    ] {
        assert_eq!(
            body(RejectCallOptions::new("offer").reason(reason)),
            json!({"incomingCallContext": "offer", "callRejectReason": text})
        );
    }
}

#[test]
fn redirect_call() {
    for (target, expected) in [
        (CommunicationIdentifier::user(USER), user()),
        (CommunicationIdentifier::phone(PHONE), phone()),
    ] {
        assert_eq!(
            json_of(wire::redirect_call(RedirectCallOptions::new("offer", target))),
            json!({"incomingCallContext": "offer", "target": expected})
        );
    }
}

#[test]
fn transfer_to_participant() {
    let options = TransferToParticipantOptions::new(CommunicationIdentifier::phone(PHONE))
        .transferee(CommunicationIdentifier::user(USER))
        .custom_calling_context(
            CustomCallingContext::new()
                .add_voip("case", "42")
                .add_sip_uui("uui"),
        )
        .source_caller_id(CALLER_ID)
        .operation_context("transfer")
        .operation_callback_uri("https://app.contoso.com/transfers");
    assert_eq!(
        json_of(wire::transfer_to_participant(options)),
        json!({
            "targetParticipant": phone(),
            "transferee": user(),
            "customCallingContext": {"voipHeaders": {"case": "42"}, "sipHeaders": {"User-To-User": "uui"}},
            "sourceCallerIdNumber": {"value": CALLER_ID},
            "operationContext": "transfer",
            "operationCallbackUri": "https://app.contoso.com/transfers",
        })
    );
    // A telephone is transferred to without a caller ID: it sees the transferee's number.
    let short = TransferToParticipantOptions::from(CommunicationIdentifier::phone(PHONE));
    assert_eq!(
        json_of(wire::transfer_to_participant(short)),
        json!({"targetParticipant": phone()})
    );
}

#[test]
fn add_participant() {
    let invite = CallInvite::phone(PHONE, CALLER_ID)
        .source_display_name("Contoso")
        .sip_x_header("Queue", "billing");
    let options = AddParticipantOptions::new(invite)
        .invitation_timeout(Duration::from_secs(180))
        .operation_context("add")
        .operation_callback_uri("http://127.0.0.1:4000/adds");
    assert_eq!(
        json_of(wire::add_participant(options)),
        json!({
            "participantToAdd": phone(),
            "sourceCallerIdNumber": {"value": CALLER_ID},
            "sourceDisplayName": "Contoso",
            "customCallingContext": {"sipHeaders": {"X-MS-Custom-Queue": "billing"}},
            "invitationTimeoutInSeconds": 180,
            "operationContext": "add",
            "operationCallbackUri": "http://127.0.0.1:4000/adds",
        })
    );
    let short = CallInvite::user(USER).voip_header("case", "42");
    assert_eq!(
        json_of(wire::add_participant(short.into())),
        json!({"participantToAdd": user(), "customCallingContext": {"voipHeaders": {"case": "42"}}})
    );
}

#[test]
fn cancel_add_participant() {
    let options = CancelAddParticipantOperationOptions::new("invitation")
        .operation_context("cancel")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::cancel_add_participant(options)),
        json!({
            "invitationId": "invitation",
            "operationContext": "cancel",
            "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn remove_participant() {
    let options = RemoveParticipantOptions::new(CommunicationIdentifier::user(USER))
        .operation_context("remove")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::remove_participant(options)),
        json!({
            "participantToRemove": user(),
            "operationContext": "remove",
            "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn mute_participant() {
    let options = MuteParticipantOptions::new(CommunicationIdentifier::user(USER)).operation_context("mute");
    assert_eq!(
        json_of(wire::mute_participant(options)),
        json!({"targetParticipants": [user()], "operationContext": "mute"})
    );
}

#[test]
fn move_participants() {
    let targets = [
        CommunicationIdentifier::user(USER),
        CommunicationIdentifier::phone(PHONE),
    ];
    let options = MoveParticipantsOptions::new(targets, "28dea47f")
        .operation_context("move")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::move_participants(options)),
        json!({
            "targetParticipants": [user(), phone()],
            "fromCall": "28dea47f",
            "operationContext": "move",
            "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn a_context_is_made_up_only_where_none_is_given() {
    let mut none = None;
    let made = wire::settle_context(&mut none);
    assert_eq!(none.as_ref(), Some(&made));
    assert_eq!(made.as_str().len(), 36);
    assert_ne!(made, wire::settle_context(&mut None));
    let mut given = Some("mine".into());
    assert_eq!(wire::settle_context(&mut given), "mine");
}
