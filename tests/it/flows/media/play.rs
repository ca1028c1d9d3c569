//! Play to some and to all: begun, completed, failed, canceled, interrupted.

use acs_call_automation::ErrorKind;
use acs_call_automation::media::{PlayOptions, PlaySource, PlayToAllOptions};
use acs_call_events::Reason;
use acs_call_events::data::{ParticipantsUpdated, PlayStarted};
use acs_call_events::{CallEventStreamExt as _, EventData};
use acs_tests::soon;
use acs_tests::world::World;
use futures::StreamExt as _;

use super::super::support::{codes, failure, lost, won};
use super::{Stage, call, telephone};

#[tokio::test]
async fn sources_of_every_kind_are_played_one_after_the_other() {
    let stage = Stage::start().await;
    let sources = [
        stage.prompt(),
        PlaySource::text("Welcome."),
        PlaySource::ssml("<speak>Please hold the line.</speak>"),
    ];
    let options = PlayToAllOptions::new(sources).operation_context("welcome");
    let played = stage.call.media().play_to_all(options).await.unwrap();
    let started = won("PlayStarted", played.started()).await;
    assert!(started.is_kind::<PlayStarted>());
    assert_eq!(*started.operation_context().unwrap(), "welcome");
    let completed = won("PlayCompleted", played.outcome()).await;
    assert_eq!(codes(completed.event()), (200, 0));
}

#[tokio::test]
async fn a_source_that_cannot_be_played_is_named() {
    let stage = Stage::start().await;
    for (name, reason) in [
        ("stereo.wav", Reason::InvalidFileFormat),
        ("missing.wav", Reason::FileDownloadFailed),
    ] {
        let sources = [stage.prompt(), stage.file(name)];
        let played = stage
            .call
            .media()
            .play_to_all(PlayToAllOptions::new(sources))
            .await
            .unwrap();
        let error = lost("PlayFailed", played.outcome()).await;
        assert_eq!(error.kind(), ErrorKind::OperationFailed, "{name}");
        assert_eq!(error.failed_play_source_index(), Some(1), "{name}");
        assert_eq!(error.reason(), Some(reason), "{name}");
    }
    assert!(stage.call.properties().await.is_ok(), "the call goes on");
}

#[tokio::test]
async fn text_needs_the_azure_ai_resource() {
    let world = World::start().await;
    let call = call(&world, false).await;
    let error = call
        .media()
        .play_to_all(PlaySource::text("Welcome."))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!((error.status(), error.sub_code()), (Some(405), Some(8522)));
}

#[tokio::test]
async fn a_loop_ends_when_everything_is_canceled() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    let looping = PlayToAllOptions::new([stage.prompt()]).looping(true);
    let played = media.play_to_all(looping).await.unwrap();
    won("PlayStarted", played.started()).await;
    let queued = media.play_to_all(stage.prompt()).await.unwrap();
    media.cancel_all_media_operations().await.unwrap();
    for outcome in [played.outcome(), queued.outcome()] {
        let error = lost("PlayCanceled", outcome).await;
        assert_eq!(error.kind(), ErrorKind::Canceled);
        assert_eq!(failure(&error), (400, 8508));
    }
}

#[tokio::test]
async fn an_interruption_cancels_what_plays() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    let looping = PlayToAllOptions::new([stage.prompt()]).looping(true);
    let first = media.play_to_all(looping).await.unwrap();
    won("PlayStarted", first.started()).await;
    let announcement = PlayToAllOptions::new([stage.prompt()]).interrupt_call_media_operation(true);
    let second = media.play_to_all(announcement).await.unwrap();
    assert_eq!(
        lost("PlayCanceled", first.outcome()).await.kind(),
        ErrorKind::Canceled
    );
    won("PlayCompleted", second.outcome()).await;
}

#[tokio::test]
async fn who_is_played_to_is_on_hold_meanwhile_and_cannot_be_played_to_twice() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    let mut updates = stage.call.events().unwrap().of_kind::<ParticipantsUpdated>();
    let looping = PlayOptions::new([stage.prompt()], [telephone()]).looping(true);
    let played = media.play(looping).await.unwrap();
    won("PlayStarted", played.started()).await;
    soon("somebody on hold", async {
        while let Some(update) = updates.next().await {
            if update.participants.iter().any(|who| who.is_on_hold) {
                return;
            }
        }
        panic!("the call ended");
    })
    .await;
    let error = media.play((stage.prompt(), telephone())).await.unwrap_err();
    // One of the two refusals that the service is documented to give.
    assert_eq!(
        (error.kind(), error.sub_code()),
        (ErrorKind::Rejected, Some(8500))
    );
    media.cancel_all_media_operations().await.unwrap();
    assert_eq!(
        lost("PlayCanceled", played.outcome()).await.kind(),
        ErrorKind::Canceled
    );
}

#[tokio::test]
async fn the_end_of_the_call_ends_what_plays() {
    let stage = Stage::start().await;
    let looping = PlayToAllOptions::new([stage.prompt()]).looping(true);
    let played = stage.call.media().play_to_all(looping).await.unwrap();
    won("PlayStarted", played.started()).await;
    stage.call.hang_up(true).await.unwrap();
    let error = lost("an end", played.outcome()).await;
    assert!(
        matches!(error.kind(), ErrorKind::Canceled | ErrorKind::CallEnded),
        "{error}"
    );
    let events: Vec<_> = soon("the end", stage.call.events().unwrap().collect::<Vec<_>>()).await;
    assert!(matches!(
        events.last().unwrap().data(),
        EventData::CallDisconnected(_)
    ));
    let error = stage.call.media().play_to_all(stage.prompt()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
