//! Recordings from the request to the last byte: as an application with a webhook and a client sees them.

use std::io::Cursor;
use std::time::{Duration, Instant};

use acs_emulator::{Emulator, EmulatorBuilder, EventGridSchema, UsersMode};
use serde_json::{Value, json};

use crate::harness::{App, Client, Raw, Sending, versioned};

const RECORDINGS: &str = "/calling/recordings";

/// An application in a call with two telephones that answer.
struct Scene {
    emulator: Emulator,
    client: Client,
    app: App,
    leg: String,
}

impl Scene {
    async fn open() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let mut app = App::start().await;
        let builder = Emulator::builder()
            .event_grid_webhook(app.webhook(), EventGridSchema::EventGrid)
            .users(UsersMode::Answer);
        let emulator = change(builder).start().await.unwrap();
        let client = Client::new(&emulator);
        let number = emulator.phone_numbers()[0].to_string();
        let telephone = |number| json!({ "phoneNumber": { "value": number } });
        let body = json!({
            "targets": [telephone("+16045550123"), telephone("+16045550124")],
            "sourceCallerIdNumber": { "value": number },
            "callbackUri": app.callback("caller"),
        });
        let created = client.post("/calling/callConnections", &body).await;
        app.event("caller", "CallConnected").await;
        let leg = created.text("callConnectionId");
        Self {
            emulator,
            client,
            app,
            leg,
        }
    }

    /// Starts a recording and returns its id when it runs.
    async fn record(&mut self, more: &Value) -> String {
        let mut body = json!({
            "callConnectionId": self.leg,
            "recordingStateCallbackUri": self.app.callback("states"),
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let started = self.client.post(RECORDINGS, &body).await;
        assert_eq!(started.status, 200, "{started:?}");
        let id = started.text("recordingId");
        for state in ["inactive", "active"] {
            let event = self.app.event("states", "RecordingStateChanged").await;
            assert_eq!(event["data"]["state"], state);
            assert_eq!(event["data"]["recordingId"], id);
        }
        id
    }

    /// Keeps the call busy for as long as there shall be sound.
    async fn talk(&self, id: &str, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            let state = self.client.get(&format!("{RECORDINGS}/{id}")).await;
            assert_eq!(state.text("recordingState"), "active");
        }
    }

    /// Stops a recording and returns the event that tells of its files.
    async fn stop(&mut self, id: &str) -> Value {
        let stopped = self.client.delete(&format!("{RECORDINGS}/{id}")).await;
        assert_eq!((stopped.status, stopped.body), (204, Value::Null));
        self.files().await
    }

    async fn files(&mut self) -> Value {
        let event = self.app.offer().await;
        assert_eq!(
            event["eventType"],
            "Microsoft.Communication.RecordingFileStatusUpdated"
        );
        event
    }

    /// The target of a location that was told.
    fn target<'a>(&self, location: &'a Value) -> &'a str {
        let location = location.as_str().unwrap();
        let origin = format!("http://{}", self.client.authority);
        location
            .strip_prefix(&origin)
            .unwrap_or_else(|| panic!("{location}"))
    }

    async fn fetch(&self, target: &str, range: Option<&str>) -> Raw {
        let sending = Sending::new("GET", target, None);
        let sending = match range {
            Some(range) => sending.header("range", range),
            None => sending,
        };
        self.client.raw(sending).await
    }
}

/// The members of the one file of an event.
fn file(event: &Value) -> &Value {
    let chunks = &event["data"]["recordingStorageInfo"]["recordingChunks"];
    assert_eq!(chunks.as_array().unwrap().len(), 1, "{event}");
    &chunks[0]
}

