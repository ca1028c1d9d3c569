//! Media operations: begun, failed at a prompt, updated, and events that come early, twice or not at all.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use tokio_test::task::spawn;
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok};

use super::pairs::{Stands, stands};
use super::*;
use crate::data::*;
use crate::outcome::*;
use crate::{OutcomeFailure, Reason};

fn failed(data: impl Into<EventData>, operation_context: &str, sub_code: i32) -> CallEvent {
    CallEvent::builder(format!("failed-{operation_context}-{sub_code}"), data)
        .call_connection_id(CALL)
        .operation_context(context(operation_context))
        .result_information(ResultInformation::of(400, sub_code, ""))
        .build()
}

#[test]
fn playing_begins_with_its_event_or_at_the_latest_when_it_is_over() {
    let operation = || StartPlaying::new(&call()).operation_context(context("mine"));
    let mine = |data: EventData| event(data, "mine");
    assert_eq!(
        stands(operation(), [mine(PlayStarted::new().into())]),
        Stands::Success
    );
    assert_eq!(
        stands(operation(), [mine(PlayCompleted::new().into())]),
        Stands::Success
    );
    assert_eq!(
        stands(operation(), [event(PlayStarted::new(), "other")]),
        Stands::Open
    );
    assert_eq!(
        stands(operation(), [mine(PlayFailed::new().into())]),
        Stands::Failed("PlayFailed".into())
    );
    assert_eq!(
        stands(operation(), [mine(PlayCanceled::new().into())]),
        Stands::Canceled("PlayCanceled".into())
    );
    // What is over later had begun.
    let events = [mine(PlayStarted::new().into()), mine(PlayCanceled::new().into())];
    assert_eq!(stands(operation(), events), Stands::Success);
}

#[test]
fn a_prompt_of_a_recognition_begins_without_deciding_it() {
    let operation = Recognize::new(&call()).operation_context(context("mine"));
    let started = event(PlayStarted::new(), "mine");
    assert_eq!(stands(operation.clone(), [started.clone()]), Stands::Open);
    let events = [started, event(RecognizeCompleted::new(), "mine")];
    assert_eq!(stands(operation, events), Stands::Success);
}

#[test]
fn a_failure_names_the_prompt_that_could_not_be_played() {
    let hub = hub([
        failed(PlayFailed::new().failed_play_source_index(2), "play", 8535),
        failed(RecognizeFailed::new().failed_play_source_index(0), "prompt", 8536),
        failed(RecognizeFailed::new(), "silence", 8510),
        failed(RecognizeFailed::new().failed_play_source_index(-1), "odd", 8511),
    ]);
    let play = Play::new(&call()).operation_context(context("play"));
    let failure = assert_ready_err!(spawn(hub.outcome(play)).poll());
    assert_eq!(failure.failed_play_source_index(), Some(2));
    assert_eq!(failure.reason(), Some(Reason::InvalidFileFormat));
    for (name, index, reason) in [
        ("prompt", Some(0), Reason::FileDownloadFailed),
        ("silence", None, Reason::InitialSilenceTimeout),
        ("odd", None, Reason::PromptFailed),
    ] {
        let recognize = Recognize::new(&call()).operation_context(context(name));
        let failure = assert_ready_err!(spawn(hub.outcome(recognize)).poll());
        assert_eq!(failure.failed_play_source_index(), index, "{name}");
        assert_eq!(failure.reason(), Some(reason), "{name}");
    }
    assert_eq!(OutcomeFailure::Closed.failed_play_source_index(), None);
}

