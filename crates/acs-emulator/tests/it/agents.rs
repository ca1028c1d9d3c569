//! Call agents against the emulator: both ends of a call over real sockets.

use std::sync::Arc;

use acs_calling::credential::StaticTokenCredential;
use acs_calling::transport::{Connection, Transport};
use acs_calling::{
    Call, CallAgent, CallAgentOptions, CallClient, CallClientOptions, CallDirection, CallEndReason,
    CallLocator, CallState, ErrorKind, IncomingCall, IncomingEnd, StartCallOptions, TransferPolicy,
    TransferState, TransferToCallOptions, TransferToParticipantOptions, TransferToVoicemailOptions,
    WebSocketTransport,
};
use acs_common::enums::DtmfTone;
use acs_common::{CommunicationIdentifier, MicrosoftTeamsUserIdentifier};
use acs_emulator::{Emulator, EventGridSchema, PartyScript};
use futures::StreamExt as _;
use serde_json::json;
use tokio::sync::{Notify, mpsc};

use crate::harness::{App, Client, soon};

/// Somebody with a token.
struct Somebody {
    id: CommunicationIdentifier,
    token: String,
}

async fn somebody(client: &Client, scopes: &[&str]) -> Somebody {
    let body = json!({ "createTokenWithScopes": scopes });
    let made = client.post("/identities?api-version=2023-10-01", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    Somebody {
        id: CommunicationIdentifier::from_raw_id(made.body["identity"]["id"].as_str().unwrap()),
        token: made.body["accessToken"]["token"].as_str().unwrap().to_owned(),
    }
}

async fn try_sign_in(
    emulator: &Emulator,
    who: &Somebody,
    device: &str,
    options: CallAgentOptions,
) -> Result<CallAgent, acs_calling::Error> {
    let transport = WebSocketTransport::new(emulator.endpoint().base())?;
    let client = CallClient::new(CallClientOptions::new(transport).endpoint(device));
    let credential = StaticTokenCredential::new(who.token.clone())?;
    soon("a sign-in", client.create_call_agent(credential, options)).await
}

async fn agent(emulator: &Emulator, client: &Client, name: &str) -> CallAgent {
    let who = somebody(client, &["voip"]).await;
    try_sign_in(emulator, &who, "desk", name.into()).await.unwrap()
}

async fn rings(agent: &CallAgent) -> IncomingCall {
    soon("a call that rings", agent.incoming_calls().next())
        .await
        .unwrap()
}

async fn becomes(call: &Call, state: CallState) {
    let reached = soon("a state", call.wait_for(|now| now == state)).await;
    assert_eq!(reached, state, "{:?}", call.call_end_reason());
}

/// Two agents who talk: the caller's call and the callee's.
async fn talk(caller: &CallAgent, callee: &CallAgent) -> (Call, Call) {
    let call = caller.start_call([callee.identity().clone()], ()).await.unwrap();
    let answered = rings(callee).await.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    (call, answered)
}

#[tokio::test]
async fn only_tokens_for_calls_that_were_issued_here_sign_in() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let who = somebody(&client, &["voip"]).await;
    let plain = CallAgentOptions::default;
    let first = try_sign_in(&emulator, &who, "desk", plain()).await.unwrap();
    assert_eq!(first.identity(), &who.id);
    let error = try_sign_in(&emulator, &who, "desk", plain()).await.unwrap_err();
    assert_eq!((error.code(), error.sub_code()), (Some(409), Some(40_228)));
    try_sign_in(&emulator, &who, "mobile", plain()).await.unwrap();
    let chat = somebody(&client, &["chat"]).await;
    let error = try_sign_in(&emulator, &chat, "desk", plain()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
    let forged = Somebody {
        token: format!("{}x", who.token),
        ..who
    };
    let error = try_sign_in(&emulator, &forged, "tablet", plain())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn an_agent_calls_another_holds_and_hangs_up() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let alice = agent(&emulator, &client, "Alice").await;
    let bob = agent(&emulator, &client, "Bob").await;
    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    let ringing = rings(&bob).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(alice.identity()));
    assert_eq!(ringing.caller_info().display_name.as_deref(), Some("Alice"));
    becomes(&call, CallState::Ringing).await;
    let answered = ringing.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&answered, CallState::Connected).await;
    assert_eq!(answered.direction(), CallDirection::Incoming);
    assert_eq!(call.server_call_id(), answered.server_call_id());
    call.hold().await.unwrap();
    becomes(&call, CallState::LocalHold).await;
    becomes(&answered, CallState::RemoteHold).await;
    call.resume().await.unwrap();
    becomes(&answered, CallState::Connected).await;
    call.mute().await.unwrap();
    assert!(call.is_muted());
    call.hang_up().await.unwrap();
    becomes(&answered, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
}

