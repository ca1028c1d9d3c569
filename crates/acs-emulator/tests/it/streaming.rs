//! Media streaming over HTTP and WebSocket, with an application that speaks and listens.

use std::f64::consts::TAU;

use acs_call_streaming::frame::DtmfData;
use acs_call_streaming::server::axum::router;
use acs_call_streaming::{MediaSession, PcmFormat, Refusal, ServiceFrame, StreamRequest, StreamingServer};
use acs_common::{CallConnectionId, CommunicationIdentifier};
use acs_emulator::audio::Voice;
use acs_emulator::{Emulator, EmulatorBuilder, StreamStatus};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{App, Client, soon};
use crate::recorded::{same_shape, send};

pub(crate) const PHONE: &str = "+16045550123";

pub(crate) fn phone() -> CommunicationIdentifier {
    CommunicationIdentifier::phone(PHONE)
}

/// An application with a WebSocket server, in a call with a telephone.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    pub(crate) app: App,
    /// The path of the leg.
    pub(crate) call: String,
    pub(crate) sessions: mpsc::UnboundedReceiver<MediaSession>,
}

impl Stage {
    /// With these members in the request that creates the call; `url` in texts is the address of the server.
    pub(crate) async fn with(
        change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
        server: StreamingServer,
        members: Value,
    ) -> Self {
        let (sender, sessions) = mpsc::unbounded_channel();
        let media = router(server, move |session| {
            let _ = sender.send(session);
            async {}
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/media?key=hunter2", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().nest("/media", media)).await });

        let emulator = change(Emulator::builder().delivery_time_scale(0.01))
            .start()
            .await
            .unwrap();
        let client = Client::new(&emulator);
        let mut app = App::start().await;
        let mut body = json!({
            "targets": [phone()],
            "sourceCallerIdNumber": { "value": emulator.phone_numbers()[0] },
            "callbackUri": app.callback("call"),
            "operationContext": "create",
        });
        let members =
            serde_json::from_str::<Value>(&members.to_string().replace("\"url\"", &format!("{url:?}")))
                .unwrap();
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let created = send(&client, "POST", "/calling/callConnections", Some(body)).await;
        assert_eq!(created.status, 201, "{created:?}");
        let call = format!("/calling/callConnections/{}", created.text("callConnectionId"));
        app.event("call", "CallConnected").await;
        Self {
            emulator,
            client,
            app,
            call,
            sessions,
        }
    }

    async fn open(options: Value) -> Self {
        let server = StreamingServer::without_authorization();
        Self::with(|builder| builder, server, media(&options)).await
    }

    pub(crate) fn leg(&self) -> CallConnectionId {
        CallConnectionId::from(self.call.rsplit('/').next().unwrap())
    }

    pub(crate) async fn session(&mut self) -> MediaSession {
        soon("a session", self.sessions.recv()).await.unwrap()
    }

    pub(crate) async fn post(&self, verb: &str, body: Value) -> crate::harness::Answer {
        send(&self.client, "POST", &format!("{}:{verb}", self.call), Some(body)).await
    }

    fn status(&self) -> StreamStatus {
        self.emulator.streams().pop().unwrap()
    }
}

/// Options of a call that streams, from the start, in both directions.
fn media(more: &Value) -> Value {
    let mut options = json!({
        "transportUrl": "url", "transportType": "websocket", "contentType": "audio", "audioChannelType": "mixed",
        "startMediaStreaming": true, "enableBidirectional": true, "enableDtmfTones": true
    });
    options
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ "mediaStreamingOptions": options })
}

fn update(event: &Value) -> (&Value, &Value) {
    let update = &event["data"]["mediaStreamingUpdate"];
    (
        &update["mediaStreamingStatus"],
        &update["mediaStreamingStatusDetails"],
    )
}

/// How strongly a frequency sounds (Goertzel's algorithm).
fn strength(samples: &[i16], rate: u32, hertz: u32) -> f64 {
    let coefficient = 2.0 * (TAU * f64::from(hertz) / f64::from(rate)).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + coefficient * one - two;
        (two, one) = (one, next);
    }
    let length = f64::from(u32::try_from(samples.len()).unwrap());
    2.0 * (one * one + two * two - coefficient * one * two).max(0.0).sqrt() / length
}

