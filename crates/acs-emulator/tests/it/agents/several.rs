//! Calls to several from the beginning.

use std::time::Duration;

use acs_calling::transport::Transport as _;
use acs_calling::{CallEndReason, CallState, ErrorKind, IncomingEnd, ParticipantState, WebSocketTransport};
use acs_common::CommunicationIdentifier;
use acs_emulator::{OnRing, PartyScript, RejectReason};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{Office, becomes, comes, goes, rings};
use crate::harness::{App, soon};

#[tokio::test]
async fn all_are_rung_the_first_to_answer_connects_and_who_declines_leaves() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let d = office.agent("D").await;
    let called = [&b, &c, &d].map(|agent| agent.identity().clone());
    let call = a.start_call(called, ()).await.unwrap();
    let mut seen = call.remote_participants_updates();
    let (at_b, at_c, at_d) = (rings(&b).await, rings(&c).await, rings(&d).await);
    for ringing in [&at_b, &at_c, &at_d] {
        assert_eq!(ringing.caller_info().identifier.as_ref(), Some(a.identity()));
    }
    becomes(&call, CallState::Ringing).await;
    at_c.reject().await.unwrap();
    let gone = comes(&mut seen, c.identity(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, Some(CallEndReason::DECLINED));
    goes(&mut seen, c.identity()).await;
    assert_eq!(call.state(), CallState::Ringing, "two ring on");

    let in_b = at_b.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    becomes(&in_b, CallState::Connected).await;
    let mut at_b_seen = in_b.remote_participants_updates();
    comes(&mut at_b_seen, d.identity(), ParticipantState::Ringing).await;
    let in_d = at_d.accept(()).await.unwrap();
    becomes(&in_d, CallState::Connected).await;
    comes(&mut at_b_seen, d.identity(), ParticipantState::Connected).await;
    assert_eq!(call.server_call_id(), in_d.server_call_id());

    // It is a group call: it goes on without its caller, and holding is everybody's own matter.
    in_b.hold().await.unwrap();
    becomes(&in_b, CallState::LocalHold).await;
    call.hang_up().await.unwrap();
    goes(&mut at_b_seen, a.identity()).await;
    assert_eq!(in_d.state(), CallState::Connected);
    in_d.hang_up().await.unwrap();
    becomes(&in_b, CallState::Disconnected).await;
}

#[tokio::test]
async fn a_call_that_nobody_takes_ends_with_the_code_of_the_last_and_within_85_s() {
    let app = App::start().await;
    let office = Office::stepped_with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let busy = CommunicationIdentifier::from(office.create_user());
    let rejects = OnRing::Reject {
        after: Duration::from_secs(5),
        reason: RejectReason::Busy,
    };
    office.set_script(busy.clone(), PartyScript::on_ring(rejects));
    let called = [b.identity().clone(), c.identity().clone(), busy.clone()];
    let call = a.start_call(called, ()).await.unwrap();
    let mut seen = call.remote_participants_updates();
    let (at_b, at_c) = (rings(&b).await, rings(&c).await);
    office.advance(Duration::from_secs(5)).await.unwrap();
    let gone = comes(&mut seen, &busy, ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason.map(|reason| reason.code), Some(486));
    at_b.reject().await.unwrap();
    office.advance(Duration::from_secs(79)).await.unwrap();
    assert_eq!(at_c.end(), None);
    office.advance(Duration::from_secs(1)).await.unwrap();
    becomes(&call, CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::UNANSWERED));
    let end = soon("the end", at_c.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::UNANSWERED)));
}

#[tokio::test]
async fn a_caller_who_gives_up_stops_all_that_ring_and_one_who_leaves_those_that_still_do() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let called = [b.identity().clone(), c.identity().clone()];
    let call = a.start_call(called.clone(), ()).await.unwrap();
    let (at_b, at_c) = (rings(&b).await, rings(&c).await);
    call.hang_up().await.unwrap();
    for ringing in [at_b, at_c] {
        let end = soon("the end", ringing.ended().next()).await;
        assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    }
    let call = a.start_call(called, ()).await.unwrap();
    let (mut to_b, mut to_c) = (b.incoming_calls(), c.incoming_calls());
    let at_b = soon("a call", to_b.next()).await.unwrap();
    let at_c = soon("a call", to_c.next()).await.unwrap();
    let in_b = at_b.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    call.hang_up().await.unwrap();
    let end = soon("the end", at_c.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    // Nobody is left to talk to.
    becomes(&in_b, CallState::Disconnected).await;
}