#[tokio::test]
async fn a_call_that_is_declined_or_given_up_says_so_at_the_other_end() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let alice = agent(&emulator, &client, "Alice").await;
    let bob = agent(&emulator, &client, "Bob").await;
    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    rings(&bob).await.reject().await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::DECLINED));

    let call = alice.start_call([bob.identity().clone()], ()).await.unwrap();
    let ringing = rings(&bob).await;
    call.hang_up().await.unwrap();
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));

    let offline = emulator.create_user();
    emulator.set_script(offline.clone(), PartyScript::offline());
    let call = alice
        .start_call([offline], StartCallOptions::default())
        .await
        .unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::OFFLINE));
}

/// Invariant 6, over real sockets.
#[tokio::test]
async fn of_two_devices_one_connects() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let alice = agent(&emulator, &client, "Alice").await;
    let carol = somebody(&client, &["voip"]).await;
    let plain = CallAgentOptions::default;
    let desk = try_sign_in(&emulator, &carol, "desk", plain()).await.unwrap();
    let mobile = try_sign_in(&emulator, &carol, "mobile", plain()).await.unwrap();
    let call = alice.start_call([carol.id], ()).await.unwrap();
    let (at_desk, at_mobile) = (rings(&desk).await, rings(&mobile).await);
    let answered = at_desk.accept(()).await.unwrap();
    becomes(&answered, CallState::Connected).await;
    becomes(&call, CallState::Connected).await;
    let end = soon("the end", at_mobile.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::ANSWERED_ELSEWHERE)));
    assert!(mobile.calls().is_empty());
}

#[tokio::test]
async fn three_agents_transfer_to_a_participant() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let c = agent(&emulator, &client, "C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    // C declines: the transfer fails, and A and B go on.
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    let transferor = ringing.transferor_info().unwrap();
    assert_eq!(transferor.identifier.as_ref(), Some(a.identity()));
    ringing.reject().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::DECLINED));
    let mut accepted = at_b.transfers_accepted();
    let declined = soon("a target call", accepted.next()).await.unwrap().target_call;
    becomes(&declined, CallState::Disconnected).await;
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
    // C accepts.
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    let transfer = at_a
        .transfer_to_participant(c.identity().clone(), options)
        .unwrap();
    let at_c = rings(&c).await.accept(()).await.unwrap();
    let new_at_b = soon("a target call", accepted.next()).await.unwrap().target_call;
    assert_eq!(new_at_b.direction(), CallDirection::Outgoing);
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    assert_eq!(transfer.state(), TransferState::Transferred);
    becomes(&new_at_b, CallState::Connected).await;
    becomes(&at_c, CallState::Connected).await;
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(new_at_b.state(), CallState::Connected);
    assert_eq!(new_at_b.server_call_id(), at_c.server_call_id());
}

#[tokio::test]
async fn three_agents_transfer_to_another_call() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let c = agent(&emulator, &client, "C").await;
    let (with_b, at_b) = talk(&a, &b).await;
    let (with_c, old_at_c) = talk(&a, &c).await;
    becomes(&with_b, CallState::LocalHold).await;
    let options = TransferToCallOptions::default().hang_up_when_transferred(true);
    let transfer = with_b.transfer_to_call(&with_c, options).unwrap();
    let mut ringing = c.incoming_calls();
    let new_at_c = soon("the transferee", ringing.next()).await.unwrap();
    let new_at_c = new_at_c.accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let new_at_b = soon("a target call", at_b.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&new_at_b.target_call, CallState::Connected).await;
    becomes(&new_at_c, CallState::Connected).await;
    for over in [&with_b, &with_c, &at_b, &old_at_c] {
        becomes(over, CallState::Disconnected).await;
    }
}

#[tokio::test]
async fn two_agents_and_a_voicemail() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let boss = MicrosoftTeamsUserIdentifier::new("45ab2481-1c1c-4005-be24-0ffb879b1130");
    // The boss is not there, and is not rung.
    emulator.set_script(boss.clone(), PartyScript::offline());
    let options = TransferToVoicemailOptions::default().hang_up_when_transferred(true);
    let transfer = at_a.transfer_to_voicemail(boss, options).unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let accepted = soon("a target call", at_b.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
}

#[tokio::test]
async fn a_transferee_that_hangs_up_ends_the_transfer_and_the_ringing() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let c = agent(&emulator, &client, "C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    at_b.hang_up().await.unwrap();
    assert!(soon("the outcome", transfer.outcome()).await.is_err());
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    becomes(&at_a, CallState::Disconnected).await;
}

