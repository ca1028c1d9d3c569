//! What of media is refused before it is sent, and by which name.

use std::time::Duration;

use acs_common::CommunicationIdentifier;
use acs_common::enums::{DtmfTone, MediaStreamingAudioChannelType};

use super::refusals::refused;
use super::{CALLBACK, PHONE, USER};
use crate::media::{
    ContinuousDtmfRecognitionOptions, FileSource, HoldOptions, PlayOptions, PlaySource, PlayToAllOptions,
    RecognitionChoice, RecognizeChoicesOptions, RecognizeDtmfOptions, RecognizeOptions,
    RecognizeSpeechOptions, RecognizeSpeechOrDtmfOptions, SendDtmfTonesOptions, SsmlSource,
    StartMediaStreamingOptions, StartTranscriptionOptions, StopMediaStreamingOptions,
    StopTranscriptionOptions, TextSource, UnholdOptions, UpdateTranscriptionOptions,
};
use crate::{CallInvite, CreateCallOptions, Error, MediaStreamingOptions, TranscriptionOptions, wire};

const FILE: &str = "https://app.contoso.com/prompt.wav";

fn target() -> CommunicationIdentifier {
    CommunicationIdentifier::phone(PHONE)
}

fn nobody() -> CommunicationIdentifier {
    CommunicationIdentifier::user("")
}

fn play(source: impl Into<PlaySource>) -> Result<(), Error> {
    wire::play_to_all(PlayToAllOptions::new([source])).map(drop)
}

fn recognize(options: impl Into<RecognizeOptions>) -> Result<(), Error> {
    wire::recognize(options.into()).map(drop)
}

fn keys() -> RecognizeDtmfOptions {
    RecognizeDtmfOptions::new(target(), 1)
}

#[test]
fn files_are_fetched_from_https_or_loopback() {
    play(PlaySource::file("http://127.0.0.1:4000/prompt.wav")).unwrap();
    for uri in [
        "",
        "prompt.wav",
        "http://app.contoso.com/prompt.wav",
        "file:///prompt.wav",
    ] {
        refused(play(PlaySource::file(uri)), "uri");
    }
}

#[test]
fn texts_have_1_to_4000_characters() {
    play(PlaySource::text("x")).unwrap();
    // Characters, not bytes.
    play(PlaySource::text("ä".repeat(4000))).unwrap();
    let text = refused(play(PlaySource::text("ä".repeat(4001))), "text");
    assert!(text.contains("1 to 4000 characters, found 4001"), "{text}");
    refused(play(PlaySource::text("")), "text");
    refused(play(PlaySource::text(" \n")), "text");
    refused(play(PlaySource::ssml(" ")), "ssml");
    // The limit is that of texts; markup may be longer than what it says.
    play(PlaySource::ssml("x".repeat(5000))).unwrap();
}

#[test]
fn what_is_set_says_something() {
    refused(play(FileSource::new(FILE).cache_id(" ")), "cache_id");
    refused(play(TextSource::new("x").cache_id("")), "cache_id");
    refused(play(TextSource::new("x").source_locale("")), "source_locale");
    refused(play(TextSource::new("x").voice_name("")), "voice_name");
    for source in [
        PlaySource::from(TextSource::new("x").custom_voice_endpoint_id("")),
        SsmlSource::new("x").custom_voice_endpoint_id("").into(),
    ] {
        refused(play(source), "custom_voice_endpoint_id");
    }
}

#[test]
fn a_bad_source_is_told_by_its_place() {
    let sources = [PlaySource::file(FILE), PlaySource::text("")];
    let text = refused(wire::play_to_all(PlayToAllOptions::new(sources.clone())), "text");
    assert!(text.contains("in source 1, counted from 0"), "{text}");
    let [first, second] = sources;
    let text = refused(recognize(keys().prompt(first).prompt(second)), "text");
    assert!(text.contains("in source 1"), "{text}");
    refused(
        wire::hold(HoldOptions::new(target()).play_source(PlaySource::text(""))),
        "text",
    );
}

#[test]
fn playing_needs_a_source_and_somebody_who_hears_it() {
    let none: [PlaySource; 0] = [];
    refused(wire::play_to_all(PlayToAllOptions::new(none.clone())), "sources");
    refused(wire::play(PlayOptions::new(none, [target()])), "sources");
    let nobody_at_all: [CommunicationIdentifier; 0] = [];
    let file = || [PlaySource::file(FILE)];
    refused(wire::play(PlayOptions::new(file(), nobody_at_all)), "play_to");
    refused(
        wire::play(PlayOptions::new(file(), [target(), nobody()])),
        "play_to",
    );
}

