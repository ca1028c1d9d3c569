//! The three transfers, row by row of the reference's flows: A asks, B is moved, C is reached.

use acs_calling::protocol::{
    CallSnapshot, IncomingCallInfo, Request, ServerMessage, TransferProgress, TransferRequestId,
    TransferTarget,
};
use acs_calling::{
    CallAgentOptions, CallDirection, CallEndReason, CallId, CallState, CallerInfo, CustomContext, ErrorKind,
    TransferPolicy, TransferState, TransferToCallOptions, TransferToParticipantOptions,
    TransferToVoicemailOptions, limits,
};
use acs_common::MicrosoftTeamsUserIdentifier;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::peer::{Line, incoming, talking_to, user};

#[tokio::test(start_paused = true)]
async fn to_a_participant_as_the_transferor_sees_it() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let context = CustomContext::default().voip_header("topic", "billing");
    let options = TransferToParticipantOptions::default()
        .disable_forwarding_and_unanswered(true)
        .custom_context(context.clone());
    let transfer = call.transfer_to_participant(user("c"), options).unwrap();
    assert_eq!(
        a.grant().await,
        Request::Transfer {
            call: call.id(),
            transfer: transfer.id().clone(),
            target: TransferTarget::Participant {
                identifier: user("c"),
                disable_forwarding_and_unanswered: true,
            },
            custom_context: Some(context),
        }
    );
    assert_eq!(transfer.state(), TransferState::Transferring);
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    transfer.outcome().await.unwrap();
    assert_eq!(
        transfer.state_changes().collect::<Vec<_>>().await,
        [
            TransferState::None,
            TransferState::Transferring,
            TransferState::Transferred
        ]
    );
    // Success does not end the transferor's call: that is the transferor's business.
    assert_eq!(call.state(), CallState::Connected);
    let (result, _) = tokio::join!(call.hang_up(), a.grant());
    result.unwrap();
}

#[tokio::test(start_paused = true)]
async fn to_a_participant_as_the_transferee_sees_it() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    let mut accepted = old.transfers_accepted();
    let new = b.is_transferred(&old, "to-c", CallState::Connecting).await;
    assert_eq!(accepted.next().await.unwrap().target_call, new);
    assert_eq!(new.direction(), CallDirection::Outgoing);
    assert_eq!(new.state(), CallState::Connecting);
    assert_eq!(b.agent.calls(), [old.clone(), new.clone()]);
    assert_eq!(old.state(), CallState::Connected);
    // C answers: the call to C is the active one, the old one is held and then ends.
    b.says(talking_to(&new.id(), "c")).await;
    assert_eq!(b.grant().await, Request::Hold { call: old.id() });
    assert_eq!(
        new.wait_for(CallState::is_established).await,
        CallState::Connected
    );
    assert_eq!(old.state(), CallState::LocalHold);
    b.ends(&old.id(), CallEndReason::HUNG_UP).await;
    old.wait_for(|state| state == CallState::Disconnected).await;
    assert_eq!(b.agent.calls(), [new]);
    assert!(
        accepted.next().await.is_none(),
        "nothing comes of a call that is over"
    );
}

