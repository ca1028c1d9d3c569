//! Calls, from their beginning to their end.

use std::time::Duration;

use acs_calling::protocol::{CallSnapshot, Request};
use acs_calling::{
    AddParticipantOptions, CallDirection, CallEndReason, CallLocator, CallState, CustomContext, ErrorKind,
    ParticipantState, ResultCategory, StartCallOptions,
};
use acs_common::CommunicationIdentifier;
use acs_common::enums::DtmfTone;
use futures::StreamExt;
use tokio::time::Instant;

use crate::peer::{Line, participant, session, snapshot, talking_to, user, welcome};

fn telephone() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+14255550123")
}

#[tokio::test(start_paused = true)]
async fn a_call_goes_through_its_states_and_ends_with_a_reason() {
    let mut line = Line::new("alice", ()).await;
    let agent = line.agent.clone();
    let context = CustomContext::default().voip_header("topic", "billing");
    let options = StartCallOptions::default()
        .muted(true)
        .custom_context(context.clone());
    let (call, request) = tokio::join!(agent.start_call([user("bob")], options), line.grant());
    let call = call.unwrap();
    let id = call.id();
    assert_eq!(
        request,
        Request::StartCall {
            call: id.clone(),
            participants: vec![user("bob")],
            alternate_caller_id: None,
            custom_context: Some(context),
            muted: true,
        }
    );
    assert_eq!(call.direction(), CallDirection::Outgoing);
    assert!(call.is_muted());
    let states = call.state_changes();
    for state in [CallState::Ringing, CallState::EarlyMedia] {
        line.says(snapshot(&id, state)).await;
    }
    line.says(talking_to(&id, "bob")).await;
    // What would lead back is passed over.
    line.says(snapshot(&id, CallState::Ringing)).await;
    line.ends(&id, CallEndReason::ENDED_BY_TELEPHONE).await;
    assert_eq!(
        states.collect::<Vec<_>>().await,
        [
            CallState::Connecting,
            CallState::Ringing,
            CallState::EarlyMedia,
            CallState::Connected,
            CallState::Disconnected,
        ]
    );
    let reason = call.call_end_reason().unwrap();
    assert_eq!((reason.code, reason.sub_code), (0, Some(560_000)));
    assert_eq!(reason.category(), Some(ResultCategory::Success));
    assert!(agent.calls().is_empty());
    let last = call.wait_for(CallState::is_established).await;
    assert_eq!(last, CallState::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn the_bridge_to_call_automation_is_known_once_the_call_is_set_up() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    assert_eq!(call.server_call_id().unwrap().as_str(), "server-call");
}

#[tokio::test(start_paused = true)]
async fn wrong_arguments_are_errors_at_once_and_name_the_field() {
    let line = Line::new("alice", ()).await;
    let agent = &line.agent;
    let refused = async |targets: Vec<CommunicationIdentifier>, options: StartCallOptions| {
        let error = agent.start_call(targets, options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        error.field().unwrap().to_owned()
    };
    let plain = StartCallOptions::default;
    assert_eq!(refused(vec![], plain()).await, "participants");
    assert_eq!(refused(vec![user("alice")], plain()).await, "participants");
    assert_eq!(
        refused(vec![user("bob"), user("bob")], plain()).await,
        "participants"
    );
    assert_eq!(refused(vec![telephone()], plain()).await, "alternate_caller_id");
    let wrong = plain().alternate_caller_id("the office");
    assert_eq!(refused(vec![telephone()], wrong).await, "alternate_caller_id");
    let long = plain().custom_context(CustomContext::default().voip_header("k", "v".repeat(257)));
    assert_eq!(
        refused(vec![user("bob")], long).await,
        "customContext.voipHeaders"
    );
    let (group_id, room_id) = ("lunch".to_owned(), " ".to_owned());
    for locator in [CallLocator::Group { group_id }, CallLocator::Room { room_id }] {
        let error = agent.join(locator, ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert!(agent.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_service_refuses_is_an_error_and_over() {
    let mut line = Line::new("alice", ()).await;
    let agent = line.agent.clone();
    let (call, _) = tokio::join!(agent.start_call([user("bob")], ()), line.refuse(403, 7));
    let error = call.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!((error.code(), error.sub_code()), (Some(403), Some(7)));
    assert!(agent.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn several_are_called_and_groups_joined() {
    let mut line = Line::new("alice", ()).await;
    let agent = line.agent.clone();
    let options = StartCallOptions::default().alternate_caller_id("+14255550100");
    let both = [user("bob"), telephone()];
    let (call, request) = tokio::join!(agent.start_call(both.clone(), options), line.grant());
    call.unwrap();
    assert!(matches!(request, Request::StartCall { participants, .. } if participants == both));
    let group_id = "29228d3e-040e-4656-a70e-890ab4e173e5".to_owned();
    let locator = CallLocator::Group { group_id };
    let (call, request) = tokio::join!(agent.join(locator.clone(), ()), line.grant());
    let call = call.unwrap();
    let (id, muted) = (call.id(), false);
    assert_eq!(
        request,
        Request::Join {
            call: id.clone(),
            locator,
            muted
        }
    );
    line.says(snapshot(&id, CallState::InLobby)).await;
    let state = call.wait_for(|state| state == CallState::InLobby).await;
    assert_eq!(state, CallState::InLobby);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_85_seconds_to_be_answered_and_115_where_a_telephone_is_called() {
    let mut line = Line::new("alice", ()).await;
    let agent = line.agent.clone();
    for (target, secs) in [(user("bob"), 85), (telephone(), 115)] {
        let began = Instant::now();
        let options = StartCallOptions::default().alternate_caller_id("+14255550100");
        let (call, _) = tokio::join!(agent.start_call([target], options), line.grant());
        let call = call.unwrap();
        line.says(snapshot(&call.id(), CallState::Ringing)).await;
        call.wait_for(|state| state == CallState::Disconnected).await;
        assert_eq!(began.elapsed(), Duration::from_secs(secs));
        assert_eq!(call.call_end_reason(), Some(CallEndReason::SETUP_TIMED_OUT));
        assert!(matches!(line.grant().await, Request::HangUp { .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn both_sides_hold_and_both_have_to_resume() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let id = call.id();
    line.says(snapshot(&id, CallState::RemoteHold)).await;
    call.wait_for(|state| state == CallState::RemoteHold).await;
    let (held, request) = tokio::join!(call.hold(), line.grant());
    held.unwrap();
    assert_eq!(request, Request::Hold { call: id.clone() });
    assert_eq!(call.state(), CallState::LocalHold);
    call.hold().await.unwrap();
    let resuming = async {
        let (request, _) = line.peer.receive().await.unwrap();
        line.says(snapshot(&id, CallState::RemoteHold)).await;
        line.peer.done(request).await
    };
    let (resumed, _) = tokio::join!(call.resume(), resuming);
    resumed.unwrap();
    assert_eq!(call.state(), CallState::RemoteHold);
    line.says(talking_to(&id, "bob")).await;
    call.wait_for(|state| state == CallState::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_is_refused_leaves_the_call_as_it_was() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let (held, _) = tokio::join!(call.hold(), line.refuse(500, 41_033));
    let error = held.unwrap_err();
    assert_eq!((error.code(), error.sub_code()), (Some(500), Some(41_033)));
    assert_eq!(call.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn what_is_done_in_a_call_is_asked_of_the_service() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let id = call.id();
    let mut mutes = call.is_muted_changes();
    assert_eq!(mutes.next().await, Some(false));
    let muting = async {
        let (number, request) = line.peer.receive().await.unwrap();
        let (call, muted) = (id.clone(), true);
        assert_eq!(request, Request::Mute { call, muted });
        line.says(CallSnapshot {
            is_muted: true,
            ..talking_to(&id, "bob")
        })
        .await;
        line.peer.done(number).await
    };
    let (result, _) = tokio::join!(call.mute(), muting);
    result.unwrap();
    assert!(call.is_muted());
    assert_eq!(mutes.next().await, Some(true));
    let (result, request) = tokio::join!(call.send_dtmf(DtmfTone::Pound), line.grant());
    result.unwrap();
    let tone = DtmfTone::Pound;
    assert_eq!(request, Request::SendDtmf { call: id, tone });
    let error = call.send_dtmf(DtmfTone::from("flash")).await.unwrap_err();
    assert_eq!(error.field(), Some("tone"));
    let error = call.add_participant(telephone(), ()).await.unwrap_err();
    assert_eq!(error.field(), Some("alternate_caller_id"));
    let shown = AddParticipantOptions::default().alternate_caller_id("+14255550100");
    let (result, request) = tokio::join!(call.add_participant(telephone(), shown), line.grant());
    result.unwrap();
    assert!(matches!(request, Request::AddParticipant { participant, .. } if participant == telephone()));
    let (result, request) = tokio::join!(call.remove_participant(user("bob")), line.grant());
    result.unwrap();
    assert!(matches!(request, Request::RemoveParticipant { participant, .. } if participant == user("bob")));
}

#[tokio::test(start_paused = true)]
async fn participants_are_a_live_collection() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let mut updates = call.remote_participants_updates();
    assert_eq!(updates.next().await.unwrap().added, [participant("bob")]);
    let mut with_carol = talking_to(&call.id(), "bob");
    let mut carol = participant("carol");
    carol.state = ParticipantState::Ringing;
    with_carol.participants.push(carol.clone());
    line.says(with_carol).await;
    assert_eq!(updates.next().await.unwrap().added, [carol.clone()]);
    line.says(talking_to(&call.id(), "carol")).await;
    let update = updates.next().await.unwrap();
    assert_eq!(update.added, [participant("carol")]);
    assert_eq!(update.removed, [participant("bob"), carol]);
    assert_eq!(call.remote_participants(), [participant("carol")]);
}

#[tokio::test(start_paused = true)]
async fn hanging_up_is_leaving_and_for_everyone_is_asked_for() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let states = call.state_changes();
    let (result, request) = tokio::join!(call.hang_up(), line.grant());
    result.unwrap();
    let (id, for_everyone) = (call.id(), false);
    assert_eq!(
        request,
        Request::HangUp {
            call: id,
            for_everyone
        }
    );
    assert_eq!(
        states.collect::<Vec<_>>().await,
        [
            CallState::Connected,
            CallState::Disconnecting,
            CallState::Disconnected
        ]
    );
    assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
    call.hang_up().await.unwrap();
    assert_eq!(call.hold().await.unwrap_err().kind(), ErrorKind::CallNotFound);

    let call = line.connected_to("bob").await;
    let (result, _) = tokio::join!(call.hang_up_for_everyone(), line.refuse(403, 1));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(call.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_answer_fails_after_40_seconds() {
    let mut line = Line::new("alice", ()).await;
    let call = line.connected_to("bob").await;
    let began = Instant::now();
    let error = call.mute().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(began.elapsed(), Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_connection_is_lost_fails_and_the_call_is_left_when_it_is_back() {
    let mut line = Line::new("alice", ()).await;
    let agent = line.agent.clone();
    let losing = async {
        let (_, request) = line.peer.receive().await.unwrap();
        drop(line.peer);
        request
    };
    let (call, request) = tokio::join!(agent.start_call([user("bob")], ()), losing);
    assert_eq!(call.unwrap_err().kind(), ErrorKind::ConnectionLost);
    let Request::StartCall { call, .. } = request else {
        panic!("{request:?}");
    };
    assert!(agent.calls().is_empty());
    // The service had begun it all the same.
    let mut signed_in = session("alice");
    signed_in.calls.push(talking_to(&call, "bob"));
    let (mut peer, _) = welcome(&line.listener, signed_in).await;
    let (_, request) = peer.receive().await.unwrap();
    let for_everyone = false;
    assert_eq!(request, Request::HangUp { call, for_everyone });
}