#[tokio::test]
async fn an_application_is_one_of_several_and_sees_the_others_come() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let clerk = office.clerk();
    let call = a
        .start_call([clerk.clone(), b.identity().clone()], ())
        .await
        .unwrap();
    let ringing = rings(&b).await;
    let (offer, _) = office.answer(&mut app, "app").await;
    assert_eq!(offer["data"]["from"]["rawId"], *a.identity().raw_id());
    assert_eq!(offer["data"]["to"]["rawId"], *clerk.raw_id());
    becomes(&call, CallState::Connected).await;
    super::lists(&mut app, "app", &[a.identity(), &clerk]).await;
    // B takes a while and joins two who talk already; B itself is offered to the application, too.
    let at_b = ringing.accept(()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    super::lists(&mut app, "app", &[a.identity(), &clerk, b.identity()]).await;
    let mut seen = at_b.remote_participants_updates();
    comes(&mut seen, &clerk, ParticipantState::Connected).await;
}

/// Whatever speaks the protocol, the emulator looks for itself.
#[tokio::test]
async fn what_another_client_asks_for_is_refused_and_named() {
    let office = Office::open().await;
    let who = office.somebody(&["voip"]).await;
    let transport = WebSocketTransport::new(office.endpoint().base()).unwrap();
    let mut line = soon("a connection", transport.connect()).await.unwrap();
    let own = who.id.raw_id().into_owned();
    let sign_in = json!({
        "type": "signIn", "version": 1, "token": who.token, "endpoint": "desk", "asksBeforeTransfer": false,
    });
    let start = |participants: Value, more: Value| {
        let mut request = json!({ "type": "startCall", "call": "one", "participants": participants });
        let more = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(more);
        request
    };
    let number = office.phone_numbers()[0].to_string();
    let telephone = json!(["4:+16045550123"]);
    let phone = CommunicationIdentifier::phone("+16045550123");
    office.set_script(phone, PartyScript::no_answer());
    let cases = [
        (sign_in, ""),
        (start(json!([]), json!({})), "participants: expected at least one"),
        (
            start(json!(["8:acs:x", "8:acs:x"]), json!({})),
            "participants: expected each one once",
        ),
        (
            start(json!(["8:acs:x", own]), json!({})),
            "participants: expected others",
        ),
        (
            start(telephone.clone(), json!({})),
            "alternateCallerId: expected a number of the resource",
        ),
        (
            start(telephone.clone(), json!({ "alternateCallerId": "office" })),
            "alternateCallerId: expected a telephone number",
        ),
        (
            start(telephone.clone(), json!({ "alternateCallerId": "+14255559999" })),
            "alternateCallerId: expected a number of the resource, found 4:+14255559999",
        ),
        (start(telephone, json!({ "alternateCallerId": number })), ""),
        (
            json!({ "type": "addParticipant", "call": "one", "participant": "8:acs:x" }),
            "not in Established state",
        ),
    ];
    for (index, (request, refusal)) in cases.into_iter().enumerate() {
        let message = json!({ "id": index + 1, "request": request }).to_string();
        line.outgoing.send(message).await.unwrap();
        let reply = loop {
            let text = soon("a reply", line.incoming.recv()).await.unwrap();
            let said: Value = serde_json::from_str(&text).unwrap();
            if said["type"] == "reply" || said["type"] == "signedIn" {
                break said;
            }
        };
        if refusal.is_empty() {
            assert!(reply["error"].is_null(), "{reply}");
        } else {
            let text = reply["error"]["message"].as_str().unwrap_or_default();
            assert!(text.contains(refusal), "{refusal}: {reply}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_and_named() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let refused = async |called: Vec<CommunicationIdentifier>| {
        let error = a.start_call(called, ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.field().map(str::to_owned)
    };
    let twice = vec![b.identity().clone(), b.identity().clone()];
    let oneself = vec![b.identity().clone(), a.identity().clone()];
    for called in [Vec::new(), twice, oneself] {
        assert_eq!(refused(called).await.as_deref(), Some("participants"));
    }
}
