//! The JSON of each media request, as it goes over the wire.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_common::enums::{AudioFormat, DtmfTone, MediaStreamingAudioChannelType, VoiceKind};
use serde::Serialize;
use serde_json::{Value, json};

use super::{CALLBACK, PHONE, USER};
use crate::media::{
    ContinuousDtmfRecognitionOptions, FileSource, HoldOptions, PlayOptions, PlaySource, PlayToAllOptions,
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, RecognizeSpeechOptions,
    RecognizeSpeechOrDtmfOptions, SendDtmfTonesOptions, SsmlSource, StartMediaStreamingOptions,
    StartTranscriptionOptions, StopMediaStreamingOptions, StopTranscriptionOptions, TextSource,
    UnholdOptions, UpdateTranscriptionOptions,
};
use crate::{
    AnswerCallOptions, CallIntelligenceOptions, CallInvite, CallLocator, ConnectCallOptions,
    CreateCallOptions, CreateGroupCallOptions, Error, MediaStreamingOptions, TranscriptionOptions, wire,
};

const FILE: &str = "https://app.contoso.com/prompt.wav";

fn json_of(body: Result<impl Serialize, Error>) -> Value {
    serde_json::to_value(body.unwrap()).unwrap()
}

fn target() -> CommunicationIdentifier {
    CommunicationIdentifier::phone(PHONE)
}

fn phone() -> Value {
    json!({"rawId": format!("4:{PHONE}"), "kind": "phoneNumber", "phoneNumber": {"value": PHONE}})
}

fn user() -> Value {
    json!({"rawId": USER, "kind": "communicationUser", "communicationUser": {"id": USER}})
}

fn file() -> Value {
    json!({"kind": "file", "file": {"uri": FILE}})
}

#[test]
fn each_kind_of_source_with_all_of_its_options() {
    let sources = [
        PlaySource::from(FileSource::new(FILE).cache_id("welcome")),
        TextSource::new("Hello")
            .source_locale("en-US")
            .voice_kind(VoiceKind::Female)
            .voice_name("en-US-NancyNeural")
            .custom_voice_endpoint_id("voice")
            .cache_id("hello")
            .into(),
        SsmlSource::new("<speak/>")
            .custom_voice_endpoint_id("voice")
            .cache_id("markup")
            .into(),
        PlaySource::file(FILE),
        PlaySource::text("Bye"),
        PlaySource::ssml("<speak>Bye</speak>"),
    ];
    let body = json_of(wire::play_to_all(PlayToAllOptions::new(sources)));
    assert_eq!(
        body["playSources"],
        json!([
            {"kind": "file", "playSourceCacheId": "welcome", "file": {"uri": FILE}},
            {"kind": "text", "playSourceCacheId": "hello", "text": {
                "text": "Hello", "sourceLocale": "en-US", "voiceKind": "female",
                "voiceName": "en-US-NancyNeural", "customVoiceEndpointId": "voice",
            }},
            {"kind": "ssml", "playSourceCacheId": "markup", "ssml": {
                "ssmlText": "<speak/>", "customVoiceEndpointId": "voice",
            }},
            file(),
            {"kind": "text", "text": {"text": "Bye"}},
            {"kind": "ssml", "ssml": {"ssmlText": "<speak>Bye</speak>"}},
        ])
    );
}

