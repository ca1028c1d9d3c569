//! What became of an operation, as the events tell it.

use std::time::Duration;

use acs_call_automation::events::data::{
    AddParticipantFailed, AddParticipantSucceeded, CallConnected, CallDisconnected, CallTransferAccepted,
    CancelAddParticipantSucceeded, CreateCallFailed, EventData, MoveParticipantSucceeded,
    ParticipantsUpdated, RemoveParticipantSucceeded,
};
use acs_call_automation::events::grid::IncomingCallData;
use acs_call_automation::events::{CallEvent, CallEventHub, IncomingCall, ResultInformation};
use acs_call_automation::{
    AddParticipantOptions, CallAutomationClient, CallConnection, CallInvite, CallOffer,
    CommunicationIdentifier, ErrorKind, IncomingCallContext, MoveParticipantsOptions, OperationContext,
};
use futures::StreamExt as _;
use serde_json::json;

use crate::server::Server;

const ID: &str = "03009180";
const CALLBACK: &str = "https://app.contoso.com/events";

fn user() -> CommunicationIdentifier {
    CommunicationIdentifier::user("8:acs:a")
}

pub(crate) struct Webhook {
    hub: CallEventHub,
    count: u32,
}

impl Webhook {
    pub(crate) fn new() -> Self {
        Self {
            hub: CallEventHub::new(),
            count: 0,
        }
    }

    fn client(&self, server: &Server) -> CallAutomationClient {
        server.builder().events(self.hub.clone()).build().unwrap()
    }

    pub(crate) fn call(&self, server: &Server) -> CallConnection {
        self.client(server).call_connection(ID)
    }

    /// An event arrives.
    pub(crate) fn post(
        &mut self,
        data: impl Into<EventData>,
        context: Option<&str>,
        result: ResultInformation,
    ) {
        self.count += 1;
        let mut event = CallEvent::builder(self.count.to_string(), data)
            .call_connection_id(ID)
            .result_information(result);
        if let Some(context) = context {
            event = event.operation_context(OperationContext::from(context));
        }
        self.hub.publish(event.build());
    }

    pub(crate) fn ok(&mut self, data: impl Into<EventData>, context: &str) {
        self.post(data, Some(context), ResultInformation::of(200, 0, ""));
    }
}

async fn accepting() -> Server {
    Server::always(
        202,
        json!({
            "participant": {"identifier": {"rawId": "8:acs:a"}}, "invitationId": "invitation",
            "callConnectionId": ID,
        }),
    )
    .await
}

async fn creating() -> Server {
    Server::always(201, json!({"callConnectionId": ID})).await
}

#[tokio::test]
async fn a_created_call_is_connected_also_when_the_event_came_first() {
    let server = creating().await;
    let mut webhook = Webhook::new();
    // The service posts from another machine; its event may overtake its own answer.
    webhook.ok(CallConnected::new(), "early");
    let call = webhook
        .client(&server)
        .create_call(CallInvite::user("8:acs:a"), CALLBACK)
        .await
        .unwrap();
    let connected = call.connected().await.unwrap();
    assert_eq!(connected.event().call_connection_id(), Some(call.id()));
}

#[tokio::test]
async fn a_call_that_nobody_takes_fails_with_the_codes_of_the_event() {
    let server = creating().await;
    let mut webhook = Webhook::new();
    let client = webhook.client(&server);
    let call = client.create_call(user(), CALLBACK).await.unwrap();
    let declined = || ResultInformation::of(603, 0, "Decline. DiagCode: 603#0.@");
    webhook.post(CallDisconnected::new(), Some("context"), declined());
    webhook.post(CreateCallFailed::new(), None, declined());
    let error = call.connected().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OperationFailed);
    assert_eq!(error.sub_code(), Some(0));
    let result = error
        .outcome_failure()
        .and_then(|failure| failure.result_information());
    assert_eq!(result.map(|result| result.code), Some(603));
    assert_eq!((error.status(), error.is_retryable()), (None, false));
    assert!(error.to_string().contains("603"), "{error}");
    // The leg is over, and its events are still there to read.
    call.disconnected().await.unwrap();
    assert_eq!(call.events().unwrap().count().await, 2);
}

#[tokio::test]
async fn operations_at_the_same_time_have_their_own_outcomes() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);
    let first = call.add_participant(user()).await.unwrap();
    let second = call.add_participant(user()).await.unwrap();
    let failed = ResultInformation::of(408, 10057, "Request Timeout");
    let (one, two) = (
        first.operation_context().to_string(),
        second.operation_context().to_string(),
    );
    webhook.ok(AddParticipantSucceeded::new(), &two);
    webhook.post(AddParticipantFailed::new(), Some(&one), failed);
    second.outcome().await.unwrap();
    let error = first.outcome().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::OperationFailed, Some(10057))
    );
    // Asking again gives the same.
    second.outcome().await.unwrap();
}

