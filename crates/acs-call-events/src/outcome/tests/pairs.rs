//! Which events decide which operation.

use acs_common::{CommunicationIdentifier, InvitationId, RecordingId};
use tokio_test::task::spawn;

use super::*;
use crate::OutcomeFailure;
use crate::data::*;
use crate::outcome::*;

/// How an outcome stands after some events.
#[derive(Debug, PartialEq)]
pub(super) enum Stands {
    Open,
    Success,
    Failed(String),
    Canceled(String),
    Other(OutcomeFailure),
}

pub(super) fn stands<O: Operation>(operation: O, events: impl IntoIterator<Item = CallEvent>) -> Stands {
    let hub = hub(events);
    let name = |event: &CallEvent| event.event_type().replace("Microsoft.Communication.", "");
    match spawn(hub.outcome(operation)).poll() {
        std::task::Poll::Pending => Stands::Open,
        std::task::Poll::Ready(Ok(_)) => Stands::Success,
        std::task::Poll::Ready(Err(OutcomeFailure::Failed(event))) => Stands::Failed(name(&event)),
        std::task::Poll::Ready(Err(OutcomeFailure::Canceled(event))) => Stands::Canceled(name(&event)),
        std::task::Poll::Ready(Err(other)) => Stands::Other(other),
    }
}

macro_rules! pairs {
    ($($test:ident: $operation:ident => $success:ident, $([$failure:ident => $verdict:ident]),*;)+) => {
        $(
            #[test]
            fn $test() {
                let operation = || $operation::new(&call()).operation_context(context("mine"));
                assert_eq!(stands(operation(), [event($success::new(), "mine")]), Stands::Success);
                assert_eq!(stands(operation(), [event($success::new(), "other")]), Stands::Open);
                assert_eq!(stands(operation(), [event($success::new(), "")]), Stands::Open);
                $(
                    let verdict = || Stands::$verdict(stringify!($failure).to_owned());
                    assert_eq!(stands(operation(), [event($failure::new(), "mine")]), verdict());
                    assert_eq!(stands(operation(), [event($failure::new(), "other")]), Stands::Open);
                    let any = $operation::new(&call());
                    assert_eq!(stands(any, [event($failure::new(), "other")]), verdict());
                    // The first event that decides counts, the others do not.
                    assert_eq!(
                        stands(operation(), [
                            event($failure::new(), "other"),
                            event($success::new(), "mine"),
                            event($failure::new(), "mine"),
                        ]),
                        Stands::Success
                    );
                )*
                let any = $operation::new(&call());
                assert_eq!(stands(any, [connected(), event($success::new(), "other")]), Stands::Success);
            }
        )+
    };
}

pairs! {
    transfer: TransferToParticipant => CallTransferAccepted, [CallTransferFailed => Failed];
    add: AddParticipant => AddParticipantSucceeded, [AddParticipantFailed => Failed];
    remove: RemoveParticipant => RemoveParticipantSucceeded, [RemoveParticipantFailed => Failed];
    play: Play => PlayCompleted, [PlayFailed => Failed], [PlayCanceled => Canceled];
    recognize: Recognize => RecognizeCompleted, [RecognizeFailed => Failed], [RecognizeCanceled => Canceled];
    send_tones: SendDtmfTones => SendDtmfTonesCompleted, [SendDtmfTonesFailed => Failed];
    stop_tones: StopContinuousDtmfRecognition => ContinuousDtmfRecognitionStopped,;
    start_transcription: StartTranscription => TranscriptionStarted, [TranscriptionFailed => Failed];
    stop_transcription: StopTranscription => TranscriptionStopped, [TranscriptionFailed => Failed];
    start_streaming: StartMediaStreaming => MediaStreamingStarted, [MediaStreamingFailed => Failed];
    stop_streaming: StopMediaStreaming => MediaStreamingStopped, [MediaStreamingFailed => Failed];
}

#[test]
fn a_stream_that_breaks_without_a_context_fails_whoever_waits() {
    let operation = StartTranscription::new(&call()).operation_context(context("mine"));
    assert_eq!(
        stands(operation, [event(TranscriptionFailed::new(), "")]),
        Stands::Failed("TranscriptionFailed".into())
    );
}

#[test]
fn getting_a_call() {
    let failures = [
        event(CreateCallFailed::new(), ""),
        event(AnswerFailed::new(), "x"),
        event(ConnectFailed::new(), "x"),
        disconnected(603, 0),
    ];
    assert_eq!(stands(CreateCall::new(&call()), [connected()]), Stands::Success);
    assert_eq!(stands(AnswerCall::new(&call()), [connected()]), Stands::Success);
    assert_eq!(stands(ConnectCall::new(&call()), [connected()]), Stands::Success);
    for failure in failures {
        let name = failure.event_type().replace("Microsoft.Communication.", "");
        assert_eq!(
            stands(Connected::new(&call()), [failure.clone()]),
            Stands::Failed(name)
        );
        assert_eq!(
            stands(CreateCall::new(&call()), [connected(), failure]),
            Stands::Success
        );
    }
}

