//! Participants: listed page by page, one by one, muted, added and removed.

use acs_emulator::Emulator;
use serde_json::{Value, json};

use crate::harness::{Answer, App, Client, Sending, versioned};

/// A group call with everybody in it.
async fn group_call(emulator: &Emulator, client: &Client, app: &mut App, size: usize) -> Answer {
    let targets: Vec<Value> = (0..size)
        .map(|_| json!({ "rawId": emulator.create_user().id() }))
        .collect();
    let body = json!({ "targets": targets, "callbackUri": app.callback("caller") });
    let created = client.post("/calling/callConnections", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    loop {
        let event = app.event("caller", "ParticipantsUpdated").await;
        if event["data"]["participants"].as_array().unwrap().len() == size + 1 {
            return created;
        }
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages_whose_links_can_be_followed() {
    let emulator = Emulator::builder().page_size(2).start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let created = group_call(&emulator, &client, &mut app, 4).await;
    let path = format!(
        "/calling/callConnections/{}/participants",
        created.text("callConnectionId")
    );
    let mut target = versioned(&path);
    let mut pages = Vec::new();
    let mut listed = Vec::new();
    loop {
        let answer = client.send(Sending::new("GET", &target, None)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.body["value"].as_array().unwrap();
        pages.push(page.len());
        for participant in page {
            assert_eq!(participant["isMuted"], false);
            assert_eq!(participant["isOnHold"], false);
            assert_eq!(participant["identifier"]["kind"], "communicationUser");
            listed.push(participant["identifier"]["rawId"].as_str().unwrap().to_owned());
        }
        let Some(next) = answer.body.get("nextLink") else {
            break;
        };
        let next = next.as_str().unwrap();
        let (base, query) = next.split_once('?').unwrap();
        assert_eq!(base, format!("http://{}{path}", client.authority));
        assert!(query.contains("api-version=2026-03-12"), "{query}");
        let token = query.rsplit('=').next().unwrap();
        assert!(
            token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
            "{token}"
        );
        target = format!("{path}?{query}");
    }
    assert_eq!(pages, [2, 2, 1]);
    listed.sort();
    listed.dedup();
    assert_eq!(listed.len(), 5, "everybody once, the caller included");

    let answer = client
        .get(&format!("{path}?api-version=2026-03-12&skipToken=bm9uZQ"))
        .await;
    assert_eq!(answer.status, 400);
    assert!(answer.error().1.contains("skipToken"), "{answer:?}");
}

#[tokio::test]
async fn one_participant_is_read_muted_and_removed() {
    let emulator = Emulator::start().await.unwrap();
    let client = Client::new(&emulator);
    let mut app = App::start().await;
    let created = group_call(&emulator, &client, &mut app, 2).await;
    let call = format!("/calling/callConnections/{}", created.text("callConnectionId"));
    let raw_id = created.body["targets"][0]["rawId"].as_str().unwrap().to_owned();
    let one = format!("{call}/participants/{}", raw_id.replace(':', "%3A"));

    let answer = client.get(&one).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["identifier"]["rawId"], raw_id.as_str());
    assert_eq!(answer.body["isMuted"], false);

    let body = json!({ "targetParticipants": [{ "rawId": raw_id }], "operationContext": "mute" });
    let answer = client.post(&format!("{call}/participants:mute"), &body).await;
    assert_eq!(
        (answer.status, answer.text("operationContext").as_str()),
        (200, "mute")
    );
    assert_eq!(client.get(&one).await.body["isMuted"], true);

    let body = json!({
        "participantToRemove": { "communicationUser": { "id": raw_id } },
        "operationContext": "remove",
        "operationCallbackUri": app.callback("override"),
    });
    let answer = client.post(&format!("{call}/participants:remove"), &body).await;
    assert_eq!(
        (answer.status, answer.text("operationContext").as_str()),
        (202, "remove")
    );
    let event = app.event("override", "RemoveParticipantSucceeded").await;
    assert_eq!(event["data"]["operationContext"], "remove");
    assert_eq!(event["data"]["participant"]["rawId"], raw_id.as_str());
    let answer = client.get(&one).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.error().0, "8522");
}
