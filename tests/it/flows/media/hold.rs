//! Hold, with and without music, and its end.

use acs_call_automation::media::HoldOptions;
use acs_call_automation::{CommunicationIdentifier, ErrorKind};
use acs_call_events::data::{HoldFailed, ParticipantsUpdated};
use acs_call_events::{CallEventStreamExt as _, EventOf};
use acs_tests::soon;
use futures::StreamExt as _;

use super::super::support::{codes, told, won};
use super::{Stage, telephone};

fn on_hold(update: &EventOf<ParticipantsUpdated>) -> bool {
    let telephone = telephone();
    update
        .participants
        .iter()
        .any(|who| who.identifier == telephone && who.is_on_hold)
}

#[tokio::test]
async fn somebody_is_put_on_hold_and_back() {
    let stage = Stage::start().await;
    let media = stage.call.media();
    for options in [
        HoldOptions::new(telephone()),
        HoldOptions::new(telephone()).play_source(stage.prompt()),
    ] {
        let held = media.hold(options).await.unwrap();
        assert!(on_hold(&won("a roster with the hold", held.outcome()).await));
        let free = media.unhold(telephone()).await.unwrap();
        assert!(!on_hold(&won("a roster without the hold", free.outcome()).await));
    }
}

#[tokio::test]
async fn music_that_cannot_be_played_takes_the_hold_back() {
    let stage = Stage::start().await;
    let options = HoldOptions::new(telephone())
        .play_source(stage.file("stereo.wav"))
        .operation_context("bad music");
    let held = stage.call.media().hold(options).await.unwrap();
    // The roster shows it before the music is fetched.
    assert!(on_hold(&won("a roster with the hold", held.outcome()).await));
    let failed = told::<HoldFailed>(&stage.call).await;
    assert_eq!(codes(failed.event()), (400, 8535));
    assert_eq!(*failed.event().operation_context().unwrap(), "bad music");
    let mut rosters = stage.call.events().unwrap().of_kind::<ParticipantsUpdated>();
    soon("the hold to be taken back", async {
        let mut held = false;
        while let Some(update) = rosters.next().await {
            if held && !on_hold(&update) {
                return;
            }
            held |= on_hold(&update);
        }
        panic!("the call ended");
    })
    .await;
}

#[tokio::test]
async fn who_is_not_in_the_call_cannot_be_held() {
    let stage = Stage::start().await;
    let stranger = CommunicationIdentifier::phone("+16045550199");
    let error = stage.call.media().hold(stranger).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = stage.call.media().unhold(telephone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
}