#[tokio::test]
async fn a_call_is_ended_for_everyone() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let group_id = "29228d3e-040e-4656-a70e-890ab4e173e5".to_owned();
    let locator = CallLocator::Group { group_id };
    let at_a = a.join(locator.clone(), ()).await.unwrap();
    let at_b = b.join(locator, ()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    let mut updates = at_a.remote_participants_updates();
    while at_a.remote_participants().is_empty() {
        soon("a participant", updates.next()).await.unwrap();
    }
    at_a.hang_up_for_everyone().await.unwrap();
    becomes(&at_a, CallState::Disconnected).await;
    becomes(&at_b, CallState::Disconnected).await;
}

#[tokio::test]
async fn nobody_rings_before_the_transferee_has_agreed() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let who = somebody(&client, &["voip"]).await;
    let asking = CallAgentOptions::default().transfer_policy(TransferPolicy::Ask);
    let b = try_sign_in(&emulator, &who, "desk", asking).await.unwrap();
    let c = agent(&emulator, &client, "C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let mut requests = at_b.transfer_requests();
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let request = soon("a question", requests.next()).await.unwrap();
    assert_eq!(request.target_participant(), Some(c.identity()));
    request.reject().await.unwrap();
    let outcome = soon("the outcome", transfer.outcome()).await;
    assert_eq!(outcome, Err(CallEndReason::DECLINED));
    let transfer = at_a.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let request = soon("a question", requests.next()).await.unwrap();
    let mut ringing = c.incoming_calls();
    assert!(futures::FutureExt::now_or_never(ringing.next()).is_none());
    request.accept(()).await.unwrap();
    soon("C", ringing.next()).await.unwrap().accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
}

#[tokio::test]
async fn an_application_answers_an_agent_hears_its_keys_and_transfers_it() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let b = agent(&emulator, &client, "B").await;
    let c = agent(&emulator, &client, "C").await;
    let number = emulator.phone_numbers()[0].to_string();
    let target = CommunicationIdentifier::phone(number.clone());
    let options = StartCallOptions::default().alternate_caller_id(number);
    let call = b.start_call([target], options).await.unwrap();
    let offer = app.offer().await;
    assert_eq!(offer["data"]["from"]["rawId"], *b.identity().raw_id());
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    let id = answered.text("callConnectionId");
    app.event("app", "CallConnected").await;
    becomes(&call, CallState::Connected).await;
    assert_eq!(
        call.server_call_id().unwrap().as_str(),
        offer["data"]["serverCallId"].as_str().unwrap()
    );
    let who = json!({ "rawId": b.identity().raw_id() });
    let body = json!({ "targetParticipant": who });
    let path = format!("/calling/callConnections/{id}:startContinuousDtmfRecognition");
    assert_eq!(client.post(&path, &body).await.status, 200);
    call.send_dtmf(DtmfTone::Five).await.unwrap();
    let heard = app.event("app", "ContinuousDtmfRecognitionToneReceived").await;
    assert_eq!(heard["data"]["tone"], "five");
    // Invariant 9: a server transfers as a client does.
    let body = json!({ "targetParticipant": { "rawId": c.identity().raw_id() } });
    let path = format!("/calling/callConnections/{id}:transferToParticipant");
    assert_eq!(client.post(&path, &body).await.status, 202);
    let accepted = soon("a target call", call.transfers_accepted().next())
        .await
        .unwrap();
    let ringing = rings(&c).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(b.identity()));
    let at_c = ringing.accept(()).await.unwrap();
    app.event("app", "CallTransferAccepted").await;
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_c, CallState::Connected).await;
    becomes(&call, CallState::Disconnected).await;
}

#[tokio::test]
async fn an_agent_and_an_application_are_offered_the_same_call_and_the_first_has_it() {
    let mut app = App::start().await;
    let emulator = Emulator::builder()
        .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
        .start()
        .await
        .unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    // The application is first.
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    let ringing = rings(&b).await;
    let offer = app.offer().await;
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("app"),
    });
    let answered = client.post("/calling/callConnections:answer", &body).await;
    assert_eq!(answered.status, 200, "{answered:?}");
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::ANSWERED_ELSEWHERE)));
    assert_eq!(
        ringing.accept(()).await.unwrap_err().kind(),
        ErrorKind::NoLongerRinging
    );
    becomes(&call, CallState::Connected).await;
    call.hang_up().await.unwrap();
    app.event("app", "CallDisconnected").await;
    // The agent is first.
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    let offer = app.offer().await;
    let mut incoming = b.incoming_calls();
    soon("a call", incoming.next())
        .await
        .unwrap()
        .accept(())
        .await
        .unwrap();
    becomes(&call, CallState::Connected).await;
    let body = json!({
        "incomingCallContext": offer["data"]["incomingCallContext"],
        "callbackUri": app.callback("late"),
    });
    let late = client.post("/calling/callConnections:answer", &body).await;
    assert!((400..500).contains(&late.status), "{late:?}");
}