#[tokio::test]
async fn a_party_is_heard_and_its_keys_are_told() {
    let mut stage = Stage::open(json!({ "audioChannelType": "unmixed", "audioFormat": "pcm24KMono" })).await;
    let event = stage.app.event("call", "MediaStreamingStarted").await;
    assert_eq!(
        update(&event),
        (&"mediaStreamingStarted".into(), &"subscriptionStarted".into())
    );
    let mut session = stage.session().await;
    let request = session.request();
    assert_eq!(request.call_connection_id(), &stage.leg());
    assert_eq!(
        request.correlation_id(),
        event["data"]["correlationId"].as_str().unwrap()
    );
    assert_eq!(request.uri().query(), Some("key=hunter2"));
    assert_eq!(session.format(), PcmFormat::Pcm24KMono);
    let properties =
        send(&stage.client, "GET", &stage.call, None).await.body["mediaStreamingSubscription"].clone();
    assert_eq!(
        properties["id"].as_str(),
        session.audio_metadata().unwrap().subscription_id.as_deref()
    );
    assert!(session.next().await.unwrap().unwrap().is_metadata());
    // Two tones of 0.8 s with a pause between, at least one of them whole.
    let mut heard = Vec::new();
    while heard.len() < 24_000 * 5 / 4 {
        let Some(Ok(ServiceFrame::AudioData(data))) = soon("a frame", session.next()).await else {
            panic!("no audio")
        };
        assert_eq!(data.participant(), Some(phone()));
        assert!(data.time().is_some() && data.audio.len() == 480);
        assert_eq!(data.silent, data.audio.samples().all(|sample| sample == 0));
        heard.extend(data.audio.samples());
    }
    let own = Voice::of(&phone()).frequency();
    let other = if own == 300 { 600 } else { 300 };
    let (own, other) = (strength(&heard, 24_000, own), strength(&heard, 24_000, other));
    assert!(own > 2000.0 && other < own / 10.0, "{own} {other}");

    stage.emulator.party(phone()).press("1#").unwrap();
    let mut keys = Vec::new();
    while keys.len() < 2 {
        if let ServiceFrame::DtmfData(key) = soon("a key", session.next()).await.unwrap().unwrap() {
            keys.push(key);
        }
    }
    assert_eq!(keys, [DtmfData::new("1"), DtmfData::new("#")]);
    // Who is on hold is not heard any more; no frame is of anybody then.
    let held = stage.post("hold", json!({ "targetParticipant": phone() })).await;
    assert_eq!(held.status, 200, "{held:?}");
    stage.emulator.settled().await;
    stage.emulator.party(phone()).press("2").unwrap();
    loop {
        if let ServiceFrame::DtmfData(key) = soon("a key", session.next()).await.unwrap().unwrap() {
            assert_eq!(key.data, "2");
            break;
        }
    }
    stage.emulator.party(phone()).press("3").unwrap();
    let next = soon("a key", session.next()).await.unwrap().unwrap();
    assert_eq!(next, ServiceFrame::DtmfData(DtmfData::new("3")));
    let journal = serde_json::to_string(&stage.emulator.journal()).unwrap();
    assert!(!journal.contains("hunter2"));
}

#[tokio::test]
async fn what_the_application_says_is_heard_to_the_last_sample() {
    let mut stage = Stage::open(json!({})).await;
    let (mut frames, mut sender) = stage.session().await.split();
    let said: Vec<i16> = (0..5000).collect();
    for chunk in said.chunks(777) {
        sender.feed(chunk.iter().copied().collect()).await.unwrap();
    }
    sender.close().await.unwrap();
    let leg = stage.leg();
    // The last frame was filled up: 5000 samples are 15.6 frames.
    while stage.emulator.heard(&leg).unwrap().audio.len() < 16 * 320 {
        soon("a frame", frames.next()).await.unwrap().unwrap();
    }
    let heard = stage.emulator.heard(&leg).unwrap();
    assert_eq!(heard.format, PcmFormat::Pcm16KMono);
    assert_eq!(heard.audio.to_vec()[..5000], said);
    sender.stop_audio().unwrap();
    while stage.status().stops == 0 {
        soon("a frame", frames.next()).await.unwrap().unwrap();
    }
    let status = stage.status();
    assert_eq!((status.heard.as_millis(), status.queued.as_millis()), (320, 0));

    let (code, shown) = stage.client.plain("/emulator/streams").await;
    assert_eq!((code, &shown["streams"][0]["heardMs"]), (200, &320.into()));
    let wav = heard.to_wav().unwrap();
    assert_eq!((wav.len(), &wav[..4]), (44 + 16 * 640, &b"RIFF"[..]));
    assert_eq!(stage.client.plain("/emulator/streams/none/heard").await.0, 404);

    let ended = send(&stage.client, "DELETE", &stage.call, None).await;
    assert_eq!(ended.status, 204);
    while let Some(frame) = soon("the end", frames.next()).await {
        frame.unwrap();
    }
    assert!(sender.stop_audio().unwrap_err().is_closed());
    assert!(stage.emulator.heard(&leg).is_some());
}

