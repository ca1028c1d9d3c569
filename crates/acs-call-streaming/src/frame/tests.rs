//! Frames as the service and the official helpers write them, and anything else.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{AudioChunk, ErrorKind, PcmFormat};

/// Raw ids of users in other clouds are the longest.
const LONG_ID: &str =
    "8:gcch-acs:11111111-1111-1111-1111-111111111111_00000000-0000-0000-0000-000000000000-0000000000000000";

fn service(value: &Value) -> ServiceFrame {
    ServiceFrame::parse(value.to_string()).unwrap()
}

fn refused(message: &str) -> String {
    let error = ServiceFrame::parse(message).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFrame);
    error.to_string()
}

#[test]
fn the_documented_frames_are_read() {
    let metadata = service(&json!({"kind": "AudioMetadata", "audioMetadata": {
        "subscriptionId": "89e8cb59", "encoding": "PCM", "sampleRate": 16000, "channels": 1, "length": 640}}));
    let expected = AudioMetadata::new("89e8cb59", PcmFormat::Pcm16KMono);
    assert_eq!(metadata, ServiceFrame::AudioMetadata(expected.clone()));
    assert_eq!(expected.format(), Some(PcmFormat::Pcm16KMono));

    let audio = service(&json!({"kind": "AudioData", "audioData": {
        "timestamp": "2024-11-15T19:16:12.925Z", "participantRawID": "8:acs:r_u", "data": "AQACAA==", "silent": false}}));
    let ServiceFrame::AudioData(audio) = audio else {
        panic!("{audio:?}")
    };
    assert_eq!(audio.audio.to_vec(), [1, 2]);
    assert_eq!(audio.time().unwrap().timestamp_millis(), 1_731_698_172_925);
    assert_eq!(audio.participant().unwrap().raw_id(), "8:acs:r_u");

    let text = service(&json!({"kind": "TranscriptionData", "transcriptionData": {
        "text": "testing", "format": "display", "confidence": 0.69, "offset": 2_516_998_782_481_234_400_i64,
        "duration": 7_300_000, "words": [{"text": "testing", "offset": 2_516_998_782_481_234_400_i64,
        "duration": 7_300_000}], "participantRawID": "4:+1", "resultStatus": "Final"}}));
    let ServiceFrame::TranscriptionData(text) = text else {
        panic!("{text:?}")
    };
    assert!(text.is_final());
    assert_eq!(text.offset, Some(Ticks(2_516_998_782_481_234_400)));
    assert_eq!(
        text.words[0].duration.unwrap().as_duration().unwrap().as_millis(),
        730
    );
    assert_eq!(text.confidence, Some(0.69));

    let metadata = service(
        &json!({"kind": "TranscriptionMetadata", "transcriptionMetadata": {
        "subscriptionId": "s", "locale": "en-us", "callConnectionId": "c", "correlationId": "k"}}),
    );
    let expected = TranscriptionMetadata::new("s", "en-us").with_call("c".into(), "k".into());
    assert_eq!(metadata, ServiceFrame::TranscriptionMetadata(expected));
}