#[test]
fn times_of_a_recognition_stay_in_their_ranges() {
    let seconds = Duration::from_secs;
    let silent = |time| recognize(keys().initial_silence_timeout(time));
    for time in [seconds(0), seconds(300)] {
        silent(time).unwrap();
    }
    for time in [seconds(301), Duration::from_millis(1500), Duration::MAX] {
        let text = refused(silent(time), "initial_silence_timeout");
        assert!(text.contains("whole seconds from 0 to 300"), "{text}");
    }
    let speech = |time| recognize(RecognizeSpeechOptions::new(target()).initial_silence_timeout(time));
    let choices = |time| {
        let choice = RecognitionChoice::new("a", ["a"]);
        recognize(RecognizeChoicesOptions::new(target(), [choice]).initial_silence_timeout(time))
    };
    speech(seconds(20)).unwrap();
    choices(seconds(20)).unwrap();
    refused(speech(seconds(21)), "initial_silence_timeout");
    refused(choices(seconds(21)), "initial_silence_timeout");
    let either = RecognizeSpeechOrDtmfOptions::new(target(), 1);
    recognize(either.clone().initial_silence_timeout(seconds(300))).unwrap();
    refused(
        recognize(either.clone().initial_silence_timeout(seconds(301))),
        "initial_silence_timeout",
    );

    let between = |time| recognize(keys().inter_tone_timeout(time));
    for time in [seconds(1), seconds(60)] {
        between(time).unwrap();
    }
    for time in [seconds(0), seconds(61), Duration::from_millis(1001)] {
        refused(between(time), "inter_tone_timeout");
    }
    refused(
        recognize(either.clone().inter_tone_timeout(Duration::ZERO)),
        "inter_tone_timeout",
    );

    let ending = |time| recognize(RecognizeSpeechOptions::new(target()).end_silence_timeout(time));
    ending(Duration::from_millis(1)).unwrap();
    for time in [Duration::ZERO, Duration::from_micros(1500), Duration::MAX] {
        refused(ending(time), "end_silence_timeout");
    }
    refused(
        recognize(either.end_silence_timeout(Duration::ZERO)),
        "end_silence_timeout",
    );
}

#[test]
fn at_least_one_key_is_collected() {
    for count in [0, u32::MAX] {
        refused(recognize(RecognizeDtmfOptions::new(target(), count)), "max_tones");
        refused(
            recognize(RecognizeSpeechOrDtmfOptions::new(target(), count)),
            "max_tones",
        );
    }
}

#[test]
fn choices_can_be_taken_and_told_apart() {
    let offer = |choices: Vec<RecognitionChoice>| recognize(RecognizeChoicesOptions::new(target(), choices));
    let none: [&str; 0] = [];
    offer(vec![RecognitionChoice::new("a", none).tone(DtmfTone::One)]).unwrap();
    refused(offer(vec![]), "choices");
    refused(offer(vec![RecognitionChoice::new(" ", ["a"])]), "choices");
    refused(offer(vec![RecognitionChoice::new("a", ["a", ""])]), "choices");
    let text = refused(offer(vec![RecognitionChoice::new("lost", none)]), "choices");
    assert!(text.contains("`lost`"), "{text}");
    let same = vec![
        RecognitionChoice::new("a", ["a"]).tone(DtmfTone::One),
        RecognitionChoice::new("b", ["b"]),
        RecognitionChoice::new("c", ["c"]),
        RecognitionChoice::new("d", ["d"]).tone(DtmfTone::Other("one".to_owned())),
    ];
    let text = refused(offer(same), "choices");
    assert!(text.contains("`a` and `d`"), "{text}");
}

#[test]
fn speech_options_that_are_set_say_something() {
    let speech = || RecognizeSpeechOptions::new(target());
    refused(recognize(speech().speech_language("")), "speech_language");
    refused(
        recognize(speech().speech_model_endpoint_id("")),
        "speech_model_endpoint_id",
    );
}