/// A WebSocket server without any of our code, that says what the helpers for JavaScript say.
#[tokio::test]
async fn a_stop_drops_what_was_not_played() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let mut stage = {
        let accept = tokio::spawn(async move {
            let (connection, _) = listener.accept().await.unwrap();
            tokio_tungstenite::accept_async(connection).await.unwrap()
        });
        let server = StreamingServer::without_authorization();
        let stage = Stage::with(|builder| builder, server, media(&json!({ "transportUrl": url }))).await;
        let mut socket = accept.await.unwrap();
        let two_seconds = "A".repeat(64_002 / 3 * 4);
        for message in [
            json!({ "kind": "audioData", "audioData": { "data": two_seconds, "isSilent": false }, "stopAudio": {} }),
            json!({ "kind": "audioData", "audioData": { "data": "?" } }),
            json!({ "kind": "stopAudio", "stopAudio": {} }),
        ] {
            socket.send(Message::text(message.to_string())).await.unwrap();
        }
        let mut frames = 0;
        while stage.status().stops == 0 {
            soon("a frame", socket.next()).await.unwrap().unwrap();
            frames += 1;
            assert!(frames < 1000);
        }
        stage
    };
    let status = stage.status();
    assert_eq!(
        (status.stops, status.unreadable, status.queued.as_millis()),
        (1, 1, 0)
    );
    assert!(!status.dropped.is_zero(), "{status:?}");
    assert_eq!((status.heard + status.dropped).as_millis(), 2000);
    stage.app.event("call", "MediaStreamingStarted").await;
}

#[tokio::test]
async fn an_application_that_cannot_be_reached_is_told_so() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("ws://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    for (url, reason) in [
        (closed.as_str(), "refused"),
        (
            "wss://media.example/?sig=hunter2",
            "media.example is not on this machine",
        ),
        ("http://127.0.0.1/", "begins with http"),
        ("not an address", "the address is none"),
    ] {
        let server = StreamingServer::without_authorization();
        let mut stage = Stage::with(|builder| builder, server, media(&json!({ "transportUrl": url }))).await;
        let event = stage.app.event("call", "MediaStreamingFailed").await;
        assert_eq!(
            update(&event),
            (
                &"mediaStreamingFailed".into(),
                &"initialWebSocketConnectionFailed".into()
            )
        );
        let result = &event["data"]["resultInformation"];
        assert_eq!((&result["code"], &result["subCode"]), (&400.into(), &8581.into()));
        assert_eq!(event["data"]["operationContext"], "create");
        let journal = serde_json::to_string(&stage.emulator.journal()).unwrap();
        assert!(journal.contains(reason), "{url}: {journal}");
        assert!(!journal.contains("hunter2"));
    }
}

#[tokio::test]
async fn an_application_that_refuses_gets_no_stream() {
    let server = StreamingServer::new(|_: StreamRequest| async { Err(Refusal::Unauthorized) });
    let mut stage = Stage::with(|builder| builder, server, media(&json!({}))).await;
    stage.app.event("call", "MediaStreamingFailed").await;
    let journal = serde_json::to_string(&stage.emulator.journal()).unwrap();
    assert!(journal.contains("the application answered 401"));
}

#[tokio::test]
async fn a_connection_that_breaks_is_opened_again() {
    let mut stage = Stage::open(json!({})).await;
    stage.app.event("call", "MediaStreamingStarted").await;
    drop(stage.session().await);
    let event = stage.app.event("call", "MediaStreamingStarted").await;
    assert_eq!(
        update(&event),
        (
            &"mediaStreamingStarted".into(),
            &"streamConnectionReestablished".into()
        )
    );
    let mut again = stage.session().await;
    assert!(again.next().await.unwrap().unwrap().is_metadata());
    assert_eq!((stage.status().connections, stage.status().connected), (2, true));

    // Who accepts and hangs up every time is not dialled for ever.
    drop(again);
    for _ in 0..2 {
        drop(stage.session().await);
    }
    let event = stage.app.event("call", "MediaStreamingFailed").await;
    assert_eq!(
        update(&event),
        (
            &"mediaStreamingFailed".into(),
            &"streamConnectionUnsuccessful".into()
        )
    );

    let server = StreamingServer::without_authorization();
    let mut stage = Stage::with(|builder| builder.stream_reconnects(0), server, media(&json!({}))).await;
    drop(stage.session().await);
    let event = stage.app.event("call", "MediaStreamingFailed").await;
    assert_eq!(update(&event).1, "streamConnectionInterrupted");
    assert_eq!(event["data"]["resultInformation"]["subCode"], 8603);
}