#[tokio::test]
async fn a_recording_can_be_fetched_and_deleted() {
    let mut scene = Scene::open().await;
    let id = scene
        .record(&json!({ "recordingFormatType": "wav", "recordingContentType": "audio" }))
        .await;
    scene.talk(&id, Duration::from_millis(30)).await;
    let event = scene.stop(&id).await;
    let last = scene.app.event("states", "RecordingStateChanged").await;
    assert_eq!(last["data"]["state"], "inactive");
    let call = last["data"]["serverCallId"].as_str().unwrap();
    let chain = last["data"]["correlationId"].as_str().unwrap();
    assert_eq!(
        event["subject"],
        format!("/recording/call/{chain}/serverCallId/{call}/recordingId/{id}")
    );
    let data = &event["data"];
    assert_eq!(
        (&data["recordingId"], &data["storageType"]),
        (&json!(id), &json!("ACS"))
    );
    let told = file(&event);
    assert_eq!(
        (&told["index"], &told["endReason"]),
        (&json!(0), &json!("SessionEnded"))
    );

    let content = scene.target(&told["contentLocation"]);
    let whole = scene.fetch(content, None).await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.header("content-type"), Some("audio/wav"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    assert_eq!(
        whole.header("content-length"),
        Some(&*whole.body.len().to_string())
    );
    let reader = hound::WavReader::new(Cursor::new(&whole.body)).unwrap();
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (1, 16_000));
    assert_eq!(
        u64::from(reader.duration()) / 16,
        data["recordingDurationMs"].as_u64().unwrap()
    );

    let metadata = scene
        .client
        .send(Sending::new("GET", scene.target(&told["metadataLocation"]), None))
        .await;
    assert_eq!(metadata.status, 200);
    assert_eq!(metadata.body["chunkDocumentId"], told["documentId"]);
    assert_eq!(metadata.body["callId"], call);
    assert_eq!(metadata.body["chunkStartTime"], data["recordingStartTime"]);
    assert_eq!(metadata.body["resourceId"], scene.emulator.resource_id());
    assert_eq!(
        metadata.body["recordingInfo"],
        json!({
            "contentType": "audio", "channelType": "mixed", "format": "wav",
            "audioConfiguration": { "sampleRate": "16000", "bitRate": 256_000, "channels": 1 },
        })
    );
    assert_eq!(metadata.body["participants"].as_array().unwrap().len(), 3);

    let document = scene.target(&told["deleteLocation"]);
    let delete = || scene.client.send(Sending::new("DELETE", document, None));
    assert_eq!(delete().await.status, 200);
    for gone in [
        scene.client.send(Sending::new("GET", content, None)).await,
        scene
            .client
            .send(Sending::new("GET", scene.target(&told["metadataLocation"]), None))
            .await,
        delete().await,
    ] {
        assert_eq!(gone.status, 404);
        // The JavaScript client reads the first two, the Python client the third.
        assert_eq!(gone.body["status"], 404);
        assert!(gone.text("message").contains("does not exist"));
        assert_eq!(gone.error().1, gone.text("message"));
    }
}

#[tokio::test]
async fn any_range_is_that_of_the_whole() {
    let mut scene = Scene::open().await;
    let unmixed = json!({ "recordingChannelType": "unmixed", "recordingFormatType": "wav", "recordingContentType": "audio" });
    let id = scene.record(&unmixed).await;
    scene.talk(&id, Duration::from_millis(50)).await;
    let event = scene.stop(&id).await;
    let content = scene.target(&file(&event)["contentLocation"]);
    let whole = scene.fetch(content, None).await.body;
    let size = whole.len();
    assert!(size > 4000, "{size}");
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=0-".to_owned(), 0, size),
        ("bytes=40-99".to_owned(), 40, 100),
        ("bytes=67-1001".to_owned(), 67, 1002),
        ("bytes=-13".to_owned(), size - 13, size),
        (format!("bytes={}-", size - 1), size - 1, size),
        (format!("bytes=100-{}", size + 1000), 100, size),
    ] {
        let part = scene.fetch(content, Some(&range)).await;
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.body, whole[from..to], "{range}");
        assert_eq!(
            part.header("content-range"),
            Some(&*format!("bytes {from}-{}/{size}", to - 1)),
            "{range}"
        );
    }
    // Piece by piece, as a download goes on after its connection broke.
    let mut pieces = Vec::new();
    while pieces.len() < size {
        let range = format!("bytes={}-{}", pieces.len(), pieces.len() + 776);
        pieces.extend(scene.fetch(content, Some(&range)).await.body);
    }
    assert_eq!(pieces, whole);

    let behind = scene.fetch(content, Some(&format!("bytes={size}-"))).await;
    assert_eq!(behind.status, 416);
    assert_eq!(behind.header("content-range"), Some(&*format!("bytes */{size}")));
    for passed_over in ["bytes=0-1,4-5", "bytes=abc", "lines=1-2"] {
        let answer = scene.fetch(content, Some(passed_over)).await;
        assert_eq!(
            (answer.status, answer.body),
            (200, whole.clone()),
            "{passed_over}"
        );
    }
    let tag = scene.fetch(content, None).await;
    let tag = tag.header("etag").unwrap();
    for (condition, status) in [(tag, 206), ("\"another\"", 200)] {
        let sending = Sending::new("GET", content, None)
            .header("range", "bytes=5-9")
            .header("if-range", condition);
        let answer = scene.client.raw(sending).await;
        assert_eq!(answer.status, status, "{condition}");
        assert_eq!(
            answer.body,
            if status == 206 { &whole[5..10] } else { &whole[..] }
        );
    }
    let head = scene.client.raw(Sending::new("HEAD", content, None)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*size.to_string()));
}