#[test]
fn everybody_who_is_named_is_somebody() {
    refused(recognize(RecognizeDtmfOptions::new(nobody(), 1)), "participant");
    refused(
        wire::send_dtmf_tones(SendDtmfTonesOptions::new("1".parse().unwrap(), nobody())),
        "participant",
    );
    refused(
        wire::continuous_dtmf_recognition(ContinuousDtmfRecognitionOptions::new(nobody())),
        "participant",
    );
    refused(wire::hold(HoldOptions::new(nobody())), "participant");
    refused(wire::unhold(UnholdOptions::new(nobody())), "participant");
}

#[test]
fn languages_of_a_transcription_have_a_region() {
    let start = |locale: &str| wire::start_transcription(StartTranscriptionOptions::new().locale(locale));
    for locale in ["en-US", "en-us", "zh-Hans-CN", "es-419", "fil-PH"] {
        start(locale).unwrap();
    }
    for locale in [
        "",
        "en",
        "en_US",
        "en-",
        "english-US",
        "zh-Hans",
        "e-US",
        "en-U5",
        "US",
    ] {
        refused(start(locale), "locale");
        refused(
            wire::update_transcription(UpdateTranscriptionOptions::new(locale)),
            "locale",
        );
    }
    refused(
        wire::start_transcription(StartTranscriptionOptions::new().speech_model_endpoint_id("")),
        "speech_model_endpoint_id",
    );
    refused(
        wire::update_transcription(UpdateTranscriptionOptions::new("en-US").speech_model_endpoint_id("")),
        "speech_model_endpoint_id",
    );
}

#[test]
fn streams_go_to_wss_or_loopback() {
    let create = || CreateCallOptions::new(CallInvite::user(USER), CALLBACK);
    let audio = |url: &str| {
        let options = MediaStreamingOptions::new(url, MediaStreamingAudioChannelType::Mixed);
        wire::create_call(create().media_streaming_options(options), None)
    };
    let text = |url: &str| {
        let options = TranscriptionOptions::new(url, "en-US");
        wire::create_call(create().transcription_options(options), None)
    };
    for url in [
        "wss://app.contoso.com/a?b=c",
        "ws://localhost:4000/",
        "ws://[::1]/",
    ] {
        audio(url).unwrap();
        text(url).unwrap();
    }
    for url in [
        "",
        "https://app.contoso.com/",
        "ws://app.contoso.com/",
        "wss:app.contoso.com",
        "wss://a b/",
    ] {
        let said = refused(audio(url), "media_streaming_options.transport_url");
        assert!(said.contains("wss"), "{said}");
        refused(text(url), "transcription_options.transport_url");
    }
    let transcription = TranscriptionOptions::new("wss://app.contoso.com/", "en");
    refused(
        wire::create_call(create().transcription_options(transcription), None),
        "transcription_options.locale",
    );
    refused(
        wire::create_call(create().cognitive_services_endpoint("ai.contoso.com"), None),
        "cognitive_services_endpoint",
    );
}

#[test]
fn contexts_and_callbacks_are_checked_in_every_operation() {
    macro_rules! checked {
        ($($send:ident($options:expr);)+) => {
            $(
                refused(wire::$send($options.operation_context("").into()), "operation_context");
                refused(
                    wire::$send($options.operation_callback_uri("http://app.contoso.com/").into()),
                    "operation_callback_uri",
                );
            )+
        };
    }
    let file = || [PlaySource::file(FILE)];
    checked! {
        play(PlayOptions::new(file(), [target()]));
        play_to_all(PlayToAllOptions::new(file()));
        recognize(keys());
        recognize(RecognizeSpeechOptions::new(target()));
        recognize(RecognizeSpeechOrDtmfOptions::new(target(), 1));
        recognize(RecognizeChoicesOptions::new(target(), [RecognitionChoice::new("a", ["a"])]));
        send_dtmf_tones(SendDtmfTonesOptions::new("1".parse().unwrap(), target()));
        continuous_dtmf_recognition(ContinuousDtmfRecognitionOptions::new(target()));
        hold(HoldOptions::new(target()));
        unhold(UnholdOptions::new(target()));
        start_transcription(StartTranscriptionOptions::new());
        update_transcription(UpdateTranscriptionOptions::new("en-US"));
        stop_transcription(StopTranscriptionOptions::new());
        start_media_streaming(StartMediaStreamingOptions::new());
        stop_media_streaming(StopMediaStreamingOptions::new());
    }
}
