//! Agents add and remove participants.

use std::time::Duration;

use acs_calling::{CallEndReason, CallState, ErrorKind, IncomingEnd, ParticipantState};
use acs_emulator::PartyScript;
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, becomes, comes, goes, lists, rings, talk};
use crate::harness::{App, soon};

#[tokio::test]
async fn an_agent_adds_another_and_the_call_becomes_a_group() {
    let office = Office::open().await;
    let a = office.agent("Alice").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    // In a call of two, holding is seen at the other end; in a group it is not.
    at_a.hold().await.unwrap();
    becomes(&at_b, CallState::RemoteHold).await;
    let mut seen_by_b = at_b.remote_participants_updates();
    let mut seen_by_a = at_a.remote_participants_updates();
    at_a.add_participant(c.identity().clone(), ()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    assert_eq!(at_a.state(), CallState::LocalHold);
    let ringing = rings(&c).await;
    assert_eq!(ringing.caller_info().identifier.as_ref(), Some(a.identity()));
    assert_eq!(ringing.caller_info().display_name.as_deref(), Some("Alice"));
    comes(&mut seen_by_b, c.identity(), ParticipantState::Ringing).await;
    let at_c = ringing.accept(()).await.unwrap();
    becomes(&at_c, CallState::Connected).await;
    comes(&mut seen_by_b, c.identity(), ParticipantState::Connected).await;
    comes(&mut seen_by_a, c.identity(), ParticipantState::Connected).await;
    assert_eq!(at_c.remote_participants().len(), 2);
    // It stays a group when there are two again.
    at_a.resume().await.unwrap();
    at_b.hang_up().await.unwrap();
    let gone = comes(&mut seen_by_a, b.identity(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, None, "it was in the call");
    goes(&mut seen_by_a, b.identity()).await;
    at_a.hold().await.unwrap();
    assert_eq!(at_c.state(), CallState::Connected);
}

#[tokio::test]
async fn who_does_not_come_is_gone_with_a_reason_for_the_one_that_added_it() {
    let app = App::start().await;
    let office = Office::stepped_with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let silent = office.agent("Silent").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let (mut seen_by_a, mut seen_by_b) = (
        at_a.remote_participants_updates(),
        at_b.remote_participants_updates(),
    );
    // A call of two becomes a group: 115 s.
    at_a.add_participant(silent.identity().clone(), ()).await.unwrap();
    let mut to_silent = silent.incoming_calls();
    let ringing = soon("a call", to_silent.next()).await.unwrap();
    office.advance(Duration::from_secs(114)).await.unwrap();
    assert_eq!(ringing.end(), None);
    office.advance(Duration::from_secs(1)).await.unwrap();
    let gone = comes(&mut seen_by_a, silent.identity(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, Some(CallEndReason::UNANSWERED));
    let gone = comes(&mut seen_by_b, silent.identity(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, None, "B had not added it");
    goes(&mut seen_by_b, silent.identity()).await;
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::UNANSWERED)));
    // It is a group now: 85 s.
    at_a.add_participant(silent.identity().clone(), ()).await.unwrap();
    let ringing = soon("a call", to_silent.next()).await.unwrap();
    office.advance(Duration::from_secs(84)).await.unwrap();
    assert_eq!(ringing.end(), None);
    office.advance(Duration::from_secs(1)).await.unwrap();
    soon("the end", ringing.ended().next()).await.unwrap();
    // Declined, and not there.
    at_b.add_participant(c.identity().clone(), ()).await.unwrap();
    rings(&c).await.reject().await.unwrap();
    let gone = comes(&mut seen_by_b, c.identity(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, Some(CallEndReason::DECLINED));
    let nobody = office.create_user();
    office.set_script(nobody.clone(), PartyScript::offline());
    at_b.add_participant(nobody.clone(), ()).await.unwrap();
    let gone = comes(&mut seen_by_b, &nobody.into(), ParticipantState::Disconnected).await;
    assert_eq!(gone.call_end_reason, Some(CallEndReason::OFFLINE));
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
}

/// The order is that of an addition by Call Automation: the lists when the call becomes a group, the new one, and
/// the lists once more.
#[tokio::test]
async fn an_application_in_the_call_is_told_of_who_an_agent_adds_and_removes() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let clerk = office.clerk();
    let call = a.start_call([clerk.clone()], ()).await.unwrap();
    let (_, connection) = office.answer(&mut app, "app").await;
    becomes(&call, CallState::Connected).await;
    let first = lists(&mut app, "app", &[a.identity(), &clerk]).await;
    let number = |event: &serde_json::Value| event["data"]["sequenceNumber"].as_u64().unwrap();
    call.add_participant(b.identity().clone(), ()).await.unwrap();
    let promoted = lists(&mut app, "app", &[a.identity(), &clerk]).await;
    assert!(number(&promoted) > number(&first));
    let at_b = rings(&b).await.accept(()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    let three = [a.identity(), &clerk, b.identity()];
    let joined = lists(&mut app, "app", &three).await;
    let settled = lists(&mut app, "app", &three).await;
    assert!(number(&joined) > number(&promoted) && number(&settled) > number(&joined));

    // The application mutes whom the agent added.
    let path = format!("/calling/callConnections/{connection}/participants:mute");
    let body = json!({ "targetParticipants": [{ "rawId": b.identity().raw_id() }] });
    assert_eq!(office.client.post(&path, &body).await.status, 200);
    let mut mutes = at_b.is_muted_changes();
    while soon("the mute", mutes.next()).await != Some(true) {}

    call.remove_participant(b.identity().clone()).await.unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(at_b.call_end_reason(), Some(CallEndReason::REMOVED));
    lists(&mut app, "app", &[a.identity(), &clerk]).await;
    // An agent removes an application.
    call.remove_participant(clerk).await.unwrap();
    let over = app.event("app", "CallDisconnected").await;
    assert_eq!(over["data"]["resultInformation"]["subCode"], 5300);
    becomes(&call, CallState::Disconnected).await;
}

#[tokio::test]
async fn an_agent_adds_an_application() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let call = a.start_call([b.identity().clone()], ()).await.unwrap();
    app.offer().await;
    let at_b = rings(&b).await.accept(()).await.unwrap();
    becomes(&call, CallState::Connected).await;
    let clerk = office.clerk();
    let mut seen = at_b.remote_participants_updates();
    at_b.add_participant(clerk.clone(), ()).await.unwrap();
    let (offer, _) = office.answer(&mut app, "app").await;
    assert_eq!(offer["data"]["from"]["rawId"], *b.identity().raw_id());
    assert_eq!(
        offer["data"]["serverCallId"].as_str(),
        call.server_call_id()
            .as_ref()
            .map(acs_common::ServerCallId::as_str)
    );
    lists(&mut app, "app", &[a.identity(), b.identity(), &clerk]).await;
    comes(&mut seen, &clerk, ParticipantState::Connected).await;
}

#[tokio::test]
async fn removing_takes_back_an_invitation_and_ends_a_call_of_two() {
    let mut app = App::start().await;
    let office = Office::with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let (at_a, at_b) = talk(&a, &b).await;
    let call = at_a.server_call_id().unwrap();
    at_a.add_participant(c.identity().clone(), ()).await.unwrap();
    let mut to_c = c.incoming_calls();
    let ringing = soon("a call", to_c.next()).await.unwrap();
    at_b.remove_participant(c.identity().clone()).await.unwrap();
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    // An application's invitation can be taken back as well; the application is told.
    let locator = json!({ "kind": "serverCallLocator", "serverCallId": call });
    let connection = office.connect(&mut app, "app", locator).await;
    let path = format!("/calling/callConnections/{connection}/participants:add");
    let body = json!({ "participantToAdd": { "rawId": c.identity().raw_id() } });
    assert_eq!(office.client.post(&path, &body).await.status, 202);
    let ringing = soon("a call", to_c.next()).await.unwrap();
    at_b.remove_participant(c.identity().clone()).await.unwrap();
    soon("the end", ringing.ended().next()).await.unwrap();
    let failed = app.event("app", "AddParticipantFailed").await;
    assert_eq!(failed["data"]["resultInformation"]["code"], 487);

    for who in [c.identity(), a.identity()] {
        let error = at_a.remove_participant(who.clone()).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, Some(400)));
        assert!(error.to_string().contains("participant: expected"), "{error}");
    }
    let error = at_a.add_participant(b.identity().clone(), ()).await.unwrap_err();
    assert!(
        error.to_string().contains("participant: expected somebody else"),
        "{error}"
    );

    at_a.remove_participant(b.identity().clone()).await.unwrap();
    becomes(&at_b, CallState::Disconnected).await;
    assert_eq!(at_b.call_end_reason(), Some(CallEndReason::REMOVED));
    becomes(&at_a, CallState::Disconnected).await;
}

#[tokio::test]
async fn an_agent_that_leaves_takes_its_open_invitations_along() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let c = office.agent("C").await;
    let d = office.agent("D").await;
    let (at_a, at_b) = talk(&a, &b).await;
    at_a.add_participant(c.identity().clone(), ()).await.unwrap();
    let at_c = rings(&c).await.accept(()).await.unwrap();
    becomes(&at_c, CallState::Connected).await;
    at_a.add_participant(d.identity().clone(), ()).await.unwrap();
    let ringing = rings(&d).await;
    at_a.hang_up().await.unwrap();
    let end = soon("the end", ringing.ended().next()).await;
    assert_eq!(end, Some(IncomingEnd::Ended(CallEndReason::CANCELED)));
    assert_eq!(
        (at_b.state(), at_c.state()),
        (CallState::Connected, CallState::Connected)
    );
}
