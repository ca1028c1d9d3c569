//! Tones: sent to a telephone, and followed as they are pressed.

use std::time::Duration;

use acs_call_automation::{DtmfTone, ErrorKind};
use acs_emulator::PartyScript;
use acs_tests::soon;
use futures::StreamExt as _;

use super::super::support::{codes, won};
use super::{Stage, telephone};

#[tokio::test]
async fn tones_are_sent_to_a_telephone_and_to_nobody_else() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    let tones = || "1234#".parse().unwrap();
    let sent = media.send_dtmf_tones((tones(), telephone())).await.unwrap();
    let completed = won("SendDtmfTonesCompleted", sent.outcome()).await;
    assert_eq!(codes(completed.event()), (200, 0));

    let user = stage.world.user(PartyScript::answer());
    let added = stage.call.add_participant(user.clone()).await.unwrap();
    won("AddParticipantSucceeded", added.outcome()).await;
    let error = media.send_dtmf_tones((tones(), user)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
}

#[tokio::test]
async fn keys_are_followed_while_something_plays_and_until_the_stop() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    let started = media
        .start_continuous_dtmf_recognition(telephone())
        .await
        .unwrap();
    let mut tones = started
        .tones()
        .unwrap()
        .wait_for_missing(Duration::from_millis(50));
    media.play_to_all(stage.prompt()).await.unwrap();
    stage.party().press("12").unwrap();
    stage.party().press("#").unwrap();
    for (id, expected) in [(1, DtmfTone::One), (2, DtmfTone::Two), (3, DtmfTone::Pound)] {
        let received = soon("a tone", tones.next()).await.unwrap();
        assert_eq!(
            (received.sequence_id, &received.tone),
            (Some(id), &Some(expected))
        );
        assert_eq!(
            received.event().operation_context(),
            Some(started.operation_context())
        );
    }
    let stopped = started.stop().await.unwrap();
    won("ContinuousDtmfRecognitionStopped", stopped.outcome()).await;
    assert!(soon("the end of the tones", tones.next()).await.is_none());
    assert_eq!(tones.missed(), 0);
    // What is pressed now is heard by nobody, and the tones from before are still there.
    stage.party().press("3").unwrap();
    let again = started.tones().unwrap().wait_for_missing(Duration::ZERO);
    assert_eq!(soon("the tones again", again.count()).await, 3);
    let error = media
        .stop_continuous_dtmf_recognition(telephone())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
}

#[tokio::test]
async fn the_end_of_the_call_ends_the_tones() {
    let stage = Stage::start().await;
    let started = stage
        .call
        .media()
        .start_continuous_dtmf_recognition(telephone())
        .await
        .unwrap();
    let tones = started.tones().unwrap();
    stage.party().press("5").unwrap();
    stage.call.hang_up(true).await.unwrap();
    let tones: Vec<_> = soon("the end of the tones", tones.collect::<Vec<_>>()).await;
    assert_eq!(tones.len(), 1);
}