#[test]
fn an_update_of_a_transcription_comes_with_the_context_of_the_start() {
    let update = || UpdateTranscription::new(&call());
    for name in ["start", "update", ""] {
        assert_eq!(
            stands(update(), [event(TranscriptionUpdated::new(), name)]),
            Stands::Success
        );
        assert_eq!(
            stands(update(), [event(TranscriptionFailed::new(), name)]),
            Stands::Failed("TranscriptionFailed".into())
        );
    }
    assert_eq!(
        stands(update(), [event(TranscriptionStarted::new(), "start")]),
        Stands::Open
    );

    // An earlier update is told apart by its place.
    let hub = hub([event(TranscriptionUpdated::new(), "start")]);
    let position = hub.position(&call());
    let mut again = spawn(hub.outcome(update()).since(position));
    assert_pending!(again.poll());
    hub.publish(event(TranscriptionUpdated::new(), "start"));
    assert_ready_ok!(again.poll());
}

#[test]
fn an_event_that_is_delivered_twice_or_early_decides_once() {
    let tones = || SendDtmfTones::new(&call()).operation_context(context("mine"));
    let sent = event(SendDtmfTonesCompleted::new(), "mine");
    let hub = hub([sent.clone(), sent.clone()]);
    assert_ready_ok!(spawn(hub.outcome(tones())).poll());
    let position = hub.position(&call());
    let mut again = spawn(hub.outcome(tones()).since(position));
    hub.publish(sent);
    assert_pending!(again.poll());
    hub.publish(event(SendDtmfTonesFailed::new(), "mine"));
    assert_ready_err!(again.poll());
}

#[test]
fn a_late_roster_from_before_the_request_shows_neither_hold_nor_its_end() {
    let target = || CommunicationIdentifier::phone("+16041234567");
    let roster = |number, on_hold| {
        let participants = [CallParticipant::new(target()).on_hold(on_hold)];
        let update = ParticipantsUpdated::new().sequence_number(number);
        event(update.participants(participants), "")
    };
    let hub = hub([roster(5, true)]);
    let position = hub.position(&call());
    let operation = Unhold::new(&call(), target()).newer_than(Some(5));
    let mut unhold = spawn(hub.outcome(operation).since(position));
    hub.publish(roster(4, false));
    hub.publish(roster(5, false));
    assert_pending!(unhold.poll());
    hub.publish(roster(6, false));
    assert_ready_ok!(unhold.poll());

    let position = hub.position(&call());
    let operation = Hold::new(&call(), target()).newer_than(Some(6));
    let mut hold = spawn(hub.outcome(operation).since(position));
    hub.publish(roster(3, true));
    assert_pending!(hold.poll());
    hub.publish(roster(8, true));
    assert_ready_ok!(hold.poll());
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_call_ends_every_media_wait() {
    async fn ended<O: Operation>(operation: O) {
        let hub = hub([connected(), disconnected(200, 7000)]);
        let Err(failure) = hub.outcome(operation).await else {
            panic!("nothing was decided before the call ended");
        };
        assert!(failure.is_call_ended(), "{failure}");
        assert_eq!(failure.reason(), Some(Reason::EndedByCallAutomation));
    }

    let call = call();
    let target = CommunicationIdentifier::user("8:acs:a");
    ended(StartPlaying::new(&call)).await;
    ended(Play::new(&call)).await;
    ended(Recognize::new(&call)).await;
    ended(SendDtmfTones::new(&call)).await;
    ended(StopContinuousDtmfRecognition::new(&call)).await;
    ended(Hold::new(&call, target.clone())).await;
    ended(Unhold::new(&call, target)).await;
    ended(StartTranscription::new(&call)).await;
    ended(UpdateTranscription::new(&call)).await;
    ended(StopTranscription::new(&call)).await;
    ended(StartMediaStreaming::new(&call)).await;
    ended(StopMediaStreaming::new(&call)).await;
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_that_is_delivered_behind_the_end_still_counts() {
    let hub = hub([connected(), disconnected(200, 7000)]);
    let mut play = spawn(hub.outcome(Play::new(&call()).operation_context(context("mine"))));
    assert_pending!(play.poll());
    tokio::time::advance(Duration::from_millis(100)).await;
    hub.publish(event(PlayCanceled::new(), "mine"));
    assert!(assert_ready_err!(play.poll()).is_canceled());
}
