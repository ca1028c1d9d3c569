//! Every operation through the whole client: what arrives at the service, and what comes back.

use std::error::Error as _;

use acs_call_automation::{
    AddParticipantOptions, AnswerCallOptions, CallConnectionState, CallInvite, CallLocator, CallRejectReason,
    CommunicationIdentifier, CommunicationUserIdentifier, CreateCallOptions, CreateGroupCallOptions,
    ErrorKind, MoveParticipantsOptions, MuteParticipantOptions, RejectCallOptions,
    TransferToParticipantOptions,
};
use serde_json::{Value, json};

use crate::server::Server;

const CALLBACK: &str = "https://app.contoso.com/events";
const ID: &str = "03009180-465d-4342-b871-4e02e2474f93";
const USER: &str = "8:acs:6d889502_00000028";

fn user() -> CommunicationIdentifier {
    CommunicationIdentifier::user(USER)
}

fn call_reply() -> Value {
    json!({
        "callConnectionId": ID, "targets": [], "callConnectionState": "connecting",
        "callbackUri": CALLBACK, "correlationId": "1a453b70",
    })
}

/// The context that the client made up: a GUID.
fn made_up(body: &Value) -> &str {
    let context = body["operationContext"].as_str().unwrap();
    assert_eq!(context.len(), 36, "{context}");
    context
}

#[tokio::test]
async fn create_call_returns_a_handle_that_knows_its_beginning() {
    let server = Server::always(201, call_reply()).await;
    let source = CommunicationUserIdentifier::new("8:acs:application");
    let client = server.builder().source(source).build().unwrap();
    let call = client
        .create_call(CallInvite::phone("+16041234567", "+16044561234"), CALLBACK)
        .await
        .unwrap();
    assert_eq!(*call.id(), ID);
    let initial = call.initial_properties().unwrap();
    assert_eq!(initial.state, CallConnectionState::Connecting);
    assert_eq!(initial.server_call_id, None);

    let request = server.only();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/calling/callConnections")
    );
    assert_eq!(request.body["source"], json!({"id": "8:acs:application"}));
    assert_eq!(request.body["callbackUri"], CALLBACK);
    assert_eq!(*call.operation_context().unwrap(), made_up(&request.body));
}

#[tokio::test]
async fn every_way_to_a_call_sends_the_context_that_its_handle_has() {
    let answered = Server::always(200, call_reply()).await;
    let created = Server::always(201, call_reply()).await;
    let (client, creating) = (answered.client(), created.client());
    let calls = [
        CreateCallOptions::new(user(), CALLBACK)
            .operation_context("mine")
            .send(&creating)
            .await,
        CreateGroupCallOptions::new([user(), user()], CALLBACK)
            .operation_context("mine")
            .send(&creating)
            .await,
        creating.create_group_call([user()], CALLBACK).await,
        client.connect_call(CallLocator::room("1"), CALLBACK).await,
        client.answer_call("offer", CALLBACK).await,
        AnswerCallOptions::new("offer", CALLBACK)
            .operation_context("mine")
            .send(&client)
            .await,
    ];
    let requests = [created.received(), answered.received()].concat();
    for (call, request) in calls.into_iter().zip(&requests) {
        let call = call.unwrap();
        assert_eq!(
            *call.operation_context().unwrap(),
            request.body["operationContext"].as_str().unwrap()
        );
    }
    let targets: Vec<&str> = requests.iter().map(|request| request.target.as_str()).collect();
    let create = "/calling/callConnections";
    assert_eq!(
        targets,
        [
            create,
            create,
            create,
            "/calling/callConnections:connect",
            "/calling/callConnections:answer",
            "/calling/callConnections:answer"
        ]
    );
}

#[tokio::test]
async fn an_offer_is_rejected_and_redirected() {
    let server = Server::always(204, Value::Null).await;
    let client = server.client();
    client.reject_call("offer").await.unwrap();
    client
        .reject_call(RejectCallOptions::new("offer").reason(CallRejectReason::Busy))
        .await
        .unwrap();
    client.redirect_call("offer", user()).await.unwrap();
    let received = server.received();
    assert_eq!(received[0].target, "/calling/callConnections:reject");
    assert_eq!(received[0].body["callRejectReason"], "none");
    assert_eq!(received[1].body["callRejectReason"], "busy");
    assert_eq!(received[2].target, "/calling/callConnections:redirect");
    assert_eq!(received[2].body["target"]["rawId"], USER);
}

