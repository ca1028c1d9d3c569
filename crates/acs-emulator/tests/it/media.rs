//! Playing, recognizing, tones and hold over HTTP, with files that are really fetched.

use std::io::Cursor;
use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_emulator::{Emulator, FetchPolicy, JournalKind, MediaFault, PartyScript, Reaction, Tones};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{App, Client};
use crate::recorded::{same_shape, send};

const PHONE: &str = "+16045550123";

fn wav(channels: u16) -> Vec<u8> {
    let spec = WavSpec {
        channels,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    for sample in 0..8000 * i32::from(channels) {
        writer.write_sample(sample % 100).unwrap();
    }
    writer.finalize().unwrap();
    file.into_inner()
}

/// A server of files, and where it is.
pub(crate) async fn files() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let moved =
        |to: &'static str| async move { (StatusCode::FOUND, [(header::LOCATION, to)]).into_response() };
    let app = axum::Router::new()
        .route("/good.wav", get(|| async { wav(1) }))
        .route("/stereo.wav", get(|| async { wav(2) }))
        .route("/page.html", get(|| async { "<html>" }))
        .route("/moved.wav", get(move || moved("/good.wav")))
        .route("/away.wav", get(move || moved("http://files.example/good.wav")))
        .route("/circle.wav", get(move || moved("/circle.wav")));
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

struct Stage {
    emulator: Emulator,
    client: Client,
    app: App,
    files: String,
    /// The path of the leg.
    call: String,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|builder| builder, PartyScript::answer()).await
    }

    /// A call with a telephone that has a script, set up with AI services.
    async fn with(
        change: impl FnOnce(acs_emulator::EmulatorBuilder) -> acs_emulator::EmulatorBuilder,
        script: PartyScript,
    ) -> Self {
        let phone = CommunicationIdentifier::phone(PHONE);
        let emulator = change(Emulator::builder().script(&phone, script))
            .start()
            .await
            .unwrap();
        let client = Client::new(&emulator);
        let mut app = App::start().await;
        let body = json!({
            "targets": [phone],
            "callbackUri": app.callback("call"),
            "sourceCallerIdNumber": { "value": emulator.phone_numbers()[0] },
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example/" },
        });
        let created = client.post("/calling/callConnections", &body).await;
        assert_eq!(created.status, 201, "{created:?}");
        app.event("call", "CallConnected").await;
        Self {
            call: format!("/calling/callConnections/{}", created.text("callConnectionId")),
            files: files().await,
            emulator,
            client,
            app,
        }
    }

    async fn post(&self, operation: &str, body: Value) -> (u16, Value) {
        let answer = self
            .client
            .post(&format!("{}:{operation}", self.call), &body)
            .await;
        (answer.status, answer.body)
    }

    #[track_caller]
    fn assert_taken(answer: &(u16, Value), status: u16) {
        assert_eq!(answer.0, status, "{answer:?}");
    }

    async fn event(&mut self, kind: &str) -> Value {
        self.app.event("call", kind).await["data"].clone()
    }

    fn file(&self, name: &str) -> Value {
        json!({ "kind": "file", "file": { "uri": format!("{}/{name}?sig=hunter2", self.files) } })
    }

    /// Why a file could not be played, by the journal.
    fn reason(&self) -> String {
        let journal = self.emulator.journal();
        let note = journal
            .iter()
            .rev()
            .find(|entry| entry.kind == JournalKind::Note && entry.label == "file cannot be played");
        note.unwrap().detail["reason"].as_str().unwrap().to_owned()
    }
}

fn target() -> Value {
    json!({ "rawId": format!("4:{PHONE}") })
}