#[tokio::test]
async fn files_are_for_those_who_sign() {
    let mut scene = Scene::open().await;
    let id = scene.record(&json!({})).await;
    let event = scene.stop(&id).await;
    let told = file(&event);
    for (method, name) in [
        ("GET", "contentLocation"),
        ("GET", "metadataLocation"),
        ("DELETE", "deleteLocation"),
    ] {
        let target = scene.target(&told[name]);
        let unsigned = Sending::new(method, target, None).header("authorization", "");
        let refused = scene.client.send(unsigned).await;
        assert_eq!(
            (refused.status, &refused.body["status"]),
            (401, &json!(401)),
            "{name}"
        );
        let mut other = Sending::new(method, target, None);
        other.signed_target = Some("/v1/objects/another");
        assert_eq!(scene.client.send(other).await.status, 401, "{name}");
    }
    // To the service, files are signed for with the host of the resource, and the request goes elsewhere.
    let mut as_clients_do = Sending::new("GET", scene.target(&told["contentLocation"]), None)
        .header("x-ms-host", "my-resource.communication.azure.com");
    as_clients_do.signed_host = Some("my-resource.communication.azure.com");
    assert_eq!(scene.client.raw(as_clients_do).await.status, 200);

    for (method, target) in [
        ("POST", scene.target(&told["contentLocation"])),
        ("GET", scene.target(&told["deleteLocation"])),
    ] {
        let refused = scene.client.send(Sending::new(method, target, None)).await;
        assert_eq!(refused.status, 405);
        assert!(refused.header("allow").is_some());
    }
    for nowhere in [
        "/v1/objects/",
        "/v1/objects/a/b/content/video",
        "/v1/objects/x/content/video",
    ] {
        let refused = scene.client.send(Sending::new("GET", nowhere, None)).await;
        assert!(matches!(refused.status, 404 | 405), "{nowhere}");
    }
}

#[tokio::test]
async fn what_is_longer_than_the_limit_becomes_several_files() {
    let mut scene = Scene::with(|builder| builder.recording_chunk_limit(1024)).await;
    let id = scene.record(&json!({})).await;
    // 1 KiB is 30 ms.
    scene.talk(&id, Duration::from_millis(100)).await;
    let hung_up = scene
        .client
        .delete(&format!("/calling/callConnections/{}", scene.leg))
        .await;
    assert_eq!(hung_up.status, 204);
    let terminated = scene.app.event("caller", "CallDisconnected").await;
    assert_eq!(terminated["data"]["resultInformation"]["code"], 200);
    let event = scene.files().await;
    let chunks = event["data"]["recordingStorageInfo"]["recordingChunks"]
        .as_array()
        .unwrap();
    assert!(chunks.len() > 2, "{event}");
    let mut samples = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk["index"], index);
        let last = index + 1 == chunks.len();
        let reason = if last {
            "SessionEnded"
        } else {
            "ChunkMaximumSizeExceeded"
        };
        assert_eq!(chunk["endReason"], reason);
        let fetched = scene.fetch(scene.target(&chunk["contentLocation"]), None).await;
        assert!(fetched.body.len() <= 1024);
        samples += hound::WavReader::new(Cursor::new(&fetched.body))
            .unwrap()
            .duration();
    }
    assert_eq!(
        u64::from(samples) / 16,
        event["data"]["recordingDurationMs"].as_u64().unwrap()
    );
    assert_eq!(event["data"]["sessionEndReason"], "CallEnded");
}

