//! What the service refuses, and requests that are sent twice.

use acs_call_automation::{CallInvite, CommunicationIdentifier, ErrorKind};
use acs_call_events::data::CallConnected;
use acs_common::ConnectionString;
use acs_common::signing::{Parts, SigningKey, http_date};
use acs_emulator::{JournalKind, PartyScript};
use acs_tests::soon;
use acs_tests::world::{OWN_NUMBER, TELEPHONE, World};
use serde_json::{Value, json};

use super::support::{plain_http, told, won};

#[tokio::test]
async fn a_wrong_key_is_unauthorized_and_calls_nobody() {
    let world = World::start().await;
    let stranger = world.app.stranger(None).unwrap();
    let error = stranger
        .create_call(world.offered_user(), world.callback())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.status(), Some(401));
    assert!(!error.is_retryable());
    let error = stranger.call_connection("29228d3e-040e-4656-a70e-890ab4e173e5");
    let error = error.properties().await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Unauthorized,
        "before it looks for the call"
    );
}

#[tokio::test]
async fn an_unknown_call_is_not_found_by_any_operation() {
    let world = World::start().await;
    let call = world
        .client()
        .call_connection("29228d3e-040e-4656-a70e-890ab4e173e5");
    let user = world.offered_user();
    let pair = world.app.pair().await.unwrap();
    let errors = [
        ("get call", call.properties().await.unwrap_err()),
        ("hang up", call.hang_up(false).await.unwrap_err()),
        ("terminate", call.hang_up(true).await.unwrap_err()),
        ("add", call.add_participant(user.clone()).await.unwrap_err()),
        ("remove", call.remove_participant(user.clone()).await.unwrap_err()),
        ("mute", call.mute_participant(user.clone()).await.unwrap_err()),
        ("get", call.get_participant(user.clone()).await.unwrap_err()),
        (
            "transfer",
            call.transfer_call_to_participant(user.clone()).await.unwrap_err(),
        ),
        (
            "move",
            call.move_participants((pair.user.clone(), &pair.caller))
                .await
                .unwrap_err(),
        ),
        (
            "cancel",
            call.cancel_add_participant_operation("29228d3e-040e-4656-a70e-890ab4e173e6")
                .await
                .unwrap_err(),
        ),
    ];
    for (what, error) in errors {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{what}: {error:?}");
        assert_eq!(error.service_message(), Some("Call not found."), "{what}");
        assert_eq!(error.sub_code(), Some(8522), "{what}");
    }
}

#[tokio::test]
async fn nothing_can_be_done_with_a_call_that_is_not_established() {
    let world = World::start().await;
    let (call, _) = world.app.ringing().await.unwrap();
    let user = world.offered_user();
    for (what, error) in [
        ("add", call.add_participant(user.clone()).await.unwrap_err()),
        (
            "transfer",
            call.transfer_call_to_participant(user.clone()).await.unwrap_err(),
        ),
        ("remove", call.remove_participant(user.clone()).await.unwrap_err()),
        ("mute", call.mute_participant(user.clone()).await.unwrap_err()),
    ] {
        assert_eq!(
            (error.kind(), error.status(), error.sub_code()),
            (ErrorKind::Rejected, Some(400), Some(8501)),
            "{what}: {error:?}"
        );
    }
}

#[tokio::test]
async fn what_can_be_seen_to_be_wrong_is_never_sent() {
    let world = World::start().await;
    let requests = |world: &World| {
        let entries = world.emulator.journal();
        entries
            .iter()
            .filter(|entry| entry.kind == JournalKind::Request)
            .count()
    };
    let before = requests(&world);
    let client = world.client();
    for (field, result) in [
        (
            "callback_uri",
            client
                .create_call(world.offered_user(), "http://example.com/events")
                .await,
        ),
        (
            "target",
            client
                .create_call(CallInvite::phone("0711 1234", OWN_NUMBER), world.callback())
                .await,
        ),
        (
            "source_caller_id",
            client
                .create_call(CommunicationIdentifier::phone(TELEPHONE), world.callback())
                .await,
        ),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{field}");
        assert_eq!(error.field(), Some(field));
    }
    assert_eq!(requests(&world), before);
}

/// Sends a create call request that is signed by hand, so that its repeatability id can be chosen.
async fn create(world: &World, http: &reqwest::Client, id: &str, body: &Value) -> (u16, Value) {
    const TARGET: &str = "/calling/callConnections?api-version=2026-03-12";
    let resource: ConnectionString = world.emulator.connection_string().parse().unwrap();
    let body = body.to_string();
    let date = http_date(std::time::SystemTime::now());
    let signed = SigningKey::new(resource.access_key()).sign(&Parts {
        method: "POST",
        target: TARGET,
        host: resource.endpoint().authority(),
        date: &date,
        body: body.as_bytes(),
    });
    let response = http
        .post(format!("{}{TARGET}", resource.endpoint().base()))
        .header("x-ms-date", &date)
        .header("x-ms-content-sha256", signed.content_sha256)
        .header("authorization", signed.authorization)
        .header("content-type", "application/json")
        .header("repeatability-request-id", id)
        .header("repeatability-first-sent", &date)
        .body(body)
        .send();
    let response = soon("an answer", response).await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_same_repeatability_id_creates_one_call() {
    let world = World::start().await;
    let http = plain_http();
    let user = world.user(PartyScript::answer());
    let body = json!({
        "targets": [{ "kind": "communicationUser", "communicationUser": { "id": user.id() } }],
        "callbackUri": world.callback(),
    });
    let id = "29228d3e-040e-4656-a70e-890ab4e173e7";
    let (status, first) = create(&world, &http, id, &body).await;
    assert_eq!(status, 201, "{first}");
    let (status, second) = create(&world, &http, id, &body).await;
    assert_eq!(
        (status, &second),
        (201, &first),
        "the same answer, not another call"
    );
    let (status, other) = create(&world, &http, "29228d3e-040e-4656-a70e-890ab4e173e8", &body).await;
    assert_eq!(status, 201);
    assert_ne!(other["callConnectionId"], first["callConnectionId"]);

    // Two calls, and each is connected.
    for answer in [&first, &other] {
        let id = answer["callConnectionId"].as_str().unwrap();
        let call = world.client().call_connection(id);
        won("CallConnected", call.connected()).await;
        told::<CallConnected>(&call).await;
    }
    let made: std::collections::BTreeSet<String> = world
        .emulator
        .journal()
        .iter()
        .filter_map(|entry| entry.connection.clone())
        .collect();
    assert_eq!(made.len(), 2, "{made:?}");
}