#[tokio::test]
async fn an_application_calls_an_agent_and_removes_it() {
    let mut app = App::start().await;
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let body = json!({
        "targets": [{ "rawId": a.identity().raw_id() }, { "rawId": b.identity().raw_id() }],
        "callbackUri": app.callback("app"),
    });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    let id = created.text("callConnectionId");
    let at_a = rings(&a).await.accept(()).await.unwrap();
    let at_b = rings(&b).await.accept(()).await.unwrap();
    becomes(&at_a, CallState::Connected).await;
    becomes(&at_b, CallState::Connected).await;
    app.event("app", "CallConnected").await;
    let body = json!({ "targetParticipant": { "rawId": a.identity().raw_id() } });
    let path = format!("/calling/callConnections/{id}/participants:mute");
    let muting = json!({ "targetParticipants": [{ "rawId": a.identity().raw_id() }] });
    assert_eq!(client.post(&path, &muting).await.status, 200);
    let mut mutes = at_a.is_muted_changes();
    while soon("the mute", mutes.next()).await != Some(true) {}
    let path = format!("/calling/callConnections/{id}:hold");
    assert_eq!(client.post(&path, &body).await.status, 200);
    becomes(&at_a, CallState::RemoteHold).await;
    let path = format!("/calling/callConnections/{id}/participants:remove");
    let removing = json!({ "participantToRemove": { "rawId": a.identity().raw_id() } });
    assert_eq!(client.post(&path, &removing).await.status, 202);
    becomes(&at_a, CallState::Disconnected).await;
    assert_eq!(at_a.call_end_reason(), Some(CallEndReason::REMOVED));
}

#[tokio::test]
async fn an_agent_that_signs_out_leaves_its_calls_and_is_a_virtual_party_again() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let b = agent(&emulator, &client, "B").await;
    let identity = b.identity().clone();
    let (at_a, at_b) = talk(&a, &b).await;
    drop(at_b);
    b.dispose().await;
    becomes(&at_a, CallState::Disconnected).await;
    // Nobody waits for its calls any more, so its script counts again: it answers by itself.
    let call = a.start_call([identity], ()).await.unwrap();
    becomes(&call, CallState::Connected).await;
}

/// A connection that can be cut.
#[derive(Clone, Debug)]
struct Cut {
    inner: WebSocketTransport,
    cut: Arc<Notify>,
}

#[async_trait::async_trait]
impl Transport for Cut {
    async fn connect(&self) -> Result<Connection, acs_calling::Error> {
        let mut carried = self.inner.connect().await?;
        let (outgoing, mut to_send) = mpsc::channel::<String>(1);
        let (received, incoming) = mpsc::channel(1);
        let cut = Arc::clone(&self.cut);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = cut.notified() => return,
                    Some(text) = to_send.recv() => drop(carried.outgoing.send(text).await),
                    Some(text) = carried.incoming.recv() => drop(received.send(text).await),
                    else => return,
                }
            }
        });
        Ok(Connection { outgoing, incoming })
    }
}

#[tokio::test]
async fn an_agent_whose_connection_is_cut_finds_its_calls_again() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let a = agent(&emulator, &client, "A").await;
    let who = somebody(&client, &["voip"]).await;
    let transport = Cut {
        inner: WebSocketTransport::new(emulator.endpoint().base()).unwrap(),
        cut: Arc::default(),
    };
    let cut = Arc::clone(&transport.cut);
    let calling = CallClient::new(CallClientOptions::new(transport).endpoint("desk"));
    let credential = StaticTokenCredential::new(who.token.clone()).unwrap();
    let b = calling.create_call_agent(credential, ()).await.unwrap();
    let (at_a, at_b) = talk(&a, &b).await;
    // A transfer that is under way when the connection is cut goes on.
    let c = agent(&emulator, &client, "C").await;
    let transfer = at_b.transfer_to_participant(c.identity().clone(), ()).unwrap();
    let ringing = rings(&c).await;
    cut.notify_one();
    ringing.accept(()).await.unwrap();
    assert_eq!(soon("the outcome", transfer.outcome()).await, Ok(()));
    let accepted = soon("a target call", at_a.transfers_accepted().next())
        .await
        .unwrap();
    becomes(&accepted.target_call, CallState::Connected).await;
    becomes(&at_a, CallState::LocalHold).await;
    becomes(&at_b, CallState::RemoteHold).await;
    accepted.target_call.hang_up().await.unwrap();
    at_a.resume().await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    cut.notify_one();
    // What happens meanwhile is known when the connection is back.
    at_a.hold().await.unwrap();
    becomes(&at_b, CallState::RemoteHold).await;
    at_a.hang_up().await.unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(b.connection_state(), acs_calling::ConnectionState::Connected);
}