/// A service that begins the call to the target and then says nothing does not leave the transferee with it for ever.
#[tokio::test(start_paused = true)]
async fn a_call_to_a_target_has_115_seconds_to_be_answered() {
    let mut b = Line::new("b", ()).await;
    let old = b.connected_to("a").await;
    let began = Instant::now();
    let new = b.is_transferred(&old, "to-c", CallState::Ringing).await;
    new.wait_for(|state| state == CallState::Disconnected).await;
    assert_eq!(began.elapsed(), limits::SET_UP_TELEPHONE);
    assert_eq!(new.call_end_reason(), Some(CallEndReason::SETUP_TIMED_OUT));
    assert_eq!(old.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn to_a_participant_as_the_target_sees_it() {
    let mut c = Line::new("c", ()).await;
    let info = IncomingCallInfo {
        transferor: Some(CallerInfo::new(user("a"))),
        custom_context: Some(CustomContext::default().voip_header("topic", "billing")),
        ..incoming("in", "b")
    };
    let told = ServerMessage::IncomingCall {
        incoming: info.clone(),
    };
    assert!(c.peer.send(told).await);
    let ringing = c.agent.incoming_calls().next().await.unwrap();
    assert_eq!(ringing.caller_info().identifier, Some(user("b")));
    assert_eq!(ringing.transferor_info(), info.transferor);
    assert_eq!(ringing.custom_context(), info.custom_context.as_ref());
    let (call, _) = tokio::join!(ringing.accept(()), c.grant());
    assert_eq!(call.unwrap().transferor_info(), info.transferor);
}

#[tokio::test(start_paused = true)]
async fn hanging_up_can_be_left_to_the_transfer() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let options = TransferToParticipantOptions::default().hang_up_when_transferred(true);
    let transfer = call.transfer_to_participant(user("c"), options).unwrap();
    a.grant().await;
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    let (id, for_everyone) = (call.id(), false);
    assert_eq!(
        a.grant().await,
        Request::HangUp {
            call: id,
            for_everyone
        }
    );
    call.wait_for(|state| state == CallState::Disconnected).await;
    assert_eq!(call.call_end_reason(), Some(CallEndReason::HUNG_UP));
}

#[tokio::test(start_paused = true)]
async fn to_another_call_leaves_both_and_needs_both() {
    let mut a = Line::new("a", ()).await;
    let with_b = a.connected_to("b").await;
    let (held, _) = tokio::join!(with_b.hold(), a.grant());
    held.unwrap();
    let with_c = a.connected_to("c").await;
    let error = with_b.transfer_to_call(&with_b, ()).unwrap_err();
    assert_eq!(error.field(), Some("target_call"));
    let error = with_b.transfer_to_call("gone", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CallNotFound);
    let options = TransferToCallOptions::default().hang_up_when_transferred(true);
    let transfer = with_b.transfer_to_call(&with_c, options).unwrap();
    let request = a.grant().await;
    assert!(
        matches!(&request, Request::Transfer { call, target: TransferTarget::Call { call: target }, .. }
            if *call == with_b.id() && *target == with_c.id()),
        "{request:?}"
    );
    // C's side of the old call ends by itself once B has taken its place.
    a.ends(&with_c.id(), CallEndReason::HUNG_UP).await;
    with_c.wait_for(|state| state == CallState::Disconnected).await;
    assert_eq!(transfer.state(), TransferState::Transferring);
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    let request = a.grant().await;
    assert!(
        matches!(&request, Request::HangUp { call, .. } if *call == with_b.id()),
        "{request:?}"
    );
    transfer.outcome().await.unwrap();
    let more = a.peer.receive().now_or_never();
    assert!(more.is_none(), "what is over needs no goodbye");
}

#[tokio::test(start_paused = true)]
async fn to_another_call_that_is_gone_fails_and_leaves_the_first() {
    let mut a = Line::new("a", ()).await;
    let with_b = a.connected_to("b").await;
    let with_c = a.connected_to("c").await;
    assert_eq!(a.grant().await, Request::Hold { call: with_b.id() });
    let transfer = with_b.transfer_to_call(&with_c, ()).unwrap();
    a.grant().await;
    let error = CallEndReason::REPLACED_CALL_NOT_FOUND;
    a.transfer_is(transfer.id(), TransferProgress::Failed { error })
        .await;
    assert_eq!(transfer.outcome().await, Err(error));
    assert_eq!(with_b.state(), CallState::LocalHold);
    assert_eq!(with_c.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn to_a_voicemail() {
    let mut a = Line::new("a", ()).await;
    let call = a.connected_to("b").await;
    let boss = MicrosoftTeamsUserIdentifier::new("45ab2481-1c1c-4005-be24-0ffb879b1130");
    let options = TransferToVoicemailOptions::default().hang_up_when_transferred(true);
    let transfer = call.transfer_to_voicemail(boss.clone(), options).unwrap();
    let request = a.grant().await;
    assert!(
        matches!(&request, Request::Transfer { target: TransferTarget::Voicemail { identifier }, .. }
            if *identifier == boss.clone().into()),
        "{request:?}"
    );
    a.transfer_is(transfer.id(), TransferProgress::Transferred).await;
    assert!(matches!(a.grant().await, Request::HangUp { .. }));
    transfer.outcome().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_transfer_needs_an_established_call_and_its_turn() {
    let mut a = Line::new("a", ()).await;
    let agent = a.agent.clone();
    let (call, _) = tokio::join!(agent.start_call([user("b")], ()), a.grant());
    let call = call.unwrap();
    let error = call.transfer_to_participant(user("c"), ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    a.says(talking_to(&call.id(), "b")).await;
    call.wait_for(CallState::is_established).await;
    let error = call.transfer_to_participant(user("a"), ()).unwrap_err();
    assert_eq!(error.field(), Some("target"));
    let first = call.transfer_to_participant(user("c"), ()).unwrap();
    let error = call.transfer_to_participant(user("d"), ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransferInProgress);
    assert_eq!((error.code(), error.sub_code()), (Some(409), Some(8607)));
    a.grant().await;
    let error = CallEndReason::DECLINED;
    a.transfer_is(first.id(), TransferProgress::Failed { error })
        .await;
    first.outcome().await.unwrap_err();
    // To try again is to ask anew.
    call.transfer_to_participant(user("d"), ()).unwrap();
}

fn asking() -> CallAgentOptions {
    CallAgentOptions::default().transfer_policy(TransferPolicy::Ask)
}

fn question(call: CallId) -> ServerMessage {
    ServerMessage::TransferRequested {
        transfer_request: TransferRequestId::new("q"),
        call,
        target: Some(user("c")),
    }
}

#[tokio::test(start_paused = true)]
async fn a_transferee_that_asks_to_be_asked_decides() {
    let mut b = Line::new("b", asking()).await;
    assert!(b.signed_in_as.asks_before_transfer);
    let old = b.connected_to("a").await;
    let mut requests = old.transfer_requests();
    for (accept, finish) in [(true, "accept"), (false, "reject"), (false, "drop")] {
        assert!(b.peer.send(question(old.id())).await);
        let request = requests.next().await.unwrap();
        assert_eq!(request.target_participant(), Some(&user("c")));
        let deciding = async {
            match finish {
                "accept" => request.accept(()).await.unwrap(),
                "reject" => request.reject().await.unwrap(),
                _ => drop(request),
            }
        };
        let ((), answer) = tokio::join!(deciding, b.grant());
        let expected = Request::AnswerTransfer {
            transfer_request: TransferRequestId::new("q"),
            accept,
            muted: false,
        };
        assert_eq!(answer, expected, "{finish}");
    }
    assert_eq!(old.state(), CallState::Connected);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_too_late_is_told_so() {
    let mut b = Line::new("b", asking()).await;
    let old = b.connected_to("a").await;
    assert!(b.peer.send(question(old.id())).await);
    let request = old.transfer_requests().next().await.unwrap();
    let transfer_request = TransferRequestId::new("q");
    let ended = ServerMessage::TransferRequestEnded { transfer_request };
    assert!(b.peer.send(ended).await);
    // What is said after it has been read when this has.
    let mut mutes = old.is_muted_changes();
    b.says(CallSnapshot {
        is_muted: true,
        ..talking_to(&old.id(), "a")
    })
    .await;
    assert_eq!(mutes.next().await, Some(false));
    assert_eq!(mutes.next().await, Some(true));
    let error = request.accept(()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoLongerRequested);
    // A question about a call that is unknown here is declined.
    assert!(b.peer.send(question(CallId::new("unknown"))).await);
    let answer = b.grant().await;
    assert!(matches!(answer, Request::AnswerTransfer { accept: false, .. }));
}