#[tokio::test]
async fn bodies_are_refused_with_the_name_of_the_field() {
    let mut scene = Scene::open().await;
    let leg = scene.leg.clone();
    for (more, part) in [
        (
            json!({ "callConnectionId": null }),
            "callLocator or callConnectionId",
        ),
        (json!({ "callConnectionId": "" }), "callConnectionId"),
        (
            json!({ "callLocator": { "kind": "groupCallLocator" } }),
            "callLocator.groupCallId",
        ),
        (
            json!({ "recordingContentType": "smell" }),
            "recordingContentType is smell",
        ),
        (
            json!({ "recordingChannelType": "stereo" }),
            "recordingChannelType is stereo",
        ),
        (
            json!({ "recordingFormatType": "ogg" }),
            "recordingFormatType is ogg",
        ),
        (json!({ "pauseOnStart": "yes" }), "pauseOnStart"),
        (
            json!({ "channelAffinity": [{ "participant": { "rawId": "x" } }] }),
            "channelAffinity.channel",
        ),
        (
            json!({ "channelAffinity": [{ "participant": { "rawId": "x" }, "channel": -1 }] }),
            "channelAffinity.channel must be between 0 and 4",
        ),
        (
            json!({ "externalStorage": { "recordingStorageKind": "attic" } }),
            "recordingStorageKind is attic",
        ),
        (
            json!({ "externalStorage": { "recordingStorageKind": "azureBlobStorage" } }),
            "recordingDestinationContainerUrl is required",
        ),
        (
            json!({ "externalStorage": {
                "recordingStorageKind": "azureBlobStorage", "recordingDestinationContainerUrl": "here",
            } }),
            "recordingDestinationContainerUrl is no absolute",
        ),
        (
            json!({ "recordingStateCallbackUri": "/states" }),
            "RecordingStateCallbackUri is invalid",
        ),
    ] {
        let mut body = json!({ "callConnectionId": leg });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let refused = scene.client.post(RECORDINGS, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.error().1.contains(part), "{body}: {refused:?}");
    }
    let id = scene.record(&json!({})).await;
    let again = scene
        .client
        .post(RECORDINGS, &json!({ "callConnectionId": leg }))
        .await;
    assert_eq!((again.status, again.error().0), (400, "8553"));
    scene.stop(&id).await;
    let path = format!("{RECORDINGS}/{id}:pause");
    let gone = scene
        .client
        .send(Sending::new("POST", &versioned(&path), None))
        .await;
    assert_eq!(
        (gone.status, gone.error()),
        (404, ("8522", "Recording not found."))
    );
    assert_eq!(gone.body["error"]["target"], path);
}

#[tokio::test]
async fn storage_of_the_application_is_taken_note_of() {
    let mut scene = Scene::open().await;
    let id = scene
        .record(&json!({ "externalStorage": {
            "recordingStorageKind": "azureBlobStorage",
            "recordingDestinationContainerUrl": "https://account.blob.example/container?sig=hunter2",
        } }))
        .await;
    let event = scene.stop(&id).await;
    assert_eq!(event["data"]["storageType"], "AzureBlob");
    let content = scene.target(&file(&event)["contentLocation"]);
    assert_eq!(scene.fetch(content, None).await.status, 200);
    let journal = serde_json::to_string(&scene.emulator.journal()).unwrap();
    assert!(journal.contains("https://account.blob.example/container"));
    assert!(!journal.contains("hunter2"));
}

#[tokio::test]
async fn a_repeated_start_is_one_recording() {
    let scene = Scene::open().await;
    let body = json!({ "callConnectionId": scene.leg });
    let target = versioned(RECORDINGS);
    let start = || {
        let sending = Sending::new("POST", &target, Some(&body))
            .header("repeatability-request-id", "b6d1a1b2-0000-4000-8000-000000000001")
            .header("repeatability-first-sent", "Thu, 24 Jul 2025 09:43:52 GMT");
        scene.client.send(sending)
    };
    let (first, second) = (start().await, start().await);
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("repeatability-result"), Some("accepted"));
}

#[tokio::test]
async fn a_reset_takes_the_files_along() {
    let mut scene = Scene::open().await;
    let id = scene.record(&json!({})).await;
    let event = scene.stop(&id).await;
    scene.emulator.reset();
    let content = scene.target(&file(&event)["contentLocation"]);
    assert_eq!(scene.fetch(content, None).await.status, 404);
}
