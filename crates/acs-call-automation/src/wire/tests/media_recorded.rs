//! Media requests and answers against recorded traffic and the examples of the API description.

use std::time::Duration;

use acs_call_rest::types;
use acs_common::enums::{
    DtmfTone, MediaStreamingAudioChannelType, MediaStreamingContentType, MediaStreamingSubscriptionState,
    TranscriptionResultType, TranscriptionSubscriptionState, VoiceKind,
};
use acs_common::{CommunicationIdentifier, CommunicationUserIdentifier};

use super::recorded::{APP, Recording, SANITIZED_CALLBACK, sanitized, user};
use crate::media::{
    ContinuousDtmfRecognitionOptions, FileSource, HoldOptions, PlayOptions, PlaySource, PlayToAllOptions,
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, SendDtmfTonesOptions,
    StartMediaStreamingOptions, StartTranscriptionOptions, StopMediaStreamingOptions,
    StopTranscriptionOptions, TextSource, UnholdOptions, UpdateTranscriptionOptions,
};
use crate::{CreateCallOptions, MediaStreamingOptions, wire};

const SAMPLE: &str = "https://some.file.azure.com/sample.wav";
const PROMPT: &str = "https://sanitized.skype.com/prompt.wav";

/// Compares what is sent with what was recorded.
macro_rules! same {
    ($recording:literal: $type:ident = $body:expr) => {
        if let Some(recorded) = Recording::open($recording) {
            assert_eq!($body.unwrap(), recorded.request::<types::$type>(), $recording);
        }
    };
}

fn telephone() -> CommunicationIdentifier {
    CommunicationIdentifier::phone("+18447649276")
}

#[test]
fn play() {
    let all = |source: PlaySource| {
        PlayToAllOptions::new([source])
            .interrupt_call_media_operation(false)
            .looping(false)
    };
    same!("play": PlayRequest = wire::play_to_all(
        all(PlaySource::file("https://example.com/audio/test.wav")).operation_context("CancelplayToAllAudio")
    ));
    let text = TextSource::new("Hello, this is live test")
        .voice_kind(VoiceKind::Male)
        .voice_name("en-US-ElizabethNeural");
    same!("play.text": PlayRequest = wire::play_to_all(all(text.into()).operation_context("Sanitized")));
    same!("play.spec": PlayRequest = wire::play(
        PlayOptions::new(
            [FileSource::new(SAMPLE).cache_id("string")],
            [user("ae9e3307-f56e-44be-8934-80a63f080538")],
        )
        .looping(true)
        .operation_callback_uri(APP)
    ));
}

#[test]
fn recognize() {
    same!("recognize.dtmf": RecognizeRequest = wire::recognize(
        RecognizeDtmfOptions::new(sanitized(), 2)
            .prompt(PlaySource::file(PROMPT))
            .prompt(PlaySource::file(PROMPT))
            .interrupt_call_media_operation(false)
            .interrupt_prompt(false)
            .initial_silence_timeout(Duration::from_secs(5))
            .inter_tone_timeout(Duration::from_secs(5))
            .stop_tones([])
            .operation_context("Sanitized")
            .into()
    ));
    let confirm = RecognitionChoice::new("Confirm", ["Confirm", "First", "One"]).tone(DtmfTone::One);
    let cancel = RecognitionChoice::new("Cancel", ["Cancel", "Second", "Two"]).tone(DtmfTone::Two);
    let text = TextSource::new("Test prompt1")
        .voice_kind(VoiceKind::Male)
        .voice_name("en-US-NancyNeural");
    same!("recognize.choices": RecognizeRequest = wire::recognize(
        RecognizeChoicesOptions::new(sanitized(), [confirm, cancel])
            .prompt(PlaySource::file(PROMPT))
            .prompt(text)
            .interrupt_call_media_operation(false)
            .interrupt_prompt(false)
            .initial_silence_timeout(Duration::from_secs(5))
            .operation_context("Sanitized")
            .into()
    ));
}