#[tokio::test]
async fn a_context_that_is_used_twice_does_not_find_the_older_event() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);
    let add = || AddParticipantOptions::new(user()).operation_context("same");
    call.add_participant(add()).await.unwrap();
    let failed = ResultInformation::of(486, 560_486, "Busy");
    webhook.post(AddParticipantFailed::new(), Some("same"), failed);
    let again = call.add_participant(add()).await.unwrap();
    webhook.ok(AddParticipantSucceeded::new(), "same");
    again.outcome().await.unwrap();
}

#[tokio::test]
async fn an_invitation_that_is_taken_back_is_canceled() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);
    let added = call.add_participant(user()).await.unwrap();
    let cancel = call.cancel_add_participant_operation(&added).await.unwrap();
    let context = cancel.operation_context().to_string();
    let mut data = CancelAddParticipantSucceeded::new();
    data.invitation_id = Some("invitation".into());
    webhook.post(
        data,
        Some(&context),
        ResultInformation::of(200, 5300, "The conversation has ended."),
    );
    cancel.outcome().await.unwrap();
    assert_eq!(added.outcome().await.unwrap_err().kind(), ErrorKind::Canceled);
}

#[tokio::test]
async fn each_operation_waits_for_its_own_event() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);

    let transfer = call.transfer_call_to_participant(user()).await.unwrap();
    webhook.ok(CallTransferAccepted::new(), transfer.operation_context().as_str());
    transfer.outcome().await.unwrap();

    let removed = call.remove_participant(user()).await.unwrap();
    webhook.ok(
        RemoveParticipantSucceeded::new(),
        removed.operation_context().as_str(),
    );
    removed.outcome().await.unwrap();

    let other = call.client().call_connection("other");
    // Named twice, moved once.
    let options = MoveParticipantsOptions::new([user(), user()], other.id().clone());
    let moved = call.move_participants(options).await.unwrap();
    let mut data = MoveParticipantSucceeded::new();
    data.participant = Some(user());
    webhook.ok(data, moved.operation_context().as_str());
    assert_eq!(moved.outcome().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_mute_shows_in_the_roster() {
    let server = Server::always(200, json!({})).await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);
    let mut views = call.participants().unwrap();
    assert!(views.next().await.unwrap().participants().is_empty());
    let muted = call.mute_participant(user()).await.unwrap();
    let mut roster = ParticipantsUpdated::new();
    roster.sequence_number = 1;
    roster.participants = vec![acs_call_automation::events::data::CallParticipant::new(user()).muted(true)];
    webhook.post(roster, None, ResultInformation::of(200, 0, ""));
    muted.outcome().await.unwrap();
    let view = call.participants_view().unwrap();
    assert!(view.get(&user()).is_some_and(|participant| participant.is_muted));
    assert_eq!(views.next().await.unwrap().sequence_number(), Some(1));
}

#[tokio::test]
async fn a_wait_ends_with_the_call_or_when_asked_to() {
    let server = accepting().await;
    let mut webhook = Webhook::new();
    let call = webhook.call(&server);
    let added = call.add_participant(user()).await.unwrap();
    let error = added.outcome().timeout(Duration::ZERO).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, false));
    webhook.post(
        CallDisconnected::new(),
        None,
        ResultInformation::of(200, 7000, "The conversation has ended."),
    );
    tokio::time::pause();
    let error = added.outcome().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::CallEnded, Some(7000))
    );
}

#[tokio::test]
async fn without_an_event_hub_no_wait_hangs() {
    let server = accepting().await;
    let call = server.client().call_connection(ID);
    let added = call.add_participant(user()).await.unwrap();
    for error in [
        added.outcome().await.unwrap_err(),
        call.connected().timeout(Duration::MAX).await.unwrap_err(),
        call.disconnected().await.unwrap_err(),
        call.events().map(drop).unwrap_err(),
        call.participants_view().map(drop).unwrap_err(),
        call.participants().map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NoEventHub);
        assert!(error.to_string().contains("events(hub)"), "{error}");
    }
}

#[tokio::test]
async fn an_incoming_call_is_an_offer() {
    let server = creating().await;
    let client = server.client();
    let incoming = IncomingCall::new("secret-offer", IncomingCallData::default());
    // This server answers 201, which answering does not know; the request is what counts here.
    let error = client.answer_call(&incoming, CALLBACK).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    client.reject_call(&incoming).await.unwrap_err();
    client.redirect_call(incoming, user()).await.unwrap_err();
    for request in server.received() {
        assert_eq!(request.body["incomingCallContext"], "secret-offer");
    }
    let offer = CallOffer::from(IncomingCallContext::from("secret-offer"));
    assert!(!format!("{offer:?}").contains("secret"));
}