#[tokio::test]
async fn a_call_is_looked_up_and_hung_up() {
    let server = Server::always(200, call_reply()).await;
    let call = server.client().call_connection(ID);
    assert_eq!(call.initial_properties(), None);
    let properties = call.properties().await.unwrap();
    assert_eq!(properties.correlation_id.unwrap(), "1a453b70");
    let request = server.only();
    assert_eq!(
        (request.method, request.target),
        ("GET".to_owned(), format!("/calling/callConnections/{ID}"))
    );

    let server = Server::always(204, Value::Null).await;
    let call = server.client().call_connection(ID);
    call.hang_up(false).await.unwrap();
    call.hang_up(true).await.unwrap();
    let received = server.received();
    assert_eq!(
        (received[0].method.as_str(), received[0].target.clone()),
        ("DELETE", format!("/calling/callConnections/{ID}"))
    );
    assert_eq!(
        (received[1].method.as_str(), received[1].target.clone()),
        ("POST", format!("/calling/callConnections/{ID}:terminate"))
    );
}

#[tokio::test]
async fn a_transfer_is_asked_for() {
    let server = Server::always(202, json!({})).await;
    let call = server.client().call_connection(ID);
    let short = call.transfer_call_to_participant(user()).await.unwrap();
    let options = TransferToParticipantOptions::new(user())
        .transferee(CommunicationIdentifier::phone("+16041234567"))
        .operation_context("mine");
    let long = call.transfer_call_to_participant(options).await.unwrap();
    let received = server.received();
    assert_eq!(
        received[0].target,
        format!("/calling/callConnections/{ID}:transferToParticipant")
    );
    assert_eq!(*short.operation_context(), made_up(&received[0].body));
    assert_eq!(*long.operation_context(), "mine");
    assert_eq!(received[1].body["transferee"]["rawId"], "4:+16041234567");
}

#[tokio::test]
async fn a_participant_is_invited_and_the_invitation_taken_back() {
    let server = Server::always(
        202,
        json!({
            "participant": {"identifier": {"rawId": USER, "communicationUser": {"id": USER}}, "isMuted": false},
            "invitationId": "5197ad25",
        }),
    )
    .await;
    let call = server.client().call_connection(ID);
    let added = call
        .add_participant(CallInvite::user(USER).voip_header("case", "42"))
        .await
        .unwrap();
    assert_eq!(added.participant().identifier, user());
    assert_eq!(*added.invitation_id(), "5197ad25");
    let options = AddParticipantOptions::new(CallInvite::user(USER)).operation_context("mine");
    let again = call.add_participant(options).await.unwrap();
    assert_eq!(*again.operation_context(), "mine");

    let canceled = call.cancel_add_participant_operation(&added).await.unwrap();
    assert_eq!(*canceled.invitation_id(), "5197ad25");
    call.cancel_add_participant_operation(added.invitation_id())
        .await
        .unwrap();
    let received = server.received();
    let path = format!("/calling/callConnections/{ID}/participants");
    assert_eq!(received[0].target, format!("{path}:add"));
    assert_eq!(
        received[0].body["customCallingContext"]["voipHeaders"]["case"],
        "42"
    );
    assert_eq!(*added.operation_context(), made_up(&received[0].body));
    assert_eq!(received[2].target, format!("{path}:cancelAddParticipant"));
    assert_eq!(received[2].body["invitationId"], "5197ad25");
    assert_eq!(*canceled.operation_context(), made_up(&received[2].body));
    assert_eq!(received[3].body["invitationId"], "5197ad25");
}

#[tokio::test]
async fn participants_are_removed_moved_and_muted() {
    let server = Server::always(202, json!({"participants": [], "fromCall": "other"})).await;
    let client = server.client();
    let call = client.call_connection(ID);
    let removed = call
        .remove_participant(CommunicationIdentifier::phone("anonymous"))
        .await
        .unwrap();
    let moved = call
        .move_participants(MoveParticipantsOptions::new([user()], "other"))
        .await
        .unwrap();
    call.move_participants((user(), &client.call_connection("third")))
        .await
        .unwrap();
    let received = server.received();
    let path = format!("/calling/callConnections/{ID}/participants");
    assert_eq!(received[0].target, format!("{path}:remove"));
    assert_eq!(received[0].body["participantToRemove"]["rawId"], "4:anonymous");
    assert_eq!(*removed.operation_context(), made_up(&received[0].body));
    assert_eq!(received[1].target, format!("{path}:moveHere"));
    assert_eq!(*moved.from_call(), "other");
    assert_eq!(*moved.operation_context(), made_up(&received[1].body));
    assert_eq!(received[2].body["fromCall"], "third");

    let server = Server::always(200, json!({"operationContext": "mine"})).await;
    let call = server.client().call_connection(ID);
    let muted = call
        .mute_participant(MuteParticipantOptions::new(user()).operation_context("mine"))
        .await
        .unwrap();
    assert_eq!(*muted.operation_context().unwrap(), "mine");
    call.mute_participant(user()).await.unwrap();
    let received = server.received();
    assert_eq!(received[0].target, format!("{path}:mute"));
    // No event carries the context of a mute, so none is made up.
    assert_eq!(received[1].body.get("operationContext"), None);
}