#[test]
fn a_rejected_call_fails_by_whichever_event_comes_first() {
    let failed = || event(CreateCallFailed::new(), "");
    assert_eq!(
        stands(CreateCall::new(&call()), [disconnected(603, 0), failed()]),
        Stands::Failed("CallDisconnected".into())
    );
    assert_eq!(
        stands(CreateCall::new(&call()), [failed(), disconnected(603, 0)]),
        Stands::Failed("CreateCallFailed".into())
    );
}

#[test]
fn hanging_up_succeeds_however_the_call_ended() {
    for (code, sub_code) in [(200, 7000), (200, 5001), (603, 0)] {
        assert_eq!(
            stands(HangUp::new(&call()), [connected(), disconnected(code, sub_code)]),
            Stands::Success
        );
    }
}

#[test]
fn invitations_are_told_apart_by_their_ids() {
    let withdrawn = |id: &str| {
        let id = (!id.is_empty()).then(|| InvitationId::from(id));
        event(CancelAddParticipantSucceeded::new().invitation_id(id), "cancel")
    };
    let refused = |id: &str, context: &str| {
        event(
            CancelAddParticipantFailed::new().invitation_id(InvitationId::from(id)),
            context,
        )
    };
    let cancel =
        || CancelAddParticipant::new(&call(), &InvitationId::from("1")).operation_context(context("cancel"));
    assert_eq!(stands(cancel(), [withdrawn("1")]), Stands::Success);
    assert_eq!(stands(cancel(), [withdrawn("")]), Stands::Success);
    assert_eq!(stands(cancel(), [withdrawn("2")]), Stands::Open);
    assert_eq!(stands(cancel(), [refused("2", "cancel")]), Stands::Open);
    assert_eq!(stands(cancel(), [refused("1", "earlier")]), Stands::Open);
    assert_eq!(
        stands(cancel(), [refused("1", "cancel")]),
        Stands::Failed("CancelAddParticipantFailed".into())
    );

    let add = || {
        AddParticipant::new(&call())
            .operation_context(context("add"))
            .invitation_id(InvitationId::from("1"))
    };
    assert_eq!(stands(add(), [withdrawn("2")]), Stands::Open);
    assert_eq!(
        stands(add(), [withdrawn("1")]),
        Stands::Canceled("CancelAddParticipantSucceeded".into())
    );
    assert_eq!(
        stands(AddParticipant::new(&call()), [withdrawn("1")]),
        Stands::Open,
        "without an invitation id, nobody knows whose it was"
    );
}

#[test]
fn moving_succeeds_when_all_are_moved() {
    let moved = |who: &str| {
        let who = CommunicationIdentifier::user(who);
        event(MoveParticipantSucceeded::new().participant(who), "move")
    };
    let two = || MoveParticipants::new(&call(), 2).operation_context(context("move"));
    assert_eq!(stands(two(), [moved("8:acs:a")]), Stands::Open);
    assert_eq!(stands(two(), [moved("8:acs:a"), moved("8:acs:a")]), Stands::Open);
    assert_eq!(
        stands(two(), [moved("8:acs:a"), moved("8:acs:b")]),
        Stands::Success
    );
    assert_eq!(
        stands(
            two(),
            [moved("8:acs:a"), event(MoveParticipantFailed::new(), "move")]
        ),
        Stands::Failed("MoveParticipantFailed".into())
    );
    let hub = hub([moved("8:acs:a"), moved("8:acs:b")]);
    let std::task::Poll::Ready(Ok(all)) = spawn(hub.outcome(two())).poll() else {
        panic!("both are moved");
    };
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].participant, Some(CommunicationIdentifier::user("8:acs:b")));
}

#[test]
fn a_recording_is_started_when_it_is_active() {
    use acs_common::enums::RecordingState;

    let recording = RecordingId::from("recording");
    let state = |state: RecordingState| {
        // Recorded traffic: the call connection id is the recorder's.
        CallEvent::builder(
            state.clone(),
            RecordingStateChanged::new()
                .recording_id(recording.clone())
                .state(state),
        )
        .call_connection_id("recorder")
        .build()
    };
    let start = || StartRecording::new(&recording);
    assert_eq!(stands(start(), [state(RecordingState::Inactive)]), Stands::Open);
    assert_eq!(
        stands(
            start(),
            [state(RecordingState::Inactive), state(RecordingState::Active)]
        ),
        Stands::Success
    );
    let failed = StartRecordingFailed::new().recording_id(recording.clone());
    assert_eq!(
        stands(start(), [event(failed, "")]),
        Stands::Failed("StartRecordingFailed".into())
    );
}