#[test]
fn frames_are_written_as_the_service_spells_them() {
    let time = "2024-11-15T19:16:12.925123Z".parse().unwrap();
    let audio = AudioData::new(AudioChunk::from(vec![1i16, 2]))
        .with_participant("8:acs:\"r\"")
        .with_time(time);
    assert_eq!(
        ServiceFrame::AudioData(audio).to_json(),
        r#"{"kind":"AudioData","audioData":{"timestamp":"2024-11-15T19:16:12.925Z","participantRawID":"8:acs:\"r\"","data":"AQACAA==","silent":false}}"#
    );
    let key = ServiceFrame::DtmfData(DtmfData::new("3"));
    assert_eq!(key.to_json(), r#"{"kind":"DtmfData","dtmfData":{"data":"3"}}"#);
    let text = ServiceFrame::TranscriptionData(TranscriptionData::new("hm", ResultStatus::Intermediate));
    assert_eq!(
        text.to_json(),
        r#"{"kind":"TranscriptionData","transcriptionData":{"text":"hm","format":"display","words":[],"resultStatus":"Intermediate"}}"#
    );
}

#[test]
fn both_official_spellings_of_the_application_are_read() {
    let audio = ApplicationFrame::AudioData(AudioChunk::from(vec![1i16, 2]));
    for message in [
        r#"{"Kind":"AudioData","AudioData":{"Data":"AQACAA=="},"StopAudio":null}"#,
        r#"{"kind":"audioData","audioData":{"data":"AQACAA==","isSilent":false},"stopAudio":{}}"#,
        r#"{"AudioData":{"Data":"AQACAA"},"Kind":"AudioData"}"#,
    ] {
        assert_eq!(ApplicationFrame::parse(message).unwrap(), audio);
    }
    for message in [
        r#"{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}"#,
        r#"{"kind":"stopAudio","stopAudio":{}}"#,
    ] {
        assert_eq!(
            ApplicationFrame::parse(message).unwrap(),
            ApplicationFrame::StopAudio
        );
    }
    assert_eq!(
        audio.to_json(),
        r#"{"Kind":"AudioData","AudioData":{"Data":"AQACAA=="},"StopAudio":null}"#
    );
}

#[test]
fn unknown_kinds_are_kept_whole() {
    let message = r#"{ "kind":"VideoData" , "videoData":{"é":[1,2]} }"#;
    let frame = ServiceFrame::parse(message).unwrap();
    let ServiceFrame::Unknown(unknown) = &frame else {
        panic!("{frame:?}")
    };
    assert_eq!((unknown.kind(), unknown.json()), ("VideoData", message));
    assert_eq!(frame.to_json(), message);
    assert_eq!(
        format!("{unknown:?}"),
        format!("UnknownFrame(\"VideoData\", {} bytes)", message.len())
    );
}

#[test]
fn errors_name_the_field_and_do_not_repeat_what_was_said() {
    for (message, expected) in [
        ("[]", "frame: expected a JSON object"),
        (r#"{"kind":7}"#, "kind: expected a text"),
        ("{}", "kind: expected a text"),
        (r#"{"kind":"AudioData"}"#, "audioData: expected an object"),
        (
            r#"{"kind":"AudioData","audioData":null}"#,
            "audioData: expected an object",
        ),
        (
            r#"{"kind":"AudioData","audioData":{}}"#,
            "audioData.data: expected a text",
        ),
        (
            r#"{"kind":"AudioData","audioData":{"data":"secret!"}}"#,
            "audioData.data: expected base64",
        ),
        (
            r#"{"kind":"AudioData","audioData":{"data":"AQ=="}}"#,
            "audioData.data: expected whole 16-bit samples in base64",
        ),
        (
            r#"{"kind":"AudioData","audioData":{"data":"","silent":"no"}}"#,
            "audioData.silent: expected true or false",
        ),
        (
            r#"{"kind":"AudioMetadata","audioMetadata":{"sampleRate":-1}}"#,
            "audioMetadata.sampleRate: expected a whole number from 0 to 4294967295",
        ),
        (
            r#"{"kind":"TranscriptionData","transcriptionData":{"text":"a","words":[{"text":1}]}}"#,
            "transcriptionData.words[].text: expected a text",
        ),
        (
            r#"{"kind":"TranscriptionData","transcriptionData":{"text":"a","words":["a"]}}"#,
            "transcriptionData.words[]: expected an object",
        ),
        (
            r#"{"kind":"TranscriptionData","transcriptionData":{"text":"a","offset":1.5}}"#,
            "transcriptionData.offset: expected a whole number of 64 bits",
        ),
    ] {
        assert_eq!(refused(message), expected);
    }
    let error = refused(r#"{"kind":"my secret" oops}"#);
    assert!(
        error.starts_with("frame: expected a JSON object") && !error.contains("secret"),
        "{error}"
    );
}

#[test]
fn what_is_optional_may_be_missing_and_strange_members_are_ignored() {
    let frame = service(
        &json!({"new": {}, "KIND": "AUDIODATA", "AudioData": {"DATA": "", "timestamp": "soon", "x": 1}}),
    );
    let ServiceFrame::AudioData(audio) = frame else {
        panic!("{frame:?}")
    };
    assert_eq!(
        (audio.time(), audio.timestamp.as_deref(), audio.silent),
        (None, Some("soon"), false)
    );
    let frame =
        service(&json!({"kind": "TranscriptionData", "transcriptionData": {"text": "", "words": null}}));
    assert!(matches!(frame, ServiceFrame::TranscriptionData(data) if data.words.is_empty()));
    let frame = service(&json!({"kind": "TranscriptionMetadata", "transcriptionMetadata": {}}));
    assert!(frame.is_metadata());
}

#[test]
fn standard_messages_fit_into_the_buffer_of_known_readers() {
    for format in [PcmFormat::Pcm16KMono, PcmFormat::Pcm24KMono] {
        let audio = AudioChunk::silence(format.frame_samples());
        let data = AudioData::new(audio.clone())
            .with_participant(LONG_ID)
            .with_time("2024-11-15T19:16:12.925Z".parse().unwrap());
        assert!(ServiceFrame::AudioData(data).to_json().len() < STANDARD_MESSAGE_BYTES);
        assert!(ApplicationFrame::AudioData(audio).to_json().len() < STANDARD_MESSAGE_BYTES);
    }
}

#[test]
fn keys_become_tones() {
    for key in "0123456789ABCD#*abcd".chars() {
        assert!(DtmfData::new(key).tone().is_some(), "{key}");
    }
    assert_eq!(
        DtmfData::new("#").tone(),
        Some(acs_common::enums::DtmfTone::Pound)
    );
    assert_eq!(DtmfData::new("12").tone(), None);
}

#[test]
fn a_number_that_json_does_not_have_is_not_written() {
    let text = TranscriptionData::new("", ResultStatus::Final).with_confidence(f64::NAN);
    let json = ServiceFrame::TranscriptionData(text).to_json();
    assert!(json.contains(r#""confidence":0.0"#), "{json}");
    ServiceFrame::parse(json).unwrap();
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(".{0,12}")
}

fn ticks() -> impl Strategy<Value = Option<Ticks>> {
    prop::option::of(any::<i64>().prop_map(Ticks))
}

prop_compose! {
    fn word()(text in ".{0,8}", offset in ticks(), duration in ticks()) -> TranscribedWord {
        TranscribedWord { text, offset, duration }
    }
}

fn frame() -> impl Strategy<Value = ServiceFrame> {
    let samples = prop::collection::vec(any::<i16>(), 0..40);
    let audio = (samples, text(), text(), any::<bool>()).prop_map(|(samples, who, when, silent)| {
        ServiceFrame::AudioData(AudioData {
            audio: AudioChunk::from(samples),
            participant_raw_id: who,
            timestamp: when,
            silent,
        })
    });
    let metadata = (text(), text(), any::<Option<u32>>(), any::<Option<u32>>()).prop_map(
        |(id, encoding, rate, length)| {
            ServiceFrame::AudioMetadata(AudioMetadata {
                subscription_id: id,
                encoding,
                sample_rate: rate,
                channels: length,
                length,
            })
        },
    );
    let said = (
        ".{0,20}",
        text(),
        prop::option::of(-1.0e9..1.0e9),
        ticks(),
        ticks(),
        prop::collection::vec(word(), 0..4),
        prop::option::of("Final|Intermediate|Draft"),
    )
        .prop_map(|(text, who, confidence, offset, duration, words, status)| {
            ServiceFrame::TranscriptionData(TranscriptionData {
                text,
                format: who.clone(),
                confidence,
                offset,
                duration,
                words,
                participant_raw_id: who,
                result_status: status.map(ResultStatus::from),
            })
        });
    let key = ".{0,3}".prop_map(|key| ServiceFrame::DtmfData(DtmfData::new(key)));
    prop_oneof![audio, metadata, said, key]
}

/// Adds members that nobody knows, on every level.
fn with_strange_members(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => {
            members
                .values_mut()
                .for_each(|member| with_strange_members(member, name));
            members.insert(format!("zz{name}"), json!({"data": [1, null], "text": name}));
        }
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| with_strange_members(element, name)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn every_frame_round_trips(frame in frame(), name in "[a-zA-Z é]{0,8}") {
        let json = frame.to_json();
        prop_assert_eq!(&ServiceFrame::parse(&json).unwrap(), &frame);
        let mut value: Value = serde_json::from_str(&json).unwrap();
        with_strange_members(&mut value, &name);
        prop_assert_eq!(&ServiceFrame::parse(value.to_string()).unwrap(), &frame);
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = ServiceFrame::parse(&bytes);
        let _ = ApplicationFrame::parse(&bytes);
    }

    #[test]
    fn frames_with_a_bite_taken_out_never_panic(frame in frame(), at in any::<prop::sample::Index>(), put in any::<u8>()) {
        let mut json = frame.to_json().into_bytes();
        let at = at.index(json.len());
        let _ = ServiceFrame::parse(&json[..at]);
        json[at] = put;
        let _ = ServiceFrame::parse(&json);
        let _ = ApplicationFrame::parse(&json);
    }

    #[test]
    fn ticks_keep_durations_of_whole_ticks(ticks in 0..i64::MAX) {
        prop_assert_eq!(Ticks::from(Ticks(ticks).as_duration().unwrap()), Ticks(ticks));
        prop_assert_eq!(Ticks(-1 - ticks).as_duration(), None);
    }
}