#[tokio::test]
async fn a_participant_is_looked_up_by_its_raw_id() {
    let reply = json!({"identifier": {"rawId": "4:+14255550123"}, "isMuted": true, "isOnHold": false});
    let server = Server::always(200, reply).await;
    let call = server.client().call_connection(ID);
    let participant = call
        .get_participant(CommunicationIdentifier::phone("+14255550123"))
        .await
        .unwrap();
    assert!(participant.is_muted && participant.identifier.is_phone_number());
    assert_eq!(
        server.only().target,
        format!("/calling/callConnections/{ID}/participants/4%3A%2B14255550123")
    );
}

#[tokio::test]
async fn a_refusal_says_what_the_service_said() {
    let body = json!({"error": {"code": "8522", "message": "Call not found."}});
    let server = Server::always(404, body).await;
    let error = server
        .client()
        .call_connection(ID)
        .properties()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.is_not_found() && !error.is_retryable());
    assert_eq!(error.status(), Some(404));
    assert_eq!(error.service_code(), Some("8522"));
    assert_eq!(error.sub_code(), Some(8522));
    assert_eq!(error.service_message(), Some("Call not found."));
    assert_eq!(error.request_id(), Some("the-request"));
    assert_eq!(error.field(), None);
    assert!(error.source().is_none());
    assert_eq!(
        error.to_string(),
        "get call properties: the service answered 404, code 8522: Call not found."
    );
}

#[tokio::test]
async fn the_kind_of_a_refusal_follows_the_status() {
    for (status, kind, retryable) in [
        (400, ErrorKind::Rejected, false),
        (401, ErrorKind::Unauthorized, false),
        (403, ErrorKind::Unauthorized, false),
        (405, ErrorKind::Rejected, false),
        (409, ErrorKind::Conflict, false),
        (412, ErrorKind::Conflict, false),
        (429, ErrorKind::Throttled, true),
        (500, ErrorKind::Service, true),
    ] {
        let body = json!({"error": {"code": "8501", "message": "m"}});
        let server = Server::always(status, body).await;
        let error = server
            .client()
            .call_connection(ID)
            .hang_up(true)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.is_retryable(), retryable, "{status}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_a_connection_error() {
    let server = Server::always(204, Value::Null).await;
    let client = server.client();
    let endpoint = server.endpoint.clone();
    drop(server);
    // The port was ours a moment ago; wait until nobody listens there.
    while tokio::net::TcpStream::connect(endpoint.trim_start_matches("http://"))
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    let error = client.call_connection(ID).hang_up(false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.is_retryable() && error.source().is_some());
}

#[tokio::test]
async fn what_is_refused_is_not_sent() {
    let server = Server::always(500, Value::Null).await;
    let client = server.client();
    let error = client.create_call(user(), "events").await.unwrap_err();
    assert_eq!(error.field(), Some("callback_uri"));
    let nowhere = client.call_connection("");
    for error in [
        nowhere.hang_up(true).await.unwrap_err(),
        nowhere.properties().await.unwrap_err(),
        nowhere.remove_participant(user()).await.unwrap_err(),
        nowhere.get_participant(user()).await.unwrap_err(),
    ] {
        assert_eq!(error.field(), Some("call_connection_id"));
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn the_raw_client_is_within_reach() {
    let server = Server::always(202, Value::Null).await;
    let client = server.client();
    client
        .rest()
        .cancel_all_media_operations(&ID.into())
        .await
        .unwrap();
    assert_eq!(
        server.only().target,
        format!("/calling/callConnections/{ID}:cancelAllMediaOperations")
    );
}