/// The recorded calls are between users.
#[tokio::test]
async fn subscriptions_are_shown_as_recorded() {
    let mut stage = Stage::open(json!({})).await;
    let session = stage.session().await;
    let url = format!(
        "ws://{}/media",
        session.request().headers()["host"].to_str().unwrap()
    );
    for (options, verb, active) in [
        (
            json!({ "mediaStreamingOptions": {
                "transportUrl": url, "contentType": "audio", "startMediaStreaming": false,
                "transportType": "websocket", "audioChannelType": "mixed"
            }}),
            "startMediaStreaming",
            "getCall.media-streaming-active",
        ),
        (
            json!({
                "transcriptionOptions": { "transportUrl": url, "transportType": "websocket", "locale": "en-US" },
                "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example/" },
            }),
            "startTranscription",
            "getCall.transcription-active",
        ),
    ] {
        let mut body = json!({
            "targets": [CommunicationIdentifier::from(stage.emulator.create_user())],
            "source": { "id": "8:acs:r_application" },
            "callbackUri": stage.app.callback("user"),
            "callIntelligenceOptions": {},
        });
        body.as_object_mut()
            .unwrap()
            .extend(options.as_object().unwrap().clone());
        let created = send(&stage.client, "POST", "/calling/callConnections", Some(body)).await;
        if verb == "startMediaStreaming" {
            same_shape("createCall.media-streaming", &created);
            assert_eq!(created.body["mediaStreamingSubscription"]["state"], "inactive");
        }
        stage.app.event("user", "CallConnected").await;
        let call = format!("/calling/callConnections/{}", created.text("callConnectionId"));
        let started = send(&stage.client, "POST", &format!("{call}:{verb}"), Some(json!({}))).await;
        assert_eq!(started.status, 202, "{started:?}");
        stage.emulator.settled().await;
        same_shape(active, &send(&stage.client, "GET", &call, None).await);
    }
}

#[tokio::test]
async fn requests_and_answers_are_those_of_the_service() {
    let mut stage = Stage::open(json!({ "startMediaStreaming": false })).await;
    let started = stage
        .post("startMediaStreaming", json!({ "operationContext": "start" }))
        .await;
    same_shape("startMediaStreaming", &started);
    let event = stage.app.event("call", "MediaStreamingStarted").await;
    assert_eq!(event["data"]["operationContext"], "start");
    let again = stage.post("startMediaStreaming", json!({})).await;
    assert_eq!((again.status, again.error().0), (400, "8585"));
    let stopped = stage.post("stopMediaStreaming", json!({})).await;
    same_shape("stopMediaStreaming", &stopped);
    stage.app.event("call", "MediaStreamingStopped").await;

    for (change, field) in [
        (
            json!({ "audioChannelType": "stereo" }),
            "mediaStreamingOptions.audioChannelType",
        ),
        (
            json!({ "audioFormat": "opus" }),
            "mediaStreamingOptions.audioFormat",
        ),
        (
            json!({ "transportType": "pigeon" }),
            "mediaStreamingOptions.transportType",
        ),
        (
            json!({ "contentType": "video" }),
            "mediaStreamingOptions.contentType",
        ),
        (
            json!({ "audioChannelType": null }),
            "mediaStreamingOptions.audioChannelType",
        ),
    ] {
        let mut body = json!({ "targets": [CommunicationIdentifier::from(stage.emulator.create_user())], "callbackUri": stage.app.callback("x") });
        body.as_object_mut()
            .unwrap()
            .extend(media(&change).as_object().unwrap().clone());
        let refused = stage.client.post("/calling/callConnections", &body).await;
        assert_eq!((refused.status, refused.error().0), (400, "8523"), "{field}");
        assert!(refused.error().1.contains(field), "{refused:?}");
    }
}