#[test]
fn recognize_as_in_the_description_but_with_prompts_in_their_newer_place() {
    let Some(recorded) = Recording::open("recognize.spec") else {
        return;
    };
    let mut expected: types::RecognizeRequest = recorded.request();
    expected.play_prompts = expected.play_prompt.take().map(|prompt| vec![prompt]);
    assert!(expected.play_prompts.is_some());
    let options = RecognizeDtmfOptions::new(user("da7be3a9-8788-42a6-85c6-56b2cf784fce"), 5)
        .prompt(PlaySource::file(SAMPLE))
        .interrupt_prompt(true)
        .initial_silence_timeout(Duration::from_secs(5))
        .inter_tone_timeout(Duration::from_secs(3))
        .stop_tones([DtmfTone::Pound])
        .operation_callback_uri(APP);
    assert_eq!(wire::recognize(options.into()).unwrap(), expected);
}

#[test]
fn tones() {
    let tones = |text: &str| text.parse().unwrap();
    same!("sendDtmfTones": SendDtmfTonesRequest = wire::send_dtmf_tones(
        SendDtmfTonesOptions::new(tones("#"), telephone())
            .operation_context("ContinuousDtmfRecognitionSend")
    ));
    same!("sendDtmfTones.spec": SendDtmfTonesRequest = wire::send_dtmf_tones(
        SendDtmfTonesOptions::new(tones("0"), user("da7be3a9-8788-42a6-85c6-56b2cf784fce"))
            .operation_context("sendDtmf operation context")
            .operation_callback_uri(APP)
    ));
    same!("startContinuousDtmfRecognition": ContinuousDtmfRecognitionRequest =
        wire::continuous_dtmf_recognition(
            ContinuousDtmfRecognitionOptions::new(telephone())
                .operation_context("ContinuousDtmfRecognitionStart")
        )
    );
    same!("stopContinuousDtmfRecognition": ContinuousDtmfRecognitionRequest =
        wire::continuous_dtmf_recognition(
            ContinuousDtmfRecognitionOptions::new(telephone())
                .operation_context("ContinuousDtmfRecognitionStop")
        )
    );
    let described = || ContinuousDtmfRecognitionOptions::new(user("da7be3a9-8788-42a6-85c6-56b2cf784fce"));
    same!("startContinuousDtmfRecognition.spec": ContinuousDtmfRecognitionRequest =
        wire::continuous_dtmf_recognition(described())
    );
    same!("stopContinuousDtmfRecognition.spec": ContinuousDtmfRecognitionRequest =
        wire::continuous_dtmf_recognition(described().operation_callback_uri(APP))
    );
}

#[test]
fn the_answer_to_sent_tones_repeats_the_context() {
    for (name, context) in [
        ("sendDtmfTones", "ContinuousDtmfRecognitionSend"),
        ("sendDtmfTones.spec", "sendDtmf operation context"),
    ] {
        let Some(recorded) = Recording::open(name) else {
            return;
        };
        let reply: types::SendDtmfTonesResult = recorded.response();
        assert_eq!(reply.operation_context.unwrap(), context);
    }
}

#[test]
fn hold_and_its_end() {
    let held = || user("0f50d091-5bd3-448b-884d-44be7037d9b9");
    same!("hold": HoldRequest = wire::hold(HoldOptions::new(sanitized())));
    same!("hold.spec": HoldRequest = wire::hold(HoldOptions::new(held()).play_source(PlaySource::file(SAMPLE))));
    same!("unhold": UnholdRequest = wire::unhold(UnholdOptions::new(sanitized())));
    same!("unhold.spec": UnholdRequest = wire::unhold(UnholdOptions::new(held())));
}

