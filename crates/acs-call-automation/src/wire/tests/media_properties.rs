//! Whatever is put into a media operation, validation answers: with a request or with a named refusal.

use std::time::Duration;

use acs_common::enums::{DtmfTone, MediaStreamingAudioChannelType};
use proptest::prelude::*;

use super::CALLBACK;
use super::properties::{answered, identifier, text};
use crate::media::{
    FileSource, HoldOptions, PlayOptions, PlaySource, RecognitionChoice, RecognizeChoicesOptions,
    RecognizeDtmfOptions, RecognizeSpeechOrDtmfOptions, SsmlSource, TextSource, UpdateTranscriptionOptions,
};
use crate::{CallInvite, CreateCallOptions, MediaStreamingOptions, TranscriptionOptions, wire};

fn source() -> impl Strategy<Value = PlaySource> {
    prop_oneof![
        (text(), text()).prop_map(|(uri, id)| FileSource::new(uri).cache_id(id).into()),
        (text(), text()).prop_map(|(text, voice)| TextSource::new(text).voice_name(voice).into()),
        (text(), text())
            .prop_map(|(ssml, voice)| SsmlSource::new(ssml).custom_voice_endpoint_id(voice).into()),
        (0usize..4010).prop_map(|length| PlaySource::text("x".repeat(length))),
        Just(PlaySource::file(CALLBACK)),
    ]
}

fn sources() -> impl Strategy<Value = Vec<PlaySource>> {
    prop::collection::vec(source(), 0..4)
}

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![
        any::<Duration>(),
        (0u64..400).prop_map(Duration::from_secs),
        (0u64..4000).prop_map(Duration::from_millis),
    ]
}

fn tone() -> impl Strategy<Value = DtmfTone> {
    prop_oneof![
        prop::sample::select(DtmfTone::KNOWN),
        text().prop_map(DtmfTone::from)
    ]
}

fn choice() -> impl Strategy<Value = RecognitionChoice> {
    (
        text(),
        prop::collection::vec(text(), 0..3),
        prop::option::of(tone()),
    )
        .prop_map(|(label, phrases, tone)| {
            let choice = RecognitionChoice::new(label, phrases);
            match tone {
                Some(tone) => choice.tone(tone),
                None => choice,
            }
        })
}

proptest! {
    #[test]
    fn playing_and_holding_are_taken_or_refused_by_name(
        sources in sources(), to in prop::collection::vec(identifier(), 0..3), context in text(),
        callback in text(), music in source(),
    ) {
        let options = PlayOptions::new(sources, to.clone())
            .operation_context(context)
            .operation_callback_uri(callback);
        if let Some(body) = answered(wire::play(options))? {
            prop_assert!(!body.play_sources.is_empty());
            for source in &body.play_sources {
                let filled = [source.file.is_some(), source.text.is_some(), source.ssml.is_some()];
                prop_assert_eq!(filled.into_iter().filter(|filled| *filled).count(), 1);
                let length = source.text.as_ref().map_or(1, |text| text.text.chars().count());
                prop_assert!((1..=4000).contains(&length));
            }
            prop_assert_eq!(body.play_to, Some(to.clone()));
        }
        for participant in to {
            answered(wire::hold(HoldOptions::new(participant).play_source(music.clone())))?;
        }
    }

    #[test]
    fn recognitions_are_taken_or_refused_by_name(
        who in identifier(), max_tones: u32, prompts in sources(), silence in time(), between in time(),
        ending in time(), stop in prop::collection::vec(tone(), 0..3), language in text(),
        choices in prop::collection::vec(choice(), 0..4),
    ) {
        let mut dtmf = RecognizeDtmfOptions::new(who.clone(), max_tones)
            .initial_silence_timeout(silence)
            .inter_tone_timeout(between)
            .stop_tones(stop.clone());
        for prompt in prompts {
            dtmf = dtmf.prompt(prompt);
        }
        let either = RecognizeSpeechOrDtmfOptions::new(who.clone(), max_tones)
            .end_silence_timeout(ending)
            .speech_language(language);
        for options in [dtmf.into(), either.into()] {
            if let Some(body) = answered(wire::recognize(options))? {
                let options = body.recognize_options;
                let seconds = options.initial_silence_timeout_in_seconds.unwrap_or(5);
                prop_assert!((0..=300).contains(&seconds));
                let keys = options.dtmf_options.unwrap();
                prop_assert!((1..=60).contains(&keys.inter_tone_timeout_in_seconds.unwrap_or(2)));
                prop_assert!(keys.max_tones_to_collect.unwrap() >= 1);
                let ending = options.speech_options.map(|speech| speech.end_silence_timeout_in_ms);
                prop_assert!(ending.is_none_or(|ending| ending.is_some_and(|ms| ms >= 1)));
            }
        }
        let options = RecognizeChoicesOptions::new(who, choices.clone()).initial_silence_timeout(silence);
        if let Some(body) = answered(wire::recognize(options.into()))? {
            prop_assert_eq!(body.recognize_options.choices.unwrap().len(), choices.len());
            prop_assert!(body.recognize_options.initial_silence_timeout_in_seconds.unwrap() <= 20);
        }
    }

    #[test]
    fn streams_are_taken_or_refused_by_name(url in "wss?://[a-z0-9.:\\[\\]]{0,20}", other in text(),
        locale in "[a-zA-Z]{0,4}(-[a-zA-Z0-9]{0,5}){0,2}",
    ) {
        for url in [&url, &other] {
            let audio = MediaStreamingOptions::new(url, MediaStreamingAudioChannelType::Mixed);
            let text = TranscriptionOptions::new(url, locale.clone());
            let options = CreateCallOptions::new(CallInvite::user("8:acs:a"), CALLBACK)
                .media_streaming_options(audio)
                .transcription_options(text);
            if let Some(body) = answered(wire::create_call(options, None))? {
                prop_assert_eq!(&body.transcription_options.unwrap().transport_url.unwrap(), url);
                prop_assert!(url.to_ascii_lowercase().starts_with("ws"));
            }
        }
        if answered(wire::update_transcription(UpdateTranscriptionOptions::new(locale.clone())))?.is_some() {
            prop_assert!(locale.contains('-'));
        }
    }
}