fn result(data: &Value) -> (u64, u64) {
    let result = &data["resultInformation"];
    (
        result["code"].as_u64().unwrap(),
        result["subCode"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn files_are_fetched_checked_and_played() {
    let mut stage = Stage::new().await;
    for (name, told) in [
        ("good.wav", Ok(())),
        ("moved.wav", Ok(())),
        ("stereo.wav", Err((8535, "2 channels"))),
        ("page.html", Err((8535, "no WAV file"))),
        ("none.wav", Err((8536, "status 404"))),
        ("away.wav", Err((8536, "files.example is not on this machine"))),
        ("circle.wav", Err((8536, "5 redirections"))),
    ] {
        let body = json!({
            "playSources": [stage.file("good.wav"), stage.file(name)],
            "playTo": [],
            "playOptions": { "loop": false },
            "interruptCallMediaOperation": false,
            "operationContext": name,
        });
        Stage::assert_taken(&stage.post("play", body).await, 202);
        match told {
            Ok(()) => {
                assert_eq!(stage.event("PlayStarted").await["operationContext"], name);
                assert_eq!(stage.event("PlayCompleted").await["operationContext"], name);
            }
            Err((code, reason)) => {
                let data = stage.event("PlayFailed").await;
                assert_eq!(result(&data), (400, code), "{name}");
                assert_eq!(data["failedPlaySourceIndex"], 1, "{name}");
                assert!(stage.reason().contains(reason), "{name}: {}", stage.reason());
            }
        }
    }
    let journal = serde_json::to_string(
        &stage
            .emulator
            .journal()
            .iter()
            .map(|entry| &**entry)
            .collect::<Vec<_>>(),
    );
    assert!(
        !journal.unwrap().contains("hunter2"),
        "keys in addresses are secrets"
    );
}

#[tokio::test]
async fn other_hosts_are_asked_only_where_that_is_allowed() {
    // No loopback address, though it leads here.
    let elsewhere = |stage: &Stage| {
        let uri = stage.files.replace("127.0.0.1", "0.0.0.0") + "/good.wav";
        json!({ "playSources": [{ "kind": "file", "file": { "uri": uri } }] })
    };
    let mut stage = Stage::new().await;
    Stage::assert_taken(&stage.post("play", elsewhere(&stage)).await, 202);
    assert_eq!(result(&stage.event("PlayFailed").await), (400, 8536));
    assert!(stage.reason().contains("--fetch any"), "{}", stage.reason());

    let mut stage = Stage::with(|builder| builder.fetch(FetchPolicy::Any), PartyScript::answer()).await;
    Stage::assert_taken(&stage.post("play", elsewhere(&stage)).await, 202);
    stage.event("PlayCompleted").await;
}

#[tokio::test]
async fn a_menu_is_answered_by_a_script() {
    let tones: Tones = "2".parse().unwrap();
    let script = PartyScript::answer()
        .when_asked(Reaction::press(tones))
        .when_asked(Reaction::say("I would like a boat."))
        .when_asked(Reaction::press("12#".parse::<Tones>().unwrap()).after(Duration::from_millis(1)));
    let mut stage = Stage::with(|builder| builder, script).await;
    // As the JavaScript client sends it: no kind, nulls, the old single prompt beside the list.
    let menu = json!({
        "recognizeInputType": "choices",
        "playPrompt": { "kind": "text", "text": { "text": "not this one", "voiceName": null } },
        "playPrompts": [
            { "text": { "text": "One for sales, two for boats.", "voiceKind": "female" } },
            stage.file("good.wav"),
        ],
        "recognizeOptions": {
            "interruptPrompt": null,
            "targetParticipant": { "phoneNumber": { "value": PHONE } },
            "choices": [
                { "label": "Sales", "phrases": ["sales"], "tone": "one" },
                { "label": "Boats", "phrases": ["boats", "ships"], "tone": "two" },
            ],
            "speechLanguage": "en-US",
            "unknownToday": [1],
        },
        "operationContext": "menu",
    });
    Stage::assert_taken(&stage.post("recognize", menu).await, 202);
    let data = stage.event("RecognizeCompleted").await;
    assert_eq!(data["recognitionType"], "choices");
    assert_eq!(data["choiceResult"], json!({ "label": "Boats" }));
    assert_eq!(
        (result(&data), &data["operationContext"]),
        ((200, 8533), &json!("menu"))
    );

    let speech = json!({
        "recognizeInputType": "speech",
        "playPrompt": { "kind": "ssml", "ssml": { "ssmlText": "<speak>What can I do for you?</speak>" } },
        "recognizeOptions": {
            "targetParticipant": target(),
            "speechOptions": { "endSilenceTimeoutInMs": 2000 },
        },
    });
    Stage::assert_taken(&stage.post("recognize", speech).await, 202);
    let data = stage.event("RecognizeCompleted").await;
    assert_eq!(data["speechResult"]["speech"], "I would like a boat.");

    let digits = json!({
        "recognizeInputType": "dtmf",
        "recognizeOptions": {
            "targetParticipant": target(),
            "dtmfOptions": { "maxTonesToCollect": 8, "stopTones": ["pound"] },
        },
        "operationCallbackUri": stage.app.callback("elsewhere"),
    });
    Stage::assert_taken(&stage.post("recognize", digits).await, 202);
    let event = stage.app.event("elsewhere", "RecognizeCompleted").await;
    assert_eq!(event["data"]["dtmfResult"]["tones"], json!(["one", "two"]));
    assert_eq!(result(&event["data"]), (200, 8514));
}

#[tokio::test]
async fn keys_by_hand_are_reported_and_a_loop_is_cancelled() {
    let mut stage = Stage::new().await;
    let keys = json!({ "targetParticipant": target(), "operationContext": "keys" });
    let answer = stage.post("startContinuousDtmfRecognition", keys.clone()).await;
    Stage::assert_taken(&answer, 200);
    stage
        .emulator
        .party(CommunicationIdentifier::phone(PHONE))
        .press("7")
        .unwrap();
    let data = stage.event("ContinuousDtmfRecognitionToneReceived").await;
    assert_eq!((&data["sequenceId"], &data["tone"]), (&json!(1), &json!("seven")));
    Stage::assert_taken(&stage.post("stopContinuousDtmfRecognition", keys).await, 200);
    stage.event("ContinuousDtmfRecognitionStopped").await;

    let body = json!({ "playSources": [stage.file("good.wav")], "playOptions": { "loop": true } });
    Stage::assert_taken(&stage.post("play", body).await, 202);
    stage.event("PlayStarted").await;
    Stage::assert_taken(&stage.post("cancelAllMediaOperations", json!(null)).await, 202);
    assert_eq!(result(&stage.event("PlayCanceled").await), (400, 8508));

    let hold = json!({ "targetParticipant": target(), "playSourceInfo": stage.file("stereo.wav") });
    Stage::assert_taken(&stage.post("hold", hold).await, 200);
    assert_eq!(result(&stage.event("HoldFailed").await), (400, 8535));
}

#[tokio::test]
async fn bad_bodies_are_400_and_name_the_field() {
    let stage = Stage::new().await;
    let recognize = |options: Value| {
        let mut options = options;
        options["targetParticipant"] = target();
        json!({ "recognizeInputType": "dtmf", "recognizeOptions": options })
    };
    let choices = |choice: Value| {
        json!({
            "recognizeInputType": "choices",
            "recognizeOptions": { "targetParticipant": target(), "choices": [choice] },
        })
    };
    for (operation, body, code, part) in [
        ("play", json!({}), "8523", "playSources is required"),
        ("play", json!({ "playSources": [] }), "8523", "playSources"),
        (
            "play",
            json!({ "playSources": [{}] }),
            "8523",
            "playSources[0].kind",
        ),
        (
            "play",
            json!({ "playSources": [{ "kind": "smell" }] }),
            "8523",
            "playSources[0].kind is file, text or ssml",
        ),
        (
            "play",
            json!({ "playSources": [{ "kind": "file", "text": { "text": "x" } }] }),
            "8523",
            "playSources[0].file is required",
        ),
        (
            "play",
            json!({ "playSources": [{ "file": { "uri": "prompt.wav" } }] }),
            "8523",
            "file.uri",
        ),
        (
            "play",
            json!({ "playSources": [{ "text": { "text": " " } }] }),
            "8582",
            "Empty",
        ),
        (
            "play",
            json!({ "playSources": [{ "text": { "text": "x" } }], "operationCallbackUri": "x" }),
            "400",
            "OperationCallbackUri",
        ),
        (
            "recognize",
            json!({ "recognizeInputType": "dtmf", "recognizeOptions": {} }),
            "8523",
            "targetParticipant is required",
        ),
        (
            "recognize",
            json!({ "recognizeInputType": "smell", "recognizeOptions": { "targetParticipant": target() } }),
            "8523",
            "recognizeInputType",
        ),
        (
            "recognize",
            recognize(json!({ "initialSilenceTimeoutInSeconds": 301 })),
            "8523",
            "initialSilenceTimeoutInSeconds must be between 0 and 300",
        ),
        (
            "recognize",
            recognize(json!({ "dtmfOptions": { "interToneTimeoutInSeconds": 0 } })),
            "8523",
            "interToneTimeoutInSeconds",
        ),
        (
            "recognize",
            recognize(json!({ "dtmfOptions": { "maxTonesToCollect": 0 } })),
            "8523",
            "maxTonesToCollect",
        ),
        (
            "recognize",
            recognize(json!({ "dtmfOptions": { "stopTones": ["flash"] } })),
            "8523",
            "stopTones has flash",
        ),
        (
            "recognize",
            choices(json!({ "label": "", "phrases": [] })),
            "8523",
            "choices[0].label",
        ),
        (
            "recognize",
            choices(json!({ "label": "x", "phrases": [], "tone": "flash" })),
            "8523",
            "choices[0].tone",
        ),
        (
            "sendDtmfTones",
            json!({ "targetParticipant": target(), "tones": [] }),
            "8523",
            "tones",
        ),
        (
            "sendDtmfTones",
            json!({ "targetParticipant": target(), "tones": vec!["one"; 19] }),
            "8523",
            "expected 1 to 18 tones",
        ),
        ("hold", json!({}), "8523", "targetParticipant is required"),
    ] {
        let (status, answer) = stage.post(operation, body.clone()).await;
        assert_eq!(status, 400, "{operation} {body}: {answer}");
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{body}: {message}");
    }
}

#[tokio::test]
async fn speech_needs_ai_services_and_operations_exclude_each_other() {
    let stage = Stage::new().await;
    let body = json!({
        "targets": [{ "phoneNumber": { "value": "+16045550124" } }],
        "callbackUri": stage.app.callback("other"),
        "sourceCallerIdNumber": { "value": "+14255550100" },
    });
    let created = stage.client.post("/calling/callConnections", &body).await;
    stage.emulator.settled().await;
    let path = format!(
        "/calling/callConnections/{}:play",
        created.text("callConnectionId")
    );
    let text = json!({ "playSources": [{ "text": { "text": "hello" } }] });
    let refused = stage.client.post(&path, &text).await;
    assert_eq!(refused.status, 405, "{refused:?}");
    assert_eq!(
        refused.error(),
        (
            "8522",
            "Request not allowed when Cognitive Service Configuration not set during call setup."
        )
    );
    let body = json!({
        "playSources": [stage.file("good.wav")],
        "playTo": [target()],
        "playOptions": { "loop": true },
    });
    Stage::assert_taken(&stage.post("play", body).await, 202);
    let tones = json!({ "targetParticipant": target(), "tones": ["one"] });
    let (status, body) = stage.post("sendDtmfTones", tones).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!("8500")), "{body}");
}

#[tokio::test]
async fn answers_have_the_shape_of_recorded_ones() {
    let stage = Stage::new().await;
    let keys = json!({ "targetParticipant": target(), "operationContext": "keys" });
    for (name, operation, body) in [
        (
            "play.text",
            "play",
            Some(json!({ "playSources": [{ "kind": "text", "text": { "text": "Hello" } }], "playTo": [] })),
        ),
        (
            "recognize.dtmf",
            "recognize",
            Some(json!({
                "recognizeInputType": "dtmf",
                "playPrompts": [stage.file("good.wav")],
                "interruptCallMediaOperation": false,
                "recognizeOptions": {
                    "interruptPrompt": false,
                    "initialSilenceTimeoutInSeconds": 5,
                    "targetParticipant": target(),
                    "dtmfOptions": { "interToneTimeoutInSeconds": 5, "maxTonesToCollect": 2, "stopTones": [] },
                },
            })),
        ),
        ("cancelAllMediaOperations", "cancelAllMediaOperations", None),
        (
            "startContinuousDtmfRecognition",
            "startContinuousDtmfRecognition",
            Some(keys.clone()),
        ),
        (
            "sendDtmfTones",
            "sendDtmfTones",
            Some(json!({
                "targetParticipant": target(), "tones": ["pound"], "operationContext": "send",
            })),
        ),
        (
            "stopContinuousDtmfRecognition",
            "stopContinuousDtmfRecognition",
            Some(keys.clone()),
        ),
        ("hold", "hold", Some(json!({ "targetParticipant": target() }))),
        ("unhold", "unhold", Some(json!({ "targetParticipant": target() }))),
    ] {
        let path = format!("{}:{operation}", stage.call);
        let answer = send(&stage.client, "POST", &path, body).await;
        assert!(answer.status < 300, "{name}: {answer:?}");
        same_shape(name, &answer);
    }
}

#[tokio::test]
async fn the_service_fails_on_demand() {
    let mut stage = Stage::new().await;
    let fault = |name: &str| json!({ "fault": name });
    let path = "/emulator/media-fault";
    assert_eq!(stage.client.plain_post(path, &fault("headache")).await.0, 400);
    assert_eq!(
        stage.client.plain_post(path, &fault("speechThrottled")).await.0,
        200
    );
    assert_eq!(stage.emulator.media_fault(), MediaFault::SpeechThrottled);
    let (_, health) = stage.client.plain("/emulator/health").await;
    assert_eq!(health["mediaFault"], "speechThrottled");
    let body = json!({ "playSources": [{ "text": { "text": "hello" } }] });
    Stage::assert_taken(&stage.post("play", body.clone()).await, 202);
    assert_eq!(result(&stage.event("PlayFailed").await), (429, 8565));
    stage.emulator.set_media_fault(MediaFault::None);
    Stage::assert_taken(&stage.post("play", body).await, 202);
    stage.event("PlayCompleted").await;
}