#[test]
fn transcription() {
    // The recorded start names its languages by a member of a preview; the rest is the same.
    same!("startTranscription": StartTranscriptionRequest = wire::start_transcription(
        StartTranscriptionOptions::new().operation_context("Sanitized")
    ));
    same!("startTranscription.spec": StartTranscriptionRequest = wire::start_transcription(
        StartTranscriptionOptions::new()
    ));
    same!("updateTranscription": UpdateTranscriptionRequest = wire::update_transcription(
        UpdateTranscriptionOptions::new("en-US").operation_context("Sanitized")
    ));
    same!("updateTranscription.spec": UpdateTranscriptionRequest = wire::update_transcription(
        UpdateTranscriptionOptions::new("en-us")
    ));
    same!("stopTranscription": StopTranscriptionRequest = wire::stop_transcription(
        StopTranscriptionOptions::new().operation_context("Sanitized")
    ));
    same!("stopTranscription.spec": StopTranscriptionRequest = wire::stop_transcription(
        StopTranscriptionOptions::new()
    ));
}

#[test]
fn media_streaming() {
    same!("startMediaStreaming": StartMediaStreamingRequest = wire::start_media_streaming(
        StartMediaStreamingOptions::new().operation_context("Sanitized")
    ));
    same!("startMediaStreaming.spec": StartMediaStreamingRequest = wire::start_media_streaming(
        StartMediaStreamingOptions::new()
    ));
    same!("stopMediaStreaming": StopMediaStreamingRequest = wire::stop_media_streaming(
        StopMediaStreamingOptions::new()
    ));
    same!("stopMediaStreaming.spec": StopMediaStreamingRequest = wire::stop_media_streaming(
        StopMediaStreamingOptions::new()
    ));
}

#[test]
fn a_call_that_is_created_with_media_streaming() {
    let Some(recorded) = Recording::open("createCall.media-streaming") else {
        return;
    };
    let streaming =
        MediaStreamingOptions::new("wss://sanitized.skype.com", MediaStreamingAudioChannelType::Mixed)
            .start_media_streaming(false);
    let options = CreateCallOptions::new(sanitized(), SANITIZED_CALLBACK).media_streaming_options(streaming);
    let source = CommunicationUserIdentifier::new("Sanitized");
    assert_eq!(
        wire::create_call(options, Some(&source)).unwrap(),
        recorded.request::<types::CreateCallRequest>()
    );
    let streaming = recorded.properties().media_streaming.unwrap();
    assert_eq!(streaming.id.as_deref(), Some("Sanitized"));
    assert_eq!(streaming.state, Some(MediaStreamingSubscriptionState::Inactive));
    assert_eq!(streaming.content_types, [MediaStreamingContentType::Audio]);
}

#[test]
fn properties_show_what_is_streamed_and_transcribed() {
    if let Some(recorded) = Recording::open("getCall.media-streaming-active") {
        let properties = recorded.properties();
        let streaming = properties.media_streaming.unwrap();
        assert_eq!(streaming.state, Some(MediaStreamingSubscriptionState::Active));
        assert_eq!(streaming.content_types, [MediaStreamingContentType::Audio]);
        let transcription = properties.transcription.unwrap();
        assert_eq!(
            transcription.state,
            Some(TranscriptionSubscriptionState::Disabled)
        );
        assert!(transcription.result_types.is_empty());
        assert_eq!(transcription.locale, None);
    }
    if let Some(recorded) = Recording::open("getCall.transcription-active") {
        let properties = recorded.properties();
        let streaming = properties.media_streaming.unwrap();
        assert_eq!(streaming.state, Some(MediaStreamingSubscriptionState::Disabled));
        let transcription = properties.transcription.unwrap();
        assert_eq!(transcription.id.as_deref(), Some("Sanitized"));
        assert_eq!(transcription.state, Some(TranscriptionSubscriptionState::Active));
        assert_eq!(transcription.result_types, [TranscriptionResultType::Final]);
        assert_eq!(transcription.locale.as_deref(), Some("en-US"));
    }
}
