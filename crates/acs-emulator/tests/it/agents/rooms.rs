//! Rooms and group calls, with applications in them.

use std::time::Duration;

use acs_calling::{CallEndReason, CallLocator, CallState, ErrorKind, ParticipantState};
use chrono::TimeDelta;
use futures::StreamExt as _;
use serde_json::json;

use super::{Office, becomes, comes, lists, rings};
use crate::harness::{App, soon};
use crate::media::files;

fn room(id: &str) -> CallLocator {
    let room_id = id.to_owned();
    CallLocator::Room { room_id }
}

#[tokio::test]
async fn a_room_is_joined_by_its_participants_in_its_time() {
    let app = App::start().await;
    let office = Office::stepped_with(&app).await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let now = office.clock().now;
    let (opens, closes) = (now + TimeDelta::hours(1), now + TimeDelta::hours(2));
    office.create_room("timed", Some(opens), Some(closes)).unwrap();
    office.create_room_for("closed", [a.identity().clone()]).unwrap();

    let refused = async |agent: &acs_calling::CallAgent, id: &str| {
        let error = agent.join(room(id), ()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(agent.calls().is_empty());
        (error.code(), error.sub_code())
    };
    assert_eq!(refused(&b, "closed").await, (Some(403), Some(5828)));
    assert_eq!(refused(&a, "timed").await, (Some(403), Some(5829)));
    let at_a = a.join(room("closed"), ()).await.unwrap();
    becomes(&at_a, CallState::Connected).await;
    at_a.hang_up().await.unwrap();
    office.advance(Duration::from_secs(3600)).await.unwrap();
    let at_a = a.join(room("timed"), ()).await.unwrap();
    becomes(&at_a, CallState::Connected).await;
    office.advance(Duration::from_secs(3601)).await.unwrap();
    assert_eq!(refused(&b, "timed").await, (Some(403), Some(5829)));
    assert_eq!(at_a.state(), CallState::Connected, "whoever is in stays");
}

#[tokio::test]
async fn a_room_is_not_ended_for_everyone() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let at_a = a.join(room("r"), ()).await.unwrap();
    let at_b = b.join(room("r"), ()).await.unwrap();
    becomes(&at_b, CallState::Connected).await;
    let error = at_a.hang_up_for_everyone().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Refused, Some(403)));
    assert_eq!(
        (at_a.state(), at_b.state()),
        (CallState::Connected, CallState::Connected)
    );
    // Holding is local in a room, also with two in it.
    at_a.hold().await.unwrap();
    assert_eq!(at_b.state(), CallState::Connected);
    at_a.hang_up().await.unwrap();
    becomes(&at_a, CallState::Disconnected).await;
    assert_eq!(
        at_b.state(),
        CallState::Connected,
        "a room stays while somebody is in it"
    );
}

#[tokio::test]
async fn an_application_connects_to_a_room_and_acts_on_agents_in_it() {
    let group_id = "29228d3e-040e-4656-a70e-890ab4e173e5".to_owned();
    let cases = [
        (room("r"), json!({ "kind": "roomCallLocator", "roomId": "r" })),
        (
            CallLocator::Group {
                group_id: group_id.clone(),
            },
            json!({ "kind": "groupCallLocator", "groupCallId": group_id }),
        ),
    ];
    for (locator, by_automation) in cases {
        let mut app = App::start().await;
        let office = Office::open().await;
        let a = office.agent("A").await;
        let b = office.agent("B").await;
        let at_a = a.join(locator, ()).await.unwrap();
        becomes(&at_a, CallState::Connected).await;
        let connection = office.connect(&mut app, "app", by_automation).await;
        let path = format!("/calling/callConnections/{connection}");
        // Adds,
        let body = json!({ "participantToAdd": { "rawId": b.identity().raw_id() } });
        let added = office
            .client
            .post(&format!("{path}/participants:add"), &body)
            .await;
        assert_eq!(added.status, 202, "{added:?}");
        let mut seen = at_a.remote_participants_updates();
        comes(&mut seen, b.identity(), ParticipantState::Ringing).await;
        let at_b = rings(&b).await.accept(()).await.unwrap();
        comes(&mut seen, b.identity(), ParticipantState::Connected).await;
        app.event("app", "AddParticipantSucceeded").await;
        lists(&mut app, "app", &[a.identity(), b.identity()]).await;
        // mutes,
        let body = json!({ "targetParticipants": [{ "rawId": a.identity().raw_id() }] });
        let muted = office
            .client
            .post(&format!("{path}/participants:mute"), &body)
            .await;
        assert_eq!(muted.status, 200, "{muted:?}");
        let mut mutes = at_a.is_muted_changes();
        while soon("the mute", mutes.next()).await != Some(true) {}
        // plays to all,
        let body = json!({
            "playSources": [{ "kind": "file", "file": { "uri": format!("{}/good.wav", files().await) } }],
        });
        let played = office.client.post(&format!("{path}:play"), &body).await;
        assert_eq!(played.status, 202, "{played:?}");
        app.event("app", "PlayCompleted").await;
        // and removes.
        let body = json!({ "participantToRemove": { "rawId": b.identity().raw_id() } });
        let removed = office
            .client
            .post(&format!("{path}/participants:remove"), &body)
            .await;
        assert_eq!(removed.status, 202, "{removed:?}");
        becomes(&at_b, CallState::Disconnected).await;
        assert_eq!(at_b.call_end_reason(), Some(CallEndReason::REMOVED));
        assert_eq!(at_a.state(), CallState::Connected);
    }
}

/// Over the control interface, as a program outside makes it.
#[tokio::test]
async fn a_room_with_a_list_is_made_over_http() {
    let office = Office::open().await;
    let a = office.agent("A").await;
    let b = office.agent("B").await;
    let list = json!([a.identity().raw_id()]);
    let body = json!({ "roomId": "r", "participants": list });
    let (status, made) = office.client.plain_post("/emulator/rooms", &body).await;
    assert_eq!((status, made["roomId"].as_str()), (201, Some("r")));
    a.join(room("r"), ()).await.unwrap();
    let error = b.join(room("r"), ()).await.unwrap_err();
    assert_eq!(error.sub_code(), Some(5828));
    let body = json!({ "participants": list, "parties": [b.identity().raw_id()] });
    let (status, refused) = office.client.plain_post("/emulator/rooms", &body).await;
    assert_eq!(status, 400, "{refused}");
    assert!(refused.to_string().contains("parties: expected"), "{refused}");
}
