//! Telephones, numbers of the resource, and headers.

use std::time::Duration;

use acs_calling::{
    AddParticipantOptions, CallEndReason, CallState, CustomContext, ErrorKind, ParticipantState,
    StartCallOptions,
};
use acs_common::CommunicationIdentifier;
use acs_common::enums::DtmfTone;
use acs_emulator::PartyScript;
use serde_json::json;

use super::{Office, becomes, comes, rings, talk};
use crate::harness::App;

fn showing(number: &str) -> StartCallOptions {
    StartCallOptions::default().alternate_caller_id(number)
}

/// The call comes back in over the telephone network: a call of its own, between the number that is shown and the
/// application.
#[tokio::test]
async fn a_number_of_the_resource_is_called_with_the_number_that_is_shown() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let own = office.phone_numbers()[0].to_string();
    let target = CommunicationIdentifier::phone(own.clone());
    let call = a.start_call([target.clone()], showing(&own)).await.unwrap();
    let (offer, connection) = office.answer(&mut app, "app").await;
    assert_eq!(offer["data"]["from"]["rawId"], format!("4:{own}"));
    assert_eq!(offer["data"]["to"]["rawId"], format!("4:{own}"));
    becomes(&call, CallState::Connected).await;
    let mut seen = call.remote_participants_updates();
    comes(&mut seen, &target, ParticipantState::Connected).await;
    assert_ne!(
        offer["data"]["serverCallId"].as_str(),
        call.server_call_id()
            .as_ref()
            .map(acs_common::ServerCallId::as_str)
    );
    // Keys go along the line, and so does the end.
    let body = json!({ "targetParticipant": offer["data"]["from"] });
    let path = format!("/calling/callConnections/{connection}:startContinuousDtmfRecognition");
    assert_eq!(office.client.post(&path, &body).await.status, 200);
    call.send_dtmf(DtmfTone::Five).await.unwrap();
    let heard = app.event("app", "ContinuousDtmfRecognitionToneReceived").await;
    assert_eq!(heard["data"]["tone"], "five");
    // Whom an application is at the other end of cannot be transferred by the agent.
    let b = office.agent("B").await;
    let transfer = call.transfer_to_participant(b.identity().clone(), ()).unwrap();
    assert_eq!(transfer.outcome().await.unwrap_err().code, 400);
    call.hang_up().await.unwrap();
    app.event("app", "CallDisconnected").await;
}

#[tokio::test]
async fn a_telephone_needs_a_number_of_the_resource_and_rings_for_115_s() {
    let app = App::start().await;
    let office = Office::stepped_with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let own = office.phone_numbers()[0].to_string();
    let phone = CommunicationIdentifier::phone("+16045550123");
    office.set_script(&phone, PartyScript::no_answer());
    let error = a.start_call([phone.clone()], ()).await.unwrap_err();
    assert_eq!(error.field(), Some("alternate_caller_id"));
    let error = a
        .start_call([phone.clone()], showing("+14255559999"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, Some(403)));
    assert!(error.to_string().contains("alternateCallerId"), "{error}");
    assert!(a.calls().is_empty());

    let call = a.start_call([phone.clone()], showing(&own)).await.unwrap();
    office.advance(Duration::from_secs(114)).await.unwrap();
    becomes(&call, CallState::Ringing).await;
    office.advance(Duration::from_secs(1)).await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason().map(|reason| reason.code), Some(487));

    // Added, it is a participant like others.
    let (at_a, at_b) = talk(&a, &b).await;
    let wrong = AddParticipantOptions::default().alternate_caller_id("+14255559999");
    let error = at_a.add_participant(phone.clone(), wrong).await.unwrap_err();
    assert!(error.to_string().contains("alternateCallerId"), "{error}");
    let mut seen = at_b.remote_participants_updates();
    let options = AddParticipantOptions::default().alternate_caller_id(own);
    at_a.add_participant(phone.clone(), options).await.unwrap();
    comes(&mut seen, &phone, ParticipantState::Ringing).await;
    office.party(phone.clone()).answer().unwrap();
    comes(&mut seen, &phone, ParticipantState::Connected).await;
    at_b.remove_participant(phone.clone()).await.unwrap();
    comes(&mut seen, &phone, ParticipantState::Disconnected).await;
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
}

#[tokio::test]
async fn headers_reach_those_that_they_are_for() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let own = office.phone_numbers()[0].to_string();
    let mut context = CustomContext::default()
        .user_to_user("00FA0304;encoding=hex")
        .voip_header("topic", "billing")
        .sip_header("0 no token", "1")
        .sip_header("a".repeat(53), "too long with the prefix")
        .sip_header("b", "v".repeat(257));
    for key in ["k1", "x-ms-custom-k2", "k3", "k4", "k5", "k6"] {
        context = context.sip_header(key, "v");
    }
    let called = [CommunicationIdentifier::phone(own.clone()), b.identity().clone()];
    let call = a
        .start_call(called, showing(&own).custom_context(context))
        .await
        .unwrap();
    let ringing = rings(&b).await;
    // B is a user, and is offered to the application as well.
    let mut offers = [app.offer().await, app.offer().await];
    offers.sort_by_key(|offer| offer["data"]["to"]["rawId"].to_string());
    assert_eq!(
        offers[0]["data"]["customContext"],
        json!({
            "sipHeaders": {
                "User-To-User": "00FA0304;encoding=hex",
                "X-MS-Custom-k1": "v",
                "X-MS-Custom-k3": "v",
                "X-MS-Custom-k4": "v",
                "X-MS-Custom-k5": "v",
                "X-MS-Custom-k6": "v",
            },
            "voipHeaders": {},
        }),
        "the first five valid ones, by key"
    );
    let for_users = json!({ "sipHeaders": {}, "voipHeaders": { "topic": "billing" } });
    assert_eq!(offers[1]["data"]["customContext"], for_users);
    let shown = CustomContext::default().voip_header("topic", "billing");
    assert_eq!(ringing.custom_context(), Some(&shown));
    call.hang_up().await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
}