#[test]
fn play_to_some_and_to_all() {
    let options = PlayOptions::new(
        [PlaySource::file(FILE)],
        [target(), CommunicationIdentifier::user(USER)],
    )
    .looping(true)
    .operation_context("context")
    .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::play(options)),
        json!({
            "playSources": [file()], "playTo": [phone(), user()], "playOptions": {"loop": true},
            "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
    let short = PlayOptions::from((FileSource::new(FILE), target()));
    assert_eq!(
        json_of(wire::play(short)),
        json!({"playSources": [file()], "playTo": [phone()]})
    );
    let options = PlayToAllOptions::from(PlaySource::file(FILE))
        .looping(false)
        .interrupt_call_media_operation(true)
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::play_to_all(options)),
        json!({
            "playSources": [file()], "playTo": [], "playOptions": {"loop": false},
            "interruptCallMediaOperation": true,
            "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn recognize_keys() {
    let plain = RecognizeDtmfOptions::new(target(), 4);
    assert_eq!(
        json_of(wire::recognize(plain.clone().into())),
        json!({
            "recognizeInputType": "dtmf",
            "recognizeOptions": {"targetParticipant": phone(), "dtmfOptions": {"maxTonesToCollect": 4}},
        })
    );
    let options = plain
        .prompt(PlaySource::file(FILE))
        .prompt(TextSource::new("Your number?"))
        .interrupt_prompt(false)
        .interrupt_call_media_operation(true)
        .initial_silence_timeout(Duration::from_secs(300))
        .inter_tone_timeout(Duration::from_secs(60))
        .stop_tones([DtmfTone::Pound, DtmfTone::Asterisk])
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::recognize(options.into())),
        json!({
            "recognizeInputType": "dtmf",
            "playPrompts": [file(), {"kind": "text", "text": {"text": "Your number?"}}],
            "interruptCallMediaOperation": true,
            "recognizeOptions": {
                "targetParticipant": phone(), "interruptPrompt": false, "initialSilenceTimeoutInSeconds": 300,
                "dtmfOptions": {
                    "maxTonesToCollect": 4, "interToneTimeoutInSeconds": 60, "stopTones": ["pound", "asterisk"],
                },
            },
            "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn recognize_choices() {
    let choices = [
        RecognitionChoice::new("yes", ["yes", "sure"]).tone(DtmfTone::One),
        RecognitionChoice::new("no", ["no"]),
        RecognitionChoice::new("agent", [""; 0]).tone(DtmfTone::Zero),
    ];
    let options = RecognizeChoicesOptions::new(target(), choices)
        .speech_language("de-DE")
        .speech_model_endpoint_id("model")
        .initial_silence_timeout(Duration::from_secs(20));
    assert_eq!(
        json_of(wire::recognize(options.into())),
        json!({
            "recognizeInputType": "choices",
            "recognizeOptions": {
                "targetParticipant": phone(), "initialSilenceTimeoutInSeconds": 20,
                "choices": [
                    {"label": "yes", "phrases": ["yes", "sure"], "tone": "one"},
                    {"label": "no", "phrases": ["no"]},
                    {"label": "agent", "phrases": [], "tone": "zero"},
                ],
                "speechLanguage": "de-DE", "speechRecognitionModelEndpointId": "model",
            },
        })
    );
}

#[test]
fn recognize_speech_with_and_without_keys() {
    let speech = RecognizeSpeechOptions::new(target())
        .end_silence_timeout(Duration::from_millis(1500))
        .speech_language("en-US");
    assert_eq!(
        json_of(wire::recognize(speech.into())),
        json!({
            "recognizeInputType": "speech",
            "recognizeOptions": {
                "targetParticipant": phone(), "speechLanguage": "en-US",
                "speechOptions": {"endSilenceTimeoutInMs": 1500},
            },
        })
    );
    let either = RecognizeSpeechOrDtmfOptions::new(target(), 1)
        .end_silence_timeout(Duration::from_millis(1))
        .inter_tone_timeout(Duration::from_secs(1))
        .stop_tones([])
        .initial_silence_timeout(Duration::ZERO)
        .speech_model_endpoint_id("model");
    assert_eq!(
        json_of(wire::recognize(either.into())),
        json!({
            "recognizeInputType": "speechOrDtmf",
            "recognizeOptions": {
                "targetParticipant": phone(), "initialSilenceTimeoutInSeconds": 0,
                "dtmfOptions": {"maxTonesToCollect": 1, "interToneTimeoutInSeconds": 1, "stopTones": []},
                "speechOptions": {"endSilenceTimeoutInMs": 1},
                "speechRecognitionModelEndpointId": "model",
            },
        })
    );
}

#[test]
fn tones() {
    let options = SendDtmfTonesOptions::new("0*#D".parse().unwrap(), target())
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::send_dtmf_tones(options)),
        json!({
            "tones": ["zero", "asterisk", "pound", "d"], "targetParticipant": phone(),
            "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
    let options = ContinuousDtmfRecognitionOptions::new(target())
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::continuous_dtmf_recognition(options)),
        json!({
            "targetParticipant": phone(), "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn hold_and_its_end() {
    let options = HoldOptions::new(target())
        .play_source(PlaySource::file(FILE))
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::hold(options)),
        json!({
            "targetParticipant": phone(), "playSourceInfo": file(),
            "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
    let options = UnholdOptions::new(target())
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(
        json_of(wire::unhold(options)),
        json!({
            "targetParticipant": phone(), "operationContext": "context", "operationCallbackUri": CALLBACK,
        })
    );
}

#[test]
fn transcription_and_streaming() {
    let named = json!({"operationContext": "context", "operationCallbackUri": CALLBACK});
    let with_language = json!({
        "locale": "en-US", "speechModelEndpointId": "model",
        "operationContext": "context", "operationCallbackUri": CALLBACK,
    });
    let start = StartTranscriptionOptions::new()
        .locale("en-US")
        .speech_model_endpoint_id("model")
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(json_of(wire::start_transcription(start)), with_language);
    let update = UpdateTranscriptionOptions::new("en-US")
        .speech_model_endpoint_id("model")
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(json_of(wire::update_transcription(update)), with_language);
    let stop = StopTranscriptionOptions::new()
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(json_of(wire::stop_transcription(stop)), named);
    let start = StartMediaStreamingOptions::new()
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(json_of(wire::start_media_streaming(start)), named);
    let stop = StopMediaStreamingOptions::new()
        .operation_context("context")
        .operation_callback_uri(CALLBACK);
    assert_eq!(json_of(wire::stop_media_streaming(stop)), named);
}

#[test]
fn every_way_to_a_call_sets_up_streams_and_intelligence() {
    let streaming = || {
        MediaStreamingOptions::new(
            "wss://app.contoso.com/audio",
            MediaStreamingAudioChannelType::Unmixed,
        )
    };
    let full = streaming()
        .start_media_streaming(true)
        .enable_bidirectional(true)
        .audio_format(AudioFormat::Pcm24KMono)
        .enable_dtmf_tones(true);
    let transcription = TranscriptionOptions::new("ws://127.0.0.1:4000/text", "en-US")
        .speech_model_endpoint_id("model")
        .start_transcription(true)
        .enable_intermediate_results(false);
    let intelligence = CallIntelligenceOptions::new("https://ai.contoso.com/");
    let bodies = [
        json_of(wire::create_call(
            CreateCallOptions::new(CallInvite::user(USER), CALLBACK)
                .media_streaming_options(full.clone())
                .transcription_options(transcription.clone())
                .call_intelligence_options(intelligence.clone()),
            None,
        )),
        json_of(wire::create_group_call(
            CreateGroupCallOptions::new([CommunicationIdentifier::user(USER)], CALLBACK)
                .media_streaming_options(full.clone())
                .transcription_options(transcription.clone())
                .cognitive_services_endpoint("https://ai.contoso.com/"),
            None,
        )),
        json_of(wire::connect(
            ConnectCallOptions::new(CallLocator::room("1"), CALLBACK)
                .media_streaming_options(full.clone())
                .transcription_options(transcription.clone())
                .call_intelligence_options(intelligence.clone()),
        )),
        json_of(wire::answer_call(
            AnswerCallOptions::new("offer", CALLBACK)
                .media_streaming_options(full)
                .transcription_options(transcription)
                .call_intelligence_options(intelligence),
            None,
        )),
    ];
    for body in bodies {
        assert_eq!(
            body["mediaStreamingOptions"],
            json!({
                "transportType": "websocket", "transportUrl": "wss://app.contoso.com/audio",
                "contentType": "audio", "audioChannelType": "unmixed", "startMediaStreaming": true,
                "enableBidirectional": true, "audioFormat": "pcm24KMono", "enableDtmfTones": true,
            })
        );
        assert_eq!(
            body["transcriptionOptions"],
            json!({
                "transportType": "websocket", "transportUrl": "ws://127.0.0.1:4000/text", "locale": "en-US",
                "speechModelEndpointId": "model", "startTranscription": true,
                "enableIntermediateResults": false,
            })
        );
        assert_eq!(
            body["callIntelligenceOptions"],
            json!({"cognitiveServicesEndpoint": "https://ai.contoso.com/"})
        );
    }
    let plain = CreateCallOptions::new(CallInvite::user(USER), CALLBACK).media_streaming_options(streaming());
    assert_eq!(
        json_of(wire::create_call(plain, None))["mediaStreamingOptions"],
        json!({
            "transportType": "websocket", "transportUrl": "wss://app.contoso.com/audio",
            "contentType": "audio", "audioChannelType": "unmixed",
        })
    );
}
